// H2FrameParser: bytes of one direction to frames, without a connection around them. It finds what one frame alone
// shows: lengths, padding, stream identifiers. What depends on other frames (sequence, states, windows, HPACK, the
// values of settings) is the connection's. The checks are the engine's: the same as those of H2Connection.
// Rules: H2-011 to H2-019, H2-070, H2-072, H2-073, H2-077 to H2-079, H2-084, H2-085, H2-089, H2-091, H2-096 to H2-098,
// H2-116, H2-120, H2-121, H2-126, H2-127, H2-130, H2-131, H2-138 to H2-141, H2-144, H2-146, H2-153, PU-007 to PU-009.

import { ErrorCode } from "../abi/error-code.js";
import { FIELD_TAPE, FIELD_WINDOW } from "../abi/field-memory.js";
import { H2ConfigFlag } from "../abi/h2-memory.js";
import { FrameMark, FrameRecord, FrameType } from "../abi/h2-tape.js";
import type { H2Instance } from "../engine/h2-instance.js";
import { ProtocolError, UsageError } from "../errors.js";
import { engineConfig } from "./engine-config.js";
import { H2Feed } from "./h2-feed.js";
import type { H2Frame } from "./h2-frame.js";
import { buildFrame, FrameParts } from "./h2-frame-build.js";
import { PieceBuffer } from "./piece-buffer.js";

/** A frame that breaks a rule: of its stream alone, and the parser goes on, or the last event. */
export interface H2FrameError {
  readonly type: "error";
  readonly error: ProtocolError;
}

/** What H2FrameParser takes. */
export interface H2FrameParserOptions {
  /** Longest payload: 16,384 to 16,777,215 bytes; 16,384. */
  readonly maxFrameSize?: number;
  /** Whether the bytes begin with the client connection preface; false. */
  readonly preface?: boolean;
}

const MAX_FRAME_SIZE_LEAST = 16_384;
const MAX_FRAME_SIZE_MOST = 16_777_215;
const PING_LENGTH = 8;
const NOTHING = new Uint8Array(0);

/** Parses the frames of one direction. Feed it bytes in any pieces; what it gives does not depend on the cuts. */
export class H2FrameParser {
  readonly #collector: FrameCollector;

  /** @throws UsageError LIMIT_INVALID */
  constructor(options: H2FrameParserOptions = {}) {
    const { maxFrameSize = MAX_FRAME_SIZE_LEAST, preface = false } = options;
    const isInRange = maxFrameSize >= MAX_FRAME_SIZE_LEAST && maxFrameSize <= MAX_FRAME_SIZE_MOST;
    if (!Number.isInteger(maxFrameSize) || !isInRange)
      throw new UsageError("LIMIT_INVALID", "maxFrameSize takes 16384 to 16777215 bytes");
    this.#collector = new FrameCollector(maxFrameSize, preface);
  }

  /**
   * The frames that are complete with these bytes, in wire order. After an error of scope "connection" it gives
   * nothing any more.
   * @throws UsageError BYTES_INVALID
   */
  receive(bytes: Uint8Array): (H2Frame | H2FrameError)[] {
    if (!(bytes instanceof Uint8Array))
      throw new UsageError("BYTES_INVALID", "receive takes a Uint8Array");
    return this.#collector.receive(bytes);
  }
}

/** Collects payloads that come in pieces, bounded by the longest payload that is accepted. */
class FrameCollector extends H2Feed {
  #frames: (H2Frame | H2FrameError)[] = [];
  /** The frame whose payload goes on; null: nobody reads it. */
  #open: FrameParts | null = null;
  readonly #payload = new PieceBuffer();

  constructor(maxFrameSize: number, hasPreface: boolean) {
    super({
      config: engineConfig(H2ConfigFlag.FramesOnly, 0, 0),
      hasPreface,
      headerTableSize: 0,
      maxFrameSize,
      fieldBlockLength: 0,
      continuationCount: 0,
    });
  }

  receive(bytes: Uint8Array): (H2Frame | H2FrameError)[] {
    const frames: (H2Frame | H2FrameError)[] = [];
    this.#frames = frames;
    if (!this.isDone) this.feed(bytes);
    if (this.isDone) this.release();
    return frames;
  }

  protected onPreface(): void {}

  protected readRecords(
    instance: H2Instance,
    count: number,
    bytes: Uint8Array,
    origin: number,
  ): void {
    const { i32 } = instance;
    const first = FIELD_TAPE >> 2;
    const base = this.received + origin;
    for (let at = first; at < first + count; at += FrameRecord.Size) {
      const mark = (i32[at + FrameRecord.Head] as number) >> 16;
      if (mark === FrameMark.Error) {
        const offset = base + (i32[at + FrameRecord.Extra2] as number);
        this.fail(i32[at + FrameRecord.Length] as ErrorCode, offset);
        return;
      }
      const parts = new FrameParts(i32, at, base);
      if ((mark & FrameMark.Error) !== 0) this.#refuse(parts.extra as ErrorCode, parts);
      else this.#begin(parts, mark, this.#payloadAt(instance, at, parts, bytes, origin));
    }
  }

  /** What of the payload proper is here: a view of the chunk. */
  #payloadAt(
    { i32, u8 }: H2Instance,
    at: number,
    { type }: FrameParts,
    bytes: Uint8Array,
    origin: number,
  ): Uint8Array {
    const start = i32[at + FrameRecord.PayloadAt] as number;
    const length = i32[at + FrameRecord.PayloadLength] as number;
    // The engine takes PING for fixed fields: they stand in front, and may have come before this chunk.
    if (type === FrameType.Ping) {
      const end = FIELD_WINDOW + start;
      return u8.slice(end - PING_LENGTH, end);
    }
    if (length === 0) return NOTHING;
    return new Uint8Array(bytes.buffer, bytes.byteOffset + origin + start, length);
  }

  #begin(parts: FrameParts, mark: number, payload: Uint8Array): void {
    if ((mark & FrameMark.Partial) === 0) return this.#end(parts, payload);
    this.#open = parts;
    this.#payload.append(payload);
  }

  #end(parts: FrameParts, payload: Uint8Array): void {
    const frame = buildFrame(parts, payload);
    if (frame === null) this.#refuse(ErrorCode.H2_FRAME_LENGTH_INVALID, parts);
    else this.#frames.push(frame);
  }

  /** A mistake that is the frame's alone. */
  #refuse(code: ErrorCode, { offset, streamId }: FrameParts): void {
    const error = new ProtocolError(code, offset, streamId === 0 ? null : streamId, "stream");
    this.#frames.push({ type: "error", error });
  }

  protected readPayload(bytes: Uint8Array): void {
    if (this.#open !== null) this.#payload.append(bytes);
  }

  protected endPayload(): void {
    const parts = this.#open;
    if (parts === null) return;
    this.#open = null;
    const payload = this.#payload.slice();
    this.#payload.clear();
    this.#end(parts, payload);
  }

  protected fail(code: ErrorCode, offset: number): void {
    this.isDone = true;
    const error = new ProtocolError(code, offset, null, "connection");
    this.#frames.push({ type: "error", error });
  }

  override release(): void {
    super.release();
    this.#open = null;
    this.#payload.drop();
  }
}
