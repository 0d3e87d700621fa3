// Content-Length = 1*DIGIT (RFC 9110 section 8.6): decimal digits only, leading zeros legal, no overflow and
// no loss above 2^53 - 1 (H1-083, H1-084). Lists and repetitions: RFC 9112 section 6.3 (H1-077).

import { ErrorCode } from "../../src/abi/error-code";
import { Leniency } from "../../src/abi/leniency";
import { DIGIT, is, skipBlanks } from "../common/ascii";
import { Block, Head, lenient, refuse, Seen } from "./state";

/** Largest length that a JavaScript number holds exactly. */
export const SAFE_MAX: u64 = 9_007_199_254_740_991;
/** Digits that any honest length needs; more are padding for somebody else's parser. */
const DIGITS_MAX: u32 = 20;

/** Reads one field line. False: the error is noted. */
export function readContentLength(block: Block, start: u32, end: u32): bool {
  const base: usize = block.base;
  const head = changetype<Head>(block.recordAt);
  let at = start;
  while (true) {
    const digits = at;
    let length: u64 = 0;
    while (at < end && is(load<u8>(base + at), DIGIT)) {
      if (at - digits == DIGITS_MAX) return refuse(block, ErrorCode.H1_CONTENT_LENGTH_INVALID, at);
      // 20 digits may pass 2^64: what is above 2^53 - 1 stays there.
      if (length <= SAFE_MAX) length = length * 10 + (load<u8>(base + at) & 15);
      at++;
    }
    if (at == digits) return refuse(block, ErrorCode.H1_CONTENT_LENGTH_INVALID, at);
    if (!accept(block, head, length, digits)) return false;
    at = skipBlanks(base, at, end);
    if (at == end) return true;
    if (load<u8>(base + at) != 0x2c) return refuse(block, ErrorCode.H1_CONTENT_LENGTH_INVALID, at);
    at = skipBlanks(base, at + 1, end);
  }
}

/** The first value, or one that repeats it where that is allowed. */
function accept(block: Block, head: Head, length: u64, at: u32): bool {
  if ((block.seen & Seen.Length) != 0) {
    if (length != head.contentLength)
      return refuse(block, ErrorCode.H1_CONTENT_LENGTH_CONFLICT, at);
    if (lenient(block, Leniency.RepeatedContentLength, at)) return true;
    return refuse(block, ErrorCode.H1_CONTENT_LENGTH_REPEATED, at);
  }
  if (length > SAFE_MAX) return refuse(block, ErrorCode.H1_CONTENT_LENGTH_TOO_LARGE, at);
  block.seen |= Seen.Length;
  head.contentLength = length;
  return true;
}
