// Integers and strings of HPACK and QPACK, for the benchmark's own encoders (RFC 7541 sections 5.1 and 5.2, RFC 9204 section 4.1).

import { HUFFMAN_CODES } from "./hpack-tables.js";

/** An integer whose first octet has `pattern` above a prefix of `prefix` bits. */
export function integer(out: number[], pattern: number, prefix: number, value: number): void {
  const most = 2 ** prefix - 1;
  if (value < most) {
    out.push(pattern | value);
    return;
  }
  out.push(pattern | most);
  let left = value - most;
  for (; left >= 128; left = Math.floor(left / 128)) out.push((left % 128) | 128);
  out.push(left);
}

/** A string, Huffman-coded where that is shorter; the bit above the prefix says so. */
export function text(out: number[], pattern: number, prefix: number, string: string): void {
  const octets = Array.from(string, (character) => character.charCodeAt(0));
  const bits = octets.reduce((sum, octet) => sum + (HUFFMAN_CODES[octet]?.[0] ?? 0), 0);
  const coded = Math.ceil(bits / 8);
  if (coded >= octets.length) {
    integer(out, pattern, prefix, octets.length);
    for (const octet of octets) out.push(octet);
    return;
  }
  integer(out, pattern | (1 << prefix), prefix, coded);
  huffman(out, octets);
}

function huffman(out: number[], octets: readonly number[]): void {
  // Fewer than 8 bits wait; a code has at most 30, so that numbers stay exact.
  let waiting = 0;
  let count = 0;
  for (const octet of octets) {
    const [bits, code] = HUFFMAN_CODES[octet] as readonly [number, number];
    waiting = waiting * 2 ** bits + code;
    count += bits;
    for (; count >= 8; count -= 8) {
      const octetOut = Math.floor(waiting / 2 ** (count - 8));
      out.push(octetOut);
      waiting -= octetOut * 2 ** (count - 8);
    }
  }
  if (count > 0) out.push(waiting * 2 ** (8 - count) + (2 ** (8 - count) - 1));
}
