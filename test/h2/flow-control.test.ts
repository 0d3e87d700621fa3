// Windows of the peer: what we may send, and how they grow (RFC 9113 sections 5.2 and 6.9). Titles carry the rows
// of the rule list.

import { describe, expect, test } from "vitest";
import { logOf } from "../helpers/h1-log.js";
import {
  connected,
  expectAlive,
  expectFine,
  fails,
  fine,
  playRow,
  type Row,
  resets,
  type Step,
  taken,
  talk,
} from "../helpers/h2-dialogue.js";
import { TYPE } from "../helpers/h2-names.js";
import { framesOf, OutputReader } from "../helpers/h2-read.js";
import {
  concat,
  GET,
  headers,
  MAX_WINDOW,
  POST,
  ping,
  rst,
  settings,
  windowUpdate,
} from "../helpers/h2-wire.js";

const DEFAULT = 65_535;
const answer =
  (content: string): Step =>
  (c) =>
    void c.sendResponse(1, { status: 200, headers: [], content });
const window = (size: number) => ({ handshake: settings({ INITIAL_WINDOW_SIZE: size }) });

/** DATA that was sent: total content by stream. */
function dataSent(bytes: Uint8Array): Map<number, number> {
  const sum = new Map<number, number>();
  for (const { type, streamId, payload } of framesOf(bytes))
    if (type === TYPE.DATA) sum.set(streamId, (sum.get(streamId) ?? 0) + payload.length);
  return sum;
}

describe("what we send", () => {
  test.each<Row>([
    [
      "H2-059 no more than the stream's window",
      [headers(1, GET, { end: true }), answer("abcdef")],
      (t) => {
        expect(t.sent).toEqual(["HEADERS 1 :status: 200 | content-length: 6", 'DATA 1 "ab"']);
      },
      window(2),
    ],
    [
      "H2-059 the rest when it opens, with END_STREAM on the last",
      [headers(1, GET, { end: true }), answer("abcdef"), windowUpdate(1, 3), windowUpdate(1, 100)],
      (t) => {
        expect(t.sent.slice(1)).toEqual(['DATA 1 "ab"', 'DATA 1 "cde"', 'DATA 1 end "f"']);
      },
      window(2),
    ],
    [
      "H2-059 an empty body needs no window",
      [headers(1, GET, { end: true }), answer("")],
      (t) => {
        expect(t.sent).toEqual(["HEADERS 1 end :status: 200 | content-length: 0"]);
      },
      window(0),
    ],
    [
      "H2-059 H2-065 END_STREAM without content needs none either",
      [
        headers(1, GET, { end: true }),
        (c) => {
          c.sendResponse(1, { status: 200, headers: [] });
          c.sendEnd(1);
        },
      ],
      (t) => expect(t.sent.at(-1)).toMatch(/^(DATA 1 end ""|HEADERS 1 end :status: 200)$/),
      window(0),
    ],
    [
      "H2-063 a larger initial window opens streams that are there",
      [
        headers(1, GET, { end: true }),
        answer("abc"),
        settings({ INITIAL_WINDOW_SIZE: 2 }),
        settings({ INITIAL_WINDOW_SIZE: 10 }),
      ],
      (t) => {
        expect(t.sent.filter((line) => line.startsWith("DATA"))).toEqual([
          'DATA 1 "ab"',
          'DATA 1 end "c"',
        ]);
      },
      window(0),
    ],
    [
      "H2-063 H2-065 a smaller one may make it negative: nothing goes until it is positive",
      [
        headers(1, GET, { end: true }),
        answer("abcdefghij"),
        settings({ INITIAL_WINDOW_SIZE: 0 }),
        windowUpdate(1, 4),
        windowUpdate(1, 1),
      ],
      (t) => {
        // 4 sent under a window of 4, then -4; + 4 is 0; + 1 is one octet.
        expect(t.sent.filter((line) => line.startsWith("DATA"))).toEqual([
          'DATA 1 "abcd"',
          'DATA 1 "e"',
        ]);
        expectAlive(t);
      },
      window(4),
    ],
    [
      "H2-063 new streams begin with the new size",
      [settings({ INITIAL_WINDOW_SIZE: 1 }), headers(1, GET, { end: true }), answer("xy")],
      (t) => {
        expect(t.sent).toContain('DATA 1 "x"');
      },
    ],
    [
      "H2-062 SETTINGS do not change the connection's window",
      [
        settings({ INITIAL_WINDOW_SIZE: MAX_WINDOW }),
        headers(1, GET, { end: true }),
        answer("x".repeat(DEFAULT + 1)),
        windowUpdate(0, 1),
      ],
      (t) => {
        expect(t.sent.at(-1)).toBe('DATA 1 end "x"');
      },
      { cuts: "few" },
    ],
    [
      "H2-069 windows are read while we cannot send",
      [
        headers(1, GET, { end: true }),
        answer("abc"),
        concat(ping(), windowUpdate(1, 1), ping(), windowUpdate(1, 2)),
      ],
      (t) => {
        expect(t.sent.at(-1)).toBe('DATA 1 end "abc"');
        expectFine(t);
      },
      window(0),
    ],
  ])("%s", (...row) => playRow("server", row));

  test("H2-059 the connection's window is shared by all streams, and never exceeded", () => {
    const { connection } = connected("server", window(MAX_WINDOW));
    for (const id of [1, 3, 5]) {
      connection.receive(headers(id, GET, { end: true }));
      connection.sendResponse(id, { status: 200, headers: [], content: "x".repeat(30_000) });
    }
    const first = dataSent(taken(connection));
    expect([...first.values()].reduce((a, b) => a + b)).toBe(DEFAULT);
    connection.receive(windowUpdate(0, 90_000 - DEFAULT));
    const second = dataSent(taken(connection));
    for (const id of [1, 3, 5]) expect((first.get(id) ?? 0) + (second.get(id) ?? 0)).toBe(30_000);
  });

  test("H2-059 no DATA frame is longer than the peer's SETTINGS_MAX_FRAME_SIZE", () => {
    for (const [size, handshake] of [
      [16_384, settings()],
      [20_000, settings({ MAX_FRAME_SIZE: 20_000 })],
    ] as const) {
      const { connection } = connected("server", { handshake });
      connection.receive(headers(1, GET, { end: true }));
      connection.sendResponse(1, { status: 200, headers: [], content: "x".repeat(60_000) });
      const lengths = framesOf(taken(connection))
        .filter(({ type }) => type === TYPE.DATA)
        .map(({ payload }) => payload.length);
      expect(Math.max(...lengths)).toBe(size);
      expect(lengths.reduce((a, b) => a + b)).toBe(60_000);
    }
  });

  test("H2-059 a field block longer than a frame goes out in CONTINUATION frames", () => {
    const { connection } = connected("server");
    connection.receive(headers(1, GET, { end: true }));
    const value = "\x7f\x7e".replace("\x7f", "~").repeat(20_000);
    connection.sendResponse(1, { status: 200, headers: ["x-long", value], content: "" });
    const bytes = taken(connection);
    const types = framesOf(bytes).map(({ type, payload }) => [type, payload.length <= 16_384]);
    expect(types.length).toBeGreaterThan(1);
    expect(types.every(([, fits]) => fits)).toBe(true);
    const reader = new OutputReader();
    reader.lines(bytes);
    expect(reader.lastFields[3]).toBe(value);
  });

  test("sendData gives false when much waits, and `writable` comes when there is room", () => {
    const { connection } = connected("server", { ...window(0), limits: { streamSendLength: 100 } });
    connection.receive(headers(1, GET, { end: true }));
    connection.sendResponse(1, { status: 200, headers: [] });
    expect(connection.sendData(1, new Uint8Array(50))).toBe(true);
    expect(connection.sendData(1, new Uint8Array(60))).toBe(false);
    expect(connection.bufferedAmount).toBeGreaterThanOrEqual(110);
    taken(connection);
    const events = connection.receive(windowUpdate(1, 110));
    taken(connection);
    const later = connection.receive(new Uint8Array(0));
    expect(logOf([...events, ...later])).toEqual(["writable 1"]);
    expect(connection.bufferedAmount).toBe(0);
  });
});

describe("windows of the peer that grow", () => {
  const over: Row[] = [
    [
      "H2-061 the connection's above 2^31 - 1",
      windowUpdate(0, MAX_WINDOW),
      fails("H2_CONNECTION_WINDOW_OVERFLOW"),
    ],
    [
      "H2-061 in two steps",
      [windowUpdate(0, MAX_WINDOW - DEFAULT), windowUpdate(0, 1)],
      fails("H2_CONNECTION_WINDOW_OVERFLOW"),
    ],
    ["H2-061 to 2^31 - 1 exactly", windowUpdate(0, MAX_WINDOW - DEFAULT), fine],
  ];
  test.each(over)("%s", (...row) => {
    playRow("server", row);
    playRow("client", row);
  });

  test.each<Row>([
    [
      "H2-060 a stream's above 2^31 - 1",
      [headers(1, POST), windowUpdate(1, MAX_WINDOW)],
      resets(1, "H2_STREAM_WINDOW_OVERFLOW"),
    ],
    [
      "H2-060 in two steps",
      [headers(1, POST), windowUpdate(1, MAX_WINDOW - DEFAULT), windowUpdate(1, 1)],
      resets(1, "H2_STREAM_WINDOW_OVERFLOW"),
    ],
    ["H2-060 to 2^31 - 1 exactly", [headers(1, POST), windowUpdate(1, MAX_WINDOW - DEFAULT)], fine],
    [
      "H2-060 a negative window may take more than 2^31 - 1 less itself",
      [
        headers(1, GET, { end: true }),
        answer("x".repeat(100)),
        settings({ INITIAL_WINDOW_SIZE: 0 }),
        windowUpdate(1, MAX_WINDOW),
      ],
      fine,
      window(100),
    ],
    [
      "H2-064 SETTINGS that push a stream above it",
      [headers(1, POST), windowUpdate(1, 1), settings({ INITIAL_WINDOW_SIZE: MAX_WINDOW })],
      fails("H2_SETTING_WINDOW_OVERFLOW"),
    ],
    [
      "H2-064 no stream is open: no window overflows",
      [settings({ INITIAL_WINDOW_SIZE: MAX_WINDOW })],
      fine,
    ],
    [
      "H2-064 H2-063 of a stream that was reset does not count",
      [headers(1, POST), windowUpdate(1, 1), rst(1), settings({ INITIAL_WINDOW_SIZE: MAX_WINDOW })],
      fine,
    ],
  ])("%s", (...row) => playRow("server", row));

  test("H2-060 at a client", () => {
    const ask: Step = (c) =>
      void c.sendRequest({ method: "POST", authority: "a", path: "/", headers: [] });
    resets(1, "H2_STREAM_WINDOW_OVERFLOW")(talk("client", [ask, windowUpdate(1, MAX_WINDOW)]));
    fails("H2_SETTING_WINDOW_OVERFLOW")(
      talk("client", [ask, windowUpdate(1, 1), settings({ INITIAL_WINDOW_SIZE: MAX_WINDOW })]),
    );
  });
});
