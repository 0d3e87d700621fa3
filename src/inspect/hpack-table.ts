// The tables of HPACK as whoever explains a field block needs them (RFC 7541 sections 2.3, 4): the dynamic one with its
// limits, the static one as our own decoder knows it.

import { HpackDecoder } from "../hpack.js";

/** Entries of the static table (RFC 7541 appendix A). */
export const STATIC_COUNT = 61;
/** Octets that every entry counts beside its strings. */
const OVERHEAD = 32;
const SIZE_DEFAULT = 4096;

/** A name and a value. */
export type Entry = readonly [name: string, value: string];

let staticEntries: readonly Entry[] | null = null;

/** Entry 1 to 61. */
function staticEntry(index: number): Entry {
  if (staticEntries === null) {
    const decoder = new HpackDecoder();
    const entries: Entry[] = [];
    for (let i = 1; i <= STATIC_COUNT; i++) {
      const [name = "", value = ""] = decoder.decode(Uint8Array.of(0x80 | i));
      entries.push([name, value]);
    }
    decoder.release();
    staticEntries = entries;
  }
  return staticEntries[index - 1] as Entry;
}

/** One direction's table. */
export class HpackTable {
  /** Oldest first; those in front of #first are gone. */
  #entries: Entry[] = [];
  #first = 0;
  /** Octets in use. */
  size = 0;
  /** Octets that it may have, as the last size update says. */
  max = SIZE_DEFAULT;

  /** The entry of an index from 1 on; null: there is none. */
  get(index: number): Entry | null {
    if (index >= 1 && index <= STATIC_COUNT) return staticEntry(index);
    const at = this.#entries.length - (index - STATIC_COUNT);
    return at >= this.#first && index > STATIC_COUNT ? (this.#entries[at] as Entry) : null;
  }

  /** Adds an entry in front; one that is larger than the table empties it (RFC 7541 section 4.4). */
  insert(entry: Entry): void {
    const size = entry[0].length + entry[1].length + OVERHEAD;
    this.#evict(this.max - size);
    if (size > this.max) return;
    this.#entries.push(entry);
    this.size += size;
  }

  /** A size update. */
  resize(max: number): void {
    this.max = max;
    this.#evict(max);
  }

  #evict(room: number): void {
    while (this.size > Math.max(0, room) && this.#first < this.#entries.length) {
      const [name, value] = this.#entries[this.#first] as Entry;
      this.size -= name.length + value.length + OVERHEAD;
      this.#first++;
    }
    if (this.#first < 1024 || this.#first * 2 < this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#first = 0;
  }

  /** Nothing of it is known any more. */
  clear(): void {
    this.#entries = [];
    this.#first = 0;
    this.size = 0;
  }
}
