// Headers of packets to bytes, before protection (RFC 9000 section 17, RFC 9369 section 3.2), and the packets that have
// none: Version Negotiation, and Retry up to its tag. What our own parser would refuse is wrong use.
// Rules: Q-INV-3, Q-HDR-3, Q-RTY-3, Q-V2-1.

import {
  CONNECTION_ID_MAX,
  FIXED_BIT,
  KEY_PHASE_BIT,
  LONG_HEADER,
  QUIC_VERSION_NEGOTIATION,
  QuicPacketKind,
  SPIN_BIT,
} from "../abi/quic-wire.js";
import { UsageError } from "../errors.js";
import { ByteWriter } from "./byte-writer.js";
import { packetKind, type QuicPacketType } from "./quic-packet.js";
import { PACKET_NUMBER_LENGTH_MAX, truncatePacketNumber } from "./quic-packet-number.js";
import { isKnownVersion, longPacketBits } from "./quic-version.js";
import { putVarint, VARINT_MAX } from "./varint.js";

/** What the header of a packet is made of. */
export interface PacketHeaderFields {
  /** "Initial", "0-RTT", "Handshake" or "1-RTT", also as packetKind takes them. */
  readonly type: QuicPacketType | (string & {});
  /** 0x00000001 or 0x6b3343cf; a short header does not need it. */
  readonly version?: number | null;
  /** At most 20 octets, as all connection ids of these versions. */
  readonly destinationConnectionId: Uint8Array;
  /** Of a long header. */
  readonly sourceConnectionId?: Uint8Array | null;
  /** Of an Initial; none without it. */
  readonly token?: Uint8Array | null;
  readonly packetNumber: number | bigint;
  /** Its octets in the header: 1 to 4. */
  readonly packetNumberLength: number;
  /** Octets behind the packet number: the payload, and the tag if there will be one. */
  readonly payloadLength: number;
  readonly spinBit?: boolean;
  readonly keyPhase?: 0 | 1;
  /** Two bits that are 0 unless an extension gives them a meaning. */
  readonly reservedBits?: number;
  /** True; false only where grease_quic_bit was negotiated (RFC 9287). */
  readonly fixedBit?: boolean;
}

/** A header, its last octets the packet number. */
export interface EncodedPacketHeader {
  readonly bytes: Uint8Array;
  readonly packetNumberOffset: number;
}

const NOTHING = new Uint8Array(0);

/**
 * The header of a packet, not protected yet.
 * @throws UsageError QUIC_PACKET_INVALID, QUIC_PACKET_TYPE_INVALID
 */
export function encodePacketHeader(fields: PacketHeaderFields): EncodedPacketHeader {
  const kind = packetKind(fields.type);
  const { packetNumberLength, packetNumber, payloadLength } = fields;
  if (!isIn(packetNumberLength, 1, PACKET_NUMBER_LENGTH_MAX))
    refuse("packetNumberLength is 1 to 4");
  if (!isIn(payloadLength, 0, Number.MAX_SAFE_INTEGER - PACKET_NUMBER_LENGTH_MAX))
    refuse("payloadLength is a number of octets");
  const number = numberOf(packetNumber);
  checkBits(fields);
  const out = new ByteWriter();
  if (kind === QuicPacketKind.OneRtt) putShortHeader(out, fields);
  else putLongHeader(out, kind, fields);
  const packetNumberOffset = out.length;
  out.putBytes(truncatePacketNumber(number, packetNumberLength));
  return { bytes: out.bytes.slice(0, out.length), packetNumberOffset };
}

function putShortHeader(out: ByteWriter, fields: PacketHeaderFields): void {
  const { destinationConnectionId: id, spinBit = false, keyPhase = 0 } = fields;
  checkId("destinationConnectionId", id, CONNECTION_ID_MAX);
  const reserved = (fields.reservedBits ?? 0) << 3;
  const bits = (spinBit ? SPIN_BIT : 0) | (keyPhase === 1 ? KEY_PHASE_BIT : 0);
  out.putUint8(fixedBit(fields) | bits | reserved | (fields.packetNumberLength - 1));
  out.putBytes(id);
}

function putLongHeader(out: ByteWriter, kind: QuicPacketKind, fields: PacketHeaderFields): void {
  const { version, token, packetNumberLength } = fields;
  if (kind > QuicPacketKind.Handshake)
    refuse("packets with a packet number are Initial, 0-RTT, Handshake and 1-RTT");
  if (typeof version !== "number" || !isKnownVersion(version))
    refuse("version is 0x00000001 or 0x6b3343cf");
  const isInitial = kind === QuicPacketKind.Initial;
  if (!isInitial && token !== undefined && token !== null && token.length > 0)
    refuse("only an Initial has a token");
  const reserved = (fields.reservedBits ?? 0) << 2;
  const first = LONG_HEADER | fixedBit(fields) | (longPacketBits(version, kind) << 4);
  out.putUint8(first | reserved | (packetNumberLength - 1));
  putIds(out, version, fields, CONNECTION_ID_MAX);
  if (isInitial) {
    const bytes = token ?? NOTHING;
    checkBytes("token", bytes);
    putVarint(out, bytes.length);
    out.putBytes(bytes);
  }
  putVarint(out, packetNumberLength + fields.payloadLength);
}

/** What Version Negotiation is made of. */
export interface VersionNegotiationFields {
  /** The source connection id of the packet that it answers; up to 255 octets. */
  readonly destinationConnectionId: Uint8Array;
  /** The destination connection id of that packet. */
  readonly sourceConnectionId: Uint8Array;
  /** One at least. */
  readonly supportedVersions: readonly number[];
  /** The seven bits of the first octet that mean nothing, best chosen at random; 0x40 without it. */
  readonly unusedBits?: number;
}

/**
 * A Version Negotiation packet (RFC 8999 section 6).
 * @throws UsageError QUIC_PACKET_INVALID
 */
export function encodeVersionNegotiation(fields: VersionNegotiationFields): Uint8Array {
  const { supportedVersions, unusedBits = FIXED_BIT } = fields;
  if (!isIn(unusedBits, 0, LONG_HEADER - 1)) refuse("unusedBits are seven bits");
  const versions = [...supportedVersions];
  if (versions.length === 0 || !versions.every((version) => isIn(version, 0, 2 ** 32 - 1)))
    refuse("supportedVersions are one or more numbers of 32 bits");
  const out = new ByteWriter();
  out.putUint8(LONG_HEADER | unusedBits);
  putIds(out, QUIC_VERSION_NEGOTIATION, fields, 255);
  for (const version of versions) out.putUint32(version);
  return out.bytes.slice(0, out.length);
}

/** What a Retry is made of. */
export interface RetryFields {
  readonly version: number;
  readonly destinationConnectionId: Uint8Array;
  readonly sourceConnectionId: Uint8Array;
  /** Not empty. */
  readonly token: Uint8Array;
  /** The four bits of the first octet that mean nothing; 0 without it. */
  readonly unusedBits?: number;
}

/**
 * A Retry packet but for its integrity tag, which retryIntegrityTag gives (RFC 9000 section 17.2.5, RFC 9001 section 5.8).
 * @throws UsageError QUIC_PACKET_INVALID
 */
export function encodeRetryWithoutTag(fields: RetryFields): Uint8Array {
  const { version, token, unusedBits = 0 } = fields;
  if (!isKnownVersion(version)) refuse("version is 0x00000001 or 0x6b3343cf");
  if (!isIn(unusedBits, 0, 15)) refuse("unusedBits are four bits");
  checkBytes("token", token);
  if (token.length === 0) refuse("a Retry has a token");
  const out = new ByteWriter();
  const bits = longPacketBits(version, QuicPacketKind.Retry) << 4;
  out.putUint8(LONG_HEADER | FIXED_BIT | bits | unusedBits);
  putIds(out, version, fields, CONNECTION_ID_MAX);
  out.putBytes(token);
  return out.bytes.slice(0, out.length);
}

/** Version and both connection ids (RFC 8999 section 5.1). */
function putIds(
  out: ByteWriter,
  version: number,
  fields: Pick<PacketHeaderFields, "destinationConnectionId" | "sourceConnectionId">,
  longest: number,
): void {
  const { destinationConnectionId: destination, sourceConnectionId: source } = fields;
  checkId("destinationConnectionId", destination, longest);
  checkId("sourceConnectionId", source, longest);
  out.putUint32(version);
  out.putUint8(destination.length);
  out.putBytes(destination);
  out.putUint8(source.length);
  out.putBytes(source);
}

function fixedBit(fields: PacketHeaderFields): number {
  return fields.fixedBit === false ? 0 : FIXED_BIT;
}

function checkBits(fields: PacketHeaderFields): void {
  const { reservedBits = 0, keyPhase = 0 } = fields;
  if (!isIn(reservedBits, 0, 3)) refuse("reservedBits are two bits");
  if (keyPhase !== 0 && keyPhase !== 1) refuse("keyPhase is 0 or 1");
}

function numberOf(value: number | bigint): bigint {
  const isWhole = typeof value === "bigint" || Number.isSafeInteger(value);
  if (!isWhole || value < 0 || value > VARINT_MAX) refuse("a packet number is 0 to 2^62 - 1");
  return BigInt(value);
}

function checkId(
  what: string,
  bytes: Uint8Array | null | undefined,
  longest: number,
): asserts bytes is Uint8Array {
  checkBytes(what, bytes);
  if (bytes.length > longest) refuse(`${what} has at most ${longest} octets`);
}

function checkBytes(what: string, bytes: unknown): asserts bytes is Uint8Array {
  if (!(bytes instanceof Uint8Array)) refuse(`${what} takes a Uint8Array`);
}

function isIn(value: unknown, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
}

function refuse(message: string): never {
  throw new UsageError("QUIC_PACKET_INVALID", message);
}
