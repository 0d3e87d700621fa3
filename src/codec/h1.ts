// The HTTP/1.1 codec: pieces of one connection's bytes in, calls of a sink out. It owns the connection's
// place in an engine, copies input in, reads the tape, passes content by reference, and contains traps.
// What the calls mean for the connection is decided above.

import { ErrorCode } from "../abi/error-code.js";
import {
  BlockField,
  CARRY_SMALLEST,
  ExecStatus,
  Phase,
  TAPE,
  TAPE_LENGTH,
  WINDOW,
  WINDOW_LENGTH,
} from "../abi/memory.js";
import { FieldRecord, HeadField, TapeKind, TrailerField } from "../abi/tape.js";
import type { EngineConfig, H1Instance } from "../engine/h1-instance.js";
import { leaseBlock, moveBlock, poison } from "../engine/h1-pool.js";
import { TapeText } from "./h1-fields.js";
import { HeadView, TrailersView } from "./h1-head.js";

/** What the codec found, in wire order. Views are valid during the call. */
export interface H1Sink {
  /** A request head, or a response head of any status; `flags` and `framing` as on the tape; it ends at `offset`. */
  onHead(
    view: HeadView,
    flags: number,
    framing: number,
    contentLength: number,
    offset: number,
  ): void;
  /** Content; its first byte stands at `offset`. */
  onData(bytes: Uint8Array, offset: number): void;
  /** Whether anybody reads content: else `onData` is not called for pieces that the engine found. */
  readonly wantsData: boolean;
  onTrailers(view: TrailersView): void;
  onEnd(): void;
  onChunk(size: number, extensions: string): void;
  onLeniency(bit: number, offset: number): void;
  /** The HTTP/2 preface that began at `offset`; `rest` are the bytes behind it. */
  onPreface(offset: number, rest: Uint8Array): void;
  /** Ends the connection. */
  onError(code: ErrorCode, offset: number): void;
  /** The engine's record of the connection's options. */
  readonly config: EngineConfig;
  /** Context of the next message, ContextFlag bits. */
  readonly context: number;
  /** Messages that may be parsed now; 0 = none. */
  readonly budget: number;
}

/** What reads the tape of one instance: reused, because an instance is read by one call at a time. */
class TapeReader {
  readonly text: TapeText;
  readonly head: HeadView;
  readonly trailers: TrailersView;

  constructor(instance: H1Instance) {
    this.text = new TapeText(instance.i32, instance.text);
    this.head = new HeadView(this.text);
    this.trailers = new TrailersView(this.text);
  }
}

function readerOf(instance: H1Instance): TapeReader {
  instance.reader ??= new TapeReader(instance);
  return instance.reader as TapeReader;
}

/** Chunks shorter than this are copied byte by byte: a call of `set` costs more. */
const SHORT = 24;
/** Octets of the HTTP/2 connection preface. */
const PREFACE_LENGTH = 24;

/** The receiving half of one connection. */
export class H1Parser {
  #instance: H1Instance | null = null;
  #block = 0;
  /** Bytes of the connection in front of the chunk under way. */
  #received = 0;
  /** Bytes of the connection in front of offset 0 of the records. */
  #base = 0;
  /** Extension bytes of the chunk under way, for those who observe. */
  #extensions = "";

  /** Bytes taken in so far. */
  get received(): number {
    return this.#received;
  }

  /** Counts bytes that went past the parser. */
  skip(length: number): void {
    this.#received += length;
  }

  /** Phase of the parser: BlockField.Phase, Phase.Start before the first byte. */
  get phase(): number {
    const instance = this.#instance;
    return instance === null
      ? Phase.Start
      : (instance.i32[(this.#block >> 2) + BlockField.Phase] as number);
  }

  /** Whether the connection stands cleanly between two messages. */
  get isBetween(): boolean {
    return this.phase === Phase.Start;
  }

  /** Gives the place in the engine back. */
  release(): void {
    if (this.#instance === null) return;
    this.#instance.release(this.#block);
    this.#instance = null;
  }

  /** Parses bytes from `from` on and returns how far it came: all, or up to where the sink stops it. */
  parse(bytes: Uint8Array, from: number, sink: H1Sink): number {
    let at = from;
    while (at < bytes.length) {
      this.#takePlace(sink.config);
      const next = this.#content(bytes, at, sink) || this.#step(bytes, at, sink);
      if (next <= at) return at;
      // The sink gave the place back: nothing behind this is for the parser.
      if (this.#instance === null) return bytes.length;
      at = next;
    }
    return at;
  }

  /** A place in an instance that nobody is reading. */
  #takePlace(config: EngineConfig): void {
    const instance = this.#instance;
    if (instance !== null && !instance.busy) return;
    const place =
      instance === null
        ? leaseBlock(this, config)
        : moveBlock(this, config, instance, this.#block, false);
    this.#settle(place.instance, place.block);
  }

  #settle(instance: H1Instance, block: number): void {
    this.#instance = instance;
    this.#block = block;
  }

  /** Content that fills the rest of the chunk, or much of it, needs no engine. 0 = not such content. */
  #content(bytes: Uint8Array, at: number, sink: H1Sink): number {
    const { i32 } = this.#instance as H1Instance;
    const words = this.#block >> 2;
    const phase = i32[words + BlockField.Phase] as number;
    if (phase > Phase.ChunkData || phase === Phase.Start) return 0;
    const available = bytes.length - at;
    if (phase === Phase.BodyUntilClose) {
      this.#received += available;
      sink.onData(at === 0 ? bytes : bytes.subarray(at), this.#received - available);
      return bytes.length;
    }
    const low = (i32[words + BlockField.RemainingLow] as number) >>> 0;
    const remaining = (i32[words + BlockField.RemainingHigh] as number) * 4_294_967_296 + low;
    if (remaining > available || (phase === Phase.BodyLength && remaining === available)) {
      const rest = remaining - available;
      i32[words + BlockField.RemainingLow] = rest | 0;
      i32[words + BlockField.RemainingHigh] = (rest / 4_294_967_296) | 0;
      this.#received += available;
      if (rest === 0) i32[words + BlockField.Phase] = Phase.Start;
      sink.onData(at === 0 ? bytes : bytes.subarray(at), this.#received - available);
      if (rest === 0 && this.#instance !== null) sink.onEnd();
      return bytes.length;
    }
    return 0;
  }

  /** One piece through the engine. Returns how far the chunk is used up, -1 when the sink stops it. */
  #step(bytes: Uint8Array, at: number, sink: H1Sink): number {
    let instance = this.#instance as H1Instance;
    const { i32 } = instance;
    const words = this.#block >> 2;
    if (sink.budget === 0) return -1;
    const inCarry = i32[words + BlockField.Carry] !== 0;
    const length = this.#copyIn(bytes, at, inCarry);
    if (!inCarry) this.#base = this.#received;
    let from = 0;
    do {
      i32[words + BlockField.MessageBudget] = sink.budget;
      i32[words + BlockField.Context] = sink.context;
      const count = this.#exec(instance, from, length, sink);
      if (count < 0) return bytes.length;
      const status = i32[words + BlockField.Status] as number;
      const next =
        status === ExecStatus.Failed ? length : (i32[words + BlockField.Consumed] as number);
      this.#received += next - from;
      from = next;
      // Records in a carry buffer are read before it is exchanged; in the window they outlive parking.
      if (inCarry && count !== 0) this.#read(bytes, at, at + from, count, inCarry, sink);
      if (status === ExecStatus.Park && this.#instance === instance) {
        this.#park(sink.config);
        instance = this.#instance as H1Instance;
      }
      if (!inCarry && count !== 0) this.#read(bytes, at, at + from, count, inCarry, sink);
      if (inCarry && this.#instance === instance && this.phase < Phase.FirstHead)
        instance.exports.unpark(this.#block);
      // What the window still holds goes on without a copy: the engine stopped for a decision, or for room.
    } while (
      from < length &&
      !inCarry &&
      this.#instance === instance &&
      sink.budget !== 0 &&
      this.phase !== Phase.Stopped
    );
    // A head that only needed more room has not moved on: once more, with the room (at most once a size class).
    if (from === 0 && inCarry && this.#instance !== null && this.phase >= Phase.FirstHead) {
      return this.#step(bytes, at, sink);
    }
    return at + from;
  }

  /** Calls the engine; a trap is contained: the fault is ours, and it ends this connection alone. -1 = trapped. */
  #exec(instance: H1Instance, from: number, length: number, sink: H1Sink): number {
    try {
      return instance.exports.exec(this.#block, from, length);
    } catch {
      poison(instance);
      this.#instance = null;
      sink.onError(ErrorCode.H1_ENGINE_TRAP, this.#received);
      return -1;
    }
  }

  /** Copies input to the window, or behind the bytes in the carry buffer. Returns how much. */
  #copyIn(bytes: Uint8Array, at: number, inCarry: boolean): number {
    const { i32, u8 } = this.#instance as H1Instance;
    const words = this.#block >> 2;
    const room = inCarry ? (i32[words + BlockField.CarryRoom] as number) : WINDOW_LENGTH;
    const to = inCarry ? (i32[words + BlockField.CarryWriteAt] as number) : WINDOW;
    const left = bytes.length - at;
    const length = left < room ? left : room;
    if (length < SHORT) for (let i = 0; i < length; i++) u8[to + i] = bytes[at + i] as number;
    else u8.set(length === bytes.length ? bytes : bytes.subarray(at, at + length), to);
    return length;
  }

  /**
   * Moves an unfinished head to a (larger) carry buffer. Window and tape stay as they are, so that finished
   * records in front can be read afterwards; in another instance they stand at the same addresses.
   */
  #park(config: EngineConfig): void {
    const instance = this.#instance as H1Instance;
    if (instance.exports.park(this.#block) !== 0) return;
    const place = moveBlock(this, config, instance, this.#block, true);
    this.#settle(place.instance, place.block);
  }

  /** Reads `count` words of tape: the calls of the sink. `origin`: where the window begins in the chunk. */
  #read(
    bytes: Uint8Array,
    origin: number,
    next: number,
    count: number,
    inCarry: boolean,
    sink: H1Sink,
  ): void {
    const instance = this.#instance as H1Instance;
    const reader = readerOf(instance);
    const { i32 } = instance;
    const words = this.#block >> 2;
    const carry = i32[words + BlockField.Carry] as number;
    const tape = inCarry ? (i32[words + BlockField.TapeAt] as number) : TAPE;
    const base = inCarry ? (i32[words + BlockField.Base] as number) : WINDOW;
    const tapeEnd = inCarry
      ? carry + ((CARRY_SMALLEST << (2 * (i32[words + BlockField.CarryClass] as number))) >> 2)
      : TAPE + TAPE_LENGTH;
    reader.text.reset(base, i32[words + BlockField.LastHeadEnd] as number, this.#base);
    instance.busy = true;
    try {
      this.#readRecords(
        instance,
        reader,
        tape >> 2,
        (tape >> 2) + count,
        tapeEnd >> 2,
        bytes,
        origin,
        next,
        sink,
      );
    } finally {
      instance.busy = false;
    }
  }

  #readRecords(
    instance: H1Instance,
    reader: TapeReader,
    at: number,
    end: number,
    leniencies: number,
    bytes: Uint8Array,
    origin: number,
    next: number,
    sink: H1Sink,
  ): void {
    const { i32 } = instance;
    const { wantsData } = sink;
    const { buffer } = bytes;
    const byteOffset = bytes.byteOffset + origin;
    while (at < end && this.#instance === instance) {
      switch (i32[at]) {
        case TapeKind.Data: {
          const start = i32[at + 1] as number;
          const length = i32[at + 2] as number;
          at += 3;
          if (wantsData)
            sink.onData(new Uint8Array(buffer, byteOffset + start, length), this.#base + start);
          break;
        }
        case TapeKind.End: {
          at += 1;
          sink.onEnd();
          break;
        }
        case TapeKind.RequestHead:
        case TapeKind.ResponseHead: {
          const uses = i32[at + HeadField.LeniencyCount] as number;
          if (uses !== 0) this.#readLeniencies(i32, leniencies, uses, sink);
          leniencies -= uses * 2;
          const head = at;
          at += HeadField.Size + (i32[at + HeadField.FieldCount] as number) * FieldRecord.Size;
          this.#readHead(reader.head, i32, head, sink);
          break;
        }
        case TapeKind.Trailers: {
          const uses = i32[at + TrailerField.LeniencyCount] as number;
          if (uses !== 0) this.#readLeniencies(i32, leniencies, uses, sink);
          leniencies -= uses * 2;
          reader.trailers.reset(at);
          at +=
            TrailerField.Size + (i32[at + TrailerField.FieldCount] as number) * FieldRecord.Size;
          if (reader.trailers.count !== 0) sink.onTrailers(reader.trailers);
          break;
        }
        case TapeKind.ChunkExtension: {
          const start = reader.text.base + (i32[at + 1] as number);
          this.#extensions += instance.text(start, start + (i32[at + 2] as number));
          at += 3;
          break;
        }
        case TapeKind.Chunk: {
          const size = (i32[at + 2] as number) * 4_294_967_296 + ((i32[at + 1] as number) >>> 0);
          const extensions = this.#extensions;
          this.#extensions = "";
          at += 3;
          sink.onChunk(size, extensions);
          break;
        }
        case TapeKind.Leniency: {
          at += 3;
          sink.onLeniency(i32[at - 2] as number, this.#base + (i32[at - 1] as number));
          break;
        }
        case TapeKind.Preface: {
          sink.onPreface(this.#received - PREFACE_LENGTH, bytes.subarray(next));
          return;
        }
        default: {
          sink.onError(i32[at + 1] as ErrorCode, this.#base + (i32[at + 2] as number));
          return;
        }
      }
    }
  }

  #readHead(view: HeadView, i32: Int32Array, at: number, sink: H1Sink): void {
    view.reset(at, i32[at] === TapeKind.RequestHead);
    const length =
      (i32[at + HeadField.ContentLengthHigh] as number) * 4_294_967_296 +
      ((i32[at + HeadField.ContentLengthLow] as number) >>> 0);
    const offset = this.#base + (i32[at + HeadField.End] as number);
    sink.onHead(
      view,
      i32[at + HeadField.Flags] as number,
      i32[at + HeadField.Framing] as number,
      length,
      offset,
    );
  }

  /** Uses are stored downwards from `top`. */
  #readLeniencies(i32: Int32Array, top: number, uses: number, sink: H1Sink): void {
    for (let i = 1; i <= uses; i++) {
      sink.onLeniency(i32[top - 2 * i] as number, this.#base + (i32[top - 2 * i + 1] as number));
    }
  }
}
