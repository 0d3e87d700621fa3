// Server push as a client sees it (RFC 9113 sections 6.6 and 8.4). Titles carry the rows of the rule list.

import { describe, expect, test } from "vitest";
import {
  expectAlive,
  expectFine,
  fails,
  fineWith,
  playRow,
  type Row,
  resets,
  type Step,
  type TalkOptions,
  talk,
} from "../helpers/h2-dialogue.js";
import { END_HEADERS, PADDED, TYPE } from "../helpers/h2-names.js";
import {
  block,
  concat,
  continuation,
  data,
  field,
  frame,
  GET,
  headers,
  OK,
  ping,
  pushPromise,
  request,
  response,
  rst,
  settingsAck,
  uint,
} from "../helpers/h2-wire.js";

const end = { end: true } as const;
const ask: Step = (c) =>
  void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
const on: TalkOptions = { settings: { enablePush: true } };
const promise = (fields: readonly string[]): Step[] => [ask, pushPromise(1, 2, fields)];

describe("a client that takes pushes", () => {
  test.each<Row>([
    [
      "H2-115 says so in its SETTINGS",
      [],
      (t) => expect(t.sent.join()).not.toContain("ENABLE_PUSH=0"),
      { ...on, handshake: "none" },
    ],
    [
      "H2-033 a promise and its answer",
      [
        ...promise(request("GET", "/p", ["x", "y"])),
        headers(1, OK, end),
        headers(2, OK),
        data(2, "body", end),
      ],
      fineWith(
        "push 1 promises 2 GET /p HTTP/2",
        "  x: y",
        "end 1",
        "head 2 HTTP/2 200 no reason",
        'data 2 "body"',
        "end 2",
      ),
      on,
    ],
    [
      "H2-122 in pieces",
      [
        ask,
        concat(
          pushPromise(1, 2, block(GET).subarray(0, 5), { open: true }),
          frame(TYPE.CONTINUATION, END_HEADERS, 1, block(GET).subarray(5)),
        ),
      ],
      fineWith("push 1 promises 2 GET / HTTP/2"),
      on,
    ],
    [
      "H2-120 with padding",
      [ask, pushPromise(1, 2, GET, { pad: 9 })],
      fineWith("push 1 promises 2 GET / HTTP/2"),
      on,
    ],
    [
      "H2-033 the answer may be reset by the server",
      [...promise(GET), rst(2)],
      fineWith("reset 2 code 8"),
      on,
    ],
    [
      "H2-033 interim heads of an answer",
      [...promise(GET), headers(2, response(103)), headers(2, OK, end)],
      fineWith("informational 2 HTTP/2 103 no reason", "end 2"),
      on,
    ],
    [
      "H2-051 promises do not count as streams",
      [ask, ...Array.from({ length: 150 }, (_, at) => pushPromise(1, 2 * at + 2, GET))],
      (t) => {
        expect(t.errors).toEqual([]);
        expect(t.events.filter(({ type }) => type === "push")).toHaveLength(150);
      },
      { ...on, cuts: "few" },
    ],
    [
      "H2-119 the reserved bit of the promised identifier",
      [ask, frame(TYPE.PUSH_PROMISE, END_HEADERS, 1, concat(uint(2 ** 31 + 2, 4), block(GET)))],
      fineWith("push 1 promises 2 GET / HTTP/2"),
      on,
    ],
    [
      "H2-118 on a stream that we reset: the promise is read and refused",
      [
        ask,
        (c) => c.reset(1),
        pushPromise(1, 2, concat(block(GET), field("x-a", "b", "indexed"))),
        ask,
        headers(3, concat(block(OK), Uint8Array.of(0xbe)), end),
      ],
      (t) => {
        expect(t.log).toContain("  x-a: b");
        expect(t.sent.some((line) => line.startsWith("RST_STREAM 2 "))).toBe(true);
        expectAlive(t);
      },
      on,
    ],
    [
      "H2-124 the user refuses a promise by reset",
      [...promise(GET), (c) => c.reset(2, 7)],
      (t) => {
        expect(t.sent.at(-1)).toBe("RST_STREAM 2 REFUSED_STREAM");
        expectAlive(t);
      },
      on,
    ],
    [
      "H2-123 HEAD is safe and cacheable",
      promise(request("HEAD")),
      fineWith("push 1 promises 2 HEAD / HTTP/2"),
      on,
    ],
  ])("%s", (...row) => playRow("client", row));

  test.each<Row>([
    ["H2-116 on stream 0", [ask, pushPromise(0, 2, GET)], fails("H2_STREAM_ID_ZERO"), on],
    [
      "H2-117 on an idle stream",
      pushPromise(1, 2, GET),
      fails(["H2_STREAM_IDLE", "H2_STREAM_STATE_INVALID", "H2_PROMISED_ID_INVALID"]),
      on,
    ],
    [
      "H2-117 on a stream that the server has ended",
      [
        (c) => void c.sendRequest({ method: "POST", authority: "a", path: "/", headers: [] }),
        headers(1, OK, end),
        pushPromise(1, 2, GET),
      ],
      fails(["H2_STREAM_STATE_INVALID", "H2_STREAM_CLOSED"]),
      on,
    ],
    [
      "H2-117 on a closed stream",
      [ask, headers(1, OK, end), pushPromise(1, 2, GET)],
      fails(["H2_STREAM_STATE_INVALID", "H2_STREAM_CLOSED"]),
      on,
    ],
    [
      "H2-117 on a stream that was promised itself",
      [...promise(GET), pushPromise(2, 4, GET)],
      fails(["H2_STREAM_STATE_INVALID", "H2_STREAM_ID_INVALID", "H2_PROMISED_ID_INVALID"]),
      on,
    ],
    [
      "H2-119 the promised stream 0",
      [ask, pushPromise(1, 0, GET)],
      fails("H2_PROMISED_ID_INVALID"),
      on,
    ],
    ["H2-119 an odd one", [ask, pushPromise(1, 3, GET)], fails("H2_PROMISED_ID_INVALID"), on],
    [
      "H2-119 the same twice",
      [...promise(GET), pushPromise(1, 2, GET)],
      fails("H2_PROMISED_ID_INVALID"),
      on,
    ],
    [
      "H2-119 one below the last",
      [ask, pushPromise(1, 4, GET), pushPromise(1, 2, GET)],
      fails("H2_PROMISED_ID_INVALID"),
      on,
    ],
    [
      "H2-120 Pad Length is too large",
      [
        ask,
        frame(
          TYPE.PUSH_PROMISE,
          END_HEADERS | PADDED,
          1,
          concat(uint(9, 1), uint(2, 4), uint(0, 4)),
        ),
      ],
      fails("H2_PADDING_INVALID"),
      on,
    ],
    [
      "H2-121 three octets",
      [ask, frame(TYPE.PUSH_PROMISE, END_HEADERS, 1, "123")],
      fails("H2_FRAME_LENGTH_INVALID"),
      on,
    ],
    [
      "H2-121 PADDED in four",
      [ask, frame(TYPE.PUSH_PROMISE, END_HEADERS | PADDED, 1, "\0\0\0\0")],
      fails("H2_FRAME_LENGTH_INVALID"),
      on,
    ],
    [
      "H2-122 no CONTINUATION behind it",
      [ask, concat(pushPromise(1, 2, GET, { open: true }), ping())],
      fails("H2_CONTINUATION_EXPECTED"),
      on,
    ],
    [
      "H2-122 CONTINUATION of the promised stream",
      [ask, concat(pushPromise(1, 2, GET, { open: true }), continuation(2, ["x", "y"]))],
      fails("H2_CONTINUATION_EXPECTED"),
      on,
    ],
    [
      "H2-025 its block is wrong",
      [ask, pushPromise(1, 2, Uint8Array.of(0x80))],
      fails("HPACK_INDEX_INVALID"),
      on,
    ],
    [
      "H2-123 a method that is not safe",
      promise(request("POST")),
      resets(2, "H2_PUSH_INVALID"),
      on,
    ],
    [
      "H2-123 a safe method that is not cacheable",
      promise(request("OPTIONS")),
      resets(2, "H2_PUSH_INVALID"),
      on,
    ],
    [
      "H2-123 content is announced",
      promise(request("GET", "/", ["content-length", "1"])),
      resets(2, "H2_PUSH_INVALID"),
      on,
    ],
    [
      "H2-123 no :path",
      promise([":method", "GET", ":scheme", "https", ":authority", "a"]),
      resets(2, ["H2_PUSH_INVALID", "H2_PSEUDO_MISSING"]),
      on,
    ],
    [
      "H2-123 no :authority",
      promise([":method", "GET", ":scheme", "https", ":path", "/"]),
      resets(2, ["H2_PUSH_INVALID", "H2_PSEUDO_MISSING", "H2_AUTHORITY_INVALID"]),
      on,
    ],
    [
      "H2-123 H2-167 a field that is malformed",
      promise(request("GET", "/", ["X", "y"])),
      resets(2, "H2_FIELD_NAME_INVALID"),
      on,
    ],
    [
      "H2-123 :status in it",
      promise([...GET, ":status", "200"]),
      resets(2, ["H2_PSEUDO_WRONG", "H2_PUSH_INVALID"]),
      on,
    ],
    [
      "H2-031 HEADERS of an even stream that was not promised",
      [ask, headers(2, OK)],
      fails(["H2_STREAM_IDLE", "H2_STREAM_ID_INVALID", "H2_STREAM_STATE_INVALID"]),
      on,
    ],
  ])("%s", (...row) => playRow("client", row));

  test("H2-199 H2-023 a promise with more fields than the limit is refused, its block is read", () => {
    const limits = { fieldCount: 5 };
    const many = concat(block([...GET, "a", "1", "b", "2"]), field("x-a", "b", "indexed"));
    const t = talk("client", [ask, pushPromise(1, 2, many)], { ...on, limits });
    resets(2, "H2_FIELD_COUNT_TOO_LARGE")(t);
    const used = concat(block(OK), Uint8Array.of(0xbe));
    const later = talk("client", [ask, pushPromise(1, 2, many), headers(1, used, end)], {
      ...on,
      limits,
    });
    expect(later.log).toContain("  x-a: b");
  });

  test("H2-125 a cap on promises without an answer", () => {
    const limits = { pushReservedCount: 3 };
    const promises = (count: number) => [
      ask,
      ...Array.from({ length: count }, (_, at) => pushPromise(1, 2 * at + 2, GET)),
    ];
    expectFine(talk("client", promises(3), { ...on, limits }));
    const t = talk("client", promises(4), { ...on, limits });
    expect(t.errors.map(({ code }) => code)).toEqual(["H2_PUSH_FLOOD"]);
    const answered = [...promises(3), headers(2, OK, end), pushPromise(1, 8, GET)];
    expect(talk("client", answered, { ...on, limits }).errors).toEqual([]);
  });
});

describe("a client that takes none, as by default", () => {
  test.each<Row>([
    [
      "H2-115 PUSH_PROMISE once our SETTINGS are acknowledged",
      promise(GET),
      fails("H2_PUSH_FORBIDDEN"),
    ],
    [
      "H2-115 H2-112 switched off later: before the acknowledgement a promise is no error, it is refused",
      [
        ask,
        (c) => c.updateSettings({ enablePush: false }),
        pushPromise(1, 2, GET),
        settingsAck(),
        pushPromise(1, 4, GET),
      ],
      (t) => {
        expect(t.sent.some((line) => line.startsWith("RST_STREAM 2 "))).toBe(true);
        expect(t.errors.map(({ code }) => code)).toEqual(["H2_PUSH_FORBIDDEN"]);
      },
      on,
    ],
  ])("%s", (...row) => playRow("client", row));
});
