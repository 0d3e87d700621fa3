// AES in WASM: its tables against the S-box as FIPS 197 defines it, its blocks against the examples of FIPS 197 and node:crypto,
// and the memory that all of protection shares.

import { createCipheriv } from "node:crypto";
import { wasmAead } from "tercet/quic";
import { describe, expect, test } from "vitest";
import * as area from "../../src/abi/quic-crypto.js";
import * as memory from "../../src/abi/quic-memory.js";
import { aesTables } from "../../src/engine/quic-aes-tables.js";
import { CryptoEngine, cryptoEngine, type EngineKey } from "../../src/engine/quic-crypto.js";
import { noise } from "../helpers/quic-crypto.js";
import { hex, toHex } from "../helpers/quic-wire.js";

/** The product in GF(2^8), modulo x^8 + x^4 + x^3 + x + 1. */
function multiply(x: number, y: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ (product & 0x80 ? 0x11b : 0);
    if (y & (1 << bit)) product ^= x;
  }
  return product & 0xff;
}

/** SubBytes as FIPS 197 section 5.1.1 defines it: the inverse, found by trying; then each bit a sum of five. */
function subBytes(x: number): number {
  let inverse = 0;
  for (let y = 1; y < 256; y++) if (multiply(x, y) === 1) inverse = y;
  let result = 0;
  for (let bit = 0; bit < 8; bit++) {
    const of = (n: number) => (inverse >> ((bit + n) % 8)) & 1;
    result |= (of(0) ^ of(4) ^ of(5) ^ of(6) ^ of(7) ^ ((0x63 >> bit) & 1)) << bit;
  }
  return result;
}

describe("the tables", () => {
  const tables = aesTables();
  /** A look-up as i8x16.swizzle does it: 0 from index 16 on. */
  const look = (table: number, n: number) => (n < 16 ? tables[16 * table + n]! : 0);
  const pairOf = (x: number) => look(0, x & 15) ^ look(1, x >> 4);
  /** The two values on which all look-ups behind the inverse depend. */
  function halves(x: number): [number, number] {
    const pair = pairOf(x);
    const [i, k] = [pair >> 4, pair & 15];
    const j = i ^ k;
    const quotient = look(3, k);
    return [look(2, look(2, i) ^ quotient) ^ j, look(2, look(2, j) ^ quotient) ^ i];
  }

  test("are eleven, and fill their place", () => {
    expect(tables.length).toBe(area.CRYPTO_TABLES_LENGTH);
  });

  test("give SubBytes, and twice SubBytes, of all 256 octets", () => {
    for (let x = 0; x < 256; x++) {
      const [io, jo] = halves(x);
      const octet = subBytes(x);
      expect(look(8, io) ^ look(9, jo) ^ 0x63).toBe(octet);
      expect(look(4, io) ^ look(5, jo) ^ look(10, 0)).toBe(pairOf(octet));
      expect(look(6, io) ^ look(7, jo)).toBe(pairOf(multiply(2, octet ^ 0x63)));
    }
  });

  test("map octets to pairs one to one, and sums to sums", () => {
    expect(new Set(Array.from({ length: 256 }, (_, x) => pairOf(x))).size).toBe(256);
    for (let x = 0; x < 256; x++) expect(pairOf(x) ^ pairOf(x ^ 0x35)).toBe(pairOf(0x35));
  });
});

/** Blocks as header protection encrypts them: the first five octets of each are the mask. */
const masks = (key: Uint8Array, blocks: Uint8Array) =>
  wasmAead.header(key.length === 16 ? "AES-128-GCM" : "AES-256-GCM", key).masks(blocks);

describe("blocks", () => {
  test.each([
    [
      "appendix B",
      "2b7e151628aed2a6abf7158809cf4f3c",
      "3243f6a8885a308d313198a2e0370734",
      "3925841d02",
    ],
    [
      "appendix C.1",
      "000102030405060708090a0b0c0d0e0f",
      "00112233445566778899aabbccddeeff",
      "69c4e0d86a",
    ],
    [
      "appendix C.3",
      "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
      "00112233445566778899aabbccddeeff",
      "8ea2b7ca51",
    ],
  ])("FIPS 197 %s", (_name, key, block, encrypted) => {
    expect(toHex(masks(hex(key), hex(block)))).toBe(encrypted);
  });

  test.each([16, 32])("keys of %i octets against node:crypto, any count of blocks", (length) => {
    for (let count = 0; count < 40; count++) {
      const key = noise(length, count);
      const blocks = noise(16 * count, count + 50);
      const engine = cryptoEngine();
      const at = memory.QUIC_WINDOW;
      engine.u8.set(blocks, at);
      const prepared: EngineKey = { prepared: engine.expand(key), slot: 0 };
      engine.exports.aesBlocks(engine.slotOf(prepared), at, count);
      const cipher = createCipheriv(`aes-${8 * length}-ecb`, key, null);
      expect(toHex(engine.u8.subarray(at, at + 16 * count))).toBe(
        cipher.update(blocks).toString("hex"),
      );
    }
  });

  test("ChaCha20's masks against node:crypto, more than the engine takes at once", () => {
    const key = noise(32, 3);
    const samples = noise(16 * 1_030, 4);
    const made = wasmAead.header("CHACHA20-POLY1305", key).masks(samples);
    for (let n = 0; n < 1_030; n++) {
      const cipher = createCipheriv("chacha20", key, samples.subarray(16 * n, 16 * n + 16));
      expect(toHex(made.subarray(5 * n, 5 * n + 5))).toBe(
        cipher.update(Buffer.alloc(5)).toString("hex"),
      );
    }
  });
});

describe("keys in the engine", () => {
  test("stay while they are used, and come back when they had to go", () => {
    const engine = new CryptoEngine();
    const keys: EngineKey[] = Array.from({ length: area.CRYPTO_SLOT_COUNT + 3 }, (_, n) => ({
      prepared: noise(area.CRYPTO_KEY_LENGTH, n),
      slot: 0,
    }));
    const first = engine.slotOf(keys[0]!);
    for (const key of keys) {
      const slot = engine.slotOf(key);
      expect(engine.u8.slice(slot, slot + key.prepared.length)).toEqual(key.prepared);
      expect(engine.slotOf(keys[0]!)).toBe(first);
    }
    for (const key of keys) {
      const slot = engine.slotOf(key);
      expect(engine.u8.slice(slot, slot + key.prepared.length)).toEqual(key.prepared);
    }
  });
});

describe("the memory of protection", () => {
  const slots = area.CRYPTO_SLOT_COUNT * area.CRYPTO_SLOT_LENGTH;
  const areas: [string, number, number][] = [
    ["tables", area.CRYPTO_TABLES, area.CRYPTO_TABLES_LENGTH],
    ["nonce", area.CRYPTO_NONCE, 16],
    ["tag", area.CRYPTO_TAG, 16],
    ["raw key, or a key of HMAC", area.CRYPTO_RAW_KEY, 128],
    ["state of a hash", area.CRYPTO_HASH, 64],
    ["blocks that are padded", area.CRYPTO_HASH_PAD, 256],
    ["hash", area.CRYPTO_HASH_RESULT, 64],
    ["batch", area.CRYPTO_BATCH, area.CRYPTO_BATCH_COUNT * area.BatchField.Size * 4],
    ["samples, and three more", area.CRYPTO_SAMPLES, area.CRYPTO_SAMPLE_COUNT * 16 + 48],
    ["slots", area.CRYPTO_SLOTS, slots],
  ];

  test("lies in the area of keys, one part behind the other", () => {
    expect(area.CRYPTO_TABLES).toBe(memory.QUIC_KEYS);
    for (let n = 1; n < areas.length; n++) {
      const [, at, length] = areas[n - 1]!;
      expect(areas[n]![1], areas[n]![0]).toBeGreaterThanOrEqual(at + length);
      expect(areas[n]![1] % 16, areas[n]![0]).toBe(0);
    }
    expect(area.CRYPTO_SLOTS + slots).toBeLessThanOrEqual(
      memory.QUIC_KEYS + memory.QUIC_KEYS_LENGTH,
    );
  });

  test("a slot holds a prepared key and all of its tables", () => {
    expect(area.CRYPTO_KEY_HASH + 16).toBe(area.CRYPTO_KEY_LENGTH);
    expect(area.CRYPTO_KEY_LENGTH).toBeLessThanOrEqual(area.CRYPTO_POWER_TABLES);
    expect(area.CRYPTO_POWER_TABLES + 512 * area.CRYPTO_POWERS).toBeLessThanOrEqual(
      area.CRYPTO_SLOT_LENGTH,
    );
  });

  test("key octets of any batch fit: a block for each packet, one for its tag, and three more", () => {
    const blocks = memory.QUIC_WINDOW_LENGTH / 16 + 2 * area.CRYPTO_BATCH_COUNT + 3;
    expect(area.CRYPTO_STREAM).toBe(memory.QUIC_TAPE);
    expect(area.CRYPTO_STREAM_LENGTH).toBe(memory.QUIC_TAPE_LENGTH);
    expect(16 * blocks).toBeLessThanOrEqual(area.CRYPTO_STREAM_LENGTH);
    expect(area.CRYPTO_BATCH_COUNT).toBeLessThanOrEqual(area.CRYPTO_SAMPLE_COUNT);
  });
});
