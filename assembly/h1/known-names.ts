// Field names that occur everywhere get a small id, so that the host needs no string for them. The
// host writes the list (src/engine/known-fields.ts) once at start; this file hashes and compares.
// A name is known whatever its case; the record keeps how it was spelled.
// (measured: comparing 64-bit words instead of masked vectors is 10 % slower on a browser GET)

import { NAME_CHAIN, NAME_COUNT, NAME_LENGTH, NAME_SLOTS, NAMES } from "../../src/abi/memory";
import { Spelling } from "../../src/abi/tape";

abstract class Masks {
  /** 16 bytes of ones, then 16 of zeros: 16 - n bytes in front of the border mask n bytes. */
  static readonly at: usize = memory.data(32, 16);
}

/** A name, in lower case by | 0x20: exact for tokens, because no other tchar maps onto a letter, digit or "-". */
function folded(bytes: v128): v128 {
  return v128.or(bytes, i8x16.splat(0x20));
}

/** Ones in the first `length` lanes, at most 16. */
function lanes(length: u32): v128 {
  return v128.load(Masks.at + 16 - length);
}

/** Chosen so that the names of src/engine/known-fields.ts share one slot of 512 at most once. */
const MULTIPLIER: u32 = 0x4c86_4829;

/** Slot of a name by its length, first byte and last two bytes, case folded. */
function slotOf(at: usize, length: u32): u32 {
  const last: u32 = load<u16>(at + length - 2);
  const first: u32 = load<u8>(at);
  const word = last | (first << 16) | 0x20_20_20 | (length << 24);
  return (word * MULTIPLIER) >> 23;
}

/** Hashes the names that the host has written: `count` of them, ids 1 to count. */
export function initNames(count: u32): void {
  v128.store(Masks.at, i8x16.splat(-1));
  for (let id: u32 = min(count, <u32>NAME_COUNT - 1); id > 0; id--) {
    const name: usize = NAMES + id * NAME_LENGTH;
    let length: u32 = 0;
    while (length < 32 && load<u8>(name + length) != 0) length++;
    const slot: usize = NAME_SLOTS + slotOf(name, length);
    store<u8>(NAME_CHAIN + id * 2, load<u8>(slot));
    store<u8>(NAME_CHAIN + id * 2 + 1, <u8>length);
    store<u8>(slot, <u8>id);
  }
}

/**
 * Id and spelling of a name: id in bits 0 to 7, spelling in bits 8 and 9; 0 = not known. Names above 32 bytes
 * are never known.
 */
export function nameInfo(at: usize, length: u32): u32 {
  if (length > 32) return 0;
  let id: u32 = load<u8>(NAME_SLOTS + slotOf(at, length));
  while (id != 0) {
    if (load<u8>(NAME_CHAIN + id * 2, 1) == length) {
      const spelling = compare(NAMES + id * NAME_LENGTH, at, length);
      if (spelling != DIFFERENT) return id | (spelling << 8);
    }
    id = load<u8>(NAME_CHAIN + id * 2);
  }
  return 0;
}

const DIFFERENT: u32 = 4;

/** How a name of the same length is spelled, if it is the same. */
function compare(name: usize, at: usize, length: u32): u32 {
  if (length <= 16) return spellingOf(name, at, lanes(length));
  const front = spellingOf(name, at, i8x16.splat(-1));
  const back = spellingOf(name + 16, at + 16, lanes(length - 16));
  if (front == back) return front;
  return front == DIFFERENT || back == DIFFERENT ? DIFFERENT : mixedSpelling(name, at, length);
}

/** The halves are spelled in two ways; digits and "-" are the same in both. */
function mixedSpelling(name: usize, at: usize, length: u32): u32 {
  const second = v128.and(v128.load(at, 16), lanes(length - 16));
  if (
    !v128.any_true(v128.xor(v128.load(name), v128.load(at))) &&
    !v128.any_true(v128.xor(v128.load(name, 16), second))
  ) {
    return Spelling.Lower;
  }
  return Spelling.Other;
}

/** Spelling of up to 16 bytes, of the lanes given. */
function spellingOf(name: usize, at: usize, lanes: v128): u32 {
  const bytes = v128.and(v128.load(at), lanes);
  if (!v128.any_true(v128.xor(bytes, v128.load(name, 32)))) return Spelling.Canonical;
  const lower = v128.load(name);
  if (!v128.any_true(v128.xor(bytes, lower))) return Spelling.Lower;
  return v128.any_true(v128.xor(v128.and(folded(bytes), lanes), lower))
    ? DIFFERENT
    : Spelling.Other;
}
