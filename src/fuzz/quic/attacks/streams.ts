// Streams and CRYPTO data in pieces: Q-S06, Q-S10, Q-S18, given to Reassembler and to QuicObserver. And Q-S22: what nobody may
// learn or decide before a packet is known to be authentic.

import { concat } from "../../latin1.js";
import { many } from "../../octets.js";
import { clientHello, handshake } from "../../tls.js";
import { VARINT_MAX } from "../../varint.js";
import * as frames from "../frames.js";
import { QuicPeers } from "../peers.js";
import { each, type QuicAttack, type QuicPiece, quicRowsOf } from "../row.js";
import { ALIVE, aliveFrom, flooded, GOES_ON, MIB, START } from "./flooded.js";

const wraps = quicRowsOf("Q-S06");
const crypto = quicRowsOf("Q-S10");
const pieces = quicRowsOf("Q-S18");
const secret = quicRowsOf("Q-S22");

const KIB = 1024;
const CRYPTO_LIMITS = { bytes: 64 * KIB, fragments: 1_024 };
const STREAM_LIMITS = { bytes: MIB, fragments: 1_024 };

const piece = (offset: number | bigint, length = 1, fin = false): QuicPiece => ({
  offset,
  bytes: Uint8Array.from({ length }, (_, at) => (Number(BigInt(offset) & 0xffn) + at) & 0xff),
  fin,
});

const WRAP_ROWS: readonly QuicAttack[] = [
  wraps.reassembler(
    "pieces around the end of 64 KiB",
    CRYPTO_LIMITS,
    () => [piece(0, 65_000), piece(65_400, 2_000), piece(65_000, 400), piece(67_400, 9)],
    ["taken 65000", "taken 2400", "taken 9"],
  ),
  wraps.reassembler(
    "a piece that ends at 2^62 - 1",
    CRYPTO_LIMITS,
    () => [piece(VARINT_MAX - 3n, 3)],
    ["…"],
    { reports: 1 },
  ),
  wraps.reassembler("a piece that ends behind it", CRYPTO_LIMITS, () => [piece(VARINT_MAX, 1)], [
    "fault 5",
  ]),
  wraps.reassembler(
    "pieces around 2^31, 2^32 and 2^53",
    CRYPTO_LIMITS,
    () =>
      [2 ** 31, 2 ** 32, 2 ** 53 - 1].flatMap((at) => [
        piece(BigInt(at) - 1n, 3),
        piece(BigInt(at), 3),
      ]),
    ["…"],
    { reports: 2 },
  ),
  wraps.observer(
    "CRYPTO at 2^62 - 1",
    (tools) => {
      const peers = new QuicPeers(tools);
      return [
        peers.send("client", "Initial", [frames.crypto(VARINT_MAX, "abc")]),
        ...peers.greeting(),
      ];
    },
    ["…", "0 client error QUIC_CRYPTO_OFFSET_TOO_LARGE", "…"],
  ),
];

/** Initial packets of CRYPTO data from `offset` on. */
const hellos = (peers: QuicPeers, count: number, make: (at: number) => Uint8Array) =>
  each(count, (at) => peers.send("client", "Initial", [make(at)]));

const CRYPTO_ROWS: readonly QuicAttack[] = [
  crypto.reassembler(
    "64 KiB ahead of a gap, and one more",
    CRYPTO_LIMITS,
    () => [...each(64, (at) => piece(1 + at * KIB, KIB)), piece(1 + 64 * KIB, 1)],
    ["fault 1"],
  ),
  crypto.reassembler(
    "4,096 octets out of order are taken",
    CRYPTO_LIMITS,
    () => [...each(4, (at) => piece((4 - at) * KIB, KIB)), piece(0, KIB)],
    ["taken 5120"],
  ),
  crypto.observer(
    "CRYPTO data without end in Initial packets",
    (tools) => {
      const peers = new QuicPeers(tools);
      return hellos(peers, 4_000, (at) => frames.crypto(at * KIB, new Uint8Array(KIB).fill(9)));
    },
    ["…"],
    { reports: 8_100, memory: MIB },
  ),
  crypto.observer(
    "a gap, and CRYPTO data behind it without end",
    (tools) => {
      const peers = new QuicPeers(tools);
      return hellos(peers, 4_000, (at) => frames.crypto(1 + at * KIB, new Uint8Array(KIB)));
    },
    ["…", "0 client error QUIC_CRYPTO_BUFFER_EXCEEDED", "…"],
    { reports: 8_100, memory: MIB },
  ),
  crypto.observer(
    "a ClientHello that says it has 16 MiB",
    (tools) => {
      const peers = new QuicPeers(tools);
      const start = handshake(1, "", 0xff_ffff);
      return hellos(peers, 2_000, (at) =>
        at === 0
          ? frames.crypto(0, start)
          : frames.crypto(start.length + (at - 1) * KIB, new Uint8Array(KIB)),
      );
    },
    ["…"],
    { reports: 8_100, memory: MIB },
  ),
  crypto.observer(
    "a ClientHello in pieces of one octet, last one first",
    (tools) => {
      const peers = new QuicPeers(tools);
      const hello = peers.clientHello();
      const parts = each(hello.length, (at) =>
        frames.crypto(
          hello.length - 1 - at,
          hello.subarray(hello.length - 1 - at, hello.length - at),
        ),
      );
      return [
        ...each(Math.ceil(parts.length / 100), (at) =>
          peers.send("client", "Initial", parts.slice(at * 100, at * 100 + 100)),
        ),
        peers.serverFlight(),
        aliveFrom(peers),
      ];
    },
    [START, "…", "0 client hello", "…", ALIVE, "…"],
  ),
  crypto.observer(
    "handshake messages without end behind the handshake",
    (tools) => {
      const peers = new QuicPeers(tools);
      const tickets = handshake(4, new Uint8Array(1_000));
      return [
        ...peers.handshake(),
        ...each(4_000, (at) =>
          peers.send("server", "1-RTT", [frames.crypto(at * tickets.length, tickets)]),
        ),
        aliveFrom(peers),
      ];
    },
    [START, "…"],
    { reports: 8_100, memory: MIB },
  ),
  crypto.observer(
    "a second ClientHello in one Initial space",
    (tools) => {
      const peers = new QuicPeers(tools);
      const hello = peers.clientHello();
      const other = clientHello({
        random: new Uint8Array(32).fill(9),
        parameters: new Uint8Array(0),
      });
      return [
        peers.firstFlight(),
        peers.send("client", "Initial", [frames.crypto(hello.length, other)]),
        peers.serverFlight(),
        aliveFrom(peers),
      ];
    },
    [START, "…"],
  ),
];

const PIECE_ROWS: readonly QuicAttack[] = [
  pieces.reassembler(
    "every second octet, forward",
    STREAM_LIMITS,
    () => each(3_000, (at) => piece(1 + 2 * at)),
    ["fault 2", "…"],
    { reports: 2_000 },
  ),
  pieces.reassembler(
    "every second octet, backward",
    STREAM_LIMITS,
    () => each(3_000, (at) => piece(9_000 - 2 * at)),
    ["fault 2", "…"],
    { reports: 2_000 },
  ),
  pieces.reassembler(
    "a hundred thousand octets, last one first",
    STREAM_LIMITS,
    () => each(100_000, (at) => piece(99_999 - at)),
    ["taken 100000"],
    { memory: MIB, nanoseconds: 40_000 },
  ),
  pieces.reassembler(
    "a hundred thousand pieces that all overlap",
    STREAM_LIMITS,
    () => each(100_000, (at) => piece(1 + (at % 1_000), 100)),
    [],
    { memory: MIB },
  ),
  pieces.reassembler(
    "the same octet a hundred thousand times",
    STREAM_LIMITS,
    () => each(100_000, () => piece(5)),
    [],
  ),
  pieces.reassembler(
    "pieces of nothing everywhere",
    STREAM_LIMITS,
    () => each(100_000, (at) => piece(3 * at, 0)),
    [],
    // No octets at all: the time of the whole row.
    { nanoseconds: 1e9 },
  ),
  pieces.reassembler(
    "an end that moves",
    STREAM_LIMITS,
    () => [piece(10, 1, true), piece(9, 1, true), piece(11, 1), piece(10, 0, true)],
    ["fault 3", "fault 3", "fault 3"],
  ),
  pieces.reassembler(
    "a megabyte ahead of a gap, and more",
    STREAM_LIMITS,
    () => each(1_200, (at) => piece(1 + at * KIB, KIB)),
    ["fault 1", "…"],
    { reports: 200, memory: 4 * MIB },
  ),
  pieces.observer(
    "STREAM frames of one octet, every second one",
    flooded("client", 500, (at) =>
      many(100, (n) => frames.stream(4, "x", { offset: 1 + 2 * (100 * at + n) })),
    ),
    GOES_ON,
    { reports: 120_000, memory: 2 * MIB },
  ),
  pieces.observer(
    "many streams, each with a gap and as much as it may hold",
    flooded("client", 4_000, (at) =>
      frames.stream(4 + 4 * (at % 1_000), new Uint8Array(1_100), { offset: 1 + 1_100 * at }),
    ),
    GOES_ON,
    { reports: 16_000, memory: 16 * MIB, nanoseconds: 1_000 },
  ),
  pieces.observer(
    "offsets that jump by 2^40",
    flooded("client", 1_000, (at) => frames.stream(4, "x", { offset: 2 ** 40 * at + 1 })),
    GOES_ON,
    { reports: 8_000, memory: MIB },
  ),
  pieces.observer(
    "different data at the same place",
    flooded("client", 100, (at) => frames.stream(4, `${at % 10}`.repeat(10), { offset: 1 })),
    [START, "…"],
    { reports: 400 },
  ),
];

const SECRET_ROWS: readonly QuicAttack[] = [
  secret.observer(
    "every octet of a packet changed, one at a time",
    (tools) => {
      const peers = new QuicPeers(tools);
      const good = peers.send("client", "1-RTT", [frames.stream(4, "abc")], { packetNumber: 9 });
      const changed = each(good.bytes.length - 9, (at) => {
        const bytes = good.bytes.slice();
        bytes[at + 9] = (bytes[at + 9] ?? 0) ^ 0x80;
        return { ...good, bytes };
      });
      return [...peers.handshake(), ...changed, aliveFrom(peers)];
    },
    GOES_ON,
    { never: ["error", "4"] },
  ),
  secret.observer(
    "every bit of the first octet changed: reserved bits, key phase, length",
    (tools) => {
      const peers = new QuicPeers(tools);
      const good = peers.send("client", "1-RTT", [frames.stream(4, "abc")], { packetNumber: 9 });
      const changed = each(6, (at) => {
        const bytes = good.bytes.slice();
        bytes[0] = (bytes[0] ?? 0) ^ (1 << at);
        return { ...good, bytes };
      });
      return [...peers.handshake(), ...changed, aliveFrom(peers)];
    },
    GOES_ON,
    { never: ["error", "4", "keyUpdate"] },
  ),
  secret.observer(
    "reserved bits changed in Initial and Handshake packets",
    (tools) => {
      const peers = new QuicPeers(tools);
      const [hello, answer, ...rest] = peers.handshake();
      if (hello === undefined || answer === undefined) return [];
      const changed = [0x04, 0x08, 0x0c].flatMap((bits) =>
        [hello, answer].map((one) => {
          const bytes = one.bytes.slice();
          bytes[0] = (bytes[0] ?? 0) ^ bits;
          return { ...one, bytes };
        }),
      );
      return [hello, ...changed, answer, ...rest, aliveFrom(peers)];
    },
    GOES_ON,
    { never: ["error"] },
  ),
  secret.observer(
    "a packet of zeros with good keys: reserved bits are not known before it opens",
    (tools) => {
      const peers = new QuicPeers(tools);
      const zeros = peers.datagram("client", [
        concat([Uint8Array.of(0x58), peers.id("server"), new Uint8Array(40)]),
      ]);
      return [...peers.handshake(), zeros, aliveFrom(peers)];
    },
    [START, "…", "0 client closed not authentic", "…", ALIVE, "…"],
    { never: ["error"] },
  ),
];

/** Streams in pieces, and secrets. */
export const STREAM_ATTACKS: readonly QuicAttack[] = [
  ...WRAP_ROWS,
  ...CRYPTO_ROWS,
  ...PIECE_ROWS,
  ...SECRET_ROWS,
];
