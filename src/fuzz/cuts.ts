// Ways to cut bytes into pieces: what the network may do to any message. Rule 2 of the API says that
// none of them changes an event. Deterministic: the seed is an argument.

/** How to cut. */
export interface CutOptions {
  /** Seed of the random pieces. Default 1. */
  readonly seed?: number;
  /** How many random ways to add. Default 8. */
  readonly randomCount?: number;
  /** Most two-piece cuts: a longer input is cut at its ends and at even steps. Default 4,096. */
  readonly most?: number;
}

/**
 * Every way of cutting that tests use, each a list of pieces in order: the whole, all two-piece cuts,
 * one byte at a time, one byte at a time with empty pieces between, and random pieces. The pieces are
 * views of `bytes`.
 */
export function cuts(bytes: Uint8Array, options: CutOptions = {}): Uint8Array[][] {
  const { seed = 1, randomCount = 8, most = 4096 } = options;
  const ways: Uint8Array[][] = [[bytes]];
  for (const at of cutPositions(bytes.length, most)) {
    ways.push([bytes.subarray(0, at), bytes.subarray(at)]);
  }
  if (bytes.length > 1) {
    ways.push(
      byteByByte(bytes),
      byteByByte(bytes).flatMap((piece) => [new Uint8Array(0), piece]),
    );
  }
  for (let way = 0; way < randomCount && bytes.length > 2; way++) {
    // Short pieces and long ones: 1 to 4 bytes, 1 to 16, 1 to 64, 1 to 256, and again.
    ways.push(randomPieces(bytes, seed + way, 4 ** ((way % 4) + 1)));
  }
  return ways;
}

/** Where to cut in two: everywhere, or at `most` places, denser at both ends where heads begin and end. */
export function cutPositions(length: number, most: number): number[] {
  if (length - 1 <= most) return Array.from({ length: Math.max(0, length - 1) }, (_, at) => at + 1);
  const positions = new Set<number>();
  const dense = Math.floor(most / 4);
  for (let at = 1; at <= dense; at++) positions.add(at).add(length - at);
  const sparse = most - 2 * dense;
  for (let index = 1; index <= sparse; index++) {
    positions.add(Math.min(length - 1, Math.floor((index * length) / (sparse + 1)) || 1));
  }
  return [...positions].sort((a, b) => a - b);
}

/** One piece for each byte. */
export function byteByByte(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
}

/** Pieces of 1 to `longest` bytes; the same seed gives the same pieces. */
export function randomPieces(bytes: Uint8Array, seed: number, longest: number): Uint8Array[] {
  const next = random(seed);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + (next() % longest);
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

/** A small generator of 32-bit numbers (mulberry32): good enough to choose bytes, and the same everywhere. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** The pieces in words, for a message: "3+4+1 bytes". */
export function describeCut(pieces: readonly Uint8Array[]): string {
  const shown = pieces.slice(0, 12).map((piece) => piece.length);
  return `${shown.join("+")}${pieces.length > shown.length ? `+… (${pieces.length} pieces)` : ""} bytes`;
}
