// The contract between the engine of QPACK and its host: no imports, memory that cannot grow, exactly these exports, the map of
// src/abi/field-memory.ts (h2-contract.test.ts checks it) with room for what QPACK needs, and what the host writes at start.

import { describe, expect, test } from "vitest";
import * as memory from "../src/abi/field-memory.js";
import { FieldWord, LiteralRecord, SectionRecord } from "../src/abi/field-tape.js";
import { H3Block } from "../src/abi/h3-memory.js";
import { HUFFMAN_LENGTHS } from "../src/abi/huffman.js";
import { STATIC_COUNT, STATIC_TABLE } from "../src/abi/qpack-static.js";
import { writeFieldTables } from "../src/engine/field-tables.js";
import { H3Instance } from "../src/engine/h3-instance.js";
import { h3Module } from "../src/engine/h3-module.js";

const PAGE_LENGTH = 65_536;
const WORD = 4;

describe("the module", () => {
  test("has no imports", () => {
    expect(WebAssembly.Module.imports(h3Module())).toEqual([]);
  });

  test("exports its memory, what h3-instance.ts calls, and the kernels for their test", () => {
    const names = WebAssembly.Module.exports(h3Module()).map(({ name }) => name);
    const rest = names.filter((name) => !/^kernel|Scalar$/.test(name));
    expect(rest.sort()).toEqual(["init", "instructions", "memory", "section"]);
  });

  test("has a memory of fixed size that cannot grow", () => {
    const { memory: linear } = new H3Instance().exports;
    expect(linear.buffer.byteLength).toBe(memory.MEMORY_PAGES * PAGE_LENGTH);
    expect(() => linear.grow(1)).toThrow(RangeError);
  });
});

describe("the memory", () => {
  test("has the words of a block one behind the other, within a block", () => {
    expect(H3Block.Total).toBe(memory.FieldBlock.Size);
    expect(H3Block.Private * WORD).toBeLessThan(memory.FIELD_BLOCK_LENGTH);
    for (const word of [H3Block.Total, H3Block.StopAt, H3Block.Required]) expect(word % 2).toBe(0);
  });

  test("holds the records of any window of instructions: one octet a duplicate, two a literal", () => {
    const literals = (memory.FIELD_WINDOW_LENGTH / 2) * LiteralRecord.Size;
    const words = SectionRecord.Size + Math.max(literals, memory.FIELD_WINDOW_LENGTH);
    expect(words * WORD).toBeLessThanOrEqual(memory.FIELD_TAPE_LENGTH);
  });

  test("holds the records of any section: two octets a literal, one an indexed field", () => {
    const literals = (memory.FIELD_STAGE_LENGTH / 2) * LiteralRecord.Size;
    const words = SectionRecord.Size + Math.max(literals, memory.FIELD_STAGE_LENGTH);
    expect(words * WORD).toBeLessThanOrEqual(memory.FIELD_TAPE_LENGTH);
  });

  test("holds the longest instruction in window and stage, and its strings in the scratch area", () => {
    // It is refused at a length that makes it longer than the stage.
    const longest = memory.FIELD_STAGE_LENGTH;
    const end = memory.FIELD_STAGE + memory.FIELD_STAGE_LENGTH;
    expect(memory.FIELD_WINDOW + longest).toBeLessThan(end);
    expect((longest * 8) / Math.min(...HUFFMAN_LENGTHS)).toBeLessThan(memory.FIELD_SCRATCH_LENGTH);
  });

  test("a duplicate has room for two slots, and a field for the slot of any ring", () => {
    const slots = memory.FIELD_RING_ENTRIES_2;
    expect(slots << FieldWord.DuplicateShift).toBeLessThanOrEqual(
      1 << FieldWord.DuplicateSlotShift,
    );
    expect((slots - 1) << FieldWord.DuplicateSlotShift).toBeGreaterThan(0);
    expect((slots - 1) << FieldWord.IndexShift).toBeLessThan(2 ** 24);
    expect(memory.FIELD_TABLE_SIZE_MAX / 32).toBeLessThanOrEqual(slots);
  });
});

describe("what the host writes at start", () => {
  test("fits, and is what RFC 9204 says: 99 entries, numbered from 0", () => {
    const bytes = new Uint8Array(memory.FIELD_NAMES + memory.FIELD_NAMES_LENGTH);
    expect(writeFieldTables(bytes, STATIC_TABLE)).toBeLessThan(memory.FIELD_NAMES_LENGTH);
    expect(STATIC_TABLE).toHaveLength(2 * STATIC_COUNT);
    expect(STATIC_COUNT).toBe(99);
    expect(STATIC_TABLE.slice(0, 4)).toEqual([":authority", "", ":path", "/"]);
    expect(STATIC_TABLE.slice(-4)).toEqual([
      "x-frame-options",
      "deny",
      "x-frame-options",
      "sameorigin",
    ]);
    expect(STATIC_TABLE.filter((text) => text.length > 255)).toEqual([]);
  });
});
