// The contract between the engine and the host: no imports, memory that cannot grow, exactly these exports,
// a memory map without overlaps, and the constants that both compilers share.

import { describe, expect, test } from "vitest";
import { ErrorCode } from "../src/abi/error-code.js";
import * as memory from "../src/abi/memory.js";
import { FieldId, HeadField, TapeKind } from "../src/abi/tape.js";
import { H1Instance } from "../src/engine/h1-instance.js";
import { h1Module } from "../src/engine/h1-module.js";
import { KNOWN_NAMES } from "../src/engine/known-fields.js";
import { ERRORS } from "../src/errors.js";

const FUNCTIONS = ["exec", "freeCarry", "init", "park", "takeCarry", "unpark"];

describe("the module", () => {
  test("has no imports", () => {
    expect(WebAssembly.Module.imports(h1Module())).toEqual([]);
  });

  test("exports its memory, what h1-instance.ts calls, and the kernels for their test", () => {
    const names = WebAssembly.Module.exports(h1Module()).map(({ name }) => name);
    const rest = names.filter((name) => !/^kernel|Scalar$/.test(name));
    expect(rest.sort()).toEqual([...FUNCTIONS, "memory"].sort());
  });

  test("has a memory of fixed size that cannot grow", () => {
    const { memory: linear } = new H1Instance().exports;
    expect(linear.buffer.byteLength).toBe(memory.MEMORY_PAGES * memory.PAGE_LENGTH);
    expect(() => linear.grow(1)).toThrow(RangeError);
  });
});

describe("the memory map", () => {
  const carries = [0, 1, 2, 3, 4, 5].map(
    (sizeClass) =>
      (memory.CARRY_SMALLEST << (2 * sizeClass)) *
      (memory as unknown as Record<string, number>)[`CARRY_COUNT_${sizeClass}`]!,
  );
  const areas: [string, number, number][] = [
    ["static data", 0, memory.PAGE_LENGTH],
    ["window", memory.WINDOW, memory.WINDOW_LENGTH + memory.PADDING],
    ["tape", memory.TAPE, memory.TAPE_LENGTH],
    ["configs", memory.CONFIGS, memory.CONFIG_LENGTH * memory.CONFIG_COUNT],
    ["names", memory.NAMES, memory.NAME_LENGTH * memory.NAME_COUNT],
    ["slots", memory.NAME_SLOTS, memory.NAME_SLOT_COUNT],
    ["chains", memory.NAME_CHAIN, memory.NAME_COUNT * 2],
    ["blocks", memory.BLOCKS, memory.BLOCK_LENGTH * memory.BLOCK_COUNT],
    ["carries", memory.CARRIES, carries.reduce((sum, length) => sum + length, 0) + memory.PADDING],
  ];

  test("has areas in order that do not overlap, and ends inside the memory", () => {
    for (let i = 1; i < areas.length; i++) {
      const [, at, length] = areas[i - 1] as [string, number, number];
      const [name, next] = areas[i] as [string, number, number];
      expect(next, name).toBeGreaterThanOrEqual(at + length);
      expect(next % 8, name).toBe(0);
    }
    const [, last, length] = areas.at(-1) as [string, number, number];
    expect(last + length).toBeLessThanOrEqual(memory.MEMORY_PAGES * memory.PAGE_LENGTH);
  });

  test("has room for the longest head and the most fields that limits may allow", () => {
    const largest = memory.CARRY_SMALLEST << 10;
    expect(largest - largest / 4 - memory.PADDING).toBeGreaterThan(memory.HEAD_LENGTH_MAX);
    // A record and six leniency uses a field, a head record in front.
    const tape = memory.FIELD_COUNT_MAX * (16 + 48) + HeadField.Size * 4 + 128;
    expect(tape).toBeLessThanOrEqual(memory.TAPE_LENGTH);
    expect(tape).toBeLessThanOrEqual(largest / 4);
  });

  test("holds all known names, none above 32 bytes, the special ones first", () => {
    expect(KNOWN_NAMES.length).toBeLessThanOrEqual(memory.NAME_COUNT);
    expect(KNOWN_NAMES.filter((name) => name.length > 32)).toEqual([]);
    expect(KNOWN_NAMES[FieldId.Host]).toBe("Host");
    expect(KNOWN_NAMES[FieldId.ContentLength]).toBe("Content-Length");
    expect(KNOWN_NAMES[FieldId.TransferEncoding]).toBe("Transfer-Encoding");
    expect(KNOWN_NAMES[FieldId.Connection]).toBe("Connection");
    expect(KNOWN_NAMES[FieldId.Upgrade]).toBe("Upgrade");
    expect(KNOWN_NAMES[FieldId.Expect]).toBe("Expect");
  });
});

describe("known names in the engine", () => {
  const { exports, u8, i32, text } = new H1Instance();

  /** Id and spelling of a field name in a request. */
  function infoOf(name: string): number {
    const wire = `GET / HTTP/1.0\r\n${name}: a\r\n\r\n`;
    for (let i = 0; i < wire.length; i++) u8[memory.WINDOW + i] = wire.charCodeAt(i);
    const block = memory.BLOCKS >> 2;
    i32.fill(0, block, block + 32);
    i32[block + memory.BlockField.Config] = memory.CONFIGS;
    i32.fill(100, memory.CONFIGS >> 2, (memory.CONFIGS >> 2) + memory.ConfigField.Size);
    i32[memory.CONFIGS >> 2] = 0xfffff; // every leniency: values here are no good for framing fields
    i32[block + memory.BlockField.MessageBudget] = 1;
    exports.exec(memory.BLOCKS, 0, wire.length);
    const tape = memory.TAPE >> 2;
    const record = tape + HeadField.Size;
    const start = memory.WINDOW + (i32[record] as number);
    expect(text(start, start + name.length)).toBe(name);
    return (i32[record + 1] as number) & 1023;
  }

  test.each(
    KNOWN_NAMES.slice(1).filter((name) => !/^(?:Content-Length|Transfer-Encoding)$/.test(name)),
  )("%s is found in any spelling", (name) => {
    const id = KNOWN_NAMES.indexOf(name);
    expect(infoOf(name)).toBe(id);
    const lower = name.toLowerCase();
    expect(infoOf(lower) & 255).toBe(id);
    expect(infoOf(name.toUpperCase()) & 255).toBe(id);
    if (lower !== name) expect(infoOf(lower) >> 8).toBe(1);
    expect(infoOf(`${name}x`)).toBe(0);
    expect(infoOf(`x${name}`)).toBe(0);
    if (name.length > 3) expect(infoOf(name.slice(0, -1))).toBe(0);
  });
});

describe("shared constants", () => {
  test("every error code has a row and a number of its own", () => {
    const names = Object.keys(ErrorCode).filter((key) => Number.isNaN(Number(key)));
    expect(names.filter((name) => name !== "NONE" && !(name in ERRORS))).toEqual([]);
    const numbers = names.map((name) => ErrorCode[name as keyof typeof ErrorCode]);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  test("tape kinds start at 1, so that a word that nobody wrote is none", () => {
    expect(TapeKind.RequestHead).toBe(1);
  });
});
