// SETTINGS of HTTP/3 (RFC 9114 section 7.2.4, RFC 9204 section 5, RFC 9220 section 3, RFC 9297 section 2.1.1). Titles carry the rows of
// the rule list.

import { describe, expect, test } from "vitest";
import {
  CLIENT,
  connected,
  on,
  peerOf,
  type Role,
  type Step,
  type TalkOptions,
  talk,
} from "../helpers/h3-dialogue.js";
import {
  type Expectation,
  fails,
  fine,
  fineWith,
  playRow,
  type Row,
} from "../helpers/h3-expect.js";
import {
  cancelPush,
  concat,
  control,
  data,
  frame,
  GET,
  goaway,
  headers,
  MAX_VARINT,
  maxPushId,
  OK,
  push,
  pushPromise,
  type SettingPairs,
  settings,
  uni,
  unknownFrame,
  varint,
} from "../helpers/h3-frames.js";
import { grease, TYPE } from "../helpers/h3-names.js";

const ROLES = ["server", "client"] as const;
const raw: TalkOptions = { handshake: "none" };
const ask: Step = (c) =>
  void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });

/** The first SETTINGS of a peer are these. */
const first = (role: Role, frameBytes: Uint8Array): Step =>
  on(peerOf(role).control, uni("control", frameBytes));

describe.each(ROLES)("at a %s", (role) => {
  const peer = peerOf(role);
  const begins = (...frames: Uint8Array[]): Step => on(peer.control, uni("control", ...frames));

  const missing = (id: string, name: string, bytes: Uint8Array, codes?: Expectation): Row => [
    `${id} ${name} is the first frame`,
    begins(bytes),
    codes ?? fails("H3_SETTINGS_MISSING", { offset: 1, stream: peer.control }),
    raw,
  ];
  test.each<Row>([
    missing("H3-SET-1", "GOAWAY", goaway(0)),
    missing("H3-SET-1", "a reserved frame", unknownFrame("", grease(7))),
    missing("H3-SET-1", "an unknown frame", unknownFrame("x", 0x99)),
    missing("H3-SET-1", "DATA", data("x")),
    missing("H3-SET-1", "HEADERS", headers(GET)),
    missing("H3-SET-1", "MAX_PUSH_ID", maxPushId(1)),
    missing("H3-SET-1", "CANCEL_PUSH", cancelPush(0)),
    missing(
      "H3-SET-1",
      "a frame of HTTP/2",
      frame(0x6, "12345678"),
      fails(["H3_SETTINGS_MISSING", "H3_FRAME_UNEXPECTED"], { offset: 1 }),
    ),
    [
      "H3-SET-1 the beginning of another frame is enough",
      begins(goaway(0).subarray(0, 2)),
      fails("H3_SETTINGS_MISSING"),
      raw,
    ],
    ["H3-SET-1 SETTINGS without settings", begins(settings()), fineWith("settings"), raw],
    [
      "H3-SET-2 a second one",
      on(peer.control, settings()),
      fails("H3_SETTINGS_REPEATED", { offset: 3, stream: peer.control }),
    ],
    [
      "H3-SET-2 a second one, frames later",
      on(peer.control, unknownFrame("abc"), settings([[0x21, 1]])),
      fails("H3_SETTINGS_REPEATED", { offset: 8 }),
    ],
    [
      "H3-SET-7 an identifier alone",
      begins(frame(TYPE.SETTINGS, varint(1))),
      fails("H3_FRAME_INVALID"),
      raw,
    ],
    [
      "H3-SET-7 a cut identifier",
      begins(frame(TYPE.SETTINGS, Uint8Array.of(0x40))),
      fails("H3_FRAME_INVALID"),
      raw,
    ],
    [
      "H3-SET-7 a cut value behind a whole pair",
      begins(frame(TYPE.SETTINGS, concat(varint(1), varint(0), varint(7), Uint8Array.of(0x80, 0)))),
      fails("H3_FRAME_INVALID"),
      raw,
    ],
    [
      "H3-SET-7 three numbers",
      begins(frame(TYPE.SETTINGS, concat(varint(1), varint(0), varint(7)))),
      fails("H3_FRAME_INVALID"),
      raw,
    ],
    [
      "H3-SET-7 numbers longer than they must be",
      begins(frame(TYPE.SETTINGS, concat(varint(7, 8), varint(9, 4)), { widths: [8, 4] })),
      fineWith("settings QPACK_BLOCKED_STREAMS=9"),
      raw,
    ],
  ])("%s", (...row) => playRow(role, row));

  const pairs = (id: string, name: string, list: SettingPairs, expected: Expectation): Row => [
    `${id} ${name}`,
    first(role, settings(list)),
    expected,
    raw,
  ];
  const repeated = fails("H3_SETTING_REPEATED", { stream: peer.control });
  const forbidden = fails("H3_SETTING_FORBIDDEN", { stream: peer.control });
  const invalid = fails("H3_SETTING_INVALID", { stream: peer.control });
  test.each<Row>([
    pairs(
      "H3-SET-4",
      "one twice",
      [
        [6, 100],
        [6, 100],
      ],
      repeated,
    ),
    pairs(
      "H3-SET-4",
      "one twice, not side by side",
      [
        [1, 0],
        [6, 1],
        [1, 1],
      ],
      repeated,
    ),
    pairs(
      "H3-SET-4",
      "one that nobody knows twice",
      [
        [0x1234, 1],
        [0x1234, 1],
      ],
      repeated,
    ),
    pairs(
      "H3-SET-4",
      "a reserved one twice",
      [
        [grease(1), 1],
        [grease(1), 2],
      ],
      repeated,
    ),
    pairs(
      "H3-SET-4",
      "2^62 - 1 twice",
      [
        [MAX_VARINT, 1],
        [MAX_VARINT, 1],
      ],
      repeated,
    ),
    pairs(
      "H3-SET-4",
      "2^62 - 1 and 2^62 - 2 are two",
      [
        [MAX_VARINT, 1],
        [MAX_VARINT - 1n, 1],
      ],
      (t) => fine(t),
    ),
    pairs("H3-SET-5", "0x2 of HTTP/2", [[2, 0]], forbidden),
    pairs("H3-SET-5", "0x3 of HTTP/2", [[3, 100]], forbidden),
    pairs("H3-SET-5", "0x4 of HTTP/2", [[4, 65_535]], forbidden),
    pairs(
      "H3-SET-5",
      "0x5 of HTTP/2",
      [
        [1, 0],
        [5, 16_384],
      ],
      forbidden,
    ),
    pairs(
      "H3-SET-6",
      "reserved ones",
      [
        [grease(0), 0],
        [grease(3), 77],
      ],
      fineWith("settings 0x21=0 0x7e=77"),
    ),
    pairs("H3-SET-6", "one that nobody knows", [[0x1234, 77]], fineWith("settings 0x1234=77")),
    pairs(
      "H3-SET-6",
      "values of 2^62 - 1",
      [
        [6, MAX_VARINT],
        [7, MAX_VARINT],
        [0x1234, MAX_VARINT],
      ],
      fineWith(
        `settings MAX_FIELD_SECTION_SIZE=${MAX_VARINT} QPACK_BLOCKED_STREAMS=${MAX_VARINT} 0x1234=${MAX_VARINT}`,
      ),
    ),
    [
      "H3-SET-6 a table of 2^62 - 1 bytes",
      first(role, settings([[1, MAX_VARINT]])),
      fine,
      { ...raw, capacity: Number(MAX_VARINT) },
    ],
    pairs("H3-SET-9", "ENABLE_CONNECT_PROTOCOL 2", [[8, 2]], invalid),
    pairs("H3-SET-9", "ENABLE_CONNECT_PROTOCOL 2^62 - 1", [[8, MAX_VARINT]], invalid),
    pairs(
      "H3-SET-9",
      "ENABLE_CONNECT_PROTOCOL 0",
      [[8, 0]],
      fineWith("settings ENABLE_CONNECT_PROTOCOL=0"),
    ),
    pairs(
      "H3-SET-9",
      "ENABLE_CONNECT_PROTOCOL 1",
      [[8, 1]],
      fineWith("settings ENABLE_CONNECT_PROTOCOL=1"),
    ),
    pairs("H3-SET-10", "H3_DATAGRAM 2", [[0x33, 2]], invalid),
    pairs("H3-SET-10", "H3_DATAGRAM 2^32 + 1", [[0x33, 2n ** 32n + 1n]], invalid),
    pairs("H3-SET-10", "H3_DATAGRAM 0", [[0x33, 0]], fineWith("settings H3_DATAGRAM=0")),
  ])("%s", (...row) => playRow(role, row));

  test("H3-SET-10 H3_DATAGRAM 1, where QUIC has datagrams", () => {
    const t = talk(role, first(role, settings({ H3_DATAGRAM: 1 })), { ...raw, datagrams: true });
    fineWith("settings H3_DATAGRAM=1")(t);
  });

  test("H3-SET-11 H3_DATAGRAM 1 without datagrams in QUIC is taken, unless asked for", () => {
    // No RFC forbids it: the application may be without datagrams, and clients send it always.
    fine(talk(role, first(role, settings({ H3_DATAGRAM: 1 })), raw));
  });

  const many = (count: number) =>
    settings(Array.from({ length: count }, (_, at) => [0x4000 + at, at] as const));
  test.each<Row>([
    ["H3-SET-12 32 settings", first(role, many(32)), fine, raw],
    ["H3-SET-12 33 settings", first(role, many(33)), fails("H3_SETTINGS_TOO_MANY"), raw],
    [
      "H3-SET-12 2,000 settings",
      first(role, many(2000)),
      fails("H3_SETTINGS_TOO_MANY"),
      { ...raw, cuts: "few" },
    ],
    [
      "H3-SET-12 as many as the limit says",
      first(role, many(3)),
      fails("H3_SETTINGS_TOO_MANY"),
      { ...raw, limits: { settingsCount: 2 } },
    ],
  ])("%s", (...row) => playRow(role, row));

  test.each([2 ** 20, 2 ** 40, MAX_VARINT])("H3-SET-12 a frame that claims %s bytes", (length) => {
    // What is too long is refused, at the latest when it has come; it is never held.
    const { connection } = connected(role, raw);
    const bytes = uni("control", frame(TYPE.SETTINGS, "", { length }));
    connection.receiveStream(peer.control, bytes, false);
    const piece = concat(
      ...Array.from({ length: 512 }, (_, at) => concat(varint(0x10000 + at), varint(1))),
    );
    const events = connection.receiveStream(peer.control, piece, false);
    expect(connection.state).toBe("failed");
    const codes = events.map((event) => event.type === "error" && event.error.code);
    if (codes.length > 0) expect(["H3_SETTINGS_TOO_MANY", "H3_FRAME_INVALID"]).toContain(codes[0]);
  });

  test("remoteSettings has them all, exact", () => {
    const { connection } = connected(role, {
      handshake: settings([
        [6, 1000],
        [0x1234, MAX_VARINT],
        [0x21, 2n ** 53n - 1n],
      ]),
    });
    expect(connection.remoteSettings.get(6)).toBe(1000);
    expect(connection.remoteSettings.get(0x1234)).toBe(MAX_VARINT);
    expect(connection.remoteSettings.get(0x21)).toBe(2 ** 53 - 1);
  });
});

describe("H3-SET-3 SETTINGS on other streams", () => {
  test.each<Row>([
    [
      "H3-SET-3 before a request",
      on(0, settings()),
      fails("H3_FRAME_UNEXPECTED", { offset: 0, stream: 0 }),
    ],
    [
      "H3-SET-3 inside a request",
      on(0, headers(GET), settings()),
      fails("H3_FRAME_UNEXPECTED", { offset: headers(GET).length, stream: 0 }),
    ],
    [
      "H3-SET-3 with settings that would be wrong",
      on(0, headers(GET), settings([[2, 1]])),
      fails("H3_FRAME_UNEXPECTED"),
    ],
  ])("%s", (...row) => playRow("server", row));

  test.each<Row>([
    ["H3-SET-3 on a response", [ask, on(0, settings())], fails("H3_FRAME_UNEXPECTED")],
    [
      "H3-SET-3 behind a response",
      [ask, on(0, headers(OK), settings())],
      fails("H3_FRAME_UNEXPECTED"),
    ],
    [
      "H3-SET-3 on a push stream",
      [ask, (c) => c.maxPushId(1), on(0, pushPromise(0, GET)), on(15, push(0, settings()))],
      fails("H3_FRAME_UNEXPECTED"),
    ],
  ])("%s", (...row) => playRow("client", row));
});

test("requests before SETTINGS are read", () => {
  const t = talk("server", [[on(0, headers(GET)), on(CLIENT.control, control())]], raw);
  expect(t.log).toContain("head 0 GET / HTTP/3");
  expect(t.log).toContain("settings");
});
