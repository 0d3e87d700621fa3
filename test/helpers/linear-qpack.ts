// QPACK inputs whose cost must grow with their length alone, for test/linear-time.test.ts: each size about as many octets.
// Instructions may come octet by octet; sections are always whole.

import { byteByByte } from "tercet/fuzz";
import { QpackDecoder } from "tercet/qpack";
import { insert, line, octets, prefix } from "./qpack-wire.js";

type Step = { readonly stream: readonly Uint8Array[] } | { readonly section: Uint8Array };

export type LinearQpack = readonly [name: string, steps: (size: number) => Step[]];

const CAPACITY = 262_144;
const OPTIONS = {
  maxTableCapacity: CAPACITY,
  initialCapacity: CAPACITY,
  maxBlockedStreams: 100,
  maxBlockedBytes: 2 ** 24,
  maxListSize: CAPACITY,
  maxFields: 8_192,
};
/** Instructions in front of a section that makes them good. */
const ROUND = 1_000;

const stream = (...parts: readonly (readonly number[])[]): Step => ({ stream: [octets(...parts)] });
const section = (...parts: readonly (readonly number[])[]): Step => ({ section: octets(...parts) });
const repeat = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: Math.floor(count) }, (_, index) => make(index));

/** Many instructions, with sections that make them good. */
function rounds(count: number, instruction: (index: number) => readonly number[]): Step[] {
  const enough = section(prefix(0, 0, CAPACITY), line.literal("x", "y".repeat(ROUND)));
  return repeat(Math.ceil(count / ROUND), (round) => [
    stream(
      ...repeat(Math.min(ROUND, count - round * ROUND), (i) => instruction(round * ROUND + i)),
    ),
    enough,
  ]).flat();
}

export const LINEAR_QPACK: readonly LinearQpack[] = [
  ["an instruction with a long value", (size) => [stream(insert.literal("n", "v".repeat(size)))]],
  [
    "an instruction with a long Huffman value",
    (size) => [stream(insert.static(0, "/a0".repeat(size / 3), { huffman: true }))],
  ],
  ["an instruction with a long name", (size) => [stream(insert.literal("n".repeat(size), ""))]],
  ["many insertions", (size) => rounds(size / 8, (i) => insert.literal("name", String(i % 10)))],
  [
    "many duplicates",
    (size) => [stream(insert.literal("n", "v")), ...rounds(size, () => insert.duplicate(0))],
  ],
  [
    "many capacities in long integers",
    (size) => rounds(size / 10, () => [0x3f, ...Array(8).fill(0x80), 0]),
  ],
  [
    "many capacities that evict",
    (size) =>
      rounds(
        size / 12,
        (i) => [insert.capacity(0), insert.capacity(4096), insert.literal("n", "v")][i % 3] ?? [],
      ),
  ],
  [
    "a section of many static entries",
    (size) => [section(prefix(0, 0, CAPACITY), ...repeat(size / 12, () => line.static(17)))],
  ],
  [
    "a section of references to one entry",
    (size) => [
      stream(insert.literal("n", "v")),
      section(prefix(1, 1, CAPACITY), ...repeat(size / 12, () => line.dynamic(0))),
    ],
  ],
  [
    "a section with a long literal",
    (size) => [section(prefix(0, 0, CAPACITY), line.literal("n", "v".repeat(size)))],
  ],
  [
    "a section with a long Huffman literal",
    (size) => [
      section(prefix(0, 0, CAPACITY), line.literal("n", "/a0".repeat(size / 3), { huffman: true })),
    ],
  ],
  [
    "sections that wait on one stream",
    (size) => [
      ...repeat(size / 20, () => section(prefix(1, 1, CAPACITY), line.dynamic(0))),
      stream(insert.literal("n", "v")),
    ],
  ],
];

/** The steps of a size, made once; instructions octet by octet, or as they are. */
export function qpackSteps([, steps]: LinearQpack, size: number, isBytewise: boolean): Step[] {
  return steps(size).map((step) =>
    "stream" in step && isBytewise
      ? { stream: step.stream.flatMap((one) => byteByByte(one)) }
      : step,
  );
}

/** Runs one input and gives the time in milliseconds; throws when it is refused. */
export function costOfQpack(steps: readonly Step[]): number {
  const decoder = new QpackDecoder(OPTIONS);
  const start = performance.now();
  for (const step of steps) {
    if ("section" in step) decoder.decode(0, step.section);
    else for (const piece of step.stream) decoder.receiveEncoderStream(piece);
  }
  decoder.takeUnblocked();
  const time = performance.now() - start;
  decoder.release();
  return time;
}
