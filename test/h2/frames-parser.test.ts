// H2FrameParser: what one frame alone shows to be wrong (RFC 9113 section 6), type by type, at every cut, and its
// options. Titles carry the rows of the rule list.

import type { ErrorName } from "tercet";
import { H2FrameParser } from "tercet/h2";
import { describe, expect, test } from "vitest";
import { parsed, read } from "../helpers/h2-frame-log.js";
import { ACK, PADDED, PRIORITY_FLAG, TYPE } from "../helpers/h2-names.js";
import { concat, frame, PREFACE, uint } from "../helpers/h2-wire.js";

const R = 2 ** 31;
const NOTHING = "";

const ERRORS: [title: string, wire: Uint8Array, code: ErrorName][] = [
  ["H2-070 DATA on stream 0", frame(TYPE.DATA, 0, 0, "x"), "H2_STREAM_ID_ZERO"],
  [
    "H2-014 DATA on stream 0 with the reserved bit",
    frame(TYPE.DATA, 0, R, "x"),
    "H2_STREAM_ID_ZERO",
  ],
  [
    "H2-072 padding as long as the payload",
    frame(TYPE.DATA, PADDED, 1, "\x01"),
    "H2_PADDING_INVALID",
  ],
  [
    "H2-072 padding longer than the payload",
    frame(TYPE.DATA, PADDED, 1, "\x05abcd"),
    "H2_PADDING_INVALID",
  ],
  ["H2-073 no room for Pad Length", frame(TYPE.DATA, PADDED, 1), "H2_FRAME_LENGTH_INVALID"],
  ["H2-077 HEADERS on stream 0", frame(TYPE.HEADERS, 0, 0, "x"), "H2_STREAM_ID_ZERO"],
  [
    "H2-078 HEADERS with too much padding",
    frame(TYPE.HEADERS, PADDED, 1, "\x02x"),
    "H2_PADDING_INVALID",
  ],
  [
    "H2-078 HEADERS whose padding reaches into the priority",
    frame(TYPE.HEADERS, PADDED | PRIORITY_FLAG, 1, "\x01\0\0\0\0\0"),
    "H2_PADDING_INVALID",
  ],
  [
    "H2-079 HEADERS without room for Pad Length",
    frame(TYPE.HEADERS, PADDED, 1),
    "H2_FRAME_LENGTH_INVALID",
  ],
  [
    "H2-079 HEADERS without room for priority",
    frame(TYPE.HEADERS, PRIORITY_FLAG, 1, "1234"),
    "H2_FRAME_LENGTH_INVALID",
  ],
  [
    "H2-079 HEADERS without room for both",
    frame(TYPE.HEADERS, PADDED | PRIORITY_FLAG, 1, "12345"),
    "H2_FRAME_LENGTH_INVALID",
  ],
  ["H2-084 PRIORITY on stream 0", frame(TYPE.PRIORITY, 0, 0, "12345"), "H2_STREAM_ID_ZERO"],
  ["H2-089 RST_STREAM on stream 0", frame(TYPE.RST_STREAM, 0, 0, "1234"), "H2_STREAM_ID_ZERO"],
  ["H2-091 RST_STREAM of 3 octets", frame(TYPE.RST_STREAM, 0, 1, "123"), "H2_FRAME_LENGTH_INVALID"],
  [
    "H2-091 RST_STREAM of 5 octets",
    frame(TYPE.RST_STREAM, 0, 1, "12345"),
    "H2_FRAME_LENGTH_INVALID",
  ],
  ["H2-096 SETTINGS on a stream", frame(TYPE.SETTINGS, 0, 1), "H2_STREAM_ID_NOT_ZERO"],
  ["H2-097 SETTINGS of 5 octets", frame(TYPE.SETTINGS, 0, 0, "12345"), "H2_FRAME_LENGTH_INVALID"],
  ["H2-097 SETTINGS of 7 octets", frame(TYPE.SETTINGS, 0, 0, "1234567"), "H2_FRAME_LENGTH_INVALID"],
  [
    "H2-098 an acknowledgement with settings",
    frame(TYPE.SETTINGS, ACK, 0, "123456"),
    "H2_FRAME_LENGTH_INVALID",
  ],
  [
    "H2-116 PUSH_PROMISE on stream 0",
    frame(TYPE.PUSH_PROMISE, 0, 0, "\0\0\0\x02"),
    "H2_STREAM_ID_ZERO",
  ],
  [
    "H2-119 PUSH_PROMISE of stream 0",
    frame(TYPE.PUSH_PROMISE, 0, 1, "\0\0\0\0"),
    "H2_PROMISED_ID_INVALID",
  ],
  [
    "H2-119 PUSH_PROMISE of an odd stream",
    frame(TYPE.PUSH_PROMISE, 0, 1, "\0\0\0\x03"),
    "H2_PROMISED_ID_INVALID",
  ],
  [
    "H2-120 PUSH_PROMISE with too much padding",
    frame(TYPE.PUSH_PROMISE, PADDED, 1, "\x01\0\0\0\x02"),
    "H2_PADDING_INVALID",
  ],
  [
    "H2-121 PUSH_PROMISE of 3 octets",
    frame(TYPE.PUSH_PROMISE, 0, 1, "123"),
    "H2_FRAME_LENGTH_INVALID",
  ],
  [
    "H2-121 padded PUSH_PROMISE of 4 octets",
    frame(TYPE.PUSH_PROMISE, PADDED, 1, "\0\0\0\x02"),
    "H2_FRAME_LENGTH_INVALID",
  ],
  ["H2-126 PING on a stream", frame(TYPE.PING, 0, 1, "12345678"), "H2_STREAM_ID_NOT_ZERO"],
  ["H2-127 PING of 7 octets", frame(TYPE.PING, 0, 0, "1234567"), "H2_FRAME_LENGTH_INVALID"],
  ["H2-127 PING of 9 octets", frame(TYPE.PING, 0, 0, "123456789"), "H2_FRAME_LENGTH_INVALID"],
  ["H2-130 GOAWAY on a stream", frame(TYPE.GOAWAY, 0, 1, "12345678"), "H2_STREAM_ID_NOT_ZERO"],
  ["H2-131 GOAWAY of 7 octets", frame(TYPE.GOAWAY, 0, 0, "1234567"), "H2_FRAME_LENGTH_INVALID"],
  [
    "H2-138 WINDOW_UPDATE of 3 octets",
    frame(TYPE.WINDOW_UPDATE, 0, 1, "123"),
    "H2_FRAME_LENGTH_INVALID",
  ],
  [
    "H2-138 WINDOW_UPDATE of 5 octets",
    frame(TYPE.WINDOW_UPDATE, 0, 0, "12345"),
    "H2_FRAME_LENGTH_INVALID",
  ],
  [
    "H2-140 no increment of the connection",
    frame(TYPE.WINDOW_UPDATE, 0, 0, uint(R, 4)),
    "H2_WINDOW_INCREMENT_ZERO",
  ],
  ["H2-144 CONTINUATION on stream 0", frame(TYPE.CONTINUATION, 0, 0, "x"), "H2_STREAM_ID_ZERO"],
  [
    "PU-007 PRIORITY_UPDATE on a stream",
    frame(TYPE.PRIORITY_UPDATE, 0, 1, "\0\0\0\x01"),
    "H2_STREAM_ID_NOT_ZERO",
  ],
  [
    "PU-008 PRIORITY_UPDATE of stream 0",
    frame(TYPE.PRIORITY_UPDATE, 0, 0, uint(R, 4)),
    "H2_PRIORITY_UPDATE_INVALID",
  ],
  [
    "PU-009 PRIORITY_UPDATE of 3 octets",
    frame(TYPE.PRIORITY_UPDATE, 0, 0, "123"),
    "H2_FRAME_LENGTH_INVALID",
  ],
  ...(["HEADERS", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "CONTINUATION"] as const).map(
    (name): [string, Uint8Array, ErrorName] => [
      `H2-016 ${name} above the maximum`,
      frame(TYPE[name], 0, name === "SETTINGS" ? 0 : 1, NOTHING, 16_386),
      "H2_FRAME_TOO_LARGE",
    ],
  ),
  ...(["PING", "GOAWAY", "WINDOW_UPDATE", "ALTSVC", "ORIGIN", "PRIORITY_UPDATE"] as const).map(
    (name): [string, Uint8Array, ErrorName] => [
      `H2-016 ${name} of the connection above the maximum`,
      frame(TYPE[name], 0, 0, NOTHING, 16_385),
      "H2_FRAME_TOO_LARGE",
    ],
  ),
  [
    "H2-016 DATA on stream 0 above the maximum",
    frame(TYPE.DATA, 0, 0, NOTHING, 16_385),
    "H2_FRAME_TOO_LARGE",
  ],
  ["H2-016 an unknown type on stream 0", frame(0x2a, 0, 0, NOTHING, 16_385), "H2_FRAME_TOO_LARGE"],
];

describe("errors that end it", () => {
  test.each(ERRORS)("%s", (_name, wire, code) => {
    const ping = frame(TYPE.PING, 0, 0, "12345678");
    expect(parsed(concat(ping, wire, ping))).toEqual([
      expect.objectContaining({ name: "PING" }),
      `${code} connection @17`,
    ]);
  });

  // The last octets of these decide; everything else is decided by the nine of the header.
  const decidedLater = /PADDING|INCREMENT|PROMISED|PRIORITY_UPDATE_/;
  test.each(ERRORS.filter(([, , code]) => !decidedLater.test(code)))(
    "H2-019 the header is enough: %s",
    (_name, wire, code) => {
      expect(read([wire.subarray(0, 9)])).toEqual([`${code} connection @0`]);
    },
  );

  test("nothing is read behind one", () => {
    const parser = new H2FrameParser();
    expect(parser.receive(frame(TYPE.DATA, 0, 0, "x"))).toHaveLength(1);
    expect(parser.receive(frame(TYPE.DATA, 0, 1, "x"))).toEqual([]);
  });
});

describe("errors of one frame", () => {
  test.each<[string, Uint8Array, ErrorName]>([
    [
      "H2-017 DATA above the maximum",
      frame(TYPE.DATA, 0, 1, new Uint8Array(16_385)),
      "H2_FRAME_TOO_LARGE",
    ],
    [
      "H2-017 PRIORITY above the maximum",
      frame(TYPE.PRIORITY, 0, 1, new Uint8Array(16_385)),
      "H2_FRAME_TOO_LARGE",
    ],
    [
      "H2-017 an unknown type above the maximum",
      frame(0x2a, 0, 1, new Uint8Array(16_385)),
      "H2_FRAME_TOO_LARGE",
    ],
    ["H2-085 PRIORITY of 4 octets", frame(TYPE.PRIORITY, 0, 1, "1234"), "H2_FRAME_LENGTH_INVALID"],
    [
      "H2-085 PRIORITY of 6 octets",
      frame(TYPE.PRIORITY, 0, 1, "123456"),
      "H2_FRAME_LENGTH_INVALID",
    ],
    ["H2-085 PRIORITY of none", frame(TYPE.PRIORITY, 0, 1), "H2_FRAME_LENGTH_INVALID"],
    [
      "H2-139 no increment of a stream",
      frame(TYPE.WINDOW_UPDATE, 0, 1, uint(0, 4)),
      "H2_WINDOW_INCREMENT_ZERO",
    ],
    [
      "OR-011 ALTSVC whose origin is longer than the frame",
      frame(TYPE.ALTSVC, 0, 1, "\0\x05http"),
      "H2_FRAME_LENGTH_INVALID",
    ],
    [
      "OR-011 ALTSVC without the length of its origin",
      frame(TYPE.ALTSVC, 0, 1, "\0"),
      "H2_FRAME_LENGTH_INVALID",
    ],
    [
      "OR-004 ORIGIN with an entry longer than the frame",
      frame(TYPE.ORIGIN, 0, 1, "\0\x01a\0\x02b"),
      "H2_FRAME_LENGTH_INVALID",
    ],
  ])("%s", (_name, wire, code) => {
    const ping = frame(TYPE.PING, 0, 0, "12345678");
    expect(parsed(concat(ping, wire, ping))).toEqual([
      expect.objectContaining({ name: "PING" }),
      `${code} stream @17`,
      expect.objectContaining({ name: "PING", offset: 17 + wire.length }),
    ]);
  });

  test("they have the code for RST_STREAM", () => {
    const [event] = new H2FrameParser().receive(frame(TYPE.WINDOW_UPDATE, 0, 5, uint(0, 4)));
    if (event?.type !== "error") throw new Error("no error");
    expect(event.error).toMatchObject({
      streamId: 5,
      wireCode: 1,
      rule: "H2-139",
      scope: "stream",
    });
  });
});

describe("options", () => {
  test("H2-001 preface: the first wrong octet is the error", () => {
    const good = concat(PREFACE, frame(TYPE.SETTINGS, 0, 0));
    expect(parsed(good, { preface: true })).toMatchObject([{ name: "SETTINGS", offset: 24 }]);
    for (let at = 0; at < PREFACE.length; at++) {
      const wire = PREFACE.slice();
      wire[at] = (wire[at] ?? 0) ^ 0x20;
      expect(parsed(wire, { preface: true })).toEqual([`H2_PREFACE_INVALID connection @${at}`]);
      expect(read([wire.subarray(0, at)], { preface: true })).toEqual([]);
    }
  });

  test("H2-015 frames up to maxFrameSize", () => {
    const most = 2 ** 24 - 1;
    const wire = frame(TYPE.DATA, 0, 1, new Uint8Array(most).fill(7));
    const parser = new H2FrameParser({ maxFrameSize: most });
    const half = 8_000_000;
    expect(parser.receive(wire.subarray(0, half))).toEqual([]);
    const [event] = parser.receive(wire.subarray(half));
    if (event?.type === "error" || event?.name !== "DATA") throw new Error("no DATA");
    expect(event.data.length).toBe(most);
    expect(event.data.every((octet) => octet === 7)).toBe(true);
  });

  test.each([1, 4, 5, 7, 9, 10, 12, 16, 0x2a])(
    "H2-015 type %i longer than the window of the engine",
    (type) => {
      const streamId = type === 4 || type === 7 || type === 12 || type === 16 ? 0 : 1;
      const payload = new Uint8Array(131_070);
      payload.set(type === 5 || type === 16 ? [0, 0, 0, 2] : []);
      const wire = frame(type, 0, streamId, payload);
      const options = { maxFrameSize: 200_000 };
      const [event] = read([wire], options);
      expect(event).toMatchObject({ type, length: 131_070 });
      expect(read([wire.subarray(0, 100_000), wire.subarray(100_000)], options)).toEqual([event]);
    },
  );

  test.each([0, 16_383, 2 ** 24, 1.5, Number.NaN])("maxFrameSize %d is refused", (maxFrameSize) => {
    expect(() => new H2FrameParser({ maxFrameSize })).toThrow(
      expect.objectContaining({ name: "UsageError", code: "LIMIT_INVALID" }),
    );
  });

  test("receive takes bytes alone", () => {
    expect(() => new H2FrameParser().receive("x" as never)).toThrow(
      expect.objectContaining({ name: "UsageError", code: "BYTES_INVALID" }),
    );
  });
});

describe("DATA by reference", () => {
  test("it is a view of the chunk where it came in one", () => {
    const wire = concat(frame(TYPE.PING, 0, 0, "12345678"), frame(TYPE.DATA, 0, 1, "hello"));
    const [, event] = new H2FrameParser().receive(wire);
    if (event?.type === "error" || event?.name !== "DATA") throw new Error("no DATA");
    expect(event.data.buffer).toBe(wire.buffer);
    expect(event.data.byteOffset).toBe(wire.byteOffset + 26);
  });

  test("also where its header came before, and of a chunk that is a view itself", () => {
    const wire = frame(TYPE.DATA, 0, 1, "hello");
    const parser = new H2FrameParser();
    parser.receive(wire.subarray(0, 7));
    const chunk = wire.subarray(7);
    const [event] = parser.receive(chunk);
    if (event?.type === "error" || event?.name !== "DATA") throw new Error("no DATA");
    expect(event.data.byteOffset).toBe(chunk.byteOffset + 2);
    expect(Buffer.from(event.data).toString()).toBe("hello");
  });
});
