// One direction of HTTP/2 as frames (RFC 9113 section 4.1), whatever is in them: nine octets of header, and as many of
// payload as they say. Whole frames, but for DATA and what is too long to keep, which go by as they come.

/** A frame on the wire. */
export interface WalkedFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly length: number;
  /** Bytes of the direction before its header. */
  readonly offset: number;
}

/** What the walker finds, in order. Views are valid during the call. */
export interface WalkerSink {
  /** Octets of the client's preface, as they come. */
  onPreface(bytes: Uint8Array): void;
  /** A whole frame: `raw` has its header. */
  onFrame(frame: WalkedFrame, raw: Uint8Array): void;
  /** A frame that goes by: its header, and what is here of its payload; `least` octets are here wherever the input was cut. */
  onStart(frame: WalkedFrame, raw: Uint8Array, least: number): void;
  onPayload(frame: WalkedFrame, bytes: Uint8Array): void;
  onEnd(frame: WalkedFrame): void;
}

export const FRAME_HEADER = 9;
const PREFACE_LENGTH = 24;
const DATA = 0;
const PADDED = 8;
/** Longer frames go by. */
const WHOLE_MAX = 1024 * 1024;
const NOTHING = new Uint8Array(0);

/** Cuts one direction into frames; what it tells does not depend on how its bytes come. */
export class H2Walker {
  /** Octets of the preface that are still to come. */
  #prefaceLeft: number;
  #held: Uint8Array = NOTHING;
  #heldLength = 0;
  #open: WalkedFrame | null = null;
  #openLeft = 0;
  /** Octets of a frame that are kept before it goes by. */
  readonly #least: number;
  /** Longest payload of a frame that is kept whole. */
  wholeMax = WHOLE_MAX;
  /** Bytes of the direction that were looked at. */
  offset: number;
  /** The sink wants no more. */
  isStopped = false;

  constructor(hasPreface: boolean, offset: number, least: number) {
    this.#prefaceLeft = hasPreface ? PREFACE_LENGTH : 0;
    this.offset = offset;
    this.#least = least;
  }

  /** Bytes that wait for the rest of their frame. */
  get held(): Uint8Array {
    return this.#held.subarray(0, this.#heldLength);
  }

  /** The frame that waits for the rest of its payload; null: not even its header is here. */
  get waiting(): WalkedFrame | null {
    return this.#heldLength < FRAME_HEADER ? null : frameAt(this.#held, 0, this.offset);
  }

  /** The frame that goes by, and how much of it is still to come. */
  get open(): { readonly frame: WalkedFrame; readonly left: number } | null {
    return this.#open === null ? null : { frame: this.#open, left: this.#openLeft };
  }

  /** Whether everything that came is whole. */
  get isBetween(): boolean {
    return this.#heldLength === 0 && this.#open === null && this.#prefaceLeft === 0;
  }

  /** Looks for the preface again, or no longer. */
  set prefaceLeft(length: number) {
    this.#prefaceLeft = length;
  }

  /** So many bytes of the frame that goes by are missing. */
  skip(length: number, sink: WalkerSink): void {
    const frame = this.#open;
    if (frame === null) return;
    const taken = Math.min(length, this.#openLeft);
    this.#openLeft -= taken;
    this.offset += taken;
    if (this.#openLeft > 0) return;
    this.#open = null;
    sink.onEnd(frame);
  }

  push(bytes: Uint8Array, sink: WalkerSink): void {
    let at = 0;
    while (at < bytes.length && !this.isStopped) {
      if (this.#prefaceLeft > 0) at = this.#preface(bytes, at, sink);
      else if (this.#open !== null) at = this.#goBy(this.#open, bytes, at, sink);
      else if (this.#heldLength > 0) at = this.#fill(bytes, at, sink);
      else at = this.#frame(bytes, at, sink);
    }
  }

  #preface(bytes: Uint8Array, at: number, sink: WalkerSink): number {
    const end = Math.min(bytes.length, at + this.#prefaceLeft);
    this.#prefaceLeft -= end - at;
    this.offset += end - at;
    sink.onPreface(bytes.subarray(at, end));
    return end;
  }

  #goBy(frame: WalkedFrame, bytes: Uint8Array, at: number, sink: WalkerSink): number {
    const end = Math.min(bytes.length, at + this.#openLeft);
    this.#openLeft -= end - at;
    this.offset += end - at;
    if (this.#openLeft === 0) this.#open = null;
    sink.onPayload(frame, bytes.subarray(at, end));
    if (this.#openLeft === 0 && !this.isStopped) sink.onEnd(frame);
    return end;
  }

  /** A frame that begins here, or as much of it as there is. */
  #frame(bytes: Uint8Array, at: number, sink: WalkerSink): number {
    const available = bytes.length - at;
    const needed = available < FRAME_HEADER ? FRAME_HEADER : this.#needed(bytes, at);
    if (available >= needed) return this.#take(bytes, at, sink);
    this.#hold(bytes, at, bytes.length);
    return bytes.length;
  }

  /** What is held, with the bytes that were missing. */
  #fill(bytes: Uint8Array, from: number, sink: WalkerSink): number {
    let at = from;
    for (;;) {
      const held = this.#heldLength;
      const needed = held < FRAME_HEADER ? FRAME_HEADER : this.#needed(this.#held, 0);
      if (held >= needed) break;
      const end = Math.min(bytes.length, at + needed - held);
      this.#hold(bytes, at, end);
      at = end;
      if (at === bytes.length && this.#heldLength < needed) return at;
    }
    const raw = this.#held.subarray(0, this.#heldLength);
    this.#heldLength = 0;
    this.#held = NOTHING;
    this.#take(raw, 0, sink);
    return at;
  }

  #hold(bytes: Uint8Array, from: number, to: number): void {
    const length = this.#heldLength + to - from;
    if (length > this.#held.length) {
      const grown = new Uint8Array(Math.max(64, length * 2));
      grown.set(this.#held.subarray(0, this.#heldLength));
      this.#held = grown;
    }
    this.#held.set(bytes.subarray(from, to), this.#heldLength);
    this.#heldLength = length;
  }

  /** Octets of the frame at `at` that must be here before anything is told of it. */
  #needed(bytes: Uint8Array, at: number): number {
    const length = lengthAt(bytes, at);
    if (!this.#goesBy(bytes, at, length)) return FRAME_HEADER + length;
    const isPadded = bytes[at + 3] === DATA && ((bytes[at + 4] as number) & PADDED) !== 0;
    const least = Math.max(this.#least, FRAME_HEADER + (isPadded ? 1 : 0));
    return Math.min(FRAME_HEADER + length, least);
  }

  #goesBy(bytes: Uint8Array, at: number, length: number): boolean {
    return bytes[at + 3] === DATA || length > this.wholeMax || length > WHOLE_MAX;
  }

  /** Tells of the frame at `at`, whose first octets are here. Returns where it ends, or the bytes. */
  #take(bytes: Uint8Array, at: number, sink: WalkerSink): number {
    const length = lengthAt(bytes, at);
    const frame = frameAt(bytes, at, this.offset);
    const whole = at + FRAME_HEADER + length;
    const end = Math.min(bytes.length, whole);
    this.offset += end - at;
    const raw = bytes.subarray(at, end);
    if (!this.#goesBy(bytes, at, length)) {
      sink.onFrame(frame, raw);
      return end;
    }
    this.#openLeft = whole - end;
    if (this.#openLeft > 0) this.#open = frame;
    sink.onStart(frame, raw, this.#needed(bytes, at));
    if (this.#openLeft === 0 && !this.isStopped) sink.onEnd(frame);
    return end;
  }
}

function frameAt(bytes: Uint8Array, at: number, offset: number): WalkedFrame {
  const id = new DataView(bytes.buffer, bytes.byteOffset + at + 5, 4).getUint32(0);
  return {
    type: bytes[at + 3] as number,
    flags: bytes[at + 4] as number,
    streamId: id & 0x7fff_ffff,
    length: lengthAt(bytes, at),
    offset,
  };
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number)
  );
}
