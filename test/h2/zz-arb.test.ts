// The arbitraries and helpers of tercet/fuzz for HTTP/2 against the connection: what a dialogue says is what a
// server reads, at every cut; hostile sequences end in the same events at every cut; and each helper can tell
// a difference where there is one.

import * as fc from "fast-check";
import {
  bytesOf,
  compareCuts,
  compareFrameCuts,
  concat,
  dialogueFault,
  feed,
  h2Arbitraries,
  h2Block,
  h2Frames,
  h2LogLines,
  h2Violation,
  helloOf,
  type PlainEvent,
  randomPieces,
} from "tercet/fuzz";
import { H2Connection, H2FrameParser } from "tercet/h2";
import { HpackDecoder } from "tercet/hpack";
import { describe, expect, test } from "vitest";

const h2 = h2Arbitraries(fc);
const server = () => new H2Connection({ role: "server" });
const client = () => {
  const one = new H2Connection({ role: "client" });
  one.sendRequest({ method: "GET", authority: "a", headers: [] });
  return one;
};

describe("dialogues", () => {
  test("a server reads what was said, whole and cut", () => {
    fc.assert(
      fc.property(h2.dialogue, fc.nat(1_000), (dialogue, seed) => {
        const pieces = [[dialogue.bytes], randomPieces(dialogue.bytes, seed, 1 + (seed % 60))];
        for (const cut of pieces) expect(dialogueFault(feed(server(), cut), dialogue)).toBeNull();
      }),
      { numRuns: 3000 },
    );
  });

  test("at every cut", () => {
    fc.assert(
      fc.property(h2.dialogue, (dialogue) => {
        expect(compareCuts(server, dialogue.bytes, { most: 100 })).toBeNull();
      }),
      { numRuns: 3000 },
    );
  });
});

describe("hostile sequences", () => {
  test.each(["server", "client"] as const)("the same events at every cut of a %s", (role) => {
    const make = role === "server" ? server : client;
    fc.assert(
      fc.property(h2.broken(role), (bytes) => {
        const events = feed(make(), [bytes]);
        expect(h2Violation(events, { role, length: bytes.length })).toBeNull();
        expect(compareCuts(make, bytes, { most: 60, randomCount: 4 })).toBeNull();
      }),
      { numRuns: 3000 },
    );
  });

  test("the same frames at every cut", () => {
    fc.assert(
      fc.property(h2.hostile("server"), (bytes) => {
        const make = () => new H2FrameParser({ preface: true });
        expect(compareFrameCuts(make, bytes, { most: 60, randomCount: 4 })).toBeNull();
      }),
      { numRuns: 3000 },
    );
  });
});

describe("header lists and blocks", () => {
  test("a list is read from its block", () => {
    fc.assert(
      fc.property(h2.octetList, (list) => {
        expect(new HpackDecoder().decode(h2Block.literals(list))).toEqual(list);
      }),
    );
  });

  test("most field blocks are good, and not all", () => {
    const isGood = (block: Uint8Array) => {
      try {
        return new HpackDecoder().decode(block).length > 0;
      } catch {
        return false;
      }
    };
    const good = fc.sample(h2.fieldBlock, { numRuns: 3000, seed: 1 }).filter(isGood).length;
    expect(good).toBeGreaterThan(80);
    expect(good).toBeLessThan(190);
  });
});

describe("the helpers see", () => {
  const { data, headers } = h2Frames;

  test("content that differs from what was said", () => {
    const requests = [
      { streamId: 1, method: "POST", path: "/", headers: [], body: "ab", trailers: null },
    ];
    const hello = helloOf("server");
    const head = headers(1, h2Block.request("POST"));
    const said = { bytes: concat([hello, head, data(1, "ab", { end: true })]), requests };
    expect(dialogueFault(feed(server(), [said.bytes]), said)).toBeNull();
    const other = concat([hello, head, data(1, "ax", { end: true })]);
    expect(dialogueFault(feed(server(), [other]), said)).toContain("stream 1");
    const open = concat([hello, head, data(1, "ab")]);
    expect(dialogueFault(feed(server(), [open]), said)).toContain("stream 1");
  });

  const head = { method: "GET", target: "/", headers: [] } as never;
  test.each<[string, PlainEvent[]]>([
    ["a second head", [1, 1].map((streamId) => ({ type: "request", streamId, head }))],
    ["content before the head", [{ type: "data", streamId: 1, content: "x" }]],
    ["an end without a head", [{ type: "end", streamId: 1 }]],
    ["streams out of order", [3, 1].map((streamId) => ({ type: "request", streamId, head }))],
    ["a stream of the wrong side", [{ type: "request", streamId: 2, head }]],
    [
      "events behind a connection error",
      [
        { type: "error", code: "H2_CONTROL_FLOOD", offset: 0, status: null, scope: "connection" },
        { type: "settingsAck" },
      ],
    ],
    ["an offset outside", [{ type: "error", code: "H2_CONTROL_FLOOD", offset: 11, status: null }]],
  ])("%s", (_name, events) => {
    expect(h2Violation(events, { role: "server", length: 10 })).not.toBeNull();
  });

  test("frames that are not whole", () => {
    const { frames, rest } = h2Frames.readFrames(bytesOf("\0\0\x02\0\0\0\0\0\x01a"));
    expect(frames).toEqual([]);
    expect(rest).toHaveLength(10);
  });

  test("errors in a log", () => {
    const bytes = concat([helloOf("server"), headers(2, h2Block.request())]);
    expect(h2LogLines(feed(server(), [bytes]))).toEqual([
      "settings",
      "settingsAck",
      "error H2_STREAM_ID_INVALID connection",
    ]);
  });
});
