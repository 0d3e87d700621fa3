// SETTINGS in both directions: values, acknowledgement, when each is in force (RFC 9113 section 6.5, RFC 8441
// section 3, RFC 9218 section 2.1). Titles carry the rows of the rule list.

import { H2Connection } from "tercet/h2";
import { describe, expect, test } from "vitest";
import { logOf } from "../helpers/h1-log.js";
import {
  connected,
  expectConnectionError,
  expectFine,
  fails,
  fine,
  fineWith,
  playRow,
  type Row,
  resets,
  type Step,
  taken,
  talk,
} from "../helpers/h2-dialogue.js";
import { SETTING, TYPE } from "../helpers/h2-names.js";
import { OutputReader } from "../helpers/h2-read.js";
import {
  block,
  concat,
  data,
  field,
  frame,
  GET,
  headers,
  indexed,
  MAX_WINDOW,
  POST,
  PREFACE,
  settings,
  settingsAck,
  tableSize,
} from "../helpers/h2-wire.js";

const ROLES = ["server", "client"] as const;
const raw = (...pairs: (readonly [number, number])[]) => settings(pairs);
const S = SETTING;

describe.each(ROLES)("a %s receives", (role) => {
  test.each<Row>([
    ["H2-096 SETTINGS on a stream", frame(TYPE.SETTINGS, 0, 1), fails("H2_STREAM_ID_NOT_ZERO")],
    [
      "H2-096 its acknowledgement on a stream",
      frame(TYPE.SETTINGS, 1, 3),
      fails("H2_STREAM_ID_NOT_ZERO"),
    ],
    [
      "H2-097 a length that 6 does not divide",
      frame(TYPE.SETTINGS, 0, 0, "12345"),
      fails("H2_FRAME_LENGTH_INVALID"),
    ],
    [
      "H2-097 one octet too many",
      frame(TYPE.SETTINGS, 0, 0, "1234567"),
      fails("H2_FRAME_LENGTH_INVALID"),
    ],
    [
      "H2-098 an acknowledgement with a payload",
      frame(TYPE.SETTINGS, 1, 0, "123456"),
      fails("H2_FRAME_LENGTH_INVALID"),
    ],
    [
      "H2-100 H2-152 an identifier that nobody knows",
      raw([0x1a2a, 7], [0xffff, 2 ** 32 - 1]),
      fineWith("settings 0x1a2a=7 0xffff=4294967295", "> SETTINGS ACK"),
    ],
    ["H2-100 the identifier 0", raw([0, 1]), fineWith("settings 0x0=1", "> SETTINGS ACK")],
    [
      "H2-013 undefined flags",
      frame(TYPE.SETTINGS, 0xfe, 0),
      fineWith("settings", "> SETTINGS ACK"),
    ],
    ["H2-101 ENABLE_PUSH of 2", raw([S.ENABLE_PUSH, 2]), fails("H2_SETTING_INVALID")],
    [
      "H2-103 INITIAL_WINDOW_SIZE of 2^31",
      raw([S.INITIAL_WINDOW_SIZE, 2 ** 31]),
      fails("H2_SETTING_WINDOW_INVALID"),
    ],
    [
      "H2-103 INITIAL_WINDOW_SIZE of 2^32 - 1",
      raw([S.INITIAL_WINDOW_SIZE, 2 ** 32 - 1]),
      fails("H2_SETTING_WINDOW_INVALID"),
    ],
    ["H2-103 INITIAL_WINDOW_SIZE of 2^31 - 1", raw([S.INITIAL_WINDOW_SIZE, MAX_WINDOW]), fine],
    [
      "H2-104 MAX_FRAME_SIZE of 16,383",
      raw([S.MAX_FRAME_SIZE, 16_383]),
      fails("H2_SETTING_INVALID"),
    ],
    [
      "H2-104 MAX_FRAME_SIZE of 2^24",
      raw([S.MAX_FRAME_SIZE, 2 ** 24]),
      fails("H2_SETTING_INVALID"),
    ],
    ["H2-104 MAX_FRAME_SIZE of 0", raw([S.MAX_FRAME_SIZE, 0]), fails("H2_SETTING_INVALID")],
    ["H2-104 MAX_FRAME_SIZE of 16,384", raw([S.MAX_FRAME_SIZE, 16_384]), fine],
    ["H2-104 MAX_FRAME_SIZE of 2^24 - 1", raw([S.MAX_FRAME_SIZE, 2 ** 24 - 1]), fine],
    ["H2-105 MAX_CONCURRENT_STREAMS of 0", raw([S.MAX_CONCURRENT_STREAMS, 0]), fine],
    ["H2-106 MAX_HEADER_LIST_SIZE of 0", raw([S.MAX_HEADER_LIST_SIZE, 0]), fine],
    ["H2-107 HEADER_TABLE_SIZE of 2^32 - 1", raw([S.HEADER_TABLE_SIZE, 2 ** 32 - 1]), fine],
    [
      "XC-001 ENABLE_CONNECT_PROTOCOL of 2",
      raw([S.ENABLE_CONNECT_PROTOCOL, 2]),
      fails("H2_SETTING_INVALID"),
    ],
    [
      "PU-001 NO_RFC7540_PRIORITIES of 2",
      raw([S.NO_RFC7540_PRIORITIES, 2]),
      fails("H2_SETTING_INVALID"),
    ],
    [
      "PU-002 NO_RFC7540_PRIORITIES that changes in a later frame: an error that we need not make of it",
      raw([S.NO_RFC7540_PRIORITIES, 1]),
      fine,
    ],
    [
      "PU-002 NO_RFC7540_PRIORITIES said again as it was",
      raw([S.NO_RFC7540_PRIORITIES, 1]),
      fine,
      { handshake: settings({ NO_RFC7540_PRIORITIES: 1 }) },
    ],
    [
      "H2-109 each SETTINGS is acknowledged, in order",
      concat(settings(), settings({ MAX_CONCURRENT_STREAMS: 5 }), settings()),
      (t) => {
        expect(t.sent).toEqual(["SETTINGS ACK", "SETTINGS ACK", "SETTINGS ACK"]);
        expectFine(t);
      },
    ],
    [
      "H2-108 the same setting twice in a frame: the last counts",
      raw([S.INITIAL_WINDOW_SIZE, 1], [S.INITIAL_WINDOW_SIZE, 100]),
      (t) => {
        expect(t.connection.remoteSettings.get(S.INITIAL_WINDOW_SIZE)).toBe(100);
        expectFine(t);
      },
    ],
    [
      "H2-108 the second value is wrong: the first does not save it",
      raw([S.MAX_FRAME_SIZE, 16_384], [S.MAX_FRAME_SIZE, 1]),
      fails("H2_SETTING_INVALID"),
    ],
  ])("%s", (...row) => playRow(role, row));

  test("H2-129 H2-109 an acknowledgement is not acknowledged", () => {
    const t = talk(role, [(c) => c.updateSettings({ initialWindowSize: 70_000 }), settingsAck()]);
    expect(t.log).toEqual(["> SETTINGS INITIAL_WINDOW_SIZE=70000", "settingsAck"]);
  });

  test("H2-099 an acknowledgement of nothing is no event; many of them are a flood", () => {
    const t = talk(role, settingsAck());
    expect(t.log).toEqual([]);
    expectFine(t);
    const many = talk(role, concat(...Array.from({ length: 300 }, settingsAck)), {
      limits: { controlBudget: 100 },
      cuts: "few",
    });
    expectConnectionError(many, "H2_CONTROL_FLOOD");
  });

  test("H2-108 remoteSettings holds what the peer said last, unknown ones too", () => {
    const { connection } = connected(role);
    connection.receive(settings({ INITIAL_WINDOW_SIZE: 9, MAX_FRAME_SIZE: 20_000 }));
    connection.receive(raw([0x99, 1]));
    expect(connection.remoteSettings.get(S.INITIAL_WINDOW_SIZE)).toBe(9);
    expect(connection.remoteSettings.get(S.MAX_FRAME_SIZE)).toBe(20_000);
    expect(connection.remoteSettings.get(0x99)).toBe(1);
  });

  test("H2-108 nothing else is processed between two values: a window that overflows in the middle is an error", () => {
    // 2^31 - 1 on top of a window that was raised by one more overflows, though the last value would fit.
    const open: Step =
      role === "client"
        ? (c) => void c.sendRequest({ method: "POST", authority: "a", path: "/", headers: [] })
        : headers(1, POST);
    const t = talk(role, [
      open,
      concat(frame(TYPE.WINDOW_UPDATE, 0, 1, "\x00\x00\x00\x01")),
      raw([S.INITIAL_WINDOW_SIZE, MAX_WINDOW], [S.INITIAL_WINDOW_SIZE, 10]),
    ]);
    expectConnectionError(t, "H2_SETTING_WINDOW_OVERFLOW");
  });
});

describe("ENABLE_PUSH", () => {
  test("H2-101 a server takes 0 and 1", () => {
    expectFine(talk("server", raw([S.ENABLE_PUSH, 0])));
    expectFine(talk("server", raw([S.ENABLE_PUSH, 1])));
  });

  test("H2-102 a client refuses 1, in the first SETTINGS and later", () => {
    expectConnectionError(talk("client", raw([S.ENABLE_PUSH, 1])), "H2_SETTING_INVALID");
    const first = talk("client", settings({ ENABLE_PUSH: 1 }), { handshake: "none" });
    expectConnectionError(first, "H2_SETTING_INVALID");
  });

  test("H2-102 a client takes 0", () => {
    expectFine(talk("client", raw([S.ENABLE_PUSH, 0])));
  });
});

describe("ENABLE_CONNECT_PROTOCOL", () => {
  test("XC-002 1, then 0", () => {
    const handshake = settings({ ENABLE_CONNECT_PROTOCOL: 1 });
    const t = talk("client", raw([S.ENABLE_CONNECT_PROTOCOL, 0]), { handshake });
    expectConnectionError(t, "H2_SETTING_INVALID");
  });

  test("XC-002 1 again, and 0 before 1", () => {
    const handshake = settings({ ENABLE_CONNECT_PROTOCOL: 1 });
    expectFine(talk("client", raw([S.ENABLE_CONNECT_PROTOCOL, 1]), { handshake }));
    const none = settings({ ENABLE_CONNECT_PROTOCOL: 0 });
    expectFine(talk("client", raw([S.ENABLE_CONNECT_PROTOCOL, 1]), { handshake: none }));
  });
});

/** A server of ours whose SETTINGS the peer has not acknowledged. */
const unacknowledged = { handshake: "none" } as const;
const hello = concat(PREFACE, settings());

describe("our settings bind the peer once it acknowledged them", () => {
  test.each<Row>([
    [
      "H2-112 H2-020 H2-016 a smaller frame size is not in force before",
      [hello, headers(1, POST), data(1, new Uint8Array(16_384), { end: true })],
      (t) => expect(t.log).toContain("end 1"),
      { ...unacknowledged, cuts: "few" },
    ],
    [
      "H2-020 a larger frame size is in force as soon as it was sent",
      [hello, headers(1, POST), data(1, new Uint8Array(20_000), { end: true })],
      (t) => {
        expect(t.errors).toEqual([]);
        expect(t.log).toContain("end 1");
      },
      { ...unacknowledged, settings: { maxFrameSize: 20_000 }, cuts: "few" },
    ],
    [
      "H2-066 a smaller window is not in force before",
      [hello, headers(1, POST), data(1, new Uint8Array(200), { end: true })],
      (t) => expect(t.log).toContain("end 1"),
      { ...unacknowledged, settings: { initialWindowSize: 100 } },
    ],
    [
      "H2-066 H2-055 and is in force behind the acknowledgement",
      [hello, settingsAck(), headers(1, POST), data(1, new Uint8Array(101), { end: true })],
      resets(1, "H2_STREAM_WINDOW_EXCEEDED"),
      { ...unacknowledged, settings: { initialWindowSize: 100 } },
    ],
    [
      "H2-053 H2-112 more streams than allowed before: refused, and no more",
      [hello, headers(1, POST), headers(3, POST)],
      resets(3, "H2_STREAM_REFUSED", { wire: 7 }),
      { ...unacknowledged, settings: { maxConcurrentStreams: 1 } },
    ],
    [
      "H2-112 H2-027 the table size is not in force before: a block without an update",
      [
        hello,
        headers(1, concat(block(GET), field("x-a", "b", "indexed")), { end: true }),
        headers(3, concat(block(GET), indexed(62)), { end: true }),
      ],
      (t) => expect(t.log.filter((line) => line === "  x-a: b")).toHaveLength(2),
      { ...unacknowledged, settings: { headerTableSize: 0 } },
    ],
    [
      "H2-027 behind the acknowledgement of a smaller table the block must begin with an update",
      [hello, settingsAck(), headers(1, GET, { end: true })],
      fails("HPACK_TABLE_SIZE_MISSING"),
      { ...unacknowledged, settings: { headerTableSize: 0 } },
    ],
    [
      "H2-027 with the update all is well",
      [hello, settingsAck(), headers(1, concat(tableSize(0), block(GET)), { end: true })],
      (t) => {
        expect(t.errors).toEqual([]);
        expect(t.log).toContain("end 1");
      },
      { ...unacknowledged, settings: { headerTableSize: 0 } },
    ],
    [
      "H2-027 an update that is still too large",
      [hello, settingsAck(), headers(1, concat(tableSize(101), block(GET)), { end: true })],
      fails(["HPACK_TABLE_SIZE_INVALID", "HPACK_TABLE_SIZE_MISSING"]),
      { ...unacknowledged, settings: { headerTableSize: 100 } },
    ],
  ])("%s", (...row) => playRow("server", row));

  test("H2-110 several table sizes in one interval: the smallest one must be said", () => {
    const update: Step = (c) => {
      c.updateSettings({ headerTableSize: 0 });
      c.updateSettings({ headerTableSize: 4096 });
    };
    const both = concat(settingsAck(), settingsAck());
    const without = talk("server", [update, both, headers(1, GET, { end: true })]);
    expectConnectionError(without, "HPACK_TABLE_SIZE_MISSING");
    const fields = concat(tableSize(0), tableSize(4096), block(GET));
    expectFine(talk("server", [update, both, headers(1, fields, { end: true })]));
  });
});

describe("the encoder's table", () => {
  const answer: Step = (c) =>
    void c.sendResponse(1, { status: 200, headers: ["x-a", "b"], content: "" });
  const firstByte = (size: readonly number[]) => {
    const { connection } = connected("server");
    connection.receive(headers(1, GET, { end: true }));
    connection.receive(raw(...size.map((one) => [S.HEADER_TABLE_SIZE, one] as const)));
    taken(connection);
    answer(connection);
    const bytes = taken(connection);
    return [...bytes.subarray(9, 12)];
  };

  test("H2-028 H2-107 the first block behind a reduction begins with an update", () => {
    expect(firstByte([0])[0]).toBe(0x20);
    expect(firstByte([10])[0]).toBe(0x2a);
  });

  test("H2-110 H2-028 the smallest of an interval, then the last", () => {
    const [first, second] = firstByte([0, 20]);
    expect([first, second]).toEqual([0x20, 0x34]);
  });

  test("H2-107 a larger table than our cap is not used: no update above 4,096", () => {
    expect((firstByte([2 ** 32 - 1])[0] ?? 0) & 0xe0).not.toBe(0x20);
  });

  test("H2-028 our blocks can be read with the table that the peer allows", () => {
    const reader = new OutputReader();
    const { connection } = connected("server", { handshake: settings({ HEADER_TABLE_SIZE: 0 }) });
    for (const id of [1, 3, 5]) {
      connection.receive(headers(id, GET, { end: true }));
      connection.sendResponse(id, { status: 200, headers: ["x-a", "b"], content: "" });
      const lines = reader.lines(taken(connection));
      expect(lines.some((line) => line.includes(":status: 200 | x-a: b"))).toBe(true);
    }
  });
});

describe("what we send", () => {
  test("H2-067 H2-109 the acknowledgement goes before DATA that relies on the new window", () => {
    const t = talk(
      "server",
      [
        headers(1, GET, { end: true }),
        (c) => void c.sendResponse(1, { status: 200, headers: [], content: "x".repeat(10) }),
        settings({ INITIAL_WINDOW_SIZE: 5 }),
        settings({ INITIAL_WINDOW_SIZE: 10 }),
      ],
      { handshake: settings({ INITIAL_WINDOW_SIZE: 0 }) },
    );
    expect(t.sent.slice(1)).toEqual([
      "SETTINGS ACK",
      'DATA 1 "xxxxx"',
      "SETTINGS ACK",
      'DATA 1 end "xxxxx"',
    ]);
  });

  test("H2-111 no acknowledgement in time, by the clock that was handed in", () => {
    let now = 0;
    const connection = new H2Connection({ role: "server", clock: () => now });
    connection.receive(concat(PREFACE, settings()));
    const deadline = connection.nextDeadline();
    expect(deadline).toBe(10_000);
    now = 9_999;
    expect(connection.handleDeadline(now)).toEqual([]);
    now = 10_000;
    const events = connection.handleDeadline(now);
    expect(logOf(events)[0]).toMatch(/^error H2_SETTINGS_TIMEOUT .*SETTINGS_TIMEOUT/);
    expect(connection.state).toBe("failed");
    expect(new OutputReader().lines(taken(connection)).at(-1)).toMatch(
      /^GOAWAY 0 SETTINGS_TIMEOUT /,
    );
  });

  test("H2-111 acknowledged in time, there is no deadline; without a clock there is none at all", () => {
    const connection = new H2Connection({ role: "server", clock: () => 0 });
    connection.receive(concat(PREFACE, settings(), settingsAck()));
    expect(connection.nextDeadline()).toBeNull();
    expect(new H2Connection({ role: "server" }).nextDeadline()).toBeNull();
  });
});
