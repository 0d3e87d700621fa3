// Carry buffers: six pools of fixed count, a free list and a bump index each. No pool ever grows; a
// pool that is used up makes the caller fall back to the next larger class, then to another instance.

import {
  CARRIES,
  CARRY_CLASSES,
  CARRY_COUNT_0,
  CARRY_COUNT_1,
  CARRY_COUNT_2,
  CARRY_COUNT_3,
  CARRY_COUNT_4,
  CARRY_COUNT_5,
  CARRY_SMALLEST,
  PADDING,
} from "../../src/abi/memory";

/** One pool: 16 bytes. */
@unmanaged
class Pool {
  /** First buffer of the free list, or 0. */
  free: u32;
  /** Buffers that were never handed out begin here. */
  fresh: u32;
  /** End of the pool. */
  end: u32;
  padding: u32;
}

abstract class Pools {
  static readonly at: usize = memory.data(96, 16);
}

function pool(sizeClass: u32): Pool {
  return changetype<Pool>(Pools.at + sizeClass * offsetof<Pool>());
}

/** Bytes of a buffer of one class. */
export function carryLength(sizeClass: u32): u32 {
  return CARRY_SMALLEST << (2 * sizeClass);
}

/** Of those, the bytes of tape in front. */
export function carryTapeLength(sizeClass: u32): u32 {
  return carryLength(sizeClass) >> 2;
}

/** Bytes of input it can hold: the rest, less the sentinel and what kernels may over-read. */
export function carryCapacity(sizeClass: u32): u32 {
  return carryLength(sizeClass) - carryTapeLength(sizeClass) - PADDING;
}

function countOf(sizeClass: u32): u32 {
  switch (sizeClass) {
    case 0:
      return CARRY_COUNT_0;
    case 1:
      return CARRY_COUNT_1;
    case 2:
      return CARRY_COUNT_2;
    case 3:
      return CARRY_COUNT_3;
    case 4:
      return CARRY_COUNT_4;
    default:
      return CARRY_COUNT_5;
  }
}

/** Lays out the pools. */
export function initArena(): void {
  let at: u32 = CARRIES;
  for (let sizeClass: u32 = 0; sizeClass < <u32>CARRY_CLASSES; sizeClass++) {
    const one = pool(sizeClass);
    one.free = 0;
    one.fresh = at;
    at += carryLength(sizeClass) * countOf(sizeClass);
    one.end = at;
  }
}

/** A buffer of exactly this class, or 0. */
export function takeCarry(sizeClass: u32): u32 {
  const one = pool(sizeClass);
  const address = one.free;
  if (address != 0) {
    one.free = load<u32>(address);
    return address;
  }
  if (one.fresh == one.end) return 0;
  one.fresh += carryLength(sizeClass);
  return one.fresh - carryLength(sizeClass);
}

/** Gives a buffer back. */
export function freeCarry(address: u32, sizeClass: u32): void {
  const one = pool(sizeClass);
  store<u32>(address, one.free);
  one.free = address;
}
