// The integers of QPACK in the engine itself, against a slow reader in BigInt: every prefix, sizes around each octet, padding,
// cuts, and values above 62 bits.

import { describe, expect, test } from "vitest";
import { FIELD_WINDOW } from "../../src/abi/field-memory.js";
import { H3Instance } from "../../src/engine/h3-instance.js";

const instance = new H3Instance();
const kernels = instance.exports as unknown as {
  kernelWideInt(at: number, end: number, mask: number): number;
  kernelWideValue(): bigint;
};
const MAX = 2n ** 62n - 1n;
const MORE_OCTETS = 9;

type Read = { value: bigint; length: number } | "truncated" | "invalid";

function read(octets: readonly number[], bits: number): Read {
  // What stands behind must not matter.
  instance.u8.fill(0xee, FIELD_WINDOW, FIELD_WINDOW + 64);
  instance.u8.set(octets, FIELD_WINDOW);
  const end = FIELD_WINDOW + octets.length;
  const next = kernels.kernelWideInt(FIELD_WINDOW, end, 2 ** bits - 1);
  if (next === 0) return "truncated";
  if (next === 1) return "invalid";
  return { value: BigInt.asUintN(64, kernels.kernelWideValue()), length: next - FIELD_WINDOW };
}

/** RFC 7541 section 5.1, as it stands there. */
function slow(octets: readonly number[], bits: number): Read {
  const most = 2 ** bits - 1;
  let value = BigInt((octets[0] as number) & most);
  if (value < BigInt(most)) return { value, length: 1 };
  for (let i = 1; i <= MORE_OCTETS; i++) {
    const octet = octets[i];
    if (octet === undefined) return "truncated";
    value += BigInt(octet & 127) << BigInt(7 * (i - 1));
    if (value > MAX) return "invalid";
    if (octet < 128) return { value, length: i + 1 };
  }
  return "invalid";
}

/** An integer with `padding` octets that add nothing. */
function octetsOf(value: bigint, bits: number, padding: number): number[] {
  const most = 2n ** BigInt(bits) - 1n;
  if (value < most) return [Number(value)];
  const octets = [Number(most)];
  let rest = value - most;
  for (; rest >= 128n; rest >>= 7n) octets.push(Number(rest & 127n) | 128);
  octets.push(Number(rest));
  for (let i = 0; i < padding; i++) {
    octets[octets.length - 1] = (octets.at(-1) as number) | 128;
    octets.push(0);
  }
  return octets;
}

const same = (octets: readonly number[], bits: number) => {
  const wanted = slow(octets, bits);
  expect([octets, bits, read(octets, bits)]).toEqual([octets, bits, wanted]);
  return wanted;
};

describe("QP-INT-1 integers of up to 62 bits", () => {
  test.each([3, 4, 5, 6, 7, 8])("with a prefix of %i bits", (bits) => {
    const most = 2n ** BigInt(bits) - 1n;
    for (let shift = 0n; shift <= 63n; shift++) {
      for (const near of [-2n, -1n, 0n, 1n, 2n, most]) {
        const value = (1n << shift) + near;
        if (value < 0n) continue;
        const octets = octetsOf(value, bits, 0);
        const wanted = value <= MAX ? { value, length: octets.length } : "invalid";
        expect(same(octets, bits)).toEqual(wanted);
      }
    }
  });

  test("what stands in front of the prefix does not count", () => {
    expect(read([0xe5, 0xff], 5)).toEqual({ value: 5n, length: 1 });
    expect(read([0xff, 0x00], 5)).toEqual({ value: 31n, length: 2 });
  });
});

test("QP-INT-3 QP-INT-2 padding is taken up to nine octets behind the prefix", () => {
  for (const bits of [3, 5, 8]) {
    for (const value of [2n ** BigInt(bits) - 1n, 1000n, 2n ** 32n, 2n ** 50n]) {
      for (let padding = 0; padding < 12; padding++) same(octetsOf(value, bits, padding), bits);
    }
  }
  expect(read([0xff, ...Array(8).fill(0x80), 0], 8)).toEqual({ value: 255n, length: 10 });
  expect(read([0xff, ...Array(9).fill(0x80), 0], 8)).toBe("invalid");
});

test("QP-INT-4 cut anywhere it is truncated, or wrong as soon as it must be", () => {
  for (const value of [MAX, MAX + 1n, 2n ** 62n + 1000n, 300n]) {
    for (const padding of [0, 3, 9]) {
      const octets = octetsOf(value, 7, padding);
      for (let length = 1; length <= octets.length; length++) same(octets.slice(0, length), 7);
    }
  }
  expect(read([0xff, ...Array(9).fill(0xff)], 8)).toBe("invalid");
});
