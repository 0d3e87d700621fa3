// H2FrameWriter: what it writes and what it refuses (RFC 9113 section 6). That the parser gives back what it makes: the
// properties. Titles carry the rows of the rule list.

import { H2FrameWriter } from "tercet/h2";
import { describe, expect, test } from "vitest";
import { ascii } from "../helpers/h1-log.js";
import { TYPE } from "../helpers/h2-names.js";
import { frame, PREFACE, uint } from "../helpers/h2-wire.js";

const R = 2 ** 31;
const _NOTHING = "";

describe("H2FrameWriter", () => {
  const writer = new H2FrameWriter();
  const bytes = ascii("x");

  test("H2-001 the preface", () => {
    expect(writer.preface()).toEqual(PREFACE);
  });

  test("what it gave away is not written again", () => {
    const made = Array.from({ length: 3_000 }, (_, index) => writer.rstStream(index + 1, index));
    for (const [index, one] of made.entries())
      expect(one).toEqual(frame(TYPE.RST_STREAM, 0, index + 1, uint(index, 4)));
  });

  test("`frame` writes what no peer should send", () => {
    expect(writer.frame(TYPE.DATA, 0xff, 0, bytes)).toEqual(frame(TYPE.DATA, 0xff, 0, "x"));
    expect(writer.frame(0x2a, 0, 1)).toEqual(frame(0x2a, 0, 1));
  });

  test.each<[string, () => Uint8Array]>([
    ["DATA on stream 0", () => writer.data(0, bytes)],
    ["DATA on a stream above 2^31 - 1", () => writer.data(R, bytes)],
    ["DATA on no whole number", () => writer.data(1.5, bytes)],
    ["DATA that is no bytes", () => writer.data(1, "x" as never)],
    ["DATA longer than a frame", () => writer.data(1, new Uint8Array(2 ** 24))],
    [
      "DATA longer than a frame with its padding",
      () => writer.data(1, new Uint8Array(2 ** 24 - 2), { padLength: 1 }),
    ],
    ["256 octets of padding", () => writer.data(1, bytes, { padLength: 256 })],
    ["less than no padding", () => writer.data(1, bytes, { padLength: -1 })],
    ["HEADERS on stream 0", () => writer.headers(0, bytes)],
    [
      "a weight of 0",
      () => writer.headers(1, bytes, { priority: { streamDependency: 0, weight: 0 } }),
    ],
    ["a weight of 257", () => writer.priority(1, { streamDependency: 0, weight: 257 })],
    [
      "H2-087 a stream that depends on itself",
      () => writer.priority(1, { streamDependency: 1, weight: 1 }),
    ],
    ["a dependency above 2^31 - 1", () => writer.priority(1, { streamDependency: R, weight: 1 })],
    ["PRIORITY on stream 0", () => writer.priority(0, { streamDependency: 1, weight: 1 })],
    ["RST_STREAM on stream 0", () => writer.rstStream(0, 0)],
    ["an error code above 2^32 - 1", () => writer.rstStream(1, 2 ** 32)],
    ["an identifier above 2^16 - 1", () => writer.settings([[2 ** 16, 0]])],
    ["a value above 2^32 - 1", () => writer.settings([[1, 2 ** 32]])],
    ["H2-098 an acknowledgement with settings", () => writer.settings([[1, 1]], { ack: true })],
    ["H2-119 a promise of stream 0", () => writer.pushPromise(1, 0, bytes)],
    ["H2-119 a promise of an odd stream", () => writer.pushPromise(1, 3, bytes)],
    ["PUSH_PROMISE on stream 0", () => writer.pushPromise(0, 2, bytes)],
    ["H2-127 PING of 7 octets", () => writer.ping(ascii("1234567"))],
    ["a last stream below 0", () => writer.goaway(-1, 0)],
    ["H2-140 no increment", () => writer.windowUpdate(0, 0)],
    ["an increment above 2^31 - 1", () => writer.windowUpdate(1, R)],
    ["CONTINUATION on stream 0", () => writer.continuation(0, bytes)],
    ["OR-008 ALTSVC on stream 0 without an origin", () => writer.altSvc(0, "", "clear")],
    ["OR-009 ALTSVC on a stream with an origin", () => writer.altSvc(1, "https://a", "clear")],
    ["a line end in ALTSVC", () => writer.altSvc(1, "", "a\r\n")],
    ["an origin that is no ASCII", () => writer.origin(["https://\u00e4"])],
    ["an origin longer than its length can say", () => writer.origin(["a".repeat(2 ** 16)])],
    ["PU-008 PRIORITY_UPDATE of stream 0", () => writer.priorityUpdate(0, "u=1")],
    ["a type above 255", () => writer.frame(256, 0, 0)],
    ["flags above 255", () => writer.frame(0, 256, 0)],
  ])("refuses %s", (_name, act) => {
    const before = writer.ping(ascii("12345678"));
    expect(act).toThrow(expect.objectContaining({ name: "UsageError", code: "H2_FRAME_INVALID" }));
    expect(writer.ping(ascii("12345678"))).toEqual(before);
  });
});
