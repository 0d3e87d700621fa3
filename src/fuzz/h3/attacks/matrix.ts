// H3-S11: every frame on every stream of both roles (RFC 9114 table 1).

import { concat } from "../../latin1.js";
import * as fields from "../fields.js";
import * as frames from "../frames.js";
import { STREAM_TYPE } from "../registry.js";
import { type H3Attack, type H3Step, h3RowsOf, on, peerStreams } from "../row.js";

const { cancelPush, data, frame, headers, reserved, settings, varint } = frames;
const { hex } = fields;

const rows = (id: string) => ({
  server: h3RowsOf(id, "server"),
  client: h3RowsOf(id, "client"),
});
const s11 = rows("H3-S11");

const STREAMS = { server: peerStreams("server"), client: peerStreams("client") };
const { control: controlId, next } = STREAMS.server;
const got = (streamId: number) => [`request ${streamId} GET /`, `end ${streamId}`];
const GET = headers(fields.request());
const POST = headers(fields.request("POST"));
const OK = headers(fields.response());
const fatal = (code: string) => [`error ${code} connection`];
const closed = (code: string) => ({ sends: [`close ${code}`] });

/** Where a frame may come. */
type Place = "control" | "first" | "message" | "push";
/** A code; "stream CODE" for an error of the stream; else the line of its event with S for the stream, "" for none. */
type Verdict = string;

interface FrameRow {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What becomes of it at a server: on the control stream, first on a request stream, behind its head. */
  readonly server: readonly [control: Verdict, first: Verdict, message: Verdict];
  /** At a client: the same, and behind the head of a push stream. */
  readonly client: readonly [control: Verdict, first: Verdict, message: Verdict, push: Verdict];
}

const NO = "H3_FRAME_UNEXPECTED";
const IDS = "H3_PUSH_ID_INVALID";

/** The matrix of frame x stream x role (RFC 9114 table 1, section 7.2; RFC 9218; RFC 9412). */
const MATRIX: readonly FrameRow[] = [
  {
    name: "DATA",
    bytes: data("x"),
    server: [NO, NO, "data S x"],
    client: [NO, NO, "data S x", "data S x"],
  },
  {
    name: "HEADERS",
    bytes: headers(fields.section(["x", "y"])),
    server: [NO, "stream H3_PSEUDO_MISSING", "trailers S x: y"],
    client: [NO, "stream H3_PSEUDO_MISSING", "trailers S x: y", "trailers S x: y"],
  },
  { name: "CANCEL_PUSH", bytes: cancelPush(0), server: [IDS, NO, NO], client: [IDS, NO, NO, NO] },
  {
    name: "SETTINGS",
    bytes: settings(),
    server: ["H3_SETTINGS_REPEATED", NO, NO],
    client: ["H3_SETTINGS_REPEATED", NO, NO, NO],
  },
  {
    name: "PUSH_PROMISE",
    bytes: frames.pushPromise(9, fields.request()),
    server: [NO, NO, NO],
    client: [NO, IDS, IDS, NO],
  },
  {
    name: "GOAWAY",
    bytes: frames.goaway(4),
    server: ["goaway 4 256", NO, NO],
    client: ["goaway 4 256", NO, NO, NO],
  },
  {
    name: "MAX_PUSH_ID",
    bytes: frames.maxPushId(0),
    server: ["", NO, NO],
    client: [NO, NO, NO, NO],
  },
  {
    name: "PRIORITY_UPDATE",
    bytes: frames.priorityUpdate(0, "u=1"),
    server: ["priority 0 u=1", NO, NO],
    client: [NO, NO, NO, NO],
  },
  {
    name: "PRIORITY_UPDATE of a push",
    bytes: frames.pushPriorityUpdate(0, "u=1"),
    server: ["H3_PRIORITY_UPDATE_INVALID|H3_PUSH_ID_INVALID", NO, NO],
    client: [NO, NO, NO, NO],
  },
  {
    name: "ORIGIN",
    bytes: frames.origin("https://b"),
    server: ["", "", ""],
    client: ["origin https://b", "", "", ""],
  },
  ...[0x2, 0x6, 0x8, 0x9].map(
    (type): FrameRow => ({
      name: `type ${type} of HTTP/2`,
      bytes: frame(type, ""),
      server: [NO, NO, NO],
      client: [NO, NO, NO, NO],
    }),
  ),
  ...[reserved(0), 0xa, 0xb, 0xe, 0x40, 0x4d6f7a].map(
    (type): FrameRow => ({
      name: `unknown type ${type}`,
      bytes: frame(type, "abc"),
      server: ["", "", ""],
      client: ["", "", "", ""],
    }),
  ),
];

const PUSHED = STREAMS.client.next;

function stepsAt(role: "server" | "client", place: Place, bytes: Uint8Array): H3Step[] {
  switch (place) {
    case "control":
      return [on(STREAMS[role].control, bytes)];
    case "first":
      return [on(0, bytes)];
    case "message":
      return [on(0, concat([role === "server" ? POST : OK, bytes]))];
    case "push":
      return [
        on(0, frames.pushPromise(0, fields.request())),
        on(PUSHED, concat([varint(STREAM_TYPE.PUSH), varint(0), OK, bytes])),
      ];
  }
}

const PLACES = ["control", "first", "message", "push"] as const;
const PLACE_NAMES = [
  "the control stream",
  "a stream, first",
  "a stream, behind its head",
  "a push stream, behind its head",
];

/** Lines of what stands before the frame. */
function logBefore(role: "server" | "client", place: Place): string[] {
  if (place === "push") return ["push 0 *", `response ${PUSHED} 200`];
  if (place !== "message") return [];
  return [role === "server" ? "request 0 POST /" : "response 0 200"];
}

function logOf(verdict: Verdict, streamId: number): string[] {
  if (verdict === "") return [];
  if (verdict.startsWith("stream ")) return [`error ${verdict.slice(7)} stream ${streamId}`];
  return verdict.startsWith("H3_") ? fatal(verdict) : [verdict.replace(" S ", ` ${streamId} `)];
}

function matrixRows(role: "server" | "client"): H3Attack[] {
  return MATRIX.flatMap(({ name, bytes, ...verdicts }) =>
    verdicts[role].map((verdict, at) => {
      const place = PLACES[at] ?? "control";
      const log = [...logBefore(role, place), ...logOf(verdict, place === "push" ? PUSHED : 0)];
      const options = place === "push" ? { maxPushId: 3 } : {};
      return s11[role](`${name} on ${PLACE_NAMES[at]}`, stepsAt(role, place, bytes), log, options);
    }),
  );
}

export const MATRIX_ATTACKS: readonly H3Attack[] = [
  ...matrixRows("server"),
  ...matrixRows("client"),
  s11.server(
    "a push stream of a client",
    [on(next, concat([varint(1), varint(0)]))],
    fatal("H3_PUSH_STREAM_FORBIDDEN"),
    closed("H3_STREAM_CREATION_ERROR"),
  ),
  s11.server(
    "MAX_PUSH_ID that falls",
    [on(controlId, concat([frames.maxPushId(9), frames.maxPushId(8)]))],
    fatal("H3_PUSH_ID_INVALID"),
    closed("H3_ID_ERROR"),
  ),
  s11.server(
    "MAX_PUSH_ID again and again",
    [
      on(controlId, concat([frames.maxPushId(0), frames.maxPushId(9), frames.maxPushId(9)])),
      on(0, GET, true),
    ],
    got(0),
  ),
  s11.client(
    "a stream that the server opens",
    [on(1, GET)],
    fatal("H3_STREAM_FORBIDDEN"),
    closed("H3_STREAM_CREATION_ERROR"),
  ),
  s11.server(
    "streams of unknown types, with anything in them",
    [
      on(next, concat([varint(reserved(7)), frame(2, "x")]), true),
      on(next + 4, hex("40 ff ff ff")),
      on(next + 8, concat([varint(frames.VARINT_MAX), hex("00 00")]), true),
      on(0, GET, true),
    ],
    got(0),
  ),
  s11.server(
    "streams that end or are reset before their type",
    [
      on(next, new Uint8Array(0), true),
      on(next + 4, hex("c0 00")),
      { do: "reset", streamId: next + 4, code: 0x100 },
      on(next + 8, hex("40"), true),
      on(0, GET, true),
    ],
    got(0),
  ),
  s11.server(
    "an empty request stream",
    [on(0, new Uint8Array(0), true), on(4, GET, true)],
    ["error H3_REQUEST_INCOMPLETE stream 0", ...got(4)],
  ),
  s11.server(
    "a request that ends before its head",
    [on(0, frame(0x21, "abc"), true), on(4, GET, true)],
    ["error H3_REQUEST_INCOMPLETE stream 0", ...got(4)],
  ),
  s11.server(
    "a stream that ends inside of a frame",
    [on(0, concat([POST, frame(0, "abc", 5)]), true)],
    ["request 0 POST /", "data 0 abc", ...fatal("H3_FRAME_TRUNCATED")],
    closed("H3_FRAME_ERROR"),
  ),
  s11.server(
    "a stream that ends inside of a frame's length",
    [on(0, concat([POST, hex("00 80 00")]), true)],
    ["request 0 POST /", ...fatal("H3_FRAME_TRUNCATED")],
  ),
  s11.server(
    "a stream that ends inside of an unknown frame",
    [on(0, concat([POST, frame(0x21, "abc", 5)]), true)],
    ["request 0 POST /", ...fatal("H3_FRAME_TRUNCATED")],
  ),
  s11.server(
    "HEADERS behind trailers",
    [
      on(
        0,
        concat([POST, headers(fields.section(["x", "y"])), headers(fields.section(["x", "y"]))]),
      ),
    ],
    ["request 0 POST /", "trailers 0 x: y", ...fatal(NO)],
  ),
  s11.server(
    "DATA behind trailers",
    [on(0, concat([POST, headers(fields.section(["x", "y"])), data("abc")]))],
    ["request 0 POST /", "trailers 0 x: y", ...fatal(NO)],
  ),
  s11.server(
    "a second request on a stream",
    [on(0, concat([GET, GET]), true), on(4, GET, true)],
    ["request 0 GET /", "error H3_PSEUDO_IN_TRAILERS|H3_MESSAGE_ORDER stream 0", ...got(4)],
  ),
  s11.client(
    "interim responses, then nothing",
    [on(0, headers(fields.response("103")), true)],
    ["informational 0 103", "error H3_INFORMATIONAL_END|H3_REQUEST_INCOMPLETE stream 0"],
  ),
  s11.client(
    "content of an interim response",
    [on(0, concat([headers(fields.response("103")), data("abc")]))],
    ["informational 0 103", ...fatal(NO)],
  ),
  s11.client(
    "101",
    [on(0, headers(fields.response("101")))],
    ["error H3_STATUS_SWITCHING stream 0"],
  ),
  s11.client(
    "a second final response",
    [on(0, concat([OK, OK]), true)],
    ["response 0 200", "error H3_PSEUDO_IN_TRAILERS|H3_MESSAGE_ORDER stream 0"],
  ),
  s11.server(
    "numbers that are longer than they must be",
    [on(0, concat([varint(1, 8), varint(fields.request().length, 4), fields.request()]), true)],
    got(0),
  ),
];
