// The contract between the engine of QUIC and its host: no imports, memory that cannot grow, exactly these exports, and a memory map
// whose areas stand one behind the other, with room for the largest datagram.

import { describe, expect, test } from "vitest";
import * as crypto from "../src/abi/quic-crypto.js";
import * as memory from "../src/abi/quic-memory.js";
import { cryptoEngine } from "../src/engine/quic-crypto.js";
import { quicModule } from "../src/engine/quic-module.js";

const PAGE_LENGTH = 65_536;
/** Octets of the longest UDP payload (RFC 768): the length field counts 8 octets of header. */
const DATAGRAM_MAX = 65_527;

describe("the module", () => {
  test("has no imports", () => {
    expect(WebAssembly.Module.imports(quicModule())).toEqual([]);
  });

  test("exports its memory and what quic-crypto.ts calls", () => {
    const names = WebAssembly.Module.exports(quicModule()).map(({ name }) => name);
    const rest = names.filter((name) => !/^kernel|Scalar$/.test(name));
    expect(rest.sort()).toEqual([
      ...["aesBlocks", "aesExpand", "batchCounters", "batchHeaders", "batchOpenCcm"],
      ...["batchOpenChacha", "batchOpenGcm", "batchSamples", "ccmOpen", "ccmSeal"],
      ...["chachaMasks", "chachaOpen", "chachaSeal", "gcmOpen", "gcmSeal", "hashBegin"],
      ...["hashBlocks", "hashEnd", "hmac", "memory"],
    ]);
  });

  test("has a memory of fixed size that cannot grow", () => {
    const { memory: linear } = cryptoEngine().exports;
    expect(linear.buffer.byteLength).toBe(memory.MEMORY_PAGES * PAGE_LENGTH);
    expect(() => linear.grow(1)).toThrow(RangeError);
  });
});

type Area = readonly [name: string, at: number, length: number];

function expectInOrder(areas: readonly Area[]): void {
  for (let i = 1; i < areas.length; i++) {
    const [, at, length] = areas[i - 1] as Area;
    const [name, next] = areas[i] as Area;
    const what = `${name} begins behind what stands in front`;
    expect(next, what).toBeGreaterThanOrEqual(at + length);
    expect(next % 8, `${name} is aligned`).toBe(0);
  }
}

describe("the memory map", () => {
  const { QUIC_PADDING: PADDING } = memory;
  const areas: Area[] = [
    ["static data", 0, PAGE_LENGTH],
    ["window", memory.QUIC_WINDOW, memory.QUIC_WINDOW_LENGTH + PADDING],
    ["output", memory.QUIC_OUTPUT, memory.QUIC_OUTPUT_LENGTH + PADDING],
    ["tape", memory.QUIC_TAPE, memory.QUIC_TAPE_LENGTH],
    ["keys", memory.QUIC_KEYS, memory.QUIC_KEYS_LENGTH],
  ];

  test("has areas in order that do not overlap, and ends inside the memory", () => {
    expectInOrder(areas);
    const [, at, length] = areas.at(-1) as Area;
    expect(at + length).toBeLessThanOrEqual(memory.MEMORY_PAGES * PAGE_LENGTH);
  });

  test("has room for the longest datagram", () => {
    expect(memory.QUIC_WINDOW_LENGTH).toBeGreaterThanOrEqual(DATAGRAM_MAX);
  });

  test("has the areas of protection one behind the other, within that of keys", () => {
    const words = crypto.CRYPTO_BATCH_COUNT * crypto.BatchField.Size;
    const slots = crypto.CRYPTO_SLOT_COUNT * crypto.CRYPTO_SLOT_LENGTH;
    expectInOrder([
      ["tables", crypto.CRYPTO_TABLES, crypto.CRYPTO_TABLES_LENGTH],
      ["nonce", crypto.CRYPTO_NONCE, 12],
      ["tag", crypto.CRYPTO_TAG, 16],
      ["raw key, or a key of HMAC", crypto.CRYPTO_RAW_KEY, 128],
      ["state of a hash", crypto.CRYPTO_HASH, 64],
      ["blocks that are padded", crypto.CRYPTO_HASH_PAD, 2 * 128],
      ["hash", crypto.CRYPTO_HASH_RESULT, 64],
      ["batch", crypto.CRYPTO_BATCH, 4 * words],
      ["samples", crypto.CRYPTO_SAMPLES, 16 * crypto.CRYPTO_SAMPLE_COUNT],
      ["slots", crypto.CRYPTO_SLOTS, slots],
    ]);
    expect(crypto.CRYPTO_TABLES).toBeGreaterThanOrEqual(memory.QUIC_KEYS);
    const end = memory.QUIC_KEYS + memory.QUIC_KEYS_LENGTH;
    expect(crypto.CRYPTO_SLOTS + slots).toBeLessThanOrEqual(end);
  });

  test("has the key octets of a call where records would be", () => {
    expect(crypto.CRYPTO_STREAM).toBe(memory.QUIC_TAPE);
    expect(crypto.CRYPTO_STREAM_LENGTH).toBeLessThanOrEqual(memory.QUIC_TAPE_LENGTH);
  });
});
