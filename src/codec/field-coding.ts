// Integers with a prefix and strings as HPACK and QPACK write them (RFC 7541 sections 5.1 and 5.2, RFC
// 9204 section 4.1).
// Rules: HP-017, HP-036.

import type { ByteWriter } from "./byte-writer.js";
import { putHuffman } from "./huffman-encode.js";

/** Most bytes of an integer below 2^32. */
export const INTEGER_LENGTH = 6;

/**
 * A string; its length stands in the lower `prefix` bits of the first octet, the mark of the Huffman
 * code above them, and `first` is what else is in that octet.
 * @param huffman "auto": where it is shorter
 * @returns false where a character is no octet; `out` has then lost what stood behind its length
 */
export function putString(
  first: number,
  prefix: number,
  text: string,
  huffman: boolean | "auto",
  out: ByteWriter,
): boolean {
  const length = text.length;
  if (huffman === false) return putPlain(first, prefix, text, out);
  out.reserve(length * 4 + 12);
  const { bytes } = out;
  const start = out.length;
  const end = putHuffman(text, bytes, start + 1);
  if (end < 0) return false;
  const coded = end - start - 1;
  if (coded >= length && huffman === "auto") return putPlain(first, prefix, text, out);
  const full = (1 << prefix) - 1;
  const mark = first | (full + 1);
  if (coded < full) {
    bytes[start] = mark | coded;
    out.length = end;
    return true;
  }
  // The length takes more than the one byte that was left for it.
  const moved = start + integerLength(prefix, coded);
  bytes.copyWithin(moved, start + 1, end);
  putInteger(mark, prefix, coded, bytes, start);
  out.length = moved + coded;
  return true;
}

/** A string as it is; false where a character is no octet. */
function putPlain(first: number, prefix: number, text: string, out: ByteWriter): boolean {
  const count = text.length;
  out.reserve(count + INTEGER_LENGTH);
  const { bytes } = out;
  const length = putInteger(first, prefix, count, bytes, out.length);
  let seen = 0;
  for (let i = 0; i < count; i++) {
    const octet = text.charCodeAt(i);
    seen |= octet;
    bytes[length + i] = octet;
  }
  out.length = length + count;
  return seen <= 0xff;
}

/**
 * An integer below 2^32 with a prefix of `prefix` bits, below the bits of `first`. There must be room
 * for INTEGER_LENGTH bytes.
 * @returns where it ends
 */
export function putInteger(
  first: number,
  prefix: number,
  value: number,
  bytes: Uint8Array,
  at: number,
): number {
  const full = (1 << prefix) - 1;
  if (value < full) {
    bytes[at] = first | value;
    return at + 1;
  }
  let end = at;
  let rest = value - full;
  bytes[end++] = first | full;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes[end++] = (rest & 127) | 128;
  bytes[end++] = rest;
  return end;
}

/** Bytes that putInteger writes. */
export function integerLength(prefix: number, value: number): number {
  const full = (1 << prefix) - 1;
  if (value < full) return 1;
  let length = 2;
  for (let rest = value - full; rest > 127; rest = Math.floor(rest / 128)) length++;
  return length;
}
