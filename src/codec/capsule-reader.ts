// Capsules of one stream, cut at any place (RFC 9297 section 3.2), for connections of HTTP/2 and HTTP/3. A capsule is
// collected up to a length. What is longer is passed over where it means nothing to us or may be lost, which are unknown
// types and DATAGRAM; else it is a mistake.
// Rules: H3-CAP-1, H3-CAP-2, H3-CAP-4.

import { ErrorCode } from "../abi/error-code.js";
import { CapsuleType } from "../abi/h3-wire.js";
import type { ByteWriter } from "./byte-writer.js";
import { isKnownCapsule } from "./capsule-fields.js";
import { type FrameSink, FrameUse, TlvReader } from "./tlv-reader.js";
import { putVarint, type Varint, varintLength } from "./varint.js";

/** Who takes the capsules of one stream. */
export interface CapsuleSink {
  /**
   * A whole capsule.
   * @param value a copy, to own
   * @param offset of its first octet in the stream
   */
  onCapsule(type: Varint, value: Uint8Array<ArrayBuffer>, offset: number): void;
  /** A capsule that is too long and is passed over: its type and length are here. */
  onSkipped?(type: Varint, length: number, offset: number): void;
}

/** Reads the capsules of one stream. */
export class CapsuleReader {
  readonly #reader = new TlvReader();
  readonly #frames: CapsuleFrames;

  /** @param maxLength of a value that is collected, in bytes */
  constructor(maxLength: number) {
    this.#frames = new CapsuleFrames(this.#reader, maxLength);
  }

  /** Bytes of the stream that were read. */
  get offset(): number {
    return this.#reader.offset;
  }

  /** First octet of the last capsule that was begun: where an error is. */
  get start(): number {
    return this.#frames.start;
  }

  /** Whether no capsule is under way: elsewhere, the end of the stream is H3_CAPSULE_TRUNCATED. */
  get isBetweenCapsules(): boolean {
    return this.#reader.isBetweenFrames;
  }

  /** Bytes that are kept of an unfinished capsule. */
  get heldBytes(): number {
    return this.#reader.heldBytes;
  }

  /** Reads on. After an error it gives the same error, and nothing else. */
  read(bytes: Uint8Array, sink: CapsuleSink): ErrorCode {
    const frames = this.#frames;
    frames.sink = sink;
    this.#reader.read(bytes, 0, bytes.length, frames);
    frames.sink = null;
    return frames.error;
  }

  /** Reads nothing any more, and lets go what it kept. */
  drop(): void {
    this.#reader.drop();
  }
}

/** What the reader of type, length and value asks. */
class CapsuleFrames implements FrameSink {
  error = ErrorCode.NONE;
  sink: CapsuleSink | null = null;
  start = 0;
  readonly #reader: TlvReader;
  readonly #maxLength: number;

  constructor(reader: TlvReader, maxLength: number) {
    this.#reader = reader;
    this.#maxLength = maxLength;
  }

  onFrameStart(_type: number, length: number, offset: number): FrameUse {
    this.start = offset;
    if (length <= this.#maxLength) return FrameUse.Whole;
    const type = this.#reader.exactType;
    if (type === CapsuleType.Datagram || !isKnownCapsule(type)) {
      this.sink?.onSkipped?.(type, length, offset);
      return FrameUse.Skip;
    }
    this.error = ErrorCode.H3_CAPSULE_TOO_LARGE;
    return FrameUse.Stop;
  }

  onFrame(_type: number, bytes: Uint8Array, from: number, to: number, offset: number): void {
    const value = new Uint8Array(to - from);
    value.set(bytes.subarray(from, to));
    this.sink?.onCapsule(this.#reader.exactType, value, offset);
  }

  onBytes(): void {}

  onFrameEnd(): void {}
}

/** Appends type and length of a capsule: its value must follow. */
export function putCapsuleHeader(out: ByteWriter, type: Varint, length: number): void {
  out.reserve(varintLength(type) + varintLength(length) + length);
  putVarint(out, type);
  putVarint(out, length);
}

/** Appends a capsule. */
export function putCapsule(out: ByteWriter, type: Varint, value: Uint8Array): void {
  putCapsuleHeader(out, type, value.length);
  out.putBytes(value);
}
