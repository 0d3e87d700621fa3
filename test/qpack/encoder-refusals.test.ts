// What the QPACK encoder refuses, and that a refusal changes nothing that the peer could notice.

import { QpackEncoder } from "tercet/qpack";
import { afterAll, describe, expect, test } from "vitest";
import { QPACK_USAGE_RULES } from "../../src/codec/qpack-usage.js";
import { QpackObserver } from "../helpers/qpack-observer.js";

type Code = keyof typeof QPACK_USAGE_RULES;

describe("wrong use", () => {
  const seen = new Set<string>();

  const refused = (code: Code, call: () => unknown) => {
    expect(call).toThrow(expect.objectContaining({ name: "UsageError", code }));
    seen.add(code);
  };

  test.each<[string, unknown]>([
    ["an odd length", ["a", "b", "c"]],
    ["a number as a value", ["a", 1]],
    ["a number as a name", [1, "a"]],
    ["a hole", ["a", undefined]],
    ["nothing as a value", ["a", null]],
    ["nothing as a name", [null, "a"]],
    ["a value above latin1", ["a", "\u20ac"]],
    ["a long one", ["a", `${"a".repeat(300)}\u0100`]],
    ["a name above latin1", ["\u20ac", "a"]],
    ["such a value of a name that is never indexed", ["authorization", "\u0100"]],
    ["pairs", [["a", "b"]]],
    ["no list", null],
    ["a string", "ab"],
  ])("%s", (_name, list) => {
    for (const huffman of [true, false, "auto"] as const) {
      for (const maxTableCapacity of [0, 4096]) {
        const encoder = new QpackEncoder({ huffman, maxTableCapacity, maxBlockedStreams: 1 });
        refused("QPACK_HEADER_LIST_INVALID", () => encoder.encode(0, list as string[]));
        expect(encoder.outstandingSections).toBe(0);
        expect(encoder.encode(0, [":method", "GET"])).toEqual(Uint8Array.of(0, 0, 0xd1));
      }
    }
  });

  test.each<[string, unknown]>([
    ["below zero", -1],
    ["a fraction", 0.5],
    ["above 2^53 - 1", 2 ** 53],
    ["no number", "0"],
    ["a bigint", 0n],
    ["nothing", undefined],
  ])("a stream id: %s", (_name, id) => {
    refused("QPACK_STREAM_ID_INVALID", () => new QpackEncoder().encode(id as number, []));
  });

  test.each<[Code, object]>([
    ["QPACK_CAPACITY_INVALID", { maxTableCapacity: -1 }],
    ["QPACK_CAPACITY_INVALID", { maxTableCapacity: Number.POSITIVE_INFINITY }],
    ["QPACK_CAPACITY_INVALID", { maxTableCapacity: "1" }],
    ["QPACK_CAPACITY_INVALID", { tableCapacityCap: 2 ** 30 + 1 }],
    ["QPACK_CAPACITY_INVALID", { tableCapacityCap: 1.5 }],
    ["QPACK_BLOCKED_STREAMS_INVALID", { maxBlockedStreams: -1 }],
    ["QPACK_BLOCKED_STREAMS_INVALID", { maxBlockedStreams: null }],
    ["QPACK_OPTION_INVALID", { strategy: "brave" }],
    ["QPACK_OPTION_INVALID", { huffman: "yes" }],
  ])("%s: %o", (code, options) => {
    refused(code, () => new QpackEncoder(options));
  });

  test("QP-TAB-9 another capacity than before", () => {
    const encoder = new QpackEncoder({ maxTableCapacity: 4096 });
    refused("QPACK_CAPACITY_INVALID", () => encoder.setPeerSettings(4097, 1));
    refused("QPACK_CAPACITY_INVALID", () => encoder.setPeerSettings(0, 1));
    encoder.setPeerSettings(4096, 1);
  });

  afterAll(() => {
    expect([...seen].sort()).toEqual(Object.keys(QPACK_USAGE_RULES).sort());
  });
});

test("after a refusal the peer still understands what follows", () => {
  const encoder = new QpackEncoder({ maxTableCapacity: 512, maxBlockedStreams: 100 });
  const observer = new QpackObserver(512);
  const good = (i: number) => ["x-a", `${i >> 2}`.repeat(30), "x-b", `${i >> 3}`.repeat(20)];
  for (let i = 0; i < 80; i++) {
    const bad = [...good(i), "x-c", i % 2 === 0 ? "\u0100" : (null as unknown as string)];
    expect(() => encoder.encode(4, bad)).toThrow("field 2 ");
    const section = encoder.encode(4, good(i));
    observer.instructions(encoder.takeEncoderStream());
    const { lines } = observer.section(section);
    expect(lines.flatMap(({ name, value }) => [name, value])).toEqual(good(i));
    encoder.feedDecoderStream(Uint8Array.of(0x84));
    const count = encoder.insertCount - encoder.knownReceivedCount;
    if (count > 0) encoder.feedDecoderStream(Uint8Array.of(count));
  }
  expect(observer.evicted).toBeGreaterThan(4);
});
