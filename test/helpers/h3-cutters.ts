// Ways to cut the streams of an attack row of HTTP/3, with ends of streams in the last piece or alone. Short rows are cut at every
// place, long ones at a choice of places: each run costs its length.

import { byteByByte, type H3Attack, h3ReceivedLength, randomPieces } from "tercet/fuzz";

/** Cuts the bytes of one stream step; `lateEnd`: FIN comes alone. */
export interface H3Cutter {
  readonly cut: (bytes: Uint8Array) => Uint8Array[];
  readonly lateEnd: boolean;
}

const SHORT_LENGTH = 1_500;
const LONG_LENGTH = 20_000;

const whole = (bytes: Uint8Array) => [bytes];
const randomly =
  (seed: number, longest: number) =>
  (bytes: Uint8Array): Uint8Array[] =>
    randomPieces(bytes, seed, longest);
const at =
  (position: number) =>
  (bytes: Uint8Array): Uint8Array[] =>
    position < bytes.length ? [bytes.subarray(0, position), bytes.subarray(position)] : [bytes];

/** The cutters for one row. */
export function h3CuttersOf(attack: H3Attack): H3Cutter[] {
  const length = h3ReceivedLength(attack);
  const some: H3Cutter[] = [
    { cut: whole, lateEnd: true },
    { cut: randomly(1, 64), lateEnd: false },
    { cut: randomly(2, 1_460), lateEnd: true },
  ];
  if (length > LONG_LENGTH) return some;
  some.push({ cut: byteByByte, lateEnd: false }, { cut: byteByByte, lateEnd: true });
  some.push({ cut: randomly(3, 4), lateEnd: true }, { cut: randomly(4, 16), lateEnd: false });
  if (length > SHORT_LENGTH) return some;
  const longest = attack
    .steps()
    .reduce((most, step) => Math.max(most, "bytes" in step ? step.bytes.length : 0), 0);
  for (let place = 1; place < longest; place++) some.push({ cut: at(place), lateEnd: false });
  return some;
}
