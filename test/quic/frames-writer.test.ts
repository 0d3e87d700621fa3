// What encodeFrame refuses: whatever our own parser would refuse, and what is no frame at all. A refusal is a UsageError, and
// nothing was written.

import { UsageError } from "tercet";
import { encodeFrame, encodeFrames, type QuicFrameInput } from "tercet/quic";
import { describe, expect, test } from "vitest";
import { MAX_VARINT, octets, toHex } from "../helpers/quic-wire.js";

const ack = (fields: object) => ({
  ...{ name: "ACK", largestAcknowledged: 5, ackDelay: 0, firstAckRange: 0 },
  ...{ ackRanges: [], ecnCounts: null },
  ...fields,
});
const stream = (fields: object) => ({
  ...{ name: "STREAM", streamId: 0, offset: 0, fin: false, streamData: octets(2) },
  ...fields,
});
const crypto = (fields: object) => ({
  ...{ name: "CRYPTO", offset: 0, cryptoData: octets(2) },
  ...fields,
});
const newId = (fields: object) => ({
  ...{ name: "NEW_CONNECTION_ID", sequenceNumber: 1, retirePriorTo: 0 },
  ...{ connectionId: octets(8), statelessResetToken: octets(16) },
  ...fields,
});
const resetAt = (fields: object) => ({
  ...{ name: "RESET_STREAM_AT", streamId: 0, applicationProtocolErrorCode: 0 },
  ...{ finalSize: 5, reliableSize: 5 },
  ...fields,
});
const streams = (fields: object) => ({
  ...{ name: "MAX_STREAMS", maximumStreams: 1, bidirectional: true },
  ...fields,
});

test.each<[string, unknown]>([
  ["no frame", undefined],
  ["another name", { name: "RESET" }],
  ["a number that is missing", { name: "MAX_DATA" }],
  ["a number below 0", { name: "MAX_DATA", maximumData: -1 }],
  ["a number above 2^62 - 1", { name: "MAX_DATA", maximumData: MAX_VARINT + 1n }],
  ["a fraction", { name: "MAX_DATA", maximumData: 0.5 }],
  ["PADDING of no octets", { name: "PADDING", size: 0 }],
  ["PADDING of 2^16 + 1 octets", { name: "PADDING", size: 65_537 }],
  ["Q-ACK-1: a first range below 0", ack({ firstAckRange: 6 })],
  ["Q-ACK-1: a range below 0", ack({ ackRanges: [[3, 1]] })],
  ["ranges that are no list", ack({ ackRanges: null })],
  ["a range that is no pair", ack({ ackRanges: [[0]] })],
  ["counts that are missing", ack({ ecnCounts: {} })],
  ["Q-CRY-1: CRYPTO behind 2^62 - 1", crypto({ offset: MAX_VARINT - 1n })],
  ["text for octets", crypto({ cryptoData: "hi" })],
  ["Q-TOK-1: an empty token", { name: "NEW_TOKEN", token: octets(0) }],
  ["Q-STR-1: STREAM behind 2^62 - 1", stream({ offset: MAX_VARINT - 1n })],
  ["STREAM of another type", stream({ type: 0x10 })],
  ["STREAM of a type that denies the offset", stream({ type: 0x0a, offset: 1 })],
  ["STREAM of a type that denies its end", stream({ type: 0x0a, fin: true })],
  ["Q-FC-3: MAX_STREAMS above 2^60", streams({ maximumStreams: 2n ** 60n + 1n })],
  ["Q-FC-6: STREAMS_BLOCKED", streams({ name: "STREAMS_BLOCKED", maximumStreams: 2n ** 61n })],
  ["Q-NCI-1: an id of no octets", newId({ connectionId: octets(0) })],
  ["Q-NCI-1: an id of 21 octets", newId({ connectionId: octets(21) })],
  ["a token of 15 octets", newId({ statelessResetToken: octets(15) })],
  ["Q-NCI-2: Retire Prior To", newId({ retirePriorTo: 2 })],
  ["PATH_CHALLENGE of 7 octets", { name: "PATH_CHALLENGE", data: octets(7) }],
  ["PATH_RESPONSE of 9 octets", { name: "PATH_RESPONSE", data: octets(9) }],
  ["a reason that is no octets", { name: "CONNECTION_CLOSE", errorCode: 0, frameType: 0 }],
  ["Q-RA-1: a reliable size above the final size", resetAt({ reliableSize: 6n })],
  ["DATAGRAM of another type", { name: "DATAGRAM", type: 0x32, datagramData: octets(1) }],
  ["UNKNOWN without a type", { name: "UNKNOWN", payload: octets(1) }],
])("%s", (_name, frame) => {
  const call = () => encodeFrame(frame as QuicFrameInput);
  expect(call).toThrow(UsageError);
  expect(call).toThrow(expect.objectContaining({ code: "QUIC_FRAME_INVALID" }));
});

describe("frames without a length", () => {
  const last = stream({ type: 0x08 }) as QuicFrameInput;
  const datagram: QuicFrameInput = { name: "DATAGRAM", type: 0x30, datagramData: octets(1) };

  test("are the last of their packet", () => {
    expect(toHex(encodeFrames([{ name: "PING" }, last]))).toBe("0108000102");
    for (const frame of [last, datagram])
      expect(() => encodeFrames([frame, { name: "PING" }])).toThrow(
        expect.objectContaining({ code: "QUIC_FRAME_INVALID" }),
      );
  });
});

test("a list that is none", () => {
  const call = () => encodeFrames(5 as unknown as QuicFrameInput[]);
  expect(call).toThrow(expect.objectContaining({ code: "QUIC_FRAME_INVALID" }));
});

test("a payload of no frames has no octets", () => {
  expect(encodeFrames([])).toEqual(octets(0));
});
