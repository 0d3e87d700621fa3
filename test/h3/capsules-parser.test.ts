// CapsuleParser: every capsule and every mistake that one of them shows, at every cut (RFC 9297 section 3, drafts of WebTransport).
// Titles carry the rows of the rule list.

import type { ErrorName } from "tercet";
import { CapsuleParser } from "tercet/h3";
import { describe, expect, test } from "vitest";
import { type CapsuleOptions, capsules, readCapsules } from "../helpers/h3-frame-log.js";
import {
  bytesOf,
  capsule,
  concat,
  MAX_VARINT,
  type Payload,
  varint,
} from "../helpers/h3-frames.js";

const BIG = 2n ** 60n;
const numbers = (...list: (number | bigint)[]) => concat(...list.map((one) => varint(one)));

/** Types that helpers/h3-names.ts does not have: of WebTransport over HTTP/2, and what only informs. */
const T = {
  PADDING: 0x190b4d38,
  WT_RESET_STREAM: 0x190b4d39,
  WT_STOP_SENDING: 0x190b4d3a,
  WT_STREAM: 0x190b4d3b,
  WT_STREAM_2: 0x190b4d3c,
  WT_MAX_DATA: 0x190b4d3d,
  WT_MAX_STREAM_DATA: 0x190b4d3e,
  WT_MAX_STREAMS_BIDI: 0x190b4d3f,
  WT_MAX_STREAMS_UNI: 0x190b4d40,
  WT_DATA_BLOCKED: 0x190b4d41,
  WT_STREAM_DATA_BLOCKED: 0x190b4d42,
  WT_STREAMS_BLOCKED_BIDI: 0x190b4d43,
  WT_STREAMS_BLOCKED_UNI: 0x190b4d44,
} as const;
const CLOSE = 0x2843;

describe("H3-CAP-1 capsules", () => {
  test.each<[string, number | bigint, Payload, object]>([
    ["DATAGRAM", 0, "hello", { name: "DATAGRAM", value: "hello", length: 5 }],
    ["DATAGRAM without bytes", 0, "", { name: "DATAGRAM", value: "" }],
    [
      "WT_CLOSE_SESSION",
      CLOSE,
      "\xff\xff\xff\xfeg\xc3\xbct",
      {
        name: "WT_CLOSE_SESSION",
        applicationErrorCode: 2 ** 32 - 2,
        applicationErrorMessage: "g\u00fct",
      },
    ],
    [
      "H3-WT-9 without a message",
      CLOSE,
      "\0\0\0\x01",
      { applicationErrorCode: 1, applicationErrorMessage: "" },
    ],
    [
      "H3-WT-9 with the longest",
      CLOSE,
      `\0\0\0\0${"x".repeat(1024)}`,
      { applicationErrorMessage: "x".repeat(1024) },
    ],
    [
      "a message with a byte order mark",
      CLOSE,
      "\0\0\0\0\xef\xbb\xbfa",
      { applicationErrorMessage: "\ufeffa" },
    ],
    ["WT_DRAIN_SESSION", 0x78ae, "", { name: "WT_DRAIN_SESSION" }],
    ["PADDING", T.PADDING, "\0\0\0", { name: "PADDING", length: 3 }],
    [
      "WT_RESET_STREAM",
      T.WT_RESET_STREAM,
      numbers(4, 2 ** 31, BIG),
      { name: "WT_RESET_STREAM", streamId: 4, applicationErrorCode: 2 ** 31, reliableSize: BIG },
    ],
    [
      "WT_RESET_STREAM of old drafts",
      T.WT_RESET_STREAM,
      numbers(4, 0),
      { streamId: 4, applicationErrorCode: 0 },
    ],
    [
      "WT_STOP_SENDING",
      T.WT_STOP_SENDING,
      numbers(BIG, 7),
      { name: "WT_STOP_SENDING", streamId: BIG, applicationErrorCode: 7 },
    ],
    [
      "WT_STREAM",
      T.WT_STREAM,
      concat(varint(64), bytesOf("data")),
      { name: "WT_STREAM", streamId: 64, streamData: "data", fin: false },
    ],
    [
      "WT_STREAM that ends",
      T.WT_STREAM_2,
      varint(64),
      { name: "WT_STREAM", streamId: 64, streamData: "", fin: true },
    ],
    [
      "WT_MAX_DATA",
      T.WT_MAX_DATA,
      varint(MAX_VARINT),
      { name: "WT_MAX_DATA", maximumData: MAX_VARINT },
    ],
    [
      "WT_MAX_STREAM_DATA",
      T.WT_MAX_STREAM_DATA,
      numbers(1, 2),
      { name: "WT_MAX_STREAM_DATA", streamId: 1, maximumStreamData: 2 },
    ],
    [
      "WT_MAX_STREAMS",
      T.WT_MAX_STREAMS_BIDI,
      varint(9),
      { name: "WT_MAX_STREAMS", maximumStreams: 9, unidirectional: false },
    ],
    [
      "WT_MAX_STREAMS, unidirectional",
      T.WT_MAX_STREAMS_UNI,
      varint(9, 8),
      { name: "WT_MAX_STREAMS", maximumStreams: 9, unidirectional: true },
    ],
    ["WT_DATA_BLOCKED", T.WT_DATA_BLOCKED, varint(1), { name: "WT_DATA_BLOCKED", maximumData: 1 }],
    [
      "WT_STREAM_DATA_BLOCKED",
      T.WT_STREAM_DATA_BLOCKED,
      numbers(1, 2),
      { name: "WT_STREAM_DATA_BLOCKED", streamId: 1, maximumStreamData: 2 },
    ],
    [
      "WT_STREAMS_BLOCKED",
      T.WT_STREAMS_BLOCKED_BIDI,
      varint(3),
      { name: "WT_STREAMS_BLOCKED", maximumStreams: 3, unidirectional: false },
    ],
    [
      "WT_STREAMS_BLOCKED, unidirectional",
      T.WT_STREAMS_BLOCKED_UNI,
      varint(3),
      { name: "WT_STREAMS_BLOCKED", unidirectional: true },
    ],
    ["H3-CAP-2 an unknown type", 0x29 * 5 + 0x17, "x", { name: "UNKNOWN", value: "x" }],
    ["H3-CAP-2 the largest type", MAX_VARINT, "", { name: "UNKNOWN", capsuleType: MAX_VARINT }],
  ])("%s", (_title, type, value, expected) => {
    const before = capsule("DATAGRAM", "x");
    const wire = concat(before, capsule(type, value));
    const [, said, ...more] = capsules(wire);
    expect(said).toEqual(expect.objectContaining({ type: "capsule", offset: 3, ...expected }));
    expect(more).toEqual([]);
  });

  test("in longer forms of numbers than needed", () => {
    const wire = capsule("DATAGRAM", "ab", { widths: [8, 4] });
    expect(capsules(wire)).toEqual([expect.objectContaining({ name: "DATAGRAM", value: "ab" })]);
  });

  test("which WT_STREAM ends a stream depends on the draft", () => {
    const wire = concat(capsule(T.WT_STREAM, varint(0)), capsule(T.WT_STREAM_2, varint(0)));
    const fins = (options?: CapsuleOptions) =>
      capsules(wire, options).map((one) => (one as { fin: boolean }).fin);
    expect(fins()).toEqual([false, true]);
    expect(fins({ draft: 14 })).toEqual([false, true]);
    expect(fins({ draft: 15 })).toEqual([true, false]);
  });

  test("a value is a copy", () => {
    const wire = capsule("DATAGRAM", "hello");
    const [event] = new CapsuleParser().receive(wire);
    wire.fill(0);
    if (event?.type !== "capsule") throw new Error("no capsule");
    expect(Buffer.from(event.value ?? []).toString()).toBe("hello");
  });
});

describe("mistakes are the last event", () => {
  const one = [T.WT_MAX_DATA, T.WT_MAX_STREAMS_BIDI, T.WT_MAX_STREAMS_UNI];
  const more = [T.WT_DATA_BLOCKED, T.WT_STREAMS_BLOCKED_BIDI, T.WT_STREAMS_BLOCKED_UNI];
  const two = [T.WT_STOP_SENDING, T.WT_MAX_STREAM_DATA, T.WT_STREAM_DATA_BLOCKED];
  const INVALID: [string, number, Payload, ErrorName][] = [
    ...[...one, ...more].flatMap((type): typeof INVALID => [
      [`type ${type} without a number`, type, "", "WT_CAPSULE_INVALID"],
      [`type ${type} with half of it`, type, "\x40", "WT_CAPSULE_INVALID"],
      [`type ${type} with two`, type, "\0\0", "WT_CAPSULE_INVALID"],
    ]),
    ...two.flatMap((type): typeof INVALID => [
      [`type ${type} with one number`, type, "\0", "WT_CAPSULE_INVALID"],
      [`type ${type} with three`, type, "\0\0\0", "WT_CAPSULE_INVALID"],
    ]),
    ["WT_RESET_STREAM with one number", T.WT_RESET_STREAM, "\0", "WT_CAPSULE_INVALID"],
    ["WT_RESET_STREAM with half of the third", T.WT_RESET_STREAM, "\0\0\x80", "WT_CAPSULE_INVALID"],
    ["WT_RESET_STREAM with four", T.WT_RESET_STREAM, "\0\0\0\0", "WT_CAPSULE_INVALID"],
    ["WT_STREAM without a stream", T.WT_STREAM, "", "WT_CAPSULE_INVALID"],
    ["WT_STREAM with half of it", T.WT_STREAM_2, "\xc0\0", "WT_CAPSULE_INVALID"],
    ["WT_DRAIN_SESSION with a value", 0x78ae, "\0", "WT_CAPSULE_INVALID"],
  ];
  test.each(INVALID)("H3-CAP-3 %s", (_title, type, value, code) => {
    const wire = concat(capsule("DATAGRAM", "x"), capsule(type, value), capsule("DATAGRAM"));
    expect(capsules(wire, {}, true).slice(1)).toEqual([`${code} @3`]);
  });

  test.each<[string, Payload]>([
    ["without a whole code", "\0\0\0"],
    ["without anything", ""],
    ["with a message of 1,025 bytes", `\0\0\0\0${"x".repeat(1025)}`],
    ["with a message that is not UTF-8", "\0\0\0\0\xe4"],
    ["with half of a character", "\0\0\0\0\xed\xa0\x80"],
  ])("H3-WT-9 WT_CLOSE_SESSION %s", (_title, value) => {
    expect(capsules(capsule(CLOSE, value))).toEqual(["WT_CLOSE_INVALID @0"]);
  });

  test.each<[string, Uint8Array, string[]]>([
    ["between capsules", capsule("DATAGRAM", "x"), []],
    ["H3-CAP-4 in a type", bytesOf("\x80"), ["H3_CAPSULE_TRUNCATED @1"]],
    ["H3-CAP-4 before a length", bytesOf("\0"), ["H3_CAPSULE_TRUNCATED @1"]],
    ["H3-CAP-4 in a length", bytesOf("\0\x40"), ["H3_CAPSULE_TRUNCATED @2"]],
    ["H3-CAP-4 in a value", bytesOf("\0\x03ab"), ["H3_CAPSULE_TRUNCATED @4"]],
    [
      "H3-CAP-4 in one that is passed over",
      capsule(0x21, "", { length: MAX_VARINT }),
      ["H3_CAPSULE_TRUNCATED @9"],
    ],
  ])("the end %s", (_title, wire, expected) => {
    const said = capsules(wire, {}, true);
    expect(said.filter((one) => typeof one === "string")).toEqual(expected);
  });

  test("nothing comes behind the end, and errors say their scope", () => {
    const parser = new CapsuleParser();
    expect(parser.receiveEnd()).toEqual([]);
    expect(parser.receive(capsule("DATAGRAM"))).toEqual([]);
    expect(parser.receiveEnd()).toEqual([]);
    const [event] = new CapsuleParser().receive(capsule(CLOSE));
    if (event?.type !== "error") throw new Error("no error");
    expect(event.error).toMatchObject({ scope: "stream", wireCode: 0x10e, rule: "H3-WT-9" });
  });
});

describe("H3-CAP-1 long capsules", () => {
  const options = { maxLength: 16 };

  test("as long as the limit", () => {
    const wire = concat(capsule("DATAGRAM", "x".repeat(16)), capsule(T.PADDING, "\0".repeat(16)));
    expect(capsules(wire, options)).toMatchObject([
      { length: 16, value: "x".repeat(16) },
      { length: 16 },
    ]);
  });

  test("H3-CAP-2 longer ones of unknown types, and datagrams, are passed over", () => {
    const wire = concat(
      ...[
        capsule("DATAGRAM", "x".repeat(17)),
        capsule(0x21, "y".repeat(300)),
        capsule("DATAGRAM", "z"),
      ],
    );
    expect(capsules(wire, options, true)).toEqual([
      { type: "capsule", name: "DATAGRAM", capsuleType: 0, length: 17, offset: 0, value: null },
      { type: "capsule", name: "UNKNOWN", capsuleType: 0x21, length: 300, offset: 19, value: null },
      { type: "capsule", name: "DATAGRAM", capsuleType: 0, length: 1, offset: 322, value: "z" },
    ]);
  });

  test.each([CLOSE, 0x78ae, ...Object.values(T)])("type %i is an error at its header", (type) => {
    const wire = capsule(type, "", { length: 17 });
    expect(capsules(wire, options)).toEqual(["H3_CAPSULE_TOO_LARGE @0"]);
    expect(readCapsules([wire.subarray(0, -1)], options)).toEqual([]);
    expect(capsules(capsule(type, "", { length: 16 }), options)).toEqual([]);
  });

  test("a length of 2^62 - 1 costs nothing", () => {
    const [event] = capsules(capsule(0x21, "abc", { length: MAX_VARINT }));
    expect(event).toMatchObject({ length: 2 ** 62, value: null });
  });
});

describe("wrong use", () => {
  test.each<[CapsuleOptions, string]>([
    [{ maxLength: 15 }, "LIMIT_INVALID"],
    [{ maxLength: 2 ** 30 + 1 }, "LIMIT_INVALID"],
    [{ maxLength: 16.5 }, "LIMIT_INVALID"],
    [{ draft: -1 }, "OPTION_INVALID"],
    [{ draft: "15" as never }, "OPTION_INVALID"],
  ])("%o", (options, code) => {
    expect(() => new CapsuleParser(options)).toThrow(
      expect.objectContaining({ name: "UsageError", code }),
    );
  });

  test("receive takes bytes", () => {
    expect(() => new CapsuleParser().receive("x" as never)).toThrow(
      expect.objectContaining({ name: "UsageError", code: "BYTES_INVALID" }),
    );
  });
});
