// AES-128 and AES-256, forward direction (FIPS 197), which is all that GCM, CCM and header protection need.
//
// Constant time: an octet is a pair of elements of GF(16), and each step of SubBytes is a look-up in a table of 16 octets that
// lies in a vector register (i8x16.swizzle), as Hamburg showed ("Accelerating AES with vector permute instructions", 2009). No
// address, no branch and no count of rounds of a loop depends on key or text. What the tables are, and why this is the S-box:
// src/engine/quic-aes-tables.ts, which computes them.
//
// ShiftRows comes before SubBytes: that works octet by octet, so the order does not matter. MixColumns of a column (s0, s1, s2,
// s3) is 2 s0 + 3 s1 + s2 + s3: with D = 2 s + s one row on, it is D + D one row on + s three rows on. The look-ups give s and
// 2 s at once.

import {
  CRYPTO_KEY_BLOCKS,
  CRYPTO_KEY_HASH,
  CRYPTO_KEY_ROUNDS,
  CRYPTO_RAW_KEY,
  CRYPTO_TABLES,
} from "../../src/abi/quic-crypto";

const BLOCK: usize = 16;

/** The tables, 16 octets each, in the order in which the host wrote them. */
const INPUT_LOW: usize = CRYPTO_TABLES;
const INPUT_HIGH: usize = CRYPTO_TABLES + 16;
const INVERSE: usize = CRYPTO_TABLES + 32;
const QUOTIENT: usize = CRYPTO_TABLES + 48;
const ROUND_I: usize = CRYPTO_TABLES + 64;
const ROUND_J: usize = CRYPTO_TABLES + 80;
const DOUBLE_I: usize = CRYPTO_TABLES + 96;
const DOUBLE_J: usize = CRYPTO_TABLES + 112;
const LAST_I: usize = CRYPTO_TABLES + 128;
const LAST_J: usize = CRYPTO_TABLES + 144;
const CONSTANT: usize = CRYPTO_TABLES + 160;

/** What SubBytes adds: in each octet of the last round key. */
const SUB_CONSTANT: i8 = 0x63;

/** Steps on four blocks at once: one after the other they would wait for each look-up. */
abstract class Step {
  /** The low nibbles. */
  @inline static low(x: v128): v128 {
    return v128.and(x, i8x16.splat(15));
  }

  /** The high nibbles. */
  @inline static high(x: v128): v128 {
    return v128.and(v128.shr<u16>(x, 4), i8x16.splat(15));
  }

  /** Rows moved: octet r + 4 c is row r of column c. */
  @inline static shiftRows(x: v128): v128 {
    return v128.swizzle(x, i8x16(0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11));
  }

  /** In each row what the next row of the column has. */
  @inline static oneRowOn(x: v128): v128 {
    return v128.swizzle(x, i8x16(1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12));
  }

  @inline static threeRowsOn(x: v128): v128 {
    return v128.swizzle(x, i8x16(3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14));
  }

  /** The linear map of two tables, one for each nibble. */
  @inline static map(x: v128, low: v128, high: v128): v128 {
    return v128.xor(v128.swizzle(low, Step.low(x)), v128.swizzle(high, Step.high(x)));
  }

  /** 1 / (1/x + a/k) + y */
  @inline static half(x: v128, y: v128, quotient: v128, inverse: v128): v128 {
    const sum = v128.xor(v128.swizzle(inverse, x), quotient);
    return v128.xor(v128.swizzle(inverse, sum), y);
  }

  @inline static mix(single: v128, double: v128, key: v128): v128 {
    const sum = v128.xor(double, Step.oneRowOn(single));
    return v128.xor(v128.xor(sum, Step.oneRowOn(sum)), v128.xor(Step.threeRowsOn(single), key));
  }
}

/** Encrypts `count` blocks from `at` on, in place, four at a time: up to three blocks behind them change as well. */
export function aesBlocks(key: usize, at: usize, count: u32): void {
  const last = key + (load<u32>(key, CRYPTO_KEY_ROUNDS) << 4);
  const end = at + ((<usize>count) << 4);
  while (at < end) {
    fourBlocks(key, last, at);
    at += 4 * BLOCK;
  }
}

/** Encrypts the four blocks at `at`. `last` is the last round key. */
function fourBlocks(key: usize, last: usize, at: usize): void {
  const inverse = v128.load(INVERSE);
  const quotient = v128.load(QUOTIENT);
  const roundI = v128.load(ROUND_I);
  const roundJ = v128.load(ROUND_J);
  const doubleI = v128.load(DOUBLE_I);
  const doubleJ = v128.load(DOUBLE_J);
  let a = enter(at, key);
  let b = enter(at + 16, key);
  let c = enter(at + 32, key);
  let d = enter(at + 48, key);
  for (key += BLOCK; key < last; key += BLOCK) {
    const round = v128.load(key);
    a = Step.shiftRows(a);
    b = Step.shiftRows(b);
    c = Step.shiftRows(c);
    d = Step.shiftRows(d);
    const ka = Step.low(a);
    const ia = Step.high(a);
    const ja = v128.xor(ia, ka);
    const kb = Step.low(b);
    const ib = Step.high(b);
    const jb = v128.xor(ib, kb);
    const kc = Step.low(c);
    const ic = Step.high(c);
    const jc = v128.xor(ic, kc);
    const kd = Step.low(d);
    const id = Step.high(d);
    const jd = v128.xor(id, kd);
    const qa = v128.swizzle(quotient, ka);
    const qb = v128.swizzle(quotient, kb);
    const qc = v128.swizzle(quotient, kc);
    const qd = v128.swizzle(quotient, kd);
    const ioa = Step.half(ia, ja, qa, inverse);
    const joa = Step.half(ja, ia, qa, inverse);
    const iob = Step.half(ib, jb, qb, inverse);
    const job = Step.half(jb, ib, qb, inverse);
    const ioc = Step.half(ic, jc, qc, inverse);
    const joc = Step.half(jc, ic, qc, inverse);
    const iod = Step.half(id, jd, qd, inverse);
    const jod = Step.half(jd, id, qd, inverse);
    a = Step.mix(pair(roundI, ioa, roundJ, joa), pair(doubleI, ioa, doubleJ, joa), round);
    b = Step.mix(pair(roundI, iob, roundJ, job), pair(doubleI, iob, doubleJ, job), round);
    c = Step.mix(pair(roundI, ioc, roundJ, joc), pair(doubleI, ioc, doubleJ, joc), round);
    d = Step.mix(pair(roundI, iod, roundJ, jod), pair(doubleI, iod, doubleJ, jod), round);
  }
  const round = v128.load(last);
  v128.store(at, v128.xor(substituted(Step.shiftRows(a)), round));
  v128.store(at + 16, v128.xor(substituted(Step.shiftRows(b)), round));
  v128.store(at + 32, v128.xor(substituted(Step.shiftRows(c)), round));
  v128.store(at + 48, v128.xor(substituted(Step.shiftRows(d)), round));
}

function pair(tableI: v128, io: v128, tableJ: v128, jo: v128): v128 {
  return v128.xor(v128.swizzle(tableI, io), v128.swizzle(tableJ, jo));
}

/** A block in the form of the rounds, with the first round key. */
function enter(at: usize, key: usize): v128 {
  const mapped = Step.map(v128.load(at), v128.load(INPUT_LOW), v128.load(INPUT_HIGH));
  return v128.xor(mapped, v128.load(key));
}

/** SubBytes without its constant, of octets in the form of the rounds; the result is in their usual form. */
function substituted(x: v128): v128 {
  const inverse = v128.load(INVERSE);
  const k = Step.low(x);
  const i = Step.high(x);
  const j = v128.xor(i, k);
  const q = v128.swizzle(v128.load(QUOTIENT), k);
  const io = Step.half(i, j, q, inverse);
  const jo = Step.half(j, i, q, inverse);
  return pair(v128.load(LAST_I), io, v128.load(LAST_J), jo);
}

/**
 * Prepares the key of `length` octets (16 or 32) at CRYPTO_RAW_KEY: round keys at `key`, in the form of the rounds but for the
 * last, each with SubBytes' constant; their count; and the hash key of GCM, which is the block of zeros encrypted.
 */
export function aesExpand(key: usize, length: u32): void {
  const words = length >> 2;
  const rounds = words + 6;
  memory.copy(key, CRYPTO_RAW_KEY, length);
  let constant: u32 = 1;
  const count: u32 = 4 * (rounds + 1);
  for (let n = words; n < count; n++) {
    let word = load<u32>(key + ((n - 1) << 2));
    if (n % words == 0) {
      word = substituteWord(rotr<u32>(word, 8)) ^ constant;
      constant = (constant << 1) ^ ((constant >> 7) * 0x11b);
    } else if (words == 8 && n % words == 4) word = substituteWord(word);
    store<u32>(key + (n << 2), load<u32>(key + ((n - words) << 2)) ^ word);
  }
  store<u32>(key, rounds, CRYPTO_KEY_ROUNDS);
  store<u32>(key, 0, CRYPTO_KEY_BLOCKS);

  const low = v128.load(INPUT_LOW);
  const high = v128.load(INPUT_HIGH);
  const last = key + (rounds << 4);
  v128.store(key, Step.map(v128.load(key), low, high));
  for (let at = key + BLOCK; at < last; at += BLOCK) {
    const mapped = Step.map(v128.load(at), low, high);
    v128.store(at, v128.xor(mapped, v128.load(CONSTANT)));
  }
  v128.store(last, v128.xor(v128.load(last), i8x16.splat(SUB_CONSTANT)));
  hashKey(key, last);
}

/** The block of zeros encrypted. The three blocks beside it are in the way of nobody: the raw key is used up. */
function hashKey(key: usize, last: usize): void {
  for (let at: usize = 0; at < 4 * BLOCK; at += BLOCK)
    v128.store(at + CRYPTO_RAW_KEY, i64x2.splat(0));
  fourBlocks(key, last, CRYPTO_RAW_KEY);
  v128.store(key, v128.load(CRYPTO_RAW_KEY), CRYPTO_KEY_HASH);
}

/** SubBytes of four octets. */
function substituteWord(word: u32): u32 {
  const mapped = Step.map(i32x4.splat(word), v128.load(INPUT_LOW), v128.load(INPUT_HIGH));
  return i32x4.extract_lane(v128.xor(substituted(mapped), i8x16.splat(SUB_CONSTANT)), 0);
}
