// Ways to cut bytes into pieces: what the network may do to any message. Every way gives all bytes in
// order; the pieces are copies, so that nothing can read past the end of one.

/** Cuts of a long input are sampled: every byte of its two ends, and a step between. */
const DENSE_LENGTH = 768;
const SPARSE_COUNT = 96;

/** The positions at which to cut an input in two: all of them, or for a long input a sample. */
export function cutPositions(length: number): number[] {
  const out: number[] = [];
  const dense = length <= 4 * DENSE_LENGTH ? length : DENSE_LENGTH;
  const step = Math.max(1, Math.floor(length / SPARSE_COUNT));
  for (let at = 1; at < length; ) {
    out.push(at);
    at += at < dense || at >= length - dense ? 1 : Math.min(step, length - dense - at);
  }
  return out;
}

/** The input in two pieces. */
export function cutAt(bytes: Uint8Array, at: number): Uint8Array[] {
  return [bytes.slice(0, at), bytes.slice(at)];
}

/** One byte a piece. */
export function byteWise(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (byte) => Uint8Array.of(byte));
}

/** Pieces of 1 to `longest` bytes, from a seed: the same seed gives the same cuts. */
export function randomPieces(bytes: Uint8Array, seed: number, longest: number): Uint8Array[] {
  const out: Uint8Array[] = [];
  let state = seed >>> 0 || 1;
  for (let at = 0; at < bytes.length; ) {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const length = 1 + ((state >>> 0) % longest);
    out.push(bytes.slice(at, at + length));
    at += length;
  }
  return out;
}

/** Whole, in two at every cut, one byte at a time, and in random pieces. */
export function* everyCut(bytes: Uint8Array): Generator<{ name: string; pieces: Uint8Array[] }> {
  for (const at of cutPositions(bytes.length))
    yield { name: `cut at ${at}`, pieces: cutAt(bytes, at) };
  yield { name: "byte by byte", pieces: byteWise(bytes) };
  for (let seed = 1; seed <= 4; seed++) {
    yield {
      name: `random pieces ${seed}`,
      pieces: randomPieces(bytes, seed * 7919, 1 << (2 * seed)),
    };
  }
}
