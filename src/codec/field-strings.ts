// The dynamic table of one connection in JavaScript strings, one a ring slot: made once, when the entry is inserted,
// so that a field that is repeated costs two reads of an array. The engine has no octets of entries.
//
// What a string of the table may hold back of the text that it came from is bounded: it is read on its own, or is so
// short that a substring is a copy, or most of that text went into the table. What is evicted is let go at the end of the
// call. Rules: HP-004, HP-016, HP-034.

import { FIELD_RING_ENTRIES_0, FIELD_SCRATCH, FieldBlock } from "../abi/field-memory.js";
import { FieldWord, LiteralRecord, SectionFlag, SectionRecord } from "../abi/field-tape.js";
import type { FieldInstance } from "../engine/field-instance.js";

/** Substrings up to this length are copies in every engine that we know. */
const COPIED_LENGTH = 12;
const VALUE_LENGTH_MASK = 0x3_ffff;
const SLOT_SHIFT = 18;
/** Slots of a Duplicate. */
const DUPLICATE_MASK = 0x1fff;
/** Longest text of a section that entries may be slices of. */
const SHARED_LENGTH = 4_096;

/** A static table by index. */
export interface StaticStrings {
  readonly names: readonly string[];
  readonly values: readonly string[];
}

/** The strings of a static table, flat, whose first entry has the index `first`. */
export function staticStrings(table: readonly string[], first: number): StaticStrings {
  const none = new Array<string>(first).fill("");
  return {
    names: [...none, ...table.filter((_, i) => i % 2 === 0)],
    values: [...none, ...table.filter((_, i) => i % 2 === 1)],
  };
}

/** Pseudo-fields by their bits of SectionFlag: each occurs once, unless the section is at fault. */
const PSEUDO_COUNTS = Array.from({ length: SectionFlag.AnyPseudo + 1 }, (_, bits) =>
  [1, 2, 4, 8, 16, 32].reduce((sum, bit) => sum + ((bits & bit) === 0 ? 0 : 1), 0),
);

/** The strings of one dynamic table, and of the static one. */
export class FieldStrings {
  readonly staticNames: readonly string[];
  readonly staticValues: readonly string[];
  #names: string[] = [];
  #values: string[] = [];
  #entries = FIELD_RING_ENTRIES_0;
  /** Number of the oldest entry that is kept, counted from the first insertion (modulo 2^32). */
  #oldest = 0;
  /** Octets of the literals of the section under way, once one of them needs it. */
  #text: string | null = null;
  /** Whether entries of the section under way may be slices of its text. */
  #isShared = false;

  constructor({ names, values }: StaticStrings) {
    this.staticNames = names;
    this.staticValues = values;
  }

  /**
   * Reads the section record at word `at` of the tape and the field records behind it: keeps what was inserted, lets go
   * what was evicted, and returns the fields of the message, name and value. With `pseudo` the pseudo-fields are
   * appended there instead. Every section with insertions must be read, once, in order. `block` is the connection's
   * in this instance.
   */
  read(instance: FieldInstance, block: number, at: number, pseudo: string[] | null): string[] {
    const { i32 } = instance;
    const entries = i32[(block >> 2) + FieldBlock.RingEntries] as number;
    if (entries !== this.#entries) this.#rearrange(entries);
    const names = this.#names;
    const values = this.#values;
    // An array of the right length: growing one costs more than all the strings in it (measured: 20 %).
    const flags = i32[at + SectionRecord.Flags] as number;
    const apart = pseudo === null ? 0 : (PSEUDO_COUNTS[flags & SectionFlag.AnyPseudo] as number);
    const count = ((i32[at + SectionRecord.FieldCount] as number) - apart) * 2;
    const fields = new Array<string>(count);
    let to = 0;
    const end = at + SectionRecord.Size + (i32[at + SectionRecord.Words] as number);
    this.#isShared = (flags & SectionFlag.Inserts) !== 0 && isMostlyInserted(i32, at, end);
    for (let word = at + SectionRecord.Size; word < end; ) {
      const head = i32[word] as number;
      const index = head >> FieldWord.IndexShift;
      let name: string;
      let value: string;
      switch (head & FieldWord.FormMask) {
        case FieldWord.Static:
          name = this.staticNames[index] as string;
          value = this.staticValues[index] as string;
          word++;
          break;
        case FieldWord.Dynamic:
          name = names[index] as string;
          value = values[index] as string;
          word++;
          break;
        case FieldWord.Duplicate:
          this.#duplicate(head);
          word++;
          continue;
        default:
          name = this.#literalName(instance, at, word, head);
          value = this.#literalValue(instance, at, word, head);
          if ((head & FieldWord.Inserted) !== 0) this.#keep(i32, word, name, value);
          word += LiteralRecord.Size;
          if ((head & FieldWord.TableOnly) !== 0) continue;
      }
      if (pseudo !== null && (head & FieldWord.Pseudo) !== 0) {
        pseudo.push(name, value);
      } else {
        fields[to++] = name;
        fields[to++] = value;
      }
    }
    if (to !== count) fields.length = to;
    this.#text = null;
    const oldest = i32[at + SectionRecord.Oldest] as number;
    if (oldest !== this.#oldest) this.#letGo(oldest, i32[at + SectionRecord.Inserted] as number);
    return fields;
  }

  #literalName(instance: FieldInstance, section: number, word: number, head: number): string {
    const index = head >> FieldWord.IndexShift;
    if ((head & FieldWord.NameStatic) !== 0) return this.staticNames[index] as string;
    if ((head & FieldWord.NameDynamic) !== 0) return this.#names[index] as string;
    const { i32 } = instance;
    const start = i32[word + LiteralRecord.Start] as number;
    const length = i32[word + LiteralRecord.NameLength] as number;
    return this.#string(instance, section, head, start, length);
  }

  #literalValue(instance: FieldInstance, section: number, word: number, head: number): string {
    const { i32 } = instance;
    const start = i32[word + LiteralRecord.Start] as number;
    const nameLength = i32[word + LiteralRecord.NameLength] as number;
    const length = (i32[word + LiteralRecord.ValueLengthAndSlot] as number) & VALUE_LENGTH_MASK;
    return this.#string(instance, section, head, start + nameLength, length);
  }

  /** `length` octets of the scratch area as a string; where the field goes into the table, one that holds nothing else. */
  #string(
    instance: FieldInstance,
    section: number,
    head: number,
    start: number,
    length: number,
  ): string {
    if ((head & FieldWord.Inserted) !== 0 && length > COPIED_LENGTH && !this.#isShared)
      return instance.text(FIELD_SCRATCH + start, FIELD_SCRATCH + start + length);
    const base = instance.i32[section + SectionRecord.TextStart] as number;
    this.#text ??= sectionText(instance, section);
    return this.#text.substring(start - base, start - base + length);
  }

  #keep(i32: Int32Array, word: number, name: string, value: string): void {
    const slot = (i32[word + LiteralRecord.ValueLengthAndSlot] as number) >> SLOT_SHIFT;
    this.#names[slot] = name;
    this.#values[slot] = value;
  }

  #duplicate(head: number): void {
    const from = (head >> FieldWord.DuplicateShift) & DUPLICATE_MASK;
    const to = (head >> FieldWord.DuplicateSlotShift) & DUPLICATE_MASK;
    this.#names[to] = this.#names[from] as string;
    this.#values[to] = this.#values[from] as string;
  }

  /** Clears the slots of entries before `oldest` that nothing has taken since. */
  #letGo(oldest: number, inserted: number): void {
    let gone = this.#oldest;
    this.#oldest = oldest;
    const mask = this.#entries - 1;
    // Slots are never cleared twice, nor those that newer entries have: at most one turn of the ring.
    const overwritten = (inserted - this.#entries) | 0;
    if ((oldest - gone) >>> 0 > (oldest - overwritten) >>> 0) gone = overwritten;
    for (; gone !== oldest; gone = (gone + 1) | 0) {
      this.#names[gone & mask] = "";
      this.#values[gone & mask] = "";
    }
  }

  /** The table got a ring of another length: entries move to the slots that they have there. */
  #rearrange(entries: number): void {
    const { length } = this.#names;
    const from = this.#entries - 1;
    const names: string[] = [];
    const values: string[] = [];
    for (let i = 0; i < entries; i++) {
      names.push("");
      values.push("");
    }
    for (let i = 0; i < length; i++) {
      const number = (this.#oldest + i) | 0;
      names[number & (entries - 1)] = this.#names[number & from] ?? "";
      values[number & (entries - 1)] = this.#values[number & from] ?? "";
    }
    this.#names = names;
    this.#values = values;
    this.#entries = entries;
  }
}

/** Octets of the section's literals, as one string. */
function sectionText({ i32, text }: FieldInstance, at: number): string {
  const start = FIELD_SCRATCH + (i32[at + SectionRecord.TextStart] as number);
  return text(start, start + (i32[at + SectionRecord.TextLength] as number));
}

/**
 * Whether entries may be slices of the section's text, which cost a fifth of strings of their own: where three quarters
 * of it go into the table. What slices hold back is then at most a third more than the table, and the text of the one
 * section that is evicted in part.
 */
function isMostlyInserted(i32: Int32Array, at: number, end: number): boolean {
  const textLength = i32[at + SectionRecord.TextLength] as number;
  if (textLength > SHARED_LENGTH) return false;
  let inserted = 0;
  for (let word = at + SectionRecord.Size; word < end; ) {
    const head = i32[word] as number;
    if ((head & FieldWord.FormMask) !== FieldWord.Literal) {
      word++;
      continue;
    }
    if ((head & FieldWord.Inserted) !== 0) {
      inserted += i32[word + LiteralRecord.NameLength] as number;
      inserted += (i32[word + LiteralRecord.ValueLengthAndSlot] as number) & VALUE_LENGTH_MASK;
    }
    word += LiteralRecord.Size;
  }
  return inserted * 4 >= textLength * 3;
}
