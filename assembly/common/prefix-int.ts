// Integers with a prefix of N bits, as HPACK and QPACK have them (RFC 7541 section 5.1): at most six octets
// and 2^32 - 1; octets that add nothing are taken up to that length. Rules: HP-017, HP-018, HP-019, HP-020.

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
