// Poly1305 (RFC 8439 section 2.5): the number modulo 2^130 - 5 in four words of 32 bits and what is above them, products of 64
// bits. Constant time: no branch and no address depends on key or text; the last reduction is a choice by masks.
//
// The key r has been cleared in its bits so that r1, r2 and r3 are multiples of 4. What a product has from 2^128 on comes back
// below as 5/4 of it, and that is a whole number for these words. r0 is cut in two: 4 times its upper part, and its last bits.

import { CRYPTO_TAG } from "../../src/abi/quic-crypto";

const WORD: u64 = 0xffffffff;

/** The sum while it runs, and the key r. */
@unmanaged
class State {
  h0: u64;
  h1: u64;
  h2: u64;
  h3: u64;
  /** From 2^128 on: a few bits. */
  h4: u64;
  r0: u64;
  r1: u64;
  r2: u64;
  r3: u64;
  /** 5/4 of the words of r, and what is left of r0. */
  q0: u64;
  q1: u64;
  q2: u64;
  q3: u64;
  rest: u64;
}

const STATE: usize = memory.data(112, 16);
/** Room for one block. */
const BLOCK: usize = memory.data(16, 16);

/** Begins with the first half of the 32 octets at `key`, with the bits cleared that RFC 8439 section 2.5 says. */
export function polyBegin(key: usize): void {
  const state = changetype<State>(STATE);
  state.h0 = 0;
  state.h1 = 0;
  state.h2 = 0;
  state.h3 = 0;
  state.h4 = 0;
  const r0 = load<u32>(key) & 0x0fffffff;
  const r1 = load<u32>(key, 4) & 0x0ffffffc;
  const r2 = load<u32>(key, 8) & 0x0ffffffc;
  const r3 = load<u32>(key, 12) & 0x0ffffffc;
  state.r0 = r0;
  state.r1 = r1;
  state.r2 = r2;
  state.r3 = r3;
  state.q0 = (r0 >> 2) * 5;
  state.q1 = r1 + (r1 >> 2);
  state.q2 = r2 + (r2 >> 2);
  state.q3 = r3 + (r3 >> 2);
  state.rest = r0 & 3;
}

/** One block, with all of the state in memory: for those who have no registers to spare. */
export abstract class Poly {
  /** h = (h + block + 2^128) * r */
  @inline static block(at: usize): void {
    const state = changetype<State>(STATE);
    // 33 bits at most, and r has 28: four products and one of few bits fit in 64.
    const h0 = state.h0 + load<u32>(at);
    const h1 = state.h1 + load<u32>(at, 4);
    const h2 = state.h2 + load<u32>(at, 8);
    const h3 = state.h3 + load<u32>(at, 12);
    const h4 = state.h4 + 1;
    const x0 = h0 * state.r0 + h1 * state.q3 + h2 * state.q2 + h3 * state.q1 + h4 * state.q0;
    const x1 = h0 * state.r1 + h1 * state.r0 + h2 * state.q3 + h3 * state.q2 + h4 * state.q1;
    const x2 = h0 * state.r2 + h1 * state.r1 + h2 * state.r0 + h3 * state.q3 + h4 * state.q2;
    const x3 = h0 * state.r3 + h1 * state.r2 + h2 * state.r1 + h3 * state.r0 + h4 * state.q3;
    const x4 = h4 * state.rest + (x3 >> 32);
    const y0 = (x0 & WORD) + (x4 >> 2) * 5;
    const y1 = (x1 & WORD) + (x0 >> 32) + (y0 >> 32);
    const y2 = (x2 & WORD) + (x1 >> 32) + (y1 >> 32);
    const y3 = (x3 & WORD) + (x2 >> 32) + (y2 >> 32);
    state.h0 = y0 & WORD;
    state.h1 = y1 & WORD;
    state.h2 = y2 & WORD;
    state.h3 = y3 & WORD;
    state.h4 = (x4 & 3) + (y3 >> 32);
  }
}

/** Takes [at, at + length), and zeros to the next multiple of 16, as AEAD_CHACHA20_POLY1305 does (RFC 8439 section 2.8). */
export function polyPadded(at: usize, length: u32): void {
  const whole = length & ~15;
  polyBlocks(at, whole);
  if (whole == length) return;
  v128.store(BLOCK, i64x2.splat(0));
  memory.copy(BLOCK, at + whole, length - whole);
  polyBlocks(BLOCK, 16);
}

/** Takes the two lengths. */
export function polyLengths(aadLength: u32, length: u32): void {
  store<u64>(BLOCK, aadLength);
  store<u64>(BLOCK, length, 8);
  polyBlocks(BLOCK, 16);
}

/** For its test: the tag of whole blocks with the key of 32 octets at `key`, to CRYPTO_TAG. */
export function kernelPoly(key: usize, at: usize, length: u32): void {
  polyBegin(key);
  polyBlocks(at, length & ~15);
  polyEnd(key);
}

/** Takes whole blocks. */
function polyBlocks(at: usize, length: u32): void {
  for (const end = at + length; at < end; at += 16) Poly.block(at);
}

/** Ends: the tag, with the second half of the key added, to CRYPTO_TAG. */
export function polyEnd(key: usize): void {
  const state = changetype<State>(STATE);
  // Once more what is above 2^130; then h is less than 2^130 and a little.
  const h0 = state.h0 + (state.h4 >> 2) * 5;
  const h1 = state.h1 + (h0 >> 32);
  const h2 = state.h2 + (h1 >> 32);
  const h3 = state.h3 + (h2 >> 32);
  const h4 = (state.h4 & 3) + (h3 >> 32);

  // h + 5: from 2^130 on that is h - (2^130 - 5), else h is what counts.
  const g0 = (h0 & WORD) + 5;
  const g1 = (h1 & WORD) + (g0 >> 32);
  const g2 = (h2 & WORD) + (g1 >> 32);
  const g3 = (h3 & WORD) + (g2 >> 32);
  const over: u64 = 0 - ((h4 + (g3 >> 32)) >> 2);

  const low = chosen(over, wordOf(g0, g1), wordOf(h0, h1));
  const high = chosen(over, wordOf(g2, g3), wordOf(h2, h3));
  const addend = load<u64>(key, 16);
  const sum = low + addend;
  const carry = ((low & addend) | ((low | addend) & ~sum)) >> 63;
  store<u64>(CRYPTO_TAG, sum);
  store<u64>(CRYPTO_TAG, high + load<u64>(key, 24) + carry, 8);
}

function wordOf(low: u64, high: u64): u64 {
  return (low & WORD) | (high << 32);
}

/** `one` where the mask has all bits, `other` where it has none. */
function chosen(mask: u64, one: u64, other: u64): u64 {
  return (one & mask) | (other & ~mask);
}
