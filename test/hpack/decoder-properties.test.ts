// HpackDecoder against the slow, obvious reader of test/helpers/naive/hpack.ts: same lists, same tables, same errors, on blocks
// that are right, on blocks with a few octets changed, and on noise.

import fc from "fast-check";
import { ProtocolError } from "tercet";
import { HpackDecoder } from "tercet/hpack";
import { describe, expect, test } from "vitest";
import { huffman, indexed, integer, raw, sizeUpdate } from "../helpers/hpack-wire.js";
import { NaiveHpack } from "../helpers/naive/hpack.js";

const TABLE_SIZES = [0, 33, 64, 150, 4096, 40_000];
/** Generous: the oracle has no limits. */
const LIMITS = { maxListSize: 262_144, maxFields: 8_192 };

const octet = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const text = fc
  .oneof(
    fc.constantFrom(
      "",
      "a",
      ":path",
      "content-type",
      "text/html; charset=utf-8",
      "www.example.com",
    ),
    fc.string({ maxLength: 40 }),
    fc.array(octet, { maxLength: 20 }).map((octets) => octets.join("")),
  )
  .map((one) => one.replace(/[^\0-\xff]/g, "?"));
const string = fc
  .tuple(text, fc.boolean())
  .map(([one, coded]) => (coded ? huffman(one) : raw(one)));
const index = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 66 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 61, 62, 63, 70, 190, 1000, 2 ** 32 - 1) },
);
const extra = fc.constantFrom(0, 0, 0, 0, 1, 4);
const literal = fc
  .tuple(
    fc.constantFrom([0x40, 6], [0x40, 6], [0, 4], [0x10, 4]),
    fc.option(index),
    string,
    string,
    extra,
  )
  .map(([[pattern, bits], name, nameText, value, more]) =>
    name === null
      ? [pattern as number, ...nameText, ...value]
      : [...integer(pattern as number, bits as number, name, more), ...value],
  );
const field = fc.oneof(index.map(indexed), literal, literal);
const update = fc.constantFrom(0, 33, 64, 100, 150, 4096, 40_000, 40_001).map(sizeUpdate);
const block = fc
  .tuple(fc.array(update, { maxLength: 2, size: "xsmall" }), fc.array(field, { maxLength: 12 }))
  .map(([updates, fields]) => Uint8Array.from([...updates.flat(), ...fields.flat()]));

/** A block with some octets changed, dropped or doubled. */
const broken = fc
  .tuple(
    block,
    fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.nat(2)), { minLength: 1, maxLength: 3 }),
  )
  .map(([octets, changes]) => {
    const list = [...octets];
    for (const [at, value, kind] of changes)
      list.splice(at % (list.length + 1), kind === 1 ? 0 : 1, ...(kind === 2 ? [] : [value]));
    return Uint8Array.from(list);
  });
const noise = fc.uint8Array({ maxLength: 60 });

type Step = { block: Uint8Array } | { maxTableSize: number };
const steps = (blocks: fc.Arbitrary<Uint8Array>) =>
  fc.array(
    fc.oneof(
      { weight: 8, arbitrary: blocks.map((one): Step => ({ block: one })) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(...TABLE_SIZES).map((size): Step => ({ maxTableSize: size })),
      },
    ),
    { minLength: 1, maxLength: 8 },
  );

/** What a decoder says, in the words of the oracle. */
function outcomeOf(decoder: HpackDecoder, bytes: Uint8Array) {
  try {
    return { fields: decoder.decodeFields(bytes) };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { code: error.code, offset: error.offset };
  }
}

/** Whether both go on: the outcome was the same list. */
function same(decoder: HpackDecoder, naive: NaiveHpack, bytes: Uint8Array): boolean {
  const expected = naive.decode(bytes);
  expect(outcomeOf(decoder, bytes)).toEqual(expected);
  if ("code" in expected) return false;
  expect(decoder.tableSize).toBe(naive.tableSize);
  return true;
}

function compare(maxTableSize: number, script: readonly Step[]): void {
  const decoder = new HpackDecoder({ maxTableSize, ...LIMITS });
  const naive = new NaiveHpack(maxTableSize);
  try {
    for (const step of script) {
      if ("maxTableSize" in step) {
        decoder.setMaxTableSize(step.maxTableSize);
        naive.setMaxTableSize(step.maxTableSize);
      } else if (!same(decoder, naive, step.block)) return;
    }
    // The whole table, entry by entry, in blocks that no limit refuses.
    for (let i = naive.entries.length; i > 0; i--)
      if (!same(decoder, naive, Uint8Array.from(indexed(61 + i)))) return;
  } finally {
    decoder.release();
  }
}

describe("the same as the naive reader", () => {
  test.each([
    ["HP-001 HP-002 blocks that are mostly right", block, 3000],
    ["HP-018 HP-021 HP-024 blocks with octets changed", broken, 3000],
    ["HP-032 noise", noise, 3000],
  ])("%s", (_name, blocks, numRuns) => {
    fc.assert(
      fc.property(fc.constantFrom(...TABLE_SIZES), steps(blocks), (maxTableSize, script) => {
        // A size update that is due is not in the script: put it there half of the time.
        compare(
          maxTableSize,
          script.map((step, i) => withDue(script, step, i)),
        );
      }),
      { numRuns },
    );
  });

  test("long Huffman strings", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(3), (octets, front) => {
        const value = [...integer(0x80, 7, octets.length), ...octets];
        const filler = Array.from({ length: front }, () => indexed(2)).flat();
        compare(4096, [{ block: Uint8Array.from([...filler, 0x41, ...value]) }]);
      }),
      { numRuns: 3000 },
    );
  });
});

function withDue(script: readonly Step[], step: Step, i: number): Step {
  const before = script[i - 1];
  if (!("block" in step) || before === undefined || !("maxTableSize" in before) || i % 2 === 0)
    return step;
  return { block: Uint8Array.from([...sizeUpdate(before.maxTableSize), ...step.block]) };
}
