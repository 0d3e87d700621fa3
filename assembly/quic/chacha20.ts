// ChaCha20 (RFC 8439 sections 2.3 and 2.4), four blocks at a time: each of the 16 words of a block is a vector of four lanes, one
// of each block. Additions, exclusive ors and rotations alone: constant time by construction. Also header protection's masks
// (RFC 9001 section 5.4.4): there the lanes have samples of their own.

import { Poly } from "./poly1305";

/** "expand 32-byte k", four words. */
const CONSTANT_0: u32 = 0x61707865;
const CONSTANT_1: u32 = 0x3320646e;
const CONSTANT_2: u32 = 0x79622d32;
const CONSTANT_3: u32 = 0x6b206574;

/** The rotations: two of them move whole octets. */
abstract class Rotate {
  @inline static by16(x: v128): v128 {
    return v128.swizzle(x, i8x16(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
  }

  @inline static by12(x: v128): v128 {
    return v128.or(v128.shl<u32>(x, 12), v128.shr<u32>(x, 20));
  }

  @inline static by8(x: v128): v128 {
    return v128.swizzle(x, i8x16(3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14));
  }

  @inline static by7(x: v128): v128 {
    return v128.or(v128.shl<u32>(x, 7), v128.shr<u32>(x, 25));
  }
}

/**
 * Key octets of four blocks to `to`, from this counter on. Meanwhile Poly1305 takes the blocks of 16 octets in [text, end), as many
 * as it can: two kinds of work that have little to wait for each other (measured: a third less than one after the other).
 * @returns place behind the blocks that it took
 */
export function chachaStream(
  key: usize,
  nonce: usize,
  counter: u32,
  to: usize,
  text: usize,
  end: usize,
): usize {
  return fourBlocks(
    key,
    i32x4.add(i32x4.splat(counter), i32x4(0, 1, 2, 3)),
    v128.load32_splat(nonce),
    v128.load32_splat(nonce, 4),
    v128.load32_splat(nonce, 8),
    to,
    text,
    end,
  );
}

/** Makes the masks of `count` samples at `at`, in place: of each 16 octets the first are the mask. */
export function chachaMasks(key: usize, at: usize, count: u32): void {
  const end = at + ((<usize>count) << 4);
  for (; at < end; at += 64) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    // Lanes and vectors change places: the counters first, then the three words of the nonces.
    const ab = v128.shuffle<u32>(a, b, 0, 4, 1, 5);
    const cd = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
    const ab2 = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
    const cd2 = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
    fourBlocks(
      key,
      v128.shuffle<u64>(ab, cd, 0, 2),
      v128.shuffle<u64>(ab, cd, 1, 3),
      v128.shuffle<u64>(ab2, cd2, 0, 2),
      v128.shuffle<u64>(ab2, cd2, 1, 3),
      MASKS,
      0,
      0,
    );
    v128.store(at, v128.load(MASKS));
    v128.store(at, v128.load(MASKS, 64), 16);
    v128.store(at, v128.load(MASKS, 128), 32);
    v128.store(at, v128.load(MASKS, 192), 48);
  }
}

/** Room for four blocks. */
const MASKS: usize = memory.data(256, 16);

/** Four blocks to `to`, one behind the other; and Poly1305 on the way, as chachaStream says. */
function fourBlocks(
  key: usize,
  count: v128,
  n0: v128,
  n1: v128,
  n2: v128,
  to: usize,
  text: usize,
  end: usize,
): usize {
  let x0 = i32x4.splat(CONSTANT_0);
  let x1 = i32x4.splat(CONSTANT_1);
  let x2 = i32x4.splat(CONSTANT_2);
  let x3 = i32x4.splat(CONSTANT_3);
  let x4 = v128.load32_splat(key);
  let x5 = v128.load32_splat(key, 4);
  let x6 = v128.load32_splat(key, 8);
  let x7 = v128.load32_splat(key, 12);
  let x8 = v128.load32_splat(key, 16);
  let x9 = v128.load32_splat(key, 20);
  let x10 = v128.load32_splat(key, 24);
  let x11 = v128.load32_splat(key, 28);
  let x12 = count;
  let x13 = n0;
  let x14 = n1;
  let x15 = n2;
  for (let round: u32 = 0; round < 10; round++) {
    // The columns, step by step of the quarter round.
    x0 = i32x4.add(x0, x4);
    x1 = i32x4.add(x1, x5);
    x2 = i32x4.add(x2, x6);
    x3 = i32x4.add(x3, x7);
    x12 = Rotate.by16(v128.xor(x12, x0));
    x13 = Rotate.by16(v128.xor(x13, x1));
    x14 = Rotate.by16(v128.xor(x14, x2));
    x15 = Rotate.by16(v128.xor(x15, x3));
    x8 = i32x4.add(x8, x12);
    x9 = i32x4.add(x9, x13);
    x10 = i32x4.add(x10, x14);
    x11 = i32x4.add(x11, x15);
    x4 = Rotate.by12(v128.xor(x4, x8));
    x5 = Rotate.by12(v128.xor(x5, x9));
    x6 = Rotate.by12(v128.xor(x6, x10));
    x7 = Rotate.by12(v128.xor(x7, x11));
    x0 = i32x4.add(x0, x4);
    x1 = i32x4.add(x1, x5);
    x2 = i32x4.add(x2, x6);
    x3 = i32x4.add(x3, x7);
    x12 = Rotate.by8(v128.xor(x12, x0));
    x13 = Rotate.by8(v128.xor(x13, x1));
    x14 = Rotate.by8(v128.xor(x14, x2));
    x15 = Rotate.by8(v128.xor(x15, x3));
    x8 = i32x4.add(x8, x12);
    x9 = i32x4.add(x9, x13);
    x10 = i32x4.add(x10, x14);
    x11 = i32x4.add(x11, x15);
    x4 = Rotate.by7(v128.xor(x4, x8));
    x5 = Rotate.by7(v128.xor(x5, x9));
    x6 = Rotate.by7(v128.xor(x6, x10));
    x7 = Rotate.by7(v128.xor(x7, x11));
    if (text < end) {
      Poly.block(text);
      text += 16;
    }
    // The diagonals.
    x0 = i32x4.add(x0, x5);
    x1 = i32x4.add(x1, x6);
    x2 = i32x4.add(x2, x7);
    x3 = i32x4.add(x3, x4);
    x15 = Rotate.by16(v128.xor(x15, x0));
    x12 = Rotate.by16(v128.xor(x12, x1));
    x13 = Rotate.by16(v128.xor(x13, x2));
    x14 = Rotate.by16(v128.xor(x14, x3));
    x10 = i32x4.add(x10, x15);
    x11 = i32x4.add(x11, x12);
    x8 = i32x4.add(x8, x13);
    x9 = i32x4.add(x9, x14);
    x5 = Rotate.by12(v128.xor(x5, x10));
    x6 = Rotate.by12(v128.xor(x6, x11));
    x7 = Rotate.by12(v128.xor(x7, x8));
    x4 = Rotate.by12(v128.xor(x4, x9));
    x0 = i32x4.add(x0, x5);
    x1 = i32x4.add(x1, x6);
    x2 = i32x4.add(x2, x7);
    x3 = i32x4.add(x3, x4);
    x15 = Rotate.by8(v128.xor(x15, x0));
    x12 = Rotate.by8(v128.xor(x12, x1));
    x13 = Rotate.by8(v128.xor(x13, x2));
    x14 = Rotate.by8(v128.xor(x14, x3));
    x10 = i32x4.add(x10, x15);
    x11 = i32x4.add(x11, x12);
    x8 = i32x4.add(x8, x13);
    x9 = i32x4.add(x9, x14);
    x5 = Rotate.by7(v128.xor(x5, x10));
    x6 = Rotate.by7(v128.xor(x6, x11));
    x7 = Rotate.by7(v128.xor(x7, x8));
    x4 = Rotate.by7(v128.xor(x4, x9));
    if (text < end) {
      Poly.block(text);
      text += 16;
    }
  }
  const key0 = v128.load32_splat(key);
  const key1 = v128.load32_splat(key, 4);
  const key2 = v128.load32_splat(key, 8);
  const key3 = v128.load32_splat(key, 12);
  x0 = i32x4.add(x0, i32x4.splat(CONSTANT_0));
  x1 = i32x4.add(x1, i32x4.splat(CONSTANT_1));
  x2 = i32x4.add(x2, i32x4.splat(CONSTANT_2));
  x3 = i32x4.add(x3, i32x4.splat(CONSTANT_3));
  putColumns(to, x0, x1, x2, x3);
  putColumns(
    to + 16,
    i32x4.add(x4, key0),
    i32x4.add(x5, key1),
    i32x4.add(x6, key2),
    i32x4.add(x7, key3),
  );
  x8 = i32x4.add(x8, v128.load32_splat(key, 16));
  x9 = i32x4.add(x9, v128.load32_splat(key, 20));
  x10 = i32x4.add(x10, v128.load32_splat(key, 24));
  x11 = i32x4.add(x11, v128.load32_splat(key, 28));
  putColumns(to + 32, x8, x9, x10, x11);
  putColumns(
    to + 48,
    i32x4.add(x12, count),
    i32x4.add(x13, n0),
    i32x4.add(x14, n1),
    i32x4.add(x15, n2),
  );
  return text;
}

/** Four words of four blocks: lane n of each vector belongs to block n. */
function putColumns(to: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab = v128.shuffle<u32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
  const ab2 = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
  const cd2 = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<u64>(ab, cd, 0, 2));
  v128.store(to, v128.shuffle<u64>(ab, cd, 1, 3), 64);
  v128.store(to, v128.shuffle<u64>(ab2, cd2, 0, 2), 128);
  v128.store(to, v128.shuffle<u64>(ab2, cd2, 1, 3), 192);
}
