// H3FrameParser: every frame, the end of a stream, long frames, at every cut (RFC 9114 sections 4.1, 6.2 and 7, RFC 9218 section 7.2,
// RFC 9412). Mistakes: frames-mistakes.test.ts. Titles carry the rows of the rule list.

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
  origin,
  type Payload,
  priorityUpdate,
  pushPriorityUpdate,
  settings,
  unknownFrame,
  varint,
} from "../helpers/h3-frames.js";
import { grease, TYPE } from "../helpers/h3-names.js";

const CONTROL = { kind: "control" } as const;
const REQUEST = { kind: "request" } as const;
const PUSH = { kind: "push" } as const;
const head = (section: Payload = "\0\0\xd1") => frame(TYPE.HEADERS, section);
const promise = (id: number | bigint, section: Payload = "\0\0") =>
  frame(TYPE.PUSH_PROMISE, concat(varint(id), bytesOf(section)));
const BIG = 2n ** 60n + 1n;

describe("frames", () => {
  test.each<[string, FrameOptions, Uint8Array, object]>([
    [
      "HEADERS",
      REQUEST,
      head("\0\0\xd1"),
      { name: "HEADERS", type: 1, length: 3, offset: 0, encodedFieldSection: "\0\0\xd1" },
    ],
    ["H3-SET-6 empty SETTINGS", CONTROL, settings(), { name: "SETTINGS", length: 0, settings: [] }],
    [
      "H3-SET-6 unknown settings and the largest value",
      CONTROL,
      settings([
        [1, 0],
        [0x21, 2n ** 53n - 1n],
        [0x4242, MAX_VARINT],
        [BIG, 2n ** 53n],
      ]),
      {
        settings: [
          [1, 0],
          [0x21, 2 ** 53 - 1],
          [0x4242, MAX_VARINT],
          [BIG, 2n ** 53n],
        ],
      },
    ],
    [
      "H3-SET-9 H3-SET-10 flags",
      CONTROL,
      settings({ ENABLE_CONNECT_PROTOCOL: 1, H3_DATAGRAM: 0 }),
      {
        settings: [
          [8, 1],
          [0x33, 0],
        ],
      },
    ],
    [
      "H3-FRM-1 longer forms of numbers than needed",
      CONTROL,
      frame(TYPE.SETTINGS, concat(varint(6, 8), varint(9, 4)), { widths: [8, 4] }),
      { type: 4, length: 12, settings: [[6, 9]] },
    ],
    [
      "PUSH_PROMISE",
      REQUEST,
      promise(BIG, "abc"),
      { name: "PUSH_PROMISE", type: 5, pushId: BIG, encodedFieldSection: "abc" },
    ],
    [
      "H3-FRM-1 H3-FRM-21 the largest type",
      REQUEST,
      frame(MAX_VARINT, "x"),
      { name: "UNKNOWN", type: MAX_VARINT, length: 1, payload: "x" },
    ],
    ["H3-FRM-19 GREASE without a payload", REQUEST, frame(grease(7)), { payload: "" }],
    [
      "H3-FRM-34 ORIGIN on a request stream means nothing",
      REQUEST,
      origin("https://a"),
      { name: "UNKNOWN", type: 0xc, payload: "\0\x09https://a" },
    ],
    ["H3-FRM-34 nor on a push stream", PUSH, origin("https://a"), { name: "UNKNOWN" }],
    [
      "H3-WT-4 a stream of WebTransport",
      REQUEST,
      concat(varint(0x41), varint(BIG + 3n, 8), bytesOf("whatever")),
      { name: "WT_STREAM", type: 0x41, offset: 0, length: 0, sessionId: BIG + 3n },
    ],
  ])("%s", (_title, options, wire, expected) => {
    expect(frames(wire, options)).toEqual([expect.objectContaining(expected)]);
  });

  test.each<[string, Uint8Array, object]>([
    ["CANCEL_PUSH", cancelPush(63), { name: "CANCEL_PUSH", type: 3, pushId: 63 }],
    ["GOAWAY", goaway(2n ** 62n - 4n), { name: "GOAWAY", type: 7, id: 2n ** 62n - 4n }],
    [
      "ORIGIN with entries of any kind",
      origin("https://a", "", "\xff"),
      { name: "ORIGIN", type: 0xc, origins: ["https://a", "", "\xff"] },
    ],
    ["H3-FRM-34 empty ORIGIN", origin(), { name: "ORIGIN", origins: [] }],
    ["MAX_PUSH_ID", maxPushId(2n ** 53n), { name: "MAX_PUSH_ID", type: 0xd, pushId: 2n ** 53n }],
    [
      "PRIORITY_UPDATE of a request",
      priorityUpdate(16_384, "u=1, i"),
      {
        name: "PRIORITY_UPDATE",
        type: 0xf0700,
        prioritizedElementId: 16_384,
        priorityFieldValue: "u=1, i",
      },
    ],
    [
      "PRIORITY_UPDATE of a push",
      pushPriorityUpdate(0, ""),
      { type: 0xf0701, prioritizedElementId: 0, priorityFieldValue: "" },
    ],
    [
      "H3-FRM-21 an unknown type",
      frame(0x4000, "\xe4"),
      { name: "UNKNOWN", type: 0x4000, payload: "\xe4" },
    ],
  ])("%s on a control stream", (_title, wire, expected) => {
    const [first, second, ...more] = frames(concat(settings(), wire), CONTROL);
    expect(first).toMatchObject({ name: "SETTINGS", offset: 0 });
    expect(second).toEqual(expect.objectContaining({ ...expected, offset: 2 }));
    expect(more).toEqual([]);
  });

  test.each([REQUEST, PUSH])(
    "H3-FRM-22 unknown types before, between and after those of a message: %o",
    (options) => {
      const wire = concat(
        ...[unknownFrame(), head(), unknownFrame(), data("hello"), data()],
        ...[unknownFrame(), head("\0\0"), unknownFrame("", MAX_VARINT)],
      );
      expect(frames(wire, options).map((one) => (one as { name: string }).name)).toEqual([
        ...["UNKNOWN", "HEADERS", "UNKNOWN", "DATA", "DATA", "UNKNOWN", "HEADERS", "UNKNOWN"],
      ]);
    },
  );

  test("H3-FRM-24 interim heads before the final one, where a client receives", () => {
    const wire = concat(head(), head(), promise(1), head(), data("x"), promise(2), head());
    expect(frames(wire, { role: "client" })).toHaveLength(7);
  });
});

describe("the end of the stream", () => {
  test.each<[string, FrameOptions, Uint8Array, string[]]>([
    ["nothing came", REQUEST, bytesOf(""), []],
    ["between frames", PUSH, concat(head(), data("x")), []],
    ["H3-FRM-3 in a type", REQUEST, bytesOf("\x40"), ["H3_FRAME_TRUNCATED @1"]],
    ["H3-FRM-3 before a length", REQUEST, bytesOf("\x01"), ["H3_FRAME_TRUNCATED @1"]],
    ["H3-FRM-3 in a length", REQUEST, bytesOf("\x01\x80\0"), ["H3_FRAME_TRUNCATED @3"]],
    ["H3-FRM-3 in a payload", REQUEST, frame(1, "abc", { length: 4 }), ["H3_FRAME_TRUNCATED @5"]],
    ["H3-FRM-3 before a payload", REQUEST, frame(1, "", { length: 4 }), ["H3_FRAME_TRUNCATED @2"]],
    ["H3-STR-6 of a control stream", CONTROL, bytesOf(""), ["H3_CRITICAL_STREAM_CLOSED @0"]],
  ])("%s", (_title, options, wire, expected) => {
    const said = frames(wire, options, true);
    expect(said.filter((one) => typeof one === "string")).toEqual(expected);
  });

  test("nothing comes behind it, nor behind an error or a stream of WebTransport", () => {
    const parser = new H3FrameParser();
    expect(parser.receiveEnd()).toEqual([]);
    expect(parser.receive(head())).toEqual([]);
    expect(readFrames([settings()], REQUEST, true)).toEqual(["H3_FRAME_UNEXPECTED @0"]);
    expect(readFrames([bytesOf("\x40\x41\x04"), settings()], REQUEST, true)).toHaveLength(1);
  });
});

describe("long frames", () => {
  const options = { maxFrameSize: 64 };
  const long = "0123456789".repeat(15);

  test("H3-FRM-1 DATA comes in parts", () => {
    const wire = concat(head(), data(long), data("x".repeat(64)), data("y".repeat(65)));
    const said = frames(wire, options).slice(1) as { data: string; dataOffset: number }[];
    const parts = said.map(({ data: text, dataOffset }) => [text, dataOffset]);
    expect(parts).toEqual([
      [long.slice(0, 64), 0],
      [long.slice(64, 128), 64],
      [long.slice(128), 128],
      ["x".repeat(64), 0],
      ["y".repeat(64), 0],
      ["y", 64],
    ]);
    expect(said.map((one) => (one as unknown as { length: number }).length)).toEqual([
      ...[150, 150, 150, 64, 65, 65],
    ]);
  });

  test("H3-FRM-21 unknown ones, ORIGIN and PRIORITY_UPDATE come without a payload", () => {
    const wire = concat(
      ...[settings(), unknownFrame("z".repeat(64)), unknownFrame(long), origin(long)],
      ...[priorityUpdate(0, long), goaway(0)],
    );
    const said = frames(wire, { ...CONTROL, ...options }).slice(1) as Record<string, unknown>[];
    expect(said.map(({ name, payload }) => [name, payload])).toEqual([
      ["UNKNOWN", "z".repeat(64)],
      ["UNKNOWN", null],
      ["UNKNOWN", null],
      ["UNKNOWN", null],
      ["GOAWAY", undefined],
    ]);
  });

  test.each<[string, FrameOptions, number, ErrorName]>([
    ["HEADERS", REQUEST, TYPE.HEADERS, "H3_FIELD_BLOCK_TOO_LARGE"],
    ["PUSH_PROMISE", REQUEST, TYPE.PUSH_PROMISE, "H3_FIELD_BLOCK_TOO_LARGE"],
    ["H3-SET-12 SETTINGS", CONTROL, TYPE.SETTINGS, "H3_SETTINGS_TOO_MANY"],
  ])("%s is an error at its header", (_title, kind, type, code) => {
    const wire = frame(type, "", { length: 65 });
    expect(frames(wire, { ...kind, ...options })).toEqual([`${code} @0`]);
    expect(frames(frame(type, "", { length: 64 }), { ...kind, ...options })).toEqual([]);
  });

  test("H3-SET-12 as many settings as are kept, and one more", () => {
    const many = Array.from({ length: 4096 }, (_, at) => [0x4000 + at, at] as const);
    expect(frames(settings(many), CONTROL)).toMatchObject([{ name: "SETTINGS", settings: many }]);
    const more = settings([...many, [6, 1]]);
    expect(frames(more, CONTROL)).toEqual(["H3_SETTINGS_TOO_MANY @0"]);
  });

  test("H3-FRM-1 a length of 2^62 - 1 costs nothing", () => {
    const [event] = readFrames([frame(0x21, "", { length: MAX_VARINT })]);
    expect(event).toMatchObject({ name: "UNKNOWN", length: 2 ** 62, payload: null });
    const wire = concat(head(), frame(0, "abc", { length: MAX_VARINT }));
    expect(frames(wire)).toHaveLength(1);
  });
});

describe("bytes by reference", () => {
  test("a payload is a view of the chunk that has all of it", () => {
    const wire = concat(head("abc"), data("hello"));
    const chunk = new Uint8Array([9, ...wire]).subarray(1);
    const [first, second] = new H3FrameParser().receive(chunk);
    if (first?.type === "error" || first?.name !== "HEADERS") throw new Error("another frame");
    if (second?.type === "error" || second?.name !== "DATA") throw new Error("another frame");
    expect(first.encodedFieldSection.buffer).toBe(chunk.buffer);
    expect(second.data.buffer).toBe(chunk.buffer);
    expect(second.data.byteOffset).toBe(1 + wire.length - 5);
  });

  test("of a Buffer, too, it is a plain array", () => {
    const wire = Buffer.from(concat(head("abc"), data("x".repeat(70))));
    const [first, ...parts] = new H3FrameParser({ maxFrameSize: 64 }).receive(wire);
    if (first?.type === "error" || first?.name !== "HEADERS") throw new Error("another frame");
    expect(first.encodedFieldSection.constructor).toBe(Uint8Array);
    for (const part of parts) {
      if (part.type === "error" || part.name !== "DATA") throw new Error("another frame");
      expect(part.data.constructor).toBe(Uint8Array);
    }
    expect(parts).toHaveLength(2);
  });

  test("a payload in pieces is a copy that nothing changes", () => {
    const parser = new H3FrameParser();
    const wire = concat(head("abc"), data("hello"), data("world"));
    const pieces = [wire.slice(0, 8), wire.slice(8, 15), wire.slice(15)];
    const events = pieces.flatMap((piece) => {
      const some = parser.receive(piece);
      piece.fill(0);
      return some;
    });
    const [, first, second] = events;
    if (first?.type === "error" || first?.name !== "DATA") throw new Error("another frame");
    if (second?.type === "error" || second?.name !== "DATA") throw new Error("another frame");
    expect(Buffer.from(first.data).toString()).toBe("hello");
    expect(Buffer.from(second.data).toString()).toBe("world");
  });
});

describe("wrong use", () => {
  test.each([
    ["maxFrameSize", { maxFrameSize: 63 }, "LIMIT_INVALID"],
    ["maxFrameSize", { maxFrameSize: 2 ** 30 + 1 }, "LIMIT_INVALID"],
    ["maxFrameSize", { maxFrameSize: 100.5 }, "LIMIT_INVALID"],
    ["kind", { kind: "encoder" }, "OPTION_INVALID"],
    ["kind", { kind: "toString" }, "OPTION_INVALID"],
    ["role", { role: "peer" }, "OPTION_INVALID"],
  ])("%s: %o", (_title, options, code) => {
    expect(() => new H3FrameParser(options as FrameOptions)).toThrow(
      expect.objectContaining({ name: "UsageError", code }),
    );
  });

  test("receive takes bytes", () => {
    expect(() => new H3FrameParser().receive("x" as never)).toThrow(
      expect.objectContaining({ name: "UsageError", code: "BYTES_INVALID" }),
    );
  });
});
