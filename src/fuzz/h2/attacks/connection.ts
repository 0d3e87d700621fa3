// H2-S18, H2-S20, H2-S24 to H2-S26, H2-S28 to H2-S31: settings that hurt, windows that overflow, frames
// behind the end of a connection, unknown frames, promises, priorities, the last stream identifier.

import { concat } from "../../latin1.js";
import { request, response } from "../field-block.js";
import {
  altSvc,
  continuation,
  data,
  frame,
  goaway,
  headers,
  type Octets,
  origin,
  ping,
  priority,
  priorityUpdate,
  pushPromise,
  rstStream,
  SETTING,
  settings,
  settingsAck,
  TYPE,
  windowUpdate,
} from "../frames.js";
import { type H2Attack, h2RowsOf, inSteps, MARK, many, streamOf } from "../row.js";

const s18 = h2RowsOf("H2-S18", "server");
const s20 = h2RowsOf("H2-S20", "server");
const s20client = h2RowsOf("H2-S20", "client");
const s24 = h2RowsOf("H2-S24", "server");
const s24client = h2RowsOf("H2-S24", "client");
const s25 = h2RowsOf("H2-S25", "server");
const s26 = h2RowsOf("H2-S26", "server");
const s26client = h2RowsOf("H2-S26", "client");
const s28 = h2RowsOf("H2-S28", "server");
const s28client = h2RowsOf("H2-S28", "client");
const s29 = h2RowsOf("H2-S29", "client");
const s29server = h2RowsOf("H2-S29", "server");
const s30 = h2RowsOf("H2-S30", "server");
const s30client = h2RowsOf("H2-S30", "client");
const s31 = h2RowsOf("H2-S31", "server");

const KIB = 1024;
const MOST = 2 ** 31 - 1;
const GET = request();
const get = (streamId: number) => headers(streamId, GET, { end: true });
const post = (streamId: number) => headers(streamId, request("POST"));
const got = (streamId: number) => [`request ${streamId} GET /`, `end ${streamId}`];
const fatal = (name: string) => `error H2_${name} connection`;
const ANSWERS = { application: { content: 5 } };
const PUSH = { settings: { enablePush: true } };

/** Good and bad frames of each type, to stand behind the end of a connection. */
const BEHIND: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ["DATA", data(1, "x")],
  ["HEADERS", get(1)],
  ["HEADERS that are no HPACK", headers(3, "\x80", { end: true })],
  ["PRIORITY of the wrong length", frame(TYPE.PRIORITY, 0, 1, "abc")],
  ["RST_STREAM of the wrong length", frame(TYPE.RST_STREAM, 0, 1, "abc")],
  ["SETTINGS", settings([SETTING.INITIAL_WINDOW_SIZE, 1])],
  ["SETTINGS of the wrong length", frame(TYPE.SETTINGS, 0, 0, "abc")],
  ["PUSH_PROMISE", pushPromise(1, 2, GET)],
  ["PING", ping()],
  ["GOAWAY", goaway(0, 0)],
  ["GOAWAY of the wrong length", frame(TYPE.GOAWAY, 0, 0, "abc")],
  ["WINDOW_UPDATE", windowUpdate(0, MOST)],
  ["CONTINUATION", continuation(1, GET, true)],
  ["ALTSVC of the wrong length", frame(TYPE.ALTSVC, 0, 0, "a")],
  ["ORIGIN of the wrong length", frame(TYPE.ORIGIN, 0, 0, "\xff\xffa")],
  ["PRIORITY_UPDATE of the wrong length", frame(TYPE.PRIORITY_UPDATE, 0, 0, "abc")],
  ["an unknown frame", frame(0xee, 0xff, 1, "abc")],
];

const known: ReadonlySet<number> = new Set(Object.values(TYPE));
/** Every type that has no name. */
const unknownFrames = (streamId: number, payload: Octets) =>
  concat(
    Array.from({ length: 256 }, (_, type) => type)
      .filter((type) => !known.has(type))
      .map((type) => frame(type, 0xff, streamId, payload)),
  );

export const CONNECTION_ATTACKS: readonly H2Attack[] = [
  s18(
    "a peer that wants heads of one octet is answered all the same: the setting is advice",
    [settings([SETTING.MAX_HEADER_LIST_SIZE, 1]), get(1)],
    ["settings 6=1", ...got(1)],
    { ...ANSWERS, sends: ["HEADERS 1 *", "DATA 1 5 end"] },
  ),
  s18(
    "the same with 0",
    [settings([SETTING.MAX_HEADER_LIST_SIZE, 0]), get(1)],
    ["settings 6=0", ...got(1)],
    { ...ANSWERS, sends: ["HEADERS 1 *", "DATA 1 5 end"] },
  ),

  ...[0, 1, 16_383, 16_777_216, 2 ** 32 - 1].flatMap((value) => [
    s20(
      `MAX_FRAME_SIZE ${value}`,
      [MARK, settings([SETTING.MAX_FRAME_SIZE, value])],
      [fatal("SETTING_INVALID")],
    ),
    s20client(
      `MAX_FRAME_SIZE ${value}`,
      [MARK, settings([SETTING.MAX_FRAME_SIZE, value])],
      [fatal("SETTING_INVALID")],
    ),
  ]),
  s20(
    "a good value behind a bad one of the same frame does not help",
    [settings([SETTING.MAX_FRAME_SIZE, 0], [SETTING.MAX_FRAME_SIZE, 16_384])],
    [fatal("SETTING_INVALID")],
  ),
  s20(
    "MAX_FRAME_SIZE 16384",
    [settings([SETTING.MAX_FRAME_SIZE, 16_384]), get(1)],
    ["settings 5=16384", ...got(1)],
  ),
  s20(
    "MAX_FRAME_SIZE 16777215, and answers are sent",
    [settings([SETTING.MAX_FRAME_SIZE, 16_777_215]), get(1)],
    ["settings 5=16777215", ...got(1)],
    {
      application: { content: 40_000 },
      sends: ["HEADERS 1 *", "DATA 1 *"],
      out: 41_000,
      memory: 96 * KIB,
    },
  ),
  s20("ENABLE_PUSH 2", [MARK, settings([SETTING.ENABLE_PUSH, 2])], [fatal("SETTING_INVALID")]),
  s20(
    "INITIAL_WINDOW_SIZE 2^31",
    [MARK, settings([SETTING.INITIAL_WINDOW_SIZE, 2 ** 31])],
    [fatal("SETTING_WINDOW_INVALID")],
  ),
  s20(
    "ENABLE_CONNECT_PROTOCOL 2",
    [MARK, settings([SETTING.ENABLE_CONNECT_PROTOCOL, 2])],
    [fatal("SETTING_INVALID")],
  ),
  s20(
    "NO_RFC7540_PRIORITIES 2",
    [MARK, settings([SETTING.NO_RFC7540_PRIORITIES, 2])],
    [fatal("SETTING_INVALID")],
  ),

  s24(
    "the window of the connection",
    [MARK, windowUpdate(0, MOST)],
    [fatal("CONNECTION_WINDOW_OVERFLOW")],
  ),
  s24(
    "2^31 - 1 twice",
    [windowUpdate(0, MOST - 65_535), MARK, windowUpdate(0, 1)],
    [fatal("CONNECTION_WINDOW_OVERFLOW")],
  ),
  s24(
    "the window of a stream",
    [post(1), windowUpdate(1, MOST), get(3)],
    ["request 1 POST /", "error H2_STREAM_WINDOW_OVERFLOW stream 1", ...got(3)],
    { sends: ["RST_STREAM 1 FLOW_CONTROL_ERROR"] },
  ),
  s24(
    "an initial window that lifts a stream above 2^31 - 1",
    [
      post(1),
      windowUpdate(1, MOST - 65_535),
      MARK,
      settings([SETTING.INITIAL_WINDOW_SIZE, 65_536]),
    ],
    ["request 1 POST /", fatal("SETTING_WINDOW_OVERFLOW")],
  ),
  s24(
    "an overflow while an answer waits for the window",
    [
      settings([SETTING.INITIAL_WINDOW_SIZE, 0]),
      get(1),
      { do: "read" },
      windowUpdate(0, MOST),
      data(1, "x"),
      ping(),
    ],
    ["settings 4=0", ...got(1), fatal("CONNECTION_WINDOW_OVERFLOW")],
    { application: { content: 50_000 } },
  ),
  s24client(
    "the window of the connection",
    [MARK, windowUpdate(0, MOST)],
    [fatal("CONNECTION_WINDOW_OVERFLOW")],
  ),

  ...BEHIND.map(([name, bytes]) =>
    s25(
      `${name} behind a connection error`,
      [get(1), frame(TYPE.PING, 0, 0, "1234567"), bytes, bytes],
      [...got(1), fatal("FRAME_LENGTH_INVALID")],
      { sends: ["GOAWAY 1 FRAME_SIZE_ERROR"] },
    ),
  ),
  s25(
    "frames in later pieces",
    [
      get(1),
      frame(TYPE.PING, 0, 0, "1234567"),
      { do: "read" },
      get(3),
      ping(),
      goaway(0, 0),
      { do: "end" },
    ],
    [...got(1), fatal("FRAME_LENGTH_INVALID")],
  ),
  s25(
    "a request behind GOAWAY of the peer",
    [goaway(0, 0), get(1), { do: "read" }],
    // RFC 9113 section 6.8 binds the receiver of GOAWAY only: the request may be taken or left.
    ["goaway 0 0", "…"],
    ANSWERS,
  ),

  s26("every type without a name on the connection", [unknownFrames(0, ""), get(1)], got(1)),
  s26("the same on a stream", [get(1), unknownFrames(1, "abcde"), get(3)], [...got(1), ...got(3)]),
  s26("the same on an idle stream", [unknownFrames(99, "abcde"), get(1)], got(1)),
  s26client(
    "the same from a server",
    [unknownFrames(0, "abcde"), headers(1, response(), { end: true })],
    ["response 1 200", "end 1"],
  ),
  s26(
    "ALTSVC and ORIGIN say nothing to a server",
    [altSvc(0, "https://a", 'h2=":443"'), altSvc(1, "", 'h2=":443"'), origin("https://a"), get(1)],
    got(1),
  ),
  s26(
    "unknown frames without end",
    () => [many(30_000, (at) => frame(0x0b + 0x1f * (at % 7), 0, 0))],
    [fatal("CONTROL_FLOOD")],
  ),
  s26(
    "an unknown frame above the largest size",
    [MARK, frame(0xee, 0, 0, "", 16_385)],
    [fatal("FRAME_TOO_LARGE")],
  ),
  s26(
    "every flag of every type is ignored where it means nothing",
    [
      frame(TYPE.PING, 0xfe, 0, "abcdefgh"),
      frame(TYPE.WINDOW_UPDATE, 0xff, 0, "\0\0\0\x01"),
      get(1),
    ],
    ["ping abcdefgh", ...got(1)],
  ),

  s28(
    "priorities of two hundred streams that are idle",
    [many(200, (at) => priorityUpdate(streamOf(at), "u=1"))],
    ["…", fatal("PRIORITY_UPDATE_INVALID")],
  ),
  s28(
    "priorities of one stream without end",
    () => [many(30_000, (at) => priorityUpdate(1, `u=${at % 8}`))],
    ["…", fatal("CONTROL_FLOOD")],
  ),
  s28(
    "a long value",
    [priorityUpdate(1, `u=1, x="${"y".repeat(16_000)}"`), get(1)],
    ["…", ...got(1)],
  ),
  s28("a value that does not parse", [priorityUpdate(1, "u=:("), get(1)], ["…", ...got(1)]),
  s28(
    "a priority of stream 0",
    [MARK, priorityUpdate(0, "u=1")],
    [fatal("PRIORITY_UPDATE_INVALID")],
  ),
  s28client(
    "a priority from a server",
    [MARK, priorityUpdate(1, "u=1")],
    [fatal("PRIORITY_UPDATE_INVALID")],
  ),

  s29("a promise that nobody allowed", [MARK, pushPromise(1, 2, GET)], [fatal("PUSH_FORBIDDEN")]),
  s29server(
    "a promise from a client",
    [get(1), MARK, pushPromise(1, 2, GET)],
    [...got(1), fatal("PUSH_FORBIDDEN")],
  ),
  s29(
    "promises without end",
    () => [many(1_000, (at) => pushPromise(1, 2 * at + 2, GET))],
    ["…", "error H2_PUSH_FLOOD stream|connection *", "…"],
    { ...PUSH, memory: 128 * KIB, out: 12 * KIB },
  ),
  s29(
    "more promises than resets are allowed",
    () => [many(1_600, (at) => pushPromise(1, 2 * at + 2, GET))],
    ["…", "error H2_PUSH_FLOOD|H2_RESET_FLOOD connection"],
    { ...PUSH, memory: 128 * KIB, out: 16 * KIB },
  ),
  s29(
    "a promise of an odd stream",
    [MARK, pushPromise(1, 3, GET)],
    [fatal("PROMISED_ID_INVALID")],
    PUSH,
  ),
  s29(
    "a promise of stream 0",
    [MARK, pushPromise(1, 0, GET)],
    [fatal("PROMISED_ID_INVALID")],
    PUSH,
  ),
  s29(
    "a promise of a stream twice",
    [pushPromise(1, 2, GET), MARK, pushPromise(1, 2, GET)],
    ["push 1 2 GET /", fatal("PROMISED_ID_INVALID")],
    PUSH,
  ),
  s29(
    "a promise of an unsafe request",
    [pushPromise(1, 2, request("POST"))],
    ["error H2_PUSH_INVALID stream 2"],
    PUSH,
  ),
  s29(
    "a promise with content",
    [pushPromise(1, 2, request("GET", "/", ["content-length", "5"]))],
    ["error H2_PUSH_INVALID stream 2"],
    PUSH,
  ),

  s30(
    "debug data above the largest frame",
    [MARK, frame(TYPE.GOAWAY, 0, 0, "12345678", 16_000_000)],
    [fatal("FRAME_TOO_LARGE")],
  ),
  s30("16 KiB of debug data", [goaway(0, 2, "d".repeat(16_376))], ["goaway 0 2 (1024 bytes)"]),
  s30(
    "GOAWAY without end",
    () => [post(1), ...inSteps(300, () => many(100, () => goaway(0, 0, "d".repeat(40))))],
    ["…", fatal("CONTROL_FLOOD")],
  ),
  s30client(
    "debug data that is no text",
    [goaway(1, 0, "\0\xff\x1b[2J")],
    ["goaway 1 0 \\x00\\xff\\x1b[2J"],
  ),
  s30client(
    "a second GOAWAY that raises the last stream",
    [goaway(1, 0), MARK, goaway(3, 0)],
    ["goaway 1 0", fatal("GOAWAY_RAISED")],
  ),

  s31(
    "the last identifier, then one that is lower",
    [get(MOST), MARK, get(1)],
    [...got(MOST), "error H2_STREAM_ID_INVALID|H2_STREAM_CLOSED connection"],
  ),
  s31(
    "the last identifier, twice",
    [get(MOST), get(MOST)],
    [...got(MOST), `error H2_STREAM_CLOSED stream|connection *`],
    {},
  ),
  s31("the last identifier is answered", [get(MOST)], got(MOST), {
    ...ANSWERS,
    sends: [`HEADERS ${MOST} *`, `DATA ${MOST} 5 end`],
  }),
  s31("an even identifier", [MARK, get(2)], [fatal("STREAM_ID_INVALID")]),
  s31("identifier 0", [MARK, get(0)], [fatal("STREAM_ID_ZERO")]),
  s31(
    "an identifier that is lower than the last",
    [get(5), MARK, get(3)],
    [...got(5), "error H2_STREAM_ID_INVALID|H2_STREAM_CLOSED connection"],
  ),
  s31("a reset of an idle stream", [MARK, rstStream(1, 8)], [fatal("STREAM_IDLE")]),
  s31("a window of an idle stream", [MARK, windowUpdate(1, 1)], [fatal("STREAM_IDLE")]),
  s31("DATA of an idle stream", [MARK, data(1, "x")], [fatal("STREAM_IDLE")]),
  s31(
    "PRIORITY leaves an idle stream idle",
    [priority(5, 0), get(1), get(3), get(5)],
    [...got(1), ...got(3), ...got(5)],
  ),
  s31(
    "an acknowledgement with a payload",
    [MARK, frame(TYPE.SETTINGS, 1, 0, "abcdef"), settingsAck()],
    [fatal("FRAME_LENGTH_INVALID")],
  ),
];
