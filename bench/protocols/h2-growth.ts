// Growing inputs of HTTP/2, all within the default limits.

import type { GrowthSeries } from "../harness/growth.js";
import type { FieldLists } from "../inputs/field-lists.js";
import type { H2Delivery, H2Input } from "../inputs/h2-inputs.js";
import {
  bytesPerPiece,
  expectedCounts,
  messagesPerBuffer,
  randomPieces,
  size,
  writeH2Input,
} from "../inputs/h2-inputs.js";
import { clientBytes } from "../inputs/h2-wire.js";

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

const DELIVERIES: readonly H2Delivery[] = [
  messagesPerBuffer(128),
  bytesPerPiece(1460),
  randomPieces(64),
  bytesPerPiece(1),
];

/** Every shape in every delivery. */
export function h2Growth(): GrowthSeries[] {
  return SHAPES.flatMap((shape) =>
    DELIVERIES.map((delivery) => ({
      shape: shape.name,
      delivery: delivery.name === "x128" ? "whole" : delivery.name,
      inputs: shape.steps.map((step) => growthInput(shape.lists(step), delivery)),
    })),
  );
}

function growthInput(lists: FieldLists, delivery: H2Delivery): GrowthSeries["inputs"][number] {
  const input: H2Input = { lists, bytes: clientBytes(lists) };
  return {
    size: size(input.bytes),
    expected: expectedCounts(input),
    write: (file) => writeH2Input(file, input, delivery),
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
