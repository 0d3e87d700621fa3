// Growing inputs of QPACK: the encoder stream in any cut, sections that wait for it, long sections.

import type { GrowthSeries } from "../harness/growth.js";
import { writeConnections } from "../inputs/connection-lists.js";
import type { Cut } from "../inputs/cuts.js";
import { CUTS } from "../inputs/cuts.js";
import { pieceOf } from "../inputs/qpack-inputs.js";
import type { QpackBlock, QpackPolicy } from "../inputs/qpack-wire.js";
import { QpackWireEncoder } from "../inputs/qpack-wire.js";

interface Shape {
  readonly name: string;
  readonly steps: readonly number[];
  /** What the encoder inserts; everything where it is not said. */
  readonly policy?: QpackPolicy;
  /** The sections come before the encoder stream, and wait. */
  readonly isLate?: boolean;
  lists(step: number): string[][];
}

const NOTHING = new Uint8Array();

const SHAPES: readonly Shape[] = [
  {
    name: "insertions",
    steps: [25, 50, 100, 200, 400],
    lists: (count) => Array.from({ length: count }, (_, i) => [`x-field-${i}`, "v".repeat(60)]),
  },
  {
    name: "one long insertion",
    steps: [250, 500, 1000, 2000, 3900],
    lists: (length) => [["x-long", "~".repeat(length)]],
  },
  {
    name: "fields of a section",
    steps: [12, 25, 50, 100, 190],
    policy: "static",
    lists: (count) => [Array.from({ length: count }, (_, i) => [`x-${i}`, "v".repeat(30)]).flat()],
  },
  {
    // Each with an entry that is not here, and a path of its own.
    name: "sections that wait",
    steps: [50, 100, 200, 400, 800],
    isLate: true,
    lists: (count) =>
      Array.from({ length: count }, (_, i) => [
        ...[":path", `/${"p".repeat(60)}/${i}`],
        ...[`x-field-${i % 5}`, "v".repeat(60)],
      ]),
  },
];

/** Every shape with the encoder stream in every cut. */
export function qpackGrowth(): GrowthSeries[] {
  return SHAPES.flatMap((shape) =>
    CUTS.map((cut) => ({
      shape: shape.name,
      delivery: cut.name,
      inputs: shape.steps.map((step) => growthInput(shape, step, cut)),
    })),
  );
}

function growthInput(shape: Shape, step: number, cut: Cut): GrowthSeries["inputs"][number] {
  const encoder = new QpackWireEncoder(shape.policy ?? "all");
  const lists = shape.lists(step);
  const blocks = lists.map((list) => encoder.encode(list));
  const late = shape.isLate === true;
  const pieces = late ? lateBlocks(blocks, cut) : blocks.flatMap((block) => cutBlock(block, cut));
  const size = blocks.reduce((sum, one) => sum + one.instructions.length + one.section.length, 0);
  const fields = lists.reduce((sum, list) => sum + list.length / 2, 0);
  return {
    size,
    expected: { messages: lists.length, fields, bodyBytes: 0 },
    write(file) {
      const about = { role: "request", connections: [lists] } as const;
      writeConnections(file, about, [pieces.map(pieceOf)]);
    },
  };
}

/** The sections, then what they wait for. */
function lateBlocks(blocks: readonly QpackBlock[], cut: Cut): QpackBlock[] {
  const sections = blocks.map(({ section }) => ({ instructions: NOTHING, section }));
  const instructions = Buffer.concat(blocks.map((block) => block.instructions));
  return [...sections, ...cutBlock({ instructions, section: NOTHING }, cut)];
}

function cutBlock({ instructions, section }: QpackBlock, cut: Cut): QpackBlock[] {
  let at = 0;
  const pieces: QpackBlock[] = cut.lengths(instructions.length).map((length) => {
    at += length;
    return { instructions: instructions.subarray(at - length, at), section: NOTHING };
  });
  return section.length === 0 ? pieces : [...pieces, { instructions: NOTHING, section }];
}
