// H2-R11 and on: mistakes that mature implementations of HTTP/2 had and fixed, in the order of messages and
// frames and in the life of streams.

import { concat } from "../../latin1.js";
import { literal, request, response } from "../field-block.js";
import {
  continuation,
  data,
  frame,
  goaway,
  headers,
  priority,
  pushPromise,
  rstStream,
  SETTING,
  settings,
  TYPE,
  uint,
  windowUpdate,
} from "../frames.js";
import { FRAME_HEADER, type H2Attack, type H2Parts, h2RowsOf, MARK } from "../row.js";

const END = { end: true };
const GET = request();
const OK = response();
const get = (streamId: number) => headers(streamId, GET, END);
const post = (streamId: number) => headers(streamId, request("POST"));
const got = (streamId: number) => [`request ${streamId} GET /`, `end ${streamId}`];
const fatal = (name: string) => `error H2_${name} connection`;
const refused = (name: string, streamId = 1) => `error H2_${name} stream ${streamId}`;
const then = (bytes: Uint8Array): H2Parts => [bytes, get(3)];
const server = (at: number) => h2RowsOf(`H2-R${String(at).padStart(2, "0")}`, "server");
const client = (at: number) => h2RowsOf(`H2-R${String(at).padStart(2, "0")}`, "client");
const PUSH = { settings: { enablePush: true } };

export const LIFE_ATTACKS: readonly H2Attack[] = [
  client(11)(
    "DATA between an interim and the final response",
    [headers(1, response("103")), data(1, "x")],
    ["informational 1 103", refused("MESSAGE_ORDER")],
  ),
  client(11)("DATA before any response", [data(1, "x")], [refused("MESSAGE_ORDER")]),
  client(11)(
    "an interim response that ends the stream",
    [headers(1, response("103"), END)],
    [refused("INFORMATIONAL_END")],
  ),
  client(11)("101", [headers(1, response("101"))], [refused("STATUS_SWITCHING")]),
  client(11)(
    "trailers that do not end the stream",
    [headers(1, OK), headers(1, literal("x", "y"))],
    ["response 1 200", refused("MESSAGE_ORDER")],
  ),
  server(11)(
    "a second head that does not end the stream",
    then(concat([post(1), headers(1, literal("x", "y"))])),
    ["request 1 POST /", refused("MESSAGE_ORDER"), ...got(3)],
  ),
  client(11)(
    "DATA behind trailers",
    [headers(1, OK), headers(1, literal("x", "y"), END), data(1, "x")],
    ["response 1 200", "trailers 1 x: y", "end 1", "…"],
    {
      // The stream is closed on both sides: the connection may go on or end.
      out: 128,
    },
  ),
  client(11)("two statuses", [headers(1, concat([OK, OK]), END)], [refused("PSEUDO_REPEATED")]),
  ...["99", "1000", "20", "2000", "2x0", "", "600", "099"].map((status) =>
    client(11)(
      `status ${JSON.stringify(status)}`,
      [headers(1, response(status), END)],
      [refused("STATUS_INVALID")],
    ),
  ),
  client(11)(
    "a response without status",
    [headers(1, literal("x", "y"), END)],
    [refused("PSEUDO_MISSING")],
  ),
  client(11)("a request as a response", [headers(1, GET, END)], [refused("PSEUDO_WRONG")]),
  server(11)("a response as a request", then(headers(1, OK, END)), [
    refused("PSEUDO_WRONG"),
    ...got(3),
  ]),
  server(11)("an interim response as a request", then(headers(1, response("100"))), [
    refused("PSEUDO_WRONG"),
    ...got(3),
  ]),

  server(12)("a reset before HEADERS", [MARK, rstStream(1, 8), get(1)], [fatal("STREAM_IDLE")]),
  server(12)(
    "GOAWAY of the client leaves its own streams alone",
    [post(1), goaway(0, 0), data(1, "x", END)],
    ["request 1 POST /", "goaway 0 0", "data 1 x", "end 1"],
    { application: { content: 3 }, sends: ["HEADERS 1 *", "DATA 1 3 end"] },
  ),
  client(12)(
    "a reset without error behind a complete response leaves the response",
    [headers(1, OK), data(1, "done", END), rstStream(1, 0)],
    ["response 1 200", "data 1 done", "end 1", "…"],
  ),
  client(12)(
    "GOAWAY, and the response of a stream below it",
    [goaway(1, 0), headers(1, OK), data(1, "x", END)],
    ["goaway 1 0", "response 1 200", "data 1 x", "end 1"],
  ),
  server(12)(
    "a reset while nothing of the answer could be sent",
    [
      settings([SETTING.INITIAL_WINDOW_SIZE, 0]),
      get(1),
      { do: "read" },
      rstStream(1, 8),
      windowUpdate(0, 100),
      get(3),
    ],
    ["settings 4=0", ...got(1), "reset 1 8", ...got(3)],
    { application: { content: 10_000 } },
  ),

  client(13)(
    "an interim response to a promise",
    [
      pushPromise(1, 2, GET),
      headers(2, response("103")),
      headers(2, OK),
      data(2, "p", END),
      headers(1, OK, END),
    ],
    [
      "push 1 2 GET /",
      "informational 2 103",
      "response 2 200",
      "data 2 p",
      "end 2",
      "response 1 200",
      "end 1",
    ],
    PUSH,
  ),
  client(13)(
    "a server that switches push on",
    [MARK, settings([SETTING.ENABLE_PUSH, 1])],
    [fatal("SETTING_INVALID")],
  ),
  server(13)(
    "SETTINGS on a stream",
    [MARK, frame(TYPE.SETTINGS, 0, 1)],
    [fatal("STREAM_ID_NOT_ZERO")],
  ),
  server(13)(
    "SETTINGS of seven octets",
    [MARK, frame(TYPE.SETTINGS, 0, 0, "1234567")],
    [fatal("FRAME_LENGTH_INVALID")],
  ),

  server(14)(
    "an empty frame ends an answer although the window is negative",
    [
      settings([SETTING.INITIAL_WINDOW_SIZE, 10]),
      get(1),
      { do: "read" },
      settings([SETTING.INITIAL_WINDOW_SIZE, 0]),
      { do: "sendEnd", streamId: 1 },
    ],
    ["settings 4=10", ...got(1), "settings 4=0"],
    { application: { content: 10, open: true }, sends: ["DATA 1 10", "DATA 1 0 end"] },
  ),

  server(15)(
    "thirteen frames of a block, however they arrive",
    [
      headers(1, GET, { ...END, endHeaders: false }),
      ...Array.from({ length: 12 }, () => continuation(1, literal("x", "y"))),
      continuation(1, literal("x", "y"), true),
    ],
    got(1),
  ),
  server(15)(
    "an error of HPACK on a stream that was reset",
    [post(1), rstStream(1, 8), MARK, headers(1, "\x80", END)],
    ["request 1 POST /", "reset 1 8", "error HPACK_INDEX_INVALID connection"],
    { behind: FRAME_HEADER },
  ),
  server(15)(
    "the first frame is no SETTINGS",
    [...[frame(TYPE.PING, 0, 0, "12345678")]],
    [fatal("PREFACE_INVALID")],
    { bare: true },
  ),
  client(15)(
    "the first frame of a server is no SETTINGS",
    [MARK, frame(TYPE.PING, 0, 0, "12345678")],
    [fatal("SETTINGS_EXPECTED")],
    { bare: true },
  ),
  client(15)(
    "a server that answers in HTTP/1.1",
    [MARK, new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n")],
    [fatal("HTTP1_RESPONSE")],
    { bare: true },
  ),
  server(15)(
    "an acknowledgement as the first frame",
    [
      concat([
        new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        frame(TYPE.SETTINGS, 1, 0),
      ]),
    ],
    [fatal("SETTINGS_EXPECTED")],
    { bare: true },
  ),

  server(16)(
    "a stream that was reset by us takes frames in flight",
    [
      headers(1, request("POST", "/", ["te", "gzip"])),
      data(1, "in flight"),
      windowUpdate(1, 5),
      headers(1, literal("x", "y"), END),
      get(3),
    ],
    [refused("TE_INVALID"), ...got(3)],
  ),
  server(16)(
    "DATA on a stream that the peer has reset",
    [post(1), rstStream(1, 8), data(1, "x"), get(3)],
    ["request 1 POST /", "reset 1 8", "error H2_STREAM_CLOSED stream|connection *", "…"],
  ),
  server(16)(
    "WINDOW_UPDATE, PRIORITY and RST_STREAM on a closed stream",
    [
      get(1),
      windowUpdate(1, 1),
      priority(1, 0),
      { do: "read" },
      windowUpdate(1, 1),
      priority(1, 0),
      rstStream(1, 0),
      get(3),
    ],
    [...got(1), "…", ...got(3)],
    { application: { content: 2 } },
  ),
  server(16)(
    "a frame above the largest size, on the connection",
    [MARK, frame(TYPE.SETTINGS, 0, 0, uint(0, 3), 16_386)],
    [fatal("FRAME_TOO_LARGE")],
  ),
  server(16)(
    "DATA above the largest size is an error of its stream",
    () => [post(1), frame(TYPE.DATA, 0, 1, "x".repeat(16_385)), get(3)],
    ["request 1 POST /", refused("FRAME_TOO_LARGE"), ...got(3)],
    { sends: ["RST_STREAM 1 FRAME_SIZE_ERROR"] },
  ),
];
