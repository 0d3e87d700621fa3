// H3FrameWriter: what it writes, octet by octet, and what it refuses (RFC 9114 sections 6.2 and 7). That the parser gives back what it
// makes: the properties. Titles carry the rows of the rule list.

import { H3FrameParser, H3FrameWriter } from "tercet/h3";
import { describe, expect, test } from "vitest";
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
  priorityUpdate,
  pushPriorityUpdate,
  settings,
  varint,
} from "../helpers/h3-frames.js";
import { TYPE } from "../helpers/h3-names.js";

const writer = new H3FrameWriter();
const BYTES = bytesOf("abc");

describe("H3FrameWriter", () => {
  test.each<[string, Uint8Array, Uint8Array]>([
    ["the type of a control stream", writer.streamType(0), varint(0)],
    ["H3-STR-11 any type of stream", writer.streamType(MAX_VARINT), varint(MAX_VARINT)],
    [
      "the beginning of a push stream",
      writer.pushStream(2n ** 53n),
      concat(varint(1), varint(2n ** 53n)),
    ],
    ["H3-WT-4 of a stream of WebTransport", writer.wtStream(4), concat(varint(0x41), varint(4))],
    [
      "H3-WT-4 of a unidirectional one",
      writer.wtStream(2n ** 60n, { unidirectional: true }),
      concat(varint(0x54), varint(2n ** 60n)),
    ],
    ["DATA", writer.data(BYTES), data("abc")],
    ["DATA without bytes", writer.data(new Uint8Array(0)), data()],
    ["DATA of 20,000 bytes", writer.data(new Uint8Array(20_000)), data(new Uint8Array(20_000))],
    ["HEADERS", writer.headers(BYTES), frame(TYPE.HEADERS, "abc")],
    ["CANCEL_PUSH", writer.cancelPush(64), cancelPush(64)],
    ["SETTINGS without any", writer.settings([]), settings()],
    [
      "SETTINGS",
      writer.settings([
        [6, MAX_VARINT],
        [0x33, 1],
        [2n ** 60n, 0n],
      ]),
      settings([
        [6, MAX_VARINT],
        [0x33, 1],
        [2n ** 60n, 0],
      ]),
    ],
    [
      "PUSH_PROMISE",
      writer.pushPromise(300, BYTES),
      frame(TYPE.PUSH_PROMISE, concat(varint(300), BYTES)),
    ],
    ["GOAWAY", writer.goaway(2n ** 62n - 4n), goaway(2n ** 62n - 4n)],
    ["ORIGIN", writer.origin(["https://a", ""]), origin("https://a", "")],
    ["MAX_PUSH_ID", writer.maxPushId(2 ** 53 - 1), maxPushId(2 ** 53 - 1)],
    ["PRIORITY_UPDATE", writer.priorityUpdate(0, "u=1"), priorityUpdate(0, "u=1")],
    [
      "PRIORITY_UPDATE of a push",
      writer.priorityUpdate(9, "i", { push: true }),
      pushPriorityUpdate(9, "i"),
    ],
    ["`frame` of any type", writer.frame(MAX_VARINT, BYTES), frame(MAX_VARINT, "abc")],
    ["`frame` as no peer should send it", writer.frame(TYPE.GOAWAY), frame(TYPE.GOAWAY)],
  ])("%s", (_title, made, expected) => {
    expect(made).toEqual(expected);
  });

  test("what it gave away is not written again", () => {
    const made = Array.from({ length: 3_000 }, (_, index) => writer.goaway(4 * index));
    for (const [index, one] of made.entries()) expect(one).toEqual(goaway(4 * index));
  });

  test.each<[string, () => Uint8Array]>([
    ["a type of stream below 0", () => writer.streamType(-1)],
    ["a type of stream above 2^62 - 1", () => writer.streamType(MAX_VARINT + 1n)],
    ["a push that is no whole number", () => writer.pushStream(0.5)],
    ["a number that is not exact", () => writer.goaway(2 ** 53)],
    ["no number", () => writer.maxPushId("1" as never)],
    ["H3-WT-3 a session that is no request", () => writer.wtStream(2)],
    ["no session", () => writer.wtStream(undefined as never)],
    ["DATA that is no bytes", () => writer.data("x" as never)],
    ["HEADERS that are no bytes", () => writer.headers([1] as never)],
    ["CANCEL_PUSH above 2^62 - 1", () => writer.cancelPush(2n ** 62n)],
    [
      "H3-SET-4 a setting twice",
      () =>
        writer.settings([
          [6, 1],
          [6n, 1],
        ]),
    ],
    ["H3-SET-5 a setting of HTTP/2", () => writer.settings([[2, 1]])],
    ["H3-SET-5 as a bigint", () => writer.settings([[5n, 1]])],
    ["H3-SET-9 a flag of 2", () => writer.settings([[8, 2]])],
    ["H3-SET-10 a flag of 2, as a bigint", () => writer.settings([[0x33n, 2n]])],
    ["a setting below 0", () => writer.settings([[6, -1]])],
    ["an identifier above 2^62 - 1", () => writer.settings([[2n ** 62n, 1]])],
    ["PUSH_PROMISE without a section", () => writer.pushPromise(1, undefined as never)],
    ["PUSH_PROMISE of no push", () => writer.pushPromise(-1, BYTES)],
    ["an origin that is no ASCII", () => writer.origin(["https://\u00e4"])],
    ["an origin longer than its length can say", () => writer.origin(["a".repeat(2 ** 16)])],
    ["a line end in PRIORITY_UPDATE", () => writer.priorityUpdate(0, "u=1\r\n")],
    ["PRIORITY_UPDATE of no stream", () => writer.priorityUpdate(-4, "u=1")],
    ["a type that is not whole", () => writer.frame(1.5)],
    ["a payload that is no bytes", () => writer.frame(1, "x" as never)],
  ])("refuses %s", (_name, act) => {
    expect(act).toThrow(expect.objectContaining({ name: "UsageError", code: "H3_FRAME_INVALID" }));
    expect(writer.data(BYTES)).toEqual(data("abc"));
  });

  test("writes an origin as long as its length can say", () => {
    const long = "a".repeat(2 ** 16 - 1);
    const parser = new H3FrameParser({ kind: "control" });
    const [, event] = parser.receive(concat(settings(), writer.origin([long])));
    expect(event).toMatchObject({ name: "ORIGIN", origins: [long] });
  });
});
