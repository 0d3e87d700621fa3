// The ranges of an ACK frame behind its first one, exactly, whatever the size of their numbers (RFC 9000 section 19.3.1). What
// quic-frame-reader.ts reads at once, ranges of one octet each, does not come here.

import { readVarint, varintHigh, varintLow, varintSize } from "./varint.js";

const UINT32 = 2 ** 32;

/**
 * Reads them range by range: none may reach below packet number 0.
 * @param bytes payload of the packet
 * @param end place behind it
 * @param largestAt place of Largest Acknowledged
 * @param firstAt place of First ACK Range, which is not larger
 * @param from place of the first gap
 * @param count how many there are
 * @returns place behind the last; below 0 the complement of the number that is cut, or that reaches below 0
 */
export function rangesEnd(
  bytes: Uint8Array,
  end: number,
  largestAt: number,
  firstAt: number,
  from: number,
  count: number,
): number {
  // The smallest packet number so far, in two halves: bigints would cost ten times as much.
  let high = varintHigh(bytes, largestAt) - varintHigh(bytes, firstAt);
  let low = varintLow(bytes, largestAt) - varintLow(bytes, firstAt);
  let at = from;
  for (let i = 0; i < 2 * count; i++) {
    if (readVarint(bytes, at, end) === -1) return ~at;
    // Pairs of a gap, which is one less than the packets in it and has one more behind it, and a length.
    high -= varintHigh(bytes, at);
    low -= varintLow(bytes, at) + (i % 2 === 0 ? 2 : 0);
    while (low < 0) {
      low += UINT32;
      high -= 1;
    }
    if (high < 0) return ~at;
    at += varintSize(bytes[at] as number);
  }
  return at;
}
