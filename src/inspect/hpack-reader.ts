// Field blocks with everything that is wrong in them (RFC 7541): a mistake costs its field, not the block, and not the
// table, as far as the octets say where the next field begins.

import { HpackDecoder } from "../hpack.js";
import { type ErrorName, H2_LIMITS, type ProtocolError } from "../index.js";
import { HpackTable } from "./hpack-table.js";
import { latin1 } from "./protocol-options.js";

/** A field of a block. */
export interface BlockField {
  readonly name: string;
  readonly value: string;
  /** Octets of the block before its representation. */
  readonly at: number;
}

/** A mistake in a block. */
export interface BlockFault {
  readonly code: ErrorName;
  readonly at: number;
}

/** What a block says. */
export interface BlockContent {
  readonly fields: readonly BlockField[];
  readonly faults: readonly BlockFault[];
  /** Fields are missing: of some representations nobody knows what they say. */
  readonly isPartial: boolean;
}

const INTEGER_MAX = 2 ** 32 - 1;
const MORE_OCTETS = 5;
const UPDATES_MAX = 2;
/** Decoded octets of one block, beyond which it is not read on: as many as our own connections take at most. */
const LIST_MAX = H2_LIMITS.fieldSectionLength.max;

/** Stops the reading of a block: nobody can tell where the next field begins. */
class Broken {
  constructor(readonly code: ErrorName) {}
}

/** Reads the blocks of one direction, in their order. */
export class HpackReader {
  readonly #table = new HpackTable();
  /** Decodes Huffman strings, one by one. */
  #strings: HpackDecoder | null = null;
  /** What the other end allows: the largest table. */
  limit = 4096;
  /** A size update of at most this is due; -1: none. */
  #due = -1;
  /** Something of the table is not known: an index that finds nothing is nobody's mistake. */
  isBlind = false;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #faults: BlockFault[] = [];
  #fields: BlockField[] = [];
  #left = 0;
  #isPartial = false;

  /** The other end's SETTINGS_HEADER_TABLE_SIZE, once it is in force. */
  setLimit(limit: number): void {
    this.limit = limit;
    if (limit < this.#table.max) this.#due = this.#due < 0 ? limit : Math.min(limit, this.#due);
  }

  /** A part of a block is missing: nothing is known of the table. */
  lose(): void {
    this.isBlind = true;
    this.#table.clear();
  }

  /** Reads a whole block. */
  read(block: Uint8Array): BlockContent {
    this.#bytes = block;
    this.#at = 0;
    this.#faults = [];
    this.#fields = [];
    this.#left = LIST_MAX;
    this.#isPartial = false;
    let updates = 0;
    while (this.#at < block.length && this.#left >= 0) {
      const at = this.#at;
      try {
        if (((block[at] as number) & 0xe0) === 0x20) this.#update(at, ++updates);
        else {
          this.#checkDue();
          this.#field(at);
        }
      } catch (error) {
        if (!(error instanceof Broken)) throw error;
        this.#fault(error.code, at);
        this.isBlind = true;
        this.#isPartial = true;
        break;
      }
    }
    this.#checkDue();
    if (this.#left < 0) {
      this.#fault("H2_FIELD_SECTION_TOO_LARGE", this.#at);
      this.isBlind = true;
    }
    const isPartial = this.#isPartial || this.#at < block.length;
    return { fields: this.#fields, faults: this.#faults, isPartial };
  }

  #fault(code: ErrorName, at: number): void {
    this.#faults.push({ code, at });
  }

  #checkDue(): void {
    if (this.#due < 0) return;
    if (!this.isBlind) this.#fault("HPACK_TABLE_SIZE_MISSING", 0);
    this.#table.resize(Math.min(this.#table.max, this.#due));
    this.#due = -1;
  }

  #update(at: number, count: number): void {
    if (this.#fields.length > 0) this.#fault("HPACK_TABLE_SIZE_MISPLACED", at);
    else if (count > UPDATES_MAX) this.#fault("HPACK_TABLE_SIZE_REPEATED", at);
    const size = this.#integer(0x1f);
    if (size > this.limit) this.#fault("HPACK_TABLE_SIZE_INVALID", at);
    if (this.#due >= 0 && size <= this.#due) this.#due = -1;
    this.#table.resize(Math.min(size, this.limit));
  }

  #field(at: number): void {
    const first = this.#bytes[at] as number;
    if (first >= 0x80) {
      const entry = this.#entry(this.#integer(0x7f), at);
      if (entry !== null) this.#push(entry[0], entry[1], at);
      return;
    }
    const isInserted = first >= 0x40;
    const index = this.#integer(isInserted ? 0x3f : 0x0f);
    const name = index === 0 ? this.#string(at) : (this.#entry(index, at)?.[0] ?? null);
    const value = this.#string(at);
    if (name === null || value === null) {
      this.#isPartial = true;
      // The entry is in the table of who sent it, and nobody knows how large it is.
      if (isInserted) this.isBlind = true;
      return;
    }
    if (isInserted) this.#table.insert([name, value]);
    this.#push(name, value, at);
  }

  #push(name: string, value: string, at: number): void {
    this.#left -= name.length + value.length + 32;
    this.#fields.push({ name, value, at });
  }

  #entry(index: number, at: number): readonly [string, string] | null {
    const entry = this.#table.get(index);
    if (entry !== null) return entry;
    this.#isPartial = true;
    if (index === 0 || !this.isBlind) this.#fault("HPACK_INDEX_INVALID", at);
    return null;
  }

  /** An integer behind the prefix (RFC 7541 section 5.1). */
  #integer(mask: number): number {
    const bytes = this.#bytes;
    if (this.#at >= bytes.length) throw new Broken("HPACK_TRUNCATED");
    let value = (bytes[this.#at++] as number) & mask;
    if (value < mask) return value;
    for (let i = 0; i < MORE_OCTETS; i++) {
      const octet = bytes[this.#at++];
      if (octet === undefined) throw new Broken("HPACK_TRUNCATED");
      value += (octet & 127) * 2 ** (7 * i);
      if (octet < 128) {
        if (value > INTEGER_MAX) break;
        return value;
      }
    }
    throw new Broken("HPACK_INTEGER_INVALID");
  }

  /** A string (RFC 7541 section 5.2); null: its Huffman code is wrong. */
  #string(field: number): string | null {
    const start = this.#at;
    const isHuffman = ((this.#bytes[start] ?? 0) & 0x80) !== 0;
    const length = this.#integer(0x7f);
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new Broken("HPACK_TRUNCATED");
    const text = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    if (!isHuffman) return latin1(text);
    return this.#huffman(this.#bytes.subarray(start, end), field);
  }

  /** Our own decoder reads it, as the value of a field without a table. */
  #huffman(string: Uint8Array, field: number): string | null {
    const block = new Uint8Array(string.length + 3);
    block.set([0x00, 0x01, 0x78]);
    block.set(string, 3);
    this.#strings ??= new HpackDecoder({ maxListSize: 262_144 });
    try {
      return this.#strings.decode(block)[1] as string;
    } catch (error) {
      this.#strings = null; // after an error it reads nothing more
      this.#fault((error as ProtocolError).code, field);
      return null;
    }
  }
}
