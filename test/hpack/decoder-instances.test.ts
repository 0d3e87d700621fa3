// Many decoders on few engines: full slabs, used-up rings, an engine that is being read, dropped decoders, traps; and memory: strings
// that left the table, or never were in it, are not held.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ProtocolError } from "tercet";
import { HpackDecoder } from "tercet/hpack";
import { describe, expect, test } from "vitest";
import {
  FIELD_BLOCK_COUNT,
  FIELD_RING_COUNT_1,
  FIELD_RING_COUNT_2,
  FieldConfig,
} from "../../src/abi/field-memory.js";
import { h2PoolState, leaseH2Block } from "../../src/engine/h2-pool.js";
import { incremental, indexed, sizeUpdate, without } from "../helpers/hpack-wire.js";

const bytes = (...parts: number[][]) => Uint8Array.from(parts.flat());
const CONFIG = new Uint32Array(FieldConfig.Size);

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes of the JavaScript heap that are still referred to. */
function heldBytes(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

describe("many decoders", () => {
  test("20,000 of them, each with a table of its own", () => {
    const before = h2PoolState();
    const all = Array.from({ length: 20_000 }, () => new HpackDecoder());
    all.forEach((decoder, i) => {
      decoder.decode(bytes(incremental("number", String(i))));
    });
    expect(h2PoolState().blocks - before.blocks).toBe(20_000);
    expect(h2PoolState().instances).toBeGreaterThanOrEqual(Math.ceil(20_000 / FIELD_BLOCK_COUNT));
    all.forEach((decoder, i) => {
      const list = decoder.decode(bytes(indexed(62)));
      if (list[1] !== String(i)) throw new Error(`decoder ${i}: ${list}`);
    });
    for (const decoder of all) decoder.release();
    expect(h2PoolState().blocks).toBe(before.blocks);
  });

  test.each([
    ["32 KiB", 32_768, FIELD_RING_COUNT_1],
    ["256 KiB", 262_144, FIELD_RING_COUNT_2],
  ])("more tables of %s than one engine has rings", (_name, maxTableSize, count) => {
    const all = Array.from({ length: 2 * count + 5 }, () => new HpackDecoder({ maxTableSize }));
    all.forEach((decoder, i) => {
      for (let n = 0; n < 200; n++) decoder.decode(bytes(incremental(`n${n}`, String(i))));
    });
    all.forEach((decoder, i) => {
      if (decoder.decode(bytes(indexed(62)))[1] !== String(i)) throw new Error(`decoder ${i}`);
      const first = decoder.decode(bytes(indexed(261)));
      if (first.join() !== `n0,${i}`) throw new Error(`decoder ${i}: ${first}`);
      decoder.release();
    });
  });

  test("tables that grow after their engine has no larger ring left move to another one", () => {
    const all = Array.from({ length: FIELD_RING_COUNT_2 + 10 }, () => new HpackDecoder());
    all.forEach((decoder, i) => {
      for (let n = 0; n < 40; n++) decoder.decode(bytes(incremental(`n${n}`, String(i))));
    });
    for (const decoder of all) decoder.setMaxTableSize(262_144);
    all.forEach((decoder, i) => {
      const list = decoder.decode(bytes(sizeUpdate(262_144), indexed(62), indexed(101)));
      if (list.join() !== `n39,${i},n0,${i}`) throw new Error(`decoder ${i}: ${list}`);
      decoder.release();
    });
  });
});

describe("an engine that is being read", () => {
  test("is left alone: the decoder moves, with its table", () => {
    const { instance } = leaseH2Block({}, CONFIG, 4096);
    const decoders = [new HpackDecoder(), new HpackDecoder({ maxTableSize: 100_000 })];
    for (const decoder of decoders) {
      for (let n = 0; n < 50; n++) decoder.decode(bytes(incremental("n", String(n))));
      decoder.setMaxTableSize(3000);
    }
    instance.busy = true;
    try {
      const window = instance.u8.slice(0, 200_000);
      for (const decoder of decoders)
        expect(decoder.decode(bytes(sizeUpdate(3000), indexed(62), indexed(111)))).toEqual([
          "n",
          "49",
          "n",
          "0",
        ]);
      expect(Buffer.compare(instance.u8.subarray(0, 200_000), window)).toBe(0);
    } finally {
      instance.busy = false;
    }
    for (const decoder of decoders) expect(decoder.decode(bytes(indexed(62)))).toEqual(["n", "49"]);
  });
});

describe("a trap", () => {
  test("ends the decoder it happened in, and later ones get a fresh engine", () => {
    const { instance } = leaseH2Block({}, CONFIG, 4096);
    const other = new HpackDecoder();
    const victim = new HpackDecoder();
    for (const decoder of [other, victim]) decoder.decode(bytes(incremental("a", "1")));
    const good = instance.exports;
    const decode = () => {
      throw new WebAssembly.RuntimeError("unreachable");
    };
    Object.defineProperty(instance, "exports", { value: { ...good, decode } });
    const trapped = () => victim.decode(bytes(indexed(62)));
    expect(trapped).toThrow(ProtocolError);
    Object.defineProperty(instance, "exports", { value: good });
    expect(trapped).toThrow(/H2_ENGINE_TRAP/);
    expect(other.decode(bytes(indexed(62)))).toEqual(["a", "1"]);
    expect(new HpackDecoder().decode(bytes(indexed(2)))).toEqual([":method", "GET"]);
    expect(leaseH2Block({}, CONFIG, 4096).instance).not.toBe(instance);
  });
});

describe("memory", () => {
  test("places of dropped decoders come back", async () => {
    const before = h2PoolState().blocks;
    for (let i = 0; i < 3000; i++) new HpackDecoder().decode(bytes(incremental("a", "1")));
    for (let i = 0; i < 50 && h2PoolState().blocks > before + 100; i++) {
      collect();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(h2PoolState().blocks).toBeLessThanOrEqual(before + 100);
  });

  test("HP-034 an entry does not pin the block that it came in", () => {
    const name = "x-name-above-twelve-octets";
    const block = bytes(
      without("big", "v".repeat(60_000)),
      incremental(name, "a value above twelve octets"),
    );
    const before = heldBytes();
    const all = Array.from({ length: 300 }, () => {
      const decoder = new HpackDecoder();
      decoder.decode(block);
      return decoder;
    });
    // 60 KB each would be 18 MB.
    expect(heldBytes() - before).toBeLessThan(3_000_000);
    for (const decoder of all) expect(decoder.decode(bytes(indexed(62)))[0]).toBe(name);
  });

  test("HP-034 entries that share the text of their block hold no more than that block", () => {
    const before = heldBytes();
    const all = Array.from({ length: 300 }, () => {
      const decoder = new HpackDecoder();
      for (let n = 0; n < 20; n++)
        decoder.decode(
          bytes(without("big", "v".repeat(900)), incremental(`x-${n}`, "w".repeat(2_990 + n))),
        );
      return decoder;
    });
    // One text of 3.9 KB each is 1.2 MB, twenty are 23 MB.
    expect(heldBytes() - before).toBeLessThan(3_000_000);
    expect(all[0]?.decode(bytes(indexed(62)))[1]).toHaveLength(3_009);
  });

  test("HP-014 HP-034 evicted entries are let go, whether by insertion, by a size update, or by one that does not fit", () => {
    const value = "v".repeat(3_900);
    const ends: [string, Uint8Array][] = [
      ["insertion", bytes(...Array.from({ length: 128 }, () => incremental("", "")))],
      ["size update", bytes(sizeUpdate(0))],
      ["too large", bytes(incremental("w", "v".repeat(5_000)))],
    ];
    for (const [name, end] of ends) {
      const before = heldBytes();
      const all = Array.from({ length: 300 }, (_, i) => {
        const decoder = new HpackDecoder();
        for (let n = 0; n < 3; n++) decoder.decode(bytes(incremental(`${i}`, value)));
        decoder.decode(end);
        return decoder;
      });
      // 3.9 KB more each would be 1.9 MB: the decoder and a table of 128 entries are some 2.6 KB.
      expect(heldBytes() - before, name).toBeLessThan(1_200_000);
      expect(all).toHaveLength(300);
    }
  });
});
