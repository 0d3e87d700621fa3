// The HTTP/2 codec, receiving: pieces of one connection's bytes in, calls of a sink out. The engine checks frames and
// decodes field blocks; this reads its records, joins blocks that came in several frames, and hands out payloads by
// reference. What the calls mean for the connection is decided above.
// Rules: H2-021, H2-023, H2-137.

import type { ErrorCode } from "../abi/error-code.js";
import {
  FIELD_STAGE,
  FIELD_TAPE,
  FIELD_WINDOW,
  FieldBlock,
  FieldStatus,
} from "../abi/field-memory.js";
import { H2ConfigFlag } from "../abi/h2-memory.js";
import { FrameFlag, FrameMark, FrameRecord, FrameType } from "../abi/h2-tape.js";
import type { H2Instance } from "../engine/h2-instance.js";
import { engineConfig } from "./engine-config.js";
import { FieldSection } from "./field-section.js";
import { readControlFrame } from "./h2-control-frames.js";
import { H2Feed } from "./h2-feed.js";
import { H2FieldBlock } from "./h2-field-block.js";
import type { H2ReaderSink } from "./h2-sink.js";
import { HpackStrings } from "./hpack-strings.js";
import { PieceBuffer } from "./piece-buffer.js";

export { FieldSection } from "./field-section.js";
export type { H2ReaderSink } from "./h2-sink.js";

/** What a reader must know. */
export interface H2ReaderSettings {
  /** Whether the peer is a server: no preface is expected. */
  readonly isClient: boolean;
  /** Longest field section, with 32 bytes a field. */
  readonly fieldSectionLength: number;
  /** Most fields of a section. */
  readonly fieldCount: number;
  /** Largest dynamic table that the peer may use, in bytes. */
  readonly headerTableSize: number;
  /** Largest payload that is accepted. */
  readonly maxFrameSize: number;
  /** Longest field block, compressed; the payloads of its frames count whole. */
  readonly fieldBlockLength: number;
  /** Most CONTINUATION frames of a field block. */
  readonly continuationCount: number;
  /** Bytes of GOAWAY debug data that are kept. */
  readonly debugDataLength: number;
}

/** What reads the tape of one instance: reused, because an instance is read by one call at a time. */
class TapeReader {
  readonly section: FieldSection;
  readonly settings: number[] = [];

  constructor(instance: H2Instance) {
    this.section = new FieldSection(instance, "2");
  }
}

function readerOf(instance: H2Instance): TapeReader {
  instance.reader ??= new TapeReader(instance);
  return instance.reader as TapeReader;
}

/** A GOAWAY whose debug data is coming. */
interface Goaway {
  readonly lastStreamId: number;
  readonly errorCode: number;
  readonly offset: number;
  readonly debugData: PieceBuffer;
}

const TAPE_WORD = FIELD_TAPE >> 2;

/** Named types that are passed over when they are too long: no unknown ones. */
const HINTS: ReadonlySet<number> = new Set([
  FrameType.AltSvc,
  FrameType.Origin,
  FrameType.PriorityUpdate,
]);

/** What becomes of DATA that goes on behind the chunk. */
const enum Data {
  /** It is no DATA. */
  None = 0,
  Wanted = 1,
  Unwanted = 2,
}

/** The receiving half of one connection. */
export class H2Reader extends H2Feed {
  readonly #debugDataLength: number;
  #sink: H2ReaderSink | null = null;
  #strings: HpackStrings | null = null;
  #fieldBlock: H2FieldBlock | null = null;
  /** The payload that goes on, where it is DATA. */
  #data = Data.None;
  #dataStream = 0;
  #dataFlags = 0;
  #goaway: Goaway | null = null;

  constructor(settings: H2ReaderSettings) {
    const { fieldSectionLength, fieldCount, isClient } = settings;
    super({
      config: engineConfig(isClient ? H2ConfigFlag.Client : 0, fieldSectionLength, fieldCount),
      hasPreface: !isClient,
      headerTableSize: settings.headerTableSize,
      maxFrameSize: settings.maxFrameSize,
      fieldBlockLength: settings.fieldBlockLength,
      continuationCount: settings.continuationCount,
    });
    this.#debugDataLength = settings.debugDataLength;
  }

  /** Bytes of the field block that is under way. */
  get blockLength(): number {
    return this.#fieldBlock?.bytes.length ?? 0;
  }

  /** Bytes of buffers that this connection holds. */
  override get heldBytes(): number {
    const block = this.#fieldBlock?.bytes.capacity ?? 0;
    return super.heldBytes + block + (this.#goaway?.debugData.capacity ?? 0);
  }

  /**
   * Reads the next bytes of the connection. Never throws on bytes; does nothing after an error, a stop or `release`.
   * Must not be called from a call of its own sink.
   */
  receive(bytes: Uint8Array, sink: H2ReaderSink): void {
    if (this.isDone) return;
    this.#sink = sink;
    this.feed(bytes);
    this.#sink = null;
    if (this.isDone) this.release();
  }

  override release(): void {
    super.release();
    this.#fieldBlock = null;
    this.#goaway = null;
    this.#strings = null;
  }

  protected readRecords(
    instance: H2Instance,
    count: number,
    bytes: Uint8Array,
    origin: number,
  ): void {
    const sink = this.#sink as H2ReaderSink;
    const end = TAPE_WORD + count;
    for (let at = TAPE_WORD; at < end && !this.isDone; ) {
      at = this.#readRecord(instance, at, bytes, origin, sink);
      if (sink.stopped) this.isDone = true;
    }
  }

  /** One record and what belongs to it. Returns the word behind it. */
  #readRecord(
    instance: H2Instance,
    at: number,
    bytes: Uint8Array,
    origin: number,
    sink: H2ReaderSink,
  ): number {
    const { i32 } = instance;
    const head = i32[at + FrameRecord.Head] as number;
    const type = head & 0xff;
    const flags = (head >> 8) & 0xff;
    const mark = head >> 16;
    const streamId = i32[at + FrameRecord.StreamId] as number;
    const length = i32[at + FrameRecord.Length] as number;
    const base = this.received + origin;
    const offset = base + (i32[at + FrameRecord.Offset] as number);
    const next = at + FrameRecord.Size;
    if (mark === FrameMark.Error) {
      this.fail(length as ErrorCode, base + (i32[at + FrameRecord.Extra2] as number));
      return next;
    }
    sink.onFrame(type, flags, streamId, length, offset);
    if (this.#isOver(sink)) return next;
    if ((mark & FrameMark.Skipped) !== 0) {
      this.#readSkipped(i32, at, type, flags, streamId, length, offset, sink);
      return next;
    }
    switch (type) {
      case FrameType.Data:
        this.#readData(i32, at, flags, streamId, length, offset, bytes, origin, sink);
        return next;
      case FrameType.Headers:
      case FrameType.PushPromise:
        if ((mark & FrameMark.Section) !== 0)
          return this.#readSection(instance, at, type, flags, streamId, base, offset, sink);
        this.#fieldBlock = new H2FieldBlock(i32, at, offset);
        this.#appendFragment(instance, at, base);
        return next;
      case FrameType.Continuation:
        this.#appendFragment(instance, at, base);
        if ((flags & FrameFlag.EndHeaders) !== 0) this.#endBlock(instance, sink);
        return next;
      case FrameType.Goaway:
        this.#readGoaway(i32, at, offset, bytes, origin, sink);
        return next;
      default:
        readControlFrame(instance, at, readerOf(instance).settings, offset, sink);
        return next;
    }
  }

  /** Whether the last call stopped the reading, or released this. */
  #isOver(sink: H2ReaderSink): boolean {
    return sink.stopped || this.isDone;
  }

  /** A frame whose payload nobody reads; it may be an error of its stream. */
  #readSkipped(
    i32: Int32Array,
    at: number,
    type: number,
    flags: number,
    streamId: number,
    length: number,
    offset: number,
    sink: H2ReaderSink,
  ): void {
    const isError = ((i32[at + FrameRecord.Head] as number) >> 16) & FrameMark.Error;
    if (isError !== 0) sink.onStreamError(i32[at + FrameRecord.Extra] as number, streamId, offset);
    else if (!HINTS.has(type)) sink.onUnknown(type, flags, streamId, length, offset);
    if (isError !== 0 && type === FrameType.Data && !this.#isOver(sink))
      sink.onDataSkipped(streamId, length, offset);
  }

  #readData(
    i32: Int32Array,
    at: number,
    flags: number,
    streamId: number,
    length: number,
    offset: number,
    bytes: Uint8Array,
    origin: number,
    sink: H2ReaderSink,
  ): void {
    const padLength = i32[at + FrameRecord.PadLength] as number;
    const here = i32[at + FrameRecord.PayloadLength] as number;
    const isPartial = ((i32[at + FrameRecord.Head] as number) >> 16) & FrameMark.Partial;
    const isWanted = sink.onDataStart(streamId, flags, length, padLength, offset);
    if (this.#isOver(sink)) return;
    if (isWanted && here !== 0) {
      const start = bytes.byteOffset + origin + (i32[at + FrameRecord.PayloadAt] as number);
      sink.onDataBytes(streamId, new Uint8Array(bytes.buffer, start, here));
      if (this.#isOver(sink)) return;
    }
    if (isPartial === 0) {
      sink.onDataEnd(streamId, flags);
      return;
    }
    this.#data = isWanted ? Data.Wanted : Data.Unwanted;
    this.#dataStream = streamId;
    this.#dataFlags = flags;
  }

  /** A field block that came in one frame, decoded with it. */
  #readSection(
    instance: H2Instance,
    at: number,
    type: number,
    flags: number,
    streamId: number,
    base: number,
    offset: number,
    sink: H2ReaderSink,
  ): number {
    const { i32 } = instance;
    const { section } = readerOf(instance);
    const next = this.#resetSection(section, at + FrameRecord.Size);
    section.blockLength = i32[at + FrameRecord.PayloadLength] as number;
    section.faultOffset = base + (i32[at + FrameRecord.PayloadAt] as number) + section.faultAt;
    const extra = i32[at + FrameRecord.Extra] as number;
    if (type === FrameType.PushPromise) sink.onPushPromise(streamId, extra, section, offset);
    else {
      if ((flags & FrameFlag.Priority) !== 0)
        section.setPriority(extra, i32[at + FrameRecord.Extra2] as number);
      sink.onHeaders(streamId, flags, section, offset);
    }
    return next;
  }

  #resetSection(section: FieldSection, at: number): number {
    this.#strings ??= new HpackStrings();
    return section.reset(at, this.block, this.#strings);
  }

  #appendFragment(instance: H2Instance, at: number, base: number): void {
    const { i32, u8 } = instance;
    const start = i32[at + FrameRecord.PayloadAt] as number;
    const end = start + (i32[at + FrameRecord.PayloadLength] as number);
    this.#fieldBlock?.append(u8, FIELD_WINDOW + start, FIELD_WINDOW + end, base + start);
  }

  /** The block is whole: decodes it. The engine stopped behind its last fragment, so that the tape is free. */
  #endBlock(instance: H2Instance, sink: H2ReaderSink): void {
    const block = this.#fieldBlock as H2FieldBlock;
    this.#fieldBlock = null;
    const { i32 } = instance;
    block.bytes.copyTo(instance.u8, FIELD_STAGE);
    try {
      instance.exports.decode(this.block, FIELD_STAGE, block.bytes.length);
    } catch {
      this.trapped(instance, block.offset);
      return;
    }
    if (i32[(this.block >> 2) + FieldBlock.Status] === FieldStatus.Failed) {
      const errorAt = i32[TAPE_WORD + FrameRecord.Extra2] as number;
      this.fail(i32[TAPE_WORD + FrameRecord.Length] as ErrorCode, block.offsetOf(errorAt));
      return;
    }
    const { section } = readerOf(instance);
    this.#resetSection(section, TAPE_WORD);
    section.blockLength = block.bytes.length;
    section.faultOffset = block.offsetOf(section.faultAt);
    const { streamId, flags, offset } = block;
    if (block.type === FrameType.PushPromise)
      sink.onPushPromise(streamId, block.extra, section, offset);
    else {
      if (block.hasPriority) section.setPriority(block.extra, block.weight);
      sink.onHeaders(streamId, flags, section, offset);
    }
  }

  /** Debug data is collected as it comes, as far as it is kept. */
  #readGoaway(
    i32: Int32Array,
    at: number,
    offset: number,
    bytes: Uint8Array,
    origin: number,
    sink: H2ReaderSink,
  ): void {
    const goaway = {
      lastStreamId: i32[at + FrameRecord.Extra] as number,
      errorCode: (i32[at + FrameRecord.Extra2] as number) >>> 0,
      offset,
      debugData: new PieceBuffer(),
    };
    const here = i32[at + FrameRecord.PayloadLength] as number;
    const kept = Math.min(here, this.#debugDataLength);
    goaway.debugData.append(bytes, origin + (i32[at + FrameRecord.PayloadAt] as number), kept);
    if ((((i32[at + FrameRecord.Head] as number) >> 16) & FrameMark.Partial) !== 0)
      this.#goaway = goaway;
    else this.#endGoaway(goaway, sink);
  }

  #endGoaway({ lastStreamId, errorCode, debugData, offset }: Goaway, sink: H2ReaderSink): void {
    sink.onGoaway(lastStreamId, errorCode, debugData.slice(), offset);
  }

  protected onPreface(): void {
    const sink = this.#sink as H2ReaderSink;
    sink.onPreface?.();
    if (sink.stopped) this.isDone = true;
  }

  protected readPayload(bytes: Uint8Array): void {
    const sink = this.#sink as H2ReaderSink;
    if (this.#data === Data.Wanted) {
      sink.onDataBytes(this.#dataStream, bytes);
      if (sink.stopped) this.isDone = true;
    } else if (this.#goaway !== null) {
      const { debugData } = this.#goaway;
      const room = this.#debugDataLength - debugData.length;
      debugData.append(bytes, 0, Math.min(room, bytes.length));
    }
  }

  protected endPayload(): void {
    const sink = this.#sink as H2ReaderSink;
    const goaway = this.#goaway;
    if (this.#data !== Data.None) {
      this.#data = Data.None;
      sink.onDataEnd(this.#dataStream, this.#dataFlags);
    } else if (goaway !== null) {
      this.#goaway = null;
      this.#endGoaway(goaway, sink);
    }
    if (sink.stopped) this.isDone = true;
  }

  protected fail(code: ErrorCode, offset: number): void {
    this.isDone = true;
    this.#sink?.onError(code, offset);
  }
}
