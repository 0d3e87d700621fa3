// What real peers put on the wire and a reader may stumble over, as tables of our own: GREASE in settings, frames and
// streams, an empty SETTINGS, values of 2^62 - 1, MAX_PUSH_ID, PRIORITY_UPDATE before its request, QPACK streams in any
// order or none. Each at every cut and in every order of streams. Peers themselves are in interop-*.test.ts.

import type { ConnectionEvent } from "tercet";
import { describe, expect, test } from "vitest";
import { CLIENT, fin, on, SERVER, talk } from "../helpers/h3-dialogue.js";
import {
  type Expectation,
  expectAlive,
  expectIncludes,
  fails,
  playRow,
  type Row,
} from "../helpers/h3-expect.js";
import {
  concat,
  data,
  EMPTY,
  frame,
  GET,
  headers,
  MAX_VARINT,
  maxPushId,
  OK,
  priorityUpdate,
  request,
  type SettingPairs,
  settings,
  uni,
  unknownFrame,
  varint,
} from "../helpers/h3-frames.js";
import { insert, octets } from "../helpers/qpack-wire.js";

/** A table as large as the reader allows (RFC 9204 section 4.3.1). */
const CAPACITY = octets(insert.capacity(4096));
const NONE = { handshake: "none", capacity: 2 ** 52 } as const;

/** A control stream of a client, and of a server. */
const fromClient = (...parts: readonly Uint8Array[]) =>
  on(CLIENT.control, uni("control", ...parts));
const fromServer = (...parts: readonly Uint8Array[]) =>
  on(SERVER.control, uni("control", ...parts));
const get = (id: number, path = "/") => fin(id, headers(request("GET", path)));

const GREASE = {
  setting: [0x9f6ca212b, 3259771549],
  frames: [0xf9f7db221, 0xa5ae459af],
  stream: 0x1f * 77 + 0x21,
} as const;

/** These lines in this order, and no error; a stream of an unknown type may be stopped (RFC 9114 section 6.2). */
const reads =
  (...lines: readonly string[]): Expectation =>
  (t) => {
    expectIncludes(t, lines);
    expect(t.errors).toEqual([]);
    const stopped = /^1[45] stop H3_STREAM_CREATION_ERROR$/;
    const harsh = t.sent.filter((line) => /^(\d+ (reset|stop)|close) /.test(line));
    expect(harsh.filter((line) => !stopped.test(line))).toEqual([]);
    expectAlive(t);
  };

/** SETTINGS as each implementation sends them. */
const SETTINGS_OF = {
  Chromium: [[1, 65_536], [6, 262_144], [7, 100], [0x33, 1], GREASE.setting],
  aioquic: [
    [1, 4096],
    [7, 16],
    [8, 1],
    [0x21, 1],
  ],
  "aioquic's server with WebTransport": [
    [1, 4096],
    [7, 16],
    [8, 1],
    [0x21, 1],
    [0x33, 1],
    [0x2b603742, 1],
  ],
  lsquic: [
    [6, 262_144],
    [1, 4096],
    [7, 100],
  ],
  nghttp3: [
    [6, MAX_VARINT],
    [1, 4096],
    [7, 100],
  ],
  "quic-go": [],
  "quinn under Deno": [],
  "Firefox, WebTransport with value 0": [
    [1, 65_536],
    [7, 20],
    [0x2b603742, 0],
    [0x33, 1],
    [8, 1],
  ],
} satisfies Record<string, SettingPairs>;

describe("SETTINGS of real peers", () => {
  const rows = Object.entries(SETTINGS_OF) as [string, SettingPairs][];

  test.each(rows)("%s: all are reported, with their exact values", (_name, pairs) => {
    for (const role of ["server", "client"] as const) {
      const make = role === "server" ? fromClient : fromServer;
      const { events, connection } = talk(role, make(settings(pairs)), NONE);
      const expected = new Map(pairs.map(([id, value]) => [Number(id), plain(value)]));
      expect(settingsOf(events)).toEqual(expected);
      expect(connection.remoteSettings).toEqual(expected);
    }
  });
});

/** Numbers where they are exact. */
const plain = (value: number | bigint) =>
  value > Number.MAX_SAFE_INTEGER ? BigInt(value) : Number(value);

function settingsOf(
  events: readonly ConnectionEvent[],
): ReadonlyMap<number, number | bigint> | null {
  const found = events.flatMap((event) => (event.type === "settings" ? [event.settings] : []));
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0] ?? null;
}

describe("clients", () => {
  const chromium = settings(SETTINGS_OF.Chromium);
  const rows: Row[] = [
    [
      "Chromium: GREASE behind SETTINGS, a priority right before each request",
      [
        [
          fromClient(
            chromium,
            frame(GREASE.frames[0]),
            frame(GREASE.frames[1], [0x5a, 0x5a]),
            priorityUpdate(0, "u=0, i"),
          ),
          on(6, uni("decoder")),
          on(10, uni("encoder", CAPACITY)),
        ],
        get(0),
        on(CLIENT.control, priorityUpdate(4, "u=1, i"), priorityUpdate(8, "")),
        [get(4, "/4"), get(8, "/8")],
      ],
      reads("head 0 GET / HTTP/3", "end 0", "head 4 GET /4 HTTP/3", "end 4", "end 8"),
      NONE,
    ],
    [
      "aioquic: a setting that means nothing, and MAX_PUSH_ID behind SETTINGS",
      [
        [
          fromClient(settings(SETTINGS_OF.aioquic), maxPushId(8)),
          on(6, uni("encoder", CAPACITY)),
          on(10, uni("decoder")),
        ],
        get(0),
      ],
      reads("head 0 GET / HTTP/3", "end 0"),
      NONE,
    ],
    [
      "lsquic: the decoder stream before the encoder stream",
      [
        [fromClient(settings(SETTINGS_OF.lsquic)), on(6, uni("decoder")), on(10, uni("encoder"))],
        get(0),
      ],
      reads("end 0"),
      NONE,
    ],
    [
      "quinn: an empty SETTINGS and no QPACK streams at all",
      [fromClient(settings()), get(0)],
      reads("settings", "head 0 GET / HTTP/3", "end 0"),
      NONE,
    ],
    [
      "a request before the control stream: QUIC keeps no order among streams",
      [[get(0), fromClient(settings([[6, MAX_VARINT]]), unknownFrame())]],
      reads("head 0 GET / HTTP/3", "end 0"),
      NONE,
    ],
    [
      "quiche: GREASE around the frames of a request, and a stream of GREASE",
      [
        [
          fromClient(
            settings([[0x21 + 0x1f * 1000, 7]]),
            frame(GREASE.frames[0], "GREASE is the word"),
          ),
          fin(14, uni(GREASE.stream, new TextEncoder().encode("GREASE is the word"))),
          fin(
            0,
            frame(GREASE.frames[0], "GREASE is the word"),
            headers(request("POST")),
            frame(GREASE.frames[1]),
            data("ab"),
            frame(0x21),
            data("c"),
            frame(GREASE.frames[0], new Uint8Array(3000)),
          ),
        ],
      ],
      reads("head 0 POST / HTTP/3", 'data 0 "abc"', "end 0"),
      NONE,
    ],
    [
      "a client that closes by itself what it may close: a stream of GREASE without an end",
      [[fromClient(settings()), on(14, uni(GREASE.stream, new Uint8Array(9)))], get(0)],
      reads("end 0"),
      NONE,
    ],
  ];
  test.each(rows)("%s", (...row) => playRow("server", row));
});

describe("servers", () => {
  /** What the client asks first. */
  const ask = (connection: { sendRequest(head: object): number }) => {
    connection.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
  };
  const answer = (...parts: readonly Uint8Array[]) => fin(0, headers(OK), ...parts);
  const rows: Row[] = [
    [
      "nghttp3: a field section of any size, QPACK streams of one byte",
      [
        ask,
        [
          fromServer(settings(SETTINGS_OF.nghttp3)),
          on(7, uni("encoder")),
          on(11, uni("decoder")),
          answer(data("x")),
        ],
      ],
      reads('data 0 "x"', "end 0"),
      NONE,
    ],
    [
      "Caddy: an empty SETTINGS, no QPACK streams, DATA without content",
      [ask, [fromServer(settings()), answer(data("a"), data(), data("b"), data())]],
      reads('data 0 "ab"', "end 0"),
      NONE,
    ],
    [
      "lsquic: both QPACK streams behind the answer",
      [
        ask,
        [fromServer(settings(SETTINGS_OF.lsquic)), answer()],
        [on(7, uni("decoder")), on(11, uni("encoder"))],
      ],
      reads("end 0"),
      NONE,
    ],
    [
      "GREASE on a push-like stream and around an answer",
      [
        ask,
        [
          fromServer(settings([GREASE.setting]), frame(GREASE.frames[1], [1, 2])),
          fin(15, uni(GREASE.stream)),
          fin(0, frame(GREASE.frames[0]), headers(OK), frame(0x21, "x"), data("a"), frame(0x40)),
        ],
      ],
      reads('data 0 "a"', "end 0"),
      NONE,
    ],
  ];
  test.each(rows)("%s", (...row) => playRow("client", row));
});

describe("an empty SETTINGS", () => {
  test.each(["server", "client"] as const)("%s: the defaults of the RFCs hold", (role) => {
    const make = role === "server" ? fromClient : fromServer;
    const t = talk(role, make(settings()), NONE);
    expect(settingsOf(t.events)).toEqual(new Map());
    reads()(t);
    // No dynamic table (RFC 9204 section 5): nothing but the type may be on our encoder stream.
    const written = [...t.reader.streams].map(([, { kind, rest }]) => [kind, rest.length]);
    expect(written).toContainEqual(["encoder", 0]);
    expect(t.sent.filter((line) => / encoder (capacity|insert|duplicate)/.test(line))).toEqual([]);
  });

  test("a frame that is not empty but cut at its length byte is no empty one", () => {
    const t = talk(
      "server",
      on(CLIENT.control, uni("control"), frame(4, EMPTY, { length: 2 })),
      NONE,
    );
    expect(settingsOf(t.events)).toBeNull();
    expect(t.errors).toEqual([]);
  });
});

describe("values of 2^62 - 1", () => {
  const rows: Row[] = [
    [
      "SETTINGS_QPACK_MAX_TABLE_CAPACITY",
      wide(1),
      reads(`settings QPACK_MAX_TABLE_CAPACITY=${MAX_VARINT}`),
      NONE,
    ],
    [
      "SETTINGS_MAX_FIELD_SECTION_SIZE",
      wide(6),
      reads(`settings MAX_FIELD_SECTION_SIZE=${MAX_VARINT}`),
      NONE,
    ],
    [
      "SETTINGS_QPACK_BLOCKED_STREAMS",
      wide(7),
      reads(`settings QPACK_BLOCKED_STREAMS=${MAX_VARINT}`),
      NONE,
    ],
    ["a setting that nobody knows", wide(0x1f + 0x21), reads(`settings 0x40=${MAX_VARINT}`), NONE],
    ["SETTINGS_H3_DATAGRAM is 0 or 1", wide(0x33), fails("H3_SETTING_INVALID"), NONE],
    ["SETTINGS_ENABLE_CONNECT_PROTOCOL is 0 or 1", wide(8), fails("H3_SETTING_INVALID"), NONE],
    ["an identifier", fromClient(settings([[MAX_VARINT, MAX_VARINT]])), reads(), NONE],
    ["MAX_PUSH_ID", fromClient(settings(), maxPushId(MAX_VARINT)), reads(), NONE],
    [
      "the type of a frame",
      fromClient(settings(), frame(MAX_VARINT, "x"), maxPushId(1)),
      reads(),
      NONE,
    ],
    [
      "the type of a stream",
      [fromClient(settings()), fin(14, varint(MAX_VARINT), varint(7))],
      reads(),
      NONE,
    ],
  ];
  test.each(rows)("%s", (...row) => playRow("server", row));

  function wide(id: number) {
    return fromClient(settings([[id, MAX_VARINT]]));
  }

  test("a table of 2^62 - 1 bytes is not built: ours stays as large as we like it", () => {
    const pairs: SettingPairs = [
      [1, MAX_VARINT],
      [7, MAX_VARINT],
    ];
    const t = talk("server", [fromClient(settings(pairs)), get(0), answerLong], NONE);
    reads()(t);
    const capacities = t.sent.flatMap((line) => /encoder capacity (\d+)/.exec(line)?.[1] ?? []);
    for (const capacity of capacities) expect(Number(capacity)).toBeLessThanOrEqual(65_536);
  });
});

/** An answer with fields that are worth a table. */
function answerLong(connection: { sendResponse(streamId: number, head: object): void }): void {
  const headers = Array.from({ length: 8 }, (_, at) => [`x-${at}`, "v".repeat(40)]).flat();
  connection.sendResponse(0, { status: 200, headers, content: "" });
}

describe("MAX_PUSH_ID", () => {
  const told = (...ids: readonly (number | bigint)[]) =>
    fromClient(settings(), ...ids.map((id) => maxPushId(id)));
  const rows: Row[] = [
    ["of a client, right behind SETTINGS", [told(8), get(0)], reads("end 0"), NONE],
    ["0: one push is allowed", told(0), reads(), NONE],
    ["the same again, and larger ones", told(1, 1, 8, MAX_VARINT), reads(), NONE],
    ["a smaller one", told(8, 7), fails("H3_PUSH_ID_INVALID"), NONE],
    [
      "before SETTINGS",
      on(CLIENT.control, uni("control"), maxPushId(8)),
      fails("H3_SETTINGS_MISSING"),
      NONE,
    ],
    [
      "on a request stream",
      [fromClient(settings()), on(0, headers(GET), maxPushId(1))],
      fails("H3_FRAME_UNEXPECTED"),
      NONE,
    ],
    ["empty", fromClient(settings(), frame(0xd)), fails("H3_FRAME_INVALID"), NONE],
    [
      "two numbers",
      fromClient(settings(), frame(0xd, concat(varint(1), varint(2)))),
      fails("H3_FRAME_INVALID"),
      NONE,
    ],
  ];
  test.each(rows)("%s", (...row) => playRow("server", row));

  test("of a server", () => {
    fails("H3_FRAME_UNEXPECTED")(talk("client", fromServer(settings(), maxPushId(1)), NONE));
  });
});
