// QPACK by hand: instructions (RFC 9204 sections 4.3 and 4.4) and representations (section 4.5) as arrays of octets, right
// ones and wrong ones. Nothing is checked: what a hostile encoder writes is as easy as what a good one does.

import { huffmanOctets, integer } from "./hpack-wire.js";
import { NAIVE_STATIC } from "./naive/qpack-static.js";

export { bitOctets, hex, huffmanOctets, integer } from "./hpack-wire.js";

type Octets = readonly number[];

/** Joins octets. */
export function octets(...parts: readonly (Octets | Uint8Array | number)[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => (typeof part === "number" ? [part] : [...part])));
}

const codesOf = (text: string): number[] =>
  Array.from(text, (character) => character.charCodeAt(0));

/** An integer of any size; `extra` octets that add nothing are appended. */
export function bigInteger(pattern: number, bits: number, value: bigint, extra = 0): number[] {
  const most = 2n ** BigInt(bits) - 1n;
  if (value < most) return [pattern | Number(value)];
  const out = [pattern | Number(most)];
  let left = value - most;
  for (; left >= 128n; left /= 128n) out.push(Number(left % 128n) | 128);
  out.push(Number(left));
  for (let i = 0; i < extra; i++) {
    out[out.length - 1] = (out.at(-1) as number) | 128;
    out.push(0);
  }
  return out;
}

export interface StringOptions {
  /** In the Huffman code. */
  huffman?: boolean;
  /** What its length claims. */
  length?: number;
}

/** A string: bits above, then the H bit, then a length with a prefix of so many bits. */
export function string(
  pattern: number,
  prefix: number,
  text: string,
  { huffman = false, length }: StringOptions = {},
): number[] {
  const coded = huffman ? huffmanOctets(text) : codesOf(text);
  const bit = huffman ? 2 ** prefix : 0;
  return [...integer(pattern | bit, prefix, length ?? coded.length), ...coded];
}
const textOf = (text: string, options?: StringOptions) => string(0, 7, text, options);

/** Instructions of the encoder stream (section 4.3). */
export const insert = {
  /** Set Dynamic Table Capacity. */
  capacity: (bytes: number): number[] => integer(0x20, 5, bytes),
  /** Name of a static entry. */
  static: (index: number, value: string, options?: StringOptions): number[] => [
    ...integer(0xc0, 6, index),
    ...textOf(value, options),
  ],
  /** Name of a dynamic entry; 0 is the newest. */
  dynamic: (relative: number, value: string, options?: StringOptions): number[] => [
    ...integer(0x80, 6, relative),
    ...textOf(value, options),
  ],
  literal: (name: string, value: string, options: StringOptions = {}): number[] => [
    ...string(0x40, 5, name, options),
    ...textOf(value, options),
  ],
  duplicate: (relative: number): number[] => integer(0x00, 5, relative),
};

/** Instructions of the decoder stream (section 4.4). */
export const acknowledge = {
  section: (streamId: number): number[] => integer(0x80, 7, streamId),
  cancel: (streamId: number): number[] => integer(0x40, 6, streamId),
  increment: (count: number): number[] => integer(0x00, 6, count),
};

export interface LiteralOptions extends StringOptions {
  /** The N bit. */
  never?: boolean;
}

/** Representations (section 4.5.2 to 4.5.6). Relative indices count down from the Base, post-base ones up. */
export const line = {
  static: (index: number): number[] => integer(0xc0, 6, index),
  dynamic: (relative: number): number[] => integer(0x80, 6, relative),
  postBase: (index: number): number[] => integer(0x10, 4, index),
  /** A literal with the name of a static entry. */
  staticName: (index: number, value: string, o: LiteralOptions = {}): number[] => [
    ...integer(0x50 | (o.never ? 0x20 : 0), 4, index),
    ...textOf(value, o),
  ],
  dynamicName: (relative: number, value: string, o: LiteralOptions = {}): number[] => [
    ...integer(0x40 | (o.never ? 0x20 : 0), 4, relative),
    ...textOf(value, o),
  ],
  postBaseName: (index: number, value: string, o: LiteralOptions = {}): number[] => [
    ...integer(o.never ? 0x08 : 0, 3, index),
    ...textOf(value, o),
  ],
  literal: (name: string, value: string, o: LiteralOptions = {}): number[] => [
    ...string(0x20 | (o.never ? 0x10 : 0), 3, name, { huffman: o.huffman ?? false }),
    ...textOf(value, o),
  ],
};

/** The prefix of a section as its two integers (section 4.5.1). */
export const rawPrefix = (encodedInsertCount: number, delta = 0, sign = false): number[] => [
  ...integer(0, 8, encodedInsertCount),
  ...integer(sign ? 0x80 : 0, 7, delta),
];

/** The prefix for a Required Insert Count and a Base, for a decoder with this maximum of the table. */
export function prefix(required: number, base = required, maxCapacity = 4096): number[] {
  const entries = Math.floor(maxCapacity / 32);
  const encoded = required === 0 ? 0 : (required % (2 * entries)) + 1;
  return base >= required
    ? rawPrefix(encoded, base - required)
    : rawPrefix(encoded, required - base - 1, true);
}

/** A section without the dynamic table: its prefix and these lines. */
export const section = (...lines: readonly Octets[]): Uint8Array => octets(rawPrefix(0), ...lines);

/** A section that needs so many insertions; its Base is their number. */
export const dynamicSection = (required: number, ...lines: readonly Octets[]): Uint8Array =>
  octets(prefix(required), lines.flat());

/** Fields, flat, as the plainest section: static entries where name and value are one, else literals. */
export function fieldSection(fields: readonly string[]): Uint8Array {
  const lines: number[][] = [];
  for (let at = 0; at < fields.length; at += 2) {
    const [name = "", value = ""] = [fields[at], fields[at + 1]];
    const index = NAIVE_STATIC.findIndex((entry) => entry[0] === name && entry[1] === value);
    lines.push(index < 0 ? line.literal(name, value) : line.static(index));
  }
  return section(...lines);
}
