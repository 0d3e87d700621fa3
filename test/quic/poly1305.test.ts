// Poly1305 where carries and the last reduction matter: the examples of RFC 8439 appendix A.3 that are made for it, and numbers
// near 2^130 - 5 against big integers.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CRYPTO_TAG } from "../../src/abi/quic-crypto.js";
import { QUIC_WINDOW } from "../../src/abi/quic-memory.js";
import { cryptoEngine } from "../../src/engine/quic-crypto.js";
import { concat, hex, toHex } from "../helpers/quic-wire.js";

const KEY = QUIC_WINDOW;
const TEXT = QUIC_WINDOW + 32;

function tagOf(key: Uint8Array, blocks: Uint8Array): string {
  const { u8, exports } = cryptoEngine();
  u8.set(key, KEY);
  u8.set(blocks, TEXT);
  exports.kernelPoly(KEY, TEXT, blocks.length);
  return toHex(u8.subarray(CRYPTO_TAG, CRYPTO_TAG + 16));
}

const numberOf = (bytes: Uint8Array) => BigInt(`0x${toHex(bytes.slice().reverse()) || "0"}`);

/** RFC 8439 section 2.5.1 with big integers. */
function tagByNumbers(key: Uint8Array, blocks: Uint8Array): string {
  const r = numberOf(key.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  let sum = 0n;
  for (let at = 0; at < blocks.length; at += 16)
    sum = ((sum + numberOf(blocks.subarray(at, at + 16)) + (1n << 128n)) * r) % ((1n << 130n) - 5n);
  const tag = (sum + numberOf(key.subarray(16))) & ((1n << 128n) - 1n);
  return toHex(hex(tag.toString(16).padStart(32, "0")).reverse());
}

const ONES = "ff".repeat(16);
const ZEROS = "00".repeat(16);

describe("RFC 8439 appendix A.3", () => {
  test.each([
    ["7", `02${"00".repeat(15)}${ZEROS}`, ONES, `03${"00".repeat(15)}`],
    ["8", `02${"00".repeat(15)}${ONES}`, `02${"00".repeat(15)}`, `03${"00".repeat(15)}`],
    [
      "9",
      `01${"00".repeat(15)}${ZEROS}`,
      `${ONES}f0${"ff".repeat(15)}11${"00".repeat(15)}`,
      `05${"00".repeat(15)}`,
    ],
    ["10", `01${"00".repeat(15)}${ZEROS}`, `${ONES}fb${"fe".repeat(15)}${"01".repeat(16)}`, ZEROS],
    ["11", `02${"00".repeat(15)}${ZEROS}`, `fd${"ff".repeat(15)}`, `fa${"ff".repeat(15)}`],
  ])("example %s", (_name, key, text, tag) => {
    expect(tagOf(hex(key), hex(text))).toBe(tag);
  });
});

describe("against big integers", () => {
  const octet = fc.constantFrom(0x00, 0x01, 0x03, 0xfa, 0xfb, 0xfc, 0xff);
  const plain = fc.uint8Array({ minLength: 16, maxLength: 16 });
  const extreme = fc
    .array(octet, { minLength: 16, maxLength: 16 })
    .map((list) => Uint8Array.from(list));
  const full = fc
    .tuple(octet, octet)
    .map(([first, rest]) => new Uint8Array(16).fill(rest).fill(first, 0, 1));
  const block = fc.oneof(plain, extreme, full);

  test("any key and blocks, most of them extreme", () => {
    fc.assert(
      fc.property(block, block, fc.array(block, { maxLength: 8 }), (r, s, blocks) => {
        const key = concat(r, s);
        const text = concat(...blocks);
        expect(tagOf(key, text)).toBe(tagByNumbers(key, text));
      }),
      { numRuns: 3_000 },
    );
  });

  test("a long text of ones", () => {
    const key = new Uint8Array(32).fill(0xff);
    const text = new Uint8Array(16 * 1_000).fill(0xff);
    expect(tagOf(key, text)).toBe(tagByNumbers(key, text));
  });
});
