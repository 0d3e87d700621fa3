// The HPACK encoder by tables: the sequences of RFC 7541 appendix C read back, each form of
// representation, table sizes, what is never indexed. What it refuses: encoder-refusals.test.ts; what
// others make of its output: encoder-readers.test.ts; properties: encoder-properties.test.ts.

import { HpackEncoder, type HpackEncoderOptions } from "tercet/hpack";
import { describe, expect, test } from "vitest";
import { type Form, NaiveBlockReader, type ReadField } from "../helpers/naive/hpack-block.js";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** The fields of one block of a fresh encoder. */
function once(
  headers: readonly string[],
  options?: HpackEncoderOptions,
  sensitive?: ReadonlySet<string>,
) {
  const limit = options?.maxTableSize ?? 4096;
  return new NaiveBlockReader(limit).read(new HpackEncoder(options).encode(headers, sensitive));
}

/** The forms of the fields of one block. */
const formsOf = (fields: readonly ReadField[]): Form[] => fields.map(({ form }) => form);

const flatten = (fields: readonly ReadField[]) =>
  fields.flatMap(({ name, value }) => [name, value]);

describe("the sequences of RFC 7541 appendix C", () => {
  const requests = [
    [":method", "GET", ":scheme", "http", ":path", "/", ":authority", "www.example.com"],
    [
      ...[":method", "GET", ":scheme", "http", ":path", "/", ":authority", "www.example.com"],
      ...["cache-control", "no-cache"],
    ],
    [
      ...[":method", "GET", ":scheme", "https", ":path", "/index.html"],
      ...[":authority", "www.example.com", "custom-key", "custom-value"],
    ],
  ];

  test.each([
    [
      "HP-002 C.3 requests without the Huffman code",
      false,
      [
        "828684410f7777772e6578616d706c652e636f6d",
        "828684be58086e6f2d6361636865",
        "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
      ],
    ],
    [
      "HP-002 HP-036 C.4 requests with it",
      true,
      [
        "828684418cf1e3c2e5f23a6ba0ab90f4ff",
        "828684be5886a8eb10649cbf",
        "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
      ],
    ],
  ])("%s: the same octets", (_name, huffman, wires) => {
    const encoder = new HpackEncoder({ huffman });
    expect(requests.map((headers) => hex(encoder.encode(headers)))).toEqual(wires);
    expect(encoder.tableSize).toBe(164);
  });

  const date = (second: number) => `Mon, 21 Oct 2013 20:13:${second} GMT`;
  const responses = [
    [
      ...[":status", "302", "cache-control", "private", "date", date(21)],
      ...["location", "https://www.example.com"],
    ],
    [
      ...[":status", "307", "cache-control", "private", "date", date(21)],
      ...["location", "https://www.example.com"],
    ],
    [
      ...[":status", "200", "cache-control", "private", "date", date(22)],
      ...["location", "https://www.example.com", "content-encoding", "gzip"],
      ...["set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"],
    ],
  ];

  // The RFC's encoder indexes location and set-cookie; ours does not, so that its octets differ.
  test.each([
    ["HP-002 HP-008 C.5 responses, a table of 256, without the Huffman code", false],
    ["HP-002 HP-008 C.6 responses, a table of 256, with it", true],
  ])("%s: read back", (_name, huffman) => {
    const encoder = new HpackEncoder({ huffman, maxTableSize: 256 });
    const reader = new NaiveBlockReader(256);
    for (const headers of responses)
      expect(flatten(reader.read(encoder.encode(headers)).fields)).toEqual(headers);
    const size = reader.table.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
    expect(encoder.tableSize).toBe(size + 32 * reader.table.length);
    expect(encoder.tableSize).toBeLessThanOrEqual(256);
  });
});

describe("representations", () => {
  test("an empty list is an empty block", () => {
    expect(new HpackEncoder().encode([])).toEqual(new Uint8Array(0));
  });

  test("H2-180 names go out in lower case, A to Z alone", () => {
    const { fields } = once(["X-UPPER-Z", "V", "\xc0\xdeA@[`", "W", "CONTENT-TYPE", "Text"]);
    expect(flatten(fields)).toEqual([
      "x-upper-z",
      "V",
      "\xc0\xdea@[`",
      "W",
      "content-type",
      "Text",
    ]);
  });

  test("one name in several spellings is one name", () => {
    const { fields } = once(["X-A", "1", "x-a", "1", "X-a", "1", "Accept", "b", "accept", "b"]);
    expect(formsOf(fields)).toEqual([
      ...(["incremental", "indexed", "indexed", "incremental", "indexed"] as const),
    ]);
  });

  test("HP-003 every entry of the static table with a value is one octet", () => {
    const encoder = new HpackEncoder();
    const pairs = [":method", "POST", ":path", "/index.html", ":status", "500"];
    expect(hex(encoder.encode([...pairs, "accept-encoding", "gzip, deflate"]))).toBe("83858e90");
    expect(hex(encoder.encode(["accept-charset", ""]))).toBe("8f");
  });

  test("HP-004 the same value under other names, and the same name with other values", () => {
    const headers = ["x-a", "1", "x-b", "1", "x-a", "2", "x-c", "1"];
    const encoder = new HpackEncoder();
    const reader = new NaiveBlockReader();
    expect(formsOf(reader.read(encoder.encode(headers)).fields)).toEqual(
      Array(4).fill("incremental"),
    );
    const again = reader.read(encoder.encode(headers)).fields;
    expect(formsOf(again)).toEqual(Array(4).fill("indexed"));
    expect(flatten(again)).toEqual(headers);
  });

  test("HP-017 indexes and lengths of more octets", () => {
    const encoder = new HpackEncoder({ maxTableSize: 16_384 });
    const reader = new NaiveBlockReader(16_384);
    const names = Array.from({ length: 300 }, (_, i) => [`x-${i}`, `${i}`]).flat();
    for (let i = 0; i < 3; i++)
      expect(flatten(reader.read(encoder.encode(names)).fields)).toEqual(names);
    for (const length of [126, 127, 128, 254, 255, 256, 16_509, 16_510, 70_000]) {
      for (const value of ["a".repeat(length), "\xff".repeat(length)]) {
        const { fields } = reader.read(encoder.encode(["x-0", value, "x-1", "1"]));
        expect(flatten(fields)).toEqual(["x-0", value, "x-1", "1"]);
      }
    }
  });

  test("HP-015 what is larger than half of the table is not indexed", () => {
    const form = (length: number, maxTableSize?: number) =>
      once(["x", "y".repeat(length)], { maxTableSize }).fields[0]?.form;
    expect([form(2048 - 33), form(2048 - 32)]).toEqual(["incremental", "without"]);
    expect([form(0, 66), form(0, 65), form(0, 0)]).toEqual(["incremental", "without", "without"]);
  });

  test("HP-016 a name by the index of an entry that the insertion evicts", () => {
    const encoder = new HpackEncoder({ maxTableSize: 160 });
    const reader = new NaiveBlockReader(160);
    const value = (digit: number) => `${digit}`.repeat(30);
    reader.read(encoder.encode(["x-name", value(1), "x-else", value(2)]));
    const { fields } = reader.read(encoder.encode(["x-name", value(3)]));
    expect(fields).toMatchObject([{ value: value(3), form: "incremental", index: 63 }]);
    expect(reader.table.map(([name]) => name)).toEqual(["x-name", "x-else"]);
  });

  test.each<[string, HpackEncoderOptions["huffman"], string, boolean]>([
    ["auto, where it is shorter", "auto", "aaaa", true],
    ["auto, where it is not", "auto", "{}~^", false],
    ["auto, where it is as long", "auto", "X", false],
    ["true, even where it is longer", true, "\x00\x01\x02", true],
    ["false", false, "aaaaaaaaaaaa", false],
    ["an empty string", "auto", "", false],
  ])("HP-036 Huffman: %s", (_name, huffman, value, isCoded) => {
    const { fields } = once([":path", value], { huffman });
    expect(fields).toMatchObject([{ value, huffman: [isCoded] }]);
  });

  test("HP-036 every octet in the Huffman code, alone and behind others", () => {
    const encoder = new HpackEncoder({ huffman: true, maxTableSize: 0 });
    const reader = new NaiveBlockReader();
    for (let octet = 0; octet < 256; octet++) {
      const character = String.fromCharCode(octet);
      for (const value of [character, `a${character}~${character}`, character.repeat(5)]) {
        const { fields } = reader.read(encoder.encode(["x", value]));
        expect([octet, fields[0]?.value]).toEqual([octet, value]);
      }
    }
  });
});

describe("what is never indexed", () => {
  test.each([
    ["authorization", "authorization", "Bearer 0123456789012345678901234567890", "never"],
    ["in any spelling", "Authorization", "Basic x", "never"],
    ["proxy-authorization", "proxy-authorization", "Basic x", "never"],
    ["set-cookie", "set-cookie", "a=0123456789012345678901234567890", "never"],
    ["a cookie of 19 octets", "cookie", "a".repeat(19), "never"],
    ["not one of 20", "cookie", "a".repeat(20), "incremental"],
  ])("HP-030 HP-031 %s", (_name, name, value, form) => {
    const encoder = new HpackEncoder();
    const reader = new NaiveBlockReader();
    expect(formsOf(reader.read(encoder.encode([name, value])).fields)).toEqual([form]);
    const again = form === "never" ? "never" : "indexed";
    expect(formsOf(reader.read(encoder.encode([name, value])).fields)).toEqual([again]);
  });

  test("HP-030 HP-031 names that the caller calls sensitive, also where an index would be shorter", () => {
    const encoder = new HpackEncoder();
    const reader = new NaiveBlockReader();
    const headers = [":method", "GET", "X-Token", "abc", "x-other", "1"];
    const forms = (sensitive?: ReadonlySet<string>) =>
      formsOf(reader.read(encoder.encode(headers, sensitive)).fields);
    expect(forms(new Set(["x-token"]))).toEqual(["indexed", "never", "incremental"]);
    expect(forms()).toEqual(["indexed", "incremental", "indexed"]);
    expect(forms(new Set())).toEqual(["indexed", "indexed", "indexed"]);
    expect(forms(new Set([":method", "x-token"]))).toEqual(["never", "never", "indexed"]);
    expect(forms(new Set(["cookie"]))).toEqual(["indexed", "indexed", "indexed"]);
  });

  test("what changes each time is not indexed, but its name is", () => {
    const encoder = new HpackEncoder();
    const reader = new NaiveBlockReader();
    const ids = (id: string) => [":path", `/${id}`, "x-request-id", id, "content-length", id];
    const forms = (id: string) => formsOf(reader.read(encoder.encode(ids(id))).fields);
    expect(forms("1")).toEqual(["without", "incremental", "without"]);
    expect(forms("2")).toEqual(["without", "without", "without"]);
    const third = reader.read(encoder.encode(ids("3"))).fields;
    expect(third.map(({ index }) => index)).toEqual([4, 62, 28]);
  });

  test("values that never come again soon leave the table to others", () => {
    const encoder = new HpackEncoder();
    const reader = new NaiveBlockReader();
    const forms = Array.from({ length: 40 }, (_, i) => {
      const { fields } = reader.read(encoder.encode(["x-new", `${i}`]));
      return fields[0]?.form === "incremental" ? 1 : 0;
    });
    expect(forms.slice(0, 8)).toEqual(Array(8).fill(1));
    expect(forms.slice(8).reduce<number>((a, b) => a + b, 0)).toBe(8);
    // One repetition, and the name has a good name again.
    reader.read(encoder.encode(["x-new", "0"]));
    expect(reader.read(encoder.encode(["x-new", "z"])).fields[0]?.form).toBe("incremental");
  });
});

describe("table sizes", () => {
  /** Updates of the block behind each list of sizes. */
  function updates(options: HpackEncoderOptions, ...settings: number[][]): number[][] {
    const encoder = new HpackEncoder(options);
    const reader = new NaiveBlockReader(2 ** 32);
    return settings.map((sizes) => {
      for (const size of sizes) encoder.setMaxTableSize(size);
      const { updates: found, fields } = reader.read(encoder.encode(["x", "y", "x", "z"]));
      expect(flatten(fields)).toEqual(["x", "y", "x", "z"]);
      return found;
    });
  }

  test.each<[string, HpackEncoderOptions, number[][], number[][]]>([
    ["HP-009 none at first", {}, [[], []], [[], []]],
    ["H2-107 more than our cap is nothing new", {}, [[2 ** 32 - 1], [4096]], [[], []]],
    ["H2-028 HP-012 less is said in the next block, once", {}, [[100], []], [[100], []]],
    ["HP-012 down and up: the smallest, then the last", {}, [[100, 50, 300]], [[50, 300]]],
    ["HP-012 down and back", {}, [[0, 4096]], [[0, 4096]]],
    ["HP-012 up and down again is nothing", { tableSizeCap: 9000 }, [[8000, 4096]], [[]]],
    ["HP-012 down, and further down", {}, [[100, 50]], [[50]]],
    [
      "H2-107 a cap above 4096 is used when the peer allows it",
      { tableSizeCap: 9000 },
      [[], [8000], [10_000]],
      [[], [8000], [9000]],
    ],
    ["H2-107 a cap below", { tableSizeCap: 10 }, [[], [4096]], [[10], []]],
    ["a smaller setting from the start", { maxTableSize: 0 }, [[], [0]], [[0], []]],
    ["a larger one", { maxTableSize: 65_536 }, [[], [70_000]], [[65_536], []]],
  ])("%s", (_name, options, settings, found) => {
    expect(updates(options, ...settings)).toEqual(found);
  });

  test("HP-014 a smaller table forgets the oldest", () => {
    const encoder = new HpackEncoder();
    const reader = new NaiveBlockReader();
    const headers = Array.from({ length: 20 }, (_, i) => [`x-${i}`, "v"]).flat();
    reader.read(encoder.encode(headers));
    encoder.setMaxTableSize(200);
    expect(encoder.tableSize).toBeLessThanOrEqual(200);
    expect(flatten(reader.read(encoder.encode(headers)).fields)).toEqual(headers);
    expect(encoder.tableSize).toBe(reader.table.reduce((sum, [name]) => sum + name.length + 33, 0));
  });

  test("HP-014 size 0 clears", () => {
    const encoder = new HpackEncoder();
    encoder.encode(["x", "y"]);
    encoder.setMaxTableSize(0);
    expect(encoder.tableSize).toBe(0);
    expect(hex(encoder.encode(["x", "y"]))).toBe("200001780179");
  });
});

describe("blocks", () => {
  test("blocks stay as they are while others are written", () => {
    const encoder = new HpackEncoder();
    const blocks = Array.from({ length: 3000 }, (_, i) => {
      const block = encoder.encode(["etag", `${i}`.repeat((i * 7) % 40)]);
      return [block, hex(block)] as const;
    });
    expect(blocks.filter(([block, text]) => hex(block) !== text)).toEqual([]);
  });

  test("a block whose memory was transferred away harms no later one", () => {
    const encoder = new HpackEncoder();
    const reader = new NaiveBlockReader();
    const first = encoder.encode(["x", "y"]);
    reader.read(first);
    structuredClone(first.buffer, { transfer: [first.buffer as ArrayBuffer] });
    expect(first.byteLength).toBe(0);
    expect(flatten(reader.read(encoder.encode(["x", "y", "z", ""])).fields)).toEqual([
      ...["x", "y", "z", ""],
    ]);
  });

  test("names that objects have of their own are names like others", () => {
    const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "0"];
    const headers = names.flatMap((name) => [name, name]);
    const encoder = new HpackEncoder();
    const reader = new NaiveBlockReader();
    const expected = headers.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text));
    for (let i = 0; i < 2; i++)
      expect(flatten(reader.read(encoder.encode(headers)).fields)).toEqual(expected);
  });
});
