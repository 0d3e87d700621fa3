// Error codes of WebTransport streams: the application's 32 bits have a place of their own among the codes of HTTP/3,
// with the reserved ones left out (draft-ietf-webtrans-http3 section 4.4). Over HTTP/2 they go as they are.
// Rules: H3-WT-5.

import { UsageError } from "../errors.js";

const FIRST = 0x52e4_a40f_a8db;
const LAST = 0x52e5_ac98_3162;
/** Every 31st code of HTTP/3 is reserved (RFC 9114 section 8.1): between two of them there are 30. */
const BETWEEN = 0x1e;
const RESERVED_FIRST = 0x21;
const RESERVED_STEP = 0x1f;
const CODE_MAX = 0xffff_ffff;

/** The code of HTTP/3 for an application's code. */
export function toWireCode(code: number): number {
  return FIRST + code + Math.floor(code / BETWEEN);
}

/** The application's code; null for one that is none: the stream was reset by WebTransport or HTTP/3 itself. */
export function fromWireCode(wireCode: number): number | null {
  if (wireCode < FIRST || wireCode > LAST) return null;
  if ((wireCode - RESERVED_FIRST) % RESERVED_STEP === 0) return null;
  const shifted = wireCode - FIRST;
  return shifted - Math.floor(shifted / RESERVED_STEP);
}

/** @throws UsageError for anything but a number of 32 bits */
export function checkCode(code: number): void {
  if (!Number.isInteger(code) || code < 0 || code > CODE_MAX)
    throw new UsageError("WT_CODE_INVALID", "a code is a number of 32 bits");
}
