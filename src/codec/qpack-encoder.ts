// QPACK encoder (RFC 9204): flat list of fields -> one encoded field section, and instructions for the
// encoder stream. What is inserted is said in qpack-encoder-policy.ts; what may be evicted, in
// qpack-encoder-table.ts and qpack-encoder-sections.ts. Names go out in lower case; which characters a
// field may have is the connection's matter.
//
// A section is written in one pass: its Base is what was inserted before it, and entries that are inserted
// for it have post-base indices (section 3.2.6). It is written again where an insertion lacks room only
// because the section refers to what should go: then the insertions are made first. And where the streams
// that may still be blocked are too few for what it saves: then without what the peer may not have yet.
// Rules: QP-TAB-8, QP-EN-1, QP-EN-2, QP-EN-3, QP-EN-4, QP-EN-5.

import { ProtocolError, UsageError } from "../errors.js";
import { ByteWriter } from "./byte-writer.js";
import { ENTRY_OVERHEAD, NameState, type TableEntry, UNKNOWN } from "./encoder-table.js";
import { INTEGER_LENGTH } from "./field-coding.js";
import { isNeverIndexed } from "./indexing-policy.js";
import { QpackFeedback, type QpackFeedbackFault } from "./qpack-encoder-feedback.js";
import { QpackInstructions } from "./qpack-encoder-instructions.js";
import {
  INDEXED_DYNAMIC,
  INDEXED_STATIC,
  NONE,
  PREFIX_LENGTH,
  QpackLines,
} from "./qpack-encoder-lines.js";
import {
  checkedOptions,
  checkSettings,
  type QpackEncoderOptions,
  type QpackStrategy,
} from "./qpack-encoder-options.js";
import { QpackPolicy } from "./qpack-encoder-policy.js";
import { OUTSTANDING_MAX, OutstandingSections, SECTION_MEMORY } from "./qpack-encoder-sections.js";
import { QpackEncoderTable, Room } from "./qpack-encoder-table.js";
import { refuseQpack } from "./qpack-usage.js";

/** Outcomes of writing the fields; a number from 0 on is that of a field that is none. */
const DONE = -1;
/** From this one down: the insertion for a field, -2 - outcome, lacks room. */
const LACKS_ROOM = -2;

/** What stands where a name is no string. */
const NO_NAME = new NameState(UNKNOWN);

/** Buffer of encode(): an encoder has none of its own. */
const shared = new ByteWriter();

/** Encodes the field sections of one direction of one connection, in the order in which they are sent. */
export class QpackEncoder {
  readonly #policy = new QpackPolicy();
  readonly #instructions: QpackInstructions;
  readonly #table: QpackEncoderTable;
  readonly #lines: QpackLines;
  readonly #sections = new OutstandingSections();
  readonly #feedback = new QpackFeedback(this.#sections);
  readonly #strategy: QpackStrategy;
  readonly #cap: number;
  /** Stands before the first name of each list. */
  readonly #start = new NameState(UNKNOWN);
  /** Twice the entries that fit into the largest table that the peer allows (RFC 9204 section 4.5.1.1). */
  #fullRange = 0;
  #maxTableCapacity = 0;
  #maxBlockedStreams = 0;
  /** Whether the section may insert. */
  #mayInsert = false;

  /** @throws UsageError QPACK_CAPACITY_INVALID, QPACK_BLOCKED_STREAMS_INVALID, QPACK_OPTION_INVALID */
  constructor(options: QpackEncoderOptions = {}) {
    const { maxTableCapacity = 0, maxBlockedStreams = 0 } = options;
    const { tableCapacityCap, strategy, huffman } = checkedOptions(options);
    this.#strategy = strategy;
    this.#cap = tableCapacityCap;
    this.#instructions = new QpackInstructions(huffman);
    this.#table = new QpackEncoderTable(this.#policy, this.#instructions);
    this.#lines = new QpackLines(huffman);
    this.setPeerSettings(maxTableCapacity, maxBlockedStreams);
  }

  /**
   * The peer's SETTINGS_QPACK_MAX_TABLE_CAPACITY and SETTINGS_QPACK_BLOCKED_STREAMS, once they are known;
   * until then no dynamic table is used. A capacity that is not 0 stays what it is (section 3.2.3).
   * @throws UsageError QPACK_CAPACITY_INVALID, QPACK_BLOCKED_STREAMS_INVALID
   */
  setPeerSettings(maxTableCapacity: number, maxBlockedStreams: number): void {
    checkSettings(maxTableCapacity, maxBlockedStreams);
    if (this.#maxTableCapacity !== 0 && this.#maxTableCapacity !== maxTableCapacity)
      refuseQpack("QPACK_CAPACITY_INVALID", "the capacity was set to another number before");
    this.#maxBlockedStreams = maxBlockedStreams;
    if (this.#maxTableCapacity === maxTableCapacity) return;
    this.#maxTableCapacity = maxTableCapacity;
    this.#fullRange = 2 * Math.floor(maxTableCapacity / ENTRY_OVERHEAD);
    const capacity = Math.min(maxTableCapacity, this.#cap);
    if (this.#strategy === "static" || capacity < ENTRY_OVERHEAD) return;
    this.#table.setMax(capacity);
    this.#instructions.begin();
    this.#instructions.setCapacity(capacity);
    this.#instructions.end();
  }

  /** Bytes of the entries that are in use (RFC 9204 section 3.2.1); the peer's table may have older ones. */
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
    return this.#instructions.length;
  }

  /** About how many bytes are held on behalf of the peer. */
  get heldBytes(): number {
    return this.#table.size + this.#sections.count * SECTION_MEMORY + this.#instructions.length;
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
    const lines = this.#lines;
    const sections = this.#sections;
    const { known } = sections;
    const secrets = sensitive === null || sensitive.size === 0 ? null : sensitive;
    const start = out.length;
    const limit = this.#limitOf(streamId);
    this.#policy.begin();
    this.#instructions.begin();
    this.#mayInsert = sections.count < OUTSTANDING_MAX;
    lines.begin(this.#table, limit, known);
    let outcome = this.#putFields(fields, secrets, start, out);
    if (outcome <= LACKS_ROOM) {
      this.#plan(fields, LACKS_ROOM - outcome, secrets);
      lines.begin(this.#table, limit, known);
      outcome = this.#putFields(fields, secrets, start, out);
    }
    if (lines.required > known && this.#isTooDear(streamId)) {
      this.#mayInsert = false;
      lines.begin(this.#table, known, known);
      outcome = this.#putFields(fields, secrets, start, out);
    }
    this.#instructions.end();
    if (outcome !== DONE) {
      // What was inserted for the section stays, and so do the instructions that say so.
      out.clear(start);
      refuseQpack("QPACK_HEADER_LIST_INVALID", `field ${outcome} is not two strings of octets`);
    }
    lines.putPrefix(start, this.#fullRange, out);
    if (lines.required > 0) sections.add(streamId, lines.required, lines.least);
  }

  /** Bytes for the encoder stream, whole instructions; to be sent before the sections encoded so far. */
  takeEncoderStream(): Uint8Array {
    return this.#instructions.take();
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

  /** Whether the section that was written would block a stream more, and saves too little for that. */
  #isTooDear(streamId: number): boolean {
    const sections = this.#sections;
    if (sections.isBlocked(streamId)) return false;
    return !this.#policy.mayBlock(this.#lines.saved, sections.blocked, this.#maxBlockedStreams);
  }

  /** Writes the fields behind what is left for the prefix. */
  #putFields(
    fields: readonly string[],
    secrets: ReadonlySet<string> | null,
    start: number,
    out: ByteWriter,
  ): number {
    const lines = this.#lines;
    const { base, limit, draining } = lines;
    const count = fields.length;
    out.length = start;
    out.reserve(count * INTEGER_LENGTH + 2 * INTEGER_LENGTH);
    let previous = this.#start;
    let { bytes } = out;
    let at = start + PREFIX_LENGTH;
    for (let i = 0; i < count; i += 2) {
      const name = fields[i] as string;
      const value = fields[i + 1] as string;
      // What is no string may be null, as the spelling of a forgotten name and no hot value are.
      if (name === null || value === null) return i >> 1;
      const known = previous.follower;
      const state =
        known !== null && known.spelling === name ? known : this.#stateBehind(previous, name);
      previous = state;
      const place = state.hotPlace;
      const isUsable = place < 0 || (place < limit && place >= draining);
      if (isUsable && state.hotValue === value && secrets === null) {
        if (place < 0) {
          if (place >= -63) bytes[at++] = INDEXED_STATIC | (-place - 1);
          else at = lines.putStatic(-place, bytes, at);
        } else {
          this.#policy.use(state.hotEntry as TableEntry);
          lines.refer(place, value.length);
          const index = base - place - 1;
          if (index >= 0 && index < 63) bytes[at++] = INDEXED_DYNAMIC | index;
          else at = lines.putDynamic(place, bytes, at);
        }
      } else {
        out.length = at;
        const outcome = this.#putField(state, value, secrets, out);
        if (outcome !== DONE) return outcome === LACKS_ROOM ? LACKS_ROOM - i : i >> 1;
        out.reserve((count - i) * INTEGER_LENGTH + INTEGER_LENGTH);
        bytes = out.bytes;
        at = out.length;
      }
    }
    out.length = at;
    return DONE;
  }

  /** The state of a name that the one before it did not foretell; NO_NAME for what is none. */
  #stateBehind(previous: NameState, name: string): NameState {
    return typeof name === "string" ? this.#table.stateBehind(previous, name) : NO_NAME;
  }

  /** Writes a field that is not the hot one of its name; DONE, LACKS_ROOM, or 0 where it is none. */
  #putField(
    state: NameState,
    value: string,
    secrets: ReadonlySet<string> | null,
    out: ByteWriter,
  ): number {
    if (typeof value !== "string" || state === NO_NAME) return 0;
    const lines = this.#lines;
    const isSecret = this.#isSecret(state, value, secrets);
    if (!isSecret) {
      let isFound = lines.find(state, value);
      if (!isFound && this.#mayInsert) {
        const outcome = this.#tryInsertion(state, value);
        if (outcome !== DONE) return outcome;
        isFound = lines.limit === NONE && lines.find(state, value);
      }
      if (isFound) {
        this.#putFound(state, out);
        return DONE;
      }
    }
    return lines.putLiteral(isSecret, state, value, out) ? DONE : 0;
  }

  /** Writes a field that one of the tables has, as the hot one of its name. */
  #putFound(state: NameState, out: ByteWriter): void {
    const lines = this.#lines;
    const place = state.hotPlace;
    if (place < 0) out.length = lines.putStatic(-place, out.bytes, out.length);
    else {
      this.#policy.use(state.hotEntry as TableEntry);
      lines.refer(place, (state.hotValue as string).length);
      out.length = lines.putDynamic(place, out.bytes, out.length);
    }
  }

  #isSecret(state: NameState, value: string, secrets: ReadonlySet<string> | null): boolean {
    if (isNeverIndexed(state.indexing, value)) return true;
    return secrets !== null && (secrets.has(state.name) || secrets.has(state.spelling ?? ""));
  }

  /** Inserts a field where that is worth it and there is room; DONE, LACKS_ROOM, or 0 where it is none. */
  #tryInsertion(state: NameState, value: string): number {
    const table = this.#table;
    const { max } = table;
    const size = state.name.length + value.length + ENTRY_OVERHEAD;
    if (size * 4 > max * 3) return DONE;
    const isAhead = this.#lines.limit !== NONE;
    const isFree = max - table.size >= size;
    if (!this.#policy.isWorthInserting(state, value, isAhead, isFree)) return DONE;
    // An entry that the section may not refer to stands for the field already.
    if (isAhead && state.find(value)) return DONE;
    if (isAhead && this.#sections.known === 0 && !table.mayTry(size)) return DONE;
    return this.#insert(state, value, size, isAhead);
  }

  #insert(state: NameState, value: string, size: number, isAhead: boolean): number {
    const table = this.#table;
    const { known, least, count } = this.#sections;
    const referred = this.#lines.least;
    const limit = Math.min(known, least, referred);
    const worth = this.#policy.worthOf(value, size);
    const isBeside = (isAhead || count > 0) && table.reserve > 0;
    const room = isBeside
      ? table.makeRoomBeside(size, worth, limit, known)
      : table.makeRoom(size, worth, limit, isAhead ? NONE : referred);
    if (room === Room.Made) return table.add(state, value) ? DONE : 0;
    if (room === Room.Referred) return LACKS_ROOM;
    if (isBeside || count > 0) table.drain(value.length, worth, limit, known, count);
    return DONE;
  }

  /**
   * Makes the insertions of a section before it refers to anything: those from field `from` on, as the ones
   * before it are decided. What it will refer to counts as used, so that it is kept.
   */
  #plan(fields: readonly string[], from: number, secrets: ReadonlySet<string> | null): void {
    const lines = this.#lines;
    lines.begin(this.#table, lines.limit, lines.known);
    for (const isSecondRound of [false, true]) {
      for (let i = isSecondRound ? from : 0; i < fields.length; i += 2) {
        const value = fields[i + 1] as string;
        const state = this.#stateBehind(this.#start, fields[i] as string);
        if (typeof value !== "string" || state === NO_NAME) break;
        if (this.#isSecret(state, value, secrets)) continue;
        if (state.find(value)) {
          if (state.hotPlace >= 0) this.#policy.use(state.hotEntry as TableEntry);
        } else if (isSecondRound) {
          if (i > from) this.#tryInsertion(state, value);
          else this.#insert(state, value, state.name.length + value.length + ENTRY_OVERHEAD, false);
        }
      }
    }
    this.#mayInsert = false;
  }
}
