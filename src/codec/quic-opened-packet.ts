// A packet without its protection, what is asked for to get it, and what both ways of opening packets know of headers
// (RFC 9001 section 5.4).
// Rules: Q-HDR-9, Q-KEY-4.

import { KEY_PHASE_BIT, LONG_HEADER, SAMPLE_LENGTH } from "../abi/quic-wire.js";
import type { PacketKeys } from "./quic-keys.js";
import type { QuicPacket } from "./quic-packet.js";
import type { PacketNumber } from "./quic-packet-space.js";

/** A packet without its protection. */
export interface OpenedPacket {
  readonly packetNumber: bigint;
  /** Frames. A view: packets that were opened together share their memory. */
  readonly payload: Uint8Array;
  /** Of a short header; 0 in a long one. */
  readonly keyPhase: 0 | 1;
  /** Two bits that are 0 unless an extension gives them a meaning; else PROTOCOL_VIOLATION (RFC 9000 section 17.2). */
  readonly reservedBits: number;
  readonly firstByte: number;
  /** The header as it was before protection, its last octets the packet number. */
  readonly header: Uint8Array;
  /** Whether nextKeys opened it: the peer has updated its keys. */
  readonly isNextPhase: boolean;
}

/** Options of unprotect and openBatch. */
export interface UnprotectOptions {
  /** Loss bits were negotiated (transport parameter 0x1057): two bits of a short header are not protected. */
  readonly lossBits?: boolean;
  /** Key phase that `keys` belong to; 0 without it. Counts with nextKeys alone. */
  readonly keyPhase?: 0 | 1;
  /** Keys of the other key phase: a packet of that phase is tried with them, and only with them (RFC 9001 section 6.3). */
  readonly nextKeys?: PacketKeys | null;
}

/** What header protection covers of the first octet. */
const LONG_MASK = 0x0f;
const SHORT_MASK = 0x1f;
const LOSS_BITS_MASK = 0x07;
/** Octets from the start of a packet number to the sample (RFC 9001 section 5.4.2). */
export const SAMPLE_AT = 4;

/** Whether the packet has a packet number, and behind it what a mask is made of (Q-HDR-9). */
export function hasSample({ packetNumberOffset, bytes }: QuicPacket): boolean {
  return packetNumberOffset > 0 && bytes.length >= packetNumberOffset + SAMPLE_AT + SAMPLE_LENGTH;
}

/** What header protection covers of the first octet of a short header. */
export function shortMaskOf(lossBits: boolean | undefined): number {
  return lossBits === true ? LOSS_BITS_MASK : SHORT_MASK;
}

/** What header protection covers of this first octet. */
export function maskOf(firstByte: number, lossBits: boolean | undefined): number {
  return (firstByte & LONG_HEADER) !== 0 ? LONG_MASK : shortMaskOf(lossBits);
}

/** The result for a packet that was opened. */
export function openedPacket(
  packetNumber: PacketNumber,
  header: Uint8Array,
  payload: Uint8Array,
  isNextPhase: boolean,
): OpenedPacket {
  const firstByte = header[0] as number;
  const isLong = (firstByte & LONG_HEADER) !== 0;
  return {
    packetNumber: BigInt(packetNumber),
    payload,
    keyPhase: !isLong && (firstByte & KEY_PHASE_BIT) !== 0 ? 1 : 0,
    reservedBits: (firstByte >> (isLong ? 2 : 3)) & 3,
    firstByte,
    header,
    isNextPhase,
  };
}
