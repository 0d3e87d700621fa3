// Variable-length integers of QUIC (RFC 9000 section 16) as the inspector reads them: exact, whole or in pieces.

/** A number of 0 to 2^62 - 1: a bigint above 2^53 - 1. */
export type Varint = number | bigint;

/** Octets of the form that begins with this octet. */
export function sizeOfVarint(first: number): number {
  return 1 << (first >> 6);
}

/** The number at `at`; -1 where it goes on behind the end. */
export function varintAt(bytes: Uint8Array, at: number): Varint {
  const first = bytes[at];
  if (first === undefined) return -1;
  const size = sizeOfVarint(first);
  if (at + size > bytes.length) return -1;
  let value = first & 0x3f;
  if (size < 8) {
    for (let i = 1; i < size; i++) value = value * 256 + (bytes[at + i] as number);
    return value;
  }
  let exact = BigInt(value);
  for (let i = 1; i < size; i++) exact = (exact << 8n) | BigInt(bytes[at + i] as number);
  return exact <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(exact) : exact;
}

/** The shortest form of a number. */
export function varintBytes(value: Varint): number[] {
  if (value < 0x40) return [Number(value)];
  const size = value < 0x4000 ? 2 : value < 0x4000_0000 ? 4 : 8;
  const octets: number[] = [];
  let rest = BigInt(value);
  for (let i = 0; i < size; i++) {
    octets.unshift(Number(rest & 0xffn));
    rest >>= 8n;
  }
  octets[0] = (octets[0] as number) | (Math.log2(size) << 6);
  return octets;
}

/**
 * A stream as a number, for readers that take no others; its two low bits are those of the stream. Above 2^53 - 1, where no
 * connection gets, two streams may have the same.
 */
export function streamNumber(streamId: Varint): number {
  return typeof streamId === "number" ? streamId : Number(BigInt.asUintN(52, streamId));
}

/** One number that comes in pieces. */
export class VarintPieces {
  readonly #octets: number[] = [];

  /** Takes what it needs of bytes from `at` on; gives the place behind. */
  read(bytes: Uint8Array, at: number): number {
    let to = at;
    while (to < bytes.length && !this.isDone) this.#octets.push(bytes[to++] as number);
    return to;
  }

  get isDone(): boolean {
    const first = this.#octets[0];
    return first !== undefined && this.#octets.length === sizeOfVarint(first);
  }

  /** The number, once it is done. */
  get value(): Varint {
    return varintAt(Uint8Array.from(this.#octets), 0);
  }

  /** As they came. */
  get octets(): readonly number[] {
    return this.#octets;
  }

  reset(): void {
    this.#octets.length = 0;
  }
}

/** Whether a type or identifier is one of 0x1f * N + 0x21, which mean nothing (RFC 9114 section 7.2.8). */
export function isReserved(value: Varint): boolean {
  return value >= 0x21 && BigInt(value) % 0x1fn === 2n;
}
