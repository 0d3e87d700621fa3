// SHA-256, SHA-384 and SHA-512 (FIPS 180-4 section 6), and HMAC with them (RFC 2104). No branch and no address depends on the
// data: the time is that of the lengths.

import {
  CRYPTO_HASH,
  CRYPTO_HASH_PAD,
  CRYPTO_HASH_RESULT,
  HashKind,
} from "../../src/abi/quic-crypto";

/**
 * The constants of the rounds: 64 bits behind the point of the cube roots of the first 80 primes. SHA-256 has the first 32 of
 * the first 64.
 */
const ROUNDS: usize = memory.data<u64>(
  [
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
    0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
    0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
    0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
    0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
    0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
    0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
    0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
    0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
    0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
    0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
    0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
    0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
    0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
  ],
  16,
);

/**
 * 64 bits behind the point of the square roots of the first 16 primes: the first eight begin SHA-512, the others SHA-384;
 * SHA-256 has the first 32 of the first eight.
 */
const STARTS: usize = memory.data<u64>(
  [
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
    0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
    0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4,
  ],
  16,
);

/** What the key of HMAC is added to, on the inner side and on the outer. */
const INNER: i8 = 0x36;
const OUTER: i8 = 0x5c;

/** The message schedule of one block. */
const SCHEDULE: usize = memory.data(80 * 8, 16);

/** Octets of a block. */
function blockLength(kind: u32): u32 {
  return kind == <u32>HashKind.Sha256 ? 64 : 128;
}

/** Octets of a hash. */
function hashLength(kind: u32): u32 {
  return kind == <u32>HashKind.Sha256 ? 32 : kind == <u32>HashKind.Sha384 ? 48 : 64;
}

/** Begins: the state at CRYPTO_HASH. */
export function hashBegin(kind: u32): void {
  const from: usize = kind == <u32>HashKind.Sha384 ? STARTS + 64 : STARTS;
  for (let n: usize = 0; n < 8; n++) {
    if (kind == <u32>HashKind.Sha256)
      store<u32>((n << 2) + CRYPTO_HASH, load<u32>((n << 3) + from, 4));
    else store<u64>((n << 3) + CRYPTO_HASH, load<u64>((n << 3) + from));
  }
}

/** Takes `count` whole blocks from `at` on. */
export function hashBlocks(kind: u32, at: usize, count: u32): void {
  if (kind == <u32>HashKind.Sha256) sha256(at, count);
  else sha512(at, count);
}

/**
 * Ends with the last octets, fewer than a block. `low` and `high` are the octets of the whole message. The hash stands at
 * CRYPTO_HASH_RESULT.
 */
export function hashEnd(kind: u32, at: usize, rest: u32, low: u32, high: u32): void {
  const block = blockLength(kind);
  const lengths = block >> 3;
  const count: u32 = rest + 1 + lengths > block ? 2 : 1;
  const end = <usize>(count * block) + CRYPTO_HASH_PAD;
  for (let to: usize = CRYPTO_HASH_PAD; to < end; to += 16) v128.store(to, i64x2.splat(0));
  memory.copy(CRYPTO_HASH_PAD, at, rest);
  store<u8>(<usize>rest + CRYPTO_HASH_PAD, 0x80);
  store<u64>(end - 8, bswap<u64>((((<u64>high) << 32) | low) << 3));
  hashBlocks(kind, CRYPTO_HASH_PAD, count);
  for (let n: usize = 0; n < 64; n += 8) {
    const word = load<u64>(n + CRYPTO_HASH);
    const swapped = bswap<u64>(word);
    store<u64>(
      n + CRYPTO_HASH_RESULT,
      kind == <u32>HashKind.Sha256 ? rotr<u64>(swapped, 32) : swapped,
    );
  }
}

/** The hash of [at, at + length), behind a block of its own at CRYPTO_HASH_PAD. */
function behindPad(kind: u32, at: usize, length: u32): void {
  const block = blockLength(kind);
  hashBegin(kind);
  hashBlocks(kind, CRYPTO_HASH_PAD, 1);
  const count = length / block;
  hashBlocks(kind, at, count);
  const whole = count * block;
  hashEnd(kind, at + whole, length - whole, block + length, 0);
}

/** The key at `key`, at most a block of it, with each octet of its block added to `pad`. */
function putPad(kind: u32, key: usize, keyLength: u32, pad: i8): void {
  const end = <usize>blockLength(kind) + CRYPTO_HASH_PAD;
  for (let to: usize = CRYPTO_HASH_PAD; to < end; to += 16) v128.store(to, i64x2.splat(0));
  memory.copy(CRYPTO_HASH_PAD, key, keyLength);
  for (let to: usize = CRYPTO_HASH_PAD; to < end; to += 16)
    v128.store(to, v128.xor(v128.load(to), i8x16.splat(pad)));
}

/** The HMAC of [at, at + length), to CRYPTO_HASH_RESULT. The key has not more octets than a block. */
export function hmac(kind: u32, key: usize, keyLength: u32, at: usize, length: u32): void {
  putPad(kind, key, keyLength, INNER);
  behindPad(kind, at, length);
  putPad(kind, key, keyLength, OUTER);
  const inner = hashLength(kind);
  memory.copy(INNER_HASH, CRYPTO_HASH_RESULT, inner);
  behindPad(kind, INNER_HASH, inner);
}

/** Room for a hash. */
const INNER_HASH: usize = memory.data(64, 16);

/** Takes `count` blocks of 64 octets from `at` on into the state of eight 32-bit words at CRYPTO_HASH. */
function sha256(at: usize, count: u32): void {
  for (; count > 0; count--, at += 64) {
    schedule256(at);
    let a = load<u32>(CRYPTO_HASH);
    let b = load<u32>(CRYPTO_HASH, 4);
    let c = load<u32>(CRYPTO_HASH, 8);
    let d = load<u32>(CRYPTO_HASH, 12);
    let e = load<u32>(CRYPTO_HASH, 16);
    let f = load<u32>(CRYPTO_HASH, 20);
    let g = load<u32>(CRYPTO_HASH, 24);
    let h = load<u32>(CRYPTO_HASH, 28);
    for (let n: usize = 0; n < 64; n++) {
      const choice = (e & f) ^ (~e & g);
      const majority = (a & b) ^ (a & c) ^ (b & c);
      const sumE = rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25);
      const sumA = rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22);
      const constant = load<u32>((n << 3) + ROUNDS, 4);
      const first = h + sumE + choice + constant + load<u32>((n << 2) + SCHEDULE);
      h = g;
      g = f;
      f = e;
      e = d + first;
      d = c;
      c = b;
      b = a;
      a = first + sumA + majority;
    }
    add32(0, a);
    add32(4, b);
    add32(8, c);
    add32(12, d);
    add32(16, e);
    add32(20, f);
    add32(24, g);
    add32(28, h);
  }
}

function schedule256(at: usize): void {
  for (let n: usize = 0; n < 64; n += 4) store<u32>(SCHEDULE + n, bswap(load<u32>(at + n)));
  for (let to: usize = SCHEDULE + 64; to < SCHEDULE + 256; to += 4) {
    const x = load<u32>(to - 60);
    const y = load<u32>(to - 8);
    const small0 = rotr<u32>(x, 7) ^ rotr<u32>(x, 18) ^ (x >> 3);
    const small1 = rotr<u32>(y, 17) ^ rotr<u32>(y, 19) ^ (y >> 10);
    store<u32>(to, load<u32>(to - 64) + small0 + load<u32>(to - 28) + small1);
  }
}

function add32(place: usize, word: u32): void {
  store<u32>(place, load<u32>(place, CRYPTO_HASH) + word, CRYPTO_HASH);
}

/** Takes `count` blocks of 128 octets from `at` on into the state of eight 64-bit words at CRYPTO_HASH. */
function sha512(at: usize, count: u32): void {
  for (; count > 0; count--, at += 128) {
    schedule512(at);
    let a = load<u64>(CRYPTO_HASH);
    let b = load<u64>(CRYPTO_HASH, 8);
    let c = load<u64>(CRYPTO_HASH, 16);
    let d = load<u64>(CRYPTO_HASH, 24);
    let e = load<u64>(CRYPTO_HASH, 32);
    let f = load<u64>(CRYPTO_HASH, 40);
    let g = load<u64>(CRYPTO_HASH, 48);
    let h = load<u64>(CRYPTO_HASH, 56);
    for (let n: usize = 0; n < 640; n += 8) {
      const choice = (e & f) ^ (~e & g);
      const majority = (a & b) ^ (a & c) ^ (b & c);
      const sumE = rotr<u64>(e, 14) ^ rotr<u64>(e, 18) ^ rotr<u64>(e, 41);
      const sumA = rotr<u64>(a, 28) ^ rotr<u64>(a, 34) ^ rotr<u64>(a, 39);
      const first = h + sumE + choice + load<u64>(n + ROUNDS) + load<u64>(n + SCHEDULE);
      h = g;
      g = f;
      f = e;
      e = d + first;
      d = c;
      c = b;
      b = a;
      a = first + sumA + majority;
    }
    add64(0, a);
    add64(8, b);
    add64(16, c);
    add64(24, d);
    add64(32, e);
    add64(40, f);
    add64(48, g);
    add64(56, h);
  }
}

function schedule512(at: usize): void {
  for (let n: usize = 0; n < 128; n += 8) store<u64>(SCHEDULE + n, bswap(load<u64>(at + n)));
  for (let to: usize = SCHEDULE + 128; to < SCHEDULE + 640; to += 8) {
    const x = load<u64>(to - 120);
    const y = load<u64>(to - 16);
    const small0 = rotr<u64>(x, 1) ^ rotr<u64>(x, 8) ^ (x >> 7);
    const small1 = rotr<u64>(y, 19) ^ rotr<u64>(y, 61) ^ (y >> 6);
    store<u64>(to, load<u64>(to - 128) + small0 + load<u64>(to - 56) + small1);
  }
}

function add64(place: usize, word: u64): void {
  store<u64>(place, load<u64>(place, CRYPTO_HASH) + word, CRYPTO_HASH);
}
