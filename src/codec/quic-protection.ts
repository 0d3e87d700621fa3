// Protection of packets (RFC 9001 section 5): unprotect, protect, and the tag of a Retry. A packet that does not open gives null
// and leaves no trace; what the caller learns of its header comes after the AEAD has accepted it. The order is always the same,
// header protection, AEAD, then the rest, so that the time tells nothing about reserved bits or key phases (RFC 9001 section
// 9.5).
// Rules: Q-HDR-4, Q-HDR-5, Q-HDR-6, Q-HDR-9, Q-KEY-4, Q-KEY-5, Q-KEY-6, Q-PN-1.

import { SAMPLE_LENGTH } from "../abi/quic-wire.js";
import { UsageError } from "../errors.js";
import { AEADS, MASK_LENGTH, NONCE_LENGTH } from "./aead.js";
import { isInEngine, openInEngine } from "./quic-batch.js";
import type { PacketKeys } from "./quic-keys.js";
import {
  hasSample,
  KEY_PHASE_BIT,
  LONG_HEADER,
  maskOf,
  type OpenedPacket,
  openedPacket,
  SAMPLE_AT,
  type UnprotectOptions,
} from "./quic-opened-packet.js";
import type { QuicPacket, QuicPacketType } from "./quic-packet.js";
import { encodePacketHeader } from "./quic-packet-header.js";
import { encodePacketNumber } from "./quic-packet-number.js";
import {
  fullPacketNumber,
  halfNumbers,
  type PacketNumber,
  packetNumberOf,
} from "./quic-packet-space.js";

export type { OpenedPacket, UnprotectOptions } from "./quic-opened-packet.js";

/**
 * Removes header protection and opens the packet.
 * @param packet of parseDatagram; its bytes are left as they are
 * @param keys of its direction and encryption level
 * @param largestPacketNumber largest packet number that was opened in its packet number space; -1 before the first
 * @returns null where it does not open: count it (RFC 9001 section 6.6) and go on
 * @throws UsageError QUIC_PACKET_NUMBER_INVALID
 */
export function unprotect(
  packet: QuicPacket,
  keys: PacketKeys,
  largestPacketNumber: bigint | number,
  options: UnprotectOptions = {},
): OpenedPacket | null {
  const largest = packetNumberOf(largestPacketNumber);
  if (isInEngine(keys)) return openInEngine([packet], keys, largest, options)[0] ?? null;
  if (!hasSample(packet)) return null;
  return open(packet, keys.header.mask(sampleOf(packet)), 0, keys, largest, options);
}

/**
 * Opens packets of one direction and packet number space with the same keys: as unprotect does, one after the other, with one
 * call for all masks. What a packet that opened adds to the largest packet number counts for those behind it.
 * @returns one for each packet, in their order
 * @throws UsageError QUIC_PACKET_NUMBER_INVALID
 */
export function openBatch(
  packets: readonly QuicPacket[],
  keys: PacketKeys,
  largestPacketNumber: bigint | number,
  options: UnprotectOptions = {},
): (OpenedPacket | null)[] {
  let largest = packetNumberOf(largestPacketNumber);
  if (isInEngine(keys)) return openInEngine(packets, keys, largest, options);
  const sampled = packets.filter(hasSample);
  const samples = new Uint8Array(sampled.length * SAMPLE_LENGTH);
  sampled.forEach((packet, n) => {
    samples.set(sampleOf(packet), n * SAMPLE_LENGTH);
  });
  const masks = keys.header.masks(samples);
  let maskAt = 0;
  return packets.map((packet) => {
    if (!hasSample(packet)) return null;
    const opened = open(packet, masks, maskAt, keys, largest, options);
    maskAt += MASK_LENGTH;
    if (opened !== null && opened.packetNumber > largest)
      largest = packetNumberOf(opened.packetNumber);
    return opened;
  });
}

function sampleOf({ bytes, packetNumberOffset }: QuicPacket): Uint8Array {
  const at = packetNumberOffset + SAMPLE_AT;
  return bytes.subarray(at, at + SAMPLE_LENGTH);
}

function open(
  packet: QuicPacket,
  masks: Uint8Array,
  maskAt: number,
  keys: PacketKeys,
  largest: PacketNumber,
  options: UnprotectOptions,
): OpenedPacket | null {
  const { bytes, packetNumberOffset: at } = packet;
  const { nextKeys = null, keyPhase: current = 0, lossBits } = options;
  const protectedByte = bytes[0] as number;
  const firstByte = protectedByte ^ ((masks[maskAt] as number) & maskOf(protectedByte, lossBits));
  const end = at + (firstByte & 3) + 1;
  const header = bytes.slice(0, end);
  header[0] = firstByte;
  let truncated = 0;
  for (let n = at; n < end; n++) {
    header[n] = (bytes[n] as number) ^ (masks[maskAt + 1 + n - at] as number);
    truncated = truncated * 256 + (header[n] as number);
  }
  const packetNumber = fullPacketNumber(truncated, end - at, largest);

  const phase = (firstByte & KEY_PHASE_BIT) !== 0 ? 1 : 0;
  const isLong = (firstByte & LONG_HEADER) !== 0;
  const isNextPhase = !isLong && nextKeys !== null && phase !== current;
  const { aead, iv } = isNextPhase ? nextKeys : keys;
  const payload = aead.open(nonceOf(iv, packetNumber), header, bytes.subarray(end));
  return payload === null ? null : openedPacket(packetNumber, header, payload, isNextPhase);
}

/** The iv with the packet number added to its end (RFC 9001 section 5.3). */
function nonceOf(iv: Uint8Array, packetNumber: PacketNumber): Uint8Array {
  const nonce = iv.slice();
  const [low, high] = halfNumbers(packetNumber);
  for (let n = 0; n < 4; n++) {
    const atLow = NONCE_LENGTH - 1 - n;
    nonce[atLow] = (nonce[atLow] as number) ^ (low >>> (8 * n));
    nonce[atLow - 4] = (nonce[atLow - 4] as number) ^ (high >>> (8 * n));
  }
  return nonce;
}

/** What a packet is made of. */
export interface PacketFields {
  /** "Initial", "0-RTT", "Handshake" or "1-RTT", in any case and without the hyphen as well. */
  readonly type: QuicPacketType | (string & {});
  /** Of a long header. */
  readonly version?: number | null;
  readonly destinationConnectionId: Uint8Array;
  /** Of a long header. */
  readonly sourceConnectionId?: Uint8Array | null;
  /** Of an Initial. */
  readonly token?: Uint8Array | null;
  readonly packetNumber: bigint | number;
  /** Octets of it in the header, 1 to 4; without it as few as largestAcknowledged allows. */
  readonly packetNumberLength?: number;
  /** Largest packet number of this space that the peer has acknowledged; null without it: none. */
  readonly largestAcknowledged?: bigint | number | null;
  /** Frames. With the packet number they have four octets at least: PADDING makes up for what is missing. */
  readonly payload: Uint8Array;
  readonly keyPhase?: 0 | 1;
  readonly spinBit?: boolean;
  readonly fixedBit?: boolean;
  readonly reservedBits?: number;
  /** Loss bits were negotiated: reservedBits are not protected in a short header. */
  readonly lossBits?: boolean;
}

/**
 * A packet, sealed and with its header protected.
 * @throws UsageError QUIC_PACKET_INVALID, QUIC_PACKET_TYPE_INVALID, PACKET_NUMBER_INVALID, QUIC_PAYLOAD_INVALID,
 * AEAD_TEXT_TOO_LONG
 */
export function protect(fields: PacketFields, keys: PacketKeys): Uint8Array {
  const { payload, packetNumber, largestAcknowledged = null } = fields;
  if (!(payload instanceof Uint8Array))
    throw new UsageError("QUIC_PAYLOAD_INVALID", "payload takes a Uint8Array");
  const packetNumberLength =
    fields.packetNumberLength ?? encodePacketNumber(packetNumber, largestAcknowledged).bytes.length;
  const { tagLength } = AEADS[keys.aeadName];
  const payloadLength = payload.length + tagLength;
  const { bytes: header, packetNumberOffset: at } = encodePacketHeader({
    ...fields,
    packetNumberLength,
    payloadLength,
  });
  if (packetNumberLength + payload.length < SAMPLE_AT)
    throw new UsageError(
      "QUIC_PAYLOAD_INVALID",
      "packet number and payload have four octets at least: add PADDING",
    );
  const sealed = keys.aead.seal(nonceOf(keys.iv, packetNumberOf(packetNumber)), header, payload);
  const packet = new Uint8Array(header.length + sealed.length);
  packet.set(header);
  packet.set(sealed, header.length);
  const sampleAt = at + SAMPLE_AT;
  const mask = keys.header.mask(packet.subarray(sampleAt, sampleAt + SAMPLE_LENGTH));
  const firstByte = header[0] as number;
  packet[0] = firstByte ^ ((mask[0] as number) & maskOf(firstByte, fields.lossBits));
  for (let n = 0; n < packetNumberLength; n++)
    packet[at + n] = (header[at + n] as number) ^ (mask[n + 1] as number);
  return packet;
}
