// The receiving half of QPACK for one connection (RFC 9204): the encoder stream and encoded field sections in, decoded
// sections and the decoder stream out. Peer bytes never throw: the first mistake is kept in `error`.
//
// A section whose insertions are not all here is copied and waits. The encoder stream is read up to the insertion that
// one waits for and goes on when that one was taken, so that what comes out does not depend on where it was cut.
// What the strings of an instruction declare is never allocated: an unfinished one is held as it comes, and one that
// cannot fit is refused at its length.
// Rules: QP-INT-4, QP-STR-4, QP-TAB-7, QP-ENC-6, QP-DECS-5, QP-DECS-6, QP-PFX-6, QP-PFX-7, QP-FLD-8.

import { ErrorCode } from "../abi/error-code.js";
import {
  FIELD_STAGE,
  FIELD_STAGE_LENGTH,
  FIELD_TAPE,
  FIELD_WINDOW,
  FIELD_WINDOW_LENGTH,
  FieldBlock,
  FieldStatus,
} from "../abi/field-memory.js";
import { H3Block } from "../abi/h3-memory.js";
import type { EngineConfig } from "../engine/field-instance.js";
import type { H3Instance } from "../engine/h3-instance.js";
import { leaseH3Block, poisonH3 } from "../engine/h3-pool.js";
import { engineConfig } from "./engine-config.js";
import { FieldSection } from "./field-section.js";
import { PieceBuffer } from "./piece-buffer.js";
import { BlockedSections, type BlockedStream } from "./qpack-blocked.js";
import { QpackFeedback } from "./qpack-feedback.js";
import { QpackStrings } from "./qpack-strings.js";

export { FieldSection } from "./field-section.js";

/** What a reader must know. */
export interface QpackReaderSettings {
  /** Our SETTINGS_QPACK_MAX_TABLE_CAPACITY: 0 to 262,144. */
  readonly maxTableCapacity: number;
  /** Our SETTINGS_QPACK_BLOCKED_STREAMS. */
  readonly maxBlockedStreams: number;
  /** Most bytes of sections that wait. */
  readonly blockedBytes: number;
  /** Longest field section, with 32 bytes a field. */
  readonly fieldSectionLength: number;
  /** Most fields of a section. */
  readonly fieldCount: number;
  /** Capacity of the table before any instruction; 0, as RFC 9204 section 3.2.3 has it. */
  readonly initialCapacity?: number;
  /** FieldConfigFlag bits. */
  readonly flags?: number;
}

/** The first mistake of the peer. */
export interface QpackFault {
  readonly code: ErrorCode;
  /** In the section; of an encoder-stream error, in that stream. */
  readonly offset: number;
}

const TAPE_WORD = FIELD_TAPE >> 2;
/** Pieces shorter than this are copied byte by byte: a view for `set` costs more. */
const SHORT = 64;
/**
 * Instructions that may come ahead of the sections that use them. A section makes good for 64, and for one a byte of its
 * own: no field costs less, and none is worth more than an insertion.
 */
const ALLOWANCE = 10_000;
const ALLOWANCE_SECTION = 64;

/** Who reads the tape of an instance. The section is reused by one reader; another one's is left alone. */
class TapeView {
  section: FieldSection;
  /** Block of the connection whose section it is; 0: nobody reads it any more. */
  block = 0;

  constructor(instance: H3Instance) {
    this.section = new FieldSection(instance, "3");
  }
}

/** Decodes what one peer's encoder sends. Takes its place in the engine at the first use. */
export class QpackReader {
  /** The first mistake; nothing is decoded behind it. */
  error: QpackFault | null = null;
  /** Stream and tag of what `nextUnblocked` gave last. */
  unblockedStream = -1;
  unblockedTag = 0;
  /** Entries inserted so far: the Insert Count. */
  insertions = 0;
  /** Instructions of the encoder stream so far. */
  instructions = 0;
  readonly #settings: QpackReaderSettings;
  readonly #config: EngineConfig;
  readonly #blocked = new BlockedSections();
  readonly #feedback = new QpackFeedback();
  readonly #strings = new QpackStrings();
  #instance: H3Instance | null = null;
  #block = 0;
  #isReleased = false;
  /** The encoder stream is wrong: no instruction is read any more, but sections that are complete can be taken. */
  #isStreamOver = false;
  /** Octets of an unfinished instruction, and how many must be here. */
  readonly #pending = new PieceBuffer();
  #needed = 1;
  /** The chunk of the encoder stream under way, how far it is used up, and bytes in front of it. */
  #chunk: Uint8Array | null = null;
  #at = 0;
  #received = 0;
  #allowance = ALLOWANCE;

  constructor(settings: QpackReaderSettings) {
    const { flags = 0, fieldSectionLength, fieldCount } = settings;
    this.#settings = settings;
    this.#config = engineConfig(flags, fieldSectionLength, fieldCount);
  }

  /**
   * Reads the next bytes of the encoder stream. The caller then takes everything from `nextUnblocked`, before the next
   * call: until that gives null the bytes are referred to.
   */
  receiveEncoderStream(bytes: Uint8Array): void {
    if (this.error !== null || this.#isReleased) return;
    // What should have been taken before is read on without its turns.
    while (this.#chunk !== null) this.#instruct(Number.POSITIVE_INFINITY);
    if (this.error !== null) return;
    this.#chunk = bytes;
    this.#at = 0;
    this.#instruct(this.#blocked.wanted);
  }

  /**
   * Decodes one whole section, bytes[from, to). False: it is blocked, or waits behind one of its stream that is; it was
   * copied, and comes back from `nextUnblocked` with its tag. Null: `error` says what is wrong with it.
   *
   * What it returns is good until the next call of this reader.
   */
  decode(
    streamId: number,
    bytes: Uint8Array,
    from: number,
    to: number,
    tag: number,
  ): FieldSection | false | null {
    if (this.error !== null || this.#isReleased) return null;
    if (this.#blocked.has(streamId)) return this.#keep(streamId, bytes, from, to, tag, 0);
    const length = to - from;
    if (length > FIELD_STAGE_LENGTH) return this.#fail(ErrorCode.QPACK_LIST_TOO_LARGE, 0);
    const instance = this.#place();
    copyTo(instance.u8, FIELD_STAGE, bytes, from, to);
    const section = this.#decode(instance, streamId, length);
    if (section !== false) return section;
    return this.#keep(streamId, bytes, from, to, tag, this.#required(instance));
  }

  /**
   * The next section whose insertions are all here, decoded; those of one stream in their order. Null: there is none,
   * or it is wrong (`error`), and the encoder stream was read to the end of what came.
   */
  nextUnblocked(): FieldSection | null {
    while (!this.#isReleased && (this.error === null || this.#isStreamOver)) {
      const stream = this.#blocked.ready(this.insertions);
      if (stream !== null) {
        const section = this.#unblock(stream);
        if (section !== false) return section;
      } else if (this.#chunk !== null) {
        this.#instruct(this.#blocked.wanted);
      } else break;
    }
    return null;
  }

  /** Whether sections of a stream wait. */
  isBlocked(streamId: number): boolean {
    return this.#blocked.has(streamId);
  }

  /** The stream was reset or is not read any more (RFC 9204 section 2.2.2.2): its sections are forgotten. */
  cancel(streamId: number): void {
    if (this.#isReleased) return;
    this.#blocked.drop(streamId);
    if (this.#settings.maxTableCapacity > 0) this.#feedback.cancel(streamId);
  }

  /**
   * What `decode` or `nextUnblocked` gave is not read any more. Not a must: without it the section is read to its end
   * before another connection uses the engine.
   */
  done(): void {
    const view = this.#instance?.reader as TapeView | null | undefined;
    if (view?.block === this.#block) view.block = 0;
  }

  /** Bytes for the decoder stream: acknowledgements, cancellations, an increment. Null: none. */
  takeDecoderStream(): Uint8Array<ArrayBuffer> | null {
    return this.#feedback.take(this.insertions);
  }

  /** Bytes that `takeDecoderStream` would give. */
  get decoderStreamLength(): number {
    return this.#feedback.length(this.insertions);
  }

  /** Streams with sections that wait. */
  get blockedCount(): number {
    return this.#blocked.count;
  }

  /** Encoded bytes of sections that wait. */
  get blockedLength(): number {
    return this.#blocked.length;
  }

  /** Bytes of the dynamic table now (RFC 9204 section 3.2.1). */
  get tableSize(): number {
    return this.#word(FieldBlock.TableSize);
  }

  /** Capacity of the dynamic table now. */
  get tableCapacity(): number {
    return this.#instance === null
      ? (this.#settings.initialCapacity ?? 0)
      : this.#word(FieldBlock.TableMax);
  }

  /** Whether the encoder stream so far ends with a whole instruction. */
  get isBetweenInstructions(): boolean {
    return this.#pending.length === 0;
  }

  /** Bytes of buffers that this holds, the strings of the table aside. */
  get heldBytes(): number {
    return this.#pending.capacity + this.#blocked.heldBytes + this.#feedback.heldBytes;
  }

  /** Gives the place in the engine back, and every buffer. Later bytes are passed over. */
  release(): void {
    this.#isReleased = true;
    this.#blocked.clear();
    this.#pending.drop();
    this.#chunk = null;
    this.done();
    const instance = this.#instance;
    this.#instance = null;
    if (instance !== null && !instance.poisoned) instance.release(this.#block);
  }

  #word(word: number): number {
    return this.#instance === null ? 0 : (this.#instance.i32[(this.#block >> 2) + word] as number);
  }

  /** A 64-bit count of the block. */
  #count(instance: H3Instance, word: number): number {
    const at = (this.#block >> 2) + word;
    return uint64(instance.i32[at] as number, instance.i32[at + 1] as number);
  }

  #required(instance: H3Instance): number {
    return this.#count(instance, H3Block.Required);
  }

  /** The engine, with its tape free for us. */
  #place(): H3Instance {
    const instance = this.#instance ?? this.#lease();
    const view = viewOf(instance);
    if (view.block !== this.#block) {
      if (view.block !== 0) {
        // Somebody may still read it: a call of ours inside of one of his.
        view.section.settle();
        view.section = new FieldSection(instance, "3");
      }
      view.block = this.#block;
    }
    return instance;
  }

  #lease(): H3Instance {
    const { maxTableCapacity, initialCapacity = 0 } = this.#settings;
    const { instance, block } = leaseH3Block(this, this.#config, maxTableCapacity);
    instance.i32[(block >> 2) + FieldBlock.TableMax] = initialCapacity;
    this.#instance = instance;
    this.#block = block;
    return instance;
  }

  /** Decodes the `length` octets on the stage. */
  #decode(instance: H3Instance, streamId: number, length: number): FieldSection | false | null {
    const { i32 } = instance;
    const words = this.#block >> 2;
    try {
      instance.exports.section(this.#block, FIELD_STAGE, length);
    } catch {
      return this.#trapped(instance);
    }
    const status = i32[words + FieldBlock.Status] as number;
    if (status === FieldStatus.Blocked) return false;
    if (status === FieldStatus.Failed) {
      const code = i32[words + FieldBlock.ErrorCode] as ErrorCode;
      return this.#fail(code, i32[words + FieldBlock.ErrorAt] as number);
    }
    const required = this.#required(instance);
    if (required !== 0) this.#feedback.acknowledge(streamId, required);
    this.#earn(length);
    const { section } = viewOf(instance);
    section.reset(TAPE_WORD, this.#block, this.#strings);
    section.blockLength = length;
    section.faultOffset = section.faultAt;
    return section;
  }

  /** A section makes instructions good. */
  #earn(length: number): void {
    this.#allowance = Math.min(ALLOWANCE, this.#allowance + ALLOWANCE_SECTION + length);
  }

  /** Keeps a section that cannot be decoded yet, within both caps. */
  #keep(
    streamId: number,
    bytes: Uint8Array,
    from: number,
    to: number,
    tag: number,
    required: number,
  ): false | null {
    const blocked = this.#blocked;
    const { maxBlockedStreams, blockedBytes } = this.#settings;
    if (!blocked.has(streamId) && blocked.count >= maxBlockedStreams)
      return this.#fail(ErrorCode.QPACK_BLOCKED_STREAMS, 0);
    if (blocked.length + to - from > blockedBytes)
      return this.#fail(ErrorCode.QPACK_BLOCKED_BYTES, 0);
    blocked.add(streamId, bytes, from, to, tag, required);
    return false;
  }

  /** Tries the first section of a stream again. False: it has to wait on, for what it says now. */
  #unblock(stream: BlockedStream): FieldSection | false | null {
    const instance = this.#place();
    const { bytes, from, length, tag } = stream;
    copyTo(instance.u8, FIELD_STAGE, bytes.bytes, from, from + length);
    const section = this.#decode(instance, stream.id, length);
    if (section === false) {
      stream.required = this.#required(instance);
      return false;
    }
    this.unblockedStream = stream.id;
    this.unblockedTag = tag;
    this.#blocked.shift(stream);
    return section;
  }

  /** Reads instructions of the chunk, to its end or until `stopAt` entries were inserted. */
  #instruct(stopAt: number): void {
    const bytes = this.#chunk as Uint8Array;
    const pending = this.#pending;
    while (this.error === null) {
      const available = bytes.length - this.#at;
      if (pending.length + available < this.#needed) {
        pending.append(bytes, this.#at);
        break;
      }
      const instance = this.#place();
      this.#stopAt(instance, stopAt);
      const held = pending.length;
      const length = this.#copyIn(instance, bytes);
      if (!this.#execute(instance, length)) break;
      const { i32 } = instance;
      const words = this.#block >> 2;
      const consumed = i32[words + FieldBlock.Consumed] as number;
      const needed = i32[words + FieldBlock.Needed] as number;
      if (consumed !== 0) {
        this.#at += consumed - held;
        pending.clear();
      }
      if ((i32[words + FieldBlock.Status] as number) === FieldStatus.Failed) {
        const errorAt = (i32[words + FieldBlock.ErrorAt] as number) - consumed;
        const offset = this.#received + this.#at - pending.length + errorAt;
        this.#failStream(i32[words + FieldBlock.ErrorCode] as ErrorCode, offset);
        break;
      }
      this.#needed = needed === 0 ? 1 : needed;
      if (needed === 0) return; // a section can go on
    }
    this.#received += bytes.length;
    this.#chunk = null;
  }

  /** Tells the engine at which Insert Count to return. */
  #stopAt({ i32 }: H3Instance, count: number): void {
    const words = this.#block >> 2;
    const isNone = count === Number.POSITIVE_INFINITY;
    i32[words + H3Block.StopAt] = isNone ? -1 : count | 0;
    i32[words + H3Block.StopAtHigh] = isNone ? -1 : Math.floor(count / 2 ** 32);
  }

  /** Copies what is pending and the next bytes of the chunk to the window. Returns how much. */
  #copyIn({ u8 }: H3Instance, bytes: Uint8Array): number {
    const pending = this.#pending;
    const held = pending.length;
    // A single instruction that is longer than the window reaches into the stage behind it.
    const room = Math.max(FIELD_WINDOW_LENGTH, this.#needed) - held;
    const count = Math.min(room, bytes.length - this.#at);
    if (held !== 0) pending.copyTo(u8, FIELD_WINDOW);
    copyTo(u8, FIELD_WINDOW + held, bytes, this.#at, this.#at + count);
    return held + count;
  }

  /** Runs the instructions in the window and keeps their strings. False: it trapped. */
  #execute(instance: H3Instance, length: number): boolean {
    try {
      instance.exports.instructions(this.#block, 0, length);
    } catch {
      this.#trapped(instance);
      return false;
    }
    const count = this.#word(H3Block.Instructions);
    if (count === 0) return true;
    this.#strings.read(instance, this.#block, TAPE_WORD, null);
    this.insertions = this.#count(instance, H3Block.Total);
    this.instructions += count;
    this.#allowance -= count;
    if (this.#allowance >= 0) return true;
    const offset = this.#received + this.#at;
    this.#failStream(ErrorCode.QPACK_ENCODER_FLOOD, offset);
    return true;
  }

  #failStream(code: ErrorCode, offset: number): void {
    this.#isStreamOver = true;
    this.#pending.drop();
    this.error ??= { code, offset };
  }

  #fail(code: ErrorCode, offset: number): null {
    this.#isStreamOver = false;
    this.#chunk = null;
    this.#blocked.clear();
    this.#pending.drop();
    this.error ??= { code, offset };
    return null;
  }

  /** The engine trapped: the fault is ours, and it ends this connection alone. */
  #trapped(instance: H3Instance): null {
    poisonH3(instance);
    this.#instance = null;
    return this.#fail(ErrorCode.H3_ENGINE_TRAP, 0);
  }
}

function viewOf(instance: H3Instance): TapeView {
  instance.reader ??= new TapeView(instance);
  return instance.reader as TapeView;
}

/** Copies bytes[from, to) to `at` of memory. */
function copyTo(
  memory: Uint8Array,
  at: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): void {
  const count = to - from;
  if (count < SHORT) for (let i = 0; i < count; i++) memory[at + i] = bytes[from + i] as number;
  else if (count === bytes.length) memory.set(bytes, at);
  else memory.set(new Uint8Array(bytes.buffer, bytes.byteOffset + from, count), at);
}

/** A 64-bit number of two words; exact below 2^53. */
function uint64(low: number, high: number): number {
  return (low >>> 0) + (high >>> 0) * 2 ** 32;
}
