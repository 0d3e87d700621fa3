// What an observer holds of all its connections together: data ahead of gaps, packets that wait. One of many connections can
// have much, but not each of them.

/** A packet that waits costs an object or two beside its bytes. */
const PACKET_COST = 256;

/** The memory of one observer. */
export class HeldMemory {
  /** Bytes that are held now, about. */
  used = 0;
  readonly #most: number;

  /** @param most bytes that may be held */
  constructor(most: number) {
    this.#most = most;
  }

  get isOver(): boolean {
    return this.used > this.#most;
  }

  /** Counts a packet of so many bytes that is to wait. Gives whether there is room for it. */
  hold(length: number): boolean {
    if (this.used + length + PACKET_COST > this.#most) return false;
    this.used += length + PACKET_COST;
    return true;
  }

  /** It waits no more. */
  release(length: number): void {
    this.used -= length + PACKET_COST;
  }
}

/** What one reassembler holds, as it was counted last. */
export class HeldPart {
  readonly #all: HeldMemory;
  #counted = 0;

  constructor(all: HeldMemory) {
    this.#all = all;
  }

  /** It holds so much now. Gives whether all together hold too much. */
  count(bytes: number): boolean {
    this.#all.used += bytes - this.#counted;
    this.#counted = bytes;
    return this.#all.isOver;
  }
}
