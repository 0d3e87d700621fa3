// H2Reader: bytes of a connection to calls of a sink. What a connection's own tests cannot see: calls and their order,
// offsets at every cut, payloads by reference, buffers, settings that come into force, engines. Titles carry the rows
// of the rule list.

import { byteByByte, cuts } from "tercet/fuzz";
import { describe, expect, test } from "vitest";
import { type FieldSection, H2Reader, type H2ReaderSettings } from "../../src/codec/h2.js";
import { ascii } from "../helpers/h1-log.js";
import { END_HEADERS, END_STREAM, TYPE } from "../helpers/h2-names.js";
import { LogSink, READER, readerLog } from "../helpers/h2-reader-log.js";
import {
  block,
  concat,
  continuation,
  data,
  field,
  frame,
  GET,
  goaway,
  headers,
  indexed,
  PREFACE,
  ping,
  pushPromise,
  settings,
  settingsAck,
  uint,
  unknownFrame,
} from "../helpers/h2-wire.js";
import type { Said } from "../helpers/naive/h2-frames.js";

const START = concat(PREFACE, settings());
const AT = START.length;

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

describe("calls", () => {
  test("H2-011 every frame is announced before its own call", () => {
    const wire = concat(headers(1, GET, { end: true }), ping(), unknownFrame(0));
    expect(said(wire).map(([name]) => name)).toEqual([
      "frame",
      "headers",
      "frame",
      "ping",
      "frame",
      "unknown",
    ]);
  });

  test("H2-045 the flags of a block in pieces are those of its HEADERS", () => {
    const wire = headers(1, GET, { end: true, split: [3, 0, 5] });
    const calls = spoken(wire);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.slice(0, 3)).toEqual(["headers", 1, END_STREAM]);
    expect(calls[0]?.[4]).toBe(AT);
  });

  test("H2-083 the priority fields of HEADERS, whole and in pieces", () => {
    for (const split of [[], [7]]) {
      const reader = make();
      const seen: unknown[] = [];
      class Sink extends LogSink {
        override onHeaders(_id: number, _flags: number, section: FieldSection): void {
          const { hasPriority, dependency, exclusive, weight } = section;
          seen.push([hasPriority, dependency, exclusive, weight]);
        }
      }
      const priority = { dependency: 7, weight: 256, exclusive: true };
      reader.receive(
        concat(START, headers(1, GET, { priority, split }), headers(3, GET)),
        new Sink(),
      );
      expect(seen).toEqual([
        [true, 7, true, 256],
        [false, 0, false, 16],
      ]);
      reader.release();
    }
  });

  test("H2-057 DATA: its length counts padding, its bytes do not", () => {
    expect(spoken(data(1, "hello", { pad: 4, end: true }))).toEqual([
      ["data-start", 1, 9, 10, 4, AT],
      ["data", 1, Buffer.from("hello").toString("hex")],
      ["data-end", 1, 9],
    ]);
  });

  test("DATA that nobody wants is passed over", () => {
    const sink = new LogSink();
    sink.wantsData = false;
    const log = readerLog(byteByByte(concat(START, data(1, "hello"), ping())), {}, sink);
    expect(log.map(([name]) => name).slice(3)).toEqual([
      "frame",
      "data-start",
      "data-end",
      "frame",
      "ping",
    ]);
  });

  test("H2-017 H2-058 DATA above the maximum is an error of its stream, and its length is told", () => {
    expect(said(concat(data(5, new Uint8Array(16_385)), ping()))).toEqual([
      ["frame", TYPE.DATA, 0, 5, 16_385, AT],
      ["stream-error", "H2_FRAME_TOO_LARGE", 5, AT],
      ["data-skipped", 5, 16_385],
      ["frame", TYPE.PING, 0, 0, 8, AT + 9 + 16_385],
      ["ping", false, Buffer.from("12345678").toString("hex"), AT + 9 + 16_385],
    ]);
  });

  test("PUSH_PROMISE with its block in pieces", () => {
    const bytes = block(GET);
    const first = frame(TYPE.PUSH_PROMISE, 0, 1, concat(uint(8, 4), bytes.subarray(0, 3)));
    const wire = concat(first, continuation(1, bytes.subarray(3)));
    expect(spoken(wire, { isClient: true }).map((call) => call.slice(0, 3))).toEqual([
      ["push", 1, 8],
    ]);
    expect(
      spoken(pushPromise(1, 8, GET), { isClient: true }).map((call) => call.slice(0, 3)),
    ).toEqual([["push", 1, 8]]);
  });

  test("H2-137 of GOAWAY's debug data only so much is kept", () => {
    const wire = concat(goaway(3, 2, "x".repeat(5_000)), ping());
    const calls = spoken(wire, { debugDataLength: 7 });
    expect(calls[0]).toEqual(["goaway", 3, 2, Buffer.from("xxxxxxx").toString("hex"), AT]);
    expect(calls[1]?.[0]).toBe("ping");
  });

  test("a hint that is too long is passed over", () => {
    const long = new Uint8Array(20_000);
    long[3] = 1;
    const wire = concat(
      frame(TYPE.ALTSVC, 0, 0, long),
      frame(TYPE.ORIGIN, 0, 0, long),
      frame(TYPE.PRIORITY_UPDATE, 0, 0, long),
    );
    expect(spoken(wire, { isClient: true, maxFrameSize: 2 ** 24 - 1 })).toEqual([]);
  });
});

describe("connection errors and their offsets", () => {
  const open = frame(TYPE.HEADERS, 0, 1, block(GET));
  const size = open.length;
  test.each<[string, Uint8Array, string, number]>([
    [
      "H2-021 another frame inside a field block",
      concat(open, ping()),
      "H2_CONTINUATION_EXPECTED",
      size,
    ],
    [
      "H2-022 CONTINUATION of another stream",
      concat(open, continuation(3, [])),
      "H2_CONTINUATION_EXPECTED",
      size,
    ],
    [
      "H2-024 an unknown type inside a field block",
      concat(open, unknownFrame(1)),
      "H2_CONTINUATION_EXPECTED",
      size,
    ],
    [
      "H2-144 CONTINUATION on stream 0 inside a field block",
      concat(open, frame(9, 4, 0)),
      "H2_STREAM_ID_ZERO",
      size,
    ],
    ["H2-145 CONTINUATION without a field block", frame(9, 4, 1), "H2_CONTINUATION_UNEXPECTED", 0],
    [
      "H2-145 CONTINUATION behind END_HEADERS",
      concat(headers(1, GET), frame(9, 4, 1)),
      "H2_CONTINUATION_UNEXPECTED",
      headers(1, GET).length,
    ],
    ["H2-025 a field block that is wrong", headers(1, indexed(2, 62)), "HPACK_INDEX_INVALID", 10],
    [
      "H2-025 one in pieces, wrong in the second",
      headers(1, indexed(2, 3, 62, 2), { split: [1] }),
      "HPACK_INDEX_INVALID",
      9 + 1 + 9 + 1,
    ],
    [
      "H2-026 a field block that ends inside a field",
      headers(1, ascii("\x40\x05ab")),
      "HPACK_TRUNCATED",
      9,
    ],
    [
      "H2-113 more settings than are read",
      frame(TYPE.SETTINGS, 0, 0, "", 60_006),
      "H2_SETTINGS_TOO_MANY",
      0,
    ],
  ])("%s", (_name, wire, code, offset) => {
    const options = { maxFrameSize: 100_000 };
    expect(said(wire, options).at(-1)).toEqual(["error", code, AT + offset]);
  });

  test("H2-147 a field block as long as the limit, and one octet longer", () => {
    const options = { fieldBlockLength: 100 };
    const value = (length: number) => field("a", "v".repeat(length)); // 4 octets more
    expect(spoken(headers(1, value(96)), options).map(([name]) => name)).toEqual(["headers"]);
    expect(said(headers(1, value(97)), options)).toEqual([
      ["error", "H2_FIELD_BLOCK_TOO_LARGE", AT],
    ]);
    expect(said(headers(1, value(96), { split: [50] }), options).at(-1)?.[0]).toBe("headers");
    const [first, error] = said(headers(1, value(97), { split: [50] }), options);
    expect(first?.[0]).toBe("frame");
    expect(error).toEqual(["error", "H2_FIELD_BLOCK_TOO_LARGE", AT + 59]);
  });

  test("H2-029 H2-147 as many CONTINUATION frames as the limit, and one more, empty ones too", () => {
    const options = { continuationCount: 3 };
    const split = (count: number) => Array.from({ length: count }, () => 0);
    expect(spoken(headers(1, GET, { split: split(3) }), options).map(([name]) => name)).toEqual([
      "headers",
    ]);
    const calls = said(headers(1, GET, { split: split(4) }), options);
    expect(calls.at(-1)).toEqual(["error", "H2_CONTINUATION_FLOOD", AT + 4 * 9]);
    // The count begins anew with each block.
    const twice = concat(
      headers(1, GET, { split: split(3) }),
      headers(3, GET, { split: split(3) }),
    );
    expect(spoken(twice, options).map(([name]) => name)).toEqual(["headers", "headers"]);
  });

  test("H2-147 H2-019 both are decided by the frame header alone", () => {
    const flood = concat(
      headers(1, GET, { split: [1], open: true }),
      frame(9, 0, 1, "", 50).subarray(0, 9),
    );
    expect(said(flood, { continuationCount: 1 }).at(-1)?.slice(0, 2)).toEqual([
      "error",
      "H2_CONTINUATION_FLOOD",
    ]);
    const long = frame(TYPE.HEADERS, END_HEADERS, 1, "", 16_000);
    expect(said(long, { fieldBlockLength: 10_000 })).toEqual([
      ["error", "H2_FIELD_BLOCK_TOO_LARGE", AT],
    ]);
  });

  test("H2-001 the first wrong octet of the preface", () => {
    for (let at = 0; at < PREFACE.length; at++) {
      const wire = PREFACE.slice();
      wire[at] = (wire[at] ?? 0) ^ 1;
      expect(readerLog(byteByByte(wire))).toEqual([["error", "H2_PREFACE_INVALID", at]]);
      expect(readerLog([wire.subarray(0, at + 1)])).toEqual([["error", "H2_PREFACE_INVALID", at]]);
    }
  });

  test.each<[string, Partial<H2ReaderSettings>, Uint8Array, string]>([
    ["H2-003 a server: PING first", {}, concat(PREFACE, ping()), "H2_SETTINGS_EXPECTED"],
    [
      "H2-003 a server: an acknowledgement first",
      {},
      concat(PREFACE, settingsAck()),
      "H2_SETTINGS_EXPECTED",
    ],
    ["H2-004 a client: PING first", { isClient: true }, ping(), "H2_SETTINGS_EXPECTED"],
    [
      "H2-004 a client: HTTP/1.1",
      { isClient: true },
      ascii("HTTP/1.1 400 Bad Request\r\n"),
      "H2_HTTP1_RESPONSE",
    ],
    ["H2-004 a client: HTTP/1.0", { isClient: true }, ascii("HTTP/1.0 "), "H2_HTTP1_RESPONSE"],
    [
      "H2-004 a server does not take HTTP/1.x for an answer",
      {},
      concat(PREFACE, ascii("HTTP/1.1 400")),
      "H2_SETTINGS_EXPECTED",
    ],
  ])("%s", (_name, options, wire, code) => {
    for (const pieces of cuts(wire)) {
      const log = readerLog(pieces, options);
      expect(log.at(-1)).toEqual(["error", code, options.isClient ? 0 : 24]);
    }
  });

  test("H2-148 nothing is read behind an error", () => {
    const sink = new LogSink();
    const reader = make();
    reader.receive(concat(START, frame(TYPE.DATA, 0, 0, "x"), ping()), sink);
    const { length } = sink.said;
    reader.receive(ping(), sink);
    expect(sink.said).toHaveLength(length);
    expect(sink.said.at(-1)?.[0]).toBe("error");
  });
});

describe("DATA by reference", () => {
  test("views of the chunk, also behind a header that came before", () => {
    const reader = make();
    const wire = concat(START, data(1, "hello"), data(1, "world", { pad: 2 }));
    const views: Uint8Array[] = [];
    class Sink extends LogSink {
      override onDataBytes(_id: number, bytes: Uint8Array): void {
        views.push(bytes);
      }
    }
    const sink = new Sink();
    const [first, second] = [wire.subarray(0, AT + 4), wire.subarray(AT + 4)];
    reader.receive(first, sink);
    reader.receive(second, sink);
    expect(views.map((view) => view.buffer)).toEqual([wire.buffer, wire.buffer]);
    expect(views.map((view) => view.byteOffset - wire.byteOffset)).toEqual([
      AT + 9,
      AT + 9 + 5 + 10,
    ]);
  });

  test("a whole chunk of content is handed on as it is", () => {
    const reader = make({ maxFrameSize: 2 ** 20 });
    const chunk = new Uint8Array(1_000);
    let seen: Uint8Array | null = null;
    class Sink extends LogSink {
      override onDataBytes(_id: number, bytes: Uint8Array): void {
        seen = bytes;
      }
    }
    const sink = new Sink();
    reader.receive(concat(START, frame(TYPE.DATA, 0, 1, "", 5_000)), sink);
    reader.receive(chunk, sink);
    expect(seen).toBe(chunk);
    expect(reader.heldBytes).toBe(0);
    reader.release();
  });
});
