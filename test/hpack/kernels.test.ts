// The kernels of HPACK against their scalar twins, in the engine itself: copies with their flags for every octet at every
// lane, Huffman strings of every length and with every symbol at every position.

import { describe, expect, test } from "vitest";
import { FIELD_SCRATCH, FIELD_STAGE } from "../../src/abi/field-memory.js";
import { H2Instance } from "../../src/engine/h2-instance.js";
import { bitOctets, huffmanOctets } from "../helpers/hpack-wire.js";

const instance = new H2Instance();
const kernels = instance.exports as unknown as Record<
  string,
  (at: number, second: number, out: number) => number | bigint
>;
const { u8 } = instance;
const OUT = FIELD_SCRATCH;
const TWIN_OUT = FIELD_SCRATCH + 100_000;

/** What kernel and twin make of `octets` at an address: result, and octets written. */
function both(kernel: string, twin: string, octets: ArrayLike<number>, at: number) {
  u8.fill(0xee, at - 16, at + octets.length + 64);
  u8.set(octets, at);
  const run = (name: string, out: number) => {
    const huffman = name.includes("Huffman");
    const result = kernels[name]?.(at, huffman ? at + octets.length : octets.length, out);
    const end = typeof result === "bigint" ? Number(result & 0xffff_ffffn) : out + octets.length;
    const isError = end === 0;
    const flags = typeof result === "bigint" ? (result >> 32n) & FLAGS : result;
    const code = typeof result === "bigint" && isError ? result >> 32n : 0n;
    return { flags: isError ? code : flags, text: isError ? [] : [...u8.subarray(out, end)] };
  };
  return [run(kernel, OUT), run(twin, TWIN_OUT)];
}

/** What a result says about octets; the bits below are look-up leftovers. */
const FLAGS = (3n << 6n) | (1n << 26n);

function same(kernel: string, twin: string, octets: ArrayLike<number>, at = FIELD_STAGE): void {
  const [fast, slow] = both(kernel, twin, octets, at);
  // Compared as text: a hundred thousand calls of toEqual take minutes.
  const text = (one: unknown) =>
    JSON.stringify(one, (_key, value) => (typeof value === "bigint" ? Number(value) : value));
  if (text(fast) !== text(slow)) expect([octets, fast]).toEqual([octets, slow]);
}

describe.each([
  ["copyName", "kernelCopyName", "copyNameScalar", 0x61],
  ["copyValue", "kernelCopyValue", "copyValueScalar", 0x20],
])("%s", (_name, kernel, twin, plain) => {
  test("every octet at every lane of three vectors", () => {
    for (let lane = 0; lane < 48; lane++) {
      for (let octet = 0; octet < 256; octet++) {
        const octets = new Uint8Array(48).fill(plain);
        octets[lane] = octet;
        same(kernel, twin, octets);
      }
    }
  });

  test("every length from every start: what stands behind does not count", () => {
    for (let start = 0; start < 16; start++) {
      for (let length = 0; length < 50; length++) {
        same(kernel, twin, new Uint8Array(length).fill(plain), FIELD_STAGE + start);
        same(kernel, twin, new Uint8Array(length).fill(0x3a), FIELD_STAGE + start);
      }
    }
  });

  test("copies what it was given", () => {
    const octets = Uint8Array.from({ length: 200 }, (_, i) => i);
    const [fast] = both(kernel, twin, octets, FIELD_STAGE + 3);
    expect(fast?.text).toEqual([...octets]);
  });
});

describe("decodeHuffman", () => {
  const [kernel, twin] = ["kernelDecodeHuffman", "decodeHuffmanScalar"];
  const decoded = (octets: number[]) => {
    same(kernel, twin, octets);
    const [fast] = both(kernel, twin, octets, FIELD_STAGE);
    return String.fromCharCode(...(fast?.text ?? []));
  };

  test("every symbol, behind texts of every length up to 40", () => {
    for (let symbol = 0; symbol < 256; symbol++) {
      for (let length = 0; length <= 40; length += symbol < 128 ? 1 : 7) {
        const text = "a0/-".repeat(10).slice(0, length) + String.fromCharCode(symbol);
        if (decoded(huffmanOctets(text)) !== text) expect(text).toBe("what was encoded");
      }
    }
  });

  test("every pair of symbols", () => {
    for (let first = 0; first < 256; first++) {
      for (let second = 0; second < 256; second++) {
        const text = String.fromCharCode(first, second, 0x61);
        if (decoded(huffmanOctets(text)) !== text) expect(text).toBe("what was encoded");
      }
    }
  });

  test("every string of two octets, right or wrong", () => {
    for (let word = 0; word < 65_536; word++) same(kernel, twin, [word >> 8, word & 255]);
  });

  test("every last octet behind texts of every length: padding, cut symbols, EOS", () => {
    for (let length = 0; length < 24; length++) {
      const octets = huffmanOctets("e".repeat(length * 8)); // five bits each: whole octets
      for (let last = 0; last < 256; last++) {
        same(kernel, twin, [...octets, last]);
        same(kernel, twin, [...octets, 0xff, last]);
      }
    }
  });

  test("EOS at every bit", () => {
    for (let bits = 0; bits < 120; bits++) {
      // Codes of 5 and 6 bits fill any number of bits from 20 on.
      const sixes = bits % 5;
      const fives = (bits - 6 * sixes) / 5;
      if (fives < 0) continue;
      const front = "00011".repeat(fives) + "100001".repeat(sixes);
      for (const back of ["", "00011", "00011".repeat(20)])
        same(kernel, twin, bitOctets(front + "1".repeat(30) + back));
    }
  });
});
