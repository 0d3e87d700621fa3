// Mistakes of HTTP/3 and QPACK before the inspector: strictly the first one, with the code that our own connection gives it;
// leniently all of them, and what stands between them is shown.

import { H3Connection } from "tercet/h3";
import { describe, expect, test } from "vitest";
import type { Direction, Draft } from "../../src/inspect/events.js";
import { H3Inspector } from "../../src/inspect/h3-inspector.js";
import {
  cancelPush,
  concat,
  connect,
  control,
  data,
  frame,
  GET,
  goaway,
  headers,
  maxPushId,
  OK,
  POST,
  priorityUpdate,
  push,
  pushPriorityUpdate,
  pushPromise,
  request,
  response,
  settings,
  uni,
  unknownFrame,
} from "../helpers/h3-frames.js";
import { byteWise } from "../helpers/pieces.js";
import { insert, octets } from "../helpers/qpack-wire.js";

/** Bytes on a stream, which end there where it says so. */
type Said = readonly [streamId: number, bytes: Uint8Array, end?: "fin" | "reset"];

interface Mistake {
  readonly name: string;
  readonly from: Direction;
  readonly said: readonly Said[];
  readonly code: string;
}

const mistakes: Mistake[] = [];
const client = (name: string, code: string, ...said: Said[]) =>
  mistakes.push({ name, from: "client", code, said });
const server = (name: string, code: string, ...said: Said[]) =>
  mistakes.push({ name, from: "server", code, said });

const more = (...fields: string[]) => headers(request("GET", "/", fields));
const message = (bytes: Uint8Array): Said => [0, bytes, "fin"];

// Field sections.
client("H3-MSG-2: a name in capitals", "H3_FIELD_NAME_INVALID", message(more("Accept", "*/*")));
client("H3-MSG-2: a name with a space", "H3_FIELD_NAME_INVALID", message(more("a b", "c")));
client("a value with a line break", "H3_FIELD_VALUE_INVALID", message(more("a", "b\r\nc")));
client("a connection field", "H3_CONNECTION_FIELD", message(more("connection", "close")));
client("transfer-encoding", "H3_CONNECTION_FIELD", message(more("transfer-encoding", "chunked")));
client("te without trailers", "H3_TE_INVALID", message(more("te", "gzip")));
client("a pseudo-field that is none", "H3_PSEUDO_UNKNOWN", message(headers([...GET, ":x", "y"])));
client(
  "a pseudo-field behind the others",
  "H3_PSEUDO_MISPLACED",
  message(headers([...GET.slice(0, 6), "a", "b", ":path", "/"])),
);
client("a pseudo-field twice", "H3_PSEUDO_REPEATED", message(headers([...GET, ":path", "/b"])));
client("no :path", "H3_PSEUDO_MISSING", message(headers(GET.slice(0, 6))));
client("no :method", "H3_PSEUDO_MISSING", message(headers(GET.slice(2))));
client("a status in a request", "H3_PSEUDO_WRONG", message(headers([...GET, ":status", "200"])));
client("a path of nothing", "H3_PATH_INVALID", message(headers(request("GET", ""))));
client("a method with a space", "H3_METHOD_INVALID", message(headers(request("G T"))));
client("host that differs", "H3_HOST_DIFFERS", message(more("host", "b")));
client("CONNECT with a path", "H3_CONNECT_INVALID", message(headers([...connect(), ":path", "/"])));
client(
  "a content-length that is none",
  "H3_CONTENT_LENGTH_INVALID",
  message(more("content-length", "a")),
);
client(
  "pseudo-fields in trailers",
  "H3_PSEUDO_IN_TRAILERS",
  message(concat(headers(POST), data("a"), headers([":path", "/"]))),
);
server("no status", "H3_PSEUDO_MISSING", message(headers(["a", "b"])));
server("a status of two digits", "H3_STATUS_INVALID", message(headers(response(99))));
server("101", "H3_STATUS_SWITCHING", message(headers(response(101))));
server("an informational response alone", "H3_INFORMATIONAL_END", message(headers(response(103))));

// Content.
client(
  "less content than it says",
  "H3_CONTENT_LENGTH_MISMATCH",
  message(concat(headers([...POST, "content-length", "3"]), data("ab"))),
);
client(
  "more content than it says",
  "H3_CONTENT_LENGTH_MISMATCH",
  message(concat(headers([...POST, "content-length", "1"]), data("ab"))),
);
server(
  "content shorter than the response says",
  "H3_CONTENT_LENGTH_MISMATCH",
  message(concat(headers(response(200, ["content-length", "3"])), data("ab"))),
);

// Frames.
client("DATA first", "H3_FRAME_UNEXPECTED", message(concat(data("a"), headers(GET))));
client("SETTINGS on a request", "H3_FRAME_UNEXPECTED", message(concat(headers(GET), settings())));
client(
  "a frame of HTTP/2",
  "H3_FRAME_UNEXPECTED",
  message(concat(headers(GET), frame(0x8, "abcd"))),
);
client(
  "PUSH_PROMISE of a client",
  "H3_FRAME_UNEXPECTED",
  message(concat(headers(GET), pushPromise(0, GET))),
);
client(
  "HEADERS behind trailers",
  "H3_FRAME_UNEXPECTED",
  message(concat(headers(POST), data("a"), headers(["a", "b"]), headers(["a", "b"]))),
);
client(
  "DATA behind trailers",
  "H3_FRAME_UNEXPECTED",
  message(concat(headers(POST), headers(["a", "b"]), data("a"))),
);
client(
  "half a frame",
  "H3_FRAME_TRUNCATED",
  message(concat(headers(POST), data("abc", { length: 9 }))),
);
client("half a header", "H3_FRAME_TRUNCATED", message(concat(headers(POST), Uint8Array.of(0x40))));
client("half a section", "H3_FRAME_TRUNCATED", message(headers(GET).subarray(0, 9)));
client("nothing", "H3_REQUEST_INCOMPLETE", message(new Uint8Array(0)));
client("unknown frames alone", "H3_REQUEST_INCOMPLETE", message(unknownFrame()));
server(
  "two final responses",
  "H3_FRAME_UNEXPECTED",
  message(concat(headers(OK), data("a"), headers(["a", "b"]), data("b"))),
);

// Control streams.
client("no SETTINGS", "H3_SETTINGS_MISSING", [2, uni("control", goaway(0))]);
client("SETTINGS twice", "H3_SETTINGS_REPEATED", [2, control(settings())]);
client("a setting of HTTP/2", "H3_SETTING_FORBIDDEN", [2, uni("control", settings([[2, 0]]))]);
client("a setting twice", "H3_SETTING_REPEATED", [
  2,
  uni(
    "control",
    settings([
      [6, 1],
      [6, 2],
    ]),
  ),
]);
client("a flag of 2", "H3_SETTING_INVALID", [2, uni("control", settings([[8, 2]]))]);
client("half a setting", "H3_FRAME_INVALID", [2, uni("control", frame(0x4, Uint8Array.of(0x06)))]);
client("DATA on it", "H3_FRAME_UNEXPECTED", [2, control(data("a"))]);
client("HEADERS on it", "H3_FRAME_UNEXPECTED", [2, control(headers(GET))]);
client("GOAWAY of two numbers", "H3_FRAME_INVALID", [2, control(frame(0x7, Uint8Array.of(0, 0)))]);
client("MAX_PUSH_ID falls", "H3_PUSH_ID_INVALID", [2, control(maxPushId(4), maxPushId(3))]);
client("a push cancelled that was none", "H3_PUSH_ID_INVALID", [2, control(cancelPush(0))]);
client("a priority of a server's stream", "H3_PRIORITY_UPDATE_INVALID", [
  2,
  control(priorityUpdate(1, "u=1")),
]);
client("a priority of no push", "H3_PUSH_ID_INVALID", [2, control(pushPriorityUpdate(0, "u=1"))]);
client("a second one", "H3_STREAM_REPEATED", [2, control()], [6, control()]);
client("its end", "H3_CRITICAL_STREAM_CLOSED", [2, control(), "fin"]);
client("its reset", "H3_CRITICAL_STREAM_CLOSED", [2, control(), "reset"]);
client(
  "the end of an encoder stream",
  "H3_CRITICAL_STREAM_CLOSED",
  [2, control()],
  [6, uni("encoder"), "fin"],
);
client("a push of a client", "H3_PUSH_STREAM_FORBIDDEN", [2, control()], [6, push(0)]);
server("MAX_PUSH_ID of a server", "H3_FRAME_UNEXPECTED", [3, control(maxPushId(1))]);
server("GOAWAY for a stream of its own", "H3_GOAWAY_ID_INVALID", [3, control(goaway(1))]);
server("GOAWAY that rises", "H3_GOAWAY_RAISED", [3, control(goaway(4), goaway(8))]);

// QPACK.
const section = (...bytes: readonly number[]) => headers(octets(bytes));
client(
  "an entry that is not there",
  "QPACK_INDEX_INVALID",
  message(section(0, 0, 0xff, 0xff, 0x01)),
);
client("a dynamic entry without a table", "QPACK_REFERENCE_INVALID", message(section(0, 0, 0x80)));
client("a table above what is allowed", "QPACK_ENCODER_CAPACITY_INVALID", [
  6,
  uni("encoder", octets(insert.capacity(4_097))),
]);
client("an insertion into no table", "QPACK_ENCODER_ENTRY_TOO_LARGE", [
  6,
  uni("encoder", octets(insert.static(0, "a"))),
]);
client("an increment of 0", "QPACK_DECODER_INCREMENT_INVALID", [
  10,
  uni("decoder", Uint8Array.of(0)),
]);

/** Settings of the other side: those of our connection in these tests. */
const SETTINGS_4096 = uni(
  "control",
  settings([
    [1, 4_096],
    [7, 16],
    [0x33, 1],
  ]),
);

function inspect({ from, said }: Mistake, lenient: boolean, cut = false): Draft[] {
  const inspector = new H3Inspector({ lenient });
  const other: Direction = from === "client" ? "server" : "client";
  const drafts = inspector.stream(other, other === "client" ? 2 : 3, SETTINGS_4096, false);
  if (from === "server") drafts.push(...inspector.stream("client", 0, headers(GET), true));
  for (const [streamId, bytes, end] of said) {
    for (const piece of cut ? byteWise(bytes) : [bytes])
      drafts.push(...inspector.stream(from, streamId, piece, false));
    if (end === "reset") drafts.push(...inspector.reset(from, streamId, 0));
    else if (end === "fin")
      drafts.push(...inspector.stream(from, streamId, new Uint8Array(0), true));
  }
  drafts.push(...inspector.end());
  return drafts;
}

const codesOf = (drafts: readonly Draft[]) =>
  drafts.flatMap((draft) => (draft.event === "error" ? [`${draft.code}`] : []));

/** The first error of our own connection in the place of the receiver. */
function ours({ from, said }: Mistake): string | undefined {
  const role = from === "client" ? "server" : "client";
  const connection = new H3Connection({ role, ...(role === "client" ? { maxPushId: 100 } : {}) });
  if (role === "client")
    connection.sendRequest({
      method: "GET",
      authority: "a",
      path: "/",
      scheme: "https",
      headers: [],
    });
  connection.takeStreams();
  for (const [streamId, bytes, end] of said) {
    const events = [...connection.receiveStream(streamId, bytes, false)];
    if (end === "reset") events.push(...connection.receiveReset(streamId, 0x10c));
    else if (end === "fin")
      events.push(...connection.receiveStream(streamId, new Uint8Array(0), true));
    const error = events.find((event) => event.type === "error");
    if (error?.type === "error") return error.error.code;
  }
  return undefined;
}

describe.each(mistakes)("$from: $name", (mistake) => {
  test("strictly, one error, as our connection says it", () => {
    expect(codesOf(inspect(mistake, false))).toEqual([mistake.code]);
    expect(codesOf(inspect(mistake, false, true))).toEqual([mistake.code]);
    // A server of ours promises nothing: to it no push has a priority.
    const isPush = mistake.name === "a priority of no push";
    expect(ours(mistake)).toBe(isPush ? "H3_PRIORITY_UPDATE_INVALID" : mistake.code);
  });

  test("leniently, the same among all", () => {
    expect(codesOf(inspect(mistake, true))).toContain(mistake.code);
    expect(codesOf(inspect(mistake, true, true))).toEqual(codesOf(inspect(mistake, true)));
  });
});
