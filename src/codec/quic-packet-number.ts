// Packet numbers: how many of their low octets a header carries, and what the rest of them is (RFC 9000 section 17.1,
// appendices A.2 and A.3).
// Rules: Q-PN-1, Q-PN-3.

import { UsageError } from "../errors.js";
import { VARINT_MAX } from "./varint.js";

/** Most octets of a packet number in a header. */
export const PACKET_NUMBER_LENGTH_MAX = 4;

/**
 * The packet number of which a header carries the low bits.
 * @param truncated what the header carries
 * @param bits how many bits that are: 8, 16, 24 or 32
 * @param largest the largest packet number that was processed in this packet number space; -1 before the first
 * @throws UsageError PACKET_NUMBER_INVALID
 */
export function decodePacketNumber(
  truncated: number | bigint,
  bits: number,
  largest: number | bigint,
): bigint {
  if (bits !== 8 && bits !== 16 && bits !== 24 && bits !== 32)
    refuse("a header carries 8, 16, 24 or 32 bits");
  const window = 1n << BigInt(bits);
  const low = wholeNumber("truncated", truncated);
  const last = wholeNumber("largest", largest);
  if (low < 0n || low >= window) refuse(`truncated has not more than ${bits} bits`);
  if (last < -1n || last > VARINT_MAX) refuse("largest is a packet number, or -1");
  const expected = last + 1n;
  const half = window >> 1n;
  // The candidate with the high bits of what is expected; of its neighbours the nearest one is right.
  const candidate = (expected & ~(window - 1n)) | low;
  if (candidate <= expected - half && candidate <= VARINT_MAX - window) return candidate + window;
  const isAhead = candidate > expected + half || candidate > VARINT_MAX;
  return isAhead && candidate >= window ? candidate - window : candidate;
}

/**
 * The low octets of a packet number that a header carries: as few as let the receiver find the rest, whatever packet
 * of those under way it processed last.
 * @param full the packet number
 * @param largestAcknowledged largest packet number of the space that the peer has acknowledged; null before the first
 * @throws UsageError PACKET_NUMBER_INVALID: also where more than 2^31 packets are not acknowledged
 */
export function encodePacketNumber(
  full: number | bigint,
  largestAcknowledged: number | bigint | null,
): { readonly bytes: Uint8Array } {
  const number = wholeNumber("full", full);
  const acknowledged =
    largestAcknowledged === null ? -1n : wholeNumber("largestAcknowledged", largestAcknowledged);
  if (number < 0n || number > VARINT_MAX) refuse("a packet number is 0 to 2^62 - 1");
  if (acknowledged < -1n || acknowledged >= number)
    refuse("largestAcknowledged is null, or a smaller packet number");
  const unacknowledged = number - acknowledged;
  let length = 1;
  // Twice the range of what is not acknowledged must fit.
  while (unacknowledged > 1n << BigInt(8 * length - 1)) length++;
  if (length > PACKET_NUMBER_LENGTH_MAX) refuse("more than 2^31 packets are not acknowledged");
  return { bytes: truncatePacketNumber(number, length) };
}

/** The lowest `length` octets of a packet number. */
export function truncatePacketNumber(number: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const low = Number(number & 0xffff_ffffn);
  for (let i = 0; i < length; i++) bytes[i] = low >>> (8 * (length - 1 - i));
  return bytes;
}

function wholeNumber(what: string, value: number | bigint): bigint {
  if (typeof value === "bigint") return value;
  if (!Number.isSafeInteger(value)) refuse(`${what} takes a whole number, or a bigint`);
  return BigInt(value);
}

function refuse(message: string): never {
  throw new UsageError("PACKET_NUMBER_INVALID", message);
}
