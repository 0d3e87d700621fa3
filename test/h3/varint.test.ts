// Variable-length integers: all lengths, their edges, forms longer than needed, every cut (RFC 9000 section 16 and appendix
// A.1). The oracle reads with bigints.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteWriter } from "../../src/codec/byte-writer.js";
import {
  isVarint,
  putVarint,
  readVarint,
  readVarintExact,
  VARINT_MAX,
  type Varint,
  VarintReader,
  varintLength,
  varintSize,
} from "../../src/codec/varint.js";
import { varint } from "../helpers/h3-frames.js";
import { naiveVarint } from "../helpers/naive/h3-frames.js";

/** The form that the codec gives numbers: a bigint where a number is not exact. */
const plain = (value: bigint): Varint =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;

const EDGES = [6n, 14n, 30n, 32n, 48n, 53n, 62n].flatMap((bits) => {
  const edge = 1n << bits;
  return [edge - 2n, edge - 1n, edge, edge + 1n];
});
const VALUES = [0n, 1n, ...EDGES].filter((value) => value <= VARINT_MAX);

const written = (value: Varint): Uint8Array => {
  const out = new ByteWriter();
  putVarint(out, value);
  return out.take();
};

/** What the resumable reader makes of these pieces: the number and the octets that it took. */
function resumed(pieces: readonly Uint8Array[]): { value: Varint; nearest: number; taken: number } {
  const reader = new VarintReader();
  let taken = 0;
  for (const piece of pieces) {
    if (reader.isDone) break;
    taken += reader.read(piece, 0, piece.length);
  }
  expect(reader.isDone).toBe(true);
  return { value: reader.exact, nearest: reader.value, taken };
}

describe("H3-FRM-1 H3-STR-2 numbers", () => {
  // The samples of RFC 9000 appendix A.1.
  test.each<[string, bigint]>([
    ["c2197c5eff14e88c", 151_288_809_941_952_652n],
    ["9d7f3e7d", 494_878_333n],
    ["7bbd", 15_293n],
    ["25", 37n],
    ["4025", 37n],
  ])("%s", (hex, value) => {
    const bytes = new Uint8Array(Buffer.from(hex, "hex"));
    expect(readVarintExact(bytes, 0, bytes.length)).toBe(plain(value));
    expect(readVarint(bytes, 0, bytes.length)).toBe(Number(value));
    expect(resumed([bytes]).value).toBe(plain(value));
  });

  test.each(VALUES)("%d, in the shortest form", (value) => {
    const bytes = varint(value);
    expect(written(value)).toEqual(bytes);
    if (value <= BigInt(Number.MAX_SAFE_INTEGER)) expect(written(Number(value))).toEqual(bytes);
    expect(varintLength(value)).toBe(bytes.length);
    expect(varintSize(bytes[0] ?? 0)).toBe(bytes.length);
    expect(readVarintExact(bytes, 0, bytes.length)).toBe(plain(value));
  });

  test.each(VALUES)("%d, in every form that holds it, at every cut", (value) => {
    for (const width of [1, 2, 4, 8] as const) {
      if (width < varintLength(value)) continue;
      const bytes = varint(value, width);
      const framed = new Uint8Array([0xff, ...bytes, 0xff]);
      expect(readVarintExact(framed, 1, framed.length)).toBe(plain(value));
      expect(readVarint(framed, 1, framed.length)).toBe(Number(value));
      for (let cut = 0; cut <= width; cut++) {
        const pieces = [bytes.subarray(0, cut), framed.subarray(1 + cut)];
        const expected = { value: plain(value), nearest: Number(value), taken: width };
        expect(resumed(pieces)).toEqual(expected);
        if (cut < width) expect(readVarint(bytes, 0, cut)).toBe(-1);
        if (cut < width) expect(readVarintExact(bytes, 0, cut)).toBe(-1);
      }
    }
  });

  test("the reader begins anew after reset()", () => {
    const reader = new VarintReader();
    expect(reader.isBegun).toBe(false);
    for (const value of VALUES) {
      const bytes = varint(value);
      expect(reader.read(bytes, 0, 0)).toBe(0);
      expect(reader.isBegun).toBe(false);
      expect(reader.read(bytes, 0, bytes.length)).toBe(bytes.length);
      expect(reader.exact).toBe(plain(value));
      reader.reset();
    }
  });

  test("what it holds", () => {
    for (const value of [0, 2 ** 53 - 1, 0n, VARINT_MAX]) expect(isVarint(value)).toBe(true);
    for (const value of [-1, 0.5, 2 ** 53, Number.NaN, -1n, VARINT_MAX + 1n, "1", null, undefined])
      expect(isVarint(value)).toBe(false);
  });

  test("any octets are what the naive reader says, in any pieces", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 10 }), fc.nat(10), (bytes, cut) => {
        const expected = naiveVarint(bytes, 0);
        const value = readVarintExact(bytes, 0, bytes.length);
        if (expected === null) {
          expect(value).toBe(-1);
          return;
        }
        expect(value).toBe(plain(expected.value));
        const { length } = expected;
        const got = resumed([bytes.subarray(0, cut), bytes.subarray(cut)]);
        expect(got).toEqual({
          value: plain(expected.value),
          nearest: Number(expected.value),
          taken: length,
        });
      }),
    );
  });
});
