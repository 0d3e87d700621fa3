// What a field section begins with (RFC 9204 section 4.5.1): how many insertions it requires, and the Base that its
// references count from.
// Rules: QP-PFX-1, QP-PFX-2, QP-PFX-3, QP-PFX-4, QP-PFX-5.

import { ErrorCode } from "../../src/abi/error-code";
import { OVERHEAD } from "../common/field-entry";
import { INT_INVALID, INT_TRUNCATED, wideInt, wideValue } from "../common/prefix-int";
import { Block } from "./state";

const REQUIRED_MASK: u32 = 0xff;
const BASE_MASK: u32 = 0x7f;
/** The Base is below the Required Insert Count. */
const SIGN: u32 = 0x80;

/**
 * Reads the prefix at `at`: sets `required`, and `span` and `usable` for references. Returns the address behind it in the
 * high half of the result; where that is 0, the low half is an error code.
 */
export function readPrefix(block: Block, at: u32, end: u32): u64 {
  if (at >= end) return ErrorCode.QPACK_TRUNCATED;
  at = wideInt(at, end, REQUIRED_MASK);
  if (at <= INT_INVALID) return integerError(at);
  if (!setRequired(block, wideValue())) return ErrorCode.QPACK_INSERT_COUNT_INVALID;
  if (at >= end) return ErrorCode.QPACK_TRUNCATED;
  const isBelow = (load<u8>(at) & SIGN) != 0;
  at = wideInt(at, end, BASE_MASK);
  if (at <= INT_INVALID) return integerError(at);
  const required = block.required;
  const delta = wideValue();
  if (isBelow && required <= delta) return ErrorCode.QPACK_BASE_INVALID;
  // A Base above the Required Insert Count, and above all insertions, is legal (QP-PFX-5).
  const base = isBelow ? required - delta - 1 : required + delta;
  const oldest = block.total - block.entryCount;
  block.span = base - oldest;
  block.usable = required > oldest ? required - oldest : 0;
  return (<u64>at) << 32;
}

/** The error code of an integer that has no end, or is too large. */
export function integerError(result: u32): u32 {
  return result == INT_TRUNCATED
    ? <u32>ErrorCode.QPACK_TRUNCATED
    : <u32>ErrorCode.QPACK_INTEGER_INVALID;
}

/**
 * Sets the Required Insert Count from its code (RFC 9204 section 4.5.1.1), which counts modulo twice what a table of the
 * largest size of our settings can hold, whatever its capacity is now. False: no encoder can mean it.
 */
function setRequired(block: Block, code: u64): bool {
  block.required = 0;
  if (code == 0) return true;
  const most: u64 = block.tableLimit / OVERHEAD;
  const range = 2 * most;
  if (code > range) return false;
  const largest = block.total + most;
  let required = largest - (largest % range) + code - 1;
  if (required > largest) {
    if (required <= range) return false;
    required -= range;
  }
  block.required = required;
  return required != 0;
}
