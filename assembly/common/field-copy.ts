// Raw strings to the scratch area, 16 octets a step, with the flags that decodeHuffman gives for its octets. 16
// octets behind the input may be read, and 16 behind the output written. Each kernel equals its scalar twin.

import { Ascii } from "./ascii";
import { COLON_SEEN, NAME_BAD, octetFlags, VALUE_BAD } from "./huffman";

/** Ones in the lanes of a mask that belong to the last `length` octets. */
function lanes(length: u32): u32 {
  return length >= 16 ? 0xffff : (1 << length) - 1;
}

/** Copies a name. Returns NAME_BAD and COLON_SEEN of its octets. */
export function copyName(at: usize, length: u32, out: usize): u32 {
  const low = v128.load(Ascii.nameLow);
  const high = v128.load(Ascii.high);
  let flags: u32 = 0;
  for (let left = <i32>length; left > 0; left -= 16) {
    const bytes = v128.load(at);
    v128.store(out, bytes);
    const lowBits = i8x16.swizzle(low, v128.and(bytes, i8x16.splat(15)));
    const highBits = i8x16.swizzle(high, i8x16.shr_u(bytes, 4));
    const outside = i8x16.eq(v128.and(lowBits, highBits), i8x16.splat(0));
    const odd = <u32>i8x16.bitmask(outside) & lanes(left);
    if (odd != 0) {
      const colons = <u32>i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(0x3a))) & odd;
      if (colons != 0) flags |= COLON_SEEN;
      if (colons != odd) flags |= NAME_BAD;
    }
    at += 16;
    out += 16;
  }
  return flags;
}

/** Copies a value. Returns VALUE_BAD of its octets. */
export function copyValue(at: usize, length: u32, out: usize): u32 {
  let bad: u32 = 0;
  for (let left = <i32>length; left > 0; left -= 16) {
    const bytes = v128.load(at);
    v128.store(out, bytes);
    const controls = i8x16.lt_u(bytes, i8x16.splat(0x20));
    const tabs = i8x16.eq(bytes, i8x16.splat(0x09));
    const deletes = i8x16.eq(bytes, i8x16.splat(0x7f));
    bad |= <u32>i8x16.bitmask(v128.or(v128.andnot(controls, tabs), deletes)) & lanes(left);
    at += 16;
    out += 16;
  }
  return bad == 0 ? 0 : VALUE_BAD;
}

// The scalar twins. Only tests call them.

export function copyNameScalar(at: usize, length: u32, out: usize): u32 {
  return copyScalar(at, length, out) & (NAME_BAD | COLON_SEEN);
}

export function copyValueScalar(at: usize, length: u32, out: usize): u32 {
  return copyScalar(at, length, out) & VALUE_BAD;
}

function copyScalar(at: usize, length: u32, out: usize): u32 {
  let flags: u32 = 0;
  for (let i: u32 = 0; i < length; i++) {
    const octet: u32 = load<u8>(at + i);
    store<u8>(out + i, <u8>octet);
    flags |= octetFlags(octet);
  }
  return flags;
}
