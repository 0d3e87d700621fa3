// H2Reader, what it holds and what changes under way: buffers, settings that come into force, the dynamic table.
// Titles carry the rows of the rule list.

import { createHash } from "node:crypto";
import { byteByByte, cuts } from "tercet/fuzz";
import { HpackEncoder } from "tercet/hpack";
import { describe, expect, test } from "vitest";
import { type FieldSection, H2Reader, type H2ReaderSettings } from "../../src/codec/h2.js";
import { END_HEADERS, TYPE } from "../helpers/h2-names.js";
import { LogSink, READER, readerLog } from "../helpers/h2-reader-log.js";
import {
  block,
  concat,
  data,
  frame,
  GET,
  headers,
  OK,
  PREFACE,
  ping,
  settings,
  settingsAck,
  tableSize,
} from "../helpers/h2-wire.js";
import type { Said } from "../helpers/naive/h2-frames.js";

const START = concat(PREFACE, settings());
const _AT = START.length;

/** What is said behind the preface and the first SETTINGS, the same at every cut. */
function said(wire: Uint8Array, options: Partial<H2ReaderSettings> = {}): Said[] {
  const bytes = options.isClient ? concat(settings(), wire) : concat(START, wire);
  const whole = readerLog([bytes], options);
  for (const pieces of cuts(bytes, { most: 64 })) expect(readerLog(pieces, options)).toEqual(whole);
  return whole.slice(options.isClient ? 2 : 3);
}

/** Said without the calls that every frame has. */
const spoken = (wire: Uint8Array, options: Partial<H2ReaderSettings> = {}): Said[] =>
  said(wire, options).filter(([name]) => name !== "frame");

const make = (options: Partial<H2ReaderSettings> = {}) => new H2Reader({ ...READER, ...options });

describe("buffers", () => {
  test("H2-019 grow with what was received, not with what was declared", () => {
    const reader = make({ maxFrameSize: 2 ** 24 - 1, fieldBlockLength: 393_216 });
    const sink = new LogSink();
    reader.receive(concat(START, frame(TYPE.HEADERS, END_HEADERS, 1, "x", 390_000)), sink);
    expect(reader.isBetweenFrames).toBe(false);
    expect(reader.heldBytes).toBeLessThan(100);
    for (let i = 0; i < 1_000; i++) reader.receive(Uint8Array.of(0), sink);
    expect(reader.heldBytes).toBeLessThan(2_100);
    reader.release();
    expect(reader.heldBytes).toBe(0);
  });

  test("a field block longer than the window of the engine, in one frame and in many", () => {
    const fields = Array.from({ length: 100 }, (_, i) => [`x-${i}`, "v".repeat(3_000)]).flat();
    const bytes = block(fields);
    expect(bytes.length).toBeGreaterThan(300_000);
    const options = {
      maxFrameSize: 2 ** 20,
      fieldBlockLength: 393_216,
      continuationCount: 200,
      fieldSectionLength: 262_144,
    };
    const tooLong = readerLog([concat(START, headers(1, bytes), ping())], options);
    const split = Array.from({ length: 40 }, () => 8_000);
    const many = concat(START, headers(1, bytes, { split }), ping());
    const parts = readerLog([many], options);
    /** Digests of the sections: a difference of 300 KB is nothing to read. */
    const only = (log: Said[]) =>
      log
        .filter(([name]) => name === "headers")
        .map((call) => createHash("sha256").update(JSON.stringify(call[3])).digest("hex"));
    expect(only(parts)).toEqual(only(tooLong));
    expect(only(parts)).toHaveLength(1);
    expect(only(readerLog(byteByByte(many), options))).toEqual(only(parts));
  });

  test("a field block under way is counted, and told", () => {
    const reader = make();
    reader.receive(concat(START, headers(5, GET, { open: true })), new LogSink());
    expect(reader.blockStream).toBe(5);
    expect(reader.heldBytes).toBeGreaterThanOrEqual(block(GET).length);
    expect(reader.isBetweenFrames).toBe(true);
    reader.receive(frame(9, END_HEADERS, 5), new LogSink());
    expect(reader.blockStream).toBe(0);
    expect(reader.heldBytes).toBe(0);
    reader.release();
  });

  test("isBetweenFrames: preface, header, payload, padding", () => {
    const reader = make();
    const sink = new LogSink();
    const between = (bytes: Uint8Array) => {
      reader.receive(bytes, sink);
      return reader.isBetweenFrames;
    };
    expect(reader.isBetweenFrames).toBe(false);
    expect(between(PREFACE.subarray(0, 23))).toBe(false);
    expect(between(PREFACE.subarray(23))).toBe(true);
    expect(between(settings().subarray(0, 8))).toBe(false);
    expect(between(settings().subarray(8))).toBe(true);
    const wire = data(1, "abc", { pad: 2 });
    expect(between(wire.subarray(0, 11))).toBe(false);
    expect(between(wire.subarray(11, 13))).toBe(false);
    expect(between(wire.subarray(13, 14))).toBe(false);
    expect(between(wire.subarray(14))).toBe(true);
    reader.release();
  });

  test("received counts the chunks before", () => {
    const reader = make();
    reader.receive(START, new LogSink());
    reader.receive(ping(), new LogSink());
    expect(reader.received).toBe(START.length + 17);
    reader.release();
  });
});

describe("settings in force", () => {
  test("H2-020 a larger frame size at once, a smaller one from there on", () => {
    const reader = make();
    const sink = new LogSink();
    reader.receive(START, sink);
    reader.setMaxFrameSize(20_000);
    reader.receive(data(1, new Uint8Array(20_000)), sink);
    expect(sink.said.at(-1)).toEqual(["data-end", 1, 0]);
    reader.setMaxFrameSize(16_384);
    reader.receive(data(1, new Uint8Array(16_385)), sink);
    expect(sink.said.at(-1)?.[0]).toBe("data-skipped");
    reader.release();
  });

  test("before the first byte", () => {
    const reader = make();
    reader.setMaxFrameSize(20_000);
    reader.setTableLimit(0);
    const sink = new LogSink();
    reader.receive(concat(START, data(1, new Uint8Array(20_000)), headers(1, tableSize(1))), sink);
    expect(sink.said.map(([name]) => name).slice(3)).toEqual([
      "frame",
      "data-start",
      "data",
      "data-end",
      "error",
    ]);
    expect(sink.said.at(-1)?.[1]).toBe("HPACK_TABLE_SIZE_INVALID");
  });

  /** Changes the table when the acknowledgement comes. */
  class TableSink extends LogSink {
    readonly reader = make();
    readonly #size: number;
    constructor(size: number) {
      super();
      this.#size = size;
    }
    override onSettingsAck(offset: number): void {
      super.onSettingsAck(offset);
      this.reader.setTableLimit(this.#size);
    }
  }

  test.each<[string, number, Uint8Array, string]>([
    ["H2-027 a smaller table needs a size update", 100, headers(1, OK), "error"],
    ["H2-027 and takes it", 100, headers(1, concat(tableSize(100), block(OK))), "headers"],
    [
      "H2-027 one that is too large is none",
      100,
      headers(1, concat(tableSize(101), block(OK))),
      "error",
    ],
    [
      "HP-013 a larger table may be used at once",
      8_192,
      headers(1, concat(tableSize(8_192), block(OK))),
      "headers",
    ],
    [
      "HP-013 also one that needs a larger ring",
      262_144,
      headers(1, concat(tableSize(262_144), block(OK))),
      "headers",
    ],
  ])("%s behind the acknowledgement, in the same chunk", (_name, size, wire, outcome) => {
    const bytes = concat(START, settingsAck(), wire);
    for (const pieces of [[bytes], byteByByte(bytes)]) {
      const sink = new TableSink(size);
      for (const piece of pieces) sink.reader.receive(piece, sink);
      expect(sink.said.at(-1)?.[0]).toBe(outcome);
      sink.reader.release();
    }
  });
});

describe("the dynamic table", () => {
  test("H2-023 is kept right whatever becomes of the sections", () => {
    const encoder = new HpackEncoder();
    const wire = (streamId: number, value: string) =>
      headers(streamId, encoder.encode([":status", "200", "x-a", value, "x-b", "same"]));
    const parts = ["one", "two", "one", "three", "two"].map((value, i) => wire(2 * i + 1, value));
    const seen: string[][] = [];
    class Sink extends LogSink {
      override onHeaders(streamId: number, _flags: number, section: FieldSection): void {
        if (streamId > 4) seen.push([...section.rawHeaders]);
      }
    }
    const reader = make();
    reader.receive(concat(START, ...parts), new Sink());
    expect(seen).toEqual(["one", "three", "two"].map((value) => ["x-a", value, "x-b", "same"]));
    reader.release();
  });

  test("sections are read while they are handed out, others come later", () => {
    const log = spoken(
      concat(headers(1, GET), headers(3, [...GET, "cookie", "a=b", "cookie", "c=d"])),
    );
    expect(log.map((call) => call[3])).toEqual([
      [":method", ":scheme", ":authority", ":path"],
      [":method", ":scheme", ":authority", ":path", "cookie", "a=b", "cookie", "c=d"],
    ]);
  });
});
