// Capsules of a session over HTTP/2 by hand: what each means, and what is wrong with it, at every cut. Titles carry the rows
// of the rule list.

import { describe, expect, test } from "vitest";
import {
  capsule,
  concat,
  type H2TalkOptions,
  h2Talk,
  type Step,
  TYPES,
  uint32,
  varint,
} from "../helpers/webtransport-h2.js";
import { bytesOf } from "../helpers/webtransport-pair.js";

const data = (id: number, length: number) => capsule("STREAM", id, bytesOf(length));
const fin = (id: number, length: number) => capsule("STREAM_FIN", id, bytesOf(length));
/** Settings of drafts before 15, which do not swap the types of WT_STREAM. */
const OLD: H2TalkOptions = {
  settings: [
    [0x2b61, 1000],
    [0x2b62, 500],
    [0x2b63, 600],
    [0x2b64, 3],
    [0x2b65, 2],
    [0x2b66, 700],
  ],
};
const PROTOCOL_ERROR = 1;
const FLOW_CONTROL_ERROR = 3;
const STREAM_CLOSED = 5;

describe("what a server hears", () => {
  test.each<[string, Step | Step[], string[]]>([
    [
      "a stream and its end",
      concat(data(0, 3), data(0, 0), fin(0, 4)),
      ["stream 0", "streamData 0 7", "streamEnd 0"],
    ],
    ["an end alone", fin(2, 0), ["stream 2 uni", "streamEnd 2"]],
    [
      "streams below are opened, too",
      data(8, 1),
      ["stream 0", "stream 4", "stream 8", "streamData 8 1"],
    ],
    [
      "a reset",
      concat(data(0, 3), capsule("RESET_STREAM", 0, 5, 3)),
      ["stream 0", "streamData 0 3", "streamReset 0 code 5"],
    ],
    [
      "a reset without the bytes before it, as old drafts have it",
      concat(data(0, 3), capsule("RESET_STREAM", 0, 5)),
      ["stream 0", "streamData 0 3", "streamReset 0 code 5"],
    ],
    [
      "a reset opens a stream",
      capsule("RESET_STREAM", 2, 5, 0),
      ["stream 2 uni", "streamReset 2 code 5"],
    ],
    [
      "a stop",
      [data(0, 1), capsule("STOP_SENDING", 0, 9)],
      ["stream 0", "streamData 0 1", "streamStopped 0 code 9"],
    ],
    [
      "datagrams",
      concat(capsule("DATAGRAM"), capsule("DATAGRAM", bytesOf(70_000))),
      ["datagram 0"],
    ],
    ["the longest datagram", capsule("DATAGRAM", bytesOf(65_536)), ["datagram 65536"]],
    ["H3-CAP-2 an unknown type", capsule(0x1234_5678, bytesOf(100)), []],
    ["H3-CAP-2 a type above 2^53", capsule(2n ** 62n - 1n, bytesOf(3)), []],
    ["padding", capsule("PADDING", bytesOf(200)), []],
    ["drain", capsule("DRAIN"), ["draining"]],
    ["H3-WT-9 close", capsule("CLOSE", uint32(7), "bye"), ['closed 7 "bye"']],
    [
      "H3-WT-9 close without a reason",
      capsule("CLOSE", uint32(0xffff_ffff)),
      ['closed 4294967295 ""'],
    ],
    [
      "H3-WT-9 a reason of 1,024 bytes",
      capsule("CLOSE", uint32(0), "x".repeat(1024)),
      [`closed 0 "${"x".repeat(1024)}"`],
    ],
    [
      "H3-WT-9 a byte order mark is part of the reason",
      capsule("CLOSE", uint32(0), "\ufeffa"),
      ['closed 0 "\ufeffa"'],
    ],
    ["H3-WT-9 the end alone", "end", ['closed 0 ""']],
    ["H3-WT-9 close and end", [capsule("CLOSE", uint32(1)), "end"], ['closed 1 ""']],
    [
      "capsules that ask for nothing",
      concat(
        capsule("DATA_BLOCKED", 5),
        capsule("STREAM_DATA_BLOCKED", 0, 5),
        capsule("STREAMS_BLOCKED_BIDI", 5),
        capsule("STREAMS_BLOCKED_UNI", 2n ** 60n),
      ),
      [],
    ],
    [
      "limits that grow, and that stay",
      concat(
        capsule("MAX_DATA", 2000),
        capsule("MAX_DATA", 2000),
        capsule("MAX_STREAMS_BIDI", 2n ** 60n),
        capsule("MAX_STREAMS_UNI", 3),
        data(0, 0),
        capsule("MAX_STREAM_DATA", 0, 900),
        capsule("MAX_STREAM_DATA", 0, 2n ** 62n - 1n),
      ),
      ["stream 0"],
    ],
    [
      "lengths in eight octets (RFC 9000 section 16)",
      Uint8Array.from([...varint(TYPES.STREAM), 0xc0, 0, 0, 0, 0, 0, 0, 3, 0x40, 0, 65]),
      ["stream 0", "streamData 0 1"],
    ],
  ])("%s", (_name, steps, log) => {
    const talk = h2Talk(steps, OLD);
    expect(talk.log).toEqual(log);
    expect(talk.reset).toBe(null);
    expect(talk.state).toBe("open");
  });
});

describe("what ends a session", () => {
  test.each<[string, Step | Step[], string, number]>([
    [
      "H3-CAP-3 a stream capsule without a stream",
      capsule("STREAM"),
      "WT_CAPSULE_INVALID",
      PROTOCOL_ERROR,
    ],
    [
      "H3-CAP-3 half a stream id",
      Uint8Array.from([...varint(TYPES.STREAM), 1, 0x40]),
      "WT_CAPSULE_INVALID",
      PROTOCOL_ERROR,
    ],
    ["H3-CAP-3 drain with a value", capsule("DRAIN", 1), "WT_CAPSULE_INVALID", PROTOCOL_ERROR],
    [
      "H3-CAP-3 a limit without a number",
      capsule("MAX_DATA"),
      "WT_CAPSULE_INVALID",
      PROTOCOL_ERROR,
    ],
    ["H3-CAP-3 two numbers", capsule("MAX_DATA", 9000, 9000), "WT_CAPSULE_INVALID", PROTOCOL_ERROR],
    [
      "H3-CAP-3 half a number",
      capsule("MAX_STREAMS_BIDI", Uint8Array.of(0x80, 1)),
      "WT_CAPSULE_INVALID",
      PROTOCOL_ERROR,
    ],
    [
      "H3-CAP-3 one number of two",
      capsule("RESET_STREAM", 0),
      "WT_CAPSULE_INVALID",
      PROTOCOL_ERROR,
    ],
    ["H3-CAP-3 four", capsule("RESET_STREAM", 0, 1, 0, 1), "WT_CAPSULE_INVALID", PROTOCOL_ERROR],
    [
      "H3-CAP-3 a megabyte of numbers, refused at its length",
      Uint8Array.from([...varint(TYPES.MAX_DATA), ...varint(1 << 20)]),
      "WT_CAPSULE_INVALID",
      PROTOCOL_ERROR,
    ],
    [
      "H3-WT-7 MAX_DATA that falls",
      concat(capsule("MAX_DATA", 2000), capsule("MAX_DATA", 1999)),
      "WT_FLOW_CONTROL",
      FLOW_CONTROL_ERROR,
    ],
    ["H3-WT-7 below the setting", capsule("MAX_DATA", 999), "WT_FLOW_CONTROL", FLOW_CONTROL_ERROR],
    [
      "H3-WT-7 MAX_STREAMS that falls",
      capsule("MAX_STREAMS_UNI", 2),
      "WT_FLOW_CONTROL",
      FLOW_CONTROL_ERROR,
    ],
    [
      "H3-WT-7 MAX_STREAMS above 2^60",
      capsule("MAX_STREAMS_BIDI", 2n ** 60n + 1n),
      "WT_FLOW_CONTROL",
      FLOW_CONTROL_ERROR,
    ],
    [
      "H3-WT-7 STREAMS_BLOCKED above 2^60",
      capsule("STREAMS_BLOCKED_UNI", 2n ** 60n + 1n),
      "WT_FLOW_CONTROL",
      FLOW_CONTROL_ERROR,
    ],
    [
      "H3-WT-7 MAX_STREAM_DATA that falls",
      concat(data(0, 0), capsule("MAX_STREAM_DATA", 0, 599)),
      "WT_FLOW_CONTROL",
      FLOW_CONTROL_ERROR,
    ],
    [
      "H3-WT-9 a code of three bytes",
      capsule("CLOSE", Uint8Array.of(0, 0, 1)),
      "WT_CLOSE_INVALID",
      PROTOCOL_ERROR,
    ],
    [
      "H3-WT-9 a reason of 1,025 bytes",
      capsule("CLOSE", uint32(0), "x".repeat(1025)),
      "WT_CLOSE_INVALID",
      PROTOCOL_ERROR,
    ],
    [
      "H3-WT-9 a reason that is no UTF-8",
      capsule("CLOSE", uint32(0), Uint8Array.of(0x61, 0xc3)),
      "WT_CLOSE_INVALID",
      PROTOCOL_ERROR,
    ],
    [
      "data behind the end",
      concat(fin(0, 1), data(0, 1)),
      "WT_STREAM_STATE_INVALID",
      STREAM_CLOSED,
    ],
    [
      "data behind a reset",
      concat(capsule("RESET_STREAM", 0, 1, 0), data(0, 1)),
      "WT_STREAM_STATE_INVALID",
      STREAM_CLOSED,
    ],
    [
      "a second reset",
      concat(capsule("RESET_STREAM", 2, 1, 0), capsule("RESET_STREAM", 2, 1, 0)),
      "WT_STREAM_STATE_INVALID",
      STREAM_CLOSED,
    ],
    [
      "a reset that promises more than came",
      concat(data(0, 3), capsule("RESET_STREAM", 0, 1, 4)),
      "WT_STREAM_STATE_INVALID",
      STREAM_CLOSED,
    ],
    [
      "a code above 32 bits",
      capsule("RESET_STREAM", 0, 2 ** 32, 0),
      "WT_CAPSULE_INVALID",
      PROTOCOL_ERROR,
    ],
    [
      "the same of a stop",
      concat(data(0, 0), capsule("STOP_SENDING", 0, 2 ** 32)),
      "WT_CAPSULE_INVALID",
      PROTOCOL_ERROR,
    ],
    [
      "data on a stream of ours that is not open",
      data(1, 1),
      "WT_STREAM_STATE_INVALID",
      STREAM_CLOSED,
    ],
    [
      "data on a stream that only we send on",
      [(s, id) => s.openStream(id, { unidirectional: true }), data(3, 1)],
      "WT_STREAM_STATE_INVALID",
      STREAM_CLOSED,
    ],
    [
      "a stop of a stream of ours that is not open",
      capsule("STOP_SENDING", 1, 0),
      "WT_STREAM_STATE_INVALID",
      STREAM_CLOSED,
    ],
    [
      "a stop of a stream that only the peer sends on",
      concat(data(2, 0), capsule("STOP_SENDING", 2, 0)),
      "WT_STREAM_STATE_INVALID",
      STREAM_CLOSED,
    ],
    [
      "a limit of a stream that only the peer sends on",
      concat(data(2, 0), capsule("MAX_STREAM_DATA", 2, 1 << 20)),
      "WT_STREAM_STATE_INVALID",
      STREAM_CLOSED,
    ],
    ["a stream id above all limits", data(2 ** 50, 1), "WT_FLOW_CONTROL", FLOW_CONTROL_ERROR],
    [
      "H3-CAP-4 the end inside a capsule",
      [capsule("DATAGRAM", bytesOf(9)).subarray(0, 5), "end"],
      "H3_CAPSULE_TRUNCATED",
      PROTOCOL_ERROR,
    ],
    [
      "H3-CAP-4 the end inside a type",
      [Uint8Array.of(0x80), "end"],
      "H3_CAPSULE_TRUNCATED",
      PROTOCOL_ERROR,
    ],
  ])("%s", (_name, steps, code, wireCode) => {
    const talk = h2Talk(steps, OLD);
    const last = talk.events.at(-1);
    expect(talk.log.at(-1)).toBe(`error ${code}`);
    expect(talk.reset).toBe(wireCode);
    expect(talk.state).toBe("open");
    expect(talk.sessions.sessionCount).toBe(0);
    if (last?.type !== "error") throw new Error("no error");
    expect(last.error).toMatchObject({ code, scope: "stream", wireCode, streamId: last.sessionId });
  });

  test("H3-WT-10 data behind WT_CLOSE_SESSION", () => {
    for (const behind of [capsule("DRAIN"), Uint8Array.of(0), capsule("CLOSE", uint32(2))]) {
      const talk = h2Talk(concat(capsule("CLOSE", uint32(1), "a"), behind), OLD);
      expect(talk.log).toEqual(['closed 1 "a"', "error WT_DATA_AFTER_CLOSE"]);
      expect(talk.reset).toBe(PROTOCOL_ERROR);
      expect(talk.sessions.sessionCount).toBe(0);
    }
  });

  test("the offset of an error is that of its capsule", () => {
    const good = concat(data(0, 10), capsule("PADDING", bytesOf(5)));
    const talk = h2Talk(concat(good, capsule("DRAIN", 1)), OLD);
    const last = talk.events.at(-1);
    expect(last?.type === "error" && last.error.offset).toBe(good.length);
  });

  test("of an end inside a capsule, it is that of the end", () => {
    const talk = h2Talk([concat(data(0, 10), capsule("DRAIN").subarray(0, 3)), "end"], OLD);
    const last = talk.events.at(-1);
    expect(last?.type === "error" && last.error.offset).toBe(data(0, 10).length + 3);
  });

  test("nothing is heard behind an error", () => {
    const talk = h2Talk([concat(capsule("DRAIN", 1), data(0, 1)), data(0, 1), "end"], OLD);
    expect(talk.log).toEqual(["error WT_CAPSULE_INVALID"]);
  });
});

describe("capsules behind our own words", () => {
  test("what is on its way when we stop is dropped, and counts", () => {
    const talk = h2Talk(
      [data(0, 3), (s, id) => s.stopStream(id, 0, 4), data(0, 100), fin(0, 5)],
      OLD,
    );
    expect(talk.log).toEqual(["stream 0", "streamData 0 3"]);
    expect(talk.sent).toEqual(["STOP_SENDING 0 4"]);
    expect(talk.reset).toBe(null);
  });

  test("a second stop while our side is open, and one behind its end", () => {
    const opens: Step = (s, id) => s.openStream(id);
    const stopped = [opens, capsule("STOP_SENDING", 1, 4), capsule("STOP_SENDING", 1, 4)];
    const talk = h2Talk(stopped, OLD);
    expect(talk.log).toEqual(["streamStopped 1 code 4"]);
    // Answered with our reset, in which the bytes before it stand (draft-ietf-webtrans-http2 section 6.2).
    expect(talk.sent).toEqual(["STREAM 1 0 bytes", "RESET_STREAM 1 4 0"]);
    expect(talk.reset).toBe(null);
  });

  test("limits of a stream that is over say nothing", () => {
    const talk = h2Talk(
      [
        fin(2, 1),
        capsule("STREAM_DATA_BLOCKED", 2, 1),
        (s, id) => s.openStream(id, { unidirectional: true }),
        (s, id) => s.endStream(id, 3),
        concat(capsule("MAX_STREAM_DATA", 3, 1 << 20), capsule("STOP_SENDING", 3, 1)),
      ],
      OLD,
    );
    expect(talk.log).toEqual(["stream 2 uni", "streamData 2 1", "streamEnd 2"]);
    expect(talk.reset).toBe(null);
  });

  test("what comes after our close is dropped", () => {
    const talk = h2Talk(
      [(s, id) => s.close(id, 5, "x"), data(0, 9), capsule("DRAIN", 1), "end"],
      OLD,
    );
    expect(talk.log).toEqual([]);
    expect(talk.sent).toEqual(["CLOSE 5 x"]);
    expect(talk.isEnded).toBe(true);
    expect(talk.sessions.sessionCount).toBe(0);
  });
});
