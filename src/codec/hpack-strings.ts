// The dynamic table of one connection in JavaScript strings, one a ring slot: made once, when the entry is inserted,
// so that a field that is repeated costs two reads of an array. The engine has no octets of entries.
//
// A string of the table never pins the block it came from: it is read on its own, or is so short that a
// substring is a copy. What is evicted is let go at the end of the block. Rules: HP-004, HP-016, HP-034.

import { H2_RING_ENTRIES_0, H2_SCRATCH, H2Block } from "../abi/h2-memory.js";
import { FieldWord, LiteralRecord, SectionRecord } from "../abi/h2-tape.js";
import { STATIC_TABLE } from "../abi/hpack-static.js";
import type { H2Instance } from "../engine/h2-instance.js";

/** Substrings up to this length are copies in every engine that we know. */
const COPIED_LENGTH = 12;
const VALUE_LENGTH_MASK = 0x3_ffff;
const SLOT_SHIFT = 18;
const SLOT_MASK = 0x1fff;
const INDEX_MASK = 0xffff;

/** The strings of one dynamic table. */
export class HpackStrings {
  #names: string[] = [];
  #values: string[] = [];
  #entries = H2_RING_ENTRIES_0;
  /** Number of the oldest entry that is kept, counted from the first insertion (modulo 2^32). */
  #oldest = 0;

  /**
   * Reads the section record at word `at` of the tape and the field records behind it: keeps what was inserted, lets go
   * what was evicted, and appends the fields of the message, name and value: pseudo-fields to `pseudo`, others to
   * `fields` (the same array may be both). Must be called for every section, in order. `block` is the
   * connection's in this instance. Returns the word behind the records.
   */
  read(
    instance: H2Instance,
    block: number,
    at: number,
    pseudo: string[],
    fields: string[],
  ): number {
    const { i32 } = instance;
    const entries = i32[(block >> 2) + H2Block.RingEntries] as number;
    if (entries !== this.#entries) this.#rearrange(entries);
    const end = at + SectionRecord.Size + (i32[at + SectionRecord.Words] as number);
    let text: string | null = null;
    for (let word = at + SectionRecord.Size; word < end; ) {
      const head = i32[word] as number;
      const index = (head >> FieldWord.IndexShift) & INDEX_MASK;
      const list = (head & FieldWord.Pseudo) === 0 ? fields : pseudo;
      switch (head & FieldWord.FormMask) {
        case FieldWord.Static: {
          list.push(STATIC_TABLE[2 * index - 2] as string, STATIC_TABLE[2 * index - 1] as string);
          word++;
          break;
        }
        case FieldWord.Dynamic: {
          list.push(this.#names[index] as string, this.#values[index] as string);
          word++;
          break;
        }
        default: {
          text ??= sectionText(instance, at);
          this.#readLiteral(instance, word, head, text, at, list);
          word += LiteralRecord.Size;
        }
      }
    }
    this.#letGo(i32[at + SectionRecord.Oldest] as number, i32[at + SectionRecord.Inserted] as number);
    return end;
  }

  #readLiteral(
    instance: H2Instance,
    word: number,
    head: number,
    text: string,
    section: number,
    list: string[],
  ): void {
    const { i32 } = instance;
    const start = i32[word + LiteralRecord.Start] as number;
    const nameLength = i32[word + LiteralRecord.NameLength] as number;
    const lengthAndSlot = i32[word + LiteralRecord.ValueLengthAndSlot] as number;
    const valueStart = start + nameLength;
    const valueEnd = valueStart + (lengthAndSlot & VALUE_LENGTH_MASK);
    const base = i32[section + SectionRecord.TextStart] as number;
    const index = (head >> FieldWord.IndexShift) & INDEX_MASK;
    const isInserted = (head & FieldWord.Inserted) !== 0;
    let name: string;
    if ((head & FieldWord.NameStatic) !== 0) name = STATIC_TABLE[2 * index - 2] as string;
    else if ((head & FieldWord.NameDynamic) !== 0) name = this.#names[index] as string;
    else if (isInserted) name = ownString(instance, text, base, start, valueStart);
    else name = text.substring(start - base, valueStart - base);
    let value: string;
    if (isInserted) {
      value = ownString(instance, text, base, valueStart, valueEnd);
      const slot = (lengthAndSlot >> SLOT_SHIFT) & SLOT_MASK;
      this.#names[slot] = name;
      this.#values[slot] = value;
    } else {
      value = text.substring(valueStart - base, valueEnd - base);
    }
    if ((head & FieldWord.TableOnly) === 0) list.push(name, value);
  }

  /** Clears the slots of entries before `oldest` that nothing has taken since. */
  #letGo(oldest: number, inserted: number): void {
    let gone = this.#oldest;
    this.#oldest = oldest;
    if (gone === oldest) return;
    const mask = this.#entries - 1;
    const overwritten = inserted - this.#entries;
    if ((overwritten - gone) >> 0 > 0) gone = overwritten | 0;
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
function sectionText({ i32, text }: H2Instance, at: number): string {
  const start = H2_SCRATCH + (i32[at + SectionRecord.TextStart] as number);
  return text(start, start + (i32[at + SectionRecord.TextLength] as number));
}

/** [start, end) of the scratch area as a string that holds nothing else. */
function ownString(
  instance: H2Instance,
  text: string,
  base: number,
  start: number,
  end: number,
): string {
  if (end - start <= COPIED_LENGTH) return text.substring(start - base, end - base);
  return instance.text(H2_SCRATCH + start, H2_SCRATCH + end);
}
