// One UDP datagram to the packets in it, headers and payloads still protected (RFC 8999 section 5, RFC 9000 sections 12.2
// and 17, RFC 9369 section 3.2). A packet that every receiver discards is left out, and reading goes on behind it where its
// length says where that is (RFC 9000 section 12.2). Nothing is allocated by a declared length, and every step advances.
//
// What needs more than one datagram is the caller's: which version was chosen, what a bit that should be 1 means, and
// connection ids that are not the first packet's (Q-DGM-3).
// Rules: Q-INV-1 to Q-INV-4, Q-VAR-2, Q-DGM-1, Q-DGM-2, Q-DGM-4, Q-DGM-7, Q-DGM-8, Q-HDR-1 to Q-HDR-3, Q-HDR-7 to Q-HDR-9,
// Q-HDR-15, Q-HDR-20, Q-RTY-3, Q-RTY-5, Q-GR-1.

import {
  CONNECTION_ID_MAX,
  QUIC_VERSION_NEGOTIATION,
  QuicPacketKind,
  SAMPLE_LENGTH,
  TAG_LENGTH,
} from "../abi/quic-wire.js";
import { UsageError } from "../errors.js";
import { packetTypeName, type QuicPacket } from "./quic-packet.js";
import { PACKET_NUMBER_LENGTH_MAX } from "./quic-packet-number.js";
import { isKnownVersion, longPacketKind } from "./quic-version.js";
import { readVarint, varintSize } from "./varint.js";

/** What parseDatagram must know. */
export interface DatagramOptions {
  /**
   * Octets of the connection ids in short headers, 0 to 20, which these headers do not tell (RFC 8999 section 5.2); or who
   * finds that out from the bytes: `at` is the place of the short header, -1 the answer for one that nobody knows.
   */
  readonly connectionIdLength: number | ((bytes: Uint8Array, at: number) => number);
  /**
   * grease_quic_bit was negotiated (RFC 9287): octets behind a packet may be another one although their fixed bit is 0.
   * Without it they are padding.
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

const LONG_HEADER = 0x80;
const FIXED_BIT = 0x40;
const SPIN_BIT = 0x20;
/** First octet and version; the connection ids with their lengths follow. */
const CONNECTION_IDS_AT = 5;
/** Octets from the packet number on without which there is no sample for header protection. */
const PROTECTED_MIN = PACKET_NUMBER_LENGTH_MAX + SAMPLE_LENGTH;

/** What a packet is made of; places count from its first octet. */
interface Header {
  readonly kind: QuicPacketKind;
  readonly version: number | null;
  readonly destinationConnectionId: Uint8Array;
  readonly sourceConnectionId: Uint8Array | null;
  readonly token: Uint8Array | null;
  readonly packetNumberOffset: number;
  readonly supportedVersions: readonly number[] | null;
  readonly retryIntegrityTag: Uint8Array | null;
  /** Octets of the whole packet. */
  readonly length: number;
  /** False: only the length is good. */
  readonly isWhole: boolean;
}

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
    const first = bytes[at] as number;
    const isFirst = at === 0;
    const isShort = (first & LONG_HEADER) === 0;
    const hasFixedBit = (first & FIXED_BIT) !== 0;
    const isTail = !isFirst && !hasFixedBit && (!greaseQuicBit || isZero(bytes, at));
    const header = isTail ? null : readHeader(bytes, at, isShort, connectionIdLength);
    if (header === null) {
      const reason = isFirst || hasFixedBit ? "malformed" : "padding";
      return { packets, leftOut, rest: { offset: at, length: bytes.length - at, reason } };
    }
    if (header.isWhole) packets.push(packetOf(bytes, at, first, header));
    else leftOut.push({ offset: at, length: header.length });
    at += header.length;
  }
  return { packets, leftOut, rest: null };
}

/** Whether nothing but zeros follows: a protected packet may begin with one, too. */
function isZero(bytes: Uint8Array, from: number): boolean {
  for (let at = from; at < bytes.length; at++) if (bytes[at] !== 0) return false;
  return true;
}

function packetOf(bytes: Uint8Array, at: number, first: number, header: Header): QuicPacket {
  const { kind, version, length } = header;
  return {
    type: packetTypeName(kind),
    version,
    offset: at,
    length,
    bytes: view(bytes, at, length),
    destinationConnectionId: header.destinationConnectionId,
    sourceConnectionId: header.sourceConnectionId,
    fixedBit: (first & FIXED_BIT) !== 0,
    spinBit: kind === QuicPacketKind.OneRtt ? (first & SPIN_BIT) !== 0 : null,
    token: header.token,
    packetNumberOffset: header.packetNumberOffset,
    supportedVersions: header.supportedVersions,
    retryIntegrityTag: header.retryIntegrityTag,
  };
}

/** The header at `at`; null where there is none that could be read. */
function readHeader(
  bytes: Uint8Array,
  at: number,
  isShort: boolean,
  connectionIdLength: DatagramOptions["connectionIdLength"],
): Header | null {
  if (!isShort) return readLongHeader(bytes, at);
  if (typeof connectionIdLength !== "function")
    return readShortHeader(bytes, at, connectionIdLength);
  const length = connectionIdLength(bytes, at);
  checkLength(length, -1);
  return length === -1 ? null : readShortHeader(bytes, at, length);
}

/** A packet with a short header goes to the end of the datagram (RFC 9000 section 17.3.1). */
function readShortHeader(bytes: Uint8Array, at: number, idLength: number): Header | null {
  const length = bytes.length - at;
  if (length < 1 + idLength + PROTECTED_MIN) return null;
  return {
    ...BARE,
    kind: QuicPacketKind.OneRtt,
    destinationConnectionId: view(bytes, at + 1, idLength),
    packetNumberOffset: 1 + idLength,
    length,
  };
}

/** What most headers have not. */
const BARE = {
  version: null,
  sourceConnectionId: null,
  token: null,
  packetNumberOffset: -1,
  supportedVersions: null,
  retryIntegrityTag: null,
  isWhole: true,
} as const;

/** The fields that all versions have (RFC 8999 section 5.1), then those of the version. */
function readLongHeader(bytes: Uint8Array, at: number): Header | null {
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
  const ids = {
    version,
    destinationConnectionId: view(bytes, idAt, idLength),
    sourceConnectionId: view(bytes, sourceAt, sourceLength),
  };
  const length = end - at;
  if (version === QUIC_VERSION_NEGOTIATION) {
    const supportedVersions = readVersions(bytes, next);
    if (supportedVersions === null) return null;
    const kind = QuicPacketKind.VersionNegotiation;
    return { ...BARE, ...ids, kind, supportedVersions, length };
  }
  if (!isKnownVersion(version)) return { ...BARE, ...ids, kind: QuicPacketKind.Unknown, length };
  const kind = longPacketKind(version, ((bytes[at] as number) >> 4) & 3);
  const isWhole = idLength <= CONNECTION_ID_MAX && sourceLength <= CONNECTION_ID_MAX;
  const header = { ...BARE, ...ids, kind, isWhole };
  return kind === QuicPacketKind.Retry
    ? readRetry(bytes, at, next, header)
    : readProtected(bytes, at, next, header);
}

/** Version Negotiation: versions to the end of the datagram; null for none, and for one that is cut (RFC 8999 section 6). */
function readVersions(bytes: Uint8Array, from: number): number[] | null {
  const length = bytes.length - from;
  if (length === 0 || length % 4 !== 0) return null;
  const versions: number[] = [];
  for (let at = from; at < bytes.length; at += 4) versions.push(uint32(bytes, at));
  return versions;
}

/** Retry: a token to the end of the datagram, which is the tag (RFC 9000 section 17.2.5). */
function readRetry(
  bytes: Uint8Array,
  at: number,
  from: number,
  header: Omit<Header, "length">,
): Header | null {
  const tokenLength = bytes.length - from - TAG_LENGTH;
  if (tokenLength <= 0) return null;
  return {
    ...header,
    token: view(bytes, from, tokenLength),
    retryIntegrityTag: view(bytes, from + tokenLength, TAG_LENGTH),
    length: bytes.length - at,
  };
}

/** Initial, 0-RTT, Handshake: Length says where the packet ends (RFC 9000 sections 17.2.2 to 17.2.4). */
function readProtected(
  bytes: Uint8Array,
  at: number,
  from: number,
  header: Omit<Header, "length">,
): Header | null {
  const end = bytes.length;
  let next = from;
  let token: Uint8Array | null = null;
  if (header.kind === QuicPacketKind.Initial) {
    const tokenLength = readVarint(bytes, next, end);
    if (tokenLength === -1) return null;
    next += varintSize(bytes[next] as number);
    if (tokenLength > end - next) return null;
    token = view(bytes, next, tokenLength);
    next += tokenLength;
  }
  const length = readVarint(bytes, next, end);
  if (length === -1) return null;
  next += varintSize(bytes[next] as number);
  if (length > end - next) return null;
  return {
    ...header,
    token,
    packetNumberOffset: next - at,
    length: next + length - at,
    isWhole: header.isWhole && length >= PROTECTED_MIN,
  };
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

function uint32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}
