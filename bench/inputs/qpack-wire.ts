// The QPACK encoder that makes the inputs of the benchmark, so that these stay the same whatever is measured. Insertions go to the
// encoder stream before the section that refers to them; every earlier section counts as acknowledged, as it is where the round trip
// is shorter than the time between two requests.
//
//   "static"      no dynamic table
//   "repeated"    a field is inserted when it came before among the last 64 fields
//   "all"         every field is inserted, but for pseudo-fields other than :authority, as HPACK's encoders in browsers do
//
// Credentials are never indexed; strings are Huffman-coded where that is shorter.

import { QPACK_STATIC_FIELDS } from "./qpack-tables.js";
import { integer, text } from "./wire-coding.js";

/** SETTINGS_QPACK_MAX_TABLE_CAPACITY of the server, all of which is used. */
export const TABLE_CAPACITY = 4096;
const ENTRY_OVERHEAD = 32;
const MAX_ENTRIES = TABLE_CAPACITY / ENTRY_OVERHEAD;
const HISTORY = 64;
const NEVER_INDEXED = new Set(["authorization"]);

export type QpackPolicy = "static" | "repeated" | "all";

/** One message: what the encoder stream carries before it, and its field section. */
export interface QpackBlock {
  readonly instructions: Uint8Array;
  readonly section: Uint8Array;
}

interface Entry {
  readonly name: string;
  readonly value: string;
  readonly size: number;
}

const staticIndexes = new Map<string, number>();
QPACK_STATIC_FIELDS.forEach(([name, value], i) => {
  if (!staticIndexes.has(name)) staticIndexes.set(name, i);
  staticIndexes.set(`${name}\0${value}`, i);
});

/** One direction of one connection. */
export class QpackWireEncoder {
  readonly #policy: QpackPolicy;
  /** Oldest first; the first one has the absolute index `#dropped`. */
  readonly #entries: Entry[] = [];
  #dropped = 0;
  #size = 0;
  readonly #history: string[] = [];
  #isOpen = false;

  constructor(policy: QpackPolicy) {
    this.#policy = policy;
  }

  /** One flat list of names and values. */
  encode(fields: readonly string[]): QpackBlock {
    const instructions: number[] = [];
    if (!this.#isOpen && this.#policy !== "static") integer(instructions, 0x20, 5, TABLE_CAPACITY);
    this.#isOpen = true;
    const found = this.#insertAll(fields, instructions);
    const base = this.#inserted;
    const lines: number[] = [];
    let required = 0;
    for (let i = 0; i < fields.length; i += 2) {
      const at = found[i / 2] as number;
      required = Math.max(required, at + 1);
      this.#line(lines, fields[i] as string, fields[i + 1] as string, at, base);
    }
    const prefix: number[] = [];
    integer(prefix, 0, 8, required === 0 ? 0 : (required % (2 * MAX_ENTRIES)) + 1);
    integer(prefix, 0, 7, required === 0 ? 0 : base - required);
    return {
      instructions: Uint8Array.from(instructions),
      section: Uint8Array.from([...prefix, ...lines]),
    };
  }

  get #inserted(): number {
    return this.#dropped + this.#entries.length;
  }

  /** Inserts what the policy says. For each field the absolute index of its entry, or -1. */
  #insertAll(fields: readonly string[], instructions: number[]): number[] {
    const found: number[] = [];
    for (let i = 0; i < fields.length; i += 2) {
      const [name, value] = [fields[i] as string, fields[i + 1] as string];
      const wanted = this.#wants(name, value);
      let at = staticIndexes.has(`${name}\0${value}`) ? -1 : this.#indexOf(name, value);
      // What this section refers to must stay.
      const oldest = Math.min(...found.filter((index) => index >= 0), this.#inserted);
      if (at < 0 && wanted && this.#hasRoom(name, value, oldest)) {
        this.#insert(instructions, name, value);
        at = this.#inserted - 1;
      }
      found.push(at);
    }
    return found;
  }

  #wants(name: string, value: string): boolean {
    if (this.#policy === "static" || NEVER_INDEXED.has(name)) return false;
    if (staticIndexes.has(`${name}\0${value}`)) return false;
    if (this.#policy === "all") return name[0] !== ":" || name === ":authority";
    const key = `${name}\0${value}`;
    const isKnown = this.#history.includes(key);
    this.#history.push(key);
    if (this.#history.length > HISTORY) this.#history.shift();
    return isKnown;
  }

  /** Whether an entry fits when all entries below `oldest` go. */
  #hasRoom(name: string, value: string, oldest: number): boolean {
    let room = TABLE_CAPACITY - this.#size - name.length - value.length - ENTRY_OVERHEAD;
    for (let i = 0; room < 0 && i < oldest - this.#dropped; i++)
      room += this.#entries[i]?.size ?? 0;
    return room >= 0;
  }

  #insert(instructions: number[], name: string, value: string): void {
    const known = staticIndexes.get(name);
    const at = known === undefined ? this.#nameIndexOf(name) : -1;
    if (known !== undefined) integer(instructions, 0xc0, 6, known);
    else if (at >= 0) integer(instructions, 0x80, 6, this.#inserted - 1 - at);
    else text(instructions, 0x40, 5, name);
    text(instructions, 0, 7, value);
    const size = name.length + value.length + ENTRY_OVERHEAD;
    this.#entries.push({ name, value, size });
    this.#size += size;
    for (; this.#size > TABLE_CAPACITY; this.#dropped++) {
      this.#size -= this.#entries.shift()?.size ?? 0;
    }
  }

  /** @param at absolute index of the entry that is the field, or -1 */
  #line(out: number[], name: string, value: string, at: number, base: number): void {
    const known = staticIndexes.get(`${name}\0${value}`);
    if (known !== undefined) return integer(out, 0xc0, 6, known);
    if (at >= 0) return integer(out, 0x80, 6, base - 1 - at);
    const never = NEVER_INDEXED.has(name);
    const nameIndex = staticIndexes.get(name);
    if (nameIndex !== undefined) integer(out, never ? 0x70 : 0x50, 4, nameIndex);
    else text(out, never ? 0x30 : 0x20, 3, name);
    text(out, 0, 7, value);
  }

  #indexOf(name: string, value: string): number {
    const at = this.#entries.findIndex((entry) => entry.name === name && entry.value === value);
    return at < 0 ? -1 : this.#dropped + at;
  }

  #nameIndexOf(name: string): number {
    const at = this.#entries.findIndex((entry) => entry.name === name);
    return at < 0 ? -1 : this.#dropped + at;
  }
}
