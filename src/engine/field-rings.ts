// The rings of dynamic tables in one engine's memory: three sizes. Each block has a small ring of its own; the larger
// ones are few, and leased to those connections whose settings allow a larger table.

import {
  FIELD_RING_COUNT_0,
  FIELD_RING_COUNT_1,
  FIELD_RING_COUNT_2,
  FIELD_RING_ENTRIES_0,
  FIELD_RING_ENTRIES_1,
  FIELD_RING_ENTRIES_2,
  FIELD_RINGS,
} from "../abi/field-memory.js";

/** Bytes of an entry. */
const ENTRY = 8;
/** Bytes of table that one entry costs at least (RFC 7541 section 4.1). */
const OVERHEAD = 32;

/** Entries of the ring that a table of this size needs. */
export function ringEntries(tableSize: number): number {
  if (tableSize <= FIELD_RING_ENTRIES_0 * OVERHEAD) return FIELD_RING_ENTRIES_0;
  return tableSize <= FIELD_RING_ENTRIES_1 * OVERHEAD ? FIELD_RING_ENTRIES_1 : FIELD_RING_ENTRIES_2;
}

/** Free rings of one size: a list, and those that were never used. */
class RingPool {
  readonly #start: number;
  readonly #length: number;
  readonly #count: number;
  readonly #freed: number[] = [];
  #fresh = 0;

  constructor(start: number, entries: number, count: number) {
    this.#start = start;
    this.#length = entries * ENTRY;
    this.#count = count;
  }

  get hasFree(): boolean {
    return this.#freed.length > 0 || this.#fresh < this.#count;
  }

  take(): number {
    return this.#freed.pop() ?? this.#start + this.#fresh++ * this.#length;
  }

  free(ring: number): void {
    this.#freed.push(ring);
  }
}

const LARGE = FIELD_RINGS + FIELD_RING_ENTRIES_0 * ENTRY * FIELD_RING_COUNT_0;
const LARGEST = LARGE + FIELD_RING_ENTRIES_1 * ENTRY * FIELD_RING_COUNT_1;

/** All rings of an instance. */
export class Rings {
  readonly #large = new RingPool(LARGE, FIELD_RING_ENTRIES_1, FIELD_RING_COUNT_1);
  readonly #largest = new RingPool(LARGEST, FIELD_RING_ENTRIES_2, FIELD_RING_COUNT_2);

  /** Whether a ring of this size is left; a small one always is, for whoever has a block. */
  hasFree(entries: number): boolean {
    return entries === FIELD_RING_ENTRIES_0 || this.#poolOf(entries).hasFree;
  }

  /** Address of a ring; there must be one. `index` is that of the block. */
  take(entries: number, index: number): number {
    if (entries === FIELD_RING_ENTRIES_0) return FIELD_RINGS + index * FIELD_RING_ENTRIES_0 * ENTRY;
    return this.#poolOf(entries).take();
  }

  /** Takes a ring back. */
  free(ring: number, entries: number): void {
    if (entries !== FIELD_RING_ENTRIES_0) this.#poolOf(entries).free(ring);
  }

  #poolOf(entries: number): RingPool {
    return entries === FIELD_RING_ENTRIES_1 ? this.#large : this.#largest;
  }
}
