// H3FrameParser: bytes of one stream to frames, without a connection around them. It finds what frames and their order on
// one stream show: where a type may stand, lengths, SETTINGS, HEADERS before DATA. What depends on other streams, on
// QPACK or on what was sent is the connection's.
// Rules: H3-FRM-1 to H3-FRM-8, H3-FRM-10, H3-FRM-11, H3-FRM-14, H3-FRM-17, H3-FRM-19 to H3-FRM-22, H3-FRM-28,
// H3-FRM-29, H3-FRM-34, H3-FRM-36, H3-SET-1 to H3-SET-3, H3-STR-6, H3-WT-3, H3-WT-4.

import { ErrorCode } from "../abi/error-code.js";
import { H3FrameType } from "../abi/h3-wire.js";
import { ProtocolError, UsageError } from "../errors.js";
import type { H3Frame } from "./h3-frame.js";
import { buildH3Frame, type FrameHead } from "./h3-frame-build.js";
import { FrameUse, H3FrameReader, type H3FrameSink } from "./h3-frame-reader.js";
import { FRAME_IGNORED, frameVerdict, H3Receiver, H3StreamKind } from "./h3-frame-table.js";
import { PieceBuffer } from "./piece-buffer.js";

/** A mistake; always the last event. */
export interface H3FrameError {
  readonly type: "error";
  readonly error: ProtocolError;
}

/** What H3FrameParser takes. */
export interface H3FrameParserOptions {
  /** The stream; "request". Bytes of the others begin behind the stream type, and behind the push id. */
  readonly kind?: "request" | "control" | "push";
  /** Who receives the bytes. Without it, what only one of both may not receive is accepted. */
  readonly role?: "server" | "client";
  /**
   * Longest payload that is kept in one: 64 bytes to 1 GiB; 1 MiB. HTTP/3 knows no maximum. Longer DATA comes in parts of
   * this size, longer unknown frames, ORIGIN and PRIORITY_UPDATE come without their payload, others are errors. So are
   * more than 4,096 settings, whatever the size.
   */
  readonly maxFrameSize?: number;
}

const MAX_FRAME_SIZE = 1024 * 1024;
const MAX_FRAME_SIZE_LEAST = 64;
const MAX_FRAME_SIZE_MOST = 1024 * MAX_FRAME_SIZE;

const KINDS = {
  request: H3StreamKind.Request,
  control: H3StreamKind.Control,
  push: H3StreamKind.Push,
} as const;
const RECEIVERS = { server: H3Receiver.Server, client: H3Receiver.Client } as const;

/** Parses the frames of one stream. Feed it bytes in any pieces; what it gives does not depend on the cuts. */
export class H3FrameParser {
  readonly #frames: FrameCollector;

  /** @throws UsageError LIMIT_INVALID, OPTION_INVALID */
  constructor(options: H3FrameParserOptions = {}) {
    const { kind = "request", role, maxFrameSize = MAX_FRAME_SIZE } = options;
    const isInRange = maxFrameSize >= MAX_FRAME_SIZE_LEAST && maxFrameSize <= MAX_FRAME_SIZE_MOST;
    if (!Number.isInteger(maxFrameSize) || !isInRange)
      throw new UsageError("LIMIT_INVALID", "maxFrameSize takes 64 to 1073741824 bytes");
    if (!Object.hasOwn(KINDS, kind))
      throw new UsageError("OPTION_INVALID", "kind is request, control or push");
    if (role !== undefined && !Object.hasOwn(RECEIVERS, role))
      throw new UsageError("OPTION_INVALID", "role is server or client");
    const receiver = role === undefined ? H3Receiver.Either : RECEIVERS[role];
    this.#frames = new FrameCollector(KINDS[kind], receiver, maxFrameSize);
  }

  /**
   * The frames that are complete with these bytes, in wire order. After an error, and behind WT_STREAM, it gives nothing
   * any more.
   * @throws UsageError BYTES_INVALID
   */
  receive(bytes: Uint8Array): (H3Frame | H3FrameError)[] {
    if (!(bytes instanceof Uint8Array))
      throw new UsageError("BYTES_INVALID", "receive takes a Uint8Array");
    return this.#frames.receive(bytes);
  }

  /** The stream has ended (RFC 9114 sections 7.1 and 6.2.1): nothing, or the error that this is. */
  receiveEnd(): H3FrameError[] {
    return this.#frames.receiveEnd();
  }
}

/** Judges frames by their headers, and makes them of their payloads. */
class FrameCollector implements H3FrameSink {
  stopped = false;
  readonly #reader = new H3FrameReader();
  readonly #kind: H3StreamKind;
  readonly #receiver: H3Receiver;
  readonly #maxFrameSize: number;
  #events: (H3Frame | H3FrameError)[] = [];
  #chunk: Uint8Array | null = null;
  #head: FrameHead = { type: 0, length: 0, offset: 0 };
  /** The frame under way means nothing here. */
  #isIgnored = false;
  /** DATA that comes in parts: what there is of the next part, and the bytes before it. */
  readonly #part = new PieceBuffer();
  #partOffset = 0;
  readonly #order = new FrameOrder();

  constructor(kind: H3StreamKind, receiver: H3Receiver, maxFrameSize: number) {
    this.#kind = kind;
    this.#receiver = receiver;
    this.#maxFrameSize = maxFrameSize;
  }

  receive(bytes: Uint8Array): (H3Frame | H3FrameError)[] {
    const events: (H3Frame | H3FrameError)[] = [];
    this.#events = events;
    this.#chunk = bytes;
    this.#reader.read(bytes, 0, bytes.length, this);
    this.#chunk = null;
    return events;
  }

  receiveEnd(): H3FrameError[] {
    if (this.stopped) return [];
    const isControl = this.#kind === H3StreamKind.Control;
    const isWhole = this.#reader.isBetweenFrames;
    const { offset } = this.#reader;
    this.#stop();
    if (isControl) return [errorOf(ErrorCode.H3_CRITICAL_STREAM_CLOSED, offset)];
    return isWhole ? [] : [errorOf(ErrorCode.H3_FRAME_TRUNCATED, offset)];
  }

  onFrameStart(type: number, length: number, offset: number): FrameUse {
    this.#head = { type: this.#reader.exactType, length, offset };
    if (type === H3FrameType.WtStream && this.#kind === H3StreamKind.Request && offset === 0)
      return this.#beginWtStream();
    const verdict = this.#verdict(type);
    this.#isIgnored = verdict === FRAME_IGNORED;
    if (verdict !== FRAME_IGNORED && verdict !== ErrorCode.NONE) return this.#fail(verdict);
    return length > this.#maxFrameSize || isNumber(type)
      ? this.#judgeLength(type, length)
      : FrameUse.Whole;
  }

  /** Whether the frame may stand here. */
  #verdict(type: number): ErrorCode | typeof FRAME_IGNORED {
    const order = this.#order.next(type, this.#kind, this.#receiver);
    if (order === ErrorCode.H3_SETTINGS_MISSING) return order;
    const verdict = frameVerdict(type, this.#kind, this.#receiver);
    return verdict > ErrorCode.NONE || order === ErrorCode.NONE ? verdict : order;
  }

  /** A frame whose length decides what becomes of it. */
  #judgeLength(type: number, length: number): FrameUse {
    switch (type) {
      case H3FrameType.CancelPush:
      case H3FrameType.Goaway:
      case H3FrameType.MaxPushId:
        if (length === 1 || length === 2 || length === 4 || length === 8) return FrameUse.Whole;
        return this.#fail(ErrorCode.H3_FRAME_INVALID);
      case H3FrameType.Data:
        this.#partOffset = 0;
        return FrameUse.Pieces;
      case H3FrameType.Headers:
      case H3FrameType.PushPromise:
        return this.#fail(ErrorCode.H3_FIELD_BLOCK_TOO_LARGE);
      case H3FrameType.Settings:
        return this.#fail(ErrorCode.H3_SETTINGS_TOO_MANY);
      default:
        this.#events.push({ name: "UNKNOWN", ...this.#head, payload: null });
        return FrameUse.Skip;
    }
  }

  #beginWtStream(): FrameUse {
    const sessionId = this.#reader.exactLength;
    const isRequest = typeof sessionId === "bigint" ? sessionId % 4n === 0n : sessionId % 4 === 0;
    if (!isRequest) return this.#fail(ErrorCode.WT_SESSION_ID_INVALID);
    this.#events.push({ name: "WT_STREAM", ...this.#head, length: 0, sessionId });
    this.#stop();
    return FrameUse.Stop;
  }

  onFrame(_type: number, bytes: Uint8Array, from: number, to: number): void {
    const isView = bytes === this.#chunk;
    const payload = isView ? viewOf(bytes, from, to) : bytes.slice(from, to);
    const frame: H3Frame | ErrorCode = this.#isIgnored
      ? { name: "UNKNOWN", ...this.#head, payload }
      : buildH3Frame(this.#head, payload);
    if (typeof frame === "number") this.#fail(frame);
    else this.#events.push(frame);
  }

  onBytes(bytes: Uint8Array): void {
    const part = this.#part;
    const size = this.#maxFrameSize;
    let at = 0;
    while (at < bytes.length) {
      const count = Math.min(size - part.length, bytes.length - at);
      if (count === size) this.#pushPart(viewOf(bytes, at, at + count));
      else {
        part.append(bytes, at, count);
        if (part.length === size) this.#endPart();
      }
      at += count;
    }
  }

  onFrameEnd(): void {
    if (this.#part.length > 0) this.#endPart();
  }

  #endPart(): void {
    this.#pushPart(this.#part.slice());
    this.#part.clear();
  }

  #pushPart(data: Uint8Array): void {
    const dataOffset = this.#partOffset;
    this.#partOffset += data.length;
    this.#events.push({ name: "DATA", ...this.#head, data, dataOffset });
  }

  #fail(code: ErrorCode): FrameUse {
    this.#events.push(errorOf(code, this.#head.offset));
    this.#stop();
    return FrameUse.Stop;
  }

  #stop(): void {
    this.stopped = true;
    this.#reader.drop();
    this.#part.drop();
  }
}

/** A plain view, also of bytes that are a Buffer. */
function viewOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from);
}

/** Frames that are one number. */
function isNumber(type: number): boolean {
  return (
    type === H3FrameType.CancelPush || type === H3FrameType.Goaway || type === H3FrameType.MaxPushId
  );
}

function errorOf(code: ErrorCode, offset: number): H3FrameError {
  return { type: "error", error: new ProtocolError(code, offset, null) };
}

/** The order of frames on one stream, as far as they show it without their fields (RFC 9114 sections 4.1 and 6.2.1). */
class FrameOrder {
  #hasSettings = false;
  #hasHeaders = false;
  #hasData = false;
  #hasTrailers = false;

  /** What the next frame breaks; NONE where that is nothing. */
  next(type: number, kind: H3StreamKind, receiver: H3Receiver): ErrorCode {
    if (kind === H3StreamKind.Control) return this.#nextControl(type);
    if (type === H3FrameType.Headers) {
      if (this.#hasTrailers) return ErrorCode.H3_FRAME_UNEXPECTED;
      // Behind DATA these are trailers. Elsewhere a response may follow an interim one, but no request another.
      const isSecond = this.#hasHeaders && receiver === H3Receiver.Server;
      this.#hasTrailers = this.#hasData || isSecond;
      this.#hasHeaders = true;
    } else if (type === H3FrameType.Data) {
      if (!this.#hasHeaders || this.#hasTrailers) return ErrorCode.H3_FRAME_UNEXPECTED;
      this.#hasData = true;
    }
    return ErrorCode.NONE;
  }

  #nextControl(type: number): ErrorCode {
    const isSettings = type === H3FrameType.Settings;
    if (isSettings && this.#hasSettings) return ErrorCode.H3_SETTINGS_REPEATED;
    if (!isSettings && !this.#hasSettings) return ErrorCode.H3_SETTINGS_MISSING;
    this.#hasSettings = true;
    return ErrorCode.NONE;
  }
}
