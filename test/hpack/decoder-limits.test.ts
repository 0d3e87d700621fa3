// HpackDecoder: size updates (RFC 7541 sections 4.2 and 6.3), the mark of never-indexed fields, limits, and how it is used.

import { type ErrorName, ProtocolError, UsageError } from "tercet";
import { HpackDecoder, type HpackDecoderOptions } from "tercet/hpack";
import { describe, expect, test } from "vitest";
import { bytes, errorIn, errorOf } from "../helpers/hpack-read.js";
import { hex, incremental, indexed, never, sizeUpdate, without } from "../helpers/hpack-wire.js";

const GET = [":method", "GET"];

describe("size updates", () => {
  test("HP-009 the maximum is that of the options, 4,096 without", () => {
    expect(errorOf(bytes(sizeUpdate(4097)))).toEqual(["HPACK_TABLE_SIZE_INVALID", 0]);
    expect(new HpackDecoder().decode(bytes(sizeUpdate(4096), indexed(2)))).toEqual(GET);
    const larger = new HpackDecoder({ maxTableSize: 262_144 });
    expect(larger.decode(bytes(sizeUpdate(262_144)))).toEqual([]);
    expect(errorIn(larger, bytes(sizeUpdate(262_145)))).toEqual(["HPACK_TABLE_SIZE_INVALID", 0]);
  });

  test.each<[string, number[], ErrorName, number]>([
    ["HP-010 behind a field", [...indexed(2), ...sizeUpdate(10)], "HPACK_TABLE_SIZE_MISPLACED", 1],
    [
      "HP-010 behind an update and a field",
      [...sizeUpdate(0), ...indexed(2), ...sizeUpdate(10)],
      "HPACK_TABLE_SIZE_MISPLACED",
      2,
    ],
    [
      "HP-011 three of them",
      [...sizeUpdate(0), ...sizeUpdate(5), ...sizeUpdate(10)],
      "HPACK_TABLE_SIZE_REPEATED",
      2,
    ],
    ["HP-013 above the maximum", sizeUpdate(4097), "HPACK_TABLE_SIZE_INVALID", 0],
    [
      "HP-013 the second one above the maximum",
      [...sizeUpdate(0), ...sizeUpdate(5000)],
      "HPACK_TABLE_SIZE_INVALID",
      1,
    ],
  ])("%s", (_name, octets, code, offset) => {
    expect(errorOf(bytes(octets))).toEqual([code, offset]);
  });

  test("HP-011 two of them: the smallest, then the last", () => {
    const decoder = new HpackDecoder();
    decoder.decode(bytes(incremental("a", "1")));
    const block = bytes(sizeUpdate(0), sizeUpdate(4096), indexed(2));
    expect(decoder.decode(block)).toEqual(GET);
    expect(decoder.tableSize).toBe(0);
  });

  test("HP-014 a smaller size evicts the oldest until the table fits, 0 all", () => {
    const decoder = new HpackDecoder();
    decoder.decode(bytes(incremental("a", "1"), incremental("b", "2"), incremental("c", "3")));
    expect(decoder.decode(bytes(sizeUpdate(101)))).toEqual([]);
    expect(decoder.tableSize).toBe(68);
    expect(decoder.decode(bytes(indexed(62), indexed(63)))).toEqual(["c", "3", "b", "2"]);
    decoder.decode(bytes(sizeUpdate(68)));
    expect(decoder.tableSize).toBe(68);
    decoder.decode(bytes(sizeUpdate(0)));
    expect(decoder.tableSize).toBe(0);
    expect(errorIn(decoder, bytes(indexed(62)))).toEqual(["HPACK_INDEX_INVALID", 0]);
  });

  test("HP-033 a block of updates alone, and an empty block", () => {
    const decoder = new HpackDecoder();
    expect(decoder.decode(bytes())).toEqual([]);
    expect(decoder.decode(bytes(sizeUpdate(0), sizeUpdate(100)))).toEqual([]);
    expect(decoder.decodeFields(bytes())).toEqual([]);
  });

  test("H2-027 a smaller setting makes an update due, once, at most that size", () => {
    const smaller = () => {
      const decoder = new HpackDecoder();
      decoder.decode(bytes(incremental("a", "1"), incremental("b", "2")));
      decoder.setMaxTableSize(40);
      return decoder;
    };
    const missing = ["HPACK_TABLE_SIZE_MISSING", 0];
    expect(errorIn(smaller(), bytes(indexed(62)))).toEqual(missing);
    expect(errorIn(smaller(), bytes())).toEqual(missing);
    expect(errorIn(smaller(), bytes(sizeUpdate(41)))).toEqual(["HPACK_TABLE_SIZE_INVALID", 0]);
    const decoder = smaller();
    expect(decoder.decode(bytes(sizeUpdate(40), indexed(62)))).toEqual(["b", "2"]);
    expect(decoder.tableSize).toBe(34);
    expect(decoder.decode(bytes(indexed(62)))).toEqual(["b", "2"]);
  });

  test("H2-027 lowered and raised again: the lowest must come first", () => {
    const both = () => {
      const decoder = new HpackDecoder();
      decoder.setMaxTableSize(100);
      decoder.setMaxTableSize(2000);
      return decoder;
    };
    const block = bytes(sizeUpdate(100), sizeUpdate(2000), indexed(2));
    expect(both().decode(block)).toEqual(GET);
    expect(errorIn(both(), bytes(sizeUpdate(2000)))).toEqual(["HPACK_TABLE_SIZE_MISSING", 0]);
  });

  test("a larger setting allows more, and what the table holds stays", () => {
    const decoder = new HpackDecoder({ maxTableSize: 200 });
    for (const name of ["a", "b", "c", "d", "e"]) decoder.decode(bytes(incremental(name, name)));
    for (const size of [30_000, 262_144]) {
      decoder.setMaxTableSize(size);
      expect(decoder.decode(bytes(indexed(62), indexed(66)))).toEqual("e e a a".split(" "));
      decoder.decode(bytes(sizeUpdate(size)));
      expect(decoder.decode(bytes(indexed(62), indexed(66)))).toEqual("e e a a".split(" "));
    }
    decoder.decode(bytes(incremental("long", "v".repeat(60_000))));
    expect(decoder.tableSize).toBe(60_036 + 5 * 34);
    decoder.setMaxTableSize(100);
    expect(decoder.decode(bytes(sizeUpdate(100)))).toEqual([]);
    expect(decoder.tableSize).toBe(0);
  });
});

describe("never indexed", () => {
  test("HP-030 the mark is given, for literals of that form alone", () => {
    const decoder = new HpackDecoder();
    const block = bytes(
      never("a", "1"),
      without("b", "2"),
      incremental("c", "3"),
      indexed(62),
      never(62, "4"),
    );
    const fields = decoder.decodeFields(block);
    expect(fields.map(({ name, value }) => name + value).join(" ")).toBe("a1 b2 c3 c3 c4");
    expect(fields.map(({ sensitive }) => sensitive)).toEqual([true, false, false, false, true]);
    expect(decoder.tableSize).toBe(34);
  });
});

describe("limits", () => {
  test("HP-022 a list at maxListSize is good, one octet above is not", () => {
    const block = bytes(without("name", "value"), indexed(2)); // 41 + 42
    expect(new HpackDecoder({ maxListSize: 83 }).decode(block)).toHaveLength(4);
    expect(errorOf(block, { maxListSize: 82 })).toEqual(["HPACK_LIST_TOO_LARGE", 12]);
    expect(errorOf(block, { maxListSize: 0 })).toEqual(["HPACK_LIST_TOO_LARGE", 0]);
    expect(new HpackDecoder({ maxListSize: 0 }).decode(bytes())).toEqual([]);
  });

  test("HP-022 as many fields as maxFields are good, one more is not", () => {
    const block = bytes(indexed(2), indexed(3), indexed(4));
    expect(new HpackDecoder({ maxFields: 3 }).decode(block)).toHaveLength(6);
    expect(errorOf(block, { maxFields: 2 })).toEqual(["HPACK_FIELD_COUNT_TOO_LARGE", 2]);
  });

  test("HP-035 the largest limits hold: 8,192 fields, a list of 256 KiB, a table of 256 KiB", () => {
    const options = { maxListSize: 262_144, maxFields: 8_192, maxTableSize: 262_144 };
    const decoder = new HpackDecoder(options);
    const many = bytes(...Array.from({ length: 8_192 }, () => [0x40, 0, 0]));
    expect(decoder.decode(many)).toHaveLength(16_384);
    expect(decoder.tableSize).toBe(262_144);
    expect(decoder.decode(bytes(indexed(61 + 8_192)))).toEqual(["", ""]);
    const value = "v".repeat(262_144 - 33);
    expect(decoder.decode(bytes(incremental("n", value), indexed(2).slice(1)))).toEqual([
      "n",
      value,
    ]);
    expect(decoder.decode(bytes(sizeUpdate(0), without("n", value)))).toEqual(["n", value]);
  });

  test("HP-022 a bomb of references is counted, and nothing overflows", () => {
    const options = { maxListSize: 262_144, maxFields: 8_192, maxTableSize: 262_144 };
    const decoder = new HpackDecoder(options);
    decoder.decode(bytes(incremental("n", "v".repeat(262_000))));
    const bomb = new Uint8Array(393_216).fill(0x80 | 62);
    expect(errorIn(decoder, bomb)).toEqual(["HPACK_LIST_TOO_LARGE", 1]);
    expect(errorOf(new Uint8Array(393_217), options)).toEqual(["HPACK_LIST_TOO_LARGE", 0]);
  });

  test("HP-022 the shortest literals, as many as a block can hold, behind the limits", () => {
    const options = { maxListSize: 262_144, maxFields: 1, maxTableSize: 262_144 };
    const block = new Uint8Array(393_216);
    for (let at = 0; at < block.length; at += 2) block[at] = 0x41;
    expect(errorOf(block, options)).toEqual(["HPACK_FIELD_COUNT_TOO_LARGE", 2]);
    // Nobody else's state was touched: a new decoder works.
    expect(new HpackDecoder(options).decode(bytes(indexed(2)))).toEqual(GET);
  });
});

describe("use", () => {
  test("after an error every further call throws the same one", () => {
    const decoder = new HpackDecoder();
    const first = errorIn(decoder, bytes(indexed(0)));
    expect(errorIn(decoder, bytes(indexed(2)))).toEqual(first);
    expect(() => decoder.decodeFields(bytes())).toThrow(ProtocolError);
    expect(() => decoder.setMaxTableSize(10)).not.toThrow();
    expect(decoder.tableSize).toBe(0);
  });

  test("release gives the place back; further use is told so", () => {
    const decoder = new HpackDecoder();
    decoder.decode(bytes(incremental("a", "1")));
    decoder.release();
    decoder.release();
    expect(decoder.tableSize).toBe(0);
    expect(() => decoder.decode(bytes(indexed(2)))).toThrow(UsageError);
    expect(() => decoder.setMaxTableSize(10)).toThrow(/HPACK_RELEASED/);
    // The next one in the same place begins with an empty table.
    expect(errorOf(bytes(indexed(62)))).toEqual(["HPACK_INDEX_INVALID", 0]);
  });

  test.each<[string, string, HpackDecoderOptions]>([
    ["a table above 256 KiB", "HPACK_TABLE_SIZE_INVALID", { maxTableSize: 262_145 }],
    ["a negative table", "HPACK_TABLE_SIZE_INVALID", { maxTableSize: -1 }],
    ["half a byte", "LIMIT_INVALID", { maxListSize: 0.5 }],
    ["no number", "LIMIT_INVALID", { maxFields: Number.NaN }],
    ["too many fields", "LIMIT_INVALID", { maxFields: 8_193 }],
    ["a list above 256 KiB", "LIMIT_INVALID", { maxListSize: 262_145 }],
  ])("%s is refused", (_name, code, options) => {
    expect(() => new HpackDecoder(options)).toThrow(new RegExp(`^${code}: `));
    expect(() => new HpackDecoder(options)).toThrow(UsageError);
  });

  test("anything but bytes is refused and changes nothing", () => {
    const decoder = new HpackDecoder();
    for (const wrong of ["82", [0x82], undefined, new ArrayBuffer(1)])
      expect(() => decoder.decode(wrong as unknown as Uint8Array)).toThrow(/BYTES_INVALID/);
    expect(decoder.decode(Buffer.from([0x82]))).toEqual(GET);
  });

  test("a setting out of its range is refused and changes nothing", () => {
    const decoder = new HpackDecoder();
    for (const size of [-1, 262_145, 1.5])
      expect(() => decoder.setMaxTableSize(size)).toThrow(UsageError);
    expect(decoder.decode(hex("82"))).toEqual(GET);
  });

  test("what was decoded does not change with the caller's bytes or a later block", () => {
    const decoder = new HpackDecoder();
    const block = bytes(
      incremental("name", "a value of more than twelve octets"),
      without("x", "y".repeat(20)),
    );
    const list = decoder.decode(block);
    const copy = [...list];
    block.fill(0);
    decoder.decode(bytes(incremental("other", "z".repeat(40))));
    expect(list).toEqual(copy);
  });
});
