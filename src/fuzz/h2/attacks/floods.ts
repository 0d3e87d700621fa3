// H2-S02 to H2-S05, H2-S08 to H2-S10, H2-S15 to H2-S17: frames without end that carry little or nothing,
// resets of either side, streams above the limit.

import { concat } from "../../latin1.js";
import { literal, request } from "../field-block.js";
import {
  data,
  FLAG,
  frame,
  headers,
  PREFACE,
  ping,
  priority,
  priorityFields,
  rstStream,
  SETTING,
  settings,
  settingsAck,
  TYPE,
  windowUpdate,
} from "../frames.js";
import { type H2Attack, h2RowsOf, inSteps, MARK, many, streamOf } from "../row.js";

const s02 = h2RowsOf("H2-S02", "server");
const s03 = h2RowsOf("H2-S03", "server");
const s04 = h2RowsOf("H2-S04", "server");
const s05 = h2RowsOf("H2-S05", "server");
const s05client = h2RowsOf("H2-S05", "client");
const s08 = h2RowsOf("H2-S08", "server");
const s09 = h2RowsOf("H2-S09", "server");
const s10 = h2RowsOf("H2-S10", "server");
const s15 = h2RowsOf("H2-S15", "server");
const s16 = h2RowsOf("H2-S16", "server");
const s17 = h2RowsOf("H2-S17", "server");

const KIB = 1024;
const GET = request();
const POST = request("POST");
const get = (streamId: number) => headers(streamId, GET, { end: true });
const post = (streamId: number) => headers(streamId, POST);
const FLOOD = "error H2_CONTROL_FLOOD connection";
const RESETS = "error H2_RESET_FLOOD connection";
/** Nobody reads: whichever bucket is full first. */
const UNREAD = "error H2_OUTBOUND_FLOOD|H2_CONTROL_FLOOD connection";
const opened = (streamId: number) => `request ${streamId} POST /`;
const got = (streamId: number) => [`request ${streamId} GET /`, `end ${streamId}`];

/** More than a thousand streams, each of which makes us reset it. */
const provoked = (frames: (streamId: number) => Uint8Array) => () => [
  many(1_600, (at) => concat([post(streamOf(at)), frames(streamOf(at))])),
];

const BROKEN = request("GET", "/", literal("A", "b"));
/** 13 bytes for each reset of the burst, and as much again. */
const RESETS_OUT = 2 * 13 * 1_100;

export const FLOOD_ATTACKS: readonly H2Attack[] = [
  s02("pings that nobody reads the answers of", () => [many(6_000, () => ping())], ["…", UNREAD], {
    out: 66 * KIB,
  }),
  s02("pings without end", () => inSteps(400, () => many(100, () => ping())), ["…", FLOOD], {
    reads: true,
    out: 17 * 12_000,
  }),
  s02(
    "acknowledgements of pings that were never sent",
    () => [many(30_000, () => ping("12345678", true))],
    ["…", FLOOD],
    { out: KIB },
  ),
  s02("a few pings", [many(20, () => ping("abcdefgh"))], Array(20).fill("ping abcdefgh"), {
    sends: Array(20).fill("PING ack"),
  }),

  s03(
    "PRIORITY on idle streams without end",
    () => [many(30_000, (at) => priority(streamOf(at), streamOf(at + 1)))],
    [FLOOD],
  ),
  s03(
    "one stream that moves through the tree without end",
    () => [
      get(1),
      many(30_000, (at) => priority(1, streamOf(1 + (at % 500)), 1 + (at % 256), true)),
    ],
    [...got(1), FLOOD],
  ),
  s03(
    "a tree of two thousand streams keeps nothing, and goes on",
    () => [many(2_000, (at) => priority(streamOf(at), streamOf(at + 1), 256)), get(4_001)],
    got(4_001),
  ),

  s04(
    "malformed requests that make us reset",
    () => [many(3_000, (at) => headers(streamOf(at), BROKEN, { end: true }))],
    ["…", RESETS],
    { out: RESETS_OUT },
  ),
  s04(
    "the same, and the peer reads",
    () => inSteps(300, (step) => many(10, (at) => headers(streamOf(10 * step + at), BROKEN))),
    ["…", RESETS],
    { reads: true, out: RESETS_OUT },
  ),

  s05(
    "empty SETTINGS that nobody reads the answers of",
    () => [many(20_000, () => settings())],
    ["…", UNREAD],
    {
      out: 66 * KIB,
    },
  ),
  s05("SETTINGS without end", () => inSteps(300, () => many(100, () => settings())), ["…", FLOOD], {
    reads: true,
    out: 9 * 12_000,
  }),
  s05(
    "two thousand settings in one frame",
    [MARK, settings(...Array.from({ length: 2_730 }, (_, at) => [0x100 + at, at] as const))],
    ["error H2_SETTINGS_TOO_MANY connection"],
  ),
  s05(
    "33 settings in one frame",
    [
      MARK,
      settings(...Array.from({ length: 33 }, () => [SETTING.INITIAL_WINDOW_SIZE, 1] as const)),
    ],
    ["error H2_SETTINGS_TOO_MANY connection"],
  ),
  s05(
    "32 settings in one frame, the last of each counts",
    [
      settings(
        ...Array.from({ length: 32 }, (_, at) => [SETTING.INITIAL_WINDOW_SIZE, at] as const),
      ),
    ],
    ["settings 4=31"],
    { sends: ["SETTINGS ack"] },
  ),
  s05(
    "windows of many streams moved up and down",
    () => [
      many(128, (at) => post(streamOf(at))),
      many(500, (at) =>
        settings(
          ...Array.from({ length: 32 }, (_, n) => [SETTING.INITIAL_WINDOW_SIZE, n + at] as const),
        ),
      ),
    ],
    ["…", "settings 4=530"],
    { out: 8 * KIB, memory: 128 * KIB },
  ),
  s05(
    "an acknowledgement of SETTINGS that were never sent is nothing",
    [settingsAck(), get(1)],
    [...got(1)],
  ),
  s05(
    "such acknowledgements without end",
    () => [many(20_000, () => settingsAck())],
    ["error H2_CONTROL_FLOOD connection"],
    { out: 64 },
  ),
  s05client(
    "a server that sends SETTINGS without end",
    () => [many(20_000, () => settings([SETTING.MAX_CONCURRENT_STREAMS, 100]))],
    ["…", UNREAD],
    { out: 66 * KIB },
  ),

  s08("empty DATA without end", () => [post(1), many(30_000, () => data(1, ""))], [
    opened(1),
    FLOOD,
  ]),
  s08(
    "DATA that is only its Pad Length octet",
    () => [post(1), many(30_000, () => data(1, "", { pad: 0 }))],
    [opened(1), FLOOD],
  ),
  s08(
    "DATA that is only padding",
    () => [post(1), ...inSteps(300, () => many(100, () => data(1, "", { pad: 255 })))],
    [opened(1), FLOOD],
    { reads: true, out: 16 * KIB },
  ),
  s08(
    "empty HEADERS on new streams",
    () => [many(3_000, (at) => headers(streamOf(at), "", { end: true }))],
    ["…", "error H2_PSEUDO_MISSING stream 3", "…", RESETS],
    { out: RESETS_OUT },
  ),
  s08(
    "a few empty DATA frames",
    [post(1), many(50, () => data(1, "")), data(1, "", { end: true })],
    [opened(1), "end 1"],
  ),

  s09(
    "requests that are cancelled at once",
    () => [many(5_000, (at) => concat([get(streamOf(at)), rstStream(streamOf(at), 8)]))],
    ["…", RESETS],
    { memory: 128 * KIB },
  ),
  s09(
    "the same, and the peer reads answers that are never sent",
    () =>
      inSteps(500, (step) =>
        many(10, (at) =>
          concat([get(streamOf(10 * step + at)), rstStream(streamOf(10 * step + at), 8)]),
        ),
      ),
    ["…", RESETS],
    { reads: true, application: { content: 10 }, memory: 128 * KIB, out: 16 * KIB },
  ),
  s09(
    "nine hundred cancelled requests are within the burst",
    () => [many(900, (at) => concat([get(streamOf(at)), rstStream(streamOf(at), 8)])), get(1_801)],
    ["…", ...got(1_801)],
    { memory: 128 * KIB },
  ),

  s10(
    "uploads that are cancelled before anybody looks at them",
    () => [many(5_000, (at) => concat([post(streamOf(at)), rstStream(streamOf(at), 8)]))],
    ["…", RESETS],
    { memory: 128 * KIB },
  ),

  s15(
    "windows of 0",
    provoked((id) => windowUpdate(id, 0)),
    ["…", RESETS],
    { out: RESETS_OUT },
  ),
  s15(
    "windows that overflow",
    provoked((id) => windowUpdate(id, 2 ** 31 - 1)),
    ["…", RESETS],
    {
      out: RESETS_OUT,
    },
  ),
  s15(
    "DATA behind the end of the stream",
    () => [many(1_600, (at) => concat([get(streamOf(at)), data(streamOf(at), "x")]))],
    ["…", "error H2_STREAM_CLOSED stream 1", "…", RESETS],
    { out: RESETS_OUT },
  ),
  s15(
    "PRIORITY of the wrong length",
    provoked((id) => frame(TYPE.PRIORITY, 0, id, priorityFields(0).subarray(0, 4))),
    ["…", "error H2_FRAME_LENGTH_INVALID stream 1", "…", RESETS],
    { out: RESETS_OUT },
  ),
  s15(
    "streams that depend on themselves",
    provoked((id) => priority(id, id)),
    ["…", "error H2_SELF_DEPENDENCY stream 1", "…", RESETS],
    { out: RESETS_OUT },
  ),
  s15(
    "content that is longer than its length",
    () => [
      many(1_600, (at) =>
        concat([
          headers(streamOf(at), request("POST", "/", ["content-length", "1"])),
          data(streamOf(at), "xx"),
        ]),
      ),
    ],
    ["…", "error H2_CONTENT_LENGTH_MISMATCH stream 1", "…", RESETS],
    { out: RESETS_OUT },
  ),
  s15(
    "padding as long as the payload is an error of the connection at once",
    [post(1), MARK, frame(TYPE.DATA, FLAG.padded, 1, "\x05abcd")],
    [opened(1), "error H2_PADDING_INVALID connection"],
  ),

  s16(
    "DATA of one byte that the application does not take",
    () => [post(1), many(60_000, () => data(1, "x"))],
    [opened(1), "data 1 *", FLOOD],
    { window: "manual" },
  ),
  s16(
    "the same over many streams",
    () => [
      many(100, (at) => post(streamOf(at))),
      many(60_000, (at) => data(streamOf(at % 100), "x")),
    ],
    ["…", FLOOD],
    { window: "manual", memory: 128 * KIB },
  ),
  s16(
    "DATA of one byte that is taken as it comes",
    () => [
      post(1),
      ...inSteps(100, () => many(200, () => data(1, "x"))),
      data(1, "", { end: true }),
    ],
    [opened(1), "data 1 *", "end 1"],
    { reads: true, out: 4 * KIB },
  ),

  s17(
    "one stream above the limit, and the connection goes on",
    () => [many(129, (at) => get(streamOf(at))), rstStream(1, 8), get(301)],
    ["…", ...got(255), "error H2_STREAM_REFUSED stream 257", "reset 1 8", ...got(301)],
    { sends: ["RST_STREAM 257 REFUSED_STREAM"], memory: 128 * KIB },
  ),
  s17(
    "the limit holds before our SETTINGS are acknowledged, too",
    () => [PREFACE, settings(), many(140, (at) => get(streamOf(at)))],
    [
      "settings",
      "…",
      "error H2_STREAM_REFUSED stream 257",
      "…",
      "error H2_STREAM_REFUSED stream 279",
    ],
    { bare: true, memory: 128 * KIB },
  ),
  s17(
    "streams without end above a limit of 2",
    () => [many(1_600, (at) => get(streamOf(at)))],
    ["…", "error H2_STREAM_REFUSED stream 5", "…", RESETS],
    { settings: { maxConcurrentStreams: 2 }, limits: { concurrentStreams: 2 }, out: RESETS_OUT },
  ),
  s17(
    "a refused stream still writes to the dynamic table",
    [
      get(1),
      headers(3, request("GET", "/", literal("x-shared", "1", "with")), { end: true }),
      rstStream(1, 8),
      headers(5, concat([GET, Uint8Array.of(0x80 | 62)]), { end: true }),
    ],
    [...got(1), "error H2_STREAM_REFUSED stream 3", "reset 1 8", ...got(5)],
    { settings: { maxConcurrentStreams: 1 }, limits: { concurrentStreams: 1 } },
  ),
];
