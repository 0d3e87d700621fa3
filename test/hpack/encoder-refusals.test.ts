// What the HPACK encoder refuses, and that a refusal changes nothing that the peer could notice: what was
// inserted for a block that never left is taken back.

import { HpackEncoder } from "tercet/hpack";
import { describe, expect, test } from "vitest";
import { HPACK_USAGE_RULES } from "../../src/codec/hpack-usage.js";
import { NaiveBlockReader, type ReadField } from "../helpers/naive/hpack-block.js";

const flatten = (fields: readonly ReadField[]) =>
  fields.flatMap(({ name, value }) => [name, value]);

describe("wrong use", () => {
  const seen = new Set<string>();

  const refused = (code: keyof typeof HPACK_USAGE_RULES, call: () => unknown) => {
    expect(call).toThrow(expect.objectContaining({ name: "UsageError", code }));
    seen.add(code);
  };

  test.each<[string, unknown]>([
    ["an odd length", ["a", "b", "c"]],
    ["a number as a value", ["a", 1]],
    ["a number as a name", [1, "a"]],
    ["a hole", ["a", undefined]],
    ["nothing as a value", ["a", null]],
    ["nothing as a value of a name that is known", ["accept", "a", "accept", null]],
    ["nothing as a name", [null, "a"]],
    ["a value above latin1", ["a", "\u20ac"]],
    ["the same behind Huffman's limit", ["a", `${"a".repeat(300)}\u0100`]],
    ["a name above latin1", ["\u20ac", "a"]],
    ["pairs", [["a", "b"]]],
    ["no list", null],
    ["a string", "ab"],
  ])("%s is refused, with and without the Huffman code", (_name, headers) => {
    for (const huffman of [true, false, "auto"] as const) {
      const encoder = new HpackEncoder({ huffman });
      refused("HPACK_HEADER_LIST_INVALID", () => encoder.encode(headers as string[]));
    }
  });

  test("nothing is no name and no value, also where a name was forgotten", () => {
    const encoder = new HpackEncoder({ maxTableSize: 100 });
    for (const name of ["x-a", "x-b", "x-c", "x-d"]) encoder.encode([name, "1".repeat(12)]);
    for (const headers of [
      [null, "1"],
      ["x-a", null],
      [null, null],
      ["x-d", null],
    ])
      refused("HPACK_HEADER_LIST_INVALID", () => encoder.encode(headers as string[]));
  });

  test("after a refusal the peer still understands what follows", () => {
    const encoder = new HpackEncoder();
    const reader = new NaiveBlockReader();
    const good = ["x-a", "1", "x-b", "2"];
    reader.read(encoder.encode(good));
    refused("HPACK_HEADER_LIST_INVALID", () => encoder.encode(["x-c", "3", "x-d", "\u20ac"]));
    refused("HPACK_HEADER_LIST_INVALID", () => encoder.encode(["x-e", "5", "x-f", "\u20ac"]));
    for (let i = 0; i < 2; i++)
      expect(flatten(reader.read(encoder.encode(["x-d", "4", ...good])).fields)).toEqual([
        "x-d",
        "4",
        ...good,
      ]);
  });

  test("a size update that was due is still due after a refusal", () => {
    const encoder = new HpackEncoder();
    encoder.setMaxTableSize(100);
    refused("HPACK_HEADER_LIST_INVALID", () => encoder.encode(["x", "\u20ac"]));
    expect(new NaiveBlockReader(100).read(encoder.encode([])).updates).toEqual([0, 100]);
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 32, "4096" as unknown as number])(
    "a table of %s",
    (size) => {
      refused("HPACK_TABLE_SIZE_INVALID", () => new HpackEncoder({ maxTableSize: size }));
      refused("HPACK_TABLE_SIZE_INVALID", () => new HpackEncoder({ tableSizeCap: size }));
      refused("HPACK_TABLE_SIZE_INVALID", () => new HpackEncoder().setMaxTableSize(size));
    },
  );

  test("huffman of another kind", () => {
    refused("HPACK_OPTION_INVALID", () => new HpackEncoder({ huffman: "yes" as "auto" }));
  });

  test("every code of the table was provoked above", () => {
    expect([...seen].sort()).toEqual(Object.keys(HPACK_USAGE_RULES).sort());
  });
});
