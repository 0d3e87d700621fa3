// Cuts the bytes of a packet, frame or head into named parts, from the front. Bytes that are not there (cut off, or a lying
// length) end it: what is left is one last part.

import { count } from "./tree-text.js";

/** Some octets, and what they are. */
export interface HexPart {
  readonly at: number;
  readonly length: number;
  readonly name: string;
  /** RFC section, or "". */
  readonly rfc: string;
}

export class PartCutter {
  readonly bytes: Uint8Array;
  readonly parts: HexPart[] = [];
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  /** The next octets, or what there is of them. False where some are missing. */
  take(length: number, name: string, rfc = ""): boolean {
    const there = Math.min(length, this.left);
    if (there > 0) this.parts.push({ at: this.at, length: there, name, rfc });
    this.at += there;
    return there === length;
  }

  /** Everything that is left. */
  rest(name: string, rfc = ""): void {
    if (this.left > 0) this.take(this.left, name, rfc);
  }

  /** A big-endian number of so many octets; -1 where they are not all here. */
  number(length: number, name: string, rfc = "", say: (value: number) => string = count): number {
    if (this.left < length) {
      this.rest(`${name} (cut off)`, rfc);
      return -1;
    }
    let value = 0;
    for (let at = this.at; at < this.at + length; at++)
      value = value * 256 + (this.bytes[at] as number);
    this.take(length, `${name}: ${say(value)}`, rfc);
    return value;
  }

  /** A variable-length integer (RFC 9000 section 16); -1 where it is not all here. */
  varint(name: string, rfc = "", say: (value: bigint) => string = count): number {
    const first = this.bytes[this.at];
    const length = first === undefined ? 1 : 1 << (first >> 6);
    if (this.left < length) {
      this.rest(`${name} (cut off)`, rfc);
      return -1;
    }
    let value = BigInt((first as number) & 0x3f);
    for (let at = this.at + 1; at < this.at + length; at++)
      value = value * 256n + BigInt(this.bytes[at] as number);
    this.take(length, `${name}: ${say(value)}`, rfc);
    return Number(value);
  }
}

/** "0x1d" of any number. */
export function hexadecimal(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

/** Names of the bits that are set, or "none"; bits without a name as they are. */
export function flagNames(value: number, names: Readonly<Record<number, string>>): string {
  const set: string[] = [];
  for (let bit = 1; bit < 256; bit <<= 1) {
    if ((value & bit) !== 0) set.push(names[bit] ?? hexadecimal(bit));
  }
  return set.length === 0 ? "none" : set.join(", ");
}
