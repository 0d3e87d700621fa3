// Pieces of one connection's bytes on their way through the HTTP/2 engine: its place there, the octets of an
// unfinished frame, the copy to the window, traps. What the records mean is for those who extend it.
//
// An unfinished frame stays in a buffer that grows with what was received, never with what a header declares, and
// no engine is called before all that the next step needs is here. Payloads that may come in pieces (DATA above all)
// never get there: they go on as views of the caller's chunk.
// Rules: H2-002, H2-019, H2-137.

import { ErrorCode } from "../abi/error-code.js";
import { FIELD_WINDOW, FIELD_WINDOW_LENGTH, FieldBlock } from "../abi/field-memory.js";
import { H2Block, H2Phase } from "../abi/h2-memory.js";
import { FrameFlag, FrameType } from "../abi/h2-tape.js";
import type { EngineConfig, H2Instance } from "../engine/h2-instance.js";
import { leaseH2Block, limitTable, moveH2Block, poisonH2 } from "../engine/h2-pool.js";
import { PieceBuffer } from "./piece-buffer.js";

/** Octets of a frame header. */
export const FRAME_HEADER_LENGTH = 9;
/** Content from which on a DATA frame's header alone is copied: a further call of the engine costs as much as 2 KiB. */
const LONG_DATA = 4_096;
/** Chunks shorter than this are copied byte by byte: a call of `set` costs more. */
const SHORT = 24;

/** What the engine must know of a connection. */
export interface H2FeedSettings {
  /** The engine's record of options, by FieldConfig. The same array for the same options. */
  readonly config: EngineConfig;
  /** Whether the first octets are the client connection preface. */
  readonly hasPreface: boolean;
  /** Largest dynamic table that the peer may use, in bytes. */
  readonly headerTableSize: number;
  /** Largest payload that is accepted. */
  readonly maxFrameSize: number;
  /** Longest field block, compressed. */
  readonly fieldBlockLength: number;
  /** Most CONTINUATION frames of a field block. */
  readonly continuationCount: number;
}

/** The receiving end of one connection, up to the records. */
export abstract class H2Feed {
  protected instance: H2Instance | null = null;
  protected block = 0;
  /** Nothing is read any more: failed, stopped or released. */
  protected isDone = false;
  readonly #settings: H2FeedSettings;
  #maxFrameSize: number;
  /** Bytes in front of the chunk under way. */
  #received = 0;
  /** Octets of an unfinished frame. */
  readonly #pending = new PieceBuffer();
  /** Octets that must be here before the engine is called. */
  #needed: number;
  /** Whether records are being read, so that the block must stay where it is. */
  #isReading = false;
  /** A limit of the dynamic table that is to be set behind the records; -1 = none. */
  #tableLimit = -1;
  /** Payload that goes on behind the last record, and padding behind it. */
  #payloadLeft = 0;
  #paddingLeft = 0;
  #inPayload = false;

  constructor(settings: H2FeedSettings) {
    this.#settings = settings;
    this.#maxFrameSize = settings.maxFrameSize;
    this.#needed = settings.hasPreface ? 1 : FRAME_HEADER_LENGTH;
  }

  /** Reads `count` words of tape. Octet 0 of the window stands at `origin` of the chunk, below 0 where it came before. */
  protected abstract readRecords(
    instance: H2Instance,
    count: number,
    bytes: Uint8Array,
    origin: number,
  ): void;
  /** The 24 octets of the connection preface were right. */
  protected abstract onPreface(): void;
  /** More of the payload of the last record, never empty. */
  protected abstract readPayload(bytes: Uint8Array): void;
  /** All of that payload, and its padding, is here. */
  protected abstract endPayload(): void;
  /** The connection is over. */
  protected abstract fail(code: ErrorCode, offset: number): void;

  /** Bytes of this connection in front of the chunk under way. */
  get received(): number {
    return this.#received;
  }

  /** Whether the bytes so far end with a whole frame, behind the preface. */
  get isBetweenFrames(): boolean {
    const { instance } = this;
    if (instance === null) return !this.#settings.hasPreface && this.#pending.length === 0;
    const phase = instance.i32[(this.block >> 2) + H2Block.Phase];
    return phase !== H2Phase.Preface && !this.#inPayload && this.#pending.length === 0;
  }

  /** Stream whose field block is under way (RFC 9113 section 4.3), 0 = none. */
  get blockStream(): number {
    const { instance } = this;
    return instance === null
      ? 0
      : (instance.i32[(this.block >> 2) + H2Block.BlockStream] as number);
  }

  /** Bytes of buffers that this connection holds. */
  get heldBytes(): number {
    return this.#pending.capacity;
  }

  /** Our SETTINGS_MAX_FRAME_SIZE, in force for what is received from here on. */
  setMaxFrameSize(length: number): void {
    this.#maxFrameSize = length;
    const { instance } = this;
    if (instance !== null) instance.i32[(this.block >> 2) + H2Block.MaxFrameSize] = length;
  }

  /** Our SETTINGS_HEADER_TABLE_SIZE, once acknowledged. Below the maximum in use a size update is due (H2-027). */
  setTableLimit(length: number): void {
    if (this.#isReading) this.#tableLimit = length;
    else if (!this.isDone) this.#limitTable(length);
  }

  #limitTable(length: number): void {
    if (this.instance === null) this.#takePlace();
    const place = { instance: this.instance as H2Instance, block: this.block };
    const { instance, block } = limitTable(this, this.#settings.config, place, length);
    this.#settle(instance, block);
  }

  /** Gives the place in the engine back, and every buffer. Later bytes are passed over. */
  release(): void {
    this.isDone = true;
    this.#pending.drop();
    const { instance } = this;
    this.instance = null;
    if (instance !== null && !instance.poisoned) instance.release(this.block);
  }

  /** Reads the next bytes of the connection. */
  protected feed(bytes: Uint8Array): void {
    let at = 0;
    let isComplete = false;
    try {
      while (at < bytes.length && !this.isDone)
        at = this.#inPayload ? this.#takePayload(bytes, at) : this.#step(bytes, at);
      isComplete = true;
    } finally {
      // Whoever throws out of a call has lost what stood behind it.
      if (!isComplete) this.release();
    }
    this.#received += bytes.length;
  }

  /** Payload that goes on: no engine is called. Returns how far the chunk is used up. */
  #takePayload(bytes: Uint8Array, at: number): number {
    const available = bytes.length - at;
    const length = Math.min(this.#payloadLeft, available);
    const padding = Math.min(this.#paddingLeft, available - length);
    this.#payloadLeft -= length;
    this.#paddingLeft -= padding;
    const isEnd = this.#payloadLeft === 0 && this.#paddingLeft === 0;
    if (isEnd) this.#inPayload = false;
    if (length !== 0)
      this.readPayload(
        length === bytes.length
          ? bytes
          : new Uint8Array(bytes.buffer, bytes.byteOffset + at, length),
      );
    if (isEnd && !this.isDone) this.endPayload();
    return at + length + padding;
  }

  /** One piece through the engine, once enough is here. Returns how far the chunk is used up. */
  #step(bytes: Uint8Array, at: number): number {
    const pending = this.#pending;
    if (pending.length + bytes.length - at < this.#needed) {
      pending.append(bytes, at);
      return bytes.length;
    }
    this.#takePlace();
    const origin = at - pending.length;
    const length = this.#copyIn(bytes, at);
    let from = 0;
    do {
      const { instance } = this;
      from = this.#run(from, length, bytes, origin);
      if (this.isDone) return bytes.length;
      // The rest of the window goes on without a copy: the engine stopped for our turn. A longer input than
      // the window reached into the stage, where joined blocks are decoded.
      if (this.instance !== instance || length > FIELD_WINDOW_LENGTH) break;
    } while (!this.#inPayload && length - from >= this.#needed);
    if (from < pending.length) return at; // only its header was looked at: now its length is known
    pending.clear();
    return origin + from;
  }

  /** Parses [from, length) of the window and reads the records. Returns where the engine stopped. */
  #run(from: number, length: number, bytes: Uint8Array, origin: number): number {
    const instance = this.instance as H2Instance;
    const { i32 } = instance;
    const words = this.block >> 2;
    const count = this.#exec(instance, from, length, origin);
    if (count < 0) return length;
    const consumed = i32[words + FieldBlock.Consumed] as number;
    const phase = i32[words + H2Block.Phase] as number;
    const hadPreface = this.#needed === 1 && phase === H2Phase.Frame;
    this.#needed = phase === H2Phase.Preface ? 1 : (i32[words + FieldBlock.Needed] as number);
    if (phase === H2Phase.Payload || phase === H2Phase.Skip) {
      this.#inPayload = true;
      this.#payloadLeft = i32[words + H2Block.Remaining] as number;
      this.#paddingLeft = i32[words + H2Block.PaddingLeft] as number;
      i32[words + H2Block.Phase] = H2Phase.Frame;
    }
    if (count !== 0 || hadPreface) this.#read(instance, count, hadPreface, bytes, origin);
    return consumed;
  }

  /** Reads the records of a call; the engine's memory is not touched meanwhile. */
  #read(
    instance: H2Instance,
    count: number,
    hadPreface: boolean,
    bytes: Uint8Array,
    origin: number,
  ): void {
    instance.busy = true;
    this.#isReading = true;
    try {
      if (hadPreface) this.onPreface();
      else this.readRecords(instance, count, bytes, origin);
    } finally {
      instance.busy = false;
      this.#isReading = false;
    }
    const limit = this.#tableLimit;
    this.#tableLimit = -1;
    if (limit !== -1 && !this.isDone) this.#limitTable(limit);
  }

  /** Calls the engine; a trap is contained: the fault is ours, and it ends this connection alone. -1 = trapped. */
  #exec(instance: H2Instance, from: number, length: number, origin: number): number {
    try {
      return instance.exports.exec(this.block, from, length);
    } catch {
      this.trapped(instance, this.#received + origin + from);
      return -1;
    }
  }

  /** Ends the connection after a trap, and takes the instance out of service for new ones. */
  protected trapped(instance: H2Instance, offset: number): void {
    poisonH2(instance);
    this.instance = null;
    this.fail(ErrorCode.H2_ENGINE_TRAP, offset);
  }

  /** A place in an instance that nobody is reading. */
  #takePlace(): void {
    const { instance, block } = this;
    if (instance !== null && !instance.busy) return;
    const { config, headerTableSize, hasPreface } = this.#settings;
    if (instance !== null) {
      const words = block >> 2;
      const max = instance.i32[words + FieldBlock.TableMax] as number;
      const limit = instance.i32[words + FieldBlock.TableLimit] as number;
      const place = moveH2Block(this, config, instance, block, Math.max(max, limit));
      this.#settle(place.instance, place.block);
      return;
    }
    const place = leaseH2Block(this, config, headerTableSize);
    this.#settle(place.instance, place.block);
    const { i32 } = place.instance;
    const words = place.block >> 2;
    i32[words + H2Block.Phase] = hasPreface ? H2Phase.Preface : H2Phase.Frame;
    i32[words + H2Block.MaxFrameSize] = this.#maxFrameSize;
    i32[words + H2Block.FieldBlockLength] = this.#settings.fieldBlockLength;
    i32[words + H2Block.ContinuationCount] = this.#settings.continuationCount;
  }

  #settle(instance: H2Instance, block: number): void {
    this.instance = instance;
    this.block = block;
  }

  /** Copies what is pending and the next bytes of the chunk to the window. Returns how much. */
  #copyIn(bytes: Uint8Array, at: number): number {
    const { u8 } = this.instance as H2Instance;
    const pending = this.#pending;
    const held = pending.length;
    // A single frame that is longer than the window reaches into the stage behind it.
    const room = Math.max(FIELD_WINDOW_LENGTH, this.#needed) - held;
    const header = held === 0 ? longDataHeader(bytes, at) : 0;
    const count = header === 0 ? Math.min(room, bytes.length - at) : header;
    if (held !== 0) pending.copyTo(u8, FIELD_WINDOW);
    const to = FIELD_WINDOW + held;
    if (count < SHORT) for (let i = 0; i < count; i++) u8[to + i] = bytes[at + i] as number;
    else
      u8.set(
        count === bytes.length ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset + at, count),
        to,
      );
    return held + count;
  }
}

/** Octets in front of the content of a DATA frame that begins at `at` and has much of it here; 0 = it is another one. */
function longDataHeader(bytes: Uint8Array, at: number): number {
  if (bytes.length - at < LONG_DATA || bytes[at + 3] !== FrameType.Data) return 0;
  const length = ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8);
  if (length < LONG_DATA) return 0;
  const isPadded = ((bytes[at + 4] as number) & FrameFlag.Padded) !== 0;
  return FRAME_HEADER_LENGTH + (isPadded ? 1 : 0);
}
