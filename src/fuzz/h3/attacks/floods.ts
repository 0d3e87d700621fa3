// H3-S12, H3-S14, H3-S15: streams that are opened and given up, frames and streams that carry nothing, instructions
// that only make work, promises and datagrams without end.

import { concat } from "../../latin1.js";
import * as fields from "../fields.js";
import * as frames from "../frames.js";
import { type H3Attack, type H3Step, h3RowsOf, many, on, peerStreams, times } from "../row.js";

const { data, frame, headers, varint } = frames;
const s12 = h3RowsOf("H3-S12", "server");
const s12client = h3RowsOf("H3-S12", "client");
const s14 = h3RowsOf("H3-S14", "server");
const s14client = h3RowsOf("H3-S14", "client");
const s15 = h3RowsOf("H3-S15", "client");

const KIB = 1024;
const { control, encoder, next } = peerStreams("server");
const client = peerStreams("client");
const GET = headers(fields.request());
const POST = headers(fields.request("POST"));
const BAD = headers(fields.request("GET", "x"));
const RESETS = ["…", "error H3_RESET_FLOOD connection"];
const FLOOD = ["…", "error H3_CONTROL_FLOOD connection"];
const calm = { sends: ["close H3_EXCESSIVE_LOAD"] };
const LOTS = { ...calm, out: 96 * KIB };
const reset = (streamId: number): H3Step => ({ do: "reset", streamId, code: 0x10c });
const stop = (streamId: number): H3Step => ({ do: "stopSending", streamId, code: 0x10c });

const RESET_ATTACKS: readonly H3Attack[] = [
  s12(
    "requests that are reset",
    () => times(1_500, (at) => [on(4 * at, GET), reset(4 * at)]),
    RESETS,
    LOTS,
  ),
  s12(
    "requests that are complete and not wanted",
    () => times(1_500, (at) => [on(4 * at, GET, true), stop(4 * at)]),
    RESETS,
    LOTS,
  ),
  s12(
    "streams that are reset before a byte of them came",
    () => times(1_500, (at) => reset(4 * at)),
    RESETS,
    LOTS,
  ),
  s12(
    "requests that make us reset",
    () => times(1_500, (at) => on(4 * at, BAD, true)),
    RESETS,
    LOTS,
  ),
  s12(
    "requests above the limit, again and again",
    () => times(1_500, (at) => on(4 * at, POST)),
    RESETS,
    LOTS,
  ),
  s12(
    "requests whose content is not what they said",
    () =>
      times(1_500, (at) =>
        on(4 * at, headers(fields.request("POST", "/", ["content-length", "3"])), true),
      ),
    RESETS,
    LOTS,
  ),
  s12(
    "fewer resets, and time between them",
    () => times(1_500, (at) => [on(4 * at, GET), reset(4 * at), { do: "wait", milliseconds: 40 }]),
    ["…", "reset 5996 268"],
    { out: 96 * KIB },
  ),
  s12(
    "requests that are answered pay for resets",
    () =>
      times(3_000, (at) =>
        at % 2 === 0 ? [on(4 * at, GET, true)] : [on(4 * at, GET), reset(4 * at)],
      ),
    ["…", "reset 11996 268"],
    { content: 3, reads: true, out: 512 * KIB },
  ),
  s12client("responses that are reset", () => [reset(0), on(client.control, frames.goaway(0))], [
    "reset 0 268",
    "goaway 0 256",
  ]),
];

/** The same part many times on one stream. */
const flood = (streamId: number, count: number, part: Uint8Array): H3Step =>
  on(
    streamId,
    many(count, () => part),
  );

const FLOOD_ATTACKS: readonly H3Attack[] = [
  s14("DATA without content", () => [on(0, POST), flood(0, 12_000, data(""))], FLOOD, calm),
  s14(
    "frames without meaning, empty",
    () => [on(0, POST), flood(0, 12_000, frame(0x21, ""))],
    FLOOD,
    calm,
  ),
  s14("the same before a head", () => [flood(0, 12_000, frame(0x21, ""))], FLOOD, calm),
  s14(
    "the same on the control stream",
    () => [flood(control, 12_000, frame(0x21, ""))],
    FLOOD,
    calm,
  ),
  s14(
    "MAX_PUSH_ID",
    () => [
      on(
        control,
        many(12_000, (at) => frames.maxPushId(at)),
      ),
    ],
    FLOOD,
    calm,
  ),
  s14(
    "PRIORITY_UPDATE",
    () => [flood(control, 12_000, frames.priorityUpdate(0, "u=1"))],
    FLOOD,
    calm,
  ),
  s14(
    "PRIORITY_UPDATE of streams to come",
    () => [
      on(
        control,
        many(12_000, (at) => frames.priorityUpdate(4 * at, "u=1")),
      ),
    ],
    ["…", "error H3_CONTROL_FLOOD|H3_PRIORITY_UPDATE_INVALID connection"],
    { memory: 128 * KIB },
  ),
  s14("GOAWAY", () => [flood(control, 12_000, frames.goaway(4))], FLOOD, calm),
  s14(
    "streams of unknown types",
    () => times(12_000, (at) => on(next + 4 * at, varint(0x21), true)),
    FLOOD,
    { ...LOTS, reads: true },
  ),
  s14(
    "streams of unknown types that stay open",
    () => times(12_000, (at) => on(next + 4 * at, varint(0x21))),
    FLOOD,
    { ...LOTS, reads: true, memory: 512 * KIB },
  ),
  s14(
    "streams without a type",
    () => times(12_000, (at) => on(next + 4 * at, frames.varint(0x21, 8).subarray(0, 3))),
    FLOOD,
    { ...LOTS, memory: 1_024 * KIB },
  ),
  s14(
    "capacities",
    () => [flood(encoder, 30_000, concat([fields.setCapacity(0), fields.setCapacity(4_096)]))],
    ["…", "error H3_CONTROL_FLOOD|QPACK_ENCODER_FLOOD connection"],
    calm,
  ),
  s14(
    "insertions that nobody refers to",
    () => [on(encoder, fields.setCapacity(4_096)), flood(encoder, 60_000, fields.insert("a", "b"))],
    ["…", "error H3_CONTROL_FLOOD|QPACK_ENCODER_FLOOD connection"],
    calm,
  ),
  s14(
    "duplicates",
    () => [
      on(encoder, concat([fields.setCapacity(4_096), fields.insert("a", "b")])),
      flood(encoder, 60_000, fields.duplicate(0)),
    ],
    ["…", "error H3_CONTROL_FLOOD|QPACK_ENCODER_FLOOD connection"],
    calm,
  ),
  s14(
    "insertions and sections are work, and are answered",
    () => [
      on(encoder, fields.setCapacity(4_096)),
      ...times(3_000, (at): H3Step[] => [
        on(encoder, fields.insert("x-a", String(at))),
        on(
          4 * at,
          headers(concat([fields.prefix(at + 1), fields.requestLines(), fields.dynamicField(0)])),
          true,
        ),
      ]),
    ],
    ["…", "end 11996"],
    { content: 1, reads: true, out: 512 * KIB },
  ),
  s14(
    "datagrams of streams that are not there",
    () => times(12_000, () => ({ do: "datagram", bytes: frames.datagram(400, "abc") })),
    ["…"],
    { datagrams: true, memory: 192 * KIB },
  ),
  s14(
    "content in single bytes is slow, and allowed",
    () => [on(0, POST), flood(0, 30_000, data("x")), on(0, new Uint8Array(0), true)],
    ["request 0 POST /", "data 0 *", "end 0"],
  ),
  s14client(
    "interim responses",
    () => [flood(0, 12_000, headers(fields.response("103")))],
    FLOOD,
    calm,
  ),
];

const PUSH = { maxPushId: 100_000 };
const promise = (pushId: number, path = "/") =>
  frames.pushPromise(pushId, fields.request("GET", path));
const IDS = (...more: readonly string[]) => [...more, "error H3_PUSH_ID_INVALID connection"];

const PUSH_ATTACKS: readonly H3Attack[] = [
  s15(
    "promises without end",
    () => [
      on(
        0,
        many(1_000, (at) => promise(at)),
      ),
    ],
    ["…", "error H3_PUSH_FLOOD connection"],
    { ...PUSH, ...calm },
  ),
  s15("promises that were not allowed", [on(0, promise(0))], IDS(), {
    sends: ["close H3_ID_ERROR"],
  }),
  s15("a promise above the maximum", [on(0, concat([promise(1), promise(2)]))], IDS("push 0 *"), {
    maxPushId: 1,
  }),
  s15(
    "a promise of 2^62 - 1",
    [on(0, frames.pushPromise(frames.VARINT_MAX, fields.request()))],
    IDS(),
    PUSH,
  ),
  s15(
    "one promise with two requests",
    [on(0, concat([promise(0), promise(0, "/b")]))],
    ["push 0 *", "error H3_PUSH_DIFFERS connection"],
    { ...PUSH, sends: ["close H3_GENERAL_PROTOCOL_ERROR"] },
  ),
  s15("one promise twice", [on(0, concat([promise(0), promise(0)]))], ["push 0 *", "…"], PUSH),
  s15("a push stream above the maximum", [on(client.next, concat([varint(1), varint(7)]))], IDS(), {
    maxPushId: 1,
  }),
  s15(
    "one push on two streams",
    [
      on(0, promise(0)),
      on(client.next, concat([varint(1), varint(0)])),
      on(client.next + 4, concat([varint(1), varint(0)])),
    ],
    IDS("push 0 *"),
    PUSH,
  ),
  s15(
    "a promise of a POST",
    [on(0, frames.pushPromise(0, fields.request("POST")))],
    ["…", "error H3_PUSH_INVALID stream *", "…"],
    PUSH,
  ),
  s15(
    "a promise for another authority",
    [
      on(
        0,
        frames.pushPromise(
          0,
          fields.section([
            ":method",
            "GET",
            ":scheme",
            "https",
            ":path",
            "/",
            ":authority",
            "evil",
          ]),
        ),
      ),
    ],
    ["…", "error H3_PUSH_INVALID stream *", "…"],
    PUSH,
  ),
  s15(
    "a promise that ends inside of its id",
    [on(0, frame(5, fields.hex("80 00")))],
    ["error H3_FRAME_INVALID connection"],
    PUSH,
  ),
  s15(
    "a push that is cancelled",
    [on(0, promise(0)), on(client.control, frames.cancelPush(0))],
    ["push 0 *", "…"],
    PUSH,
  ),
  s15(
    "CANCEL_PUSH of what was never promised",
    [on(client.control, frames.cancelPush(3))],
    ["…"],
    PUSH,
  ),
  s15(
    "GOAWAY that rises",
    [on(client.control, concat([frames.goaway(4), frames.goaway(8)]))],
    ["goaway 4 256", "error H3_GOAWAY_RAISED connection"],
    { sends: ["close H3_ID_ERROR"] },
  ),
  ...[1, 2, 3, 5].map((id) =>
    s15(
      `GOAWAY of stream ${id}`,
      [on(client.control, frames.goaway(id))],
      ["error H3_GOAWAY_ID_INVALID connection"],
      { sends: ["close H3_ID_ERROR"] },
    ),
  ),
];

export const ABUSE_ATTACKS: readonly H3Attack[] = [
  ...RESET_ATTACKS,
  ...FLOOD_ATTACKS,
  ...PUSH_ATTACKS,
];
