// What the QPACK encoder puts into its dynamic table, and what it keeps there. Nothing is known of what is
// still to come, so both are guessed from what was:
//
// 1. Secrets are never indexed (indexing-policy.ts).
// 2. The chance of a value to come again is the share of its name's values that did, and more where the
//    value itself came before: values that were sent as literals are remembered by their hash, in a table
//    of fixed size, older ones with less weight. Names whose values are another one each time begin low.
// 3. What an entry is worth is the octets that it saves a time, by how often and how lately it was used,
//    for each byte of the table. A field is inserted only where what must go for it is worth less.
// 4. An entry that is worth keeping and stands in the way is duplicated (RFC 9204 section 2.1.1.1), an
//    octet or two, and goes on as the newest.
// 5. An insertion that the section may refer to at once costs an octet more than the literal; one that it
//    may not costs the whole literal again, and needs a better chance.
// 6. The fewer streams may still be blocked, the more octets must a section save that blocks one.
//
// The numbers were found on public header lists (bench/protocols/qpack-sizes.ts), the same for all sizes
// of tables and all lists.
// Rules: QP-EN-4.

import type { NameState, TableEntry } from "./encoder-table.js";
import { Indexing } from "./indexing-policy.js";

/** Sections after which uses count half. */
const HALF_LIFE_LOG2 = 5;
/** What it counts that an entry was used in the section before, against a use at any time. */
const RECENCY = 4;
/** What it counts that a value came before, against the share of its name's values that do. */
const SEEN = 2;
/** How much more a field must be worth than the entry that goes for it. */
const ADVANTAGE = 1.4;
/** The share that a name begins with; it counts as one value. */
const SHARE = 1;
/** And where values are another one each time. */
const SHARE_OF_VARYING = 0.1;
/** The least share for a value that did not come before: in free room, and where something must go. */
const SHARE_FOR_ROOM = 0.5;
const SHARE_FOR_EVICTION = 0.2;
/** The least chance of what the section may not refer to at once. */
const CHANCE_AHEAD = 0.7;
const SEEN_AHEAD = 0.5;

/** Values that are remembered, at first and once there were more; and the parts of what is kept of one: hash, epoch, uses. */
const SEEN_FIRST = 128;
const SEEN_COUNT = 256;
const EPOCH_SHIFT = 8;
const USES_MASK = 0xff;
/** Uses are counted in quarters. */
const QUARTERS = 4;
const QUARTERS_MAX = 255;

/** Most streams that block without a look at what it saves, of those that may; and how it rises then. */
const FREE_STREAMS = 0.1;
const STREAMS_RISE = 2;
/** Of the octets that a section saves on average; a twentieth of each section goes into that. */
const SAVED_SHARE = 0.9;
const SAVED_WEIGHT = 0.05;

/** The guesses of one encoder. */
export class QpackPolicy {
  /** Number of the section that is being written. */
  section = 0;
  /** Chance of the last value that `isWorthInserting` was asked for, and whether it came for the first time. */
  chance = 0;
  isFirst = false;
  #epoch = 0;
  #seen: Uint32Array | null = null;
  /** Values that were new. */
  #newCount = 0;
  /** Octets that a section saves by entries that the peer need not have yet. */
  #averageSaved = 0;

  /** A section begins. */
  begin(): void {
    this.#epoch = this.section >> HALF_LIFE_LOG2;
    this.section++;
  }

  /** The section refers to an entry; several times count as once. */
  use(entry: TableEntry): void {
    if (entry.lastSection === this.section) return;
    this.#age(entry);
    entry.uses++;
    entry.lastSection = this.section;
    if (!entry.isUnused) return;
    entry.isUnused = false;
    entry.state.againCount++;
  }

  /** A new entry, for the value that was asked for last. */
  start(entry: TableEntry): void {
    entry.uses = this.chance;
    entry.epoch = this.#epoch;
    entry.lastSection = this.section;
    entry.isUnused = this.isFirst;
  }

  /** A duplicate goes on where the entry ends. */
  passOn(entry: TableEntry, duplicate: TableEntry): void {
    duplicate.uses = entry.uses;
    duplicate.epoch = entry.epoch;
    duplicate.lastSection = entry.lastSection;
    duplicate.isUnused = entry.isUnused;
    entry.copy = duplicate.number;
  }

  /** Whether an entry is worth more than a field of which `worthOf` is known: rule 3. */
  isWorthKeeping(entry: TableEntry, worth: number): boolean {
    if (entry.copy >= 0) return false;
    if (entry.lastSection === this.section) return true;
    this.#age(entry);
    const recency = RECENCY / (this.section - entry.lastSection + 1);
    const kept = ((entry.uses + recency) * benefitOf(entry.value)) / entry.size;
    return kept * ADVANTAGE > worth;
  }

  /** Whether one of the last sections used an entry. */
  isInUse(entry: TableEntry, sections: number): boolean {
    return entry.lastSection + sections >= this.section;
  }

  /** What the value is worth that was asked for last. */
  worthOf(value: string, size: number): number {
    return (2 * this.chance * benefitOf(value)) / size;
  }

  /**
   * Whether a value that the table lacks is worth an insertion, as far as its chance goes; and remembers it.
   * @param isAhead the section itself may not refer to it
   * @param isFree nothing must go for it
   */
  isWorthInserting(state: NameState, value: string, isAhead: boolean, isFree: boolean): boolean {
    const uses = this.#see(state.name, value);
    const isFirst = uses === 0;
    if (isFirst) state.firstCount++;
    else if (uses === 1) state.againCount++;
    const prior = state.indexing === Indexing.Without ? SHARE_OF_VARYING : SHARE;
    const others = Math.max(0, state.firstCount - 1);
    const share = Math.min(1, (state.againCount + prior) / (others + 1));
    this.chance = SEEN * uses + share;
    this.isFirst = isFirst;
    if (isAhead) return share + uses * SEEN_AHEAD >= CHANCE_AHEAD;
    return !isFirst || share >= (isFree ? SHARE_FOR_ROOM : SHARE_FOR_EVICTION);
  }

  /** Whether a section that saves so many octets may block one stream more of those that the peer allows. */
  mayBlock(saved: number, blocked: number, allowed: number): boolean {
    const rise = STREAMS_RISE * Math.max(0, blocked / allowed - FREE_STREAMS);
    const least = this.#averageSaved * Math.min(SAVED_SHARE, rise);
    this.#averageSaved += (saved - this.#averageSaved) * SAVED_WEIGHT;
    return saved >= least;
  }

  /** Uses of a value since it was first seen, older ones less; counts this one. */
  #see(name: string, value: string): number {
    const seen = this.#seenTable();
    const hash = hashOf(name, value);
    const at = hash & (seen.length - 1);
    const known = seen[at] as number;
    const epoch = this.#epoch & 0xff;
    const age = (epoch - (known >> EPOCH_SHIFT)) & 0xff;
    const isKnown = (known & 0xffff0000) === (hash & 0xffff0000) && age < 8;
    if (!isKnown) this.#newCount++;
    const quarters = isKnown ? (known & USES_MASK) >> age : 0;
    const now = Math.min(QUARTERS_MAX, quarters + QUARTERS);
    seen[at] = (hash & 0xffff0000) | (epoch << EPOCH_SHIFT) | now;
    return quarters / QUARTERS;
  }

  /** The table, larger before its values push each other out: most connections say little that is new, and are many. */
  #seenTable(): Uint32Array {
    const seen = this.#seen;
    if (seen === null) {
      this.#seen = new Uint32Array(SEEN_FIRST);
      return this.#seen;
    }
    if (this.#newCount < SEEN_FIRST / 4 || seen.length === SEEN_COUNT) return seen;
    const larger = new Uint32Array(SEEN_COUNT);
    // Which of the larger table's places a value has is not known: it stands at each of them.
    for (let at = 0; at < SEEN_COUNT; at += SEEN_FIRST) larger.set(seen, at);
    this.#seen = larger;
    return larger;
  }

  #age(entry: TableEntry): void {
    if (entry.epoch === this.#epoch) return;
    entry.uses *= 2 ** (entry.epoch - this.#epoch);
    entry.epoch = this.#epoch;
  }
}

/** Octets that an entry saves a time, about. */
function benefitOf(value: string): number {
  return value.length + 2;
}

/** A hash of a field, all bits of it used. */
function hashOf(name: string, value: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ 0x1ff, 0x01000193);
  for (let i = 0; i < value.length; i++) hash = Math.imul(hash ^ value.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 12);
}
