// The cases of h2spec on each type of frame (RFC 9113 section 6).

import { expect } from "vitest";
import { END_HEADERS, END_STREAM, PADDED, SETTING, TYPE } from "../helpers/h2-names.js";
import {
  block,
  concat,
  continuation,
  data,
  frame,
  GET,
  headers,
  POST,
  ping,
  priority,
  rst,
  settings,
  uint,
  windowUpdate,
} from "../helpers/h2-wire.js";
import {
  type Case,
  connection,
  end,
  get,
  has,
  open,
  post,
  setting,
  stalled,
  stream,
  whole,
} from "./h2spec-checks.js";
import { CONTENT } from "./h2spec-server.js";

export const HTTP2_FRAMES: Case[] = [
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
  [
    "http2/6.3/2",
    "PRIORITY of four octets on a stream that was answered",
    [get, frame(TYPE.PRIORITY, 0, 1, "1234")],
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
];
