// HPACK encoder (RFC 7541): flat list of fields -> one field block. What is indexed is said in
// indexing-policy.ts, how it is found in encoder-table.ts. Names go out in lower case; which
// characters a field may have is the connection's matter.
//
// TypeScript: strings are found by their hash and most fields are one byte; a trip into WASM would
// first have to write the octets out (measured: 50 to 100 ns a string).
// Rules: H2-028, H2-107, H2-180, HP-002, HP-012, HP-017, HP-030, HP-031.

import { STATIC_COUNT, STATIC_TABLE } from "../abi/hpack-static.js";
import { ByteWriter } from "./byte-writer.js";
import { ENTRY_OVERHEAD, EncoderTable, knownNames, NameState, UNKNOWN } from "./encoder-table.js";
import { INTEGER_LENGTH, putInteger, putString } from "./field-coding.js";
import { refuseHpack } from "./hpack-usage.js";
import { Indexing, isNeverIndexed, MISSES_MASK, MISSES_MAX } from "./indexing-policy.js";

/** Table size that every connection begins with (RFC 9113 section 6.5.2). */
const INITIAL_TABLE_SIZE = 4096;
const U32_MAX = 0xffff_ffff;

/** First octets of the representations (RFC 7541 section 6). */
const INDEXED = 0x80;
const INCREMENTAL = 0x40;
const SIZE_UPDATE = 0x20;
const NEVER_INDEXED = 0x10;
const WITHOUT_INDEXING = 0x00;

/** Names that are known before the first one comes. */
const KNOWN = knownNames(STATIC_TABLE);

/** What stands where a name is no string. */
const NO_NAME = new NameState(UNKNOWN);

/** Buffer of encode(): an encoder has none of its own. */
const shared = new ByteWriter();

/** Choices for an encoder. */
export interface HpackEncoderOptions {
  /** The peer's SETTINGS_HEADER_TABLE_SIZE in bytes, as far as it is known. Default 4096. */
  readonly maxTableSize?: number;
  /**
   * Most bytes that the table gets, whatever the peer allows. Default 4096, or maxTableSize where
   * that is more.
   */
  readonly tableSizeCap?: number;
  /** "auto": where it is shorter. Default "auto". */
  readonly huffman?: boolean | "auto";
}

/** Encodes the field blocks of one connection, in the order in which they are sent. */
export class HpackEncoder {
  readonly #table: EncoderTable;
  readonly #cap: number;
  readonly #huffman: boolean | "auto";
  /** Stands before the first name of each list. */
  readonly #start = new NameState(UNKNOWN);
  /** Table size that the peer knows of. */
  #signalled = INITIAL_TABLE_SIZE;
  /** Smallest one since then, which is to be said first (RFC 7541 section 4.2). */
  #smallest = INITIAL_TABLE_SIZE;

  /** @throws UsageError HPACK_TABLE_SIZE_INVALID, HPACK_OPTION_INVALID */
  constructor(options: HpackEncoderOptions = {}) {
    const { maxTableSize = INITIAL_TABLE_SIZE, huffman = "auto" } = options;
    const { tableSizeCap = Math.max(INITIAL_TABLE_SIZE, maxTableSize) } = options;
    checkTableSize(maxTableSize);
    checkTableSize(tableSizeCap);
    if (huffman !== true && huffman !== false && huffman !== "auto")
      refuseHpack("HPACK_OPTION_INVALID", 'huffman is true, false or "auto"');
    this.#cap = tableSizeCap;
    this.#huffman = huffman;
    this.#table = new EncoderTable(KNOWN, INITIAL_TABLE_SIZE);
    this.setMaxTableSize(maxTableSize);
  }

  /** Bytes in the dynamic table now (RFC 7541 section 4.1). */
  get tableSize(): number {
    return this.#table.size;
  }

  /**
   * The peer's SETTINGS_HEADER_TABLE_SIZE in bytes. The next block begins with the smallest size
   * since the last one, and then the size now, where they differ from what the peer knows.
   * @throws UsageError HPACK_TABLE_SIZE_INVALID
   */
  setMaxTableSize(bytes: number): void {
    checkTableSize(bytes);
    const size = Math.min(bytes, this.#cap);
    this.#table.setMax(size);
    if (size < this.#smallest) this.#smallest = size;
  }

  /**
   * One field block of a flat list [name, value, …]. Bytes of the caller's own: nothing changes them.
   * @param sensitive names in lower case whose values are never indexed (RFC 7541 section 6.2.3),
   *   besides authorization, proxy-authorization, set-cookie, and cookie below 20 octets
   * @throws UsageError HPACK_HEADER_LIST_INVALID; the encoder is then as good as before
   */
  encode(rawHeaders: readonly string[], sensitive?: ReadonlySet<string>): Uint8Array {
    const from = shared.begin();
    this.encodeInto(rawHeaders, sensitive ?? null, shared);
    return shared.takeFrom(from);
  }

  /**
   * Like encode, behind what `out` has.
   * @throws UsageError HPACK_HEADER_LIST_INVALID; `out` is then as before
   */
  encodeInto(
    fields: readonly string[],
    sensitive: ReadonlySet<string> | null,
    out: ByteWriter,
  ): void {
    if (!Array.isArray(fields) || fields.length % 2 !== 0)
      refuseHpack("HPACK_HEADER_LIST_INVALID", "a flat list has an even length");
    const table = this.#table;
    const { max } = table;
    const start = out.length;
    const count = fields.length;
    out.reserve(count * INTEGER_LENGTH + 2 * INTEGER_LENGTH);
    if (this.#smallest !== max || this.#signalled !== max) this.#putSizeUpdates(out);
    const secrets = sensitive === null || sensitive.size === 0 ? null : sensitive;
    let previous = this.#start;
    let { bytes, length: at } = out;
    for (let i = 0; i < count; i += 2) {
      const name = fields[i] as string;
      const value = fields[i + 1] as string;
      // What is no string may be null, as the spelling of a forgotten name and no hot value are.
      if (name === null || value === null) this.#abandon(start, out, i >> 1);
      const known = previous.follower;
      const state =
        known !== null && known.spelling === name ? known : this.#stateBehind(previous, name);
      previous = state;
      if (state.hotValue === value && secrets === null) {
        state.misses = 0;
        const place = state.hotPlace;
        const index = place < 0 ? -place : STATIC_COUNT + table.inserted - place;
        if (index < 127) bytes[at++] = INDEXED | index;
        else at = putInteger(INDEXED, 7, index, bytes, at);
      } else {
        out.length = at;
        if (!this.#putField(state, value, secrets, out)) this.#abandon(start, out, i >> 1);
        out.reserve((count - i) * INTEGER_LENGTH);
        bytes = out.bytes;
        at = out.length;
      }
    }
    out.length = at;
    this.#signalled = max;
    this.#smallest = max;
  }

  /** At most two: the smallest size since the last block, then the one now (RFC 7541 section 4.2). */
  #putSizeUpdates(out: ByteWriter): void {
    const { max } = this.#table;
    const isLower = this.#smallest < this.#signalled;
    const { bytes } = out;
    if (isLower && this.#smallest < max)
      out.length = putInteger(SIZE_UPDATE, 5, this.#smallest, bytes, out.length);
    if (isLower || max !== this.#signalled)
      out.length = putInteger(SIZE_UPDATE, 5, max, bytes, out.length);
  }

  /**
   * A block that is not sent may have inserted entries that the peer will never know of. So the table
   * is emptied, and the next block says so: the one moment that the price is paid.
   */
  #abandon(start: number, out: ByteWriter, field: number): never {
    const { max } = this.#table;
    out.clear(start);
    this.#table.setMax(0);
    this.#table.setMax(max);
    this.#smallest = 0;
    refuseHpack("HPACK_HEADER_LIST_INVALID", `field ${field} is not two strings of octets`);
  }

  /** The state of a name that the one before it did not foretell; NO_NAME for what is none. */
  #stateBehind(previous: NameState, name: string): NameState {
    return typeof name === "string" ? this.#table.stateBehind(previous, name) : NO_NAME;
  }

  /** Writes a field that is not the hot one of its name; whether it is one. */
  #putField(
    state: NameState,
    value: string,
    secrets: ReadonlySet<string> | null,
    out: ByteWriter,
  ): boolean {
    if (typeof value !== "string" || state === NO_NAME) return false;
    const { indexing } = state;
    const isSecret =
      secrets !== null && (secrets.has(state.name) || secrets.has(state.spelling ?? ""));
    if (isSecret || isNeverIndexed(indexing, value))
      return this.#putLiteral(NEVER_INDEXED, 4, state, value, out);
    const table = this.#table;
    if (state.find(value)) {
      state.misses = 0;
      const place = state.hotPlace;
      const index = place < 0 ? -place : STATIC_COUNT + table.inserted - place;
      out.length = putInteger(INDEXED, 7, index, out.bytes, out.length);
      return true;
    }
    if (!this.#isWorthIndexing(state, value))
      return this.#putLiteral(WITHOUT_INDEXING, 4, state, value, out);
    if (!this.#putLiteral(INCREMENTAL, 6, state, value, out)) return false;
    table.insert(state, value);
    return true;
  }

  /** Rules 2 to 4 of indexing-policy.ts, for a value that the tables do not have. */
  #isWorthIndexing(state: NameState, value: string): boolean {
    const size = state.name.length + value.length + ENTRY_OVERHEAD;
    if (size * 2 > this.#table.max) return false;
    if (state.indexing === Indexing.Without)
      return state.staticPlace === 0 && state.newest === null;
    const misses = state.misses++;
    return misses < MISSES_MAX || (misses & MISSES_MASK) === 0;
  }

  /** A literal representation with the name by index where there is one (RFC 7541 section 6.2). */
  #putLiteral(
    first: number,
    prefix: number,
    state: NameState,
    value: string,
    out: ByteWriter,
  ): boolean {
    const { staticPlace, newest } = state;
    const index =
      staticPlace !== 0 || newest === null
        ? staticPlace
        : STATIC_COUNT + this.#table.inserted - newest.number;
    out.length = putInteger(first, prefix, index, out.bytes, out.length);
    if (index === 0 && !putString(0, 7, state.name, this.#huffman, out)) return false;
    return putString(0, 7, value, this.#huffman, out);
  }
}

function checkTableSize(bytes: number): void {
  if (!Number.isInteger(bytes) || bytes < 0 || bytes > U32_MAX)
    refuseHpack("HPACK_TABLE_SIZE_INVALID", "a table size is a whole number of bytes below 2^32");
}
