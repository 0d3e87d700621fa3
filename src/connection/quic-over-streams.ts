// Which streams are over: late packets must not begin them anew. Streams of one kind are opened in order (RFC 9000 section
// 2.1), so that all but a few of them lie below one number.
// Rules: Q-STR-8.

import type { Varint } from "../codec/varint.js";

/** Numbers that are kept beyond the first one that is not over: then the ones between count as over, too. */
const BEYOND_MAX = 4_096;

class Kind {
  /** All below are over. */
  below = 0;
  readonly beyond = new Set<number>();
}

/** Streams of one direction that are over. */
export class OverStreams {
  /** By the two low bits of the id; made at the first use. */
  readonly #kinds: (Kind | undefined)[] = [];

  has(streamId: Varint): boolean {
    const kind = this.#kinds[bitsOf(streamId)];
    if (kind === undefined) return false;
    const number = numberOf(streamId);
    return number < kind.below || kind.beyond.has(number);
  }

  add(streamId: Varint): void {
    const bits = bitsOf(streamId);
    let kind = this.#kinds[bits];
    if (kind === undefined) {
      kind = new Kind();
      this.#kinds[bits] = kind;
    }
    const { beyond } = kind;
    beyond.add(numberOf(streamId));
    if (beyond.size > BEYOND_MAX) kind.below = smallest(beyond);
    while (beyond.delete(kind.below)) kind.below++;
  }
}

function smallest(numbers: ReadonlySet<number>): number {
  let least = Number.POSITIVE_INFINITY;
  for (const number of numbers) if (number < least) least = number;
  return least;
}

function bitsOf(streamId: Varint): number {
  return typeof streamId === "bigint" ? Number(streamId & 3n) : streamId % 4;
}

/** Exact below 2^55; above, streams may be taken for each other, which no peer that opens them in order can reach. */
function numberOf(streamId: Varint): number {
  return typeof streamId === "bigint" ? Number(streamId >> 2n) : Math.floor(streamId / 4);
}
