// Growing inputs of HTTP/3, all within the default limits.

import type { GrowthSeries } from "../harness/growth.js";
import type { Cut } from "../inputs/cuts.js";
import { CUTS } from "../inputs/cuts.js";
import type { FieldLists } from "../inputs/field-lists.js";
import type { H3Input } from "../inputs/h3-inputs.js";
import { cutPackets, expectedCounts, size, writeH3Input } from "../inputs/h3-inputs.js";
import { clientStreams } from "../inputs/h3-wire.js";

interface Shape {
  readonly name: string;
  readonly steps: readonly number[];
  lists(step: number): FieldLists;
}

const SHAPES: readonly Shape[] = [
  {
    name: "one long field",
    steps: [1000, 2000, 4000, 8000, 15_000],
    lists: (length) => requests([["x-long", "~".repeat(length)]], 1),
  },
  {
    name: "many fields",
    steps: [12, 25, 50, 100, 190],
    lists: (count) =>
      requests(
        Array.from({ length: count }, (_, i) => [`x-field-${i}`, "v".repeat(30)]),
        1,
      ),
  },
  {
    name: "requests",
    steps: [8, 16, 32, 64, 128],
    lists: (count) =>
      requests(
        [
          ["accept", "*/*"],
          ["cookie", "c".repeat(300)],
        ],
        count,
      ),
  },
  {
    name: "content",
    steps: [2000, 4000, 8000, 16_000, 32_000],
    lists: (length) => requests([], 1, length),
  },
];

/** Every shape in every cut. */
export function h3Growth(): GrowthSeries[] {
  return SHAPES.flatMap((shape) =>
    CUTS.map((cut) => ({
      shape: shape.name,
      delivery: cut.name,
      inputs: shape.steps.map((step) => growthInput(shape.lists(step), cut)),
    })),
  );
}

function growthInput(lists: FieldLists, cut: Cut): GrowthSeries["inputs"][number] {
  const input: H3Input = { lists, streams: clientStreams(lists, "all") };
  return {
    size: size(input.streams),
    expected: expectedCounts(input),
    write: (file) => writeH3Input(file, input, cutPackets(cut)),
  };
}

function requests(fields: readonly string[][], count: number, bodyBytes = 0): FieldLists {
  const list = [
    ...[":method", "PUT", ":authority", "example.org", ":scheme", "https", ":path", "/growth"],
    ...fields.flat(),
  ];
  const body = new Uint8Array(bodyBytes).fill(0x64);
  return {
    name: "growth",
    role: "request",
    lists: Array.from({ length: count }, () => list),
    bodies: Array.from({ length: count }, () => body),
  };
}
