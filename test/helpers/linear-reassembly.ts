// Pieces of streams whose cost must grow with the number of their bytes, not faster: orders, overlaps and
// duplicates that make a careless list of intervals quadratic.

import { Reassembler } from "tercet/quic";

/** Where each piece begins and ends. */
type Order = readonly (readonly [from: number, end: number])[];
export type LinearReassembly = readonly [name: string, order: (size: number) => Order];

const FRAGMENTS = 1024;
const pieces = (count: number, piece: (index: number) => readonly [number, number]): Order =>
  Array.from({ length: count }, (_, index) => piece(index));

export const LINEAR_REASSEMBLY: readonly LinearReassembly[] = [
  ["octets in order", (size) => pieces(size, (at) => [at, at + 1])],
  ["octets in reverse", (size) => pieces(size, (at) => [size - at - 1, size - at])],
  [
    "octets at both ends in turn",
    (size) =>
      pieces(size, (index) => {
        const at = size + (index & 1 ? index : -index);
        return index & 1 ? [at - 1, at + 1] : [at, at + 2];
      }),
  ],
  [
    "every second octet, and then those between",
    (size) =>
      pieces(size, (index) => {
        const block = Math.floor(index / FRAGMENTS) * FRAGMENTS;
        const inBlock = index % FRAGMENTS;
        const half = FRAGMENTS / 2;
        const at = block + 1 + (inBlock < half ? 2 * inBlock : 2 * (inBlock - half) + 1);
        return [at, at + 1];
      }),
  ],
  [
    "every second octet from the end, many times",
    (size) =>
      pieces(size, (index) => [
        2 * FRAGMENTS - 2 * (index % FRAGMENTS),
        2 * FRAGMENTS + 1 - 2 * (index % FRAGMENTS),
      ]),
  ],
  ["a window that moves by one octet", (size) => pieces(size, (at) => [at + 1, at + 33])],
  [
    "a window that moves back by one octet",
    (size) => pieces(size, (at) => [size - at, size - at + 32]),
  ],
  ["the same piece behind a gap", (size) => pieces(size, () => [1, 33])],
  [
    "fragments that meet in pairs, and the pairs, and so on",
    (size) => {
      const order: [number, number][] = [];
      // In bit-reversed order within each block every fill joins two runs of the same length.
      for (let index = 0; index < size; index++) {
        const at = 1 + (index - (index % FRAGMENTS)) + reversed(index % FRAGMENTS);
        order.push([at, at + 1]);
      }
      return order;
    },
  ],
];

/** Ten bits, turned around. */
function reversed(value: number): number {
  let result = 0;
  for (let bit = 0; bit < 10; bit++) result |= ((value >> bit) & 1) << (9 - bit);
  return result;
}

/** Puts the pieces in order, and at last what was missing; gives the time in milliseconds. */
export function costOfReassembly(order: Order, bytes: Uint8Array, detectsChanges: boolean): number {
  const reassembler = new Reassembler(
    { bytes: bytes.length, fragments: FRAGMENTS },
    detectsChanges,
  );
  const start = performance.now();
  for (const [from, end] of order) {
    const fault = reassembler.insert(from, bytes.subarray(from, end), false);
    if (fault !== 0) throw new Error(`fault ${fault} at ${from}`);
    reassembler.take();
  }
  reassembler.insert(0, bytes.subarray(0, 1), false);
  reassembler.take();
  return performance.now() - start;
}
