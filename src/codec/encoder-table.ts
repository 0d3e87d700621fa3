// The dynamic table of an encoder (RFC 7541 section 2.3, RFC 9204 section 3.2) and its look-up by
// JavaScript strings. Entries stand in a list by age, and in a second one by name: newest first. A name
// remembers the value that it was sent with last, so that a field which comes again, as most do, costs
// one comparison; else its entries are looked through by a mark of their value, an integer. A map of
// values was dearer, as it must hash every new string (measured: 90 to 190 ns).
//
// An entry has a number, counted from the first insertion, which is what RFC 9204 calls its absolute
// index; in HPACK what the wire calls index 62 is the newest.
// Rules: HP-004, HP-008, HP-014, HP-015, QP-TAB-4.

import { Indexing, indexingOf, namesWithPolicy } from "./indexing-policy.js";

/** What an entry costs beyond its octets (RFC 7541 section 4.1, RFC 9204 section 3.2.1). */
export const ENTRY_OVERHEAD = 32;

/** Entries of one name that are looked at. A large table may have more: they are as if they were not there. */
const SEARCHED_COUNT = 64;

/** Octets that are upper case. */
const UPPER_CASE = /[A-Z]/;
const UPPER_CASES = /[A-Z]+/g;

/** What holds for a name on every connection. */
export interface NameInfo {
  /** In lower case. */
  readonly name: string;
  /** First place of the name in the static table, counted from 1; 0: none. */
  readonly staticPlace: number;
  /** Values of its entries there, in order, and their places. */
  readonly staticValues: readonly string[];
  readonly staticPlaces: readonly number[];
  readonly indexing: Indexing;
}

/** What is known of one name on one connection. */
export class NameState implements NameInfo {
  readonly name: string;
  readonly staticPlace: number;
  readonly staticValues: readonly string[];
  readonly staticPlaces: readonly number[];
  readonly indexing: Indexing;
  /** As the caller wrote the name last; null while the table does not know the name. */
  spelling: string | null = null;
  /** The name that came behind it last, and mostly will again; null as long as spelling is. */
  follower: NameState | null = null;
  /** The value that was sent last as an index. */
  hotValue: string | null = null;
  /** The number of its entry, or its place in the static table with a minus. */
  hotPlace = 0;
  /** Its entry, where it is one of the dynamic table. */
  hotEntry: TableEntry | null = null;
  /** Newest entry with this name. */
  newest: TableEntry | null = null;
  /** Values in a row that were not in the table. */
  misses = 0;
  /** QPACK: values that came for the first time, and those of them that came again. */
  firstCount = 0;
  againCount = 0;

  constructor({ name, staticPlace, staticValues, staticPlaces, indexing }: NameInfo) {
    this.name = name;
    this.staticPlace = staticPlace;
    this.staticValues = staticValues;
    this.staticPlaces = staticPlaces;
    this.indexing = indexing;
  }

  /**
   * Looks for a value in both tables, and makes it the hot one where it is there.
   * @param limit entries from this number on are not looked at
   * @returns whether it is there
   */
  find(value: string, limit = Number.POSITIVE_INFINITY): boolean {
    const { staticValues } = this;
    for (let i = 0; i < staticValues.length; i++) {
      if (staticValues[i] === value) {
        this.hotPlace = -(this.staticPlaces[i] as number);
        this.hotValue = value;
        return true;
      }
    }
    let entry = this.newest;
    if (entry === null) return false;
    const mark = markOf(value);
    for (let left = SEARCHED_COUNT; entry !== null && left > 0; left--) {
      if (entry.mark === mark && entry.number < limit && entry.value === value) {
        this.hotPlace = entry.number;
        this.hotEntry = entry;
        this.hotValue = entry.value;
        return true;
      }
      entry = entry.older;
    }
    return false;
  }
}

/** One entry of the dynamic table. */
export class TableEntry {
  readonly state: NameState;
  readonly value: string;
  readonly mark: number;
  readonly number: number;
  /** The next older and the next newer one with the same name. */
  older: TableEntry | null;
  newer: TableEntry | null = null;
  /** The one that was inserted behind it. */
  next: TableEntry | null = null;
  /** What qpack-encoder-policy.ts keeps: uses, halved from time to time, and the time of the last halving. */
  uses = 0;
  epoch = 0;
  /** The section that used it last. */
  lastSection = 0;
  /** Whether nothing has used it but what it was inserted for. */
  isUnused = false;
  /** The number of a duplicate that stands for it; -1: none. */
  copy = -1;

  constructor(state: NameState, value: string, number: number) {
    this.state = state;
    this.value = value;
    this.mark = markOf(value);
    this.number = number;
    this.older = state.newest;
  }

  get size(): number {
    return this.state.name.length + this.value.length + ENTRY_OVERHEAD;
  }
}

/**
 * An integer that is the same for equal values and nearly always another one for others: length and
 * four characters, among them those in which dates, numbers and identifiers differ.
 */
function markOf(value: string): number {
  const length = value.length;
  if (length < 8) {
    let mark = length;
    for (let i = 0; i < length; i++) mark = Math.imul(mark, 31) + value.charCodeAt(i);
    return mark | 0;
  }
  const ends = (value.charCodeAt(length - 1) << 8) ^ value.charCodeAt(length - 5);
  const inner = (value.charCodeAt(length - 2) << 8) ^ value.charCodeAt(length >> 1);
  return (Math.imul(ends, 0x10001) ^ Math.imul(inner, 0x9e35)) + length;
}

/** What holds for a name that neither a static table nor the policy knows. */
export const UNKNOWN: NameInfo = {
  name: "",
  staticPlace: 0,
  staticValues: [],
  staticPlaces: [],
  indexing: Indexing.Incremental,
};

/** What holds for the names of a static table, a flat list, and for those of the policy. */
export function knownNames(staticTable: readonly string[]): ReadonlyMap<string, NameInfo> {
  const infos = new Map<string, NameInfo>();
  for (const name of namesWithPolicy()) infos.set(name, infoOf(name, staticTable));
  for (let at = 0; at < staticTable.length; at += 2) {
    const name = staticTable[at] as string;
    if (!infos.has(name)) infos.set(name, infoOf(name, staticTable));
  }
  return infos;
}

/** Entries of one name need not stand together. */
function infoOf(name: string, staticTable: readonly string[]): NameInfo {
  const staticValues: string[] = [];
  const staticPlaces: number[] = [];
  for (let at = 0; at < staticTable.length; at += 2) {
    if (staticTable[at] !== name) continue;
    staticValues.push(staticTable[at + 1] as string);
    staticPlaces.push(at / 2 + 1);
  }
  const staticPlace = staticPlaces[0] ?? 0;
  return { name, staticPlace, staticValues, staticPlaces, indexing: indexingOf(name) };
}

/**
 * A name with its A to Z in lower case, and every other octet as it is: not toLowerCase(), which
 * knows more letters.
 */
function lowerCased(name: string): string {
  return UPPER_CASE.test(name)
    ? name.replace(UPPER_CASES, (letters) => letters.toLowerCase())
    : name;
}

/** The dynamic table of one encoder. */
export class EncoderTable {
  /** Entries ever inserted; an entry's index on the wire of HPACK is 61 + inserted - number. */
  inserted = 0;
  /** Names in lower case: those of the static table once they came, others while they have entries. */
  readonly #names = new Map<string, NameState>();
  /** What holds for the names of the protocol's static table. */
  readonly #known: ReadonlyMap<string, NameInfo>;
  #oldest: TableEntry | null = null;
  #newest: TableEntry | null = null;
  #size = 0;
  #max: number;

  constructor(known: ReadonlyMap<string, NameInfo>, max: number) {
    this.#known = known;
    this.#max = max;
  }

  /** Bytes, as RFC 7541 section 4.1 counts them. */
  get size(): number {
    return this.#size;
  }

  /** Most bytes that it may have. */
  get max(): number {
    return this.#max;
  }

  /** The entry that is evicted next. */
  get oldest(): TableEntry | null {
    return this.#oldest;
  }

  /** Sets the most bytes, and evicts what is beyond them. */
  setMax(max: number): void {
    this.#max = max;
    this.#evict(max);
  }

  /** What is known of a name in any spelling, where it comes behind another one. */
  stateBehind(previous: NameState, name: string): NameState {
    let state = this.#names.get(name);
    if (state === undefined) {
      const lower = lowerCased(name);
      if (lower !== name) state = this.#names.get(lower);
      if (state === undefined) return this.#newState(lower);
    }
    state.spelling = name;
    previous.follower = state;
    return state;
  }

  /**
   * Names of the tables are kept. Others, which the peer of a proxy may make up, are kept with their
   * entries only, so that the map has bounds.
   */
  #newState(name: string): NameState {
    const info = this.#known.get(name);
    if (info === undefined) return new NameState({ ...UNKNOWN, name });
    const state = new NameState(info);
    this.#keep(state);
    return state;
  }

  #keep(state: NameState): void {
    state.spelling = state.name;
    this.#names.set(state.name, state);
  }

  /** Inserts; evicts as many of the oldest as it takes (RFC 7541 section 4.4). */
  insert(state: NameState, value: string): void {
    const size = state.name.length + value.length + ENTRY_OVERHEAD;
    this.#evict(this.#max - size);
    // What is larger than the table leaves it empty.
    if (size > this.#max) return;
    const entry = new TableEntry(state, value, this.inserted++);
    if (entry.older !== null) entry.older.newer = entry;
    else if (state.spelling === null) this.#keep(state);
    state.newest = entry;
    state.hotValue = value;
    state.hotPlace = entry.number;
    state.hotEntry = entry;
    if (this.#newest === null) this.#oldest = entry;
    else this.#newest.next = entry;
    this.#newest = entry;
    this.#size += size;
  }

  /** Evicts the oldest entries until the table has at most `size` bytes. */
  #evict(size: number): void {
    while (this.#size > size && this.#oldest !== null) this.evictOldest();
  }

  /** Evicts the oldest entry; nothing where there is none. */
  evictOldest(): void {
    const entry = this.#oldest;
    if (entry === null) return;
    const { state } = entry;
    this.#oldest = entry.next;
    if (this.#oldest === null) this.#newest = null;
    this.#size -= entry.size;
    if (state.hotPlace === entry.number) state.hotValue = null;
    // The oldest of all is the oldest of its name.
    if (entry.newer !== null) entry.newer.older = null;
    else this.#forget(state);
  }

  /** The last entry of a name is gone. */
  #forget(state: NameState): void {
    state.newest = null;
    if (this.#known.has(state.name)) return;
    state.spelling = null;
    state.follower = null;
    this.#names.delete(state.name);
  }
}
