// Reads a field block the slow way, one bit after the other, straight from the text of RFC 7541: what
// the encoder wrote, with the form of each representation, so that a test can look at its choices.
// Nothing is shared with the project but the table of code lengths and the static table.

import { STATIC_TABLE } from "../../../src/abi/hpack-static.js";
import { HUFFMAN_LENGTHS } from "../../../src/abi/huffman.js";

export type Form = "indexed" | "incremental" | "without" | "never";

export interface ReadField {
  name: string;
  value: string;
  form: Form;
  /** Index of the field or of its name; 0: the name is literal. */
  index: number;
  /** Whether the value (or, of a literal name, the name) is in the Huffman code. */
  huffman: boolean[];
}

export interface ReadBlock {
  /** Table size updates, all of them at the start. */
  updates: number[];
  fields: ReadField[];
}

/** Codes as strings of "0" and "1" (appendix B): in order of length, and of octet where that is the same. */
const SYMBOLS = new Map<string, number>();
{
  const order = [...HUFFMAN_LENGTHS.keys()].sort(
    (a, b) => HUFFMAN_LENGTHS[a] - HUFFMAN_LENGTHS[b] || a - b,
  );
  let code = 0n;
  let length = 0;
  for (const symbol of order) {
    code <<= BigInt(HUFFMAN_LENGTHS[symbol] - length);
    length = HUFFMAN_LENGTHS[symbol];
    SYMBOLS.set(code.toString(2).padStart(length, "0"), symbol);
    code++;
  }
}

/** A decoder with its table; throws a plain Error for anything that RFC 7541 forbids. */
export class NaiveBlockReader {
  #table: [string, string][] = [];
  #max = 4096;
  /** What the peer may set by an update: our setting. */
  limit: number;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(limit = 4096) {
    this.limit = limit;
  }

  /** Entries of the dynamic table, newest first. */
  get table(): readonly (readonly [string, string])[] {
    return this.#table;
  }

  read(block: Uint8Array): ReadBlock {
    this.#bytes = block;
    this.#at = 0;
    const updates: number[] = [];
    const fields: ReadField[] = [];
    while (this.#at < block.length) {
      const first = block[this.#at];
      if ((first & 0xe0) === 0x20) {
        if (fields.length > 0) throw new Error("an update behind a field");
        updates.push(this.#update());
      } else fields.push(this.#field(first));
    }
    return { updates, fields };
  }

  #update(): number {
    const size = this.#integer(5);
    if (size > this.limit) throw new Error(`update to ${size}, above ${this.limit}`);
    this.#max = size;
    this.#evict();
    return size;
  }

  #field(first: number): ReadField {
    if (first >= 0x80) {
      const index = this.#integer(7);
      const [name, value] = this.#entry(index);
      return { name, value, form: "indexed", index, huffman: [] };
    }
    const form: Form = first >= 0x40 ? "incremental" : first >= 0x10 ? "never" : "without";
    const index = this.#integer(form === "incremental" ? 6 : 4);
    const huffman: boolean[] = [];
    const name = index > 0 ? this.#entry(index)[0] : this.#string(huffman);
    const value = this.#string(huffman);
    if (form === "incremental") {
      this.#table.unshift([name, value]);
      this.#evict();
    }
    return { name, value, form, index, huffman };
  }

  #entry(index: number): [string, string] {
    if (index === 0) throw new Error("index 0");
    if (index <= 61) return [STATIC_TABLE[2 * index - 2], STATIC_TABLE[2 * index - 1]];
    const entry = this.#table[index - 62];
    if (entry === undefined) throw new Error(`no entry ${index}`);
    return entry;
  }

  #evict(): void {
    const sizeOf = ([name, value]: [string, string]) => name.length + value.length + 32;
    while (this.#table.reduce((sum, entry) => sum + sizeOf(entry), 0) > this.#max)
      this.#table.pop();
  }

  #integer(prefix: number): number {
    const full = 2 ** prefix - 1;
    let value = this.#octet() & full;
    if (value < full) return value;
    for (let scale = 1; ; scale *= 128) {
      const octet = this.#octet();
      value += (octet & 127) * scale;
      if (octet < 128) return value;
    }
  }

  #string(huffman: boolean[]): string {
    const isCoded = this.#bytes[this.#at] >= 0x80;
    huffman.push(isCoded);
    const length = this.#integer(7);
    const octets = this.#bytes.subarray(this.#at, this.#at + length);
    if (octets.length < length) throw new Error("a string beyond the block");
    this.#at += length;
    return isCoded ? decoded(octets) : String.fromCharCode(...octets);
  }

  #octet(): number {
    if (this.#at === this.#bytes.length) throw new Error("the block is cut off");
    return this.#bytes[this.#at++];
  }
}

function decoded(octets: Uint8Array): string {
  let text = "";
  let code = "";
  for (const octet of octets) {
    for (const bit of octet.toString(2).padStart(8, "0")) {
      code += bit;
      const symbol = SYMBOLS.get(code);
      if (symbol === undefined) continue;
      if (symbol === 256) throw new Error("EOS");
      text += String.fromCharCode(symbol);
      code = "";
    }
  }
  if (code.length > 7 || code.includes("0")) throw new Error("padding");
  return text;
}
