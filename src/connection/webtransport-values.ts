// Values of capsules of WebTransport: numbers one behind the other, and what WT_CLOSE_SESSION holds
// (draft-ietf-webtrans-http3 sections 5.6 and 6).
// Rules: H3-CAP-3, H3-WT-9.

import {
  readVarint,
  readVarintExact,
  type Varint,
  varintLength,
  varintSize,
} from "../codec/varint.js";
import { UsageError } from "../errors.js";
import { checkCode } from "./webtransport-code.js";

/** Numbers as the value of a capsule. */
export function varints(...values: number[]): Uint8Array {
  let length = 0;
  for (const value of values) length += varintLength(value);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const value of values) at = storeVarint(bytes, at, value);
  return bytes;
}

/** Writes the shortest form of a number up to 2^53 - 1. Gives the place behind it. */
export function storeVarint(bytes: Uint8Array, at: number, value: number): number {
  const size = varintLength(value);
  let rest = value;
  for (let i = size - 1; i >= 0; i--) {
    bytes[at + i] = rest % 0x100;
    rest = Math.floor(rest / 0x100);
  }
  // 1, 2, 4, 8 octets: the two highest bits are 0, 1, 2, 3.
  bytes[at] = (bytes[at] as number) | ((31 - Math.clz32(size)) << 6);
  return at + size;
}

/** The numbers that bytes[from, to) is made of; null where it does not end behind one of them. */
export function readVarints(bytes: Uint8Array, from: number, to: number): Varint[] | null {
  const values: Varint[] = [];
  for (let at = from; at < to; at += varintSize(bytes[at] as number)) {
    if (readVarint(bytes, at, to) === -1) return null;
    values.push(readVarintExact(bytes, at, to));
  }
  return values;
}

/** Octets of a code in front of the reason. */
const CODE_LENGTH = 4;
const REASON_MAX = 1024;

/** Longest value of WT_CLOSE_SESSION. */
export const CLOSE_LENGTH_MAX: number = CODE_LENGTH + REASON_MAX;

/** Code and reason of WT_CLOSE_SESSION; null where they are not well made. */
export function readClose(
  bytes: Uint8Array,
  from: number,
  to: number,
): { code: number; reason: string } | null {
  if (to - from < CODE_LENGTH || to - from > CLOSE_LENGTH_MAX) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const reason = text.decode(bytes.subarray(from + CODE_LENGTH, to));
    return { code: view.getUint32(from), reason };
  } catch {
    return null; // not UTF-8
  }
}

/**
 * The value of WT_CLOSE_SESSION.
 * @throws UsageError for a code of more than 32 bits, and a reason above 1,024 bytes of UTF-8
 */
export function closeValue(code: number, reason: string): Uint8Array {
  checkCode(code);
  if (typeof reason !== "string")
    throw new UsageError("WT_REASON_INVALID", "the reason is a string");
  const text = new TextEncoder().encode(reason);
  if (text.length > REASON_MAX)
    throw new UsageError("WT_REASON_INVALID", "the reason has at most 1,024 bytes of UTF-8");
  const value = new Uint8Array(CODE_LENGTH + text.length);
  new DataView(value.buffer).setUint32(0, code);
  value.set(text, CODE_LENGTH);
  return value;
}
