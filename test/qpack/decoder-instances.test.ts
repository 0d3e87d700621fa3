// Many decoders on few engines: full slabs, used-up rings, nested readers, dropped decoders, traps; and memory: strings that left
// the table are not held, nor is what they came in.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ProtocolError } from "tercet";
import { QpackDecoder } from "tercet/qpack";
import { describe, expect, test } from "vitest";
import {
  FIELD_BLOCK_COUNT,
  FIELD_RING_COUNT_1,
  FIELD_RING_COUNT_2,
  FieldConfig,
} from "../../src/abi/field-memory.js";
import { h3PoolState, leaseH3Block } from "../../src/engine/h3-pool.js";
import { insert, line, octets, prefix } from "../helpers/qpack-wire.js";

const CONFIG = new Uint32Array(FieldConfig.Size);

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes of the JavaScript heap that are still referred to. */
function heldBytes(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

const newest = (count: number, maxCapacity = 4096) =>
  octets(prefix(count, count, maxCapacity), line.dynamic(0));
const decoderOf = (value: string, maxTableCapacity = 4096) => {
  const decoder = new QpackDecoder({ maxTableCapacity, initialCapacity: maxTableCapacity });
  decoder.receiveEncoderStream(octets(insert.literal("number", value)));
  return decoder;
};

describe("many decoders", () => {
  test("20,000 of them, each with a table of its own", () => {
    const before = h3PoolState();
    const all = Array.from({ length: 20_000 }, (_, i) => decoderOf(String(i)));
    expect(h3PoolState().blocks - before.blocks).toBe(20_000);
    expect(h3PoolState().instances).toBeGreaterThanOrEqual(Math.ceil(20_000 / FIELD_BLOCK_COUNT));
    all.forEach((decoder, i) => {
      const list = decoder.decode(0, newest(1));
      if (list?.[1] !== String(i)) throw new Error(`decoder ${i}: ${list}`);
    });
    for (const decoder of all) decoder.release();
    expect(h3PoolState().blocks).toBe(before.blocks);
  });

  test.each([
    ["32 KiB", 32_768, FIELD_RING_COUNT_1],
    ["256 KiB", 262_144, FIELD_RING_COUNT_2],
  ])("more tables of %s than one engine has rings", (_name, capacity, count) => {
    const all = Array.from({ length: 2 * count + 5 }, (_, i) => decoderOf(String(i), capacity));
    all.forEach((decoder, i) => {
      const more = Array.from({ length: 200 }, (_, n) => insert.literal(`n${n}`, String(i)));
      decoder.receiveEncoderStream(octets(...more));
    });
    all.forEach((decoder, i) => {
      const bytes = octets(
        prefix(201, 201, capacity),
        line.dynamic(0),
        line.dynamic(199),
        line.dynamic(200),
      );
      expect(decoder.decode(0, bytes)).toEqual(["n199", i, "n0", i, "number", i].map(String));
      decoder.release();
    });
  });
});

describe("a trap", () => {
  test.each(["section", "instructions"] as const)(
    "in %s ends the decoder it happened in, and later ones get a fresh engine",
    (name) => {
      const { instance } = leaseH3Block({}, CONFIG, 4096);
      const other = decoderOf("1");
      const victim = decoderOf("2");
      const good = instance.exports;
      const trap = () => {
        throw new WebAssembly.RuntimeError("unreachable");
      };
      Object.defineProperty(instance, "exports", { value: { ...good, [name]: trap } });
      const trapped = () => {
        victim.decode(0, newest(1));
        victim.receiveEncoderStream(octets(insert.duplicate(0)));
      };
      expect(trapped).toThrow(ProtocolError);
      Object.defineProperty(instance, "exports", { value: good });
      expect(trapped).toThrow(/H3_ENGINE_TRAP/);
      expect(other.decode(0, newest(1))).toEqual(["number", "1"]);
      expect(decoderOf("3").decode(0, newest(1))).toEqual(["number", "3"]);
      expect(leaseH3Block({}, CONFIG, 4096).instance).not.toBe(instance);
    },
  );
});

describe("memory", () => {
  test("places of dropped decoders come back", async () => {
    const before = h3PoolState().blocks;
    for (let i = 0; i < 3000; i++) decoderOf("1");
    for (let i = 0; i < 50 && h3PoolState().blocks > before + 100; i++) {
      collect();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(h3PoolState().blocks).toBeLessThanOrEqual(before + 100);
  });

  test("an idle decoder is small: buffers come with the bytes that need them", () => {
    const before = heldBytes();
    const all = Array.from({ length: 1000 }, () => decoderOf("1"));
    expect(heldBytes() - before).toBeLessThan(3_000_000);
    for (const decoder of all) expect(decoder.heldBytes).toBe(0);
  });

  test("QP-TAB-3 an entry does not pin the chunk that it came in", () => {
    // Alone in its chunk at last: the large ones are evicted.
    const name = "x-name-above-twelve-octets";
    const chunk = octets(
      insert.literal("big", "v".repeat(3_950)),
      insert.literal("big", "w".repeat(3_990)),
      insert.literal(name, "a value above twelve octets"),
    );
    const before = heldBytes();
    const all = Array.from({ length: 1000 }, () => {
      const decoder = new QpackDecoder({ initialCapacity: 4096 });
      decoder.receiveEncoderStream(chunk);
      return decoder;
    });
    // 7.9 KB each would be 7.9 MB: a decoder with its table is some 2 KB.
    expect(heldBytes() - before).toBeLessThan(4_000_000);
    for (const decoder of all) expect(decoder.decode(0, newest(3))?.[0]).toBe(name);
  });

  test("QP-ENC-2 evicted entries are let go, whether by insertion, by a capacity, or by duplicates", () => {
    const value = "v".repeat(3_900);
    const ends: [string, Uint8Array][] = [
      ["insertion", octets(...Array.from({ length: 128 }, () => insert.literal("", "")))],
      ["capacity", octets(insert.capacity(0))],
      ["duplicates", octets(insert.literal("", ""), ...Array(128).fill(insert.duplicate(0)))],
    ];
    for (const [name, end] of ends) {
      const before = heldBytes();
      const all = Array.from({ length: 300 }, (_, i) => {
        const decoder = new QpackDecoder({ initialCapacity: 4096 });
        for (let n = 0; n < 3; n++)
          decoder.receiveEncoderStream(octets(insert.literal(`${i}`, value)));
        decoder.receiveEncoderStream(end);
        return decoder;
      });
      // 3.9 KB more each would be 1.2 MB on top of some 3 KB a decoder.
      expect(heldBytes() - before, name).toBeLessThan(1_400_000);
      expect(all).toHaveLength(300);
    }
  });
});
