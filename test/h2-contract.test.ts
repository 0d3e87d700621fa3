// The contract between the engine of HTTP/2 and HPACK and its host: no imports, memory that cannot grow, exactly these exports, a
// memory map without overlaps in which no input can fill an area, and what the host writes at start.

import { describe, expect, test } from "vitest";
import * as memory from "../src/abi/field-memory.js";
import { LiteralRecord, SectionFlag, SectionRecord } from "../src/abi/field-tape.js";
import { FrameRecord } from "../src/abi/h2-tape.js";
import { STATIC_COUNT, STATIC_TABLE } from "../src/abi/hpack-static.js";
import { HUFFMAN_LENGTH_MAX, HUFFMAN_LENGTHS } from "../src/abi/huffman.js";
import { ringEntries } from "../src/engine/field-rings.js";
import { writeFieldTables } from "../src/engine/field-tables.js";
import { H2Instance } from "../src/engine/h2-instance.js";
import { h2Module } from "../src/engine/h2-module.js";

const PAGE_LENGTH = 65_536;
const WORD = 4;

describe("the module", () => {
  test("has no imports", () => {
    expect(WebAssembly.Module.imports(h2Module())).toEqual([]);
  });

  test("exports its memory, what h2-instance.ts calls, and the kernels for their test", () => {
    const names = WebAssembly.Module.exports(h2Module()).map(({ name }) => name);
    const rest = names.filter((name) => !/^kernel|Scalar$/.test(name));
    expect(rest.sort()).toEqual(["decode", "exec", "init", "memory"]);
  });

  test("has a memory of fixed size that cannot grow", () => {
    const { memory: linear } = new H2Instance().exports;
    expect(linear.buffer.byteLength).toBe(memory.MEMORY_PAGES * PAGE_LENGTH);
    expect(() => linear.grow(1)).toThrow(RangeError);
  });
});

describe("the memory map", () => {
  const rings =
    memory.FIELD_RING_ENTRIES_0 * memory.FIELD_RING_COUNT_0 +
    memory.FIELD_RING_ENTRIES_1 * memory.FIELD_RING_COUNT_1 +
    memory.FIELD_RING_ENTRIES_2 * memory.FIELD_RING_COUNT_2;
  const areas: [string, number, number][] = [
    ["static data", 0, PAGE_LENGTH],
    ["window", memory.FIELD_WINDOW, memory.FIELD_WINDOW_LENGTH + memory.FIELD_PADDING],
    ["stage", memory.FIELD_STAGE, memory.FIELD_STAGE_LENGTH + memory.FIELD_PADDING],
    ["scratch", memory.FIELD_SCRATCH, memory.FIELD_SCRATCH_LENGTH],
    ["tape", memory.FIELD_TAPE, memory.FIELD_TAPE_LENGTH],
    ["configs", memory.FIELD_CONFIGS, memory.FIELD_CONFIG_LENGTH * memory.FIELD_CONFIG_COUNT],
    ["names", memory.FIELD_NAMES, memory.FIELD_NAMES_LENGTH],
    ["blocks", memory.FIELD_BLOCKS, memory.FIELD_BLOCK_LENGTH * memory.FIELD_BLOCK_COUNT],
    ["rings", memory.FIELD_RINGS, rings * 8],
  ];

  test("has areas in order that do not overlap, and ends inside the memory", () => {
    for (let i = 1; i < areas.length; i++) {
      const [, at, length] = areas[i - 1] as [string, number, number];
      const [name, next] = areas[i] as [string, number, number];
      expect(next, `${name} begins behind what stands in front`).toBeGreaterThanOrEqual(
        at + length,
      );
      expect(next % 8, `${name} is aligned`).toBe(0);
    }
    const [, at, length] = areas.at(-1) as [string, number, number];
    expect(at + length).toBeLessThanOrEqual(memory.MEMORY_PAGES * PAGE_LENGTH);
  });

  test("holds the octets of the literals of any block: 8/5 of it, and what kernels write behind the end", () => {
    const longest = Math.max(memory.FIELD_STAGE_LENGTH, memory.FIELD_WINDOW_LENGTH);
    expect(Math.min(...HUFFMAN_LENGTHS)).toBe(5);
    expect((longest * 8) / 5 + 16).toBeLessThanOrEqual(memory.FIELD_SCRATCH_LENGTH);
  });

  test("holds the records of any block: two octets a literal, one an indexed field", () => {
    const literals = (memory.FIELD_STAGE_LENGTH / 2) * LiteralRecord.Size;
    const indexed = memory.FIELD_STAGE_LENGTH;
    const front = FrameRecord.Size + SectionRecord.Size + LiteralRecord.Size;
    const words = Math.max(literals, indexed) + front;
    expect(words * WORD).toBeLessThanOrEqual(memory.FIELD_TAPE_LENGTH);
  });

  test("holds the records of any window: frames of nine octets, blocks inside of them", () => {
    const frames = (memory.FIELD_WINDOW_LENGTH / 9) * (FrameRecord.Size + SectionRecord.Size);
    const fields = (memory.FIELD_WINDOW_LENGTH / 2) * LiteralRecord.Size;
    expect((frames + fields) * WORD).toBeLessThanOrEqual(memory.FIELD_TAPE_LENGTH);
  });

  test("a record has room for the lengths and slots that limits allow", () => {
    expect(memory.FIELD_SECTION_MAX - 32).toBeLessThan(2 ** 18);
    expect(memory.FIELD_TABLE_SIZE_MAX - 32).toBeLessThan(2 ** 18);
    expect(memory.FIELD_RING_ENTRIES_2).toBeLessThanOrEqual(2 ** 13);
    expect(memory.FIELD_TABLE_SIZE_MAX / 32).toBeLessThanOrEqual(memory.FIELD_RING_ENTRIES_2);
  });

  test.each([
    [0, memory.FIELD_RING_ENTRIES_0],
    [4_096, memory.FIELD_RING_ENTRIES_0],
    [4_097, memory.FIELD_RING_ENTRIES_1],
    [32_768, memory.FIELD_RING_ENTRIES_1],
    [32_769, memory.FIELD_RING_ENTRIES_2],
    [262_144, memory.FIELD_RING_ENTRIES_2],
  ])("a table of %i bytes has a ring of %i entries", (size, entries) => {
    expect(ringEntries(size)).toBe(entries);
    expect(size / 32).toBeLessThanOrEqual(entries);
    expect(Math.log2(entries) % 1).toBe(0);
  });
});

describe("what the host writes at start", () => {
  test("fits, and is what RFC 7541 says: 257 code lengths, 61 entries", () => {
    const bytes = new Uint8Array(memory.FIELD_NAMES + memory.FIELD_NAMES_LENGTH);
    expect(writeFieldTables(bytes, STATIC_TABLE)).toBeLessThan(memory.FIELD_NAMES_LENGTH);
    expect(HUFFMAN_LENGTHS).toHaveLength(257);
    expect(Math.max(...HUFFMAN_LENGTHS)).toBe(HUFFMAN_LENGTH_MAX);
    expect(STATIC_TABLE).toHaveLength(2 * STATIC_COUNT);
    expect(STATIC_TABLE.filter((text) => text.length > 255)).toEqual([]);
  });

  test("bits of pseudo-fields in a section are those of their kinds in the engine", () => {
    expect([SectionFlag.Method, SectionFlag.Scheme, SectionFlag.Authority]).toEqual([1, 2, 4]);
    expect([SectionFlag.Path, SectionFlag.Status, SectionFlag.Protocol]).toEqual([8, 16, 32]);
    expect(SectionFlag.AnyPseudo).toBe(63);
  });
});
