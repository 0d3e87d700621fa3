// What goes out: frames in the order in which they were made, and behind them the content that windows and
// priorities let through (RFC 9113 sections 4.3, 5.2, 6; RFC 9218 section 10). Frames of one call are written into
// one buffer that all connections share, so that an idle connection owns none.
// Rules: H2-045, H2-059, H2-065, H2-069, H2-080, H2-128, H2-180.

import { FrameFlag, FrameType } from "../abi/h2-tape.js";
import { ByteWriter } from "../codec/byte-writer.js";
import { putFrameHeader } from "../codec/h2-frame-writer.js";
import type { H2Core } from "./h2-core.js";
import type { ObservedFrames } from "./h2-observe.js";
import type { Stream } from "./h2-stream.js";

const FRAME_HEADER = 9;
/** Content up to this length is copied behind its frame header: a view and a chunk more cost as much (measured). */
const COPY_MAX = 1024;

const shared = new ByteWriter();
let owner: H2Output | null = null;

/** The bytes of one connection that were not taken. */
export class H2Output {
  readonly #observed: ObservedFrames | null;
  #chunks: Uint8Array[] = [];
  /** Bytes in #chunks. */
  #sealed = 0;
  /** Bytes of frames that were ever made. */
  #offset = 0;
  /** Of the bytes not taken, those that only answer frames of the peer. */
  replyLength = 0;

  constructor(observed: ObservedFrames | null) {
    this.#observed = observed;
  }

  /** Bytes of frames that were not taken. */
  get length(): number {
    return this.#sealed + (owner === this ? shared.length : 0);
  }

  /** Gives all away, in order. */
  take(): Uint8Array[] {
    this.replyLength = 0;
    if (this.#sealed > 0) {
      this.#seal();
      if (owner === this) owner = null;
      const chunks = this.#chunks;
      this.#chunks = [];
      this.#sealed = 0;
      return chunks;
    }
    if (owner !== this) return [];
    owner = null;
    return shared.length === 0 ? [] : [shared.take()];
  }

  #seal(): void {
    if (owner !== this || shared.length === 0) return;
    this.#sealed += shared.length;
    this.#chunks.push(shared.take());
  }

  /** The shared buffer, with what this connection has in it. */
  writer(): ByteWriter {
    if (owner !== this) {
      if (owner !== null) owner.#seal();
      owner = this;
    }
    return shared;
  }

  /** Octets of the connection preface. */
  raw(bytes: Uint8Array): void {
    this.writer().putBytes(bytes);
    this.#offset += bytes.length;
  }

  /** The header of a frame whose payload the caller writes behind it. */
  header(type: number, flags: number, streamId: number, length: number): ByteWriter {
    const out = this.writer();
    out.reserve(FRAME_HEADER + length);
    putFrameHeader(out, type, flags, streamId, length);
    if (this.#observed !== null) this.#observed.sent(type, flags, streamId, length, this.#offset);
    this.#offset += FRAME_HEADER + length;
    return out;
  }

  /** Content of the caller; short pieces are copied, long ones go out as they are. */
  content(bytes: Uint8Array): void {
    if (bytes.length <= COPY_MAX) {
      this.writer().putBytes(bytes);
      return;
    }
    this.writer();
    this.#seal();
    this.#chunks.push(bytes);
    this.#sealed += bytes.length;
  }

  settings(list: readonly number[]): void {
    const out = this.header(FrameType.Settings, 0, 0, list.length * 3);
    for (let i = 0; i < list.length; i += 2) {
      out.putUint16(list[i] as number);
      out.putUint32(list[i + 1] as number);
    }
    if (this.#observed !== null) this.#observed.sentSettings(list);
  }

  settingsAck(): void {
    this.header(FrameType.Settings, FrameFlag.Ack, 0, 0);
    this.replyLength += FRAME_HEADER;
  }

  ping(ack: boolean, payload: Uint8Array): void {
    this.header(FrameType.Ping, ack ? FrameFlag.Ack : 0, 0, 8).putBytes(payload);
    if (ack) this.replyLength += FRAME_HEADER + 8;
  }

  rstStream(streamId: number, code: number): void {
    this.header(FrameType.RstStream, 0, streamId, 4).putUint32(code);
    this.#observed?.sentMore({ errorCode: code });
    this.replyLength += FRAME_HEADER + 4;
  }

  windowUpdate(streamId: number, increment: number): void {
    this.header(FrameType.WindowUpdate, 0, streamId, 4).putUint32(increment);
    this.#observed?.sentMore({ windowSizeIncrement: increment });
  }

  goaway(lastStreamId: number, code: number, debugData: string): void {
    const out = this.header(FrameType.Goaway, 0, 0, 8 + debugData.length);
    out.putUint32(lastStreamId);
    out.putUint32(code);
    out.putLatin1(debugData);
    this.#observed?.sentMore({ errorCode: code });
  }

  priorityUpdate(streamId: number, value: string): void {
    const out = this.header(FrameType.PriorityUpdate, 0, 0, 4 + value.length);
    out.putUint32(streamId);
    out.putLatin1(value);
  }

  /** A field block as HEADERS and, where it is longer than a frame of the peer, CONTINUATION. */
  headers(
    core: H2Core,
    streamId: number,
    fields: readonly string[],
    sensitive: ReadonlySet<string> | null,
    endStream: boolean,
  ): void {
    const flags = endStream ? FrameFlag.EndStream : 0;
    this.#block(core, FrameType.Headers, flags, streamId, 0, fields, sensitive);
  }

  pushPromise(core: H2Core, streamId: number, promisedId: number, fields: readonly string[]): void {
    this.#block(core, FrameType.PushPromise, 0, streamId, promisedId, fields, null);
  }

  #block(
    core: H2Core,
    type: number,
    flags: number,
    streamId: number,
    promisedId: number,
    fields: readonly string[],
    sensitive: ReadonlySet<string> | null,
  ): void {
    const out = this.writer();
    const start = out.length;
    out.reserve(FRAME_HEADER + 4);
    out.length += FRAME_HEADER;
    if (promisedId !== 0) out.putUint32(promisedId);
    const blockAt = out.length;
    core.encoder.encodeInto(fields, sensitive, out);
    const length = out.length - start - FRAME_HEADER;
    const observed = this.#observed;
    if (length > core.peer.maxFrameSize)
      this.#split(out, start, type, flags, streamId, core.peer.maxFrameSize);
    else {
      const end = out.length;
      out.length = start;
      putFrameHeader(out, type, flags | FrameFlag.EndHeaders, streamId, length);
      out.length = end;
      if (observed !== null)
        observed.sent(type, flags | FrameFlag.EndHeaders, streamId, length, this.#offset);
      this.#offset += FRAME_HEADER + length;
    }
    if (observed !== null) observed.sentFields(fields, length - (blockAt - start - FRAME_HEADER));
  }

  /** The payload stands at start + 9: it is cut into frames of at most `max`. */
  #split(
    out: ByteWriter,
    start: number,
    type: number,
    flags: number,
    streamId: number,
    max: number,
  ): void {
    const payload = out.bytes.slice(start + FRAME_HEADER, out.length);
    out.length = start;
    for (let at = 0; at < payload.length; at += max) {
      const end = Math.min(at + max, payload.length);
      const last = end === payload.length ? FrameFlag.EndHeaders : 0;
      const oneType = at === 0 ? type : FrameType.Continuation;
      this.header(oneType, (at === 0 ? flags : 0) | last, streamId, end - at);
      out.putBytes(payload.subarray(at, end));
    }
  }

  /** One DATA frame: `length` bytes from the front of the stream's queue. */
  data(stream: Stream, length: number, endStream: boolean): void {
    this.header(FrameType.Data, endStream ? FrameFlag.EndStream : 0, stream.id, length);
    let left = length;
    const queue = stream.queue as Uint8Array[];
    while (left > 0) {
      const piece = queue[0] as Uint8Array;
      if (piece.length <= left) {
        this.content(piece);
        queue.shift();
        left -= piece.length;
      } else {
        this.content(piece.subarray(0, left));
        queue[0] = piece.subarray(left);
        left = 0;
      }
    }
  }
}
