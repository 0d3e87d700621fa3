// The cost of frames and capsules grows with their bytes, not faster, also when each byte comes alone.

import { byteByByte } from "tercet/fuzz";
import { CapsuleParser, H3FrameParser } from "tercet/h3";
import { describe, expect, test } from "vitest";
import { bestExponent, EXPONENT_MAX } from "../helpers/growth.js";
import { capsule, concat, frame, MAX_VARINT, settings, varint } from "../helpers/h3-frames.js";
import { grease, TYPE } from "../helpers/h3-names.js";

const SIZES = [4_000, 8_000, 16_000, 32_000, 64_000];

const repeat = (count: number, make: (index: number) => Uint8Array) =>
  concat(...Array.from({ length: Math.floor(count) }, (_, index) => make(index)));
const behindSettings = (...parts: readonly Uint8Array[]) => concat(settings(), ...parts);
const HEADERS = frame(TYPE.HEADERS, "\0\0");

type Input = readonly [name: string, wire: (size: number) => Uint8Array];

const REQUESTS: readonly Input[] = [
  ["a long section", (size) => frame(TYPE.HEADERS, new Uint8Array(size))],
  ["long DATA", (size) => concat(HEADERS, frame(TYPE.DATA, new Uint8Array(size)))],
  [
    "much DATA of no bytes",
    (size) =>
      concat(
        HEADERS,
        repeat(size / 16, () => frame(TYPE.DATA)),
      ),
  ],
  [
    "much DATA of one byte",
    (size) =>
      concat(
        HEADERS,
        repeat(size / 16, () => frame(0, "x")),
      ),
  ],
  ["much GREASE", (size) => repeat(size / 40, (index) => frame(grease(index), "g".repeat(34)))],
  [
    "the longest forms of numbers",
    (size) => repeat(size / 16, () => frame(MAX_VARINT, "a", { widths: [8, 8] })),
  ],
];
const CONTROL: readonly Input[] = [
  [
    "many settings",
    (size) =>
      settings(Array.from({ length: size / 16 }, (_, at) => [at + 0x4000, 2n ** 53n] as const)),
  ],
  ["many GOAWAY", (size) => behindSettings(repeat(size / 16, () => frame(TYPE.GOAWAY, varint(4))))],
  ["a long ORIGIN", (size) => behindSettings(frame(TYPE.ORIGIN, new Uint8Array(size & ~1)))],
  [
    "a long PRIORITY_UPDATE",
    (size) => behindSettings(frame(TYPE.PRIORITY_UPDATE, concat(varint(0), new Uint8Array(size)))),
  ],
];
const CAPSULES: readonly Input[] = [
  ["a long datagram", (size) => capsule("DATAGRAM", new Uint8Array(size))],
  ["many datagrams", (size) => repeat(size / 40, () => capsule("DATAGRAM", "d".repeat(38)))],
  ["one that is passed over", (size) => capsule(0x4242, new Uint8Array(size))],
];

/** Milliseconds for all pieces; an error would end it early. */
function costOf(parser: H3FrameParser | CapsuleParser, pieces: readonly Uint8Array[]): number {
  const start = performance.now();
  for (const piece of pieces) {
    for (const event of parser.receive(piece)) if ("error" in event) throw event.error;
  }
  return performance.now() - start;
}

describe.each([
  ["in one piece", (wire: Uint8Array) => [wire]],
  ["byte by byte", byteByByte],
])("%s", (_way, cut) => {
  const expectLinear = (wire: Input[1], make: () => H3FrameParser | CapsuleParser) => {
    const inputs = SIZES.map((size) => cut(wire(size)));
    const exponent = bestExponent(SIZES, (at) => costOf(make(), inputs[at] ?? []));
    expect(exponent).toBeLessThanOrEqual(EXPONENT_MAX);
  };

  test.each(REQUESTS)("%s", (_name, wire) => expectLinear(wire, () => new H3FrameParser()));
  test.each(CONTROL)("%s", (_name, wire) =>
    expectLinear(wire, () => new H3FrameParser({ kind: "control" })),
  );
  test.each(CAPSULES)("%s", (_name, wire) => expectLinear(wire, () => new CapsuleParser()));
  test.each(CAPSULES)("%s, above the limit", (_name, wire) =>
    expectLinear(wire, () => new CapsuleParser({ maxLength: 16 })),
  );
});
