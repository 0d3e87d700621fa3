// Field lines and the prefix of a section (RFC 9204 section 4.5), and what they refer to.
// Rules: QP-PFX-3, QP-PFX-4, QP-FLD-2, QP-FLD-4.

import type { ByteWriter } from "./byte-writer.js";
import type { NameState } from "./encoder-table.js";
import { INTEGER_LENGTH, integerLength, putInteger, putString } from "./field-coding.js";
import type { QpackEncoderTable } from "./qpack-encoder-table.js";

/** First octets of the field lines (sections 4.5.2 to 4.5.6). */
export const INDEXED_STATIC = 0xc0;
export const INDEXED_DYNAMIC = 0x80;
const INDEXED_POST_BASE = 0x10;
const NAME_STATIC = 0x50;
const NAME_DYNAMIC = 0x40;
const NAME_POST_BASE = 0x00;
const NAME_LITERAL = 0x20;
/** Their N bits: never to be indexed. */
const NEVER_BY_NAME = 0x20;
const NEVER_POST_BASE = 0x08;
const NEVER_LITERAL = 0x10;

/** No limit; no entry. */
export const NONE = Number.POSITIVE_INFINITY;

/** Octets that are left for the prefix: mostly it takes no more. */
export const PREFIX_LENGTH = 2;

/** The section that is being written: where its indices count from, and what it refers to. */
export class QpackLines {
  /** Its Base: entries inserted before it. */
  base = 0;
  /** It may refer to entries from this number on. */
  draining = 0;
  /** And below this one. */
  limit = 0;
  /** Its Required Insert Count so far. */
  required = 0;
  /** The oldest entry that it refers to so far. */
  least = NONE;
  /** Octets that were saved by entries which the peer need not have yet. */
  saved = 0;
  /** Entries that the peer has. */
  known = 0;
  readonly #huffman: boolean | "auto";

  constructor(huffman: boolean | "auto") {
    this.#huffman = huffman;
  }

  begin(table: QpackEncoderTable, limit: number, known: number): void {
    this.base = table.inserted;
    this.draining = table.draining;
    this.limit = limit;
    this.known = known;
    this.required = 0;
    this.least = NONE;
    this.saved = 0;
  }

  /** Whether a table has the field for this section; it is then the hot one of its name. */
  find(state: NameState, value: string): boolean {
    if (!state.find(value, this.limit)) return false;
    const place = state.hotPlace;
    return place < 0 || place >= this.draining;
  }

  /** The section refers to an entry, in whatever way. */
  refer(number: number, length: number): void {
    if (number >= this.required) this.required = number + 1;
    if (number < this.least) this.least = number;
    if (number >= this.known) this.saved += length;
  }

  /** An entry of the static table, counted from 1; there must be room. */
  putStatic(place: number, bytes: Uint8Array, at: number): number {
    return putInteger(INDEXED_STATIC, 6, place - 1, bytes, at);
  }

  /** An entry of the dynamic table; there must be room. */
  putDynamic(number: number, bytes: Uint8Array, at: number): number {
    const relative = this.base - number - 1;
    return relative >= 0
      ? putInteger(INDEXED_DYNAMIC, 6, relative, bytes, at)
      : putInteger(INDEXED_POST_BASE, 4, -relative - 1, bytes, at);
  }

  /**
   * A literal with the name by reference where there is one.
   * @returns whether all characters are octets
   */
  putLiteral(isNever: boolean, state: NameState, value: string, out: ByteWriter): boolean {
    const { staticPlace } = state;
    out.reserve(INTEGER_LENGTH);
    if (staticPlace !== 0) {
      const first = NAME_STATIC | (isNever ? NEVER_BY_NAME : 0);
      out.length = putInteger(first, 4, staticPlace - 1, out.bytes, out.length);
    } else {
      const number = this.#entryOf(state);
      if (number >= 0) this.#putName(isNever, number, state.name.length, out);
      else {
        const first = NAME_LITERAL | (isNever ? NEVER_LITERAL : 0);
        if (!putString(first, 3, state.name, this.#huffman, out)) return false;
      }
    }
    return putString(0, 7, value, this.#huffman, out);
  }

  /**
   * The prefix: Required Insert Count and Base (section 4.5.1), into the octets that were left at `start`.
   * @param fullRange twice the entries that the largest table has
   */
  putPrefix(start: number, fullRange: number, out: ByteWriter): void {
    const { required, base, required: count } = this;
    const encoded = count === 0 ? 0 : (count % fullRange) + 1;
    const isBehind = required > base;
    const sign = isBehind ? 0x80 : 0;
    // Without references the Base does not matter (section 4.5.1.2).
    const delta = count === 0 ? 0 : isBehind ? required - base - 1 : base - required;
    const length = integerLength(8, encoded) + integerLength(7, delta);
    if (length > PREFIX_LENGTH) {
      out.reserve(length);
      out.bytes.copyWithin(start + length, start + PREFIX_LENGTH, out.length);
      out.length += length - PREFIX_LENGTH;
    }
    const { bytes } = out;
    putInteger(sign, 7, delta, bytes, putInteger(0, 8, encoded, bytes, start));
  }

  #putName(isNever: boolean, number: number, length: number, out: ByteWriter): void {
    this.refer(number, length);
    const relative = this.base - number - 1;
    const isBehind = relative < 0;
    const never = isBehind ? NEVER_POST_BASE : NEVER_BY_NAME;
    const first = (isBehind ? NAME_POST_BASE : NAME_DYNAMIC) | (isNever ? never : 0);
    const index = isBehind ? -relative - 1 : relative;
    out.length = putInteger(first, isBehind ? 3 : 4, index, out.bytes, out.length);
  }

  /** The newest entry of a name that the section may refer to; -1: none. */
  #entryOf(state: NameState): number {
    let entry = state.newest;
    while (entry !== null && entry.number >= this.limit) entry = entry.older;
    return entry === null || entry.number < this.draining ? -1 : entry.number;
  }
}
