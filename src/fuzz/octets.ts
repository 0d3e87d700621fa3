// Octets as builders of every binary protocol write them: numbers, prefix integers and strings of HPACK and
// QPACK (RFC 7541 section 5), hexadecimal text. Plain, obvious code that can write what no correct sender does.

import { bytesOf, concat } from "./latin1.js";

/** Octets, or latin1 text that stands for them. */
export type Octets = Uint8Array | string;

/** Latin1 text or octets as octets. */
export function octets(part: Octets): Uint8Array {
  return typeof part === "string" ? bytesOf(part) : part;
}

/** A number in `length` octets, most significant first. */
export function uint(value: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = length - 1, rest = value; at >= 0; at--) {
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return bytes;
}

/** An integer with a prefix of `bits` (RFC 7541 section 5.1); `pattern` are the bits above the prefix. */
export function prefixInteger(pattern: number, bits: number, value: number): Uint8Array {
  const most = 2 ** bits - 1;
  if (value < most) return Uint8Array.of(pattern | value);
  const out = [pattern | most];
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push(128 + (rest % 128));
  return Uint8Array.of(...out, rest);
}

/** A string as it is, without Huffman: its length has a prefix of `bits` (RFC 7541 section 5.2). */
export function plainString(text: Octets, bits = 7, pattern = 0): Uint8Array {
  const bytes = octets(text);
  return concat([prefixInteger(pattern, bits, bytes.length), bytes]);
}

/** A string whose octets are taken for Huffman codes, right or wrong. */
export function codedString(codes: Octets, bits = 7, pattern = 0): Uint8Array {
  const bytes = octets(codes);
  return concat([prefixInteger(pattern | (1 << bits), bits, bytes.length), bytes]);
}

/** Octets from hexadecimal text; blanks do not count. */
export function hex(text: string): Uint8Array {
  const digits = text.replace(/\s/g, "");
  const bytes = new Uint8Array(digits.length / 2);
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16);
  }
  return bytes;
}

/** Octets as hexadecimal text. */
export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, "0")).join("");
}

/** The same octets many times. */
export function repeated(part: Octets, count: number): Uint8Array {
  const bytes = octets(part);
  const all = new Uint8Array(bytes.length * count);
  for (let at = 0; at < count; at++) all.set(bytes, at * bytes.length);
  return all;
}

/** `count` parts made by their number. */
export function many(count: number, make: (at: number) => Uint8Array): Uint8Array {
  return concat(Array.from({ length: count }, (_, at) => make(at)));
}
