// Pieces of HTTP/3 and QPACK that change meaning where they are put: what a mutation fuzzer inserts.

import { concat } from "../latin1.js";
import { uint } from "../octets.js";
import * as fields from "./fields.js";
import * as frames from "./frames.js";
import { H3_SETTING } from "./registry.js";
import { peerHello } from "./row.js";
import { sessionBytes } from "./session.js";
import { type H3Arrival, on } from "./steps.js";

const { hex, request, response } = fields;

/** Frames, instructions, representations, varints: to insert into the bytes of a stream. */
export const H3_TOKENS: readonly Uint8Array[] = [
  frames.settings(),
  frames.settings(
    [H3_SETTING.QPACK_MAX_TABLE_CAPACITY, 4_096],
    [H3_SETTING.QPACK_BLOCKED_STREAMS, 9],
  ),
  frames.settings([H3_SETTING.ENABLE_CONNECT_PROTOCOL, 1], [H3_SETTING.H3_DATAGRAM, 1]),
  frames.settings([4, 1]),
  frames.settings([0x21, frames.VARINT_MAX]),
  frames.control(),
  frames.headers(request()),
  frames.headers(request("POST")),
  frames.headers(request("POST", "/", ["content-length", "3"])),
  frames.headers(request("CONNECT")),
  frames.headers(concat([fields.NO_PREFIX, hex("cf 50 01 61")])),
  frames.headers(response()),
  frames.headers(response("103")),
  frames.headers(response("204")),
  frames.headers(fields.section(["x-sum", "1"])),
  frames.headers(concat([fields.prefix(1), fields.requestLines(), fields.dynamicField(0)])),
  frames.headers(concat([fields.prefix(2, 0), fields.requestLines(), fields.postBaseField(1)])),
  frames.data("abc"),
  frames.data(""),
  frames.data(frames.capsule(0, "abc")),
  frames.frame(0, "", 5),
  frames.frame(1, "", 2 ** 32),
  frames.frame(1, "", frames.VARINT_MAX),
  frames.cancelPush(0),
  frames.pushPromise(0, request()),
  frames.goaway(0),
  frames.goaway(1),
  frames.goaway(2 ** 40),
  frames.maxPushId(0),
  frames.maxPushId(9),
  frames.priorityUpdate(0, "u=1, i"),
  frames.pushPriorityUpdate(0, "u=3"),
  frames.origin("https://a"),
  frames.frame(frames.reserved(1), "abc"),
  frames.frame(2, ""),
  frames.frame(6, "12345678"),
  frames.frame(0x41, ""),
  frames.capsule(frames.CAPSULE.WT_CLOSE_SESSION, "\0\0\0\x01bye"),
  frames.capsule(frames.CAPSULE.WT_DRAIN_SESSION, ""),
  frames.capsule(frames.CAPSULE.WT_MAX_DATA, "\x40\x40"),
  frames.capsule(0x1234, "abc", 2 ** 30),
  frames.varint(0x54),
  frames.varint(0x41),
  frames.varint(0, 8),
  frames.varint(1, 4),
  frames.varint(2, 2),
  frames.varint(frames.VARINT_MAX),
  fields.setCapacity(4_096),
  fields.setCapacity(0),
  fields.setCapacity(64),
  fields.insert("a", "b"),
  fields.insert("x-a", "1"),
  fields.insertStaticName(17, "x"),
  fields.insertDynamicName(0, "y"),
  fields.duplicate(0),
  fields.sectionAck(0),
  fields.streamCancel(0),
  fields.increment(1),
  fields.NO_PREFIX,
  fields.prefix(1),
  fields.prefix(3, 1),
  fields.dynamicField(0),
  fields.postBaseField(0),
  fields.dynamicName(0, "v", true),
  fields.literal("cookie", "c", true),
  fields.staticField(99),
  fields.staticField(25),
  hex("ff ff ff ff ff ff ff ff ff ff 01"),
  hex("00 00 ff 24"),
  hex("ff 80 80 80 80 80 80 80 80 80 00"),
  hex("27 ff ff ff ff ff ff ff ff 7f"),
];

const GET = frames.headers(request());
const records = (...steps: readonly H3Arrival[]): Uint8Array => sessionBytes(steps, "server");

/** Whole records of sessions: what arrives on some stream. */
export const H3_SESSION_TOKENS: readonly Uint8Array[] = [
  records(...peerHello("server")),
  records(on(0, GET, true)),
  records(on(4, GET)),
  records(on(0, frames.data("abc"), true)),
  records(on(0, frames.headers(response()), true)),
  records(on(4, frames.headers(fields.section(["x-sum", "1"])), true)),
  records(on(8, frames.headers(concat([fields.prefix(1), fields.dynamicField(0)])))),
  records(on(6, fields.setCapacity(4_096))),
  records(on(6, concat([fields.setCapacity(200), fields.insert("x-a", "1")]))),
  records(on(10, fields.increment(1))),
  records(on(10, fields.sectionAck(0))),
  records(on(2, frames.goaway(0))),
  records(on(2, frames.maxPushId(9))),
  records(on(14, concat([frames.varint(1), frames.varint(0)]))),
  records(on(14, frames.varint(0x21), true)),
  records(on(0, new Uint8Array(0), true)),
  records({ do: "reset", streamId: 0, code: 0x10c }),
  records({ do: "reset", streamId: 2, code: 0x100 }),
  records({ do: "stopSending", streamId: 0, code: 0x10c }),
  records({ do: "stopSending", streamId: 4, code: 0x100 }),
  records({ do: "datagram", bytes: frames.datagram(0, "abc") }),
  ...H3_TOKENS.map((token) => records(on(0, token))),
  ...H3_TOKENS.slice(0, 8).map((token) => concat([Uint8Array.of(0), uint(token.length, 2), token])),
];
