// Sessions over HTTP/3 against a peer's bytes by hand: stream headers, capsules, limits, ends. Titles carry the rows of the rule
// list.

import { describe, expect, test } from "vitest";
import { TYPES, uint32, varint } from "../helpers/webtransport-h2.js";
import {
  bidiHeader,
  H3Raw,
  type H3RawOptions,
  OFFERS,
  uniHeader,
} from "../helpers/webtransport-h3.js";
import { bytesOf } from "../helpers/webtransport-pair.js";

const GONE = "0x170d7b68";
const BIDI = 8;
const UNI = 14;
const LIMITED = OFFERS["draft-15 with limits"];
const CUTS: [string, H3RawOptions][] = [
  ["whole", {}],
  ["byte by byte", { piece: 1 }],
];

describe.each(CUTS)("%s", (_name, cut) => {
  const open = (options: H3RawOptions = {}) => H3Raw.open({ ...cut, ...options });

  test("H3-WT-4 streams begin with their session, in any length of numbers", () => {
    const raw = open();
    raw.raw(BIDI, [...bidiHeader(raw.id), 1, 2, 3]);
    raw.raw(BIDI, [4], true);
    raw.raw(UNI, [...uniHeader(raw.id), 5], true);
    // 0x41 and 0x54 in eight octets, the session in four.
    raw.raw(BIDI + 4, [0xc0, 0, 0, 0, 0, 0, 0, 0x41, 0x80, 0, 0, raw.id, 9]);
    raw.raw(UNI + 4, [0xc0, 0, 0, 0, 0, 0, 0, 0x54, 0x40, raw.id], true);
    expect(raw.heard()).toEqual([
      `stream ${BIDI}`,
      `streamData ${BIDI} 4`,
      `streamEnd ${BIDI}`,
      `stream ${UNI} uni`,
      `streamData ${UNI} 1`,
      `streamEnd ${UNI}`,
      `stream ${BIDI + 4}`,
      `streamData ${BIDI + 4} 1`,
      `stream ${UNI + 4} uni`,
      `streamEnd ${UNI + 4}`,
    ]);
  });

  test.each([1, 2, 3, 5, 2 ** 40 + 1])("H3-WT-3 session id %d is no request of a client", (id) => {
    for (const [stream, header] of [
      [BIDI, bidiHeader(id)],
      [UNI, uniHeader(id)],
    ] as const) {
      const raw = open();
      raw.raw(stream, header);
      expect(raw.others).toContain("error WT_SESSION_ID_INVALID");
      expect(raw.signals).toContain("close 0x108");
      expect(raw.heard()).toEqual(['closed 0 "" not clean']);
    }
  });

  test("H3-WT-6 a stream before its session is there", () => {
    const raw = new H3Raw({ ...cut });
    raw.settle();
    raw.raw(UNI, [...uniHeader(0), 1, 2, 3], true);
    expect(raw.heard()).toEqual([]);
    raw.connect();
    raw.settle();
    expect(raw.heard()).toEqual([
      "session /wt []",
      `stream ${UNI} uni`,
      `streamData ${UNI} 3`,
      `streamEnd ${UNI}`,
    ]);
  });

  test("H3-WT-6 one more than the limit", () => {
    const raw = new H3Raw({ ...cut, tested: { limits: { earlyStreams: 1 } } });
    raw.settle();
    raw.raw(UNI, [...uniHeader(0), 1]);
    raw.raw(UNI + 4, [...uniHeader(0), 1]);
    expect(raw.signals).toEqual([`stop ${UNI + 4} 0x3994bd84`]);
    expect(raw.others.filter((type) => type !== "settings")).toEqual(["error WT_STREAM_REJECTED"]);
    raw.connect();
    raw.settle();
    expect(raw.heard()).toEqual(["session /wt []", `stream ${UNI} uni`, `streamData ${UNI} 1`]);
  });

  test("H3-WT-6 a server that says no lets go of what waited", () => {
    const raw = new H3Raw({ ...cut, accepts: false });
    raw.settle();
    raw.raw(UNI, [...uniHeader(0), 1]);
    raw.connect();
    raw.settle();
    raw.sessions.reject(raw.id);
    raw.settle();
    expect(raw.signals).toContain(`stop ${UNI} ${GONE}`);
    expect(raw.heard()).toEqual(["session /wt []"]);
  });

  test.each<[string, number, readonly number[], string, string]>([
    ["H3-WT-7 MAX_DATA as it was", TYPES.MAX_DATA, varint(1000), "WT_FLOW_CONTROL", "0x45d4487"],
    ["H3-WT-7 MAX_DATA that falls", TYPES.MAX_DATA, varint(999), "WT_FLOW_CONTROL", "0x45d4487"],
    [
      "H3-WT-7 MAX_STREAMS as it was",
      TYPES.MAX_STREAMS_UNI,
      varint(2),
      "WT_FLOW_CONTROL",
      "0x45d4487",
    ],
    [
      "H3-WT-7 MAX_STREAMS above 2^60",
      TYPES.MAX_STREAMS_BIDI,
      varint(2n ** 60n + 1n),
      "WT_FLOW_CONTROL",
      "0x45d4487",
    ],
    [
      "H3-WT-7 STREAMS_BLOCKED above 2^60",
      TYPES.STREAMS_BLOCKED_BIDI,
      varint(2n ** 60n + 1n),
      "WT_FLOW_CONTROL",
      "0x45d4487",
    ],
    [
      "H3-WT-8 WT_MAX_STREAM_DATA",
      TYPES.MAX_STREAM_DATA,
      [...varint(8), ...varint(9)],
      "WT_CAPSULE_FORBIDDEN",
      "0x10e",
    ],
    [
      "H3-WT-8 WT_STREAM_DATA_BLOCKED",
      TYPES.STREAM_DATA_BLOCKED,
      [...varint(8), ...varint(9)],
      "WT_CAPSULE_FORBIDDEN",
      "0x10e",
    ],
    [
      "H3-WT-9 a reason of 1,025 bytes",
      TYPES.CLOSE,
      [...uint32(0), ...bytesOf(1025).fill(65)],
      "WT_CLOSE_INVALID",
      "0x10e",
    ],
    [
      "H3-WT-9 a reason that is no UTF-8",
      TYPES.CLOSE,
      [0, 0, 0, 1, 0xff],
      "WT_CLOSE_INVALID",
      "0x10e",
    ],
    ["H3-WT-9 no code", TYPES.CLOSE, [], "WT_CLOSE_INVALID", "0x10e"],
    ["H3-CAP-3 drain with a value", TYPES.DRAIN, [0], "WT_CAPSULE_INVALID", "0x10e"],
    ["H3-CAP-3 a limit without a number", TYPES.MAX_DATA, [], "WT_CAPSULE_INVALID", "0x10e"],
    [
      "H3-CAP-3 a limit and more",
      TYPES.MAX_DATA,
      [...varint(9999), 0],
      "WT_CAPSULE_INVALID",
      "0x10e",
    ],
  ])("%s", (_title, type, value, code, wire) => {
    const raw = open({ settings: LIMITED });
    raw.capsule(type, value);
    expect(raw.heard()).toEqual([`error ${code}`]);
    expect(raw.signals).toEqual([`reset ${raw.id} ${wire}`, `stop ${raw.id} ${wire}`]);
    expect(raw.sessions.sessionCount).toBe(0);
    expect(raw.tested.state).toBe("open");
  });

  test.each([
    [
      "H3-WT-8 capsules of streams mean nothing before draft 13",
      OFFERS["draft-07"],
      TYPES.MAX_STREAM_DATA,
      [1, 2],
    ],
    ["H3-WT-7 limits where nobody asked for them", OFFERS["draft-15"], TYPES.MAX_DATA, [0]],
    ["H3-WT-7 broken ones too", OFFERS["draft-15"], TYPES.MAX_STREAMS_BIDI, []],
    ["H3-CAP-2 unknown capsules", LIMITED, 0x4242, [1, 2, 3]],
    ["H3-WT-7 limits that grow", LIMITED, TYPES.MAX_DATA, varint(2n ** 62n - 1n)],
    ["H3-WT-7 the most streams there can be", LIMITED, TYPES.MAX_STREAMS_BIDI, varint(2n ** 60n)],
  ] as const)("%s", (_title, settings, type, value) => {
    const raw = open({ settings });
    raw.capsule(type, value);
    expect(raw.heard()).toEqual([]);
    expect(raw.signals).toEqual([]);
  });

  test("H3-WT-9 H3-WT-11 the peer closes: streams are reset, the CONNECT stream is ended", () => {
    const raw = open();
    raw.raw(BIDI, [...bidiHeader(raw.id), 1]);
    raw.raw(UNI, [...uniHeader(raw.id), 1]);
    raw.heard();
    raw.capsule(TYPES.CLOSE, [...uint32(77), ...new TextEncoder().encode("done")]);
    expect(raw.heard()).toEqual(['closed 77 "done"']);
    expect(raw.signals.sort()).toEqual(
      [`reset ${BIDI} ${GONE}`, `stop ${BIDI} ${GONE}`, `stop ${UNI} ${GONE}`].sort(),
    );
    raw.peer.sendEnd(raw.id);
    raw.settle();
    expect(raw.heard()).toEqual([]);
    expect(raw.tested.streamCount).toBe(0);
  });

  test("H3-WT-11 a stream of a session that is gone is given up at once", () => {
    const raw = open();
    raw.peer.sendEnd(raw.id);
    raw.settle();
    expect(raw.heard()).toEqual(['closed 0 ""']);
    raw.raw(BIDI, [...bidiHeader(raw.id), 1]);
    raw.raw(UNI, [...uniHeader(raw.id), 1]);
    expect(raw.heard()).toEqual([]);
    expect(raw.signals).toContain(`reset ${BIDI} ${GONE}`);
    expect(raw.signals).toContain(`stop ${UNI} ${GONE}`);
  });

  test("H3-WT-10 a capsule behind WT_CLOSE_SESSION", () => {
    const raw = open();
    raw.capsule(TYPES.CLOSE, uint32(1));
    raw.capsule(TYPES.DRAIN);
    expect(raw.heard()).toEqual(['closed 1 ""', "error WT_DATA_AFTER_CLOSE"]);
    expect(raw.signals).toContain(`stop ${raw.id} 0x10e`);
  });

  test("a stream that the peer resets, with a code of ours and without", () => {
    const raw = open();
    raw.raw(BIDI, [...bidiHeader(raw.id), 1]);
    raw.raw(UNI, [...uniHeader(raw.id), 1]);
    raw.heard();
    raw.hand(raw.tested.receiveReset(BIDI, 0x52e4a40fa8db + 0x1f));
    raw.hand(raw.tested.receiveReset(UNI, 0x10c));
    raw.hand(raw.tested.receiveStopSending(BIDI, 0x52e4a40fa8db + 3));
    raw.settle();
    expect(raw.heard()).toEqual([
      `streamReset ${BIDI} code 30`,
      `streamReset ${UNI} code null`,
      `streamStopped ${BIDI} code 3`,
    ]);
  });

  test("RESET_STREAM or STOP_SENDING of the CONNECT stream ends the session", () => {
    for (const how of ["receiveReset", "receiveStopSending"] as const) {
      const raw = open();
      raw.raw(BIDI, [...bidiHeader(raw.id), 1]);
      raw.heard();
      raw.hand(raw.tested[how](raw.id, 0x10c));
      raw.settle();
      expect(raw.heard(), how).toEqual(['closed 0 "" not clean']);
      expect(raw.signals, how).toContain(`reset ${BIDI} ${GONE}`);
      expect(raw.tested.streamCount, how).toBe(0);
    }
  });
});

describe("H3-WT-7 limits of the session", () => {
  test("we open as many streams as the peer allows", () => {
    const raw = H3Raw.open({ settings: LIMITED });
    const ids = [0, 1, 2].map(() => raw.sessions.openStream(raw.id));
    expect(ids.map((id) => id >= 0)).toEqual([true, true, false]);
    raw.settle();
    expect(raw.capsules).toEqual([[TYPES.STREAMS_BLOCKED_BIDI, varint(2)]]);
    raw.capsule(TYPES.MAX_STREAMS_BIDI, varint(3));
    expect(raw.heard()).toEqual(["streamsAllowed"]);
    expect(raw.sessions.openStream(raw.id)).toBeGreaterThan(0);
  });

  test("we send as many bytes as the peer allows, on all streams together", () => {
    const raw = H3Raw.open({ settings: LIMITED });
    const a = raw.sessions.openStream(raw.id);
    const b = raw.sessions.openStream(raw.id, { unidirectional: true });
    raw.sessions.sendStream(raw.id, a, bytesOf(600));
    raw.sessions.sendStream(raw.id, b, bytesOf(600));
    raw.settle();
    expect(raw.capsules).toEqual([[TYPES.DATA_BLOCKED, varint(1000)]]);
    raw.capsule(TYPES.MAX_DATA, varint(1100));
    expect(raw.capsules.at(-1)).toEqual([TYPES.DATA_BLOCKED, varint(1100)]);
    raw.capsule(TYPES.MAX_DATA, varint(5000));
    expect(raw.capsules).toHaveLength(2);
  });

  test("the peer opens as many streams as we allow", () => {
    const raw = H3Raw.open({ settings: LIMITED });
    for (let i = 0; i < 100; i++) raw.raw(UNI + 4 * i, uniHeader(raw.id));
    expect(raw.heard()).toHaveLength(100);
    raw.raw(UNI + 400, uniHeader(raw.id));
    expect(raw.heard()).toEqual(["error WT_FLOW_CONTROL"]);
    expect(raw.signals).toContain(`reset ${raw.id} 0x45d4487`);
  });

  test("and more when they are over", () => {
    const raw = H3Raw.open({ settings: LIMITED });
    for (let i = 0; i < 160; i++) raw.raw(UNI + 4 * i, uniHeader(raw.id), true);
    expect(raw.heard()).toHaveLength(320);
    expect(raw.capsules).toEqual([
      [TYPES.MAX_STREAMS_UNI, varint(150)],
      [TYPES.MAX_STREAMS_UNI, varint(200)],
      [TYPES.MAX_STREAMS_UNI, varint(250)],
    ]);
  });

  test("the peer sends as many bytes as we allow, and more when they are consumed", () => {
    const raw = H3Raw.open({ settings: LIMITED, sessions: { window: "manual" } });
    const half = [...new Uint8Array(1024 * 512)];
    raw.raw(UNI, [...uniHeader(raw.id), ...half]);
    raw.raw(UNI, half);
    expect(raw.heard()).toEqual([`stream ${UNI} uni`, `streamData ${UNI} 1048576`]);
    raw.sessions.consume(raw.id, UNI, 1024 * 512);
    raw.settle();
    expect(raw.capsules).toEqual([[TYPES.MAX_DATA, varint(1024 * 1024 * 1.5)]]);
    raw.raw(UNI, half);
    raw.raw(UNI, [1]);
    expect(raw.heard()).toEqual([`streamData ${UNI} 524288`, "error WT_FLOW_CONTROL"]);
  });

  test("bytes that went with a reset are not lost for ever: the peer says that it waits", () => {
    const raw = H3Raw.open({ settings: LIMITED });
    raw.raw(UNI, [...uniHeader(raw.id), ...new Uint8Array(1000)]);
    raw.hand(raw.tested.receiveReset(UNI, 0x10c));
    raw.capsule(TYPES.DATA_BLOCKED, varint(1024 * 1024));
    expect(raw.capsules).toEqual([[TYPES.MAX_DATA, varint(2 * 1024 * 1024)]]);
    // Said again, or of another limit, it is worth nothing.
    raw.capsule(TYPES.DATA_BLOCKED, varint(1024 * 1024));
    raw.capsule(TYPES.DATA_BLOCKED, varint(5));
    expect(raw.capsules).toHaveLength(1);
  });

  test("what a transport does not take holds a stream back, and no other", () => {
    const raw = H3Raw.open();
    const a = raw.sessions.openStream(raw.id);
    const b = raw.sessions.openStream(raw.id);
    expect(raw.sessions.sendStream(raw.id, a, bytesOf(200_000))).toBe(false);
    expect(raw.sessions.sendStream(raw.id, b, bytesOf(10))).toBe(true);
    raw.settle();
    expect(raw.heard()).toEqual([]);
    expect(raw.events).toEqual([]);
  });
});
