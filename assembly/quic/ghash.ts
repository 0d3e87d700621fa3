// GHASH (NIST SP 800-38D section 6.4) of one text, with a whole 64 by 64 bit multiplication that has no carries.
//
// Constant time: no look-up. i64.mul multiplies numbers in which three of four bits are 0, so that no carry reaches the next bit
// that counts; four such products, of bits 0, 4, 8 ... with bits 1, 5, 9 ... and so on, give one class of bits of the sum. That
// is the low half; the high half is the low half of the numbers in reverse. Three products of 64 bits make one of 128
// (Karatsuba).
// i64.mul takes the same time whatever its operands are on every processor that SIMD in WASM runs on.

/** Bits 0, 4, 8 ...; shifted, the other three classes. */
const EVERY_FOURTH: u64 = 0x1111111111111111;

/** The hash while it runs: 16 octets, in two words with the first octet on top. */
@unmanaged
class Hash {
  high: u64;
  low: u64;
}

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

/** The bits in the other order. */
function reversed(x: u64): u64 {
  x = ((x >> 1) & 0x5555555555555555) | ((x & 0x5555555555555555) << 1);
  x = ((x >> 2) & 0x3333333333333333) | ((x & 0x3333333333333333) << 2);
  x = ((x >> 4) & 0x0f0f0f0f0f0f0f0f) | ((x & 0x0f0f0f0f0f0f0f0f) << 4);
  return bswap(x);
}

/**
 * Takes [at, at + length) into the hash at `state`; the last block may be short, and 0 follows. Up to 15 octets behind are read
 * and do not count. `key` is the hash key.
 */
export function ghash(state: usize, key: usize, at: usize, length: u32): void {
  const hash = changetype<Hash>(state);
  const h1 = bswap(load<u64>(key));
  const h0 = bswap(load<u64>(key, 8));
  const h2 = h0 ^ h1;
  const r0 = reversed(h0);
  const r1 = reversed(h1);
  const r2 = r0 ^ r1;
  let y1 = hash.high;
  let y0 = hash.low;
  let rest = length;
  while (rest > 0) {
    y1 ^= bswap(partial(load<u64>(at), rest));
    y0 ^= bswap(partial(load<u64>(at, 8), rest > 8 ? rest - 8 : 0));
    at += 16;
    rest = rest > 16 ? rest - 16 : 0;

    const s1 = reversed(y1);
    const s0 = reversed(y0);
    const a = multiplyLow(y0, h0);
    const b = multiplyLow(y1, h1);
    const c = multiplyLow(y0 ^ y1, h2) ^ a ^ b;
    const d = multiplyLow(s0, r0);
    const e = multiplyLow(s1, r1);
    const f = multiplyLow(s0 ^ s1, r2) ^ d ^ e;

    // GHASH counts bits from the other end: all 255 bits move by one, and what is too high comes back below.
    let v0 = a;
    let v1 = (reversed(d) >> 1) ^ c;
    let v2 = (reversed(f) >> 1) ^ b;
    let v3 = reversed(e) >> 1;
    v3 = (v3 << 1) | (v2 >> 63);
    v2 = (v2 << 1) | (v1 >> 63);
    v1 = (v1 << 1) | (v0 >> 63);
    v0 <<= 1;
    v2 ^= v0 ^ (v0 >> 1) ^ (v0 >> 2) ^ (v0 >> 7);
    v1 ^= (v0 << 63) ^ (v0 << 62) ^ (v0 << 57);
    v3 ^= v1 ^ (v1 >> 1) ^ (v1 >> 2) ^ (v1 >> 7);
    v2 ^= (v1 << 63) ^ (v1 << 62) ^ (v1 << 57);
    y0 = v2;
    y1 = v3;
  }
  hash.high = y1;
  hash.low = y0;
}

/** The first `count` octets of a word, 0 behind them. */
function partial(word: u64, count: u32): u64 {
  if (count >= 8) return word;
  return word & (((<u64>1) << (count << 3)) - 1);
}
