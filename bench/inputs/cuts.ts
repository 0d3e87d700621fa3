// The ways in which growing inputs are cut.

import { Random } from "./random.js";

/** One way: lengths of the pieces of `size` bytes. */
export interface Cut {
  readonly name: string;
  lengths(size: number): number[];
}

/** Whole, in TCP segments, in small pieces of random size, and byte by byte. */
export const CUTS: readonly Cut[] = [
  { name: "whole", lengths: (size) => [size] },
  { name: "1460 B pieces", lengths: (size) => lengths(size, () => 1460) },
  {
    name: "1-64 B pieces",
    lengths(size) {
      const random = new Random(0x5eed);
      return lengths(size, () => 1 + random.below(64));
    },
  },
  { name: "1 B pieces", lengths: (size) => lengths(size, () => 1) },
];

/** Lengths of pieces that `next` says, as far as there are bytes. */
export function lengths(size: number, next: () => number): number[] {
  const pieces: number[] = [];
  for (let left = size; left > 0; left -= pieces.at(-1) ?? 0) pieces.push(Math.min(left, next()));
  return pieces;
}
