// HpackDecoder against the rules of RFC 7541: every representation, the tables, indexes, integers and strings, and what is wrong
// with a block. Size updates and limits: decoder-limits.test.ts.

import type { ErrorName, ProtocolError } from "tercet";
import { HpackDecoder } from "tercet/hpack";
import { describe, expect, test } from "vitest";
import { STATIC_TABLE } from "../../src/abi/hpack-static.js";
import { bytes, errorIn, errorOf } from "../helpers/hpack-read.js";
import {
  bitOctets,
  huffman,
  huffmanOctets,
  incremental,
  indexed,
  integer,
  never,
  raw,
  without,
} from "../helpers/hpack-wire.js";
import { NAIVE_CODES } from "../helpers/naive/hpack.js";

const GET = [":method", "GET"];

describe("tables", () => {
  test("HP-003 the static table has its 61 entries", () => {
    const flat = new HpackDecoder().decode(
      bytes(...Array.from({ length: 61 }, (_, i) => indexed(i + 1))),
    );
    expect(flat).toEqual(STATIC_TABLE);
    expect(flat.slice(0, 6)).toEqual([":authority", "", ":method", "GET", ":method", "POST"]);
    expect(flat.slice(-2)).toEqual(["www-authenticate", ""]);
  });

  test("HP-001 HP-002 order is kept, and the table lives from block to block", () => {
    const decoder = new HpackDecoder();
    const first = bytes(
      incremental("a", "1"),
      indexed(2),
      incremental("b", "2"),
      without("c", "3"),
    );
    expect(decoder.decode(first)).toEqual(["a", "1", ...GET, "b", "2", "c", "3"]);
    expect(decoder.decode(bytes(indexed(62), indexed(63)))).toEqual(["b", "2", "a", "1"]);
    expect(decoder.tableSize).toBe(68);
  });

  test("HP-004 entries leave in the order they came, and duplicates are entries", () => {
    const decoder = new HpackDecoder({ maxTableSize: 34 * 3 });
    decoder.decode(bytes(incremental("a", "1"), incremental("a", "1"), incremental("a", "2")));
    expect(decoder.tableSize).toBe(102);
    decoder.decode(bytes(incremental("b", "3")));
    expect(decoder.decode(bytes(indexed(62), indexed(63), indexed(64)))).toEqual(
      "b 3 a 2 a 1".split(" "),
    );
    expect(errorIn(decoder, bytes(indexed(65)))).toEqual(["HPACK_INDEX_INVALID", 0]);
  });

  test("HP-008 HP-034 an entry costs its octets and 32; the table holds at most its size by 32", () => {
    const decoder = new HpackDecoder();
    for (let i = 0; i < 300; i++) decoder.decode(bytes(incremental("", "")));
    expect(decoder.tableSize).toBe(4096);
    expect(decoder.decode(bytes(indexed(61 + 128)))).toEqual(["", ""]);
    expect(errorIn(decoder, bytes(indexed(61 + 129)))).toEqual(["HPACK_INDEX_INVALID", 0]);
  });

  test("HP-015 an entry above the maximum empties the table and is no error", () => {
    const decoder = new HpackDecoder({ maxTableSize: 100 });
    decoder.decode(bytes(incremental("a", "1")));
    const long = "v".repeat(68);
    expect(decoder.decode(bytes(incremental("x", long), indexed(2)))).toEqual(["x", long, ...GET]);
    expect(decoder.tableSize).toBe(0);
    expect(decoder.decode(bytes(incremental("x", "v".repeat(67)), indexed(62)))).toHaveLength(4);
    expect(decoder.tableSize).toBe(100);
  });

  test("HP-016 a new entry may take the name of one that it evicts", () => {
    const decoder = new HpackDecoder({ maxTableSize: 80 });
    decoder.decode(bytes(incremental("name-of-twenty-bytes", "1")));
    const value = "v".repeat(28);
    expect(decoder.decode(bytes(incremental(62, value), indexed(62)))).toEqual([
      "name-of-twenty-bytes",
      value,
      "name-of-twenty-bytes",
      value,
    ]);
    expect(decoder.tableSize).toBe(80);
  });

  test("a ring that turned over many times gives what it should", () => {
    const decoder = new HpackDecoder({ maxTableSize: 40 * 36 });
    for (let i = 0; i < 1000; i++)
      decoder.decode(bytes(incremental("n", String(i).padStart(3, "0"))));
    for (let back = 0; back < 40; back++)
      expect(decoder.decode(bytes(indexed(62 + back)))).toEqual(["n", String(999 - back)]);
  });
});

describe("indexes", () => {
  test.each<[string, number[]]>([
    ["HP-006 index 0", indexed(0)],
    ["HP-005 one behind the tables", indexed(63)],
    ["HP-005 far behind the tables", indexed(4_000_000_000)],
    ["HP-007 a name one behind the tables, indexed", incremental(63, "v")],
    ["HP-007 a name one behind the tables, not indexed", without(63, "v")],
    ["HP-007 a name far behind the tables, never indexed", never(100_000, "v")],
  ])("%s", (_name, field) => {
    const block = bytes(incremental("a", "1"), field);
    expect(errorOf(block)).toEqual(["HPACK_INDEX_INVALID", 5]);
  });

  test("HP-005 the last entry of the tables is good", () => {
    const block = bytes(incremental("a", "1"), indexed(62), without(62, "2"), never(62, "3"));
    expect(new HpackDecoder().decode(block)).toEqual("a 1 a 1 a 2 a 3".split(" "));
  });

  test("HP-032 every first octet is handled: all of them, followed by what they need", () => {
    for (let octet = 0; octet < 256; octet++) {
      const rest = octet >= 128 ? [0] : [0, ...raw("n"), ...raw("v")];
      const block = Uint8Array.from([octet, ...rest]);
      const outcome = (() => {
        try {
          return new HpackDecoder().decode(block).length > 0 ? "list" : "empty";
        } catch (error) {
          return (error as ProtocolError).code;
        }
      })();
      expect(outcome, `octet ${octet}`).toMatch(/^(?:list|HPACK_\w+)$/);
      if (octet > 128 && octet <= 128 + 61) expect(outcome).not.toBe("empty");
    }
  });
});

describe("integers", () => {
  test.each<[string, number[], number]>([
    ["HP-017 below the prefix", [0x3e], 30],
    ["HP-017 the prefix and nothing", [0x3f, 0], 31],
    ["HP-017 two octets", [0x3f, 0x7f], 158],
    ["HP-017 three octets", [0x3f, 0x9a, 0x0a], 1337],
    ["HP-020 an octet that adds nothing", [0x3f, 0x9a, 0x8a, 0x00], 1337],
    ["HP-020 as many as six octets allow", [0x3f, 0x9a, 0x8a, 0x80, 0x80, 0x00], 1337],
  ])("%s", (_name, update, size) => {
    const decoder = new HpackDecoder();
    decoder.decode(bytes(update));
    // The size is what the table keeps to: one entry fits exactly, and no octet more.
    if (size < 34) return;
    decoder.decode(bytes(incremental("", "v".repeat(size - 32))));
    expect(decoder.tableSize).toBe(size);
    decoder.decode(bytes(incremental("", "v".repeat(size - 31))));
    expect(decoder.tableSize).toBe(0);
  });

  test.each<[string, number[], ErrorName]>([
    ["HP-018 seven octets", [0x3f, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00], "HPACK_INTEGER_INVALID"],
    ["HP-018 2^32", [0x3f, 0xe1, 0xff, 0xff, 0xff, 0x0f], "HPACK_INTEGER_INVALID"],
    ["HP-018 2^35 in six octets", [0x3f, 0xff, 0xff, 0xff, 0xff, 0x7f], "HPACK_INTEGER_INVALID"],
    ["HP-018 an index of 2^32", integer(0x80, 7, 2 ** 32), "HPACK_INTEGER_INVALID"],
    ["HP-018 a length of 2^32", [0, ...integer(0, 7, 2 ** 32)], "HPACK_INTEGER_INVALID"],
    [
      "HP-018 2^32 - 1 is an integer",
      [0x3f, 0xe0, 0xff, 0xff, 0xff, 0x0f],
      "HPACK_TABLE_SIZE_INVALID",
    ],
    ["HP-019 the end behind the prefix", [0x3f], "HPACK_TRUNCATED"],
    ["HP-019 the end behind a continuation", [0xff, 0x80], "HPACK_TRUNCATED"],
    ["HP-019 the end in the index of a name", [0x0f, 0xff], "HPACK_TRUNCATED"],
    ["HP-019 the end in the length of a string", [0, 0x7f, 0x80], "HPACK_TRUNCATED"],
  ])("%s", (_name, octets, code) => {
    expect(errorOf(bytes(octets))).toEqual([code, 0]);
  });
});

describe("strings", () => {
  test.each<[string, number[], ErrorName]>([
    ["HP-021 no name", [0x40], "HPACK_TRUNCATED"],
    ["HP-021 no value", [0x40, ...raw("a")], "HPACK_TRUNCATED"],
    ["HP-021 a name beyond the block", [0x40, 5, 0x61], "HPACK_TRUNCATED"],
    ["HP-021 a value one octet beyond the block", [0x41, 2, 0x61], "HPACK_TRUNCATED"],
    ["HP-021 a Huffman string beyond the block", [0x41, 0x83, 0xff, 0xff], "HPACK_TRUNCATED"],
    ["HP-021 a length of 2^32 - 1", [0x41, ...integer(0, 7, 2 ** 32 - 1)], "HPACK_TRUNCATED"],
  ])("%s", (_name, octets, code) => {
    expect(errorOf(bytes(octets))).toEqual([code, 0]);
  });

  test("HP-027 empty strings, raw and Huffman-coded", () => {
    const block = bytes([0x40, 0x00, 0x00], [0x40, 0x80, 0x80], [0x00, 0x80, 0x00]);
    expect(new HpackDecoder().decode(block)).toEqual(["", "", "", "", "", ""]);
  });

  test("any octet may stand in names and values", () => {
    const all = Array.from({ length: 256 }, (_, octet) => String.fromCharCode(octet)).join("");
    const block = bytes(
      incremental(all, all),
      [0x40, ...huffman(all), ...huffman(all)],
      indexed(63),
    );
    expect(new HpackDecoder().decode(block)).toEqual([all, all, all, all, all, all]);
  });

  test("HP-036 every symbol alone and between others, at every position of its bits", () => {
    const decoder = new HpackDecoder({ maxListSize: 262_144 });
    for (let octet = 0; octet < 256; octet++) {
      const symbol = String.fromCharCode(octet);
      for (const text of [
        symbol,
        `a${symbol}`,
        `${symbol}${symbol}z`,
        `&${symbol}X;`,
        `0123456${symbol}`,
      ]) {
        const value = huffman(text);
        expect(decoder.decode(bytes([0x01], value))).toEqual([":authority", text]);
      }
    }
  });

  test("HP-036 lengths of the code: none is the beginning of another, and they fill the space", () => {
    const total = NAIVE_CODES.reduce((sum, code) => sum + 2 ** -code.length, 0);
    expect(total).toBe(1);
    expect(new Set(NAIVE_CODES).size).toBe(257);
  });

  const A = "00011"; // the code of "a"
  test.each<[string, string, ErrorName | string]>([
    ["HP-023 padding of 7 bits is good", `${A.repeat(5)}1111111`, "aaaaa"],
    ["HP-023 no padding is good", A.repeat(8), "aaaaaaaa"],
    ["HP-023 padding of 8 bits", "11111111", "HPACK_HUFFMAN_PADDING"],
    ["HP-023 padding of 11 bits", `${A}11111111111`, "HPACK_HUFFMAN_PADDING"],
    ["HP-023 padding of 27 bits", `${A}${"1".repeat(27)}`, "HPACK_HUFFMAN_PADDING"],
    ["HP-024 a zero in the padding", `${A}110`, "HPACK_HUFFMAN_PADDING"],
    ["HP-024 padding of zeros", `${A}${A}000000`, "HPACK_HUFFMAN_PADDING"],
    ["HP-025 EOS alone", "1".repeat(32), "HPACK_HUFFMAN_EOS"],
    ["HP-025 EOS behind text", `${A}${"1".repeat(30)}11111`, "HPACK_HUFFMAN_EOS"],
    ["HP-025 EOS before text", `${"1".repeat(30)}${A}11111`, "HPACK_HUFFMAN_EOS"],
    ["HP-025 EOS behind 70 octets", `${A.repeat(70)}${"1".repeat(30)}`, "HPACK_HUFFMAN_EOS"],
    ["HP-026 a symbol that is cut off", `${A.repeat(7)}11010`, "HPACK_HUFFMAN_PADDING"],
    ["HP-026 a long symbol that is cut off", "1111111111111110", "HPACK_HUFFMAN_PADDING"],
  ])("%s", (_name, bits, outcome) => {
    const octets = bitOctets(bits);
    const block = bytes([0x01, 0x80 | octets.length], octets);
    if (outcome.startsWith("HPACK")) expect(errorOf(block)).toEqual([outcome, 0]);
    else expect(new HpackDecoder().decode(block)).toEqual([":authority", outcome]);
  });

  test("HP-022 a string of the longest kind is bounded: 8/5 of its octets, and the list stops it", () => {
    const text = "0".repeat(300_000);
    const value = huffmanOctets(text);
    const block = bytes([0x01], integer(0x80, 7, value.length), value);
    expect(errorOf(block)).toEqual(["HPACK_LIST_TOO_LARGE", 0]);
  });
});
