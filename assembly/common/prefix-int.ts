// Integers with a prefix of N bits (RFC 7541 section 5.1). HPACK: at most six octets and 2^32 - 1. QPACK: at most 62 bits
// (RFC 9204 section 4.1.1), in nine octets behind the prefix. Octets that add nothing are taken up to that length.
// Rules: HP-017, HP-018, HP-019, HP-020, QP-INT-1, QP-INT-2, QP-INT-3.

import { ErrorCode } from "../../src/abi/error-code";

/** Octets that may follow the prefix. */
const MORE_OCTETS: u32 = 5;

/**
 * Reads the integer at `at`; `mask` is the prefix, all ones. The value is in the low half of the result, the address behind
 * it in the high half; where that is 0, the low half is an error code.
 */
export function prefixInt(at: u32, end: u32, mask: u32): u64 {
  const value = load<u8>(at) & mask;
  if (value != mask) return ((<u64>at + 1) << 32) | value;
  return longInt(at + 1, end, mask);
}

function longInt(at: u32, end: u32, mask: u32): u64 {
  let value: u64 = mask;
  for (let i: u32 = 0; i < MORE_OCTETS; i++) {
    if (at >= end) return ErrorCode.HPACK_TRUNCATED;
    const octet: u64 = load<u8>(at++);
    const shift: u64 = i * 7;
    value += (octet & 127) << shift;
    if (octet < 128) {
      if (value > 0xffff_ffff) break;
      return ((<u64>at) << 32) | value;
    }
  }
  return ErrorCode.HPACK_INTEGER_INVALID;
}

/** Octets that may follow the prefix of a wide integer: as many as 62 bits need. */
const WIDE_MORE_OCTETS: u32 = 9;
const WIDE_MAX: u64 = 0x3fff_ffff_ffff_ffff;

/** Results of `wideInt` that are no address. */
export const INT_TRUNCATED: u32 = 0;
export const INT_INVALID: u32 = 1;

let wide: u64 = 0;

/** The integer that `wideInt` read last. */
export function wideValue(): u64 {
  return wide;
}

/** Reads the integer at `at`, which is in front of `end`. Returns the address behind it, or INT_TRUNCATED or INT_INVALID. */
export function wideInt(at: u32, end: u32, mask: u32): u32 {
  const value = load<u8>(at) & mask;
  wide = value;
  return value != mask ? at + 1 : longWideInt(at + 1, end, mask);
}

/** Refused at the octet that makes it wrong, so that no cut of the input matters. */
function longWideInt(at: u32, end: u32, mask: u32): u32 {
  let value: u64 = mask;
  for (let i: u32 = 0; i < WIDE_MORE_OCTETS; i++) {
    if (at >= end) return INT_TRUNCATED;
    const octet: u64 = load<u8>(at++);
    const shift: u64 = i * 7;
    value += (octet & 127) << shift;
    if (value > WIDE_MAX) return INT_INVALID;
    if (octet < 128) {
      wide = value;
      return at;
    }
  }
  return INT_INVALID;
}
