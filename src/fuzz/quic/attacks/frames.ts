// Frames that lie: Q-S02 to Q-S05, Q-S13. Each is given to parseFrames as the payload of a packet.

import { concat } from "../../latin1.js";
import { many, repeated, uint } from "../../octets.js";
import { VARINT_MAX, varint } from "../../varint.js";
import * as frames from "../frames.js";
import { QUIC_FRAME, QUIC_PACKET_TYPES } from "../registry.js";
import { type QuicAttack, quicRowsOf } from "../row.js";

const unknown = quicRowsOf("Q-S02");
const types = quicRowsOf("Q-S03");
const tokens = quicRowsOf("Q-S04");
const ecn = quicRowsOf("Q-S05");
const ranges = quicRowsOf("Q-S13");

/** Types that nobody has defined: one octet, two, eight. */
const UNKNOWN_TYPES = [0x20, 0x21, 0x32, 0x3f, 0x40, 0xae, 0x1234, 2 ** 30, VARINT_MAX];

const UNKNOWN_ROWS: readonly QuicAttack[] = [
  ...UNKNOWN_TYPES.flatMap((type) =>
    QUIC_PACKET_TYPES.map((packet) =>
      unknown.frames(`type ${type} in ${packet}`, packet, frames.frame(type, [], "abc"), [
        "UNKNOWN",
        "error QUIC_FRAME_TYPE_UNKNOWN",
      ]),
    ),
  ),
  unknown.frames("behind a good frame", "1-RTT", concat([frames.ping(), frames.frame(0x21)]), [
    "PING",
    "UNKNOWN",
    "error QUIC_FRAME_TYPE_UNKNOWN",
  ]),
  ...QUIC_PACKET_TYPES.map((packet) =>
    unknown.frames(`no frame in ${packet}`, packet, new Uint8Array(0), ["error QUIC_PACKET_EMPTY"]),
  ),
  unknown.frames("CRYPTO in 0-RTT", "0-RTT", frames.crypto(0, "a"), [
    "…",
    "error QUIC_FRAME_FORBIDDEN",
  ]),
  unknown.frames("ACK in 0-RTT", "0-RTT", frames.ack(0), ["…", "error QUIC_FRAME_FORBIDDEN"]),
  unknown.frames("STREAM in Initial", "Initial", frames.stream(0, "a"), [
    "…",
    "error QUIC_FRAME_FORBIDDEN",
  ]),
  unknown.frames("HANDSHAKE_DONE in Handshake", "Handshake", frames.handshakeDone(), [
    "…",
    "error QUIC_FRAME_FORBIDDEN",
  ]),
  unknown.frames("DATAGRAM in Handshake", "Handshake", frames.datagram("a"), [
    "…",
    "error QUIC_FRAME_FORBIDDEN",
  ]),
  unknown.frames(
    "CONNECTION_CLOSE of the application in Initial",
    "Initial",
    frames.closeApplication(0),
    ["…", "error QUIC_FRAME_FORBIDDEN"],
  ),
];

/** The first octets of types in two, four and eight, cut at every place. */
const CUT_TYPES = [2, 4, 8].flatMap((size) =>
  Array.from({ length: size - 1 }, (_, at) => varint(0, size).subarray(0, at + 1)),
);

const TYPE_ROWS: readonly QuicAttack[] = [
  ...CUT_TYPES.map((bytes, at) =>
    types.frames(`a type that is cut, ${at}`, "1-RTT", bytes, ["error QUIC_FRAME_TRUNCATED"]),
  ),
  ...CUT_TYPES.map((bytes, at) =>
    types.frames(`behind PADDING, ${at}`, "1-RTT", concat([frames.padding(4), bytes]), [
      "PADDING",
      "error QUIC_FRAME_TRUNCATED",
    ]),
  ),
  ...[2, 4, 8].map((size) =>
    types.frames(`PADDING in ${size} octets`, "1-RTT", varint(0, size), [
      "…",
      "error QUIC_FRAME_TYPE_TOO_LONG",
    ]),
  ),
  types.frames(
    "a million octets of PADDING are one frame",
    "1-RTT",
    () => frames.padding(1_000_000),
    ["PADDING"],
  ),
  types.frames(
    "a hundred thousand PING",
    "1-RTT",
    () => repeated(frames.ping(), 100_000),
    ["PING", "…"],
    { reports: 100_000, nanoseconds: 2_000, memory: 64 * 1024 * 1024 },
  ),
];

const TOKEN_ROWS: readonly QuicAttack[] = [
  tokens.frames("no token", "1-RTT", frames.newToken(""), ["…", "error QUIC_NEW_TOKEN_EMPTY"]),
  tokens.frames("no length", "1-RTT", frames.frame(QUIC_FRAME.NEW_TOKEN), [
    "error QUIC_FRAME_TRUNCATED",
  ]),
  ...[6, 64, 2 ** 30, VARINT_MAX].map((length) =>
    tokens.frames(
      `five octets that say they are ${length}`,
      "1-RTT",
      frames.newToken("token", length),
      ["error QUIC_FRAME_TRUNCATED"],
    ),
  ),
  tokens.frames("in Initial", "Initial", frames.newToken("token"), [
    "…",
    "error QUIC_FRAME_FORBIDDEN",
  ]),
];

const ECN_ROWS: readonly QuicAttack[] = [
  ecn.frames(
    "counts are read, and what is behind them",
    "1-RTT",
    concat([frames.ack(9, { first: 2, ranges: [[0, 1]], ecn: [1, 2, 3] }), frames.ping()]),
    ["ACK", "PING"],
  ),
  ...[0, 1, 2].map((count) =>
    ecn.frames(
      `${count} counts of three`,
      "1-RTT",
      frames.ack(9, { ecn: [1, 2].slice(0, count) }),
      ["error QUIC_FRAME_TRUNCATED"],
    ),
  ),
  ecn.frames(
    "counts of 2^62 - 1",
    "1-RTT",
    frames.ack(9, { ecn: [VARINT_MAX, VARINT_MAX, VARINT_MAX] }),
    ["ACK"],
  ),
  ecn.frames(
    "a last count that is cut",
    "1-RTT",
    concat([frames.ack(9, { ecn: [1, 2] }), uint(0xc0, 1)]),
    ["error QUIC_FRAME_TRUNCATED"],
  ),
];

const RANGE_ROWS: readonly QuicAttack[] = [
  ...[1, 2, 64, 2 ** 30, 2n ** 53n, VARINT_MAX].map((count) =>
    ranges.frames(`${count} ranges that are not there`, "1-RTT", frames.ack(1_000, { count }), [
      "error QUIC_ACK_RANGES_TOO_MANY|QUIC_FRAME_TRUNCATED",
    ]),
  ),
  ranges.frames(
    "2^61 ranges and two octets for some of them",
    "1-RTT",
    () => concat([frames.ack(2 ** 40, { count: 2n ** 61n }), new Uint8Array(60_000)]),
    ["error QUIC_ACK_RANGES_TOO_MANY|QUIC_FRAME_TRUNCATED"],
  ),
  ranges.frames(
    "thirty thousand ranges",
    "1-RTT",
    () => frames.ack(2 ** 40, { ranges: Array.from({ length: 30_000 }, () => [0, 0] as const) }),
    ["ACK"],
    { memory: 8 * 1024 * 1024 },
  ),
  ranges.frames("a first range below zero", "1-RTT", frames.ack(1, { first: 2 }), [
    "error QUIC_ACK_RANGE_INVALID",
  ]),
  ranges.frames("a gap below zero", "1-RTT", frames.ack(4, { first: 1, ranges: [[2, 0]] }), [
    "error QUIC_ACK_RANGE_INVALID",
  ]),
  ranges.frames("a range below zero", "1-RTT", frames.ack(4, { first: 1, ranges: [[0, 2]] }), [
    "error QUIC_ACK_RANGE_INVALID",
  ]),
  ranges.frames("a gap that wraps 2^62", "1-RTT", frames.ack(9, { ranges: [[VARINT_MAX, 1]] }), [
    "error QUIC_ACK_RANGE_INVALID",
  ]),
  ranges.frames(
    "a range that wraps 2^62",
    "1-RTT",
    frames.ack(VARINT_MAX, { first: VARINT_MAX, ranges: [[0, VARINT_MAX]] }),
    ["error QUIC_ACK_RANGE_INVALID"],
  ),
  ranges.frames(
    "the largest number of all",
    "1-RTT",
    frames.ack(VARINT_MAX, { first: VARINT_MAX }),
    ["ACK"],
  ),
  ranges.frames(
    "ten thousand ACK of one range",
    "1-RTT",
    () => many(10_000, () => frames.ack(1)),
    ["ACK", "…"],
    { reports: 10_000, nanoseconds: 2_000, memory: 16 * 1024 * 1024 },
  ),
];

/** Frames whose length goes on behind the packet, for each type that has one. */
const LENGTH_ROWS: readonly QuicAttack[] = [
  1,
  64,
  16_384,
  2 ** 30,
  2 ** 31,
  2 ** 32,
  VARINT_MAX,
].flatMap((length) => {
  const is = `${length} octets that are not there`;
  const truncated = ["error QUIC_FRAME_TRUNCATED"];
  const row = (name: string, bytes: Uint8Array, log: readonly string[] = truncated) =>
    types.frames(`${name}: ${is}`, "1-RTT", bytes, log);
  const long = [
    "error QUIC_FRAME_TRUNCATED|QUIC_CRYPTO_OFFSET_TOO_LARGE|QUIC_STREAM_OFFSET_TOO_LARGE",
  ];
  return [
    row("CRYPTO", frames.crypto(0, "", length)),
    row("CRYPTO at 2^62 - 1", frames.crypto(VARINT_MAX, "", length), long),
    row("STREAM", frames.stream(0, "", { length })),
    row("STREAM at 2^62 - 1", frames.stream(0, "", { length, offset: VARINT_MAX }), long),
    row("DATAGRAM", frames.datagram("", length)),
    row("CONNECTION_CLOSE", frames.close(0, 0, "", length)),
    row("CONNECTION_CLOSE of the application", frames.closeApplication(0, "", length)),
  ];
});

/** Frames that lie. */
export const FRAME_ATTACKS: readonly QuicAttack[] = [
  ...UNKNOWN_ROWS,
  ...TYPE_ROWS,
  ...LENGTH_ROWS,
  ...TOKEN_ROWS,
  ...ECN_ROWS,
  ...RANGE_ROWS,
];
