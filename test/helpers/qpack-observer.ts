// What a QPACK encoder did, octet by octet, as it did it: instructions with the entries they evict, and sections with the form of
// each line and the entries it refers to. Sees everything at once, unlike a decoder; checks what no encoder may do at all.

import { NAIVE_CODES } from "./naive/hpack.js";
import { NAIVE_STATIC } from "./naive/qpack-static.js";

export type LineForm =
  | "static"
  | "dynamic"
  | "post-base"
  | "static-name"
  | "dynamic-name"
  | "post-base-name"
  | "literal";

export interface SeenLine {
  name: string;
  value: string;
  form: LineForm;
  /** The N bit. */
  never: boolean;
  /** The absolute index of the entry that it refers to; null: none of the dynamic table. */
  entry: number | null;
  /** Which of its strings are in the Huffman code. */
  huffman: boolean[];
}

export interface SeenSection {
  required: number;
  base: number;
  lines: SeenLine[];
}

export type SeenInstruction =
  | { kind: "capacity"; capacity: number }
  | { kind: "duplicate"; entry: number; evicted: number[] }
  | {
      kind: "insert";
      name: string;
      value: string;
      by: "static" | "dynamic" | "literal";
      evicted: number[];
    };

const SYMBOLS = new Map(NAIVE_CODES.map((code, symbol) => [code, symbol]));

function huffman(octets: Uint8Array): string {
  let text = "";
  let code = "";
  for (const octet of octets) {
    for (const bit of octet.toString(2).padStart(8, "0")) {
      code += bit;
      const symbol = SYMBOLS.get(code);
      if (symbol === undefined) continue;
      text += String.fromCharCode(symbol);
      code = "";
    }
  }
  if (code.length > 7 || code.includes("0")) throw new Error("padding");
  return text;
}

class Octets {
  at = 0;
  constructor(readonly bytes: Uint8Array) {}

  get isEmpty(): boolean {
    return this.at >= this.bytes.length;
  }

  get first(): number {
    const octet = this.bytes[this.at];
    if (octet === undefined) throw new Error("an instruction or a line is not whole");
    return octet;
  }

  integer(prefix: number): number {
    const full = 2 ** prefix - 1;
    let value = this.first & full;
    this.at++;
    if (value < full) return value;
    for (let unit = 1; ; unit *= 128) {
      const octet = this.first;
      this.at++;
      value += (octet & 127) * unit;
      if (octet < 128) return value;
    }
  }

  string(prefix: number, forms: boolean[]): string {
    const isHuffman = (this.first & (1 << prefix)) !== 0;
    const length = this.integer(prefix);
    const octets = this.bytes.subarray(this.at, this.at + length);
    if (octets.length < length) throw new Error("a string is not whole");
    this.at += length;
    forms.push(isHuffman);
    return isHuffman ? huffman(octets) : String.fromCharCode(...octets);
  }
}

/** Reads the output of one encoder. */
export class QpackObserver {
  /** All entries ever inserted. */
  readonly entries: (readonly [name: string, value: string])[] = [];
  /** Entries below this index are evicted. */
  evicted = 0;
  capacity = 0;
  readonly #maxCapacity: number;

  constructor(maxCapacity: number) {
    this.#maxCapacity = maxCapacity;
  }

  get size(): number {
    return this.entries
      .slice(this.evicted)
      .reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
  }

  /** Whole instructions. */
  instructions(bytes: Uint8Array): SeenInstruction[] {
    const octets = new Octets(bytes);
    const seen: SeenInstruction[] = [];
    while (!octets.isEmpty) seen.push(this.#instruction(octets));
    return seen;
  }

  #instruction(octets: Octets): SeenInstruction {
    const { first } = octets;
    if (first >= 128) {
      const isStatic = (first & 64) !== 0;
      const index = octets.integer(6);
      const name = isStatic
        ? this.#static(index)[0]
        : this.#live(this.entries.length - 1 - index)[0];
      const value = octets.string(7, []);
      const evicted = this.#insert(name, value);
      return { kind: "insert", name, value, by: isStatic ? "static" : "dynamic", evicted };
    }
    if (first >= 64) {
      const name = octets.string(5, []);
      const value = octets.string(7, []);
      return { kind: "insert", name, value, by: "literal", evicted: this.#insert(name, value) };
    }
    if (first >= 32) {
      this.capacity = octets.integer(5);
      if (this.capacity > this.#maxCapacity) throw new Error("a capacity above the maximum");
      return { kind: "capacity", capacity: this.capacity };
    }
    const entry = this.entries.length - 1 - octets.integer(5);
    return { kind: "duplicate", entry, evicted: this.#insert(...this.#live(entry)) };
  }

  #insert(name: string, value: string): number[] {
    const size = name.length + value.length + 32;
    if (size > this.capacity) throw new Error("an entry larger than the table");
    const gone: number[] = [];
    while (this.size + size > this.capacity) gone.push(this.evicted++);
    this.entries.push([name, value]);
    return gone;
  }

  /** A whole section, written after the instructions that were read. */
  section(bytes: Uint8Array): SeenSection {
    const octets = new Octets(bytes);
    const encoded = octets.integer(8);
    const isNegative = octets.first >= 128;
    const delta = octets.integer(7);
    const required = encoded === 0 ? 0 : this.#required(encoded);
    const base = isNegative ? required - delta - 1 : required + delta;
    if (base < 0) throw new Error("a Base below zero");
    const lines: SeenLine[] = [];
    while (!octets.isEmpty) lines.push(this.#line(octets, base));
    const needed = Math.max(0, ...lines.map(({ entry }) => (entry === null ? 0 : entry + 1)));
    if (needed !== required) throw new Error(`requires ${required} but needs ${needed}`);
    return { required, base, lines };
  }

  /** The count that is nearest to what was inserted, of those that are written so. */
  #required(encoded: number): number {
    const range = 2 * Math.floor(this.#maxCapacity / 32);
    if (encoded > range) throw new Error("an encoded count above the range");
    const inserted = this.entries.length;
    return inserted - ((((inserted - encoded + 1) % range) + range) % range);
  }

  #line(octets: Octets, base: number): SeenLine {
    const { first } = octets;
    const never = (bit: number) => (first & bit) !== 0;
    if (first >= 128) {
      const index = octets.integer(6);
      return never(64)
        ? this.#indexed("static", this.#static(index), null)
        : this.#indexed("dynamic", this.#live(base - 1 - index), base - 1 - index);
    }
    if (first >= 64) {
      const index = octets.integer(4);
      if (never(16))
        return this.#named("static-name", this.#static(index)[0], null, never(32), octets);
      const entry = base - 1 - index;
      return this.#named("dynamic-name", this.#live(entry)[0], entry, never(32), octets);
    }
    if (first >= 32) {
      const forms: boolean[] = [];
      const name = octets.string(3, forms);
      const value = octets.string(7, forms);
      return { name, value, form: "literal", never: never(16), entry: null, huffman: forms };
    }
    if (first >= 16) {
      const entry = base + octets.integer(4);
      return this.#indexed("post-base", this.#live(entry), entry);
    }
    const entry = base + octets.integer(3);
    return this.#named("post-base-name", this.#live(entry)[0], entry, never(8), octets);
  }

  #indexed(
    form: LineForm,
    [name, value]: readonly [string, string],
    entry: number | null,
  ): SeenLine {
    return { name, value, form, never: false, entry, huffman: [] };
  }

  #named(
    form: LineForm,
    name: string,
    entry: number | null,
    never: boolean,
    octets: Octets,
  ): SeenLine {
    const forms: boolean[] = [];
    return { name, value: octets.string(7, forms), form, never, entry, huffman: forms };
  }

  #static(index: number): readonly [string, string] {
    const entry = NAIVE_STATIC[index];
    if (entry === undefined) throw new Error(`no static entry ${index}`);
    return entry;
  }

  #live(index: number): readonly [string, string] {
    const entry = this.entries[index];
    if (entry === undefined || index < this.evicted) throw new Error(`no entry ${index}`);
    return entry;
  }
}
