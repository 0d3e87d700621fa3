// Varints of QUIC and HTTP/3 (RFC 9000 section 16) written and read by plain, obvious code: also longer than they must be.

import { uint } from "./octets.js";

/** The largest number that a varint holds. */
export const VARINT_MAX = 2n ** 62n - 1n;

/** A varint (RFC 9000 section 16); `length` (1, 2, 4 or 8) makes it longer than it must be. */
export function varint(value: number | bigint, length?: number): Uint8Array {
  const size = length ?? (value < 64 ? 1 : value < 16_384 ? 2 : value < 2 ** 30 ? 4 : 8);
  const bytes = new Uint8Array(size);
  let rest = BigInt(value);
  for (let at = size - 1; at >= 0; at--, rest >>= 8n) bytes[at] = Number(rest & 255n);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | (Math.log2(size) << 6);
  return bytes;
}

/** Reads a varint; null where it is not whole. */
export function readVarint(
  bytes: Uint8Array,
  at: number,
): { readonly value: bigint; readonly next: number } | null {
  const first = bytes[at];
  if (first === undefined) return null;
  const next = at + (1 << (first >> 6));
  if (next > bytes.length) return null;
  let value = BigInt(first & 0x3f);
  for (let index = at + 1; index < next; index++) value = (value << 8n) | BigInt(bytes[index] ?? 0);
  return { value, next };
}

/** Numbers around each length of a varint, as octets of that length and of every longer one. */
export const VARINT_EDGES: readonly Uint8Array[] = [
  ...[0, 37, 63].flatMap((value) => [1, 2, 4, 8].map((length) => varint(value, length))),
  ...[64, 16_383].flatMap((value) => [2, 4, 8].map((length) => varint(value, length))),
  ...[16_384, 2 ** 30 - 1].flatMap((value) => [4, 8].map((length) => varint(value, length))),
  ...[2n ** 30n, 2n ** 53n, VARINT_MAX].map((value) => varint(value, 8)),
  uint(0x40, 1),
  uint(0x80, 1),
  uint(0xc0, 1),
];
