// HTTP/2 that is wrong in many ways at once: `lenient` reports each mistake, with its place and stream, and reads on.

import { ERRORS } from "tercet";
import { describe, expect, test } from "vitest";
import type { Direction } from "../../src/inspect/events.js";
import { H2Inspector } from "../../src/inspect/h2.js";
import { END_HEADERS, END_STREAM, PADDED, TYPE } from "../helpers/h2-names.js";
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
  OK,
  PREFACE,
  ping,
  priority,
  priorityUpdate,
  pushPromise,
  request,
  response,
  rst,
  settings,
  settingsAck,
  tableSize,
  uint,
  windowUpdate,
} from "../helpers/h2-wire.js";
import { type AnyDraft, errorsOf, joinedData } from "../helpers/inspect-drafts.js";
import { byteWise, randomPieces } from "../helpers/pieces.js";

type Said = readonly [direction: Direction, bytes: Uint8Array];

function inspect(said: readonly Said[], lenient = true, cut = (b: Uint8Array) => [b]): AnyDraft[] {
  const inspector = new H2Inspector({ lenient });
  const drafts = said.flatMap(([direction, bytes]) =>
    cut(bytes).flatMap((piece) => inspector.receive(direction, piece)),
  );
  return drafts as AnyDraft[];
}

const end = { end: true } as const;
const START: Said[] = [
  ["client", concat(PREFACE, settings())],
  ["server", concat(settings({ MAX_CONCURRENT_STREAMS: 100 }), settingsAck())],
  ["client", settingsAck()],
];
const BEFORE = { client: PREFACE.length + 9 + 9, server: 15 + 9 };

/** Errors of these bytes from one side, behind the start of a connection and what else came before. */
function errorsIn(direction: Direction, bytes: Uint8Array, before: readonly Said[] = []) {
  const mine = before.filter(([who]) => who === direction).map(([, one]) => one.length);
  const offset = mine.reduce((sum, length) => sum + length, BEFORE[direction]);
  const drafts = inspect([...START, ...before, [direction, bytes]]);
  return drafts
    .filter(({ event }) => event === "error")
    .map((one) => [one.code, (one.offset as number) - offset, one.streamId] as const);
}

describe("a client that does everything wrong", () => {
  const huge = uint(2 ** 31 - 1, 4);
  const mistakes: readonly (readonly [bytes: Uint8Array, ...codes: string[]])[] = [
    [ping("short"), "H2_FRAME_LENGTH_INVALID"],
    [frame(TYPE.SETTINGS, 0, 3), "H2_STREAM_ID_NOT_ZERO"],
    [frame(TYPE.DATA, 0, 0, "x"), "H2_STREAM_ID_ZERO"],
    [
      settings([
        [2, 7],
        [4, 2 ** 31],
        [5, 1],
      ]),
      "H2_SETTING_INVALID",
      "H2_SETTING_WINDOW_INVALID",
      "H2_SETTING_INVALID",
    ],
    [windowUpdate(0, 0), "H2_WINDOW_INCREMENT_ZERO"],
    [continuation(1, GET), "H2_CONTINUATION_UNEXPECTED"],
    [data(5, "idle"), "H2_STREAM_IDLE"],
    [
      headers(
        1,
        ["Accept", "x", ":method", "GET", ":method", "PO ST", ":wrong", "y", "connection", "close"],
        end,
      ),
      "H2_FIELD_NAME_INVALID",
      "H2_PSEUDO_MISPLACED",
      "H2_PSEUDO_MISPLACED",
      "H2_PSEUDO_REPEATED",
      "H2_METHOD_INVALID",
      "H2_PSEUDO_UNKNOWN",
      "H2_CONNECTION_FIELD",
      "H2_PSEUDO_MISSING",
      "H2_PSEUDO_MISSING",
    ],
    [data(1, "behind the end"), "H2_STREAM_CLOSED"],
    [headers(2, GET, end), "H2_STREAM_ID_INVALID"],
    [headers(7, request("GET", "/a b", ["te", "gzip"]), end), "H2_PATH_INVALID", "H2_TE_INVALID"],
    [headers(3, GET, end), "H2_STREAM_ID_INVALID"],
    [priority(9, { dependency: 9 }), "H2_SELF_DEPENDENCY"],
    [headers(11, indexed(0, 70), end), "HPACK_INDEX_INVALID", "HPACK_INDEX_INVALID"],
    [concat(headers(13, GET, { open: true }), ping()), "H2_CONTINUATION_EXPECTED"],
    [continuation(13, ["x-a", "b"])],
    [pushPromise(13, 4, GET), "H2_PUSH_FORBIDDEN"],
    [windowUpdate(13, 2 ** 31 - 1), "H2_STREAM_WINDOW_OVERFLOW"],
    [frame(TYPE.WINDOW_UPDATE, 0, 0, huge), "H2_CONNECTION_WINDOW_OVERFLOW"],
    [goaway(0)],
    [goaway(2), "H2_GOAWAY_RAISED"],
    [priorityUpdate(0, "u=1"), "H2_PRIORITY_UPDATE_INVALID"],
    [headers(15, request("POST", "/", ["content-length", "3"]))],
    [data(15, "four", end), "H2_CONTENT_LENGTH_MISMATCH"],
    [rst(99), "H2_STREAM_IDLE"],
    [
      frame(TYPE.DATA, END_STREAM, 15, new Uint8Array(20_000)),
      "H2_FRAME_TOO_LARGE",
      "H2_STREAM_CLOSED",
    ],
    [
      frame(TYPE.HEADERS, END_HEADERS | PADDED, 17, concat(uint(200, 1), block(GET))),
      "H2_PADDING_INVALID",
    ],
  ];
  const bytes = concat(...mistakes.map(([one]) => one));
  const expected = mistakes.flatMap(([, ...codes]) => codes);

  test("every mistake is reported, in wire order", () => {
    const codes = errorsIn("client", bytes).map(([code]) => code);
    expect(codes).toEqual(expected);
    expect(codes.length).toBeGreaterThan(30);
  });

  test("each report has rule, RFC section and a place in its frame", () => {
    const errors = inspect([...START, ["client", bytes]]).filter(({ event }) => event === "error");
    for (const { code, rule, rfc } of errors) {
      const row = ERRORS[code as keyof typeof ERRORS];
      expect([rule, rfc]).toEqual([row.rule, row.rfc]);
    }
    let at = BEFORE.client;
    for (const [one, ...codes] of mistakes) {
      for (const code of codes.filter((name) => name !== "H2_PSEUDO_MISSING")) {
        const inFrame = errors.filter(({ offset }) => offset >= at && offset < at + one.length);
        expect(inFrame.map((error) => error.code)).toContain(code);
      }
      at += one.length;
    }
  });

  test("all frames are shown, and so are the fields", () => {
    const drafts = inspect([...START, ["client", bytes]]);
    const heads = drafts.filter(
      ({ event, direction }) => event === "head" && direction === "client",
    );
    expect(heads.map(({ streamId }) => streamId)).toEqual([1, 2, 7, 3, 11, 13, 15]);
    expect(heads[0]?.headers).toContainEqual([":method", "PO ST"]);
    expect(drafts.filter(({ event }) => event === "frame")).toHaveLength(mistakes.length + 1 + 4);
  });

  test("strict tells the first one alone", () => {
    const drafts = inspect([...START, ["client", bytes]], false);
    expect(errorsOf(drafts)).toEqual([["H2_FRAME_LENGTH_INVALID", BEFORE.client]]);
  });

  test("pieces do not matter", () => {
    const said: Said[] = [...START, ["client", bytes]];
    const whole = joinedData(inspect(said));
    expect(joinedData(inspect(said, true, byteWise))).toEqual(whole);
    for (const seed of [1, 2, 3])
      expect(joinedData(inspect(said, true, (one) => randomPieces(one, seed, 50)))).toEqual(whole);
  });
});

describe("a server that does everything wrong", () => {
  const asked: Said[] = [
    [
      "client",
      concat(headers(1, GET, end), headers(3, request("HEAD"), end), headers(5, GET, end)),
    ],
  ];

  test.each<[code: string, streamId: number | null, bytes: Uint8Array]>([
    ["H2_STATUS_INVALID", 1, headers(1, response("2000"), end)],
    ["H2_STATUS_SWITCHING", 1, headers(1, response(101), end)],
    ["H2_PSEUDO_WRONG", 1, headers(1, [...OK, ":path", "/"], end)],
    ["H2_PSEUDO_MISSING", 1, headers(1, ["server", "x"], end)],
    ["H2_INFORMATIONAL_END", 1, headers(1, response(103), end)],
    ["H2_MESSAGE_ORDER", 1, data(1, "early")],
    ["H2_MESSAGE_ORDER", 1, concat(headers(1, OK), headers(1, ["x-a", "b"]))],
    ["H2_PSEUDO_IN_TRAILERS", 1, concat(headers(1, OK), headers(1, response(), end))],
    ["H2_CONTENT_LENGTH_MISMATCH", 3, concat(headers(3, OK), data(3, "to HEAD", end))],
    ["H2_CONTENT_LENGTH_MISMATCH", 1, headers(1, response(200, ["content-length", "5"]), end)],
    ["H2_STREAM_ID_INVALID", 7, headers(7, OK, end)],
    ["H2_PROMISED_ID_INVALID", 1, pushPromise(1, 3, GET)],
    ["H2_PUSH_INVALID", 1, pushPromise(1, 2, request("POST"))],
    ["H2_PUSH_INVALID", 1, pushPromise(1, 2, request("GET", "/", [], "other"))],
    ["H2_STREAM_STATE_INVALID", 2, concat(pushPromise(1, 2, GET), data(2, "x"))],
    ["H2_PRIORITY_UPDATE_INVALID", null, priorityUpdate(1, "u=1")],
    ["H2_SETTING_INVALID", null, settings({ ENABLE_PUSH: 1 })],
  ])("%s on %s", (code, streamId, bytes) => {
    const errors = errorsIn("server", bytes, asked);
    expect(errors.map(([one]) => one)).toContain(code);
    expect(errors.find(([one]) => one === code)?.[2]).toBe(streamId);
  });

  test("and what is right is reported by nothing", () => {
    const fine = concat(
      headers(1, response(103, ["link", "</a>"])),
      pushPromise(1, 2, GET),
      headers(1, response(200, ["content-length", "2"])),
      data(1, "ok", end),
      headers(2, OK, end),
      headers(3, response(200, ["content-length", "5"]), end),
      headers(5, OK),
      data(5, "x", { pad: 3 }),
      headers(5, ["x-trailer", "y"], end),
    );
    expect(errorsIn("server", fine, asked)).toEqual([]);
  });
});

describe("HPACK: a mistake costs its field, not the table", () => {
  const first = headers(1, concat(block(GET), field("x-kept", "yes", "indexed")), end);

  test.each<[code: string, wrong: Uint8Array]>([
    ["HPACK_HUFFMAN_EOS", Uint8Array.of(0x00, 0x01, 0x78, 0x84, 0xff, 0xff, 0xff, 0xff)],
    ["HPACK_HUFFMAN_PADDING", Uint8Array.of(0x00, 0x01, 0x78, 0x81, 0x00)],
    ["HPACK_INDEX_INVALID", indexed(127 + 4000)],
    ["HPACK_TABLE_SIZE_MISPLACED", concat(indexed(2), tableSize(100))],
    ["HPACK_TABLE_SIZE_INVALID", tableSize(1_000_000)],
  ])("%s", (code, wrong) => {
    const bytes = concat(
      first,
      headers(3, concat(wrong, block(GET)), end),
      headers(5, concat(block(GET), indexed(62)), end),
    );
    expect(errorsIn("client", bytes).map(([one]) => one)).toContain(code);
    const heads = inspect([...START, ["client", bytes]]).filter(({ event }) => event === "head");
    expect(heads.map(({ streamId }) => streamId)).toEqual([1, 3, 5]);
    expect(heads[2]?.headers).toContainEqual([":method", "GET"]);
  });

  test("what follows a block that is cut off is still read", () => {
    const cut = Uint8Array.of(0x40, 0x05, 0x61);
    const bytes = concat(first, headers(3, cut, end), headers(5, GET, end));
    expect(errorsIn("client", bytes).map(([code]) => code)).toEqual(["HPACK_TRUNCATED"]);
    const heads = inspect([...START, ["client", bytes]]).filter(({ event }) => event === "head");
    expect(heads.at(-1)?.headers).toContainEqual([":path", "/"]);
  });
});

describe("the beginning", () => {
  test("a preface that is wrong is told where it goes wrong, and frames are read", () => {
    const wrong = PREFACE.slice();
    wrong[20] = 0x58;
    const drafts = inspect([["client", concat(wrong, settings(), headers(1, GET, end))]]);
    expect(errorsOf(drafts)).toEqual([["H2_PREFACE_INVALID", 20]]);
    expect(drafts.some(({ event }) => event === "head")).toBe(true);
  });

  test("no preface at all", () => {
    const drafts = inspect([["client", concat(settings(), headers(1, GET, end), ping(), ping())]]);
    expect(errorsOf(drafts)).toEqual([["H2_PREFACE_INVALID", 0]]);
    expect(drafts.find(({ event }) => event === "frame")?.offset).toBe(0);
  });

  test("no SETTINGS, and HTTP/1.1 in its place", () => {
    const first = concat(PREFACE, headers(1, GET, end));
    expect(errorsOf(inspect([["client", first]]))).toEqual([["H2_SETTINGS_EXPECTED", 24]]);
    const http1 = new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n");
    const codes = errorsOf(inspect([START[0] as Said, ["server", http1]])).map(([code]) => code);
    expect(codes).toContain("H2_HTTP1_RESPONSE");
  });

  test("garbage between frames is passed over, and counted", () => {
    const garbage = Uint8Array.from({ length: 300 }, (_, at) => 0x80 + ((at * 7) % 120));
    const drafts = inspect([
      ...START,
      ["client", concat(garbage, ping(), ping(), headers(1, GET, end))],
    ]);
    expect(errorsOf(drafts).map(([code]) => code)).toContain("H2_FRAME_TOO_LARGE");
    expect(drafts.some(({ event }) => event === "head")).toBe(true);
    const unknown = drafts.filter(({ protocol }) => protocol === "unknown");
    expect(unknown.reduce((sum, one) => sum + (one.length as number), 0)).toBe(300);
  });
});
