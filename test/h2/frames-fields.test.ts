// H2FrameParser: every wire field of every frame type as a member (RFC 9113 section 6, RFC 7838, RFC 8336, RFC 9218), at
// every cut. Titles carry the rows of the rule list.

import { describe, expect, test } from "vitest";
import { ascii } from "../helpers/h1-log.js";
import { parsed, read } from "../helpers/h2-frame-log.js";
import { ACK, END_HEADERS, END_STREAM, PADDED, PRIORITY_FLAG, TYPE } from "../helpers/h2-names.js";
import { concat, frame, uint } from "../helpers/h2-wire.js";

const R = 2 ** 31;
const _NOTHING = "";

describe("every wire field", () => {
  test.each<[string, Uint8Array, object]>([
    [
      "H2-011 DATA",
      frame(TYPE.DATA, END_STREAM, 1, "hello"),
      {
        name: "DATA",
        type: 0,
        flags: 1,
        streamId: 1,
        length: 5,
        offset: 0,
        data: "hello",
        padLength: 0,
      },
    ],
    [
      "H2-057 DATA with padding",
      frame(TYPE.DATA, PADDED, 1, "\x03hello\0\0\0"),
      {
        name: "DATA",
        type: 0,
        flags: 8,
        streamId: 1,
        length: 9,
        offset: 0,
        data: "hello",
        padLength: 3,
      },
    ],
    [
      "DATA that is all padding",
      frame(TYPE.DATA, PADDED, 1, `\xff${"\0".repeat(255)}`),
      {
        name: "DATA",
        type: 0,
        flags: 8,
        streamId: 1,
        length: 256,
        offset: 0,
        data: "",
        padLength: 255,
      },
    ],
    [
      "DATA with nothing in it",
      frame(TYPE.DATA, 0, 1),
      {
        name: "DATA",
        type: 0,
        flags: 0,
        streamId: 1,
        length: 0,
        offset: 0,
        data: "",
        padLength: 0,
      },
    ],
    [
      "H2-074 padding that is not zero",
      frame(TYPE.DATA, PADDED, 1, "\x02axx"),
      {
        name: "DATA",
        type: 0,
        flags: 8,
        streamId: 1,
        length: 4,
        offset: 0,
        data: "a",
        padLength: 2,
      },
    ],
    [
      "HEADERS",
      frame(TYPE.HEADERS, END_HEADERS, 3, "block"),
      {
        name: "HEADERS",
        type: 1,
        flags: 4,
        streamId: 3,
        length: 5,
        offset: 0,
        fieldBlockFragment: "block",
      },
    ],
    [
      "H2-083 HEADERS with priority and padding",
      frame(
        TYPE.HEADERS,
        PADDED | PRIORITY_FLAG,
        3,
        concat(uint(2, 1), uint(R + 5, 4), uint(255, 1), ascii("block\0\0")),
      ),
      {
        ...{ name: "HEADERS", type: 1, flags: 0x28, streamId: 3, length: 13, offset: 0 },
        ...{
          padLength: 2,
          exclusive: true,
          streamDependency: 5,
          weight: 256,
          fieldBlockFragment: "block",
        },
      },
    ],
    [
      "PRIORITY",
      frame(TYPE.PRIORITY, 0, 3, concat(uint(7, 4), uint(0, 1))),
      {
        ...{ name: "PRIORITY", type: 2, flags: 0, streamId: 3, length: 5, offset: 0 },
        ...{ exclusive: false, streamDependency: 7, weight: 1 },
      },
    ],
    [
      "RST_STREAM with the largest code",
      frame(TYPE.RST_STREAM, 0, 3, uint(2 ** 32 - 1, 4)),
      {
        name: "RST_STREAM",
        type: 3,
        flags: 0,
        streamId: 3,
        length: 4,
        offset: 0,
        errorCode: 2 ** 32 - 1,
      },
    ],
    [
      "H2-108 SETTINGS in wire order, repeated ones too",
      frame(
        TYPE.SETTINGS,
        0,
        0,
        concat(uint(3, 2), uint(2 ** 32 - 1, 4), uint(1, 2), uint(0, 4), uint(3, 2), uint(5, 4)),
      ),
      {
        ...{ name: "SETTINGS", type: 4, flags: 0, streamId: 0, length: 18, offset: 0 },
        settings: [
          [3, 2 ** 32 - 1],
          [1, 0],
          [3, 5],
        ],
      },
    ],
    [
      "SETTINGS that acknowledge",
      frame(TYPE.SETTINGS, ACK, 0),
      { name: "SETTINGS", type: 4, flags: 1, streamId: 0, length: 0, offset: 0, settings: [] },
    ],
    [
      "PUSH_PROMISE with padding",
      frame(
        TYPE.PUSH_PROMISE,
        PADDED | END_HEADERS,
        3,
        concat(uint(1, 1), uint(4, 4), ascii("block\0")),
      ),
      {
        ...{ name: "PUSH_PROMISE", type: 5, flags: 12, streamId: 3, length: 11, offset: 0 },
        ...{ padLength: 1, promisedStreamId: 4, fieldBlockFragment: "block" },
      },
    ],
    [
      "H2-119 the reserved bit of a promised stream",
      frame(TYPE.PUSH_PROMISE, 0, 3, concat(uint(R + 4, 4), ascii("b"))),
      {
        ...{ name: "PUSH_PROMISE", type: 5, flags: 0, streamId: 3, length: 5, offset: 0 },
        ...{ promisedStreamId: 4, fieldBlockFragment: "b" },
      },
    ],
    [
      "PING",
      frame(TYPE.PING, ACK, 0, "12345678"),
      {
        name: "PING",
        type: 6,
        flags: 1,
        streamId: 0,
        length: 8,
        offset: 0,
        opaqueData: "12345678",
      },
    ],
    [
      "H2-132 GOAWAY, the reserved bit masked",
      frame(TYPE.GOAWAY, 0, 0, concat(uint(R + 9, 4), uint(2, 4), ascii("why"))),
      {
        ...{ name: "GOAWAY", type: 7, flags: 0, streamId: 0, length: 11, offset: 0 },
        ...{ lastStreamId: 9, errorCode: 2, debugData: "why" },
      },
    ],
    [
      "H2-141 WINDOW_UPDATE, the reserved bit masked",
      frame(TYPE.WINDOW_UPDATE, 0, 0, uint(R + 1, 4)),
      {
        name: "WINDOW_UPDATE",
        type: 8,
        flags: 0,
        streamId: 0,
        length: 4,
        offset: 0,
        windowSizeIncrement: 1,
      },
    ],
    [
      "H2-146 CONTINUATION with every flag",
      frame(TYPE.CONTINUATION, 0xff, 3, "\x05block"),
      {
        name: "CONTINUATION",
        type: 9,
        flags: 0xff,
        streamId: 3,
        length: 6,
        offset: 0,
        fieldBlockFragment: "\x05block",
      },
    ],
    [
      "ALTSVC",
      frame(TYPE.ALTSVC, 0, 0, '\0\x09https://ah3=":1"'),
      {
        name: "ALTSVC",
        type: 10,
        flags: 0,
        streamId: 0,
        length: 18,
        offset: 0,
        origin: "https://a",
        altSvcFieldValue: 'h3=":1"',
      },
    ],
    [
      "ORIGIN",
      frame(TYPE.ORIGIN, 0, 0, "\0\x09https://a\0\0\0\x01b"),
      {
        name: "ORIGIN",
        type: 12,
        flags: 0,
        streamId: 0,
        length: 16,
        offset: 0,
        origins: ["https://a", "", "b"],
      },
    ],
    [
      "PU-014 PRIORITY_UPDATE, the reserved bit masked",
      frame(TYPE.PRIORITY_UPDATE, 0, 0, concat(uint(R + 3, 4), ascii("u=1"))),
      {
        ...{ name: "PRIORITY_UPDATE", type: 16, flags: 0, streamId: 0, length: 7, offset: 0 },
        ...{ prioritizedStreamId: 3, priorityFieldValue: "u=1" },
      },
    ],
    [
      "H2-012 an unknown type",
      frame(0x2a, 0xff, 7, "grease"),
      {
        name: "UNKNOWN",
        type: 0x2a,
        flags: 0xff,
        streamId: 7,
        length: 6,
        offset: 0,
        payload: "grease",
      },
    ],
    [
      "H2-014 the reserved bit of a stream identifier",
      frame(TYPE.DATA, 0, R + 1, "x"),
      {
        name: "DATA",
        type: 0,
        flags: 0,
        streamId: 1,
        length: 1,
        offset: 0,
        data: "x",
        padLength: 0,
      },
    ],
  ])("%s", (_name, wire, expected) => {
    expect(parsed(wire)).toEqual([expected]);
    const behind = parsed(concat(frame(TYPE.PING, 0, 0, "12345678"), wire)) as [object, object];
    expect(behind[1]).toEqual({ ...expected, offset: 17 });
  });

  test("H2-153 all 243 types without a name", () => {
    const named: readonly number[] = Object.values(TYPE);
    const types = Array.from({ length: 256 }, (_, type) => type).filter(
      (type) => !named.includes(type),
    );
    expect(types).toHaveLength(243);
    const frames = read([concat(...types.map((type) => frame(type, 0, 0, "x")))]);
    expect(frames).toMatchObject(types.map((type) => ({ name: "UNKNOWN", type, payload: "x" })));
  });
});
