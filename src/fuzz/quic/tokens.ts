// Pieces of QUIC that change meaning where they are put: what a mutation fuzzer inserts.

import { VARINT_EDGES, VARINT_MAX } from "../varint.js";
import * as frames from "./frames.js";
import { INTEGER_FRAMES } from "./frames.js";
import * as packets from "./packets.js";
import { parameter, preferredAddress } from "./parameters.js";
import { QUIC_PARAMETER, QUIC_VERSION } from "./registry.js";
import { type QuicScriptStep, scriptBytes } from "./script.js";

/** Frames, to insert into the payload of a packet. */
export const QUIC_TOKENS: readonly Uint8Array[] = [
  frames.padding(1),
  frames.padding(16),
  frames.ping(),
  frames.ack(0),
  frames.ack(9, { first: 2, ranges: [[0, 1]] }),
  frames.ack(9, { ecn: [1, 2, 3] }),
  frames.ack(1, { first: 2 }),
  frames.ack(9, { count: VARINT_MAX }),
  frames.ack(VARINT_MAX),
  frames.crypto(0, "abc"),
  frames.crypto(9, "abc"),
  frames.crypto(VARINT_MAX, "a"),
  frames.crypto(0, "", 2 ** 30),
  frames.stream(0, "abc"),
  frames.stream(0, "def", { offset: 3, fin: true }),
  frames.stream(4, "abc", { length: null }),
  frames.stream(0, "", { offset: VARINT_MAX, fin: true }),
  frames.stream(2, "\0\x04\0"),
  frames.stream(3, "\0\x04\0"),
  frames.resetStream(0, 1, 6),
  frames.stopSending(0, 1),
  frames.newToken("token"),
  frames.newToken(""),
  frames.newConnectionId(1, 0, "server-2"),
  frames.newConnectionId(2, 2, "server-3"),
  frames.newConnectionId(3, 0, ""),
  frames.retireConnectionId(0),
  frames.pathChallenge(),
  frames.pathResponse(),
  frames.close(0, 0),
  frames.close(0x0a, 0x06, "no"),
  frames.closeApplication(0x100, "\x1b[2J"),
  frames.handshakeDone(),
  frames.datagram("\0abc"),
  frames.datagram("\0abc", null),
  ...INTEGER_FRAMES.map(([type, count]) => frames.frame(type, [3, 2, 1, 0].slice(0, count))),
  frames.frame(0x21, [], "unknown"),
  ...VARINT_EDGES,
];

/** Packets and starts of packets, to insert into a datagram. */
export const QUIC_PACKET_TOKENS: readonly Uint8Array[] = [
  packets.longPacket("Initial", new Uint8Array(24)),
  packets.longPacket("Initial", new Uint8Array(24), { token: "token", version: QUIC_VERSION.V2 }),
  packets.longPacket("0-RTT", new Uint8Array(24)),
  packets.longPacket("Handshake", new Uint8Array(24)),
  packets.longPacket("Handshake", "", { length: VARINT_MAX }),
  packets.shortPacket("destinat", new Uint8Array(24)),
  packets.versionNegotiation([QUIC_VERSION.V1, QUIC_VERSION.GREASE]),
  packets.versionNegotiation([]),
  packets.retry("token"),
  packets.retry(""),
  packets.longPacket("Initial", "", {
    version: QUIC_VERSION.GREASE,
    destination: new Uint8Array(255),
  }),
  new Uint8Array(20),
  ...VARINT_EDGES,
];

/** Transport parameters. */
export const QUIC_PARAMETER_TOKENS: readonly Uint8Array[] = [
  ...Object.values(QUIC_PARAMETER).map((id) => parameter(id, 2)),
  ...Object.values(QUIC_PARAMETER).map((id) => parameter(id, "")),
  parameter(QUIC_PARAMETER.STATELESS_RESET_TOKEN, new Uint8Array(16)),
  parameter(QUIC_PARAMETER.VERSION_INFORMATION, "\0\0\0\x01\0\0\0\x01"),
  preferredAddress(),
  parameter(31 * 5 + 27, "grease"),
  parameter(4, "", VARINT_MAX),
  ...VARINT_EDGES,
];

const records = (...steps: readonly QuicScriptStep[]): Uint8Array => scriptBytes(steps);

/** Whole records of scripts. */
export const QUIC_SCRIPT_TOKENS: readonly Uint8Array[] = [
  records({ do: "greeting" }),
  records({ do: "move" }),
  records({ do: "again" }),
  records({ do: "join" }),
  records({ do: "update", side: "client" }),
  records({ do: "update", side: "server" }),
  records({ do: "retry", bytes: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) }),
  ...QUIC_PACKET_TOKENS.slice(0, 12).map((bytes) => records({ do: "raw", side: "client", bytes })),
  ...QUIC_TOKENS.flatMap((bytes) => [
    records({ do: "packet", side: "client", type: "1-RTT", bytes }),
    records({ do: "packet", side: "server", type: "1-RTT", bytes }),
  ]),
  ...QUIC_TOKENS,
];
