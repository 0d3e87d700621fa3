// Type, length, value: what HTTP/3 frames (RFC 9114 section 7.1) and capsules (RFC 9297 section 3.2) are alike, as a
// machine that takes its bytes in any pieces. It knows no types: a sink says what becomes of each value, so nothing is
// kept that nobody asked for, and nothing is allocated by a declared length.
// Rules: H3-FRM-1, H3-FRM-19, H3-FRM-21, H3-CAP-1, H3-CAP-2.

import { PieceBuffer } from "./piece-buffer.js";
import { readVarintExact, type Varint, VarintReader, varintSize } from "./varint.js";

/** What becomes of a value. */
export const enum FrameUse {
  /** Collected; onFrame has it in one. */
  Whole,
  /** Given as it comes: onBytes, then onFrameEnd. */
  Pieces,
  /** Passed over; then onFrameEnd. */
  Skip,
  /** read() returns at once, behind type and length; nothing is read any more. */
  Stop,
}

/** Who reads the frames of one stream. */
export interface FrameSink {
  /** read() returns behind the call in which this became true, and goes on from there when it is called again. */
  readonly stopped?: boolean;
  /**
   * Type and length of a frame are here.
   * @param type nearest number; `exactType` of the reader has the exact one
   * @param length declared, in bytes; nearest number; `exactLength` has the exact one
   * @param offset of the first octet of the frame in its stream
   */
  onFrameStart(type: number, length: number, offset: number): FrameUse;
  /** Bytes of a frame in Pieces: a view of the chunk, never empty. */
  onBytes(bytes: Uint8Array): void;
  /** A Whole frame: its payload is bytes[from, to), valid during the call; a view of the chunk where it came in one. */
  onFrame(type: number, bytes: Uint8Array, from: number, to: number, offset: number): void;
  /** A frame in Pieces, or one to Skip, is over. */
  onFrameEnd(type: number): void;
}

const enum State {
  Type,
  Length,
  Payload,
  Stopped,
}

/** Reads the frames of one stream. */
export class TlvReader {
  #state = State.Type;
  #use = FrameUse.Skip;
  #offset = 0;
  /** Of the frame under way. */
  #start = 0;
  #type: Varint = 0;
  /** As it was declared. */
  #length: Varint = 0;
  /** Bytes of its payload that have not come. */
  #left = 0;
  /** A number that was cut. */
  #cut: VarintReader | null = null;
  /** What has come of a Whole payload that was cut. */
  #held: PieceBuffer | null = null;

  /** Bytes of the stream that were read. */
  get offset(): number {
    return this.#offset;
  }

  /** Whether no frame is under way: elsewhere, the end of the stream is a mistake. */
  get isBetweenFrames(): boolean {
    const state = this.#state;
    return state === State.Stopped || (state === State.Type && this.#cut === null);
  }

  /** Bytes that are kept of an unfinished payload. */
  get heldBytes(): number {
    return this.#held === null ? 0 : this.#held.length;
  }

  /** Type of the last frame that was begun, exactly. */
  get exactType(): Varint {
    return this.#type;
  }

  /** Its length as it was declared, exactly. */
  get exactLength(): Varint {
    return this.#length;
  }

  /** Counts bytes of the stream that others read: a stream type, a session id. */
  skip(count: number): void {
    this.#offset += count;
  }

  /** Reads nothing any more, and lets go what it kept. */
  drop(): void {
    this.#state = State.Stopped;
    this.#cut = null;
    this.#held = null;
  }

  /** Reads [from, to) of a chunk. Gives the place where it stopped: `to`, or behind what stopped it. */
  read(bytes: Uint8Array, from: number, to: number, sink: FrameSink): number {
    let at = from;
    while (this.#state !== State.Stopped && sink.stopped !== true) {
      if (this.#state === State.Payload) {
        at = this.#readPayload(bytes, at, to, sink);
        // Otherwise the frame is over, also where it has no payload and no more bytes are here.
        if (this.#state === State.Payload) break;
      } else if (at < to) at = this.#readHeader(bytes, at, to, sink);
      else break;
    }
    return at;
  }

  /** Type and length, or what is here of them. */
  #readHeader(bytes: Uint8Array, from: number, to: number, sink: FrameSink): number {
    const base = this.#offset - from;
    if (this.#state === State.Type) {
      if (this.#cut === null) this.#start = this.#offset;
      const type = this.#readNumber(bytes, from, to);
      if (type === -1) return to;
      this.#type = type;
      this.#state = State.Length;
    }
    const length = this.#readNumber(bytes, this.#offset - base, to);
    if (length === -1) return to;
    const at = this.#offset - base;
    this.#length = length;
    this.#left = Number(length);
    this.#use = FrameUse.Skip;
    this.#state = State.Payload;
    this.#use = sink.onFrameStart(Number(this.#type), this.#left, this.#start);
    if (this.#use === FrameUse.Stop) this.drop();
    return at;
  }

  /** A number, and its octets counted; -1 where it goes on behind `to`. */
  #readNumber(bytes: Uint8Array, at: number, to: number): Varint {
    if (at >= to) return -1;
    if (this.#cut === null) {
      const value = readVarintExact(bytes, at, to);
      if (value !== -1) {
        this.#offset += varintSize(bytes[at] as number);
        return value;
      }
      this.#cut = new VarintReader();
    }
    const cut = this.#cut;
    this.#offset += cut.read(bytes, at, to) - at;
    if (!cut.isDone) return -1;
    this.#cut = null;
    return cut.exact;
  }

  /** What is here of the payload; its end where nothing is missing. */
  #readPayload(bytes: Uint8Array, from: number, to: number, sink: FrameSink): number {
    const count = Math.min(this.#left, to - from);
    const end = from + count;
    this.#left -= count;
    this.#offset += count;
    if (this.#use === FrameUse.Whole) this.#collect(bytes, from, end, sink);
    else {
      if (this.#use === FrameUse.Pieces && count > 0) {
        sink.onBytes(new Uint8Array(bytes.buffer, bytes.byteOffset + from, count));
        if (this.#state !== State.Payload || sink.stopped === true) return end;
      }
      if (this.#left > 0) return end;
      this.#state = State.Type;
      sink.onFrameEnd(Number(this.#type));
    }
    return end;
  }

  /** A payload that is wanted in one. */
  #collect(bytes: Uint8Array, from: number, end: number, sink: FrameSink): void {
    const held = this.#held;
    if (this.#left > 0) {
      if (from === end) return;
      this.#held = held ?? new PieceBuffer();
      this.#held.append(bytes, from, end - from);
      return;
    }
    this.#state = State.Type;
    const type = Number(this.#type);
    if (held === null) return sink.onFrame(type, bytes, from, end, this.#start);
    held.append(bytes, from, end - from);
    this.#held = null;
    sink.onFrame(type, held.bytes, 0, held.length, this.#start);
  }
}
