// One UDP datagram to the packets in it, headers and payloads still protected (RFC 8999 section 5, RFC 9000 sections 12.2
// and 17, RFC 9369 section 3.2). A packet that every receiver discards is left out, and reading goes on behind it where its
// length says where that is (RFC 9000 section 12.2). Nothing is allocated by a declared length, and every step advances.
//
// What needs more than one datagram is the caller's: which version was chosen, what a bit that should be 1 means, and
// connection ids that are not the first packet's (Q-DGM-3).
// Rules: Q-INV-1, Q-INV-2, Q-INV-3, Q-INV-4, Q-VAR-2, Q-DGM-1, Q-DGM-2, Q-DGM-3, Q-DGM-4, Q-DGM-7, Q-DGM-8, Q-HDR-1,
// Q-HDR-2, Q-HDR-3, Q-HDR-7, Q-HDR-8, Q-HDR-9, Q-HDR-15, Q-HDR-20, Q-RTY-3, Q-RTY-5, Q-GR-1.

import {
  CONNECTION_ID_MAX,
  FIXED_BIT,
  LONG_HEADER,
  QUIC_VERSION_NEGOTIATION,
  QuicPacketKind,
  SAMPLE_LENGTH,
  SPIN_BIT,
  TAG_LENGTH,
} from "../abi/quic-wire.js";
import { UsageError } from "../errors.js";
import { packetTypeName, type QuicPacket } from "./quic-packet.js";
import { PACKET_NUMBER_LENGTH_MAX } from "./quic-packet-number.js";
import { isKnownVersion, longPacketKind } from "./quic-version.js";
import { readVarint, varintSize } from "./varint.js";
import { skipZeros } from "./zeros.js";

/** What parseDatagram must know. */
export interface DatagramOptions {
  /**
   * Octets of the connection ids in short headers, 0 to 20, which these headers do not tell (RFC 8999 section 5.2); or who
   * finds that out from the bytes: `at` is the place of the short header, -1 the answer for one that nobody knows.
   */
  readonly connectionIdLength: number | ((bytes: Uint8Array, at: number) => number);
  /**
   * grease_quic_bit may have been negotiated (RFC 9287): octets behind a packet are another one also where their fixed bit
   * is 0, unless all of them are 0. Without it, only where they have the connection id of the first packet.
   */
  readonly greaseQuicBit?: boolean;
}

/** A part of a datagram. */
export interface DatagramPart {
  /** Octets of the datagram before it. */
  readonly offset: number;
  readonly length: number;
}

/** Packets, and what is none. */
export interface SplitDatagram {
  readonly packets: QuicPacket[];
  /** Packets of which only the length is good: too short to be opened, or with connection ids that are too long. */
  readonly leftOut: DatagramPart[];
  /** What stands behind all that; null: nothing. */
  readonly rest: (DatagramPart & { readonly reason: "padding" | "malformed" }) | null;
}

/** First octet and version; the connection ids with their lengths follow. */
const CONNECTION_IDS_AT = 5;
/** Octets from the packet number on without which there is no sample for header protection. */
const PROTECTED_MIN = PACKET_NUMBER_LENGTH_MAX + SAMPLE_LENGTH;

/** A packet under way: its length is found last. */
type Draft = { -readonly [Member in keyof QuicPacket]: QuicPacket[Member] };

/**
 * The packets of a datagram, in order. What is no packet is left out; splitDatagram tells what that is.
 * @throws UsageError BYTES_INVALID, QUIC_CONNECTION_ID_LENGTH_INVALID
 */
export function parseDatagram(bytes: Uint8Array, options: DatagramOptions): QuicPacket[] {
  return splitDatagram(bytes, options).packets;
}

/**
 * The packets of a datagram, and what stands behind the last of them.
 * @throws UsageError BYTES_INVALID, QUIC_CONNECTION_ID_LENGTH_INVALID
 */
export function splitDatagram(bytes: Uint8Array, options: DatagramOptions): SplitDatagram {
  if (!(bytes instanceof Uint8Array))
    throw new UsageError("BYTES_INVALID", "a datagram is a Uint8Array");
  const { connectionIdLength, greaseQuicBit = false } = options ?? {};
  if (typeof connectionIdLength !== "function") checkLength(connectionIdLength, 0);
  const packets: QuicPacket[] = [];
  const leftOut: DatagramPart[] = [];
  let at = 0;
  while (at < bytes.length) {
    const packet = readPacket(bytes, at, connectionIdLength);
    const isBehind = at > 0 && ((bytes[at] as number) & FIXED_BIT) === 0;
    if (packet === null || (isBehind && isPadding(bytes, packet, packets[0], greaseQuicBit))) {
      const reason = isBehind ? "padding" : "malformed";
      return { packets, leftOut, rest: { offset: at, length: bytes.length - at, reason } };
    }
    const { length } = packet;
    packet.bytes = view(bytes, at, length);
    if (isReadable(packet)) packets.push(packet);
    else leftOut.push({ offset: at, length });
    at += length;
  }
  return { packets, leftOut, rest: null };
}

/**
 * Whether octets behind a packet that have no fixed bit are no packet: zeros, and without a word of the caller whatever
 * has not the connection id of the first packet (RFC 9000 section 12.2); empty ids tell nothing without a known version.
 */
function isPadding(
  bytes: Uint8Array,
  packet: Draft,
  first: QuicPacket | undefined,
  greaseQuicBit: boolean,
): boolean {
  if (skipZeros(bytes, packet.offset, bytes.length) === bytes.length) return true;
  if (greaseQuicBit || first === undefined) return !greaseQuicBit;
  const { destinationConnectionId: id, version } = packet;
  const isTold = id.length > 0 || (version !== null && isKnownVersion(version));
  return !isTold || !isEqual(id, first.destinationConnectionId);
}

/** The packet at `at`, its length found, `bytes` not yet set; null where there is none that could be read. */
function readPacket(
  bytes: Uint8Array,
  at: number,
  connectionIdLength: DatagramOptions["connectionIdLength"],
): Draft | null {
  if (((bytes[at] as number) & LONG_HEADER) !== 0) return readLongHeader(bytes, at);
  if (typeof connectionIdLength !== "function")
    return readShortHeader(bytes, at, connectionIdLength);
  const length = connectionIdLength(bytes, at);
  checkLength(length, -1);
  return length === -1 ? null : readShortHeader(bytes, at, length);
}

/** Whether a receiver can do something with it. */
function isReadable(packet: Draft): boolean {
  const { packetNumberOffset, version, sourceConnectionId } = packet;
  if (packetNumberOffset !== -1 && packet.length - packetNumberOffset < PROTECTED_MIN) return false;
  if (version === null || sourceConnectionId === null || !isKnownVersion(version)) return true;
  const { destinationConnectionId } = packet;
  return (
    destinationConnectionId.length <= CONNECTION_ID_MAX &&
    sourceConnectionId.length <= CONNECTION_ID_MAX
  );
}

function draftOf(
  bytes: Uint8Array,
  at: number,
  kind: QuicPacketKind,
  version: number | null,
  destinationConnectionId: Uint8Array,
): Draft {
  const first = bytes[at] as number;
  return {
    type: packetTypeName(kind),
    version,
    offset: at,
    length: bytes.length - at,
    bytes,
    destinationConnectionId,
    sourceConnectionId: null,
    fixedBit: (first & FIXED_BIT) !== 0,
    spinBit: kind === QuicPacketKind.OneRtt ? (first & SPIN_BIT) !== 0 : null,
    token: null,
    packetNumberOffset: -1,
    supportedVersions: null,
    retryIntegrityTag: null,
  };
}

/** A packet with a short header goes to the end of the datagram (RFC 9000 section 17.3.1). */
function readShortHeader(bytes: Uint8Array, at: number, idLength: number): Draft | null {
  if (bytes.length - at < 1 + idLength + PROTECTED_MIN) return null;
  const id = view(bytes, at + 1, idLength);
  const packet = draftOf(bytes, at, QuicPacketKind.OneRtt, null, id);
  packet.packetNumberOffset = 1 + idLength;
  return packet;
}

/** The fields that all versions have (RFC 8999 section 5.1), then those of the version. */
function readLongHeader(bytes: Uint8Array, at: number): Draft | null {
  const end = bytes.length;
  const idAt = at + CONNECTION_IDS_AT + 1;
  if (idAt > end) return null;
  const version = uint32(bytes, at + 1);
  const idLength = bytes[idAt - 1] as number;
  const sourceAt = idAt + idLength + 1;
  if (sourceAt > end) return null;
  const sourceLength = bytes[sourceAt - 1] as number;
  const next = sourceAt + sourceLength;
  if (next > end) return null;
  const kind = kindOf(version, bytes[at] as number);
  const packet = draftOf(bytes, at, kind, version, view(bytes, idAt, idLength));
  packet.sourceConnectionId = view(bytes, sourceAt, sourceLength);
  switch (kind) {
    case QuicPacketKind.Unknown:
      return packet;
    case QuicPacketKind.VersionNegotiation:
      return readVersions(bytes, next, packet);
    case QuicPacketKind.Retry:
      return readRetry(bytes, next, packet);
    default:
      return readProtected(bytes, next, packet, kind === QuicPacketKind.Initial);
  }
}

function kindOf(version: number, first: number): QuicPacketKind {
  if (version === QUIC_VERSION_NEGOTIATION) return QuicPacketKind.VersionNegotiation;
  if (!isKnownVersion(version)) return QuicPacketKind.Unknown;
  return longPacketKind(version, (first >> 4) & 3);
}

/** Version Negotiation: versions to the end of the datagram; null for none, and for one that is cut (RFC 8999 section 6). */
function readVersions(bytes: Uint8Array, from: number, packet: Draft): Draft | null {
  const length = bytes.length - from;
  if (length === 0 || length % 4 !== 0) return null;
  const versions: number[] = [];
  for (let at = from; at < bytes.length; at += 4) versions.push(uint32(bytes, at));
  packet.supportedVersions = versions;
  return packet;
}

/** Retry: a token, and to the end of the datagram the tag (RFC 9000 section 17.2.5). */
function readRetry(bytes: Uint8Array, from: number, packet: Draft): Draft | null {
  const tokenLength = bytes.length - from - TAG_LENGTH;
  if (tokenLength <= 0) return null;
  packet.token = view(bytes, from, tokenLength);
  packet.retryIntegrityTag = view(bytes, from + tokenLength, TAG_LENGTH);
  return packet;
}

/** Initial, 0-RTT, Handshake: Length says where the packet ends (RFC 9000 sections 17.2.2 to 17.2.4). */
function readProtected(
  bytes: Uint8Array,
  from: number,
  packet: Draft,
  hasToken: boolean,
): Draft | null {
  const end = bytes.length;
  let next = from;
  if (hasToken) {
    const tokenLength = readVarint(bytes, next, end);
    if (tokenLength === -1) return null;
    next += varintSize(bytes[next] as number);
    if (tokenLength > end - next) return null;
    packet.token = view(bytes, next, tokenLength);
    next += tokenLength;
  }
  const length = readVarint(bytes, next, end);
  if (length === -1) return null;
  next += varintSize(bytes[next] as number);
  if (length > end - next) return null;
  packet.packetNumberOffset = next - packet.offset;
  packet.length = packet.packetNumberOffset + length;
  return packet;
}

function checkLength(length: unknown, least: number): asserts length is number {
  if (
    !Number.isInteger(length) ||
    (length as number) < least ||
    (length as number) > CONNECTION_ID_MAX
  )
    throw new UsageError(
      "QUIC_CONNECTION_ID_LENGTH_INVALID",
      `connectionIdLength is ${least} to ${CONNECTION_ID_MAX}`,
    );
}

/** A plain view, also of bytes that are a Buffer. */
function view(bytes: Uint8Array, at: number, length: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + at, length);
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((octet, at) => octet === other[at]);
}

function uint32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}
