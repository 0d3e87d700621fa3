// The dynamic table of the QPACK encoder: how it makes room (RFC 9204 section 2.1.1). Entries that a
// section refers to, and those that the peer need not have yet, stay; so do, as duplicates, entries that
// are worth more than what comes.
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
  readonly #policy: QpackPolicy;
  readonly #instructions: QpackInstructions;

  constructor(policy: QpackPolicy, instructions: QpackInstructions) {
    super(KNOWN, 0);
    this.#policy = policy;
    this.#instructions = instructions;
  }

  /**
   * Makes room for an entry that is worth so much; where it fails nothing has changed.
   * @param limit entries from this number on must stay
   * @param least entries from this number on are those that the section itself refers to
   */
  makeRoom(size: number, worth: number, limit: number, least: number): Room {
    const policy = this.#policy;
    let room = this.max - this.size;
    let kept = 0;
    for (let entry = this.oldest; room < size; entry = entry.next) {
      if (entry === null) return Room.None;
      if (entry.number >= limit) return entry.number >= least ? Room.Referred : Room.None;
      if (!policy.isWorthKeeping(entry, worth)) room += entry.size;
      else if (++kept > DUPLICATE_MAX) return Room.None;
    }
    while (this.max - this.size < size) {
      const entry = this.oldest as TableEntry;
      if (policy.isWorthKeeping(entry, worth)) this.#duplicate(entry);
      else this.evictOldest();
    }
    return Room.Made;
  }

  /**
   * The same where a duplicate is of no use before the peer knows of it: what is worth keeping is
   * duplicated into a reserve, and evicted once that is known.
   * @param known the peer knows of all entries below this number
   * @returns whether there is room; else there may be for a later section
   */
  makeRoomAhead(size: number, worth: number, limit: number, known: number): boolean {
    const reserve = Math.floor(this.max * RESERVED_PART);
    if (reserve < RESERVED_MIN) return this.makeRoom(size, worth, limit, limit) === Room.Made;
    const policy = this.#policy;
    while (this.max - this.size < size + reserve) {
      const entry = this.oldest;
      if (entry === null || entry.number >= limit || entry.copy >= known) break;
      if (policy.isWorthKeeping(entry, worth)) break;
      this.evictOldest();
    }
    if (this.max - this.size >= size + reserve) return true;
    let entry = this.oldest;
    for (let left = DUPLICATE_MAX; left > 0; left--) {
      if (entry === null || entry.number >= limit) break;
      if (policy.isWorthKeeping(entry, worth)) {
        if (this.max - this.size < entry.size) break;
        this.#duplicate(entry);
      }
      entry = entry.next;
    }
    return false;
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
