// The SIMD words: find the first byte that is not of a class, 16 bytes a step.
//
// Contract: the byte at the end of the input is a sentinel 0, and 16 bytes behind it may be read. No
// class here holds 0, so that every scan stops at the sentinel at the latest and needs no bounds
// check. Each kernel equals its scalar twin (test/h1/kernels.test.ts).

import { Ascii, HTAB, is, REG_NAME, SP, TARGET, TOKEN } from "./ascii";

/** Bits of the lanes that are not in a nibble-table class. */
function outside(bytes: v128, low: v128, high: v128): u32 {
  const lowBits = i8x16.swizzle(low, v128.and(bytes, i8x16.splat(15)));
  const highBits = i8x16.swizzle(high, i8x16.shr_u(bytes, 4));
  return <u32>i8x16.bitmask(i8x16.eq(v128.and(lowBits, highBits), i8x16.splat(0)));
}

/** Bits of those of the next 16 bytes that are a colon. */
export function colonMask(at: usize): u32 {
  return <u32>i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(0x3a)));
}

/** Bits of those of the next 16 bytes that are no token character. */
export function nonTokenMask(at: usize): u32 {
  return outside(v128.load(at), v128.load(Ascii.tokenLow), v128.load(Ascii.high));
}

/** First byte from `at` on that is no token character. */
export function tokenEnd(at: usize): usize {
  const low = v128.load(Ascii.tokenLow);
  const high = v128.load(Ascii.high);
  let mask = outside(v128.load(at), low, high);
  while (mask == 0) {
    at += 16;
    mask = outside(v128.load(at), low, high);
  }
  return at + ctz(mask);
}

/** First byte from `at` on that may not stand plainly in a target: "%" stops it, too. */
export function targetEnd(at: usize): usize {
  const low = v128.load(Ascii.targetLow);
  const high = v128.load(Ascii.high);
  let mask = outside(v128.load(at), low, high);
  while (mask == 0) {
    at += 16;
    mask = outside(v128.load(at), low, high);
  }
  return at + ctz(mask);
}

/** Bits of the lanes that end or spoil a field value: controls but HTAB, and DEL. */
function valueStops(bytes: v128): u32 {
  const controls = i8x16.lt_u(bytes, i8x16.splat(0x20));
  const tabs = i8x16.eq(bytes, i8x16.splat(<i8>HTAB));
  const deletes = i8x16.eq(bytes, i8x16.splat(0x7f));
  return <u32>i8x16.bitmask(v128.or(v128.andnot(controls, tabs), deletes));
}

/** First byte from `at` on that ends or spoils a field value: CR, LF, NUL, another control, DEL. */
export function valueEnd(at: usize): usize {
  let mask = valueStops(v128.load(at));
  while (mask == 0) {
    at += 16;
    mask = valueStops(v128.load(at));
  }
  return at + ctz(mask);
}

/** Bits of the lanes that end a plain value: all controls, HTAB among them, and DEL. */
function plainStops(bytes: v128): u32 {
  const controls = i8x16.eq(i8x16.min_u(bytes, i8x16.splat(0x1f)), bytes);
  return <u32>i8x16.bitmask(v128.or(controls, i8x16.eq(bytes, i8x16.splat(0x7f))));
}

/** First byte from `at` on that is a control or DEL: one step cheaper than valueEnd. */
export function plainValueEnd(at: usize): usize {
  let mask = plainStops(v128.load(at));
  while (mask == 0) {
    at += 16;
    mask = plainStops(v128.load(at));
  }
  return at + ctz(mask);
}

/** First byte from `at` on that a registered name may not hold plainly ("%", ":" and "[" stop it, too). */
export function regNameEnd(at: usize): usize {
  const low = v128.load(Ascii.regNameLow);
  const high = v128.load(Ascii.high);
  let mask = outside(v128.load(at), low, high);
  while (mask == 0) {
    at += 16;
    mask = outside(v128.load(at), low, high);
  }
  return at + ctz(mask);
}

// The scalar twins: what the kernels mean, byte by byte. Only tests call them.

export function tokenEndScalar(at: usize): usize {
  while (is(load<u8>(at), TOKEN)) at++;
  return at;
}

export function targetEndScalar(at: usize): usize {
  while (is(load<u8>(at), TARGET)) at++;
  return at;
}

export function valueEndScalar(at: usize): usize {
  while (true) {
    const byte: u32 = load<u8>(at);
    if (byte == 0x7f || (byte < SP && byte != HTAB)) return at;
    at++;
  }
}

export function plainValueEndScalar(at: usize): usize {
  while (true) {
    const byte: u32 = load<u8>(at);
    if (byte == 0x7f || byte < SP) return at;
    at++;
  }
}

export function regNameEndScalar(at: usize): usize {
  while (is(load<u8>(at), REG_NAME)) at++;
  return at;
}
