// Every mistake that a payload shows, with its place, and the frame that is named (RFC 9000 sections 12.4 and 19). The place is
// the first octet of the field that is wrong; of the frame where its type is. Titles carry the rows of the rule list.

import { ERRORS, type ErrorName, ProtocolError, UsageError } from "tercet";
import { parseFrames } from "tercet/quic";
import { describe, expect, test } from "vitest";
import { concat, hex, octets, toHex } from "../helpers/quic-wire.js";

type Case = [name: string, wire: string, code: ErrorName, offset: number, frameType: number | null];

const TOKEN = toHex(octets(16));

const MISTAKES: Case[] = [
  ["Q-FRM-1: a payload without a frame", "", "QUIC_PACKET_EMPTY", 0, null],
  ["Q-FRM-2: a type that nobody knows", "20 05", "QUIC_FRAME_TYPE_UNKNOWN", 0, 0x20],
  ["Q-FRM-2: of two octets", "4040", "QUIC_FRAME_TYPE_UNKNOWN", 0, 0x40],
  ["Q-FRM-2: of four octets", "80004000", "QUIC_FRAME_TYPE_UNKNOWN", 0, 0x4000],
  ["Q-VAR-2: a type that is cut (CVE-2026-26080)", "40", "QUIC_FRAME_TRUNCATED", 0, null],
  ["Q-VAR-2: a type of eight octets that is cut", "c000000000", "QUIC_FRAME_TRUNCATED", 0, null],
  ["Q-VAR-3: PADDING in two octets", "4000", "QUIC_FRAME_TYPE_TOO_LONG", 0, 0],
  ["Q-VAR-3: PING in four octets", "80000001", "QUIC_FRAME_TYPE_TOO_LONG", 0, 1],
  ["Q-VAR-3: ACK_FREQUENCY in four octets", "800000af", "QUIC_FRAME_TYPE_TOO_LONG", 0, 0xaf],
  ["Q-VAR-3: ACK_FREQUENCY in eight", "c0000000000000af", "QUIC_FRAME_TYPE_TOO_LONG", 0, 0xaf],
  ["Q-VAR-3: an unknown type in eight", "c00000000000fade", "QUIC_FRAME_TYPE_TOO_LONG", 0, 0xfade],
  ["Q-FRM-4: ACK: the largest", "02", "QUIC_FRAME_TRUNCATED", 1, 2],
  ["Q-FRM-4: ACK: the delay, cut in the middle", "02 05 40", "QUIC_FRAME_TRUNCATED", 2, 2],
  ["Q-FRM-4: ACK: the first range", "02 05 00 00", "QUIC_FRAME_TRUNCATED", 4, 2],
  ["Q-ACK-3: more ranges than octets", "02 05 00 01 00 00", "QUIC_ACK_RANGES_TOO_MANY", 3, 2],
  [
    "Q-ACK-3: 2^62 - 1 ranges",
    "02 05 00 ffffffffffffffff 00 00000000",
    "QUIC_ACK_RANGES_TOO_MANY",
    3,
    2,
  ],
  ["Q-FRM-4: ACK: a range that is cut", "02 3f 00 02 00 00 00 00 40", "QUIC_FRAME_TRUNCATED", 8, 2],
  ["Q-ACK-1: the first range is too long", "02 05 00 00 06", "QUIC_ACK_RANGE_INVALID", 4, 2],
  ["Q-ACK-1: a gap is too long", "02 05 00 01 00 04 00", "QUIC_ACK_RANGE_INVALID", 5, 2],
  [
    "Q-ACK-1: a gap of 2^62 - 1",
    `02 05 00 01 00 ${"ff".repeat(8)} 00`,
    "QUIC_ACK_RANGE_INVALID",
    5,
    2,
  ],
  ["Q-ACK-1: a range is too long", "02 05 00 01 00 03 01", "QUIC_ACK_RANGE_INVALID", 6, 2],
  [
    "Q-ACK-1: the second of two is, before one that is cut",
    "02 09 00 03 00 00 00 08 00 40 40",
    "QUIC_ACK_RANGE_INVALID",
    7,
    2,
  ],
  [
    "Q-ACK-1: exactly, where doubles cannot tell",
    "02 c020000000000001 00 01 00 c01fffffffffffff 01",
    "QUIC_ACK_RANGE_INVALID",
    20,
    2,
  ],
  [
    "Q-ACK-1: exactly, where doubles say that it is good",
    "02 c020000000000003 00 01 00 c020000000000001 01",
    "QUIC_ACK_RANGE_INVALID",
    20,
    2,
  ],
  ["Q-ACK-4: without a count", "03 05 00 00 00 01 01", "QUIC_FRAME_TRUNCATED", 7, 3],
  ["Q-FRM-4: RESET_STREAM: the final size", "04 00 00", "QUIC_FRAME_TRUNCATED", 3, 4],
  ["Q-FRM-4: STOP_SENDING: the code", "05 00", "QUIC_FRAME_TRUNCATED", 2, 5],
  [
    "Q-FRM-4: CRYPTO: the length goes behind the end",
    "06 00 03 0102",
    "QUIC_FRAME_TRUNCATED",
    2,
    6,
  ],
  [
    "Q-FRM-4: CRYPTO: a length of 2^62 - 1",
    `06 00 ${"ff".repeat(8)}`,
    "QUIC_FRAME_TRUNCATED",
    2,
    6,
  ],
  [
    "Q-CRY-1: CRYPTO that ends behind 2^62 - 1",
    "06 ffffffffffffffff 01 00",
    "QUIC_CRYPTO_OFFSET_TOO_LARGE",
    1,
    6,
  ],
  ["Q-TOK-1: NEW_TOKEN without a token", "07 00", "QUIC_NEW_TOKEN_EMPTY", 1, 7],
  ["Q-TOK-1: the same in eight octets", "07 c000000000000000", "QUIC_NEW_TOKEN_EMPTY", 1, 7],
  ["Q-FRM-4: NEW_TOKEN that is cut", "07 02 01", "QUIC_FRAME_TRUNCATED", 1, 7],
  ["Q-FRM-4: STREAM: the offset", "0c 00", "QUIC_FRAME_TRUNCATED", 2, 0x0c],
  [
    "Q-FRM-4: STREAM: the length goes behind the end",
    "0a 00 02 01",
    "QUIC_FRAME_TRUNCATED",
    2,
    0x0a,
  ],
  [
    "Q-STR-1: STREAM that ends behind 2^62 - 1, with a length",
    "0f 00 ffffffffffffffff 01 00",
    "QUIC_STREAM_OFFSET_TOO_LARGE",
    2,
    0x0f,
  ],
  [
    "Q-STR-1: and to the end of the packet",
    "0c 00 fffffffffffffffe 0000",
    "QUIC_STREAM_OFFSET_TOO_LARGE",
    2,
    0x0c,
  ],
  ["Q-FRM-4: MAX_DATA", "10", "QUIC_FRAME_TRUNCATED", 1, 0x10],
  ["Q-FRM-4: MAX_STREAM_DATA", "11 00 bf", "QUIC_FRAME_TRUNCATED", 2, 0x11],
  ...[0x12, 0x13].map((type): Case => {
    const wire = `${type.toString(16)} d000000000000001`;
    return [`Q-FC-3: MAX_STREAMS of 2^60 + 1`, wire, "QUIC_STREAM_COUNT_TOO_LARGE", 1, type];
  }),
  ...[0x16, 0x17].map((type): Case => {
    const wire = `${type.toString(16)} ffffffffffffffff`;
    return ["Q-FC-6: STREAMS_BLOCKED of 2^62 - 1", wire, "QUIC_STREAM_COUNT_TOO_LARGE", 1, type];
  }),
  ["Q-NCI-1: an id of no octets", `18 00 00 00 ${TOKEN}`, "QUIC_CONNECTION_ID_INVALID", 3, 0x18],
  [
    "Q-NCI-1: an id of 21 octets",
    `18 00 00 15 ${"aa".repeat(21)} ${TOKEN}`,
    "QUIC_CONNECTION_ID_INVALID",
    3,
    0x18,
  ],
  [
    "Q-NCI-2: Retire Prior To above the sequence number",
    `18 04 05 08 ${"aa".repeat(8)} ${TOKEN}`,
    "QUIC_RETIRE_PRIOR_TO_INVALID",
    2,
    0x18,
  ],
  [
    "Q-NCI-2: exactly, where doubles cannot tell",
    `18 c020000000000000 c020000000000001 08 ${"aa".repeat(8)} ${TOKEN}`,
    "QUIC_RETIRE_PRIOR_TO_INVALID",
    9,
    0x18,
  ],
  ["Q-FRM-4: the length of an id", "18 00 00", "QUIC_FRAME_TRUNCATED", 3, 0x18],
  ["Q-FRM-4: an id", "18 00 00 03 aaaa", "QUIC_FRAME_TRUNCATED", 3, 0x18],
  [
    "Q-FRM-4: a stateless reset token",
    `18 00 00 01 aa ${TOKEN.slice(2)}`,
    "QUIC_FRAME_TRUNCATED",
    5,
    0x18,
  ],
  [
    "Q-FRM-4, Q-PTH-1: PATH_CHALLENGE of 7 octets",
    "1a 01020304050607",
    "QUIC_FRAME_TRUNCATED",
    1,
    0x1a,
  ],
  ["Q-FRM-4: PATH_RESPONSE of 7 octets", "1b 01020304050607", "QUIC_FRAME_TRUNCATED", 1, 0x1b],
  ["Q-CC-1: a reason behind the end", "1c 00 00 05 6869", "QUIC_FRAME_TRUNCATED", 3, 0x1c],
  ["Q-CC-1: of the application", "1d 00 05 6869", "QUIC_FRAME_TRUNCATED", 2, 0x1d],
  [
    "Q-RA-1: a reliable size above the final size",
    "24 00 00 05 06",
    "QUIC_RELIABLE_SIZE_INVALID",
    4,
    0x24,
  ],
  [
    "Q-DG-3: DATAGRAM, the length goes behind the end",
    "31 04 010203",
    "QUIC_FRAME_TRUNCATED",
    1,
    0x31,
  ],
  ["Q-AF-2: ACK_FREQUENCY that is cut", "40af 00 00 00", "QUIC_FRAME_TRUNCATED", 5, 0xaf],
];

describe("mistakes", () => {
  test.each(MISTAKES)("%s", (_name, wire, code, offset, frameType) => {
    const last = parseFrames(hex(wire), "1-RTT").at(-1);
    expect(last).toMatchObject({ type: "error", frameType, at: 0 });
    const { error } = last as { error: ProtocolError };
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ code, offset, scope: "connection", streamId: null });
  });

  test.each(MISTAKES.filter(([, wire]) => wire !== ""))(
    "%s: behind other frames",
    (_name, wire, code, offset, frameType) => {
      const items = parseFrames(concat([0, 0, 1], hex(wire)), "1-RTT");
      expect(items.slice(0, 2)).toMatchObject([{ name: "PADDING", size: 2 }, { name: "PING" }]);
      expect(items.at(-1)).toMatchObject({ type: "error", frameType, at: 3 });
      expect(items.at(-1)).toMatchObject({ error: { code, offset: offset + 3 } });
      expect(items).toHaveLength(code === "QUIC_FRAME_TYPE_UNKNOWN" ? 4 : 3);
    },
  );

  test("Q-FRM-2: a frame of an unknown type is there, with the rest of the packet", () => {
    expect(parseFrames(hex("01 ffffffffffffffff 0102 01"), "1-RTT")).toMatchObject([
      { name: "PING" },
      {
        ...{ name: "UNKNOWN", type: 2n ** 62n - 1n, at: 1, size: 11 },
        payload: hex("010201"),
      },
      { type: "error", frameType: 2n ** 62n - 1n, error: { code: "QUIC_FRAME_TYPE_UNKNOWN" } },
    ]);
  });

  test("Q-FRM-5: the code for CONNECTION_CLOSE", () => {
    const wireCode = (wire: string, packet = "1-RTT") => {
      const last = parseFrames(hex(wire), packet).at(-1) as { error: ProtocolError };
      return last.error.wireCode;
    };
    // FRAME_ENCODING_ERROR 0x07, PROTOCOL_VIOLATION 0x0a.
    for (const wire of ["20", "02", "07 00", "12 ffffffffffffffff", "02 05 00 00 06"])
      expect(wireCode(wire)).toBe(7);
    for (const wire of ["", "4001"]) expect(wireCode(wire)).toBe(10);
    expect(wireCode("08 00", "Initial")).toBe(10);
  });

  test("errors say what they are: every code has its rule and section", () => {
    for (const [, , code] of MISTAKES) expect(ERRORS[code].rule).toMatch(/^Q-[A-Z]+-\d+$/);
  });
});

test("Q-ACK-3: an ACK that claims many ranges costs nothing", () => {
  const wire = concat(hex("02 bfffffff 00 bfffffff 00"), new Uint8Array(60_000));
  expect(parseFrames(wire, "1-RTT")).toMatchObject([
    { error: { code: "QUIC_ACK_RANGES_TOO_MANY", offset: 6 } },
  ]);
});

describe("wrong use", () => {
  test.each<[string, unknown, unknown, unknown, string]>([
    ["no bytes", "01", "1-RTT", {}, "BYTES_INVALID"],
    ["no packet type", hex("01"), undefined, {}, "QUIC_PACKET_TYPE_INVALID"],
    ["another word", hex("01"), "2-RTT", {}, "QUIC_PACKET_TYPE_INVALID"],
    ["a packet without frames", hex("01"), "Retry", {}, "QUIC_PACKET_TYPE_INVALID"],
    ["Version Negotiation", hex("01"), "Version Negotiation", {}, "QUIC_PACKET_TYPE_INVALID"],
    ["an unknown version", hex("01"), "Unknown", {}, "QUIC_PACKET_TYPE_INVALID"],
    ["another sender", hex("01"), "1-RTT", { from: "proxy" }, "OPTION_INVALID"],
  ])("%s", (_name, payload, packet, options, code) => {
    const call = () => parseFrames(payload as Uint8Array, packet as string, options as object);
    expect(call).toThrow(UsageError);
    expect(call).toThrow(expect.objectContaining({ code }));
  });
});
