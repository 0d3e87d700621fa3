// The cases of h2spec (http2, generic, hpack; strict) as a table of our own over a real socket, for machines without
// Go: the same ids, in our own words and octets, with the exact code and scope of the answer (RFC 9113, RFC 7541).

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  END_HEADERS,
  END_STREAM,
  PADDED,
  PRIORITY_FLAG,
  SETTING,
  TYPE,
} from "../helpers/h2-names.js";
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
  literal,
  POST,
  PREFACE,
  ping,
  prefixed,
  priority,
  pushPromise,
  request,
  rst,
  settings,
  tableSize,
  uint,
  unknownFrame,
  windowUpdate,
} from "../helpers/h2-wire.js";
import { RawPeer } from "./h2spec-peer.js";
import { CONTENT, type H2Server, listen } from "./h2spec-server.js";

let server: H2Server;
beforeAll(async () => {
  server = await listen();
});
afterAll(() => server.close());

/** What must come of a case. */
type Check = (peer: RawPeer) => void;

const whole =
  (id: number): Check =>
  (peer) => {
    expect(peer.text()).toContain(`HEADERS ${id} :status: 200`);
    expect(
      peer.lines.filter((line) => line.startsWith(`DATA ${id} end`)),
      peer.text(),
    ).toHaveLength(1);
    expect(peer.lines.filter((line) => /^(RST_STREAM|GOAWAY)/.test(line))).toEqual([]);
  };
const head =
  (id: number): Check =>
  (peer) => {
    expect(peer.text()).toMatch(new RegExp(`^HEADERS ${id} end :status: 200`, "m"));
  };
const alive: Check = (peer) => {
  expect(peer.lines.filter((line) => /^(RST_STREAM|GOAWAY)/.test(line))).toEqual([]);
  expect(peer.isOpen, peer.text()).toBe(true);
};
const has =
  (...lines: string[]): Check =>
  (peer) => {
    for (const line of lines) expect(peer.lines, peer.text()).toContain(line);
    alive(peer);
  };
const stream =
  (id: number, code: string): Check =>
  (peer) => {
    const resets = peer.lines.filter((line) => line.startsWith("RST_STREAM"));
    expect(resets, peer.text()).toEqual([`RST_STREAM ${id} ${code}`]);
    expect(peer.lines.filter((line) => line.startsWith("GOAWAY"))).toEqual([]);
    expect(peer.isOpen).toBe(true);
  };
const connection =
  (code: string): Check =>
  (peer) => {
    const goaways = peer.lines.filter((line) => line.startsWith("GOAWAY"));
    expect(
      goaways.map((line) => line.split(" ")[2]),
      peer.text(),
    ).toEqual([code]);
    expect(peer.lines.at(-1)).toBe(goaways[0]);
    expect(peer.isOpen).toBe(false);
  };
/** The peer's GOAWAY: an end without an error, or none. */
const graceful: Check = (peer) => {
  for (const line of peer.lines.filter((one) => one.startsWith("GOAWAY")))
    expect(line).toContain(" NO_ERROR ");
};

/** Octets that go out; where there are several pieces, each waits until the server has read the one before. */
type Pieces = Uint8Array | readonly Uint8Array[];
type Case = readonly [id: string, what: string, send: Pieces, check: Check];

const end = { end: true } as const;
const get = headers(1, GET, end);
const post = headers(1, POST);
/** The answer stays under way: its stream is half-closed (remote). */
const stalled = concat(settings({ INITIAL_WINDOW_SIZE: 0 }), get);
const open = headers(1, GET, { open: true });
const setting = (id: number, value: number) => settings([[id, value]]);
const malformed = (fields: readonly string[]) => headers(1, fields, end);
const drop = (name: string) => {
  const at = GET.indexOf(name);
  return [...GET.slice(0, at), ...GET.slice(at + 2)];
};
/** A literal in the Huffman code: these octets as they are. */
const huffman = (...octets: number[]) =>
  concat(prefixed(octets.length, 7, 0x80), Uint8Array.from(octets));
/** "x-a" and "b" in the Huffman code, padded with ones: 1111001 010110 00011; 100011. */
const CODED_NAME = huffman(0b11110010, 0b10110000, 0b11111111);
const CODED_VALUE = huffman(0b10001111);
const withField = (representation: Uint8Array) =>
  headers(1, concat(block(GET), representation), end);
/** user-agent is entry 58 of the static table. */
const agent = (first: number, bits: number, value: Uint8Array) =>
  withField(concat(prefixed(58, bits, first), value));
const named = (first: number, name: Uint8Array, value: Uint8Array) =>
  withField(concat(Uint8Array.of(first), name, value));

const GENERIC: Case[] = [
  [
    "generic/1/1",
    "the preface and SETTINGS are answered",
    [],
    (peer) => {
      expect(peer.lines[0]).toMatch(/^SETTINGS /);
      expect(peer.lines).toContain("SETTINGS ACK");
      alive(peer);
    },
  ],
  [
    "generic/2/1",
    "PRIORITY on an idle stream",
    concat(priority(1, { dependency: 0 }), get),
    whole(1),
  ],
  [
    "generic/2/2",
    "WINDOW_UPDATE on a half-closed (remote) stream",
    concat(stalled, windowUpdate(1, 1000)),
    whole(1),
  ],
  [
    "generic/2/3",
    "PRIORITY on a half-closed (remote) stream",
    [stalled, concat(priority(1, { dependency: 0 }), windowUpdate(1, 1000))],
    whole(1),
  ],
  ["generic/2/4", "RST_STREAM on a half-closed (remote) stream", [stalled, rst(1)], alive],
  ["generic/2/5", "PRIORITY on a closed stream", [get, priority(1, { dependency: 0 })], whole(1)],
  ["generic/3.1/1", "DATA", concat(post, data(1, "test", end)), whole(1)],
  [
    "generic/3.1/2",
    "DATA in several frames",
    concat(post, data(1, "te"), data(1, "st", end)),
    whole(1),
  ],
  [
    "generic/3.1/3",
    "DATA with padding",
    concat(post, data(1, "test", { end: true, pad: 6 })),
    whole(1),
  ],
  ["generic/3.2/1", "HEADERS", get, whole(1)],
  ["generic/3.2/2", "HEADERS with padding", headers(1, GET, { end: true, pad: 6 }), whole(1)],
  [
    "generic/3.2/3",
    "HEADERS with priority",
    headers(1, GET, { end: true, priority: { dependency: 0, weight: 256, exclusive: true } }),
    whole(1),
  ],
  [
    "generic/3.3/1",
    "PRIORITY of weight 1",
    concat(priority(1, { dependency: 0, weight: 1 }), get),
    whole(1),
  ],
  [
    "generic/3.3/2",
    "PRIORITY of weight 256",
    concat(priority(1, { dependency: 0, weight: 256 }), get),
    whole(1),
  ],
  [
    "generic/3.3/3",
    "PRIORITY with a dependency",
    concat(priority(1, { dependency: 3 }), get),
    whole(1),
  ],
  [
    "generic/3.3/4",
    "PRIORITY that is exclusive",
    concat(priority(1, { dependency: 3, exclusive: true }), get),
    whole(1),
  ],
  [
    "generic/3.3/5",
    "PRIORITY for an idle stream, then HEADERS of a lower one",
    concat(priority(3, { dependency: 0 }), get),
    whole(1),
  ],
  ["generic/3.4/1", "RST_STREAM", concat(post, rst(1)), alive],
  [
    "generic/3.5/1",
    "SETTINGS",
    settings({ MAX_CONCURRENT_STREAMS: 100 }),
    (peer) => {
      expect(peer.lines.filter((line) => line === "SETTINGS ACK")).toHaveLength(2);
      alive(peer);
    },
  ],
  ["generic/3.7/1", "PING", ping("h2spec!!"), has('PING ACK "h2spec!!"')],
  ["generic/3.8/1", "GOAWAY", goaway(0), graceful],
  ["generic/3.9/1", "WINDOW_UPDATE on stream 0", concat(windowUpdate(0, 1), get), whole(1)],
  ["generic/3.9/2", "WINDOW_UPDATE on stream 1", concat(stalled, windowUpdate(1, 100)), whole(1)],
  ["generic/3.10/1", "one CONTINUATION", headers(1, GET, { end: true, split: [10] }), whole(1)],
  [
    "generic/3.10/2",
    "several of them",
    headers(1, GET, { end: true, split: [10, 5, 1] }),
    whole(1),
  ],
  ["generic/4/1", "GET", get, whole(1)],
  ["generic/4/2", "HEAD", headers(1, request("HEAD"), end), head(1)],
  ["generic/4/3", "POST", concat(post, data(1, "test", end)), whole(1)],
  [
    "generic/4/4",
    "POST with trailers",
    concat(
      headers(1, [...POST, "trailer", "x-test"]),
      data(1, "test"),
      headers(1, ["x-test", "ok"], end),
    ),
    whole(1),
  ],
  [
    "generic/5/1",
    "an indexed field",
    headers(1, concat(indexed(2, 7, 4), literalAuthority()), end),
    whole(1),
  ],
  ["generic/5/2", "incremental indexing, indexed name", agent(0x40, 6, literal("b")), whole(1)],
  ["generic/5/3", "the same in the Huffman code", agent(0x40, 6, CODED_VALUE), whole(1)],
  [
    "generic/5/4",
    "incremental indexing, new name",
    named(0x40, literal("x-a"), literal("b")),
    whole(1),
  ],
  ["generic/5/5", "the same in the Huffman code", named(0x40, CODED_NAME, CODED_VALUE), whole(1)],
  ["generic/5/6", "without indexing, indexed name", agent(0x00, 4, literal("b")), whole(1)],
  ["generic/5/7", "the same in the Huffman code", agent(0x00, 4, CODED_VALUE), whole(1)],
  [
    "generic/5/8",
    "without indexing, new name",
    named(0x00, literal("x-a"), literal("b")),
    whole(1),
  ],
  ["generic/5/9", "the same in the Huffman code", named(0x00, CODED_NAME, CODED_VALUE), whole(1)],
  ["generic/5/10", "never indexed, indexed name", agent(0x10, 4, literal("b")), whole(1)],
  ["generic/5/11", "the same in the Huffman code", agent(0x10, 4, CODED_VALUE), whole(1)],
  ["generic/5/12", "never indexed, new name", named(0x10, literal("x-a"), literal("b")), whole(1)],
  ["generic/5/13", "the same in the Huffman code", named(0x10, CODED_NAME, CODED_VALUE), whole(1)],
  [
    "generic/5/14",
    "a table size update",
    headers(1, concat(tableSize(2048), block(GET)), end),
    whole(1),
  ],
  [
    "generic/5/15",
    "two of them",
    headers(1, concat(tableSize(0), tableSize(4096), block(GET)), end),
    whole(1),
  ],
];

function literalAuthority(): Uint8Array {
  return field(":authority", "a");
}

const HTTP2: Case[] = [
  ["http2/3.5/1", "the preface of a client", [], has("SETTINGS ACK")],
  // http2/3.5/2 stands apart: it sends no preface.
  [
    "http2/4.1/1",
    "a frame of an unknown type",
    concat(frame(0xff, 0, 0, "\0\0\0\0\0\0\0\0"), get),
    whole(1),
  ],
  [
    "http2/4.1/2",
    "an undefined flag",
    frame(TYPE.PING, 0x16, 0, "h2spec!!"),
    has('PING ACK "h2spec!!"'),
  ],
  [
    "http2/4.1/3",
    "the reserved bit",
    frame(TYPE.PING, 0, 2 ** 31, "h2spec!!"),
    has('PING ACK "h2spec!!"'),
  ],
  [
    "http2/4.2/1",
    "DATA of 2^14 octets",
    concat(post, data(1, new Uint8Array(16_384), end)),
    whole(1),
  ],
  [
    "http2/4.2/2",
    "DATA above SETTINGS_MAX_FRAME_SIZE",
    concat(post, data(1, new Uint8Array(16_385))),
    stream(1, "FRAME_SIZE_ERROR"),
  ],
  [
    "http2/4.2/3",
    "HEADERS above it",
    frame(TYPE.HEADERS, END_HEADERS | END_STREAM, 1, new Uint8Array(16_385)),
    connection("FRAME_SIZE_ERROR"),
  ],
  [
    "http2/4.3/1",
    "a field block that is wrong",
    headers(1, concat(block(GET), Uint8Array.of(0x40)), end),
    connection("COMPRESSION_ERROR"),
  ],
  [
    "http2/4.3/2",
    "PRIORITY inside a field block",
    concat(open, priority(1, { dependency: 0 })),
    connection("PROTOCOL_ERROR"),
  ],
  [
    "http2/4.3/3",
    "HEADERS of another stream inside it",
    concat(open, headers(3, GET, end)),
    connection("PROTOCOL_ERROR"),
  ],
  ["http2/5.1/1", "idle: DATA", data(1, "test", end), connection("PROTOCOL_ERROR")],
  ["http2/5.1/2", "idle: RST_STREAM", rst(1), connection("PROTOCOL_ERROR")],
  ["http2/5.1/3", "idle: WINDOW_UPDATE", windowUpdate(1, 100), connection("PROTOCOL_ERROR")],
  ["http2/5.1/4", "idle: CONTINUATION", continuation(1, GET), connection("PROTOCOL_ERROR")],
  [
    "http2/5.1/5",
    "half closed (remote): DATA",
    concat(stalled, data(1, "test", end)),
    stream(1, "STREAM_CLOSED"),
  ],
  [
    "http2/5.1/6",
    "half closed (remote): HEADERS",
    concat(stalled, headers(1, GET, end)),
    stream(1, "STREAM_CLOSED"),
  ],
  [
    "http2/5.1/7",
    "half closed (remote): CONTINUATION",
    concat(stalled, continuation(1, GET)),
    connection("PROTOCOL_ERROR"),
  ],
  [
    "http2/5.1/8",
    "closed by RST_STREAM: DATA",
    [concat(post, rst(1)), data(1, "test", end)],
    stream(1, "STREAM_CLOSED"),
  ],
  [
    "http2/5.1/9",
    "closed by RST_STREAM: HEADERS",
    [concat(post, rst(1)), headers(1, GET, end)],
    stream(1, "STREAM_CLOSED"),
  ],
  [
    "http2/5.1/10",
    "closed by RST_STREAM: CONTINUATION",
    [concat(post, rst(1)), continuation(1, GET)],
    connection("PROTOCOL_ERROR"),
  ],
  ["http2/5.1/11", "closed by both ends: DATA", [get, data(1, "test", end)], closedByBoth],
  ["http2/5.1/12", "closed by both ends: HEADERS", [get, headers(1, GET, end)], closedByBoth],
  [
    "http2/5.1/13",
    "closed by both ends: CONTINUATION",
    [get, continuation(1, GET)],
    connection("PROTOCOL_ERROR"),
  ],
  ["http2/5.1.1/1", "an even identifier", headers(2, GET, end), connection("PROTOCOL_ERROR")],
  [
    "http2/5.1.1/2",
    "an identifier below the last",
    concat(headers(5, GET, end), headers(3, GET, end)),
    connection("PROTOCOL_ERROR"),
  ],
  [
    "http2/5.1.2/1",
    "more streams than SETTINGS_MAX_CONCURRENT_STREAMS",
    concat(
      settings({ INITIAL_WINDOW_SIZE: 0 }),
      ...Array.from({ length: 129 }, (_, at) => headers(2 * at + 1, GET, end)),
    ),
    stream(257, "REFUSED_STREAM"),
  ],
  [
    "http2/5.3.1/1",
    "HEADERS that depend on themselves",
    headers(1, GET, { end: true, priority: { dependency: 1 } }),
    stream(1, "PROTOCOL_ERROR"),
  ],
  [
    "http2/5.3.1/2",
    "PRIORITY that depends on itself",
    [stalled, priority(1, { dependency: 1 })],
    stream(1, "PROTOCOL_ERROR"),
  ],
  [
    "http2/5.4.1/1",
    "a PING that is wrong: the connection is closed",
    frame(TYPE.PING, 0, 3, "h2spec!!"),
    (peer) => expect(peer.isOpen).toBe(false),
  ],
  [
    "http2/5.4.1/2",
    "a PING that is wrong: GOAWAY first",
    frame(TYPE.PING, 0, 3, "h2spec!!"),
    connection("PROTOCOL_ERROR"),
  ],
  [
    "http2/5.5/1",
    "an extension frame that nobody knows",
    concat(frame(0x16, 0, 0, "\0\0\0\0\0\0\0\0"), get),
    whole(1),
  ],
  [
    "http2/5.5/2",
    "one inside a field block",
    concat(open, frame(0x16, 0, 1, "\0\0\0\0\0\0\0\0"), continuation(1, [])),
    connection("PROTOCOL_ERROR"),
  ],
  ["http2/6.1/1", "DATA on stream 0", data(0, "test", end), connection("PROTOCOL_ERROR")],
  [
    "http2/6.1/2",
    "DATA on a stream that is not open",
    concat(stalled, data(1, "test", end)),
    stream(1, "STREAM_CLOSED"),
  ],
  [
    "http2/6.1/3",
    "DATA with a wrong Pad Length",
    concat(post, frame(TYPE.DATA, PADDED | END_STREAM, 1, concat(uint(6, 1), uint(0, 4)))),
    connection("PROTOCOL_ERROR"),
  ],
  [
    "http2/6.2/1",
    "HEADERS without END_HEADERS, and PRIORITY",
    concat(open, priority(1, { dependency: 0 })),
    connection("PROTOCOL_ERROR"),
  ],
  [
    "http2/6.2/2",
    "HEADERS without END_HEADERS, and HEADERS of another stream",
    concat(open, headers(3, GET, end)),
    connection("PROTOCOL_ERROR"),
  ],
  ["http2/6.2/3", "HEADERS on stream 0", headers(0, GET, end), connection("PROTOCOL_ERROR")],
  [
    "http2/6.2/4",
    "HEADERS with a wrong Pad Length",
    frame(TYPE.HEADERS, END_HEADERS | END_STREAM | PADDED, 1, concat(uint(200, 1), block(GET))),
    connection("PROTOCOL_ERROR"),
  ],
  [
    "http2/6.3/1",
    "PRIORITY on stream 0",
    priority(0, { dependency: 0 }),
    connection("PROTOCOL_ERROR"),
  ],
  [
    "http2/6.3/2",
    "PRIORITY of four octets",
    concat(stalled, frame(TYPE.PRIORITY, 0, 1, "1234")),
    stream(1, "FRAME_SIZE_ERROR"),
  ],
  ["http2/6.4/1", "RST_STREAM on stream 0", rst(0), connection("PROTOCOL_ERROR")],
  ["http2/6.4/2", "RST_STREAM on an idle stream", rst(1), connection("PROTOCOL_ERROR")],
  [
    "http2/6.4/3",
    "RST_STREAM of three octets",
    concat(post, frame(TYPE.RST_STREAM, 0, 1, "123")),
    connection("FRAME_SIZE_ERROR"),
  ],
  [
    "http2/6.5/1",
    "an acknowledgement with a payload",
    frame(TYPE.SETTINGS, 1, 0, "\0"),
    connection("FRAME_SIZE_ERROR"),
  ],
  [
    "http2/6.5/2",
    "SETTINGS on a stream",
    frame(TYPE.SETTINGS, 0, 1, "\0\x03\0\0\0\x64"),
    connection("PROTOCOL_ERROR"),
  ],
  [
    "http2/6.5/3",
    "SETTINGS of three octets",
    frame(TYPE.SETTINGS, 0, 0, "\0\x03\0"),
    connection("FRAME_SIZE_ERROR"),
  ],
  [
    "http2/6.5.2/1",
    "ENABLE_PUSH of 2",
    setting(SETTING.ENABLE_PUSH, 2),
    connection("PROTOCOL_ERROR"),
  ],
  [
    "http2/6.5.2/2",
    "INITIAL_WINDOW_SIZE of 2^31",
    setting(SETTING.INITIAL_WINDOW_SIZE, 2 ** 31),
    connection("FLOW_CONTROL_ERROR"),
  ],
  [
    "http2/6.5.2/3",
    "MAX_FRAME_SIZE of 2^14 - 1",
    setting(SETTING.MAX_FRAME_SIZE, 16_383),
    connection("PROTOCOL_ERROR"),
  ],
  [
    "http2/6.5.2/4",
    "MAX_FRAME_SIZE of 2^24",
    setting(SETTING.MAX_FRAME_SIZE, 2 ** 24),
    connection("PROTOCOL_ERROR"),
  ],
  [
    "http2/6.5.2/5",
    "an unknown identifier",
    concat(setting(0xff, 1), ping("h2spec!!")),
    has('PING ACK "h2spec!!"'),
  ],
  [
    "http2/6.5.3/1",
    "two values of INITIAL_WINDOW_SIZE: the last counts",
    concat(
      settings([
        [SETTING.INITIAL_WINDOW_SIZE, 100],
        [SETTING.INITIAL_WINDOW_SIZE, 1],
      ]),
      get,
    ),
    has(`DATA 1 "${CONTENT.slice(0, 1)}"`),
  ],
  [
    "http2/6.5.3/2",
    "SETTINGS are acknowledged",
    settings({ MAX_CONCURRENT_STREAMS: 100 }),
    (peer) => expect(peer.lines.filter((line) => line === "SETTINGS ACK")).toHaveLength(2),
  ],
  ["http2/6.7/1", "PING", ping("h2spec!!"), has('PING ACK "h2spec!!"')],
  [
    "http2/6.7/2",
    "PING ACK is not answered",
    concat(ping("invalid!", true), ping("h2spec!!")),
    (peer) => {
      expect(peer.lines).not.toContain('PING ACK "invalid!"');
      has('PING ACK "h2spec!!"')(peer);
    },
  ],
  [
    "http2/6.7/3",
    "PING on a stream",
    frame(TYPE.PING, 0, 3, "h2spec!!"),
    connection("PROTOCOL_ERROR"),
  ],
  [
    "http2/6.7/4",
    "PING of six octets",
    frame(TYPE.PING, 0, 0, "\0\0\0\0\0\0"),
    connection("FRAME_SIZE_ERROR"),
  ],
  [
    "http2/6.8/1",
    "GOAWAY on a stream",
    frame(TYPE.GOAWAY, 0, 1, "\0\0\0\0\0\0\0\0"),
    connection("PROTOCOL_ERROR"),
  ],
  ["http2/6.9/1", "WINDOW_UPDATE of 0", windowUpdate(0, 0), connection("PROTOCOL_ERROR")],
  [
    "http2/6.9/2",
    "WINDOW_UPDATE of 0 on a stream",
    concat(post, windowUpdate(1, 0)),
    stream(1, "PROTOCOL_ERROR"),
  ],
  [
    "http2/6.9/3",
    "WINDOW_UPDATE of three octets",
    frame(TYPE.WINDOW_UPDATE, 0, 0, "\0\0\x01"),
    connection("FRAME_SIZE_ERROR"),
  ],
  [
    "http2/6.9.1/1",
    "a window of 1",
    concat(settings({ INITIAL_WINDOW_SIZE: 1 }), get),
    has(`DATA 1 "${CONTENT.slice(0, 1)}"`),
  ],
  [
    "http2/6.9.1/2",
    "the connection's window above 2^31 - 1",
    concat(windowUpdate(0, 2 ** 31 - 1), windowUpdate(0, 2 ** 31 - 1)),
    connection("FLOW_CONTROL_ERROR"),
  ],
  [
    "http2/6.9.1/3",
    "a stream's window above 2^31 - 1",
    concat(post, windowUpdate(1, 2 ** 31 - 1), windowUpdate(1, 2 ** 31 - 1)),
    stream(1, "FLOW_CONTROL_ERROR"),
  ],
  [
    "http2/6.9.2/1",
    "a window that opens behind HEADERS",
    [stalled, settings({ INITIAL_WINDOW_SIZE: 1 })],
    has(`DATA 1 "${CONTENT.slice(0, 1)}"`),
  ],
  [
    "http2/6.9.2/2",
    "a window that becomes negative",
    [
      concat(settings({ INITIAL_WINDOW_SIZE: 3 }), get),
      settings({ INITIAL_WINDOW_SIZE: 2 }),
      windowUpdate(1, 2),
    ],
    has(`DATA 1 "${CONTENT.slice(0, 3)}"`, `DATA 1 "${CONTENT.slice(3, 4)}"`),
  ],
  [
    "http2/6.9.2/3",
    "INITIAL_WINDOW_SIZE of 2^31",
    setting(SETTING.INITIAL_WINDOW_SIZE, 2 ** 31),
    connection("FLOW_CONTROL_ERROR"),
  ],
  [
    "http2/6.10/1",
    "several CONTINUATION frames",
    headers(1, [...GET, "x", "y"], { end: true, split: [10, 5] }),
    whole(1),
  ],
  [
    "http2/6.10/2",
    "another frame behind CONTINUATION without END_HEADERS",
    concat(open, continuation(1, ["x", "y"], false), data(1, "test", end)),
    connection("PROTOCOL_ERROR"),
  ],
  [
    "http2/6.10/3",
    "CONTINUATION on stream 0",
    concat(open, continuation(0, ["x", "y"])),
    connection("PROTOCOL_ERROR"),
  ],
  [
    "http2/6.10/4",
    "CONTINUATION behind HEADERS with END_HEADERS",
    concat(post, continuation(1, ["x", "y"])),
    connection("PROTOCOL_ERROR"),
  ],
  [
    "http2/6.10/5",
    "CONTINUATION behind CONTINUATION with END_HEADERS",
    concat(headers(1, POST, { split: [9] }), continuation(1, ["x", "y"])),
    connection("PROTOCOL_ERROR"),
  ],
  [
    "http2/6.10/6",
    "CONTINUATION behind DATA",
    concat(post, data(1, "test"), continuation(1, ["x", "y"])),
    connection("PROTOCOL_ERROR"),
  ],
  ["http2/7/1", "GOAWAY with an unknown code", goaway(0, 0xff), graceful],
  ["http2/7/2", "RST_STREAM with an unknown code", concat(post, rst(1, 0xff)), alive],
  [
    "http2/8.1/1",
    "a second HEADERS without END_STREAM",
    concat(post, headers(1, ["x-test", "ok"])),
    stream(1, "PROTOCOL_ERROR"),
  ],
  [
    "http2/8.1.2/1",
    "a name in upper case",
    malformed([...GET, "X-TEST", "ok"]),
    stream(1, "PROTOCOL_ERROR"),
  ],
  [
    "http2/8.1.2.1/1",
    "an unknown pseudo-field",
    malformed([...GET, ":test", "ok"]),
    stream(1, "PROTOCOL_ERROR"),
  ],
  [
    "http2/8.1.2.1/2",
    ":status in a request",
    malformed([...GET, ":status", "200"]),
    stream(1, "PROTOCOL_ERROR"),
  ],
  [
    "http2/8.1.2.1/3",
    "a pseudo-field in trailers",
    concat(post, data(1, "test"), headers(1, [":method", "POST"], end)),
    stream(1, "PROTOCOL_ERROR"),
  ],
  [
    "http2/8.1.2.1/4",
    "a pseudo-field behind a regular one",
    malformed(["x-test", "ok", ...GET]),
    stream(1, "PROTOCOL_ERROR"),
  ],
  [
    "http2/8.1.2.2/1",
    "a connection field",
    malformed([...GET, "connection", "keep-alive"]),
    stream(1, "PROTOCOL_ERROR"),
  ],
  [
    "http2/8.1.2.2/2",
    "te that is not trailers",
    malformed([...GET, "trailers", "test", "te", "trailers, deflate"]),
    stream(1, "PROTOCOL_ERROR"),
  ],
  [
    "http2/8.1.2.3/1",
    "an empty :path",
    malformed([...drop(":path"), ":path", ""]),
    stream(1, "PROTOCOL_ERROR"),
  ],
  ["http2/8.1.2.3/2", "no :method", malformed(drop(":method")), stream(1, "PROTOCOL_ERROR")],
  ["http2/8.1.2.3/3", "no :scheme", malformed(drop(":scheme")), stream(1, "PROTOCOL_ERROR")],
  ["http2/8.1.2.3/4", "no :path", malformed(drop(":path")), stream(1, "PROTOCOL_ERROR")],
  [
    "http2/8.1.2.3/5",
    ":method twice",
    malformed([...GET, ":method", "POST"]),
    stream(1, "PROTOCOL_ERROR"),
  ],
  [
    "http2/8.1.2.3/6",
    ":scheme twice",
    malformed([...GET, ":scheme", "http"]),
    stream(1, "PROTOCOL_ERROR"),
  ],
  [
    "http2/8.1.2.3/7",
    ":path twice",
    malformed([...GET, ":path", "/b"]),
    stream(1, "PROTOCOL_ERROR"),
  ],
  [
    "http2/8.1.2.6/1",
    "content-length is not that of the DATA frame",
    concat(headers(1, [...POST, "content-length", "1"]), data(1, "test", end)),
    stream(1, "PROTOCOL_ERROR"),
  ],
  [
    "http2/8.1.2.6/2",
    "content-length is not the sum of the DATA frames",
    concat(headers(1, [...POST, "content-length", "1"]), data(1, "te"), data(1, "st", end)),
    stream(1, "PROTOCOL_ERROR"),
  ],
  [
    "http2/8.2/1",
    "PUSH_PROMISE",
    concat(get, pushPromise(1, 2, GET)),
    connection("PROTOCOL_ERROR"),
  ],
];

/** RFC 9113 section 5.1 gives the scope to the receiver, and the code is STREAM_CLOSED. */
function closedByBoth(peer: RawPeer): void {
  if (peer.lines.some((line) => line.startsWith("GOAWAY"))) connection("STREAM_CLOSED")(peer);
  else stream(1, "STREAM_CLOSED")(peer);
}

const HPACK: Case[] = [
  [
    "hpack/2.3.3/1",
    "an indexed field with an index of nothing",
    headers(1, concat(block(GET), indexed(70)), end),
    connection("COMPRESSION_ERROR"),
  ],
  [
    "hpack/2.3.3/2",
    "a literal whose name has an index of nothing",
    agentIndex(70),
    connection("COMPRESSION_ERROR"),
  ],
  [
    "hpack/4.2/1",
    "a table size update at the end of a block",
    headers(1, concat(block(GET), tableSize(1)), end),
    connection("COMPRESSION_ERROR"),
  ],
  [
    "hpack/5.2/1",
    "padding of more than 7 bits",
    named(0x00, literal("x-a"), huffman(0b10001111, 0xff)),
    connection("COMPRESSION_ERROR"),
  ],
  [
    "hpack/5.2/2",
    "padding of zeros",
    named(0x00, literal("x-a"), huffman(0b10001100)),
    connection("COMPRESSION_ERROR"),
  ],
  [
    "hpack/5.2/3",
    "the symbol EOS",
    named(0x00, literal("x-a"), huffman(0xff, 0xff, 0xff, 0xff)),
    connection("COMPRESSION_ERROR"),
  ],
  [
    "hpack/6.1/1",
    "index 0",
    headers(1, concat(block(GET), indexed(0)), end),
    connection("COMPRESSION_ERROR"),
  ],
  [
    "hpack/6.3/1",
    "a table size update above SETTINGS_HEADER_TABLE_SIZE",
    headers(1, concat(tableSize(4097), block(GET)), end),
    connection("COMPRESSION_ERROR"),
  ],
];

function agentIndex(index: number): Uint8Array {
  return withField(concat(prefixed(index, 6, 0x40), literal("empty")));
}

describe.each([
  ["generic", GENERIC, 44],
  // And http2/3.5/2 below: 147 in all.
  ["http2", HTTP2, 94],
  ["hpack", HPACK, 8],
] as const)("h2spec %s", (suite, cases, count) => {
  test.each(cases)("%s %s", async (_id, _what, send, check) => {
    const peer = await RawPeer.connect(server.port);
    try {
      await peer.write(concat(PREFACE, settings()));
      await peer.settled();
      for (const piece of send instanceof Uint8Array ? [send] : send) {
        await peer.write(piece);
        await peer.settled();
      }
      check(peer);
    } finally {
      peer.close();
    }
  });

  test(`has all ${suite} cases, each once`, () => {
    expect(new Set(cases.map(([id]) => id)).size).toBe(count);
    expect(cases.every(([id]) => id.startsWith(`${suite}/`))).toBe(true);
  });
});

describe("without a preface", () => {
  test("http2/3.5/2 what is no preface ends the connection", async () => {
    const peer = await RawPeer.connect(server.port);
    await peer.write(new TextEncoder().encode("INVALID CONNECTION PREFACE\r\n\r\n"));
    await peer.ended();
    expect(peer.isOpen).toBe(false);
    for (const line of peer.lines.filter((one) => one.startsWith("GOAWAY")))
      expect(line).toContain("PROTOCOL_ERROR");
  });

  test("http2/4.1/1 and 5.5/1 also for unknown frames with every flag, and priority in HEADERS", async () => {
    const peer = await RawPeer.connect(server.port);
    await peer.write(
      concat(
        PREFACE,
        settings(),
        unknownFrame(0),
        frame(
          TYPE.HEADERS,
          END_HEADERS | END_STREAM | PRIORITY_FLAG,
          1,
          concat(uint(0, 4), uint(15, 1), block(GET)),
        ),
      ),
    );
    await peer.settled();
    whole(1)(peer);
    peer.close();
  });
});
