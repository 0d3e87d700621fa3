// Poly1305 (RFC 8439 section 2.5): the number modulo 2^130 - 5 in five limbs of 26 bits, products of 64. Constant time: no branch
// and no address depends on key or text; the last reduction is a choice by masks.

import { CRYPTO_TAG } from "../../src/abi/quic-crypto";

const LIMB: u64 = 0x3ffffff;

/** The sum while it runs, and the key r. */
@unmanaged
class State {
  h0: u64;
  h1: u64;
  h2: u64;
  h3: u64;
  h4: u64;
  r0: u64;
  r1: u64;
  r2: u64;
  r3: u64;
  r4: u64;
}

const STATE: usize = memory.data(80, 16);
/** Room for one block. */
const BLOCK: usize = memory.data(16, 16);

/** Begins with the first half of the 32 octets at `key`, with the bits cleared that RFC 8439 section 2.5 says. */
export function polyBegin(key: usize): void {
  const state = changetype<State>(STATE);
  const low = load<u64>(key) & 0x0ffffffc0fffffff;
  const high = load<u64>(key, 8) & 0x0ffffffc0ffffffc;
  state.h0 = 0;
  state.h1 = 0;
  state.h2 = 0;
  state.h3 = 0;
  state.h4 = 0;
  state.r0 = low & LIMB;
  state.r1 = (low >> 26) & LIMB;
  state.r2 = ((low >> 52) | (high << 12)) & LIMB;
  state.r3 = (high >> 14) & LIMB;
  state.r4 = high >> 40;
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

/** Takes whole blocks. */
function polyBlocks(at: usize, length: u32): void {
  const state = changetype<State>(STATE);
  const r0 = state.r0;
  const r1 = state.r1;
  const r2 = state.r2;
  const r3 = state.r3;
  const r4 = state.r4;
  const s1 = r1 * 5;
  const s2 = r2 * 5;
  const s3 = r3 * 5;
  const s4 = r4 * 5;
  let h0 = state.h0;
  let h1 = state.h1;
  let h2 = state.h2;
  let h3 = state.h3;
  let h4 = state.h4;
  for (const end = at + length; at < end; at += 16) {
    const low = load<u64>(at);
    const high = load<u64>(at, 8);
    h0 += low & LIMB;
    h1 += (low >> 26) & LIMB;
    h2 += ((low >> 52) | (high << 12)) & LIMB;
    h3 += (high >> 14) & LIMB;
    h4 += (high >> 40) | (1 << 24);

    const d0 = h0 * r0 + h1 * s4 + h2 * s3 + h3 * s2 + h4 * s1;
    let d1 = h0 * r1 + h1 * r0 + h2 * s4 + h3 * s3 + h4 * s2;
    let d2 = h0 * r2 + h1 * r1 + h2 * r0 + h3 * s4 + h4 * s3;
    let d3 = h0 * r3 + h1 * r2 + h2 * r1 + h3 * r0 + h4 * s4;
    let d4 = h0 * r4 + h1 * r3 + h2 * r2 + h3 * r1 + h4 * r0;

    d1 += d0 >> 26;
    d2 += d1 >> 26;
    d3 += d2 >> 26;
    d4 += d3 >> 26;
    h0 = (d0 & LIMB) + (d4 >> 26) * 5;
    h1 = (d1 & LIMB) + (h0 >> 26);
    h0 &= LIMB;
    h2 = d2 & LIMB;
    h3 = d3 & LIMB;
    h4 = d4 & LIMB;
  }
  state.h0 = h0;
  state.h1 = h1;
  state.h2 = h2;
  state.h3 = h3;
  state.h4 = h4;
}

/** Ends: the tag, with the second half of the key added, to CRYPTO_TAG. */
export function polyEnd(key: usize): void {
  const state = changetype<State>(STATE);
  let h1 = state.h1;
  let h2 = state.h2 + (h1 >> 26);
  let h3 = state.h3 + (h2 >> 26);
  let h4 = state.h4 + (h3 >> 26);
  let h0 = state.h0 + (h4 >> 26) * 5;
  h1 = (h1 & LIMB) + (h0 >> 26);
  h0 &= LIMB;
  h2 = (h2 & LIMB) + (h1 >> 26);
  h1 &= LIMB;
  h3 &= LIMB;
  h4 &= LIMB;

  // h + 5 - 2^130 where that is not negative, else h.
  let g0 = h0 + 5;
  let g1 = h1 + (g0 >> 26);
  let g2 = h2 + (g1 >> 26);
  let g3 = h3 + (g2 >> 26);
  const g4 = h4 + (g3 >> 26) - (1 << 26);
  const keep: u64 = <u64>(<i64>g4 >> 63);
  const low0 = (h0 & keep) | (g0 & LIMB & ~keep);
  const low1 = (h1 & keep) | (g1 & LIMB & ~keep);
  const low2 = (h2 & keep) | (g2 & LIMB & ~keep);
  const low3 = (h3 & keep) | (g3 & LIMB & ~keep);
  const low4 = (h4 & keep) | (g4 & ~keep);

  const low = low0 | (low1 << 26) | (low2 << 52);
  const high = (low2 >> 12) | (low3 << 14) | (low4 << 40);
  const sum = low + load<u64>(key, 16);
  const carry = ((low & ~sum) | ((low | ~sum) & load<u64>(key, 16))) >> 63;
  store<u64>(CRYPTO_TAG, sum);
  store<u64>(CRYPTO_TAG, high + load<u64>(key, 24) + carry, 8);
}
