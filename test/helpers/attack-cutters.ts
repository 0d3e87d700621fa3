// Ways to cut the steps of an attack row of HTTP/2 or HTTP/3. Short rows are cut at every place, long ones at a choice
// of places: each run costs its length.

import { byteByByte, randomPieces } from "tercet/fuzz";

/** Cuts the bytes of one step. */
export type Cutter = (bytes: Uint8Array) => Uint8Array[];

const SHORT_LENGTH = 1_500;
const LONG_LENGTH = 20_000;

const at =
  (position: number): Cutter =>
  (bytes) =>
    position < bytes.length ? [bytes.subarray(0, position), bytes.subarray(position)] : [bytes];

const randomly =
  (seed: number, longest: number): Cutter =>
  (bytes) =>
    randomPieces(bytes, seed, longest);

/** The cutters for a row of so many bytes. */
export function cuttersOf(length: number): Cutter[] {
  if (length > LONG_LENGTH) return [randomly(1, 64), randomly(2, 1_460), randomly(3, 20_000)];
  const some: Cutter[] = [
    byteByByte,
    (bytes) => byteByByte(bytes).flatMap((piece) => [new Uint8Array(0), piece]),
    randomly(1, 4),
    randomly(2, 16),
    randomly(3, 64),
  ];
  if (length > SHORT_LENGTH) return some;
  return [...some, ...Array.from({ length: length - 1 }, (_, index) => at(index + 1))];
}
