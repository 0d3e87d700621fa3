// The dynamic table of the QPACK encoder: how it makes room (RFC 9204 section 2.1.1). Entries that a
// section refers to, and those that the peer need not have yet, stay; so do, as duplicates, entries that
// are worth more than what comes, and those that could not go otherwise, as every section uses them.
// Rules: QP-TAB-4, QP-TAB-5, QP-EN-1, QP-ENC-5.

import { STATIC_TABLE } from "../abi/qpack-static.js";
import { EncoderTable, knownNames, type NameState, type TableEntry } from "./encoder-table.js";
import type { QpackInstructions } from "./qpack-encoder-instructions.js";
import type { QpackPolicy } from "./qpack-encoder-policy.js";

/** Names that are known before the first one comes. */
const KNOWN = knownNames(STATIC_TABLE);

/** Entries that are duplicated for one insertion, at most. */
const DUPLICATE_MAX = 8;
/** The part that is left free for duplicates that the peer must know of first. */
const RESERVED_PART = 1 / 5;
/** The smallest reserve that is of use; a smaller table has none. */
const RESERVED_MIN = 256;

/** The part that is filled before the peer has acknowledged anything, where it must first. */
const UNPROVEN_PART = 1 / 16;
/** And what the first entry may take. */
const FIRST_PART = 1 / 4;

/** Outcome of making room. */
export const enum Room {
  /** There is none. */
  None,
  Made,
  /** There would be, but for the entries that the section itself refers to. */
  Referred,
}

/** The dynamic table of one encoder. Entries have their absolute index as number. */
export class QpackEncoderTable extends EncoderTable {
  /**
   * The draining index (RFC 9204 section 2.1.1.1): entries below this number are not referred to any more,
   * and go as soon as they may.
   */
  draining = 0;
  readonly #policy: QpackPolicy;
  readonly #instructions: QpackInstructions;
  /** What was lost since an entry in the way could not be duplicated, in octets. */
  #lost = 0;

  constructor(policy: QpackPolicy, instructions: QpackInstructions) {
    super(KNOWN, 0);
    this.#policy = policy;
    this.#instructions = instructions;
  }

  /** Bytes that are left free for duplicates, where they are of no use at once. */
  get reserve(): number {
    const reserve = Math.floor(this.max * RESERVED_PART);
    return reserve < RESERVED_MIN ? 0 : reserve;
  }

  /**
   * Whether an entry may be inserted that is of use once the peer acknowledges it, while it has acknowledged
   * nothing: little is lost then where it never does.
   */
  mayTry(size: number): boolean {
    const { inserted, max } = this;
    return inserted === 0 ? size <= max * FIRST_PART : this.size + size <= max * UNPROVEN_PART;
  }

  /**
   * Makes room for an entry that is worth so much; where it fails nothing has changed.
   * @param limit entries from this number on must stay
   * @param least entries from this number on are those that the section itself refers to
   */
  makeRoom(size: number, worth: number, limit: number, least: number): Room {
    let room = this.max - this.size;
    let kept = 0;
    for (let entry = this.oldest; room < size; entry = entry.next) {
      if (entry === null) return Room.None;
      if (entry.number >= limit) return entry.number >= least ? Room.Referred : Room.None;
      if (!this.#isKept(entry, worth)) room += entry.size;
      else if (++kept > DUPLICATE_MAX) return Room.None;
    }
    while (this.max - this.size < size) {
      const entry = this.oldest as TableEntry;
      if (this.#isKept(entry, worth)) this.#duplicate(entry);
      else this.evictOldest();
    }
    return Room.Made;
  }

  /**
   * The same where duplicates go to the reserve, so that an entry is there until the peer has its duplicate.
   * What is in the reserve is given up at once, and leaves the peer's table with an insertion to come.
   * @param known the peer has all entries below this number
   */
  makeRoomBeside(size: number, worth: number, limit: number, known: number): Room {
    const needed = size + this.reserve;
    while (this.max - this.size < needed) {
      const entry = this.oldest;
      if (entry === null || entry.number >= limit || entry.copy >= known) break;
      if (this.#isKept(entry, worth)) break;
      this.evictOldest();
    }
    return this.max - this.size >= needed ? Room.Made : Room.None;
  }

  /** Bytes that are free, and those of the oldest entries that may go and are not worth keeping. */
  #roomBefore(worth: number, limit: number, known: number): number {
    let room = this.max - this.size;
    for (let entry = this.oldest; entry !== null; entry = entry.next) {
      if (entry.number >= limit || entry.copy >= known || this.#isKept(entry, worth)) break;
      room += entry.size;
    }
    return room;
  }

  /**
   * What stands in the way of an insertion is duplicated, so that sections to come refer to the duplicate.
   * Where there is no room for that it is not referred to any more, once that costs less than was lost.
   * @param octets what is lost because there was no room
   * @param outstanding sections that wait to be acknowledged
   */
  drain(octets: number, worth: number, limit: number, known: number, outstanding: number): void {
    let entry = this.oldest;
    for (let left = DUPLICATE_MAX; left > 0; left--, entry = entry.next) {
      if (entry === null || entry.number >= known) return;
      const isInTheWay = entry.number >= limit && this.#policy.isInUse(entry, outstanding);
      if (entry.copy >= 0 || !(isInTheWay || this.#isKept(entry, worth))) continue;
      if (this.#roomBefore(worth, limit, known) < entry.size) {
        if (isInTheWay && entry.number >= this.draining) this.#leave(entry, octets, outstanding);
        return;
      }
      while (this.max - this.size < entry.size) this.evictOldest();
      this.#duplicate(entry);
    }
  }

  /** Refers to an entry no more, once what was lost is more than its literals will cost meanwhile. */
  #leave(entry: TableEntry, octets: number, outstanding: number): void {
    this.#lost += octets;
    if (this.#lost < entry.value.length * (outstanding + 1)) return;
    this.#lost = 0;
    this.draining = entry.number + 1;
  }

  #isKept(entry: TableEntry, worth: number): boolean {
    return entry.number >= this.draining && this.#policy.isWorthKeeping(entry, worth);
  }

  /**
   * Inserts the field that the policy was asked for last; there must be room.
   * @returns false, and nothing is done, where it is no field
   */
  add(state: NameState, value: string): boolean {
    const { staticPlace, newest } = state;
    const relative = newest === null ? -1 : this.inserted - newest.number - 1;
    if (!this.#instructions.insert(staticPlace, relative, state.name, value)) return false;
    this.insert(state, value);
    this.#policy.start(state.newest as TableEntry);
    return true;
  }

  /** Inserts an entry again; where there is no room for both, the old one goes, which is the oldest then. */
  #duplicate(entry: TableEntry): void {
    const { state } = entry;
    this.#instructions.duplicate(this.inserted - entry.number - 1);
    this.insert(state, entry.value);
    this.#policy.passOn(entry, state.newest as TableEntry);
  }
}
