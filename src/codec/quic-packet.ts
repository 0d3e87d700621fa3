// Packets of QUIC as parseDatagram gives them: one member for each field of a header that is not protected, named as in
// the RFC (RFC 8999 section 5, RFC 9000 section 17), and the names of packet types.

import { QuicPacketKind } from "../abi/quic-wire.js";
import { UsageError } from "../errors.js";

/** Packet types, spelled as in RFC 9000. "Unknown": a long header of a version that is not known. */
export type QuicPacketType =
  | "Initial"
  | "0-RTT"
  | "Handshake"
  | "Retry"
  | "1-RTT"
  | "Version Negotiation"
  | "Unknown";

/** One packet of a datagram, its header and payload still protected. */
export interface QuicPacket {
  readonly type: QuicPacketType;
  /** 0 in Version Negotiation; null in a short header, which has none. */
  readonly version: number | null;
  /** Octets of the datagram before the packet. */
  readonly offset: number;
  /** Octets of the packet. */
  readonly length: number;
  /** A view of exactly this packet. */
  readonly bytes: Uint8Array;
  readonly destinationConnectionId: Uint8Array;
  /** null in a short header. */
  readonly sourceConnectionId: Uint8Array | null;
  /** False where 0 was sent: to be discarded, unless grease_quic_bit was negotiated (RFC 9287). */
  readonly fixedBit: boolean;
  /** null in a long header. */
  readonly spinBit: boolean | null;
  /** Of an Initial or a Retry; null elsewhere. */
  readonly token: Uint8Array | null;
  /** Place of the packet number in `bytes`; -1 where the packet has none. */
  readonly packetNumberOffset: number;
  /** Of Version Negotiation, in wire order; null elsewhere. */
  readonly supportedVersions: readonly number[] | null;
  /** Of a Retry: its last 16 octets; null elsewhere. */
  readonly retryIntegrityTag: Uint8Array | null;
}

/** Names by QuicPacketKind. */
const NAMES: readonly QuicPacketType[] = [
  "Initial",
  "0-RTT",
  "Handshake",
  "Retry",
  "1-RTT",
  "Version Negotiation",
  "Unknown",
];

/** Names as they are spelled, and as callers may write them: lower case, letters and digits alone. */
const KINDS: ReadonlyMap<string, QuicPacketKind> = new Map([
  ...NAMES.map((name, kind): [string, QuicPacketKind] => [name, kind]),
  ...NAMES.map((name, kind): [string, QuicPacketKind] => [plain(name), kind]),
  ["short", QuicPacketKind.OneRtt],
]);

/** Name of a kind of packets. */
export function packetTypeName(kind: QuicPacketKind): QuicPacketType {
  return NAMES[kind] as QuicPacketType;
}

/**
 * Kind of the packets of this name: in any case, with or without hyphens, underscores and spaces; "short" is 1-RTT.
 * @throws UsageError QUIC_PACKET_TYPE_INVALID
 */
export function packetKind(name: string): QuicPacketKind {
  const kind = KINDS.get(name) ?? (typeof name === "string" ? KINDS.get(plain(name)) : undefined);
  if (kind === undefined)
    throw new UsageError("QUIC_PACKET_TYPE_INVALID", `a packet type is ${NAMES.join(", ")}`);
  return kind;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/g, "");
}

/** The packet on a copy of its bytes, for who keeps it longer than the datagram. */
export function copyPacket(packet: QuicPacket): QuicPacket {
  const bytes = new Uint8Array(packet.bytes);
  const from = packet.bytes.byteOffset;
  const moved = (view: Uint8Array) =>
    new Uint8Array(bytes.buffer, view.byteOffset - from, view.length);
  const movedIf = (view: Uint8Array | null) => (view === null ? null : moved(view));
  return {
    ...packet,
    bytes,
    destinationConnectionId: moved(packet.destinationConnectionId),
    sourceConnectionId: movedIf(packet.sourceConnectionId),
    token: movedIf(packet.token),
    retryIntegrityTag: movedIf(packet.retryIntegrityTag),
  };
}
