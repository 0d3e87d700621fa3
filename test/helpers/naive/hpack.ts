// The slow, obvious reader of HPACK (RFC 7541): one octet and one bit at a time, lists and maps, no table of states. What
// HpackDecoder must agree with, on good blocks and on bad ones.

import { STATIC_TABLE } from "../../../src/abi/hpack-static.js";
import { HUFFMAN_LENGTHS } from "../../../src/abi/huffman.js";

export interface NaiveField {
  name: string;
  value: string;
  sensitive: boolean;
}

/** Fields, or the name of the error and the offset of the representation that it is in. */
export type NaiveOutcome = { fields: NaiveField[] } | { code: string; offset: number };

class Refusal extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

/** Codes as strings of 0 and 1, canonical: by length, then by symbol. */
export const NAIVE_CODES: readonly string[] = makeCodes();

function makeCodes(): string[] {
  const symbols = HUFFMAN_LENGTHS.map((length, symbol) => ({ length, symbol }));
  symbols.sort((a, b) => a.length - b.length || a.symbol - b.symbol);
  const codes: string[] = [];
  let next = 0;
  let length = 0;
  for (const one of symbols) {
    next *= 2 ** (one.length - length);
    length = one.length;
    codes[one.symbol] = next.toString(2).padStart(length, "0");
    next++;
  }
  return codes;
}

const SYMBOLS = new Map(NAIVE_CODES.map((code, symbol) => [code, symbol]));

/** One direction of one connection. */
export class NaiveHpack {
  /** Newest first. */
  entries: [name: string, value: string][] = [];
  #max: number;
  #limit: number;
  /** What a size update that must come may say at most; null: none must. */
  #due: number | null = null;
  #block: Uint8Array = new Uint8Array();
  #at = 0;

  constructor(maxTableSize: number) {
    this.#max = maxTableSize;
    this.#limit = maxTableSize;
  }

  get tableSize(): number {
    return this.entries.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
  }

  setMaxTableSize(size: number): void {
    this.#limit = size;
    if (size < this.#max) this.#due = Math.min(size, this.#due ?? size);
  }

  /** Decodes one block; after an error the table is no good any more. */
  decode(block: Uint8Array): NaiveOutcome {
    this.#block = block;
    this.#at = 0;
    const fields: NaiveField[] = [];
    let start = 0;
    try {
      let updates = 0;
      while (this.#at < block.length && this.#octet() >> 5 === 1) {
        start = this.#at;
        this.#update(++updates);
      }
      if (this.#due !== null) {
        start = 0;
        throw new Refusal("HPACK_TABLE_SIZE_MISSING");
      }
      while (this.#at < block.length) {
        start = this.#at;
        fields.push(this.#field());
      }
    } catch (error) {
      if (error instanceof Refusal) return { code: error.code, offset: start };
      throw error;
    }
    return { fields };
  }

  #octet(): number {
    return this.#block[this.#at] as number;
  }

  #update(count: number): void {
    if (count > 2) throw new Refusal("HPACK_TABLE_SIZE_REPEATED");
    const size = this.#integer(5);
    if (size > this.#limit) throw new Refusal("HPACK_TABLE_SIZE_INVALID");
    if (this.#due !== null && size <= this.#due) this.#due = null;
    else if (this.#due !== null) throw new Refusal("HPACK_TABLE_SIZE_MISSING");
    this.#max = size;
    this.#evict(size);
  }

  #evict(size: number): void {
    while (this.tableSize > size) this.entries.pop();
  }

  #field(): NaiveField {
    const octet = this.#octet();
    if (octet >= 128) {
      const [name, value] = this.#entry(this.#integer(7));
      return { name, value, sensitive: false };
    }
    if (octet >= 64) {
      const field = this.#literal(6);
      const size = field.name.length + field.value.length + 32;
      this.#evict(Math.max(0, this.#max - size));
      if (size <= this.#max) this.entries.unshift([field.name, field.value]);
      return field;
    }
    if (octet >= 32) throw new Refusal("HPACK_TABLE_SIZE_MISPLACED");
    return { ...this.#literal(4), sensitive: octet >= 16 };
  }

  #literal(prefix: number): NaiveField {
    const index = this.#integer(prefix);
    const name = index === 0 ? this.#string() : this.#entry(index)[0];
    return { name, value: this.#string(), sensitive: false };
  }

  #entry(index: number): [string, string] {
    if (index >= 1 && index <= 61)
      return [STATIC_TABLE[2 * index - 2] as string, STATIC_TABLE[2 * index - 1] as string];
    const entry = index === 0 ? undefined : this.entries[index - 62];
    if (entry === undefined) throw new Refusal("HPACK_INDEX_INVALID");
    return entry;
  }

  #integer(prefix: number): number {
    const most = 2 ** prefix - 1;
    let value = this.#octet() % (most + 1);
    this.#at++;
    if (value < most) return value;
    for (let i = 0; i < 5; i++) {
      if (this.#at >= this.#block.length) throw new Refusal("HPACK_TRUNCATED");
      const octet = this.#octet();
      this.#at++;
      value += (octet % 128) * 128 ** i;
      if (octet < 128) {
        if (value >= 2 ** 32) break;
        return value;
      }
    }
    throw new Refusal("HPACK_INTEGER_INVALID");
  }

  #string(): string {
    if (this.#at >= this.#block.length) throw new Refusal("HPACK_TRUNCATED");
    const isHuffman = this.#octet() >= 128;
    const length = this.#integer(7);
    if (this.#at + length > this.#block.length) throw new Refusal("HPACK_TRUNCATED");
    const octets = this.#block.subarray(this.#at, this.#at + length);
    this.#at += length;
    if (isHuffman) return naiveHuffman(octets);
    return Array.from(octets, (octet) => String.fromCharCode(octet)).join("");
  }
}

function naiveHuffman(octets: Uint8Array): string {
  let text = "";
  let code = "";
  for (const octet of octets) {
    for (const bit of octet.toString(2).padStart(8, "0")) {
      code += bit;
      const symbol = SYMBOLS.get(code);
      if (symbol === undefined) continue;
      if (symbol === 256) throw new Refusal("HPACK_HUFFMAN_EOS");
      text += String.fromCharCode(symbol);
      code = "";
    }
  }
  if (code.length > 7 || code.includes("0")) throw new Refusal("HPACK_HUFFMAN_PADDING");
  return text;
}
