// Protection of packets (RFC 9001 section 5): unprotect, protect, and the tag of a Retry. A packet that does not open gives null
// and leaves no trace; what the caller learns of its header comes after the AEAD has accepted it. The order is always the same,
// header protection, AEAD, then the rest: reserved bits are looked at in authentic packets alone (RFC 9001 section 9.5). With
// `nextKeys` a packet of the other key phase is opened a second time, and the length of a packet number steers a loop: who
// answers a peer that measures must know that the time tells these two.
// Rules: Q-HDR-4, Q-HDR-5, Q-HDR-6, Q-HDR-9, Q-KEY-4, Q-KEY-5, Q-KEY-6, Q-PN-1.

import { SAMPLE_LENGTH } from "../abi/quic-wire.js";
import { MASK_LENGTH } from "./aead.js";
import {
  barePacket,
  type PacketFields,
  sampleOf,
  sealedPacket,
  unsealedPacket,
} from "./quic-bare-packet.js";
import { isInEngine, openInEngine } from "./quic-batch.js";
import type { PacketKeys } from "./quic-keys.js";
import {
  hasSample,
  type OpenedPacket,
  openedPacket,
  type UnprotectOptions,
} from "./quic-opened-packet.js";
import type { QuicPacket } from "./quic-packet.js";
import { type PacketNumber, packetNumberOf } from "./quic-packet-space.js";

export type { PacketFields } from "./quic-bare-packet.js";
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
  if (isInEngine(keys, options)) return openInEngine([packet], keys, largest, options)[0] ?? null;
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
  if (isInEngine(keys, options)) return openInEngine(packets, keys, largest, options);
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

function open(
  packet: QuicPacket,
  masks: Uint8Array,
  maskAt: number,
  keys: PacketKeys,
  largest: PacketNumber,
  options: UnprotectOptions,
): OpenedPacket | null {
  const bare = barePacket(packet, masks, maskAt, keys, largest, options);
  const payload = bare.keys.aead.open(bare.nonce, bare.header, bare.text);
  if (payload === null) return null;
  return openedPacket(bare.packetNumber, bare.header, payload, bare.isNextPhase);
}

/**
 * A packet, sealed and with its header protected.
 * @throws UsageError QUIC_PACKET_INVALID, QUIC_PACKET_TYPE_INVALID, PACKET_NUMBER_INVALID, QUIC_PAYLOAD_INVALID,
 * AEAD_TEXT_TOO_LONG
 */
export function protect(fields: PacketFields, keys: PacketKeys): Uint8Array {
  const unsealed = unsealedPacket(fields, keys);
  const sealed = keys.aead.seal(unsealed.nonce, unsealed.header, fields.payload);
  return sealedPacket(unsealed, sealed, fields, keys);
}
