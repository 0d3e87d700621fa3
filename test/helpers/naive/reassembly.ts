// A naive reassembler: a Map from place to octet. What came first stays.

/** What a naive reassembler says of a piece. */
export type NaiveFault = "none" | "bytes" | "fragments" | "final size" | "changed";

/** Puts octets in order, one at a time. */
export class NaiveReassembly {
  readonly #octets = new Map<number, number>();
  readonly #limits: { bytes: number; fragments: number };
  readonly #detectsChanges: boolean;
  offset = 0;
  finalSize: number | null = null;
  readonly delivered: number[] = [];

  constructor(limits: { bytes: number; fragments: number }, detectsChanges: boolean) {
    this.#limits = limits;
    this.#detectsChanges = detectsChanges;
  }

  get heldBytes(): number {
    return this.#octets.size;
  }

  get fragments(): number {
    return runs(this.#octets);
  }

  get isDone(): boolean {
    return this.finalSize === this.offset;
  }

  insert(offset: number, bytes: Uint8Array, fin: boolean): NaiveFault {
    const end = offset + bytes.length;
    const highest = Math.max(this.offset, ...[...this.#octets.keys()].map((place) => place + 1));
    if (this.finalSize !== null && (end > this.finalSize || (fin && end !== this.finalSize)))
      return "final size";
    if (fin && end < highest) return "final size";

    const next = new Map(this.#octets);
    for (const [index, octet] of bytes.entries()) {
      const place = offset + index;
      if (place < this.offset) continue;
      const held = next.get(place);
      if (held === undefined) next.set(place, octet);
      else if (this.#detectsChanges && held !== octet) return "changed";
    }
    const isAhead = offset > this.offset;
    if (isAhead && next.size > this.#octets.size) {
      if (next.size > this.#limits.bytes) return "bytes";
      if (runs(next) > Math.max(this.#limits.fragments, runs(this.#octets))) return "fragments";
    }
    this.#octets.clear();
    for (const [place, octet] of next) this.#octets.set(place, octet);
    if (fin) this.finalSize = end;
    this.#release();
    return "none";
  }

  skip(to: number): void {
    if (to <= this.offset) return;
    for (const place of [...this.#octets.keys()]) if (place < to) this.#octets.delete(place);
    this.offset = to;
    this.#release();
  }

  #release(): void {
    for (;;) {
      const octet = this.#octets.get(this.offset);
      if (octet === undefined) return;
      this.delivered.push(octet);
      this.#octets.delete(this.offset++);
    }
  }
}

function runs(octets: ReadonlyMap<number, number>): number {
  return [...octets.keys()].filter((place) => !octets.has(place - 1)).length;
}
