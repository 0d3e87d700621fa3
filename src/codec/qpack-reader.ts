// The receiving half of QPACK for one connection (RFC 9204): the encoder stream and encoded field sections in, decoded
// sections and the decoder stream out. Peer bytes never throw: the first mistake is kept in `error`.
//
// A section whose insertions are not all here is copied and waits. The encoder stream is read up to the insertion that
// one waits for and goes on when that one was taken, so that what comes out does not depend on where it was cut.
// Rules: QP-DECS-5, QP-DECS-6, QP-PFX-6, QP-PFX-7, QP-FLD-8.

import { ErrorCode } from "../abi/error-code.js";
import { FIELD_STAGE, FIELD_STAGE_LENGTH, FieldBlock, FieldStatus } from "../abi/field-memory.js";
import { H3Block } from "../abi/h3-memory.js";
import type { H3Instance } from "../engine/h3-instance.js";
import { engineConfig } from "./engine-config.js";
import type { FieldSection } from "./field-section.js";
import { BlockedSections, type BlockedStream } from "./qpack-blocked.js";
import { copyTo, QpackFeed } from "./qpack-feed.js";
import { QpackFeedback } from "./qpack-feedback.js";

export { FieldSection } from "./field-section.js";
export type { QpackFault } from "./qpack-feed.js";

/** What a reader must know. */
export interface QpackReaderSettings {
  /** Our SETTINGS_QPACK_MAX_TABLE_CAPACITY: 0 to 262,144. */
  readonly maxTableCapacity: number;
  /** Our SETTINGS_QPACK_BLOCKED_STREAMS. */
  readonly maxBlockedStreams: number;
  /** Most bytes of sections that wait; each counts 24 at least. */
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

/** Decodes what one peer's encoder sends. */
export class QpackReader extends QpackFeed {
  /** Stream and tag of what `nextUnblocked` gave, or found wrong, last. */
  unblockedStream = -1;
  unblockedTag = 0;
  readonly #settings: QpackReaderSettings;
  readonly #blocked = new BlockedSections();
  readonly #feedback = new QpackFeedback();
  /** Nothing is decoded any more: a section was wrong, or this was released. */
  #isOver = false;

  constructor(settings: QpackReaderSettings) {
    const { flags = 0, fieldSectionLength, fieldCount, initialCapacity = 0 } = settings;
    const config = engineConfig(flags, fieldSectionLength, fieldCount);
    super(config, settings.maxTableCapacity, initialCapacity);
    this.#settings = settings;
  }

  /**
   * Reads the next bytes of the encoder stream. The caller then takes everything from `nextUnblocked`, before the next
   * call: until that gives null the bytes are referred to. It does so after an error, too: what was complete in front of
   * it comes out.
   */
  receiveEncoderStream(bytes: Uint8Array): void {
    // What should have been taken before is read on without its turns.
    if (this.chunk !== null) this.instruct(Number.POSITIVE_INFINITY);
    if (this.error !== null || this.#isOver) return;
    this.begin(bytes);
    this.instruct(this.#blocked.wanted);
  }

  /**
   * Decodes one whole section, bytes[from, to). False: it is blocked, or waits behind one of its stream that is; it was
   * copied, and comes back from `nextUnblocked` with its tag. Null: `error` says what is wrong.
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
    if (this.error !== null || this.#isOver) return null;
    if (this.#blocked.has(streamId)) return this.#keep(streamId, bytes, from, to, tag, 0);
    if (to - from > FIELD_STAGE_LENGTH) return this.#fail(ErrorCode.QPACK_LIST_TOO_LARGE, 0);
    const instance = this.place();
    copyTo(instance.u8, FIELD_STAGE, bytes, from, to);
    const section = this.#decode(instance, streamId, to - from);
    if (section !== false) return section;
    const required = this.count(instance, H3Block.Required);
    return this.#keep(streamId, bytes, from, to, tag, required);
  }

  /**
   * The next section whose insertions are all here, decoded; those of one stream in their order. Null: there is none,
   * and the encoder stream was read to the end of what came; or one is wrong (`error`).
   */
  nextUnblocked(): FieldSection | null {
    while (!this.#isOver) {
      const stream = this.#blocked.ready(this.insertions);
      if (stream !== null) {
        const section = this.#unblock(stream);
        if (section !== false) return section;
      } else if (this.chunk !== null) this.instruct(this.#blocked.wanted);
      else break;
    }
    return null;
  }

  /** Whether sections of a stream wait. */
  isBlocked(streamId: number): boolean {
    return this.#blocked.has(streamId);
  }

  /** The stream was reset or is not read any more (RFC 9204 section 2.2.2.2): its sections are forgotten. */
  cancel(streamId: number): void {
    this.#blocked.drop(streamId);
    if (this.#settings.maxTableCapacity > 0 && !this.#isOver) this.#feedback.cancel(streamId);
  }

  /** Bytes for the decoder stream: acknowledgements, cancellations, an increment. To own; null: none. */
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

  override get heldBytes(): number {
    return super.heldBytes + this.#blocked.heldBytes + this.#feedback.heldBytes;
  }

  /** Gives the place in the engine back, and every buffer. Later bytes are passed over. */
  override release(): void {
    super.release();
    this.#isOver = true;
    this.#blocked.clear();
    this.#feedback.drop(this.insertions);
  }

  /** Decodes the `length` octets on the stage. False: blocked. */
  #decode(instance: H3Instance, streamId: number, length: number): FieldSection | false | null {
    try {
      instance.exports.section(this.block, FIELD_STAGE, length);
    } catch {
      this.trapped(instance);
      this.#isOver = true;
      return null;
    }
    const { i32 } = instance;
    const words = this.block >> 2;
    const status = i32[words + FieldBlock.Status] as number;
    if (status === FieldStatus.Blocked) return false;
    if (status === FieldStatus.Failed) {
      const code = i32[words + FieldBlock.ErrorCode] as ErrorCode;
      return this.#fail(code, i32[words + FieldBlock.ErrorAt] as number);
    }
    const required = this.count(instance, H3Block.Required);
    if (required !== 0) this.#feedback.acknowledge(streamId, required);
    this.earn(length);
    const section = this.sectionOf(instance);
    section.blockLength = length;
    return section;
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
    if (!blocked.hasRoom(to - from, blockedBytes))
      return this.#fail(ErrorCode.QPACK_BLOCKED_BYTES, 0);
    blocked.add(streamId, bytes, from, to, tag, required);
    return false;
  }

  /** Tries the first section of a stream again. False: it has to wait on, for what it says now. */
  #unblock(stream: BlockedStream): FieldSection | false | null {
    const instance = this.place();
    const { bytes, from, length, tag } = stream;
    copyTo(instance.u8, FIELD_STAGE, bytes.bytes, from, from + length);
    this.unblockedStream = stream.id;
    this.unblockedTag = tag;
    const section = this.#decode(instance, stream.id, length);
    if (section === false) this.#blocked.postpone(stream, this.count(instance, H3Block.Required));
    else this.#blocked.shift(stream);
    return section;
  }

  /** A section is wrong: nothing else is decoded. */
  #fail(code: ErrorCode, offset: number): null {
    this.#isOver = true;
    this.chunk = null;
    this.#blocked.clear();
    this.error ??= { code, offset };
    return null;
  }
}
