// Every frame of QUIC with all its fields, by hand (RFC 9000 section 19, RFC 9221, drafts of ACK frequency and reliable resets):
// what parseFrames gives of these octets, and that encodeFrame writes them again.

import { encodeFrame, encodeFrames, parseFrames, type QuicFrame } from "tercet/quic";
import { describe, expect, test } from "vitest";
import { concat, hex, MAX_VARINT, octets, toHex } from "../helpers/quic-wire.js";

const TOKEN = octets(16, 0xd0);
const BIG = 2n ** 62n - 100n;
const BIG_HEX = "ffffffffffffff9c";

/** A frame but for its place and size. */
type Case = [name: string, wire: string, frame: Record<string, unknown>];

const FRAMES: Case[] = [
  ["PADDING", "00", { name: "PADDING", type: 0 }],
  ["a run of PADDING is one frame", "0000000000", { name: "PADDING", type: 0 }],
  ["PING", "01", { name: "PING", type: 1 }],
  [
    "ACK",
    "02 3f 19 00 05",
    {
      ...{ name: "ACK", type: 2, largestAcknowledged: 63, ackDelay: 25, ackRangeCount: 0 },
      ...{ firstAckRange: 5, ackRanges: [], ecnCounts: null },
    },
  ],
  [
    "ACK with ranges",
    "02 7bbd 19 02 05 00 00 4100 03",
    {
      ...{ name: "ACK", type: 2, largestAcknowledged: 15_293, ackDelay: 25, ackRangeCount: 2 },
      ...{ firstAckRange: 5, ecnCounts: null },
      ackRanges: [
        [0, 0],
        [256, 3],
      ],
    },
  ],
  [
    "Q-ACK-1: ACK of packet numbers down to 0",
    "02 0a 00 01 03 01 04",
    {
      ...{ name: "ACK", type: 2, largestAcknowledged: 10, ackDelay: 0, ackRangeCount: 1 },
      ...{ firstAckRange: 3, ackRanges: [[1, 4]], ecnCounts: null },
    },
  ],
  [
    "Q-ACK-4: ACK_ECN: counts stand behind the ranges",
    "03 0a 00 01 00 00 01 4140 02 80010000",
    {
      ...{ name: "ACK", type: 3, largestAcknowledged: 10, ackDelay: 0, ackRangeCount: 1 },
      ...{ firstAckRange: 0, ackRanges: [[0, 1]] },
      ecnCounts: { ect0Count: 320, ect1Count: 2, ecnCeCount: 65_536 },
    },
  ],
  [
    "Q-VAR-4: ACK of packet numbers that no double holds",
    `02 ${BIG_HEX} ffffffffffffffff 01 00 00 40ff`,
    {
      ...{ name: "ACK", type: 2, largestAcknowledged: BIG, ackDelay: MAX_VARINT },
      ...{ ackRangeCount: 1, firstAckRange: 0, ackRanges: [[0, 255]], ecnCounts: null },
    },
  ],
  [
    "RESET_STREAM",
    "04 04 4101 80100000",
    {
      ...{ name: "RESET_STREAM", type: 4, streamId: 4, applicationProtocolErrorCode: 257 },
      finalSize: 1_048_576,
    },
  ],
  [
    "STOP_SENDING",
    "05 4400 4102",
    { name: "STOP_SENDING", type: 5, streamId: 1024, applicationProtocolErrorCode: 258 },
  ],
  [
    "CRYPTO",
    "06 10 03 010203",
    { name: "CRYPTO", type: 6, offset: 16, length: 3, cryptoData: octets(3) },
  ],
  [
    "CRYPTO of no octets",
    "06 00 00",
    { name: "CRYPTO", type: 6, offset: 0, length: 0, cryptoData: octets(0) },
  ],
  ["NEW_TOKEN", "07 02 0102", { name: "NEW_TOKEN", type: 7, token: octets(2) }],
  ...[8, 9, 10, 11, 12, 13, 14, 15].map((type): Case => {
    const [off, len, fin] = [type & 4, type & 2, type & 1];
    const wire = `${type.toString(16).padStart(2, "0")} 08 ${off ? "4200" : ""} ${len ? "05" : ""} 0102030405`;
    const fields = { streamId: 8, offset: off ? 512 : 0, length: 5, fin: fin === 1 };
    return [
      `Q-STR-3: STREAM of type 0x0${type.toString(16)}`,
      wire,
      { name: "STREAM", type, ...fields, streamData: octets(5) },
    ];
  }),
  [
    "Q-STR-10: STREAM that only ends",
    "0b 00 00",
    {
      ...{ name: "STREAM", type: 11, streamId: 0, offset: 0, length: 0, fin: true },
      streamData: octets(0),
    },
  ],
  [
    "Q-STR-1: STREAM whose last octet is number 2^62 - 1",
    "0e 00 fffffffffffffffe 01 01",
    {
      ...{ name: "STREAM", type: 14, streamId: 0, offset: MAX_VARINT - 1n, length: 1, fin: false },
      streamData: octets(1),
    },
  ],
  ["MAX_DATA", "10 c000000080000000", { name: "MAX_DATA", type: 16, maximumData: 2 ** 31 }],
  [
    "MAX_STREAM_DATA",
    `11 04 ${BIG_HEX}`,
    { name: "MAX_STREAM_DATA", type: 17, streamId: 4, maximumStreamData: BIG },
  ],
  [
    "MAX_STREAMS of bidirectional ones",
    "12 4064",
    { name: "MAX_STREAMS", type: 18, maximumStreams: 100, bidirectional: true },
  ],
  [
    "Q-FC-3: MAX_STREAMS of unidirectional ones, 2^60",
    "13 d000000000000000",
    { name: "MAX_STREAMS", type: 19, maximumStreams: 2n ** 60n, bidirectional: false },
  ],
  ["DATA_BLOCKED", "14 05", { name: "DATA_BLOCKED", type: 20, maximumData: 5 }],
  [
    "STREAM_DATA_BLOCKED",
    "15 0c 06",
    { name: "STREAM_DATA_BLOCKED", type: 21, streamId: 12, maximumStreamData: 6 },
  ],
  [
    "STREAMS_BLOCKED of bidirectional ones",
    "16 03",
    { name: "STREAMS_BLOCKED", type: 22, maximumStreams: 3, bidirectional: true },
  ],
  [
    "Q-FC-6: STREAMS_BLOCKED of unidirectional ones, 2^60",
    "17 d000000000000000",
    { name: "STREAMS_BLOCKED", type: 23, maximumStreams: 2n ** 60n, bidirectional: false },
  ],
  ...[1, 8, 20].map((length): Case => {
    const connectionId = octets(length, 0x30);
    const wire = `18 05 05 ${length.toString(16).padStart(2, "0")} ${toHex(connectionId)} ${toHex(TOKEN)}`;
    const fields = { sequenceNumber: 5, retirePriorTo: 5, connectionId };
    return [
      `Q-NCI-1: NEW_CONNECTION_ID of ${length} octets`,
      wire,
      { name: "NEW_CONNECTION_ID", type: 24, ...fields, statelessResetToken: TOKEN },
    ];
  }),
  ["RETIRE_CONNECTION_ID", "19 02", { name: "RETIRE_CONNECTION_ID", type: 25, sequenceNumber: 2 }],
  ["PATH_CHALLENGE", "1a 0102030405060708", { name: "PATH_CHALLENGE", type: 26, data: octets(8) }],
  ["PATH_RESPONSE", "1b 0102030405060708", { name: "PATH_RESPONSE", type: 27, data: octets(8) }],
  [
    "Q-CC-1: CONNECTION_CLOSE of QUIC, with a frame type",
    "1c 0a 06 02 6869",
    {
      ...{ name: "CONNECTION_CLOSE", type: 28, errorCode: 10, frameType: 6 },
      reasonPhrase: hex("6869"),
    },
  ],
  [
    "Q-CC-1 Q-CC-3: CONNECTION_CLOSE of the application, its reason no UTF-8",
    "1d 4100 01 ff",
    {
      ...{ name: "CONNECTION_CLOSE", type: 29, errorCode: 256, frameType: null },
      reasonPhrase: hex("ff"),
    },
  ],
  ["HANDSHAKE_DONE", "1e", { name: "HANDSHAKE_DONE", type: 30 }],
  ["Q-AF-4: IMMEDIATE_ACK", "1f", { name: "IMMEDIATE_ACK", type: 31 }],
  [
    "Q-RA-1: RESET_STREAM_AT, all of it reliable",
    "24 04 00 20 20",
    {
      ...{ name: "RESET_STREAM_AT", type: 36, streamId: 4, applicationProtocolErrorCode: 0 },
      ...{ finalSize: 32, reliableSize: 32 },
    },
  ],
  [
    "Q-DG-3: DATAGRAM to the end of the packet",
    "30 010203",
    { name: "DATAGRAM", type: 48, length: 3, datagramData: octets(3) },
  ],
  [
    "Q-DG-3: DATAGRAM with a length",
    "31 03 010203",
    { name: "DATAGRAM", type: 49, length: 3, datagramData: octets(3) },
  ],
  [
    "Q-AF-2: ACK_FREQUENCY, whose type takes two octets",
    "40af 01 02 8000c350 03",
    {
      ...{ name: "ACK_FREQUENCY", type: 0xaf, sequenceNumber: 1, ackElicitingThreshold: 2 },
      ...{ requestedMaxAckDelay: 50_000, reorderingThreshold: 3 },
    },
  ],
];

describe("parseFrames", () => {
  test.each(FRAMES)("%s", (_name, wire, frame) => {
    const payload = hex(wire);
    expect(parseFrames(payload, "1-RTT")).toEqual([{ ...frame, at: 0, size: payload.length }]);
  });

  test.each(FRAMES)("%s: behind others, in a part of a buffer", (_name, wire, frame) => {
    const bytes = hex(wire);
    const payload = Buffer.from(concat([0xff, 1, 0x10, 5], bytes)).subarray(1);
    const read = parseFrames(payload, "1-RTT");
    expect(read.map((item) => "name" in item && item.name)).toEqual([
      ...["PING", "MAX_DATA"],
      frame.name,
    ]);
    expect(read[2]).toEqual({ ...frame, at: 3, size: bytes.length });
  });

  test("Q-VAR-1: fields in longer forms than needed are fine, the type is not", () => {
    expect(parseFrames(hex("10 c000000000000005"), "1-RTT")).toEqual([
      { name: "MAX_DATA", type: 16, at: 0, size: 9, maximumData: 5 },
    ]);
    expect(parseFrames(hex("0a 8000002a 4001 ff"), "1-RTT")).toMatchObject([
      { name: "STREAM", streamId: 42, length: 1, size: 8 },
    ]);
  });

  test("HANDSHAKE_DONE twice in one packet, as real servers send it", () => {
    expect(parseFrames(hex("1e1e"), "1-RTT", { from: "server" })).toHaveLength(2);
  });

  test("Chromium's shuffle of CRYPTO, PING and PADDING", () => {
    const payload = concat(
      hex("06 4100 02 0102 01 01 0000000000"),
      ...[hex("06 00 01 09 00 01 06 3f 00"), new Uint8Array(500)],
    );
    const frames = parseFrames(payload, "Initial") as QuicFrame[];
    expect(frames.map(({ name, size }) => [name, size])).toEqual([
      ...[["CRYPTO", 6] as const, ["PING", 1] as const, ["PING", 1] as const],
      ...[["PADDING", 5] as const, ["CRYPTO", 4] as const, ["PADDING", 1] as const],
      ...[["PING", 1] as const, ["CRYPTO", 3] as const, ["PADDING", 500] as const],
    ]);
  });

  test("names of packets in any spelling", () => {
    for (const name of ["Initial", "initial", "INITIAL"])
      expect(parseFrames(hex("01"), name)).toHaveLength(1);
    for (const name of ["1-RTT", "1rtt", "1_RTT", "short", "0-RTT", "0rtt", "handshake"])
      expect(parseFrames(hex("01"), name)).toHaveLength(1);
  });

  test("octets are plain views of the payload", () => {
    const payload = Buffer.from(hex("0a 00 03 010203"));
    const [frame] = parseFrames(payload, "1-RTT");
    const data = (frame as { streamData: Uint8Array }).streamData;
    expect(data.buffer).toBe(payload.buffer);
    expect(Object.getPrototypeOf(data)).toBe(Uint8Array.prototype);
  });
});

describe("encodeFrame", () => {
  test.each(FRAMES)("%s", (_name, wire, frame) => {
    const payload = hex(wire);
    const complete = { ...frame, at: 0, size: payload.length } as unknown as QuicFrame;
    expect(toHex(encodeFrame(complete))).toBe(toHex(payload));
  });

  test("without a type STREAM and DATAGRAM have a length, and an offset where it is not 0", () => {
    const stream = { name: "STREAM", streamId: 1, fin: true, streamData: octets(2) } as const;
    expect(toHex(encodeFrame({ ...stream, offset: 0 }))).toBe("0b01020102");
    expect(toHex(encodeFrame({ ...stream, offset: 3 }))).toBe("0f0103020102");
    expect(toHex(encodeFrame({ name: "DATAGRAM", datagramData: octets(2) }))).toBe("31020102");
    expect(toHex(encodeFrame({ name: "PADDING" }))).toBe("00");
  });

  test("UNKNOWN writes any octets behind any type", () => {
    const frame = { name: "UNKNOWN", type: 0x2f, payload: hex("aabb") } as const;
    expect(toHex(encodeFrames([frame, { name: "PING" }]))).toBe("2faabb01");
    expect(toHex(encodeFrame({ ...frame, type: MAX_VARINT }))).toBe("ffffffffffffffffaabb");
  });
});
