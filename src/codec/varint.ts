// Variable-length integers of QUIC (RFC 9000 section 16), which HTTP/3, its settings and capsules are written in: two
// bits say whether 1, 2, 4 or 8 octets hold the number. Longer forms than needed are fine. Numbers are exact up to
// 2^53 - 1; above, `exact` forms give a bigint, and the others the nearest number.
// Rules: H3-FRM-1, H3-STR-2.

import type { ByteWriter } from "./byte-writer.js";

/** A number of 0 to 2^62 - 1: a bigint above 2^53 - 1. */
export type Varint = number | bigint;

/** Largest number that the encoding holds. */
export const VARINT_MAX = (1n << 62n) - 1n;
/** Octets of the longest form. */
export const VARINT_LENGTH_MAX = 8;

const UINT6 = 0x3f;
const UINT14 = 0x3fff;
const UINT30 = 0x3fff_ffff;
const UINT32 = 2 ** 32;
/** Below this, a number of so many high bits is exact. */
const HIGH_EXACT = 2 ** 21;
const LOW_MASK = 0xffff_ffffn;

/** Whether the encoding holds the number, and a number holds it exactly. */
export function isVarint(value: unknown): value is Varint {
  if (typeof value === "bigint") return value >= 0n && value <= VARINT_MAX;
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Octets of the shortest form. */
export function varintLength(value: Varint): number {
  if (value <= UINT6) return 1;
  if (value <= UINT14) return 2;
  return value <= UINT30 ? 4 : 8;
}

/** Appends the shortest form of a number that isVarint() accepts. */
export function putVarint(out: ByteWriter, value: Varint): void {
  if (value <= UINT6) out.putUint8(Number(value));
  else if (value <= UINT14) out.putUint16(Number(value) | 0x4000);
  else if (value <= UINT30) out.putUint32(Number(value) + 0x8000_0000);
  else {
    const isBig = typeof value === "bigint";
    const high = isBig ? Number(value >> 32n) : Math.floor(value / UINT32);
    out.putUint32(high + 0xc000_0000);
    out.putUint32(isBig ? Number(value & LOW_MASK) : value % UINT32);
  }
}

/** Octets of the form that begins with this octet. */
export function varintSize(first: number): number {
  return 1 << (first >> 6);
}

/** The number at `at`; -1 where it does not end before `end`. Above 2^53 - 1: the nearest one. */
export function readVarint(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1;
  const first = bytes[at] as number;
  if (first < 0x40) return first;
  const size = varintSize(first);
  if (end - at < size) return -1;
  if (size === 2) return ((first & UINT6) << 8) | (bytes[at + 1] as number);
  const high = uint32(bytes, at) & UINT30;
  return size === 4 ? high : high * UINT32 + (uint32(bytes, at + 4) >>> 0);
}

/** The number at `at`, exactly; -1 where it does not end before `end`. */
export function readVarintExact(bytes: Uint8Array, at: number, end: number): Varint {
  const value = readVarint(bytes, at, end);
  if (value <= Number.MAX_SAFE_INTEGER) return value;
  return exact(uint32(bytes, at) & UINT30, uint32(bytes, at + 4));
}

/** The upper half of the number at `at`, which is known to be there: sums of halves are exact and cost no bigint. */
export function varintHigh(bytes: Uint8Array, at: number): number {
  return varintSize(bytes[at] as number) < VARINT_LENGTH_MAX ? 0 : uint32(bytes, at) & UINT30;
}

/** Its lower 32 bits. */
export function varintLow(bytes: Uint8Array, at: number): number {
  const size = varintSize(bytes[at] as number);
  return size < VARINT_LENGTH_MAX ? readVarint(bytes, at, at + size) : uint32(bytes, at + 4) >>> 0;
}

function uint32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}

function exact(high: number, low: number): Varint {
  if (high < HIGH_EXACT) return high * UINT32 + (low >>> 0);
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}

/** Reads one number that may come in pieces. After reset() it reads another. */
export class VarintReader {
  /** The number so far: its octets in front, and the last four. */
  #high = 0;
  #low = 0;
  /** Octets that are missing; -1: none has come. */
  #rest = -1;

  /** Reads on in [at, end). Gives the place behind the octets that it took; then isDone says whether that is all. */
  read(bytes: Uint8Array, at: number, end: number): number {
    if (this.#rest < 0) {
      if (at >= end) return at;
      const first = bytes[at++] as number;
      this.#low = first & UINT6;
      this.#rest = varintSize(first) - 1;
    }
    let rest = this.#rest;
    while (rest > 0 && at < end) {
      this.#high = (this.#high << 8) | (this.#low >>> 24);
      this.#low = (this.#low << 8) | (bytes[at++] as number);
      rest--;
    }
    this.#rest = rest;
    return at;
  }

  /** Whether the number is complete. */
  get isDone(): boolean {
    return this.#rest === 0;
  }

  /** Whether octets of it have come. */
  get isBegun(): boolean {
    return this.#rest >= 0;
  }

  /** The number, or the one nearest to it. */
  get value(): number {
    return this.#high * UINT32 + (this.#low >>> 0);
  }

  /** The number, exactly. */
  get exact(): Varint {
    return exact(this.#high, this.#low);
  }

  /** Makes it ready for another number. */
  reset(): void {
    this.#high = 0;
    this.#low = 0;
    this.#rest = -1;
  }
}

/** The number that four octets are, which are all there. */
export function uint30(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) & 0x3f) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}
