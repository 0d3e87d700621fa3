// GHASH (NIST SP 800-38D section 6.4): the product of polynomials over GF(2), modulo x^128 + x^7 + x^2 + x + 1. The first bit of
// the first octet is the coefficient of 1.
//
// Constant time, in two ways:
//   - What is secret (the hash so far, and headers, whose packet number is) is multiplied without any look-up. i64.mul takes
//     numbers in which three of four bits are 0, so that no carry reaches the next bit that counts; four such products, of bits
//     0, 4, 8 ... with bits 1, 5, 9 ... and so on, give one class of bits of the sum. That is the low half; the high half is the
//     low half of the numbers in reverse. Three products of 64 bits make one of 128 (Karatsuba). i64.mul takes the same time
//     whatever its operands are on every processor that has SIMD in WASM.
//   - Ciphertext is public, as it is on the wire. Its blocks are taken 16 at a time, each with the power of the hash key that it
//     meets in the end: half octets of ciphertext choose from tables of multiples of these powers. What is chosen is secret,
//     the choice is not.

import {
  CRYPTO_KEY_BLOCKS,
  CRYPTO_KEY_HASH,
  CRYPTO_POWER_TABLES,
  CRYPTO_POWERS,
} from "../../src/abi/quic-crypto";

const BLOCK: usize = 16;
/** Blocks that are taken at a time. */
const CHUNK: u32 = 16;
/** Keys for fewer blocks than these are not worth the tables. */
const WORTH_TABLES: u32 = 40;

/** In the two tables of one power: multiples by the upper half of an octet, then by the lower. */
const LOWER: usize = 256;
const POWER_LENGTH: usize = 512;
/** In the table of the upper halves: the multiple by 1, which is the first bit. */
const ONE: usize = 8 * BLOCK;

/** Bits 0, 4, 8 ...; shifted, the other three classes. */
const EVERY_FOURTH: u64 = 0x1111111111111111;

/** The last blocks of a text: fewer than 16, one that is short, and the lengths. */
const TAIL: usize = memory.data(18 * 16, 16);
/** Half octets of the blocks that are taken. */
const HALVES: usize = memory.data(17 * 32, 16);

/** The low 64 bits of the product of two polynomials over GF(2). */
function multiplyLow(x: u64, y: u64): u64 {
  const m0 = EVERY_FOURTH;
  const m1 = EVERY_FOURTH << 1;
  const m2 = EVERY_FOURTH << 2;
  const m3 = EVERY_FOURTH << 3;
  const x0 = x & m0;
  const x1 = x & m1;
  const x2 = x & m2;
  const x3 = x & m3;
  const y0 = y & m0;
  const y1 = y & m1;
  const y2 = y & m2;
  const y3 = y & m3;
  return (
    (((x0 * y0) ^ (x1 * y3) ^ (x2 * y2) ^ (x3 * y1)) & m0) |
    (((x0 * y1) ^ (x1 * y0) ^ (x2 * y3) ^ (x3 * y2)) & m1) |
    (((x0 * y2) ^ (x1 * y1) ^ (x2 * y0) ^ (x3 * y3)) & m2) |
    (((x0 * y3) ^ (x1 * y2) ^ (x2 * y1) ^ (x3 * y0)) & m3)
  );
}

/** The bits of each octet in the other order: of a big-endian number that was loaded little-endian, all bits. */
function reversedOctets(x: v128): v128 {
  const low = v128.and(x, i8x16.splat(15));
  const high = v128.and(v128.shr<u16>(x, 4), i8x16.splat(15));
  return v128.or(
    v128.swizzle(
      i8x16(0, -128, 64, -64, 32, -96, 96, -32, 16, -112, 80, -48, 48, -80, 112, -16),
      low,
    ),
    v128.swizzle(i8x16(0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15), high),
  );
}

/** The octets of both words in the other order. */
function swapped(x: v128): v128 {
  return v128.swizzle(x, i8x16(7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8));
}

/** hash * power + sum. The sum has 256 bits, its first half in `low`. All with the octets as they stand in memory. */
function multiplyAdd(hash: v128, power: v128, low: v128, high: v128): v128 {
  const y = swapped(hash);
  const s = reversedOctets(hash);
  const h = swapped(power);
  const r = reversedOctets(power);
  const y1 = <u64>i64x2.extract_lane(y, 0);
  const y0 = <u64>i64x2.extract_lane(y, 1);
  const s1 = <u64>i64x2.extract_lane(s, 0);
  const s0 = <u64>i64x2.extract_lane(s, 1);
  const h1 = <u64>i64x2.extract_lane(h, 0);
  const h0 = <u64>i64x2.extract_lane(h, 1);
  const r1 = <u64>i64x2.extract_lane(r, 0);
  const r0 = <u64>i64x2.extract_lane(r, 1);
  const a = multiplyLow(y0, h0);
  const b = multiplyLow(y1, h1);
  const c = multiplyLow(y0 ^ y1, h0 ^ h1) ^ a ^ b;
  const d = multiplyLow(s0, r0);
  const e = multiplyLow(s1, r1);
  const f = multiplyLow(s0 ^ s1, r0 ^ r1) ^ d ^ e;

  // GHASH counts bits from the other end: all 255 bits of the product move by one, and what is too high comes back below.
  const ed = swapped(reversedOctets(i64x2.replace_lane(i64x2.splat(e), 1, d)));
  const ff = swapped(reversedOctets(i64x2.splat(f)));
  const first = swapped(low);
  const last = swapped(high);
  let v0 = a;
  let v1 = (<u64>i64x2.extract_lane(ed, 1) >> 1) ^ c;
  let v2 = (<u64>i64x2.extract_lane(ff, 0) >> 1) ^ b;
  let v3 = <u64>i64x2.extract_lane(ed, 0) >> 1;
  v3 = ((v3 << 1) | (v2 >> 63)) ^ <u64>i64x2.extract_lane(first, 0);
  v2 = ((v2 << 1) | (v1 >> 63)) ^ <u64>i64x2.extract_lane(first, 1);
  v1 = ((v1 << 1) | (v0 >> 63)) ^ <u64>i64x2.extract_lane(last, 0);
  v0 = (v0 << 1) ^ <u64>i64x2.extract_lane(last, 1);
  v2 ^= v0 ^ (v0 >> 1) ^ (v0 >> 2) ^ (v0 >> 7);
  v1 ^= (v0 << 63) ^ (v0 << 62) ^ (v0 << 57);
  v3 ^= v1 ^ (v1 >> 1) ^ (v1 >> 2) ^ (v1 >> 7);
  v2 ^= (v1 << 63) ^ (v1 << 62) ^ (v1 << 57);
  return swapped(i64x2.replace_lane(i64x2.splat(v3), 1, v2));
}

/** Takes [at, at + length) into the hash, without a look-up; 0 behind the last octet. `key`: a prepared key. */
function absorb(hash: v128, key: usize, at: usize, length: u32): v128 {
  const zero = i64x2.splat(0);
  const power = v128.load(key, CRYPTO_KEY_HASH);
  let rest = length;
  for (; rest >= 16; at += BLOCK, rest -= 16)
    hash = multiplyAdd(v128.xor(hash, v128.load(at)), power, zero, zero);
  if (rest == 0) return hash;
  v128.store(TAIL, zero);
  memory.copy(TAIL, at, rest);
  return multiplyAdd(v128.xor(hash, v128.load(TAIL)), power, zero, zero);
}

/** The hash of associated data, ciphertext and their lengths. `key` is a slot. */
export function ghash(key: usize, aad: usize, aadLength: u32, at: usize, length: u32): v128 {
  const hash = absorb(i64x2.splat(0), key, aad, aadLength);
  if (hasTables(key, length >> 4)) return ghashPublic(hash, key, aadLength, at, length);
  const all = absorb(hash, key, at, length);
  putLengths(TAIL, aadLength, length);
  return absorb(all, key, TAIL, 16);
}

/** Whether the tables of this key are there, now that it has so many blocks more. */
function hasTables(key: usize, blocks: u32): bool {
  const before = load<u32>(key, CRYPTO_KEY_BLOCKS);
  if (before >= WORTH_TABLES) return true;
  store<u32>(key, before + blocks, CRYPTO_KEY_BLOCKS);
  if (before + blocks < WORTH_TABLES) return false;
  makeTables(key);
  return true;
}

/** The rest of it, with tables. */
function ghashPublic(hash: v128, key: usize, aadLength: u32, at: usize, length: u32): v128 {
  let blocks = length >> 4;
  for (; blocks >= CHUNK; blocks -= CHUNK, at += <usize>CHUNK * BLOCK)
    hash = absorbPublic(hash, key, at, CHUNK);
  const rest = length & (CHUNK * 16 - 1);
  memory.copy(TAIL, at, rest);
  const end = TAIL + rest;
  v128.store(end, i64x2.splat(0));
  const lengths = (end + 15) & ~15;
  putLengths(lengths, aadLength, length);
  return absorbPublic(hash, key, TAIL, (<u32>(lengths - TAIL) >> 4) + 1);
}

/** Both lengths, in bits. */
function putLengths(at: usize, aadLength: u32, length: u32): void {
  store<u64>(at, bswap((<u64>aadLength) << 3));
  store<u64>(at, bswap((<u64>length) << 3), 8);
}

/** Takes `count` blocks, 1 to CRYPTO_POWERS, of what is public: (hash + block[0]) * H^count + block[1] * H^(count-1) ... */
function absorbPublic(hash: v128, key: usize, at: usize, count: u32): v128 {
  const first = key + CRYPTO_POWER_TABLES + (<usize>CRYPTO_POWERS - count) * POWER_LENGTH;
  const end = HALVES + ((<usize>count) << 5);
  splitOctets(at, end);
  const zero = i64x2.splat(0);
  let low = zero;
  let high = zero;
  for (let place: usize = 16; place > 0; ) {
    place--;
    // All octets at this place of their blocks; then the sum moves on by one octet.
    let sum = zero;
    let tables = first;
    let from = HALVES + place;
    for (; from + 96 < end; from += 128, tables += 4 * POWER_LENGTH) {
      sum = v128.xor(sum, v128.load(tables + load<u8>(from)));
      sum = v128.xor(sum, v128.load(tables + load<u8>(from, 16), 256));
      sum = v128.xor(sum, v128.load(tables + load<u8>(from, 32), 512));
      sum = v128.xor(sum, v128.load(tables + load<u8>(from, 48), 768));
      sum = v128.xor(sum, v128.load(tables + load<u8>(from, 64), 1024));
      sum = v128.xor(sum, v128.load(tables + load<u8>(from, 80), 1280));
      sum = v128.xor(sum, v128.load(tables + load<u8>(from, 96), 1536));
      sum = v128.xor(sum, v128.load(tables + load<u8>(from, 112), 1792));
    }
    for (; from < end; from += 32, tables += POWER_LENGTH) {
      sum = v128.xor(sum, v128.load(tables + load<u8>(from)));
      sum = v128.xor(sum, v128.load(tables + load<u8>(from, 16), 256));
    }
    high = oneOctetOn(low, high);
    low = v128.xor(oneOctetOn(zero, low), sum);
  }
  return multiplyAdd(hash, v128.load(first, ONE), low, high);
}

/** The blocks' octets in halves, each as the place of its entry in a table: the upper halves of a block, then the lower. */
function splitOctets(at: usize, end: usize): void {
  const mask = i8x16.splat(-16);
  for (let to: usize = HALVES; to < end; to += 32, at += BLOCK) {
    const block = v128.load(at);
    v128.store(to, v128.and(block, mask));
    v128.store(to, v128.and(v128.shl<u16>(block, 4), mask), 16);
  }
}

/** The second of two blocks moved by one octet, that of the first which leaves it in front. */
function oneOctetOn(first: v128, second: v128): v128 {
  return v128.shuffle<u8>(
    first,
    second,
    15,
    16,
    17,
    18,
    19,
    20,
    21,
    22,
    23,
    24,
    25,
    26,
    27,
    28,
    29,
    30,
  );
}

/** Makes the tables of all powers of the hash key in this slot; that of the highest power is the first. */
function makeTables(key: usize): void {
  const zero = i64x2.splat(0);
  const hashKey = v128.load(key, CRYPTO_KEY_HASH);
  let power = hashKey;
  let tables = key + CRYPTO_POWER_TABLES + <usize>(CRYPTO_POWERS - 1) * POWER_LENGTH;
  for (let n = 0; n < CRYPTO_POWERS; n++, tables -= POWER_LENGTH) {
    const words = swapped(power);
    let high = <u64>i64x2.extract_lane(words, 0);
    let low = <u64>i64x2.extract_lane(words, 1);
    // The multiples by 1, x ... x^7: at 8, 4, 2 and 1 of the upper table, then of the lower.
    for (let bit: usize = 0; bit < 8; bit++) {
      const at = tables + (bit & 4) * (LOWER / 4) + (ONE >> (bit & 3));
      v128.store(at, swapped(i64x2.replace_lane(i64x2.splat(high), 1, low)));
      const over = (0 - (low & 1)) & ((<u64>0xe1) << 56);
      low = (low >> 1) | (high << 63);
      high = (high >> 1) ^ over;
    }
    addMultiples(tables);
    addMultiples(tables + LOWER);
    power = multiplyAdd(power, hashKey, zero, zero);
  }
}

/** The multiples that are sums of those at 1, 2, 4 and 8. */
function addMultiples(table: usize): void {
  v128.store(table, i64x2.splat(0));
  for (let bit: usize = 2; bit < 16; bit <<= 1) {
    const top = v128.load(table + bit * BLOCK);
    for (let n: usize = 1; n < bit; n++)
      v128.store(table + (bit + n) * BLOCK, v128.xor(top, v128.load(table + n * BLOCK)));
  }
}
