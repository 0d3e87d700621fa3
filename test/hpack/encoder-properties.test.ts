// Properties of the HPACK encoder: whatever the lists, the table sizes between them and the choices, a
// naive decoder reads back the same fields, both tables agree, and nothing sensitive is indexed.

import * as fc from "fast-check";
import { HpackDecoder, HpackEncoder } from "tercet/hpack";
import { describe, expect, test } from "vitest";
import { huffmanLength, putHuffman } from "../../src/codec/huffman-encode.js";
import { NaiveBlockReader } from "../helpers/naive/hpack-block.js";

const octets = (maxLength: number) =>
  fc
    .array(fc.integer({ min: 0, max: 255 }), { maxLength })
    .map((codes) => String.fromCharCode(...codes));

/** Few names and values, so that they meet again; and some that never do. */
const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(":method", ":path", "cookie", "x-a", "x-b", "date") },
  { weight: 2, arbitrary: fc.constantFrom("authorization", "set-cookie", "etag", "X-Upper", "") },
  { weight: 1, arbitrary: octets(12) },
);
const value = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("", "/", "GET", "1", "2", "a".repeat(40)) },
  { weight: 1, arbitrary: octets(60) },
);
const list = fc.array(fc.tuple(name, value), { maxLength: 12 }).map((pairs) => pairs.flat());

/** A block to write, after these table sizes were set. */
const step = fc.record({
  sizes: fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 3 }),
  list,
  sensitive: fc.constantFrom<string[][]>([], ["x-a"], ["x-b", ":method"]),
});

const choices = fc.record(
  {
    huffman: fc.constantFrom<(boolean | "auto")[]>(true, false, "auto"),
    maxTableSize: fc.integer({ min: 0, max: 600 }),
    tableSizeCap: fc.integer({ min: 0, max: 600 }),
  },
  { requiredKeys: [] },
);

const lower = (headers: readonly string[]) =>
  headers.map((text, i) =>
    i % 2 === 0 ? text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : text,
  );

describe("encoder", () => {
  test("HP-002 HP-012 encode then read is the same, with sizes that change between blocks", () => {
    fc.assert(
      fc.property(choices, fc.array(step, { maxLength: 30 }), (options, steps) => {
        const encoder = new HpackEncoder(options);
        const reader = new NaiveBlockReader(options.maxTableSize ?? 4096);
        for (const { sizes, list: headers, sensitive } of steps) {
          for (const size of sizes) {
            encoder.setMaxTableSize(size);
            reader.limit = size;
          }
          const { fields, updates } = reader.read(encoder.encode(headers, new Set(sensitive)));
          expect(fields.flatMap((field) => [field.name, field.value])).toEqual(lower(headers));
          expect(updates.length).toBeLessThanOrEqual(2);
          const size = reader.table.reduce((sum, [a, b]) => sum + a.length + b.length + 32, 0);
          expect(encoder.tableSize).toBe(size);
          // What is in the table is found again, so nothing is in it twice.
          expect(new Set(reader.table.map(String)).size).toBe(reader.table.length);
          for (const field of fields) {
            const isSecret =
              ["authorization", "set-cookie", ...sensitive].includes(field.name) ||
              (field.name === "cookie" && field.value.length < 20);
            expect(field.form === "never").toBe(isSecret);
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  test("our own decoder reads the same, and which fields are sensitive", () => {
    fc.assert(
      fc.property(choices, fc.array(step, { maxLength: 10 }), (options, steps) => {
        const encoder = new HpackEncoder(options);
        const decoder = new HpackDecoder({
          maxTableSize: Math.max(4096, options.maxTableSize ?? 0),
        });
        for (const { list: headers, sensitive } of steps) {
          const fields = decoder.decodeFields(encoder.encode(headers, new Set(sensitive)));
          expect(fields.flatMap((field) => [field.name, field.value])).toEqual(lower(headers));
          for (const field of fields)
            if (sensitive.includes(field.name)) expect(field.sensitive).toBe(true);
        }
        expect(decoder.tableSize).toBe(encoder.tableSize);
      }),
    );
  });

  test("what is refused leaves no trace", () => {
    const wrong = fc.tuple(list, list).map(([a, b]) => [...a, "x-wrong", "\u0100", ...b]);
    fc.assert(
      fc.property(fc.array(fc.oneof(list, wrong), { maxLength: 20 }), (lists) => {
        const encoder = new HpackEncoder();
        const reader = new NaiveBlockReader();
        for (const headers of lists) {
          if (headers.includes("x-wrong")) {
            expect(() => encoder.encode(headers)).toThrow("HPACK_HEADER_LIST_INVALID");
          } else {
            const { fields } = reader.read(encoder.encode(headers));
            expect(fields.flatMap((field) => [field.name, field.value])).toEqual(lower(headers));
          }
        }
      }),
    );
  });
});

describe("Huffman", () => {
  test("HP-036 the length is known beforehand, and nothing is written far behind it", () => {
    fc.assert(
      fc.property(octets(200), fc.nat({ max: 9 }), (text, at) => {
        const bytes = new Uint8Array(at + text.length * 4 + 8).fill(0xaa);
        const end = putHuffman(text, bytes, at);
        expect(end - at).toBe(huffmanLength(text));
        expect(bytes.subarray(0, at).every((byte) => byte === 0xaa)).toBe(true);
        // Of what stands behind it two bytes may be spoiled.
        expect(bytes.subarray(end + 2).every((byte) => byte === 0xaa)).toBe(true);
      }),
    );
  });
});
