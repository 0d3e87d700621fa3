// Variable-length integers: the examples of RFC 9000 appendix A.1, every length, every end, and the numbers that doubles do
// not hold.

import fc from "fast-check";
import { UsageError } from "tercet";
import { decodeVarint, encodeVarint } from "tercet/quic";
import { describe, expect, test } from "vitest";
import { hex, toHex } from "../helpers/quic-wire.js";
import vectors from "../vectors/rfc9000-appendix-a.json" with { type: "json" };

const MAX = 2n ** 62n - 1n;

describe("RFC 9000 appendix A.1", () => {
  test.each(vectors.varint)("Q-VAR-1: %s is %s", (wire, value) => {
    expect(decodeVarint(hex(wire))).toEqual({ value: BigInt(value), length: wire.length / 2 });
  });

  test("Q-VAR-1: the shortest forms of them are written", () => {
    const shortest = vectors.varint.filter(([wire]) => wire !== "4025");
    for (const [wire, value] of shortest) expect(toHex(encodeVarint(BigInt(value)))).toBe(wire);
    expect(toHex(encodeVarint(37))).toBe("25");
  });
});

test.each([
  [0n, "00"],
  [63n, "3f"],
  [64n, "4040"],
  [16_383n, "7fff"],
  [16_384n, "80004000"],
  [2n ** 30n - 1n, "bfffffff"],
  [2n ** 30n, "c000000040000000"],
  [2n ** 53n - 1n, "c01fffffffffffff"],
  [2n ** 53n, "c020000000000000"],
  [2n ** 53n + 1n, "c020000000000001"],
  [MAX, "ffffffffffffffff"],
])("Q-VAR-4: %s is %s", (value, wire) => {
  expect(toHex(encodeVarint(value))).toBe(wire);
  expect(decodeVarint(hex(wire))).toEqual({ value, length: wire.length / 2 });
  if (value < 2n ** 53n) expect(toHex(encodeVarint(Number(value)))).toBe(wire);
});

test("Q-VAR-1: longer forms than needed are fine", () => {
  for (const wire of ["05", "4005", "80000005", "c000000000000005"])
    expect(decodeVarint(hex(wire))).toEqual({ value: 5n, length: wire.length / 2 });
});

test("Q-VAR-2: a number that is cut is null, at every place", () => {
  for (const wire of ["4025", "9d7f3e7d", "c2197c5eff14e88c"]) {
    const bytes = hex(wire);
    for (let end = 0; end < bytes.length; end++)
      expect(decodeVarint(bytes.subarray(0, end))).toBeNull();
  }
});

test("it is read from any place of the bytes, also of a part of a buffer", () => {
  const bytes = hex("ffff 7bbd 00").subarray(1);
  expect(decodeVarint(bytes, 1)).toEqual({ value: 15_293n, length: 2 });
  expect(decodeVarint(bytes, 3)).toEqual({ value: 0n, length: 1 });
  expect(decodeVarint(bytes, 4)).toBeNull();
});

describe("wrong use", () => {
  test.each([
    ["not bytes", () => decodeVarint("25" as unknown as Uint8Array), "BYTES_INVALID"],
    ["a place below 0", () => decodeVarint(hex("25"), -1), "VARINT_INVALID"],
    ["a place behind the end", () => decodeVarint(hex("25"), 2), "VARINT_INVALID"],
    ["a place that is no number", () => decodeVarint(hex("25"), 0.5), "VARINT_INVALID"],
    ["a negative number", () => encodeVarint(-1), "VARINT_INVALID"],
    ["a negative bigint", () => encodeVarint(-1n), "VARINT_INVALID"],
    ["2^62", () => encodeVarint(MAX + 1n), "VARINT_INVALID"],
    ["a number above 2^53 - 1", () => encodeVarint(2 ** 53), "VARINT_INVALID"],
    ["a fraction", () => encodeVarint(1.5), "VARINT_INVALID"],
    ["text", () => encodeVarint("1" as unknown as number), "VARINT_INVALID"],
  ])("%s", (_name, call, code) => {
    expect(call).toThrow(UsageError);
    expect(call).toThrow(expect.objectContaining({ code }));
  });
});

test("what is written is read", () => {
  fc.assert(
    fc.property(fc.bigInt(0n, MAX), fc.nat(5), (value, at) => {
      const wire = encodeVarint(value);
      const bytes = new Uint8Array(at + wire.length + 1);
      bytes.set(wire, at);
      expect(decodeVarint(bytes, at)).toEqual({ value, length: wire.length });
    }),
  );
});
