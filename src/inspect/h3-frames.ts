// Frames of one HTTP/3 stream, found in bytes of any cuts, whatever is wrong with them: who asks decides of each frame what
// becomes of its payload. Nothing is held by a declared length (RFC 9114 section 7.1).

import { type Varint, VarintPieces } from "./h3-numbers.js";

/** What becomes of a payload. */
export type FrameUse = "whole" | "pieces";

/** Who reads the frames of a stream. */
export interface FrameSink {
  /** Type and length are here. `offset`: bytes of the stream before the frame. */
  onFrameStart(frame: FrameStart): FrameUse;
  /** A part of a payload in pieces: a view of the chunk. */
  onPiece(bytes: Uint8Array, frame: FrameStart): void;
  /** A frame is over; `payload` where it is whole. False: nothing is read before resume(). */
  onFrameEnd(frame: FrameStart, payload: Uint8Array | null): boolean;
}

/** The header of a frame. */
export interface FrameStart {
  readonly type: Varint;
  readonly length: Varint;
  readonly offset: number;
  /** Type and length as they came. */
  readonly header: Uint8Array;
}

/** Reads the frames of one stream. */
export class FrameWalker {
  /** Bytes of the stream that were read. */
  offset: number;
  readonly #sink: FrameSink;
  readonly #number = new VarintPieces();
  #header: number[] = [];
  #start = 0;
  #type: Varint | null = null;
  #frame: FrameStart | null = null;
  #use: FrameUse = "pieces";
  #left = 0;
  #held = new HeldBytes();
  /** A payload that came in one piece. */
  #view: Uint8Array | null = null;
  #isOver = false;

  constructor(sink: FrameSink, offset: number) {
    this.#sink = sink;
    this.offset = offset;
    this.#start = offset;
  }

  /** Reads on from `from`. Gives where it stopped: behind the bytes, or behind a frame that is to be waited for. */
  read(bytes: Uint8Array, from: number): number {
    let at = from;
    while (at < bytes.length && !this.#isOver) {
      if (this.#frame === null) {
        at = this.#readHeader(bytes, at);
        if (this.#frame === null) continue;
        if (this.#left > 0) continue;
      } else at = this.#readPayload(bytes, at);
      if (this.#left === 0 && !this.#end()) break;
    }
    return at;
  }

  /** Reads nothing any more. */
  stop(): void {
    this.#isOver = true;
    this.#held = new HeldBytes();
  }

  get isStopped(): boolean {
    return this.#isOver;
  }

  /** Whether the bytes so far end with a frame. */
  get isBetweenFrames(): boolean {
    return this.#frame === null && this.#header.length === 0 && !this.#number.octets.length;
  }

  /** The frame under way, once its header is here. */
  get frame(): FrameStart | null {
    return this.#frame;
  }

  /** What there is of the frame under way and was not given out: its header, and its payload where it is whole. */
  takePartial(): Uint8Array {
    const header = this.#frame?.header ?? [...this.#header, ...this.#number.octets];
    return joined([Uint8Array.from(header), this.#held.take()]);
  }

  /** So many bytes are missing. False: it is not known where the next frame begins. */
  skip(length: number): boolean {
    if (this.#frame === null || this.#use === "whole" || length > this.#left) return false;
    this.#left -= length;
    this.offset += length;
    if (this.#left === 0) this.#end();
    return true;
  }

  #readHeader(bytes: Uint8Array, from: number): number {
    const number = this.#number;
    const at = number.read(bytes, from);
    this.offset += at - from;
    if (!number.isDone) return at;
    this.#header.push(...number.octets);
    if (this.#type === null) this.#type = number.value;
    else this.#begin(this.#type, number.value);
    number.reset();
    return at;
  }

  #begin(type: Varint, length: Varint): void {
    const header = Uint8Array.from(this.#header);
    this.#header = [];
    this.#type = null;
    this.#frame = { type, length, offset: this.#start, header };
    this.#left = Number(length);
    this.#use = this.#sink.onFrameStart(this.#frame);
  }

  #readPayload(bytes: Uint8Array, from: number): number {
    const count = Math.min(this.#left, bytes.length - from);
    const part = new Uint8Array(bytes.buffer, bytes.byteOffset + from, count);
    this.#left -= count;
    this.offset += count;
    if (this.#use === "pieces") this.#sink.onPiece(part, this.#frame as FrameStart);
    else if (this.#left === 0 && this.#held.length === 0) this.#view = part;
    else this.#held.append(part);
    return from + count;
  }

  #end(): boolean {
    const frame = this.#frame as FrameStart;
    const payload = this.#use === "whole" ? (this.#view ?? this.#held.take()) : null;
    this.#view = null;
    this.#frame = null;
    this.#start = this.offset;
    return this.#sink.onFrameEnd(frame, payload);
  }
}

/** Bytes that are collected: as many as came, in one piece. */
export class HeldBytes {
  length = 0;
  #bytes = new Uint8Array(0);

  append(part: Uint8Array): void {
    const length = this.length + part.length;
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(part, this.length);
    this.length = length;
  }

  /** All of them, to own; nothing is held any more. */
  take(): Uint8Array {
    const all = this.#bytes.subarray(0, this.length);
    this.#bytes = new Uint8Array(0);
    this.length = 0;
    return all;
  }
}
/** Pieces as one; a single one as it is. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array;
  let length = 0;
  for (const part of parts) length += part.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
