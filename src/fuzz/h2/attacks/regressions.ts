// H2-R01 to H2-R10: mistakes that mature implementations of HTTP/2 had and fixed, in frames, padding, settings
// and fields.

import { concat } from "../../latin1.js";
import { field, literal, literals, request, response } from "../field-block.js";
import {
  continuation,
  data,
  FLAG,
  frame,
  goaway,
  headers,
  headersInPieces,
  priority,
  priorityFields,
  pushPromise,
  SETTING,
  settings,
  TYPE,
  windowUpdate,
} from "../frames.js";
import { type H2Attack, type H2Parts, h2RowsOf, MARK } from "../row.js";

const END = { end: true };
const GET = request();
const get = (streamId: number) => headers(streamId, GET, END);
const post = (streamId: number) => headers(streamId, request("POST"));
const got = (streamId: number) => [`request ${streamId} GET /`, `end ${streamId}`];
const fatal = (name: string) => `error H2_${name} connection`;
const refused = (name: string, streamId = 1) => `error H2_${name} stream ${streamId}`;
const then = (bytes: Uint8Array): H2Parts => [bytes, get(3)];
const server = (at: number) => h2RowsOf(`H2-R${String(at).padStart(2, "0")}`, "server");
const client = (at: number) => h2RowsOf(`H2-R${String(at).padStart(2, "0")}`, "client");
const RESERVED = 2 ** 31;
const PUSH = { settings: { enablePush: true } };
const CONNECT = { settings: { enableConnectProtocol: true } };

/** An extended CONNECT (RFC 8441 section 4). */
const EXTENDED = literals([
  ...[":method", "CONNECT", ":protocol", "websocket"],
  ...[":scheme", "https", ":path", "/chat", ":authority", "a"],
]);

export const REGRESSION_ATTACKS: readonly H2Attack[] = [
  server(1)(
    "the reserved bit of a window increment counts for nothing",
    [windowUpdate(0, RESERVED + 1), get(1)],
    got(1),
  ),
  server(1)(
    "an increment of 0 with the reserved bit is 0",
    [MARK, windowUpdate(0, RESERVED)],
    [fatal("WINDOW_INCREMENT_ZERO")],
  ),
  client(1)("the reserved bit of GOAWAY", [goaway(RESERVED + 1, 0)], ["goaway 1 0"]),
  server(1)(
    "the reserved bit of a stream identifier",
    [headers(RESERVED + 1, GET, END), get(3)],
    [...got(1), ...got(3)],
  ),
  client(1)(
    "the reserved bit of a promise",
    [pushPromise(1, RESERVED + 2, GET)],
    ["push 1 2 GET /"],
    PUSH,
  ),

  server(2)(
    "PRIORITY that depends on itself, exclusive",
    [post(1), priority(1, 1, 16, true)],
    ["request 1 POST /", refused("SELF_DEPENDENCY")],
  ),
  server(2)(
    "HEADERS that depend on themselves, exclusive",
    then(headers(1, GET, { ...END, priority: priorityFields(1, 16, true) })),
    [refused("SELF_DEPENDENCY"), ...got(3)],
  ),
  server(2)(
    "a weight of 256",
    [headers(1, GET, { ...END, priority: priorityFields(0, 256) }), priority(1, 0, 256)],
    got(1),
  ),

  server(3)(
    "HEADERS with PRIORITY and four octets",
    [MARK, frame(TYPE.HEADERS, FLAG.endHeaders | FLAG.priority, 1, "\0\0\0\0")],
    [fatal("FRAME_LENGTH_INVALID")],
  ),
  server(3)(
    "HEADERS with PADDED and nothing",
    [MARK, frame(TYPE.HEADERS, FLAG.endHeaders | FLAG.padded, 1)],
    [fatal("FRAME_LENGTH_INVALID")],
  ),
  server(3)(
    "HEADERS with PADDED, PRIORITY and five octets",
    [MARK, frame(TYPE.HEADERS, FLAG.endHeaders | FLAG.padded | FLAG.priority, 1, "\0\0\0\0\0")],
    [fatal("FRAME_LENGTH_INVALID")],
  ),
  server(3)(
    "padding that reaches into the priority fields",
    [
      MARK,
      frame(
        TYPE.HEADERS,
        FLAG.endHeaders | FLAG.padded | FLAG.priority,
        1,
        "\x03\0\0\0\0\0\x82\x86",
      ),
    ],
    [fatal("PADDING_INVALID")],
  ),
  server(3)(
    "DATA with PADDED and nothing",
    [post(1), MARK, frame(TYPE.DATA, FLAG.padded, 1)],
    ["request 1 POST /", fatal("FRAME_LENGTH_INVALID")],
  ),
  client(3)(
    "PUSH_PROMISE of three octets",
    [MARK, frame(TYPE.PUSH_PROMISE, FLAG.endHeaders, 1, "\0\0\0")],
    [fatal("FRAME_LENGTH_INVALID")],
    PUSH,
  ),

  server(4)(
    "padding is no content, and no frame",
    [
      post(1),
      data(1, "ab", { pad: 255 }),
      data(1, "cd", { pad: 0 }),
      data(1, "ef", { ...END, pad: 9 }),
      get(3),
    ],
    ["request 1 POST /", "data 1 abcdef", "end 1", ...got(3)],
  ),
  server(4)(
    "padding behind a field block",
    [headers(1, GET, { ...END, pad: 200 }), get(3)],
    [...got(1), ...got(3)],
  ),
  server(4)(
    "padding that is longer than the frame",
    [post(1), MARK, data(1, "", { pad: 5, padded: 4 })],
    ["request 1 POST /", fatal("PADDING_INVALID")],
  ),
  server(4)(
    "all of the frame is padding",
    [post(1), data(1, "", { ...END, pad: 255 })],
    ["request 1 POST /", "end 1"],
  ),

  server(5)(
    "padding counts against the window of a stream",
    [post(1), data(1, "", { pad: 255 }), get(3)],
    ["request 1 POST /", refused("STREAM_WINDOW_EXCEEDED"), ...got(3)],
    { settings: { initialWindowSize: 255 }, sends: ["RST_STREAM 1 FLOW_CONTROL_ERROR"] },
  ),
  server(5)(
    "a window that is just enough for content, length and padding",
    [post(1), data(1, "", { ...END, pad: 255 })],
    ["request 1 POST /", "end 1"],
    { settings: { initialWindowSize: 256 } },
  ),
  server(5)(
    "one octet above the window of the connection",
    () => [post(1), ...Array.from({ length: 4 }, () => data(1, "x".repeat(16_384)))],
    ["request 1 POST /", "data 1 *", fatal("CONNECTION_WINDOW_EXCEEDED")],
    {
      settings: { initialWindowSize: 1_000_000, connectionWindowSize: 65_535 },
      window: "manual",
      sends: ["GOAWAY 1 FLOW_CONTROL_ERROR"],
    },
  ),

  server(6)(
    "content-length 0 and the end behind the head",
    then(headers(1, request("POST", "/", ["content-length", "0"]), END)),
    ["request 1 POST /", "end 1", ...got(3)],
  ),

  server(7)(":protocol that nobody allowed", then(headers(1, EXTENDED)), [
    refused("PROTOCOL_INVALID"),
    ...got(3),
  ]),
  server(7)(
    ":protocol with GET",
    then(headers(1, concat([GET, literal(":protocol", "websocket")]), END)),
    [refused("PROTOCOL_INVALID"), ...got(3)],
    CONNECT,
  ),
  server(7)(
    "an extended CONNECT",
    [headers(1, EXTENDED), get(3)],
    ["request 1 CONNECT /chat, offers websocket", ...got(3)],
    CONNECT,
  ),
  server(7)(
    "CONNECT with a path",
    then(headers(1, literals([":method", "CONNECT", ":authority", "a:1", ":path", "/"]))),
    [refused("CONNECT_INVALID"), ...got(3)],
  ),
  server(7)(
    "CONNECT without a port",
    then(headers(1, literals([":method", "CONNECT", ":authority", "a"]))),
    ["error H2_CONNECT_INVALID|H2_AUTHORITY_INVALID stream 1", ...got(3)],
  ),

  server(8)(
    "a pseudo-header field behind a regular one, in another frame",
    then(
      concat([
        headers(1, concat([GET, literal("x", "y")]), { ...END, endHeaders: false }),
        continuation(1, literal(":authority", "b"), true),
      ]),
    ),
    ["error H2_PSEUDO_MISPLACED|H2_PSEUDO_REPEATED stream 1", ...got(3)],
  ),
  server(8)(
    "a pseudo-header field in trailers",
    then(concat([post(1), headers(1, field(":method", "GET"), END)])),
    ["request 1 POST /", "error H2_PSEUDO_IN_TRAILERS|H2_PSEUDO_WRONG stream 1", ...got(3)],
  ),
  ...([":method", ":scheme", ":path"] as const).map((name) => {
    const all = [":method", "GET", ":scheme", "https", ":path", "/", ":authority", "a"];
    all.splice(all.indexOf(name), 2);
    return server(8)(`without ${name}`, then(headers(1, literals(all), END)), [
      refused("PSEUDO_MISSING"),
      ...got(3),
    ]);
  }),

  server(9)(
    "settings in pieces",
    [
      settings(
        [SETTING.INITIAL_WINDOW_SIZE, 5],
        [SETTING.INITIAL_WINDOW_SIZE, 70_000],
        [0xface, 1],
      ),
      get(1),
    ],
    ["settings 4=70000 64206=1", ...got(1)],
  ),
  server(9)(
    "a block in nine pieces of odd lengths",
    [
      headersInPieces(
        1,
        request("GET", "/", ["x-long", "v".repeat(40), "x-b", "w".repeat(17)]),
        9,
        END,
      ),
      get(3),
    ],
    [...got(1), ...got(3)],
  ),

  server(10)(
    "te twice, once wrong",
    then(headers(1, request("GET", "/", ["te", "trailers", "te", "gzip"]), END)),
    [refused("TE_INVALID"), ...got(3)],
  ),
  client(10)(
    "te in a response",
    [headers(1, response("200", ["te", "trailers"]), END)],
    [refused("TE_INVALID")],
  ),
  server(10)(
    "connection fields in trailers",
    then(concat([post(1), headers(1, literal("transfer-encoding", "chunked"), END)])),
    ["request 1 POST /", refused("CONNECTION_FIELD"), ...got(3)],
  ),
];
