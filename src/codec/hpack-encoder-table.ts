// The encoder's dynamic table (RFC 7541 section 2.3) and its look-up by JavaScript strings: a map of
// names, in each name the value that was found last, and a map of values whose chains hold the same
// value under other names. Strings carry their hash, so nothing is hashed twice, and a value that is
// the same string as before costs one comparison of pointers.
//
// An entry has a number, counted from the first insertion; what the wire calls index 62 is the newest.
// Rules: HP-004, HP-008, HP-014, HP-015.

import { STATIC_TABLE } from "../abi/hpack-static.js";
import { type Indexing, indexingOf } from "./hpack-policy.js";

/** What an entry costs beyond its octets (RFC 7541 section 4.1). */
export const ENTRY_OVERHEAD = 32;

/** No entry. Numbers of entries count from 0. */
export const NO_ENTRY = -1;

/** Octets that are upper case. */
const UPPER_CASE = /[A-Z]/;
const UPPER_CASES = /[A-Z]+/g;

/** What is known of one name on one connection. */
export class NameState {
  /** In lower case. */
  readonly name: string;
  /** First index of the name in the static table; 0: none. */
  readonly staticIndex: number;
  readonly indexing: Indexing;
  /** The value that was sent last as an index. */
  hotValue: string | null = null;
  /** Its static index, or 0 where it is the entry hotEntry. */
  hotStatic = 0;
  hotEntry = NO_ENTRY;
  /** Newest entry with this name. */
  newest = NO_ENTRY;
  /** Values in a row that were not in the table. */
  misses = 0;

  constructor(name: string, staticIndex: number) {
    this.name = name;
    this.staticIndex = staticIndex;
    this.indexing = indexingOf(name);
  }

  /** Static index of name and value; 0: none. */
  staticIndexOf(value: string): number {
    const first = this.staticIndex;
    if (first === 0) return 0;
    for (let at = 2 * (first - 1); STATIC_TABLE[at] === this.name; at += 2) {
      if (STATIC_TABLE[at + 1] === value) return at / 2 + 1;
    }
    return 0;
  }
}

interface TableEntry {
  readonly state: NameState;
  readonly value: string;
  readonly size: number;
  readonly number: number;
  /** Older entry with the same value and another name. */
  older: TableEntry | null;
}

/** First index of each name of the static table. */
const STATIC_NAMES = new Map<string, number>();
for (let i = STATIC_TABLE.length - 2; i >= 0; i -= 2) {
  STATIC_NAMES.set(STATIC_TABLE[i] as string, i / 2 + 1);
}

/**
 * A name with its A to Z in lower case, and every other octet as it is: not toLowerCase(), which
 * knows more letters.
 */
export function lowerCased(name: string): string {
  return UPPER_CASE.test(name)
    ? name.replace(UPPER_CASES, (letters) => letters.toLowerCase())
    : name;
}

/** The dynamic table of one encoder. */
export class EncoderTable {
  /** Spellings that came: names in lower case, and others for the state of theirs. */
  readonly #names = new Map<string, NameState>();
  /** Newest entry of each value. */
  readonly #values = new Map<string, TableEntry>();
  /** Ring of entries, a power of two; grown as entries come. */
  #ring: (TableEntry | null)[] = [];
  /** Entries ever inserted. */
  #inserted = 0;
  /** Entries now. */
  #count = 0;
  #size = 0;
  #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** Entries ever inserted; an entry's index on the wire is 61 + inserted - number. */
  get inserted(): number {
    return this.#inserted;
  }

  /** Bytes, as RFC 7541 section 4.1 counts them. */
  get size(): number {
    return this.#size;
  }

  /** Most bytes that it may have. */
  get max(): number {
    return this.#max;
  }

  /** Sets the most bytes, and evicts what is beyond them. */
  setMax(max: number): void {
    this.#max = max;
    this.#evict(max);
  }

  /** What is known of a name in lower case; undefined: nothing yet. */
  state(name: string): NameState | undefined {
    return this.#names.get(name);
  }

  /** Begins to know a name in lower case. It is forgotten with its last entry. */
  addName(name: string): NameState {
    const state = new NameState(name, STATIC_NAMES.get(name) ?? 0);
    // Other names than those of the static table are kept with their entries, so that the map has
    // bounds.
    if (state.staticIndex !== 0) this.#names.set(name, state);
    return state;
  }

  /** Number of the entry with this name and value. */
  find(state: NameState, value: string): number {
    let entry = this.#values.get(value) ?? null;
    while (entry !== null && entry.state !== state) entry = entry.older;
    return entry === null ? NO_ENTRY : entry.number;
  }

  /** Inserts; evicts as many of the oldest as it takes (RFC 7541 section 4.4). */
  insert(state: NameState, value: string): void {
    const size = state.name.length + value.length + ENTRY_OVERHEAD;
    this.#evict(this.#max - size);
    // What is larger than the table leaves it empty.
    if (size > this.#max) return;
    const number = this.#inserted++;
    if (this.#count === this.#ring.length) this.#widen();
    const older = this.#values.get(value) ?? null;
    const entry: TableEntry = { state, value, size, number, older };
    this.#ring[number & (this.#ring.length - 1)] = entry;
    this.#values.set(value, entry);
    this.#count++;
    this.#size += size;
    if (state.newest === NO_ENTRY && state.staticIndex === 0) this.#names.set(state.name, state);
    state.newest = number;
    state.hotValue = value;
    state.hotStatic = 0;
    state.hotEntry = number;
  }

  /** Evicts the oldest entries until the table has at most `size` bytes. */
  #evict(size: number): void {
    while (this.#size > size && this.#count > 0) {
      const at = (this.#inserted - this.#count) & (this.#ring.length - 1);
      const entry = this.#ring[at] as TableEntry;
      this.#ring[at] = null;
      this.#count--;
      this.#size -= entry.size;
      this.#unchain(entry);
      const { state } = entry;
      if (state.hotEntry === entry.number) {
        state.hotEntry = NO_ENTRY;
        state.hotValue = null;
      }
      if (state.newest === entry.number) {
        state.newest = NO_ENTRY;
        if (state.staticIndex === 0) this.#names.delete(state.name);
      }
    }
  }

  /** Takes the oldest entry out of the chain of its value, where it is the last one. */
  #unchain(entry: TableEntry): void {
    let newer = this.#values.get(entry.value) as TableEntry;
    if (newer === entry) {
      this.#values.delete(entry.value);
      return;
    }
    while (newer.older !== entry) newer = newer.older as TableEntry;
    newer.older = null;
  }

  #widen(): void {
    const ring = this.#ring;
    const length = Math.max(8, ring.length * 2);
    const wider: (TableEntry | null)[] = new Array(length).fill(null);
    for (const entry of ring) {
      const known = entry as TableEntry;
      wider[known.number & (length - 1)] = known;
    }
    this.#ring = wider;
  }
}
