// Packet numbers on the way of every packet: plain numbers while they are exact with room to spare, bigints above (RFC 9000
// section 17.1, appendix A.3).
// Rules: Q-PN-1.

import { UsageError } from "../errors.js";
import { decodePacketNumber } from "./quic-packet-number.js";
import { VARINT_MAX } from "./varint.js";

/** A number up to 2^52, a bigint above. */
export type PacketNumber = number | bigint;

/** Up to here numbers do: a window of 2^32 more is still exact. */
const NUMBER_MAX = 2 ** 52;
const UINT32 = 2 ** 32;
const LOW_BITS = 0xffff_ffffn;

/**
 * A packet number, or -1, as PacketNumber has it.
 * @throws UsageError QUIC_PACKET_NUMBER_INVALID
 */
export function packetNumberOf(value: bigint | number): PacketNumber {
  const isWhole = typeof value === "bigint" || Number.isSafeInteger(value);
  if (!isWhole || value < -1 || value > VARINT_MAX)
    throw new UsageError("QUIC_PACKET_NUMBER_INVALID", "a packet number is -1 to 2^62 - 1");
  return value <= NUMBER_MAX ? Number(value) : BigInt(value);
}

/** Its low and its high 32 bits; of -1 all bits. */
export function halfNumbers(number: PacketNumber): [low: number, high: number] {
  if (typeof number === "bigint") return [Number(number & LOW_BITS), Number(number >> 32n)];
  return [number >>> 0, Math.floor(number / UINT32)];
}

/** The packet number of these halves, signed or not. */
export function packetNumberOfHalves(low: number, high: number): PacketNumber {
  const number = high * UINT32 + (low >>> 0);
  if (number <= NUMBER_MAX) return number;
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}

/** The packet number of which a header has the last `length` octets, behind `largest`. */
export function fullPacketNumber(
  truncated: number,
  length: number,
  largest: PacketNumber,
): PacketNumber {
  if (typeof largest === "bigint" || largest > NUMBER_MAX - UINT32)
    return packetNumberOf(decodePacketNumber(truncated, 8 * length, largest));
  const window = 2 ** (8 * length);
  const half = window / 2;
  const expected = largest + 1;
  const candidate = expected - (expected % window) + truncated;
  if (candidate <= expected - half) return candidate + window;
  return candidate > expected + half && candidate >= window ? candidate - window : candidate;
}
