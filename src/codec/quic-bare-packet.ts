// One packet on both sides of its AEAD, whoever provides that: the header without its protection and the nonce before it opens, and
// header, nonce and protection around what was sealed (RFC 9001 sections 5.3 and 5.4).
// Rules: Q-KEY-4, Q-KEY-6, Q-PN-1.

import { KEY_PHASE_BIT, LONG_HEADER, SAMPLE_LENGTH } from "../abi/quic-wire.js";
import { UsageError } from "../errors.js";
import { AEADS, NONCE_LENGTH } from "./aead.js";
import type { PacketKeys } from "./quic-keys.js";
import { maskOf, SAMPLE_AT, type UnprotectOptions } from "./quic-opened-packet.js";
import type { QuicPacket, QuicPacketType } from "./quic-packet.js";
import { encodePacketHeader } from "./quic-packet-header.js";
import { encodePacketNumber } from "./quic-packet-number.js";
import {
  fullPacketNumber,
  halfNumbers,
  type PacketNumber,
  packetNumberOf,
} from "./quic-packet-space.js";

/** A packet that is ready for its AEAD. */
export interface BarePacket {
  readonly packetNumber: PacketNumber;
  /** Without protection: what the AEAD authenticates beside the text. */
  readonly header: Uint8Array;
  readonly nonce: Uint8Array;
  /** Ciphertext and tag; a view of the packet. */
  readonly text: Uint8Array;
  /** The keys to open it with. */
  readonly keys: PacketKeys;
  /** Whether those are nextKeys. */
  readonly isNextPhase: boolean;
}

/** The sample of a packet that has one (hasSample). */
export function sampleOf({ bytes, packetNumberOffset }: QuicPacket): Uint8Array {
  const at = packetNumberOffset + SAMPLE_AT;
  return bytes.subarray(at, at + SAMPLE_LENGTH);
}

/** Removes header protection: the mask is at `maskAt`. */
export function barePacket(
  packet: QuicPacket,
  masks: Uint8Array,
  maskAt: number,
  keys: PacketKeys,
  largest: PacketNumber,
  options: UnprotectOptions,
): BarePacket {
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
  const isNextPhase = (firstByte & LONG_HEADER) === 0 && nextKeys !== null && phase !== current;
  const right = isNextPhase ? nextKeys : keys;
  const nonce = nonceOf(right.iv, packetNumber);
  return { packetNumber, header, nonce, text: bytes.subarray(end), keys: right, isNextPhase };
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

/** A header that is ready for the AEAD. */
export interface UnsealedPacket {
  readonly header: Uint8Array;
  readonly nonce: Uint8Array;
  readonly packetNumberOffset: number;
}

/**
 * Header and nonce of a packet that is made.
 * @throws UsageError QUIC_PACKET_INVALID, QUIC_PACKET_TYPE_INVALID, PACKET_NUMBER_INVALID, QUIC_PAYLOAD_INVALID
 */
export function unsealedPacket(fields: PacketFields, keys: PacketKeys): UnsealedPacket {
  const { payload, packetNumber, largestAcknowledged = null } = fields;
  if (!(payload instanceof Uint8Array))
    throw new UsageError("QUIC_PAYLOAD_INVALID", "payload takes a Uint8Array");
  const packetNumberLength =
    fields.packetNumberLength ?? encodePacketNumber(packetNumber, largestAcknowledged).bytes.length;
  const payloadLength = payload.length + AEADS[keys.aeadName].tagLength;
  const encoded = encodePacketHeader({ ...fields, packetNumberLength, payloadLength });
  if (packetNumberLength + payload.length < SAMPLE_AT)
    throw new UsageError(
      "QUIC_PAYLOAD_INVALID",
      "packet number and payload have four octets at least: add PADDING",
    );
  const nonce = nonceOf(keys.iv, packetNumberOf(packetNumber));
  return { header: encoded.bytes, nonce, packetNumberOffset: encoded.packetNumberOffset };
}

/** The packet: header and what was sealed, with header protection. */
export function sealedPacket(
  { header, packetNumberOffset: at }: UnsealedPacket,
  sealed: Uint8Array,
  fields: PacketFields,
  keys: PacketKeys,
): Uint8Array {
  const packet = new Uint8Array(header.length + sealed.length);
  packet.set(header);
  packet.set(sealed, header.length);
  const mask = keys.header.mask(packet.subarray(at + SAMPLE_AT, at + SAMPLE_AT + SAMPLE_LENGTH));
  const firstByte = header[0] as number;
  packet[0] = firstByte ^ ((mask[0] as number) & maskOf(firstByte, fields.lossBits));
  for (let n = at; n < header.length; n++)
    packet[n] = (header[n] as number) ^ (mask[n - at + 1] as number);
  return packet;
}
