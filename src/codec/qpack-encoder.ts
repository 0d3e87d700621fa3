// QPACK encoder (RFC 9204): flat list of fields -> one encoded field section, and instructions for the
// encoder stream. What is indexed is said in indexing-policy.ts; which entries may be referred to and
// evicted, in qpack-encoder-sections.ts and qpack-encoder-table.ts. Names go out in lower case; which
// characters a field may have is the connection's matter.
//
// The Base of a section is what was inserted before it, so that one pass suffices: entries that are
// inserted for it are referred to by post-base indices (section 3.2.6).
// Rules: QP-TAB-8, QP-EN-1, QP-EN-2, QP-EN-3, QP-EN-4, QP-EN-5, QP-PFX-3.

import { ProtocolError, UsageError } from "../errors.js";
import { ByteWriter } from "./byte-writer.js";
import { ENTRY_OVERHEAD, NameState, UNKNOWN } from "./encoder-table.js";
import { INTEGER_LENGTH, integerLength, putInteger, putString } from "./field-coding.js";
import { Indexing, isNeverIndexed, MISSES_MASK, MISSES_MAX } from "./indexing-policy.js";
import { QpackFeedback, type QpackFeedbackFault } from "./qpack-encoder-feedback.js";
import { OUTSTANDING_MAX, OutstandingSections } from "./qpack-encoder-sections.js";
import { QpackEncoderTable } from "./qpack-encoder-table.js";
import { refuseQpack } from "./qpack-usage.js";

/** What the table gets at most, whatever the peer allows. */
const DEFAULT_CAPACITY_CAP = 4096;
const CAPACITY_MAX = 2 ** 30;

/** First octets of the representations (RFC 9204 section 4.5). */
const INDEXED_STATIC = 0xc0;
const INDEXED_DYNAMIC = 0x80;
const INDEXED_POST_BASE = 0x10;
const NAME_STATIC = 0x50;
const NAME_DYNAMIC = 0x40;
const NAME_POST_BASE = 0x00;
const NAME_LITERAL = 0x20;
/** Their N bits. */
const NEVER_BY_NAME = 0x20;
const NEVER_POST_BASE = 0x08;
const NEVER_LITERAL = 0x10;

/** First octets of the instructions (RFC 9204 section 4.3). */
const INSERT_STATIC_NAME = 0xc0;
const INSERT_DYNAMIC_NAME = 0x80;
const INSERT_LITERAL_NAME = 0x40;
const SET_CAPACITY = 0x20;
const DUPLICATE = 0x00;

const NONE = Number.POSITIVE_INFINITY;
const NOTHING = new Uint8Array(0);

/** What stands where a name is no string. */
const NO_NAME = new NameState(UNKNOWN);

/** Buffers of encode() and of instructions while a section is written: an encoder has none of its own. */
const shared = new ByteWriter();
const scratch = new ByteWriter();

/** How much an encoder dares (RFC 9204 section 2.1.2). */
export type QpackStrategy = "static" | "safe" | "eager";

const STRATEGIES: readonly unknown[] = ["static", "safe", "eager"];

/** Choices for an encoder. */
export interface QpackEncoderOptions {
  /** The peer's SETTINGS_QPACK_MAX_TABLE_CAPACITY in bytes, where it is known already. Default 0. */
  readonly maxTableCapacity?: number;
  /** The peer's SETTINGS_QPACK_BLOCKED_STREAMS. Default 0. */
  readonly maxBlockedStreams?: number;
  /**
   * "static": no dynamic table. "safe": refers to entries only that the peer has acknowledged, so that no
   * section waits. "eager", the default: refers to entries at once, on as many streams as the peer allows.
   */
  readonly strategy?: QpackStrategy;
  /** Most bytes that the table gets, whatever the peer allows. Default 4096. */
  readonly tableCapacityCap?: number;
  /** "auto": where it is shorter. Default "auto". */
  readonly huffman?: boolean | "auto";
}

/** Encodes the field sections of one direction of one connection, in the order in which they are sent. */
export class QpackEncoder {
  readonly #table = new QpackEncoderTable();
  readonly #sections = new OutstandingSections();
  readonly #feedback = new QpackFeedback(this.#sections);
  readonly #strategy: QpackStrategy;
  readonly #cap: number;
  readonly #huffman: boolean | "auto";
  /** Stands before the first name of each list. */
  readonly #start = new NameState(UNKNOWN);
  /** Twice the entries that fit into the largest table that the peer allows (RFC 9204 section 4.5.1.1). */
  #fullRange = 0;
  #maxTableCapacity = 0;
  #maxBlockedStreams = 0;
  /** Instructions that were not taken yet. */
  #instructions: Uint8Array[] = [];
  #instructionsLength = 0;

  // The section that is being written.
  /** Entries inserted before it. */
  #base = 0;
  /** It may refer to entries below this number. */
  #limit = 0;
  /** Its Required Insert Count so far. */
  #required = 0;
  /** The oldest entry that it refers to so far. */
  #least = NONE;

  /** @throws UsageError QPACK_CAPACITY_INVALID, QPACK_BLOCKED_STREAMS_INVALID, QPACK_OPTION_INVALID */
  constructor(options: QpackEncoderOptions = {}) {
    const { maxTableCapacity = 0, maxBlockedStreams = 0 } = options;
    const { tableCapacityCap = DEFAULT_CAPACITY_CAP } = options;
    const { strategy = "eager", huffman = "auto" } = options;
    checkCapacity(tableCapacityCap);
    if (!STRATEGIES.includes(strategy))
      refuseQpack("QPACK_OPTION_INVALID", 'strategy is "static", "safe" or "eager"');
    if (huffman !== true && huffman !== false && huffman !== "auto")
      refuseQpack("QPACK_OPTION_INVALID", 'huffman is true, false or "auto"');
    this.#strategy = strategy;
    this.#cap = tableCapacityCap;
    this.#huffman = huffman;
    this.setPeerSettings(maxTableCapacity, maxBlockedStreams);
  }

  /**
   * The peer's SETTINGS_QPACK_MAX_TABLE_CAPACITY and SETTINGS_QPACK_BLOCKED_STREAMS, once they are known;
   * until then no dynamic table is used. A capacity that is not 0 stays what it is (section 3.2.3).
   * @throws UsageError QPACK_CAPACITY_INVALID, QPACK_BLOCKED_STREAMS_INVALID
   */
  setPeerSettings(maxTableCapacity: number, maxBlockedStreams: number): void {
    // Settings go up to 2^62 - 1; whatever is above 2^53 is so much that its nearest number does as well.
    if (!Number.isInteger(maxTableCapacity) || maxTableCapacity < 0)
      refuseQpack("QPACK_CAPACITY_INVALID", "a capacity is a whole number of bytes");
    if (!Number.isInteger(maxBlockedStreams) || maxBlockedStreams < 0)
      refuseQpack("QPACK_BLOCKED_STREAMS_INVALID", "blocked streams are a whole number");
    if (this.#maxTableCapacity !== 0 && this.#maxTableCapacity !== maxTableCapacity)
      refuseQpack("QPACK_CAPACITY_INVALID", "the capacity was set to another number before");
    this.#maxBlockedStreams = maxBlockedStreams;
    if (this.#maxTableCapacity === maxTableCapacity) return;
    this.#maxTableCapacity = maxTableCapacity;
    this.#fullRange = 2 * Math.floor(maxTableCapacity / ENTRY_OVERHEAD);
    const capacity = Math.min(maxTableCapacity, this.#cap);
    if (this.#strategy === "static" || capacity < ENTRY_OVERHEAD) return;
    this.#table.setMax(capacity);
    const from = scratch.begin();
    scratch.reserve(INTEGER_LENGTH);
    scratch.length = putInteger(SET_CAPACITY, 5, capacity, scratch.bytes, from);
    this.#keepInstructions(from);
  }

  /** Bytes in the dynamic table now (RFC 9204 section 3.2.1). */
  get tableSize(): number {
    return this.#table.size;
  }

  /** Entries ever inserted. */
  get insertCount(): number {
    return this.#table.inserted;
  }

  /** Entries that the peer is known to have (RFC 9204 section 2.1.4). */
  get knownReceivedCount(): number {
    return this.#sections.known;
  }

  /** Streams that are or may be blocked at the peer. */
  get blockedStreams(): number {
    return this.#sections.blocked;
  }

  /** Sections that the peer has not acknowledged. */
  get outstandingSections(): number {
    return this.#sections.count;
  }

  /** Bytes for the encoder stream that were not taken yet. */
  get encoderStreamLength(): number {
    return this.#instructionsLength;
  }

  /** About how many bytes are held on behalf of the peer. */
  get heldBytes(): number {
    return this.#table.size + this.#sections.count * 100 + this.#instructionsLength;
  }

  /**
   * One field section of a flat list [name, value, …]. Bytes of the caller's own: nothing changes them.
   * What takeEncoderStream() gives then must be sent first (RFC 9204 section 2.1.3).
   * @param sensitive names in lower case whose values are never indexed (RFC 9204 section 4.5.4), besides
   *   authorization, proxy-authorization, set-cookie, and cookie below 20 octets
   * @throws UsageError QPACK_HEADER_LIST_INVALID, QPACK_STREAM_ID_INVALID; the encoder is then as good as
   *   before
   */
  encode(
    streamId: number,
    rawHeaders: readonly string[],
    sensitive?: ReadonlySet<string>,
  ): Uint8Array {
    const from = shared.begin();
    this.encodeInto(streamId, rawHeaders, sensitive ?? null, shared);
    return shared.takeFrom(from);
  }

  /**
   * Like encode, behind what `out` has.
   * @throws UsageError QPACK_HEADER_LIST_INVALID, QPACK_STREAM_ID_INVALID; `out` is then as before
   */
  encodeInto(
    streamId: number,
    fields: readonly string[],
    sensitive: ReadonlySet<string> | null,
    out: ByteWriter,
  ): void {
    if (!Array.isArray(fields) || fields.length % 2 !== 0)
      refuseQpack("QPACK_HEADER_LIST_INVALID", "a flat list has an even length");
    if (!Number.isSafeInteger(streamId) || streamId < 0)
      refuseQpack("QPACK_STREAM_ID_INVALID", "a stream id is a whole number from 0 on");
    const table = this.#table;
    const start = out.length;
    const instructionsFrom = scratch.begin();
    const count = fields.length;
    out.reserve(count * INTEGER_LENGTH + 2 * INTEGER_LENGTH);
    const base = table.inserted;
    const limit = this.#limitOf(streamId);
    this.#base = base;
    this.#limit = limit;
    this.#required = 0;
    this.#least = NONE;
    const secrets = sensitive === null || sensitive.size === 0 ? null : sensitive;
    let previous = this.#start;
    let { bytes } = out;
    // Two octets of prefix, mostly: #putPrefix makes room where they do not suffice.
    let at = start + 2;
    for (let i = 0; i < count; i += 2) {
      const name = fields[i] as string;
      const value = fields[i + 1] as string;
      // What is no string may be null, as the spelling of a forgotten name and no hot value are.
      if (name === null || value === null) this.#abandon(start, instructionsFrom, out, i >> 1);
      const known = previous.follower;
      const state =
        known !== null && known.spelling === name ? known : this.#stateBehind(previous, name);
      previous = state;
      const place = state.hotPlace;
      if (
        state.hotValue === value &&
        secrets === null &&
        (place < 0 || (place < limit && place >= table.draining))
      ) {
        state.misses = 0;
        if (place < 0) {
          const index = -place - 1;
          if (index < 63) bytes[at++] = INDEXED_STATIC | index;
          else at = putInteger(INDEXED_STATIC, 6, index, bytes, at);
        } else {
          if (place >= this.#required) this.#required = place + 1;
          if (place < this.#least) this.#least = place;
          const index = base - place - 1;
          if (index >= 0 && index < 63) bytes[at++] = INDEXED_DYNAMIC | index;
          else at = putReference(index, bytes, at);
        }
      } else {
        out.length = at;
        if (!this.#putField(state, value, secrets, out))
          this.#abandon(start, instructionsFrom, out, i >> 1);
        out.reserve((count - i) * INTEGER_LENGTH + INTEGER_LENGTH);
        bytes = out.bytes;
        at = out.length;
      }
    }
    out.length = at;
    this.#putPrefix(start, out);
    if (this.#required > 0) this.#sections.add(streamId, this.#required, this.#least);
    if (scratch.length > instructionsFrom) this.#keepInstructions(instructionsFrom);
  }

  /** Bytes for the encoder stream, whole instructions; to be sent before the sections encoded so far. */
  takeEncoderStream(): Uint8Array {
    const parts = this.#instructions;
    if (parts.length === 0) return NOTHING;
    this.#instructions = [];
    if (parts.length === 1) {
      this.#instructionsLength = 0;
      return parts[0] as Uint8Array;
    }
    const whole = new Uint8Array(this.#instructionsLength);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    this.#instructionsLength = 0;
    return whole;
  }

  /**
   * Bytes of the peer's decoder stream, in any pieces.
   * @throws ProtocolError (scope connection, offset in that stream) at the first mistake, and ever after
   * @throws UsageError for anything but a Uint8Array
   */
  receiveDecoderStream(bytes: Uint8Array): void {
    if (!(bytes instanceof Uint8Array))
      throw new UsageError("BYTES_INVALID", "receiveDecoderStream takes a Uint8Array");
    const fault = this.feedDecoderStream(bytes);
    if (fault !== null) throw new ProtocolError(fault.code, fault.offset, null, "connection");
  }

  /** Like receiveDecoderStream, for the connection: gives the first mistake, and never throws. */
  feedDecoderStream(bytes: Uint8Array): QpackFeedbackFault | null {
    return this.#feedback.receive(bytes, this.#table.inserted);
  }

  /**
   * The stream was abandoned. Its references stay until the peer says that it forgot them, by a Stream
   * Cancellation or by acknowledging: only then is it sure that nothing waits for them (section 2.2.2.2).
   */
  cancel(_streamId: number): void {}

  /** Entries below which number a section of this stream may refer to. */
  #limitOf(streamId: number): number {
    const sections = this.#sections;
    if (this.#table.max === 0 || sections.count >= OUTSTANDING_MAX) return 0;
    if (this.#strategy !== "eager") return sections.known;
    const mayBlock = sections.blocked < this.#maxBlockedStreams || sections.isBlocked(streamId);
    return mayBlock ? NONE : sections.known;
  }

  /** Required Insert Count and Base (RFC 9204 section 4.5.1), in the two octets that were left for them. */
  #putPrefix(start: number, out: ByteWriter): void {
    const required = this.#required;
    const base = this.#base;
    if (required === 0) {
      out.bytes[start] = 0;
      out.bytes[start + 1] = 0;
      return;
    }
    const encoded = (required % this.#fullRange) + 1;
    const sign = required > base ? 0x80 : 0;
    const delta = required > base ? required - base - 1 : base - required;
    if (encoded < 255 && delta < 127) {
      out.bytes[start] = encoded;
      out.bytes[start + 1] = sign | delta;
      return;
    }
    const length = integerLength(8, encoded) + integerLength(7, delta);
    out.reserve(length);
    const { bytes } = out;
    bytes.copyWithin(start + length, start + 2, out.length);
    putInteger(sign, 7, delta, bytes, putInteger(0, 8, encoded, bytes, start));
    out.length += length - 2;
  }

  /** The section is not sent. What was inserted for it stays, and so do the instructions that say so. */
  #abandon(start: number, instructionsFrom: number, out: ByteWriter, field: number): never {
    out.clear(start);
    if (scratch.length > instructionsFrom) this.#keepInstructions(instructionsFrom);
    refuseQpack("QPACK_HEADER_LIST_INVALID", `field ${field} is not two strings of octets`);
  }

  /** Keeps what was written to the scratch buffer. */
  #keepInstructions(from: number): void {
    const bytes = scratch.takeFrom(from).slice();
    scratch.clear(from);
    this.#instructions.push(bytes);
    this.#instructionsLength += bytes.length;
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
      return this.#putLiteral(true, state, value, out);
    if (state.find(value, this.#limit)) {
      state.misses = 0;
      return this.#putFound(state, value, out);
    }
    if (this.#isWorthIndexing(state, value)) {
      if (!this.#insert(state, value)) return false;
      if (this.#limit === NONE) {
        this.#refer(this.#table.inserted - 1, out);
        return true;
      }
    }
    return this.#putLiteral(false, state, value, out);
  }

  /** Writes a field that a table has; one that is about to leave the dynamic table is duplicated. */
  #putFound(state: NameState, value: string, out: ByteWriter): boolean {
    const place = state.hotPlace;
    if (place < 0) {
      out.length = putInteger(INDEXED_STATIC, 6, -place - 1, out.bytes, out.length);
      return true;
    }
    const table = this.#table;
    const size = state.name.length + value.length + ENTRY_OVERHEAD;
    if (place < table.draining && this.#limit === NONE && table.hasRoom(size, this.#evictable())) {
      const from = scratch.length;
      scratch.reserve(INTEGER_LENGTH);
      const relative = table.inserted - place - 1;
      scratch.length = putInteger(DUPLICATE, 5, relative, scratch.bytes, from);
      table.insert(state, value);
      this.#refer(table.inserted - 1, out);
    } else this.#refer(place, out);
    return true;
  }

  /** Entries below this number may be evicted now (RFC 9204 section 2.1.1). */
  #evictable(): number {
    const { known, least } = this.#sections;
    return Math.min(known, least, this.#least);
  }

  /** Refers to an entry of the dynamic table. */
  #refer(number: number, out: ByteWriter): void {
    if (number >= this.#required) this.#required = number + 1;
    if (number < this.#least) this.#least = number;
    out.length = putReference(this.#base - number - 1, out.bytes, out.length);
  }

  /** Rules 2 to 4 of indexing-policy.ts, for a value that the tables do not have; and whether there is room. */
  #isWorthIndexing(state: NameState, value: string): boolean {
    const table = this.#table;
    const size = state.name.length + value.length + ENTRY_OVERHEAD;
    if (size * 2 > table.max) return false;
    if (state.indexing === Indexing.Without) {
      if (state.staticPlace !== 0 || state.newest !== null) return false;
    } else {
      const misses = state.misses++;
      if (misses >= MISSES_MAX && (misses & MISSES_MASK) !== 0) return false;
    }
    if (this.#limit !== NONE && state.find(value)) return false;
    return table.hasRoom(size, this.#evictable());
  }

  /** Inserts a field (RFC 9204 sections 4.3.2 and 4.3.3); false, and nothing is done, where it is none. */
  #insert(state: NameState, value: string): boolean {
    const { staticPlace, newest } = state;
    const table = this.#table;
    const from = scratch.length;
    scratch.reserve(INTEGER_LENGTH);
    let isField = true;
    if (staticPlace !== 0)
      scratch.length = putInteger(INSERT_STATIC_NAME, 6, staticPlace - 1, scratch.bytes, from);
    else if (newest !== null) {
      const relative = table.inserted - newest.number - 1;
      scratch.length = putInteger(INSERT_DYNAMIC_NAME, 6, relative, scratch.bytes, from);
    } else isField = putString(INSERT_LITERAL_NAME, 5, state.name, this.#huffman, scratch);
    isField = isField && putString(0, 7, value, this.#huffman, scratch);
    if (isField) table.insert(state, value);
    else scratch.clear(from);
    return isField;
  }

  /** A literal with the name by reference where there is one (RFC 9204 sections 4.5.4 to 4.5.6). */
  #putLiteral(isNever: boolean, state: NameState, value: string, out: ByteWriter): boolean {
    const { staticPlace } = state;
    const huffman = this.#huffman;
    if (staticPlace !== 0) {
      const first = NAME_STATIC | (isNever ? NEVER_BY_NAME : 0);
      out.length = putInteger(first, 4, staticPlace - 1, out.bytes, out.length);
      return putString(0, 7, value, huffman, out);
    }
    const number = this.#nameEntry(state);
    if (number < 0) {
      const first = NAME_LITERAL | (isNever ? NEVER_LITERAL : 0);
      if (!putString(first, 3, state.name, huffman, out)) return false;
      return putString(0, 7, value, huffman, out);
    }
    if (number >= this.#required) this.#required = number + 1;
    if (number < this.#least) this.#least = number;
    const relative = this.#base - number - 1;
    out.length =
      relative >= 0
        ? putInteger(
            NAME_DYNAMIC | (isNever ? NEVER_BY_NAME : 0),
            4,
            relative,
            out.bytes,
            out.length,
          )
        : putInteger(
            NAME_POST_BASE | (isNever ? NEVER_POST_BASE : 0),
            3,
            -relative - 1,
            out.bytes,
            out.length,
          );
    return putString(0, 7, value, huffman, out);
  }

  /** The newest entry of a name that the section may refer to; -1: none. */
  #nameEntry(state: NameState): number {
    let entry = state.newest;
    while (entry !== null && entry.number >= this.#limit) entry = entry.older;
    return entry === null ? -1 : entry.number;
  }
}

/** An indexed field line: relative to the Base, or behind it (RFC 9204 sections 4.5.2 and 4.5.3). */
function putReference(relative: number, bytes: Uint8Array, at: number): number {
  return relative >= 0
    ? putInteger(INDEXED_DYNAMIC, 6, relative, bytes, at)
    : putInteger(INDEXED_POST_BASE, 4, -relative - 1, bytes, at);
}

function checkCapacity(bytes: number): void {
  if (!Number.isInteger(bytes) || bytes < 0 || bytes > CAPACITY_MAX)
    refuseQpack("QPACK_CAPACITY_INVALID", "a capacity is a whole number of bytes up to 2^30");
}
