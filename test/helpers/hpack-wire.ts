// Field blocks by hand: representations of RFC 7541 section 6 as arrays of octets, right ones and wrong ones.

import { NAIVE_CODES } from "./naive/hpack.js";

/** Octets of hexadecimal text; blanks do not count. */
export function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
}

/** An integer with a prefix of `bits` under `pattern`; `extra` octets that add nothing are appended (section 5.1). */
export function integer(pattern: number, bits: number, value: number, extra = 0): number[] {
  const most = 2 ** bits - 1;
  if (value < most) return [pattern | value];
  const octets = [pattern | most];
  let left = value - most;
  for (; left >= 128; left = Math.floor(left / 128)) octets.push((left % 128) | 128);
  octets.push(left);
  for (let i = 0; i < extra; i++) {
    octets[octets.length - 1] = (octets.at(-1) as number) | 128;
    octets.push(0);
  }
  return octets;
}

/** A string, one octet a character, raw. */
export function raw(text: string): number[] {
  return [...integer(0, 7, text.length), ...octetsOf(text)];
}

/** A string, one octet a character, Huffman-coded and padded with ones. */
export function huffman(text: string): number[] {
  const octets = huffmanOctets(text);
  return [...integer(0x80, 7, octets.length), ...octets];
}

/** The coded octets of a text without their length. */
export function huffmanOctets(text: string): number[] {
  const bits = octetsOf(text)
    .map((octet) => NAIVE_CODES[octet] as string)
    .join("");
  return bitOctets(bits);
}

/** Octets of a string of 0 and 1; the last one is padded with ones. */
export function bitOctets(bits: string): number[] {
  return (bits.match(/.{1,8}/g) ?? []).map((octet) => Number.parseInt(octet.padEnd(8, "1"), 2));
}

/** An indexed field. */
export const indexed = (index: number): number[] => integer(0x80, 7, index);
/** A size update. */
export const sizeUpdate = (size: number): number[] => integer(0x20, 5, size);

type Name = number | string;
const named = (pattern: number, bits: number, name: Name, value: number[]): number[] =>
  typeof name === "number"
    ? [...integer(pattern, bits, name), ...value]
    : [pattern, ...raw(name), ...value];

/** Literals with raw strings; the name is text or an index. */
export const incremental = (name: Name, value: string): number[] =>
  named(0x40, 6, name, raw(value));
export const without = (name: Name, value: string): number[] => named(0, 4, name, raw(value));
export const never = (name: Name, value: string): number[] => named(0x10, 4, name, raw(value));

function octetsOf(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}
