// What goes out: bytes of streams in the order in which they should leave. The control stream first, then what gives
// streams up, then QPACK instructions before the sections that need them, then messages by priority (RFC 9218 section
// 10). Nothing here waits for windows: take() gives what the transport has room for, and the rest stays.
// Rules: H3-FRM-1, QP-EN-3, QP-EN-6, H3-MSG-26.

import { H3FrameType, H3StreamType } from "../abi/h3-wire.js";
import { ByteWriter } from "../codec/byte-writer.js";
import { putVarint, type Varint, varintLength } from "../codec/varint.js";
import { type H3Core, H3CoreFlag, StreamKind } from "./h3-core.js";
import { finish } from "./h3-lifecycle.js";
import { type H3Stream, H3StreamFlag } from "./h3-stream.js";
import { Scheduler } from "./scheduler.js";

/** What the transport sends on one stream: bytes, then the end; or it gives up one of its sides, or the connection. */
export interface StreamOutput {
  /** -1: `close`, which is about the connection. */
  readonly streamId: number;
  readonly bytes: Uint8Array;
  readonly fin: boolean;
  /** RESET_STREAM with this code. */
  readonly reset?: number;
  /** STOP_SENDING with this code. */
  readonly stopSending?: number;
  /** CONNECTION_CLOSE with this code: the last one ever. */
  readonly close?: number;
}

const NOTHING = new Uint8Array(0);
/** Content up to this length is copied behind its frame header: a chunk of its own costs more. */
const COPIED_LENGTH = 1024;
/** Sections up to this length are copied octet by octet. */
const SHORT_SECTION = 48;
/** What an incremental stream sends in a turn. */
const TURN_LENGTH = 16 * 1024;
/** Octets that an entry of the list of resets is taken to hold. */
const RESET_LENGTH = 24;

/** All connections write into one buffer: what is given away is never written again. */
const writer = new ByteWriter();
/** A field section, until its length is known. */
const section = new ByteWriter();

/** The sending half of one connection. */
export class H3Output {
  readonly #core: H3Core;
  /** Bytes of messages that were not taken. */
  length = 0;
  #control: Uint8Array[] = [];
  #resets: StreamOutput[] = [];
  /** How many of them the peer made us queue: commands of the caller are no flood. */
  #replies = 0;
  #scheduler: Scheduler<H3Stream> | null = null;
  /** Whether the types of the QPACK streams went out. */
  #isStarted = false;

  constructor(core: H3Core) {
    this.#core = core;
  }

  /** Bytes that wait because of the peer: acknowledgements, resets. */
  get replyLength(): number {
    return this.#replies * RESET_LENGTH + this.#core.qpackIn.decoderStreamLength;
  }

  /** The control stream of ours; the QPACK streams follow. */
  get #controlId(): number {
    return this.#core.config.isClient ? StreamKind.ClientUni : StreamKind.ServerUni;
  }

  /** Whether a stream of ours is one that the connection cannot be without. */
  isCritical(streamId: number): boolean {
    const first = this.#controlId;
    return streamId % 4 === first && streamId < first + 12;
  }

  /** Begins the control stream: its type, and SETTINGS. */
  start(settings: readonly Varint[]): void {
    let length = 0;
    for (const number of settings) length += varintLength(number);
    const at = writer.begin();
    putVarint(writer, H3StreamType.Control);
    putVarint(writer, H3FrameType.Settings);
    putVarint(writer, length);
    for (const number of settings) putVarint(writer, number);
    this.#push(writer.takeFrom(at));
    this.#core.observed?.sentSettings(this.#controlId, length, settings);
  }

  /** A control frame whose payload is one integer. */
  number(type: H3FrameType, value: Varint): void {
    const at = writer.begin();
    putVarint(writer, type);
    putVarint(writer, varintLength(value));
    putVarint(writer, value);
    this.#push(writer.takeFrom(at));
    this.#core.observed?.sent(type, this.#controlId, varintLength(value));
  }

  /** PRIORITY_UPDATE of a request. */
  priorityUpdate(streamId: number, value: string): void {
    const at = writer.begin();
    const length = varintLength(streamId) + value.length;
    putVarint(writer, H3FrameType.PriorityUpdateRequest);
    putVarint(writer, length);
    putVarint(writer, streamId);
    writer.putLatin1(value);
    this.#push(writer.takeFrom(at));
    this.#core.observed?.sent(H3FrameType.PriorityUpdateRequest, this.#controlId, length);
  }

  #push(bytes: Uint8Array): void {
    this.#control.push(bytes);
  }

  /** Gives up sides of a stream; -1 = not that one. */
  reset(streamId: number, reset: number, stopSending: number): void {
    const entry = { streamId, bytes: NOTHING, fin: false };
    if (this.#core.isReceiving) this.#replies++;
    if (reset >= 0 && stopSending >= 0) this.#resets.push({ ...entry, reset, stopSending });
    else if (reset >= 0) this.#resets.push({ ...entry, reset });
    else if (stopSending >= 0) this.#resets.push({ ...entry, stopSending });
  }

  /** HEADERS, and content of at most a kilobyte in the same piece. */
  headers(
    stream: H3Stream,
    fields: readonly string[],
    sensitive: ReadonlySet<string> | null,
    content: Uint8Array | null,
  ): void {
    const core = this.#core;
    section.clear();
    core.qpackOut.encodeInto(stream.id, fields, sensitive, section);
    const { length } = section;
    const at = writer.begin();
    putVarint(writer, H3FrameType.Headers);
    putVarint(writer, length);
    this.#putSection(length);
    core.observed?.sentFields(stream.id, fields, length);
    const isJoined = content !== null && content.length <= COPIED_LENGTH;
    if (isJoined) this.#putData(stream, content);
    this.queue(stream, writer.takeFrom(at));
    if (!isJoined && content !== null) this.data(stream, content);
  }

  /** A section of a connection in use has some twenty octets: a view for `set` costs more than they do. */
  #putSection(length: number): void {
    const { bytes } = section;
    if (length > SHORT_SECTION) return writer.putBytes(bytes.subarray(0, length));
    for (let i = 0; i < length; i++) writer.putUint8(bytes[i] as number);
  }

  /** DATA. */
  data(stream: H3Stream, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const at = writer.begin();
    if (bytes.length <= COPIED_LENGTH) {
      this.#putData(stream, bytes);
      return this.queue(stream, writer.takeFrom(at));
    }
    this.#putDataHeader(stream, bytes.length);
    this.queue(stream, writer.takeFrom(at));
    this.queue(stream, bytes);
  }

  #putData(stream: H3Stream, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#putDataHeader(stream, bytes.length);
    writer.putBytes(bytes);
  }

  #putDataHeader(stream: H3Stream, length: number): void {
    putVarint(writer, H3FrameType.Data);
    putVarint(writer, length);
    this.#core.observed?.sent(H3FrameType.Data, stream.id, length);
  }

  /** Bytes of a stream as they are. */
  queue(stream: H3Stream, bytes: Uint8Array): void {
    if (stream.queue === null) stream.queue = [bytes];
    else stream.queue.push(bytes);
    stream.queuedLength += bytes.length;
    this.length += bytes.length;
    this.schedule(stream);
  }

  /** Puts a stream in line that has something to take. */
  schedule(stream: H3Stream): void {
    if (!stream.hasOutput) return;
    this.#scheduler ??= new Scheduler();
    this.#scheduler.add(stream);
  }

  reprioritize(stream: H3Stream): void {
    this.#scheduler?.reprioritize(stream);
  }

  /** A stream is given up: what it has will not be sent. */
  drop(stream: H3Stream): void {
    this.#scheduler?.remove(stream);
    this.length -= stream.queuedLength;
    stream.queuedLength = 0;
    stream.queue = null;
  }

  /** The connection is over: nothing of it will be sent. */
  clear(): void {
    this.length = 0;
    this.#control = [];
    this.#resets = [];
    this.#replies = 0;
    this.#scheduler = null;
  }

  /** What the transport has room for: at most `maxBytes` of messages, `room` bytes on each stream. */
  take(maxBytes: number, room: ((streamId: number) => number) | null): StreamOutput[] {
    const core = this.#core;
    if (core.isOver) return this.#takeClose();
    const list: StreamOutput[] = [];
    this.#takeControl(list);
    this.#takeResets(list);
    this.#takeQpack(list);
    if (this.#scheduler !== null) this.#takeMessages(list, maxBytes, room);
    // The end of a session's CONNECT gives up its streams, and nothing may come that asks for another call.
    this.#takeResets(list);
    return list;
  }

  #takeResets(list: StreamOutput[]): void {
    if (this.#resets.length === 0) return;
    list.push(...this.#resets);
    this.#resets = [];
    this.#replies = 0;
  }

  #takeClose(): StreamOutput[] {
    const core = this.#core;
    if (core.has(H3CoreFlag.CloseTaken)) return [];
    core.flags |= H3CoreFlag.CloseTaken;
    return [{ streamId: -1, bytes: NOTHING, fin: false, close: core.closeCode }];
  }

  #takeControl(list: StreamOutput[]): void {
    if (this.#control.length === 0) return;
    const streamId = this.#controlId;
    for (const bytes of this.#control) list.push({ streamId, bytes, fin: false });
    this.#control = [];
  }

  #takeQpack(list: StreamOutput[]): void {
    const { qpackOut, qpackIn } = this.#core;
    const encoder = this.#controlId + 4;
    const decoder = encoder + 4;
    if (!this.#isStarted) {
      this.#isStarted = true;
      list.push({ streamId: encoder, bytes: Uint8Array.of(H3StreamType.QpackEncoder), fin: false });
      list.push({ streamId: decoder, bytes: Uint8Array.of(H3StreamType.QpackDecoder), fin: false });
    }
    if (qpackOut.encoderStreamLength > 0)
      list.push({ streamId: encoder, bytes: qpackOut.takeEncoderStream(), fin: false });
    const bytes = qpackIn.decoderStreamLength > 0 ? qpackIn.takeDecoderStream() : null;
    if (bytes !== null) list.push({ streamId: decoder, bytes, fin: false });
  }

  #takeMessages(
    list: StreamOutput[],
    maxBytes: number,
    room: ((streamId: number) => number) | null,
  ): void {
    const scheduler = this.#scheduler as Scheduler<H3Stream>;
    let left = Math.floor(maxBytes);
    /** Streams whose windows are full: they get in line again for the next call. */
    let blocked: H3Stream[] | null = null;
    /** What streams got in earlier turns of this call, which their room does not know of. */
    let given: Map<number, number> | null = null;
    for (let stream = scheduler.next(); stream !== null; stream = scheduler.next()) {
      const turn = stream.incremental ? TURN_LENGTH : Number.POSITIVE_INFINITY;
      const width = room === null ? left : room(stream.id) - (given?.get(stream.id) ?? 0);
      const space = Math.floor(Math.min(left, turn, width));
      const before = stream.queuedLength;
      if (before > 0 && left <= 0) break;
      const isDone = this.#takeStream(list, stream, space);
      left -= before - stream.queuedLength;
      if (isDone) {
        scheduler.remove(stream);
        continue;
      }
      // It has more, and neither its turn nor the call is over: its own window is full.
      const taken = before - stream.queuedLength;
      if (taken >= turn || left <= 0) {
        if (room === null) continue;
        given ??= new Map();
        given.set(stream.id, (given.get(stream.id) ?? 0) + taken);
        continue;
      }
      scheduler.remove(stream);
      blocked ??= [];
      blocked.push(stream);
    }
    if (blocked !== null) for (const stream of blocked) this.schedule(stream);
  }

  /** Up to `space` bytes of a stream. Returns whether it has nothing more to take now. */
  #takeStream(list: StreamOutput[], stream: H3Stream, space: number): boolean {
    const queue = stream.queue ?? [];
    const isEnd = stream.has(H3StreamFlag.EndQueued);
    let left = space;
    let at = 0;
    for (; at < queue.length && left > 0; at++) {
      const bytes = queue[at] as Uint8Array;
      const count = Math.min(left, bytes.length);
      left -= count;
      stream.queuedLength -= count;
      this.length -= count;
      const fin = isEnd && stream.queuedLength === 0;
      if (count === bytes.length) list.push({ streamId: stream.id, bytes, fin });
      else {
        list.push({ streamId: stream.id, bytes: bytes.subarray(0, count), fin: false });
        queue[at] = bytes.subarray(count);
        break;
      }
    }
    if (at === queue.length) stream.queue = null;
    else if (at > 0) queue.splice(0, at);
    if (stream.queuedLength > 0) return false;
    if (isEnd) this.#end(list, stream, at > 0);
    return true;
  }

  /** The message is taken, and its end with it. */
  #end(list: StreamOutput[], stream: H3Stream, isTold: boolean): void {
    if (!isTold) list.push({ streamId: stream.id, bytes: NOTHING, fin: true });
    stream.flags |= H3StreamFlag.SendDone;
    finish(this.#core, stream);
  }
}
