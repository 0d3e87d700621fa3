// The encoder that makes the field blocks of the benchmark, so that these stay the same whatever is measured. It does what a
// current browser does: every field is inserted into the dynamic table, but for pseudo-fields other than :authority; credentials
// are never indexed; strings are Huffman-coded where that is shorter.

import { STATIC_FIELDS } from "./hpack-tables.js";
import { integer, text } from "./wire-coding.js";

const TABLE_SIZE = 4096;
const ENTRY_OVERHEAD = 32;
const NEVER_INDEXED = new Set(["authorization"]);

const staticIndexes = new Map<string, number>();
STATIC_FIELDS.forEach(([name, value], i) => {
  if (!staticIndexes.has(name)) staticIndexes.set(name, i + 1);
  staticIndexes.set(`${name}\0${value}`, i + 1);
});

/** One direction of one connection. */
export class WireEncoder {
  /** Newest first. */
  readonly #entries: (readonly [name: string, value: string])[] = [];
  #size = 0;

  /** The field block of one flat list of names and values. */
  encode(fields: readonly string[]): Uint8Array {
    const out: number[] = [];
    for (let i = 0; i < fields.length; i += 2) {
      this.#field(out, fields[i] as string, fields[i + 1] as string);
    }
    return Uint8Array.from(out);
  }

  #field(out: number[], name: string, value: string): void {
    const index = this.#indexOf(name, value);
    if (index > 0) {
      integer(out, 0x80, 7, index);
      return;
    }
    const nameIndex = this.#nameIndexOf(name);
    const inserted = !NEVER_INDEXED.has(name) && (name[0] !== ":" || name === ":authority");
    if (inserted) integer(out, 0x40, 6, nameIndex);
    else integer(out, NEVER_INDEXED.has(name) ? 0x10 : 0, 4, nameIndex);
    if (nameIndex === 0) text(out, 0, 7, name);
    text(out, 0, 7, value);
    if (inserted) this.#insert(name, value);
  }

  #indexOf(name: string, value: string): number {
    const known = staticIndexes.get(`${name}\0${value}`);
    if (known !== undefined) return known;
    const at = this.#entries.findIndex((entry) => entry[0] === name && entry[1] === value);
    return at < 0 ? 0 : STATIC_FIELDS.length + 1 + at;
  }

  #nameIndexOf(name: string): number {
    const known = staticIndexes.get(name);
    if (known !== undefined) return known;
    const at = this.#entries.findIndex((entry) => entry[0] === name);
    return at < 0 ? 0 : STATIC_FIELDS.length + 1 + at;
  }

  #insert(name: string, value: string): void {
    this.#entries.unshift([name, value]);
    this.#size += name.length + value.length + ENTRY_OVERHEAD;
    while (this.#size > TABLE_SIZE) {
      const [oldName, oldValue] = this.#entries.pop() as readonly [string, string];
      this.#size -= oldName.length + oldValue.length + ENTRY_OVERHEAD;
    }
  }
}
