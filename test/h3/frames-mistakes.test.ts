// Every mistake that the frames of one stream show, with its offset, at every cut (RFC 9114 sections 4.1, 6.2 and 7, RFC 9218 section
// 7.2, RFC 9412). Titles carry the rows of the rule list.

import type { ErrorName } from "tercet";
import { H3FrameParser } from "tercet/h3";
import { describe, expect, test } from "vitest";
import { type FrameOptions, frames, readFrames } from "../helpers/h3-frame-log.js";
import {
  bytesOf,
  cancelPush,
  concat,
  data,
  frame,
  goaway,
  MAX_VARINT,
  maxPushId,
  type Payload,
  priorityUpdate,
  pushPriorityUpdate,
  settings,
  unknownFrame,
  varint,
} from "../helpers/h3-frames.js";
import { HTTP2_TYPES, TYPE } from "../helpers/h3-names.js";

const CONTROL = { kind: "control" } as const;
const REQUEST = { kind: "request" } as const;
const PUSH = { kind: "push" } as const;
const head = (section: Payload = "\0\0\xd1") => frame(TYPE.HEADERS, section);
const promise = (id: number | bigint, section: Payload = "\0\0") =>
  frame(TYPE.PUSH_PROMISE, concat(varint(id), bytesOf(section)));
const BIG = 2n ** 60n + 1n;

const ERRORS: [title: string, options: FrameOptions, wire: Uint8Array, code: ErrorName][] = [
  ["H3-SET-1 GREASE first", CONTROL, unknownFrame(), "H3_SETTINGS_MISSING"],
  ["H3-SET-1 GOAWAY first", CONTROL, goaway(0), "H3_SETTINGS_MISSING"],
  ["H3-SET-1 DATA first", CONTROL, data("x"), "H3_SETTINGS_MISSING"],
  ["H3-SET-3 SETTINGS on a request stream", REQUEST, settings(), "H3_FRAME_UNEXPECTED"],
  ["H3-SET-3 SETTINGS on a push stream", PUSH, settings(), "H3_FRAME_UNEXPECTED"],
  [
    "H3-SET-4 a setting twice",
    CONTROL,
    settings([
      [6, 1],
      [6, 1],
    ]),
    "H3_SETTING_REPEATED",
  ],
  [
    "H3-SET-4 an unknown one twice",
    CONTROL,
    settings([
      [BIG, 1],
      [1, 1],
      [BIG, 2],
    ]),
    "H3_SETTING_REPEATED",
  ],
  [
    "H3-SET-4 in forms of other lengths",
    CONTROL,
    frame(TYPE.SETTINGS, concat(varint(6), varint(1), varint(6, 8), varint(1))),
    "H3_SETTING_REPEATED",
  ],
  ...[2, 3, 4, 5].map((id): (typeof ERRORS)[number] => [
    `H3-SET-5 setting ${id} of HTTP/2`,
    CONTROL,
    settings([
      [0x4242, 1],
      [id, 0],
    ]),
    "H3_SETTING_FORBIDDEN",
  ]),
  ["H3-SET-7 half a pair", CONTROL, frame(TYPE.SETTINGS, "\x01"), "H3_FRAME_INVALID"],
  ["H3-SET-7 half a number", CONTROL, frame(TYPE.SETTINGS, "\x01\x40"), "H3_FRAME_INVALID"],
  ["H3-SET-7 half an identifier", CONTROL, frame(TYPE.SETTINGS, "\x80\0"), "H3_FRAME_INVALID"],
  ["H3-SET-9 a flag of 2", CONTROL, settings({ ENABLE_CONNECT_PROTOCOL: 2 }), "H3_SETTING_INVALID"],
  [
    "H3-SET-10 a flag of 2^62 - 1",
    CONTROL,
    settings({ H3_DATAGRAM: MAX_VARINT }),
    "H3_SETTING_INVALID",
  ],
  ["H3-FRM-4 DATA before HEADERS", REQUEST, data(), "H3_FRAME_UNEXPECTED"],
  ["H3-FRM-4 on a push stream", PUSH, data(), "H3_FRAME_UNEXPECTED"],
  ["H3-FRM-8 CANCEL_PUSH on a request stream", REQUEST, cancelPush(1), "H3_FRAME_UNEXPECTED"],
  ["H3-FRM-8 on a push stream", PUSH, cancelPush(1), "H3_FRAME_UNEXPECTED"],
  ["H3-FRM-10 PUSH_PROMISE at a server", { role: "server" }, promise(1), "H3_FRAME_UNEXPECTED"],
  ["H3-FRM-11 PUSH_PROMISE on a push stream", PUSH, promise(1), "H3_FRAME_UNEXPECTED"],
  ["H3-FRM-14 GOAWAY on a request stream", REQUEST, goaway(1), "H3_FRAME_UNEXPECTED"],
  ["H3-FRM-14 on a push stream", PUSH, goaway(1), "H3_FRAME_UNEXPECTED"],
  ["H3-FRM-17 MAX_PUSH_ID on a request stream", REQUEST, maxPushId(1), "H3_FRAME_UNEXPECTED"],
  ["H3-FRM-28 PRIORITY_UPDATE there", REQUEST, priorityUpdate(0, ""), "H3_FRAME_UNEXPECTED"],
  ["H3-FRM-28 of a push", PUSH, pushPriorityUpdate(0, ""), "H3_FRAME_UNEXPECTED"],
  ...HTTP2_TYPES.flatMap((type) =>
    [REQUEST, PUSH].map((options): (typeof ERRORS)[number] => [
      `H3-FRM-20 type ${type} of HTTP/2 on a ${options.kind} stream`,
      options,
      frame(type, "12345678"),
      "H3_FRAME_UNEXPECTED",
    ]),
  ),
  ["H3-FRM-2 PUSH_PROMISE without its id", REQUEST, frame(TYPE.PUSH_PROMISE), "H3_FRAME_INVALID"],
  [
    "H3-FRM-2 with half of its id",
    REQUEST,
    frame(TYPE.PUSH_PROMISE, "\x80\0\0"),
    "H3_FRAME_INVALID",
  ],
  [
    "H3-WT-3 a session that is no request",
    REQUEST,
    concat(varint(0x41), varint(BIG)),
    "WT_SESSION_ID_INVALID",
  ],
  [
    "H3-FRM-36 WT_STREAM on a push stream",
    PUSH,
    concat(varint(0x41), varint(0)),
    "WT_STREAM_MISPLACED",
  ],
];

/** The same behind SETTINGS on a control stream. */
const CONTROL_ERRORS: [
  title: string,
  role: "server" | "client" | undefined,
  Uint8Array,
  ErrorName,
][] = [
  ["H3-SET-2 a second SETTINGS", undefined, settings(), "H3_SETTINGS_REPEATED"],
  ["H3-FRM-6 DATA", undefined, data("x"), "H3_FRAME_UNEXPECTED"],
  ["H3-FRM-7 HEADERS", undefined, head(), "H3_FRAME_UNEXPECTED"],
  ["H3-FRM-11 PUSH_PROMISE", undefined, promise(1), "H3_FRAME_UNEXPECTED"],
  ["H3-FRM-17 MAX_PUSH_ID at a client", "client", maxPushId(1), "H3_FRAME_UNEXPECTED"],
  ["H3-FRM-29 PRIORITY_UPDATE there", "client", priorityUpdate(0, ""), "H3_FRAME_UNEXPECTED"],
  ["H3-FRM-29 of a push", "client", pushPriorityUpdate(0, ""), "H3_FRAME_UNEXPECTED"],
  ...HTTP2_TYPES.map((type): (typeof CONTROL_ERRORS)[number] => [
    `H3-FRM-20 type ${type} of HTTP/2`,
    undefined,
    frame(type),
    "H3_FRAME_UNEXPECTED",
  ]),
  ["H3-FRM-36 WT_STREAM", undefined, frame(0x41), "WT_STREAM_MISPLACED"],
  ...([TYPE.CANCEL_PUSH, TYPE.GOAWAY, TYPE.MAX_PUSH_ID] as const).flatMap(
    (type): typeof CONTROL_ERRORS => [
      [`H3-FRM-2 type ${type} without a number`, undefined, frame(type), "H3_FRAME_INVALID"],
      [`H3-FRM-2 type ${type}, too short`, undefined, frame(type, "\x40"), "H3_FRAME_INVALID"],
      [`H3-FRM-2 type ${type}, too long`, undefined, frame(type, "\0\0"), "H3_FRAME_INVALID"],
      [
        `H3-FRM-2 type ${type} of three octets`,
        undefined,
        frame(type, "\x40\0\0"),
        "H3_FRAME_INVALID",
      ],
      [
        `H3-FRM-2 type ${type} of 2^62 - 1`,
        undefined,
        frame(type, "", { length: MAX_VARINT }),
        "H3_FRAME_INVALID",
      ],
    ],
  ),
  [
    "H3-FRM-34 ORIGIN with half a length",
    undefined,
    frame(TYPE.ORIGIN, "\0\x01a\0"),
    "H3_FRAME_INVALID",
  ],
  [
    "H3-FRM-34 ORIGIN with an entry longer than itself",
    undefined,
    frame(TYPE.ORIGIN, "\0\x02a"),
    "H3_FRAME_INVALID",
  ],
  ["PRIORITY_UPDATE without an id", undefined, frame(TYPE.PRIORITY_UPDATE), "H3_FRAME_INVALID"],
  [
    "PRIORITY_UPDATE of a push with half an id",
    undefined,
    frame(TYPE.PRIORITY_UPDATE_PUSH, "\xc0\0\0\0\0\0\0"),
    "H3_FRAME_INVALID",
  ],
];

describe("mistakes are the last event", () => {
  test.each(ERRORS)("%s", (_title, options, wire, code) => {
    expect(frames(concat(wire, unknownFrame()), options)).toEqual([`${code} @0`]);
  });

  test.each(CONTROL_ERRORS)("%s on a control stream", (_title, role, wire, code) => {
    const options = role === undefined ? CONTROL : { ...CONTROL, role };
    const whole = concat(settings(), unknownFrame("ab"), wire, unknownFrame());
    expect(frames(whole, options).slice(2)).toEqual([`${code} @6`]);
  });

  test.each<[string, FrameOptions, Uint8Array]>([
    ["H3-FRM-5 HEADERS behind trailers", REQUEST, concat(head(), data("x"), head(), head())],
    ["H3-FRM-5 DATA behind trailers", PUSH, concat(head(), data(), head(), data("x"))],
    ["H3-FRM-5 at a server, without DATA", { role: "server" }, concat(head(), head(), head())],
    ["H3-FRM-5 DATA there", { role: "server" }, concat(head(), head(), data())],
    ["H3-FRM-36 WT_STREAM behind another frame", REQUEST, concat(unknownFrame(), frame(0x41))],
  ])("%s", (_title, options, wire) => {
    const said = frames(wire, options);
    const count = said.length - 1;
    expect(said.slice(0, count).every((one) => typeof one === "object")).toBe(true);
    expect(said[count]).toMatch(/^(H3_FRAME_UNEXPECTED|WT_STREAM_MISPLACED) @[1-9]\d*$/);
  });

  test.each(ERRORS.filter(([, , , code]) => code === "H3_FRAME_UNEXPECTED"))(
    "the header is enough: %s",
    (_title, options, wire, code) => {
      const type = 2 ** ((wire[0] ?? 0) >> 6);
      const length = 2 ** ((wire[type] ?? 0) >> 6);
      expect(readFrames([wire.subarray(0, type + length)], options)).toEqual([`${code} @0`]);
      expect(readFrames([wire.subarray(0, type)], options)).toEqual([]);
    },
  );

  test("they say scope, rule and what to send", () => {
    const [event] = new H3FrameParser().receive(settings());
    if (!event || !("error" in event)) throw new Error("no error");
    expect(event).toMatchObject({ type: "error" });
    expect(event.error).toMatchObject({ scope: "connection", wireCode: 0x105, streamId: null });
  });
});
