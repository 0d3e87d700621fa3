// One direction of a request stream, or a push: frames, sections, content (RFC 9114 section 4). A section whose insertions
// are not here holds up what stands behind it on its stream.

import type { Direction, InspectFields } from "./events.js";
import { CapsuleWatch } from "./h3-capsules.js";
import type { H3Context } from "./h3-context.js";
import { type Fault, faultOf } from "./h3-errors.js";
import {
  type FrameSink,
  type FrameStart,
  type FrameUse,
  FrameWalker,
  HeldBytes,
} from "./h3-frames.js";
import { isInformational, MessageJudge } from "./h3-message-judge.js";
import { sizeOfVarint, streamNumber, type Varint, varintAt } from "./h3-numbers.js";
import { type RequestInfo, requestOf, UNKNOWN_REQUEST } from "./h3-probe.js";
import { StreamDrafts } from "./h3-stream-drafts.js";
import { Frame, wireFields } from "./h3-wire-names.js";
import { fieldLengthOf, KEPT_MAX, pairsOf } from "./protocol-options.js";

/** Payloads of sections and of other frames that are collected; longer ones are passed over. */
const SECTION_MAX = 393_216;
const PAYLOAD_MAX = 16_384;
/** Bytes that wait behind a section, and authorities of requests that are remembered. */
const HELD_MAX = 1024 * 1024;
const AUTHORITIES_MAX = 256;

/** What both directions of a stream know. */
export interface Exchange {
  readonly streamId: Varint;
  /** null: the head of the request was not seen. */
  request: RequestInfo | null;
  /** A stream of a WebTransport session: no frames. */
  isSession: boolean;
}

/** Reads messages. */
export class MessageReader implements FrameSink {
  /** Nothing is read any more. */
  isOver = false;
  /** The direction ended, or was reset. */
  isEnded = false;
  readonly #context: H3Context;
  readonly #direction: Direction;
  readonly #exchange: Exchange;
  readonly #drafts: StreamDrafts;
  readonly #isPush: boolean;
  readonly #frames: FrameWalker;
  #judge: MessageJudge | null = null;
  #isJudged = true;
  #hasHead = false;
  #waiting: SectionAt | null = null;
  readonly #held = new HeldBytes();
  #isEndHeld = false;
  /** DATA under way: octets so far, and what is kept of them. */
  #dataLength = 0;
  #kept: HeldBytes | null = null;
  #dataAt = 0;
  #capsules: CapsuleWatch | null = null;

  constructor(context: H3Context, direction: Direction, exchange: Exchange, pushOffset = -1) {
    this.#context = context;
    this.#direction = direction;
    this.#exchange = exchange;
    this.#drafts = new StreamDrafts(context, direction, exchange.streamId);
    this.#isPush = pushOffset >= 0;
    this.#frames = new FrameWalker(this, Math.max(0, pushOffset));
  }

  receive(bytes: Uint8Array, fin: boolean): void {
    this.isEnded ||= fin;
    if (this.isOver) return;
    if (this.#exchange.isSession) return this.#sessionData(bytes, 0, fin);
    if (this.#waiting !== null) {
      if (this.#held.length + bytes.length <= HELD_MAX) {
        this.#held.append(bytes);
        this.#isEndHeld ||= fin;
        return;
      }
      this.giveUp();
    }
    this.#read(bytes, fin);
  }

  /** The section that waited is decoded. */
  resume(fields: readonly string[]): void {
    const waiting = this.#waiting;
    if (waiting === null || this.isOver) return;
    this.#waiting = null;
    this.#onFields(waiting, fields);
    this.#readHeld();
  }

  /** The section that waits will not be opened: what stands behind it is read without it. */
  giveUp(): void {
    if (this.#waiting === null || this.isOver) return;
    this.#context.side(this.#direction).qpack.cancel(streamNumber(this.#exchange.streamId));
    this.#onLost();
    this.#readHeld();
  }

  reset(code: Varint): void {
    this.isEnded = true;
    if (this.isOver) return;
    this.giveUp();
    if (this.isOver) return;
    this.flush();
    this.#drafts.emit({ event: "reset", offset: this.#frames.offset, code });
    this.#finish();
  }

  /** Bytes are missing. */
  gap(length: number): void {
    if (this.isOver || this.#exchange.isSession) return;
    this.giveUp();
    this.#stopJudging();
    if (this.#frames.skip(length)) return;
    this.flush();
    this.#finish();
  }

  /** What there is of DATA under way. */
  flush(): void {
    const { frame } = this.#frames;
    if (frame?.type !== Frame.Data) return;
    this.#emitData(frame);
  }

  /** Both the stream and what is read of it are over. */
  get isDone(): boolean {
    return this.isEnded && this.isOver;
  }

  /** Nothing more comes in this input. */
  stop(): void {
    this.giveUp();
    if (!this.isOver) this.flush();
    this.#finish();
  }

  #read(bytes: Uint8Array, fin: boolean): void {
    const at = this.#frames.read(bytes, 0);
    if (this.isOver) return;
    if (this.#exchange.isSession) return this.#sessionData(bytes, at, fin);
    if (this.#waiting !== null) {
      this.#held.append(bytes.subarray(at));
      this.#isEndHeld = fin;
    } else if (fin) this.#end();
  }

  #readHeld(): void {
    const bytes = this.#held.take();
    const fin = this.#isEndHeld;
    this.#isEndHeld = false;
    if (!this.isOver) this.#read(bytes, fin);
  }

  #sessionData(bytes: Uint8Array, from: number, fin: boolean): void {
    const length = bytes.length - from;
    if (length > 0) this.#drafts.emit({ event: "data", offset: this.#frames.offset, length });
    this.#frames.offset += length;
    if (!fin) return;
    this.#drafts.emit({ event: "end", offset: this.#frames.offset });
    this.#finish();
  }

  #end(): void {
    const { offset, isBetweenFrames } = this.#frames;
    this.flush();
    let faults: Fault[] = [];
    const judge = this.#open();
    const type = this.#frames.frame?.type;
    // The judge has not heard of a section that is cut, nor of a header that is: it may still pass over the frame before.
    const isNew = type === undefined || type === Frame.Headers || type === Frame.PushPromise;
    if (judge !== null && !isBetweenFrames && type !== Frame.Data) {
      const partial = this.#frames.takePartial();
      faults = isNew ? judge.start(partial, offset) : judge.piece(partial, offset, false);
    }
    if (this.#report(faults)) return;
    if (this.#report(judge?.end(offset) ?? [])) return;
    this.#drafts.emit({ event: "end", offset });
    this.#finish();
  }

  onFrameStart(frame: FrameStart): FrameUse {
    const { type, length, offset, header } = frame;
    if (type === Frame.WtStream && offset === 0 && !this.#isPush && this.#context.mayHaveSessions) {
      this.#beginSession(frame);
      return "pieces";
    }
    const hasSection = type === Frame.Headers || type === Frame.PushPromise;
    if (hasSection && length <= SECTION_MAX) return "whole";
    if (type === Frame.Data) this.#beginData(frame);
    const faults = this.#open()?.start(header, offset) ?? [];
    if (faults.length > 0 && !this.#context.isLenient) this.#drafts.frame(frame, {}, header);
    this.#report(faults);
    return type !== Frame.Data && length <= PAYLOAD_MAX ? "whole" : "pieces";
  }

  onPiece(bytes: Uint8Array, frame: FrameStart): void {
    if (this.isOver || this.#exchange.isSession) return;
    const isData = frame.type === Frame.Data;
    const at = this.#frames.offset - bytes.length;
    if (isData) {
      this.#dataLength += bytes.length;
      const kept = this.#kept;
      if (kept !== null && kept.length < KEPT_MAX)
        kept.append(bytes.subarray(0, KEPT_MAX - kept.length));
      if (CapsuleWatch.isFor(this.#exchange.request)) {
        this.#capsules ??= new CapsuleWatch(this.#drafts);
        this.#capsules.receive(bytes);
      }
    }
    this.#report(this.#open()?.piece(bytes, at, isData) ?? []);
  }

  onFrameEnd(frame: FrameStart, payload: Uint8Array | null): boolean {
    if (this.isOver || this.#exchange.isSession) return true;
    const { type, offset, header } = frame;
    if (type === Frame.Data) this.#emitData(frame);
    else if (payload === null) this.#drafts.frame(frame, { payload: null }, header);
    else if (type === Frame.Headers) return this.#onSection(frame, payload, -1, 0);
    else if (type === Frame.PushPromise) return this.#onPromise(frame, payload);
    else {
      this.#drafts.frame(frame, wireFields(type, payload), header, payload);
      this.#report(this.#open()?.piece(payload, offset + header.length, false) ?? []);
    }
    return true;
  }

  #beginData({ offset, header }: FrameStart): void {
    this.#dataLength = 0;
    this.#dataAt = offset + header.length;
    this.#kept = this.#context.keepBytes ? new HeldBytes() : null;
    this.#kept?.append(header);
  }

  #emitData(frame: FrameStart): void {
    const kept = this.#kept?.take();
    this.#drafts.frame(frame, {}, kept ?? frame.header);
    if (this.#dataLength === 0) return;
    this.#drafts.emit({ event: "data", offset: this.#dataAt, length: this.#dataLength });
    this.#dataLength = 0;
  }

  #beginSession({ length: sessionId, header }: FrameStart): void {
    this.#exchange.isSession = true;
    this.#frames.stop();
    const rfc = "draft-ietf-webtrans-http3 section 4.3";
    const fields = { name: "WT_STREAM", length: header.length, rfc, sessionId };
    this.#drafts.emit({ event: "frame", offset: 0, ...fields, ...this.#drafts.kept(header) });
    if (BigInt(sessionId) % 4n !== 0n) this.#report([faultOf("WT_SESSION_ID_INVALID", 0)]);
  }

  #onPromise(frame: FrameStart, payload: Uint8Array): boolean {
    const pushId = varintAt(payload, 0);
    if (pushId === -1) {
      this.#drafts.frame(frame, {}, frame.header, payload);
      const faults = this.#open()?.start(frame.header, frame.offset) ?? [];
      if (this.#report(faults) || faults.length > 0) return true;
      this.#report(this.#open()?.piece(payload, frame.offset, false) ?? []);
      return true;
    }
    return this.#onSection(frame, payload, pushId, sizeOfVarint(payload[0] as number));
  }

  #onSection(frame: FrameStart, payload: Uint8Array, pushId: Varint, prefix: number): boolean {
    const section = payload.subarray(prefix);
    const promised = prefix === 0 ? {} : { pushId };
    const encodedFieldSection = section.slice();
    this.#drafts.frame(frame, { ...promised, encodedFieldSection }, frame.header, payload);
    const { qpack } = this.#context.side(this.#direction);
    const place = {
      type: Number(frame.type),
      offset: frame.offset,
      sectionAt: frame.offset + frame.header.length + prefix,
      pushId,
      prefix: [...payload.subarray(0, prefix)],
      section: encodedFieldSection,
    };
    const decoded = qpack.decode(streamNumber(this.#exchange.streamId), section);
    if (decoded === "lost") this.#onLost();
    else if (decoded === "waits") this.#waiting = place;
    else if ("fields" in decoded) this.#onFields(place, decoded.fields);
    else {
      const { code, scope, offset } = decoded.fault;
      this.#report([{ code, scope, offset: place.sectionAt + offset }]);
      this.#stopJudging();
    }
    return this.#waiting === null;
  }

  /** A section cannot be opened: what it says is not known. */
  #onLost(): void {
    this.#waiting = null;
    this.#hasHead = true;
    this.#stopJudging();
  }

  #onFields(place: SectionAt, fields: readonly string[]): void {
    const { type, offset, pushId, section } = place;
    const event = this.#eventOf(type, fields);
    const judged = this.#judgePromise(place) ?? this.#judgeSection(place, fields);
    if (judged.length === 0 || this.#context.isLenient) {
      const headers = pairsOf(fields);
      const sizes = { wireLength: section.length, fieldLength: fieldLengthOf(fields) };
      const promised = type === Frame.PushPromise ? { pushId } : {};
      this.#drafts.emit({
        event,
        offset,
        headers,
        ...sizes,
        ...promised,
        ...this.#drafts.kept(section),
      });
    }
    if (event === "head") this.#hasHead = true;
    const request = requestOf(fields);
    if (type === Frame.PushPromise) this.#context.promise(pushId, request);
    else if (event === "head" && this.#direction === "client") this.#noteRequest(request);
    this.#report(judged);
  }

  #noteRequest(request: RequestInfo): void {
    this.#exchange.request = request;
    const { authorities } = this.#context;
    if (authorities.size < AUTHORITIES_MAX) authorities.add(request.authority);
  }

  #judgeSection({ type, offset, prefix }: SectionAt, fields: readonly string[]): Fault[] {
    const isPromise = type === Frame.PushPromise;
    const known = isPromise ? this.#asAsked(fields) : fields;
    return this.#open()?.section(type, prefix, known, offset) ?? [];
  }

  /** Promises for whatever this connection was asked for are fine: the judge knows one request. */
  #asAsked(fields: readonly string[]): readonly string[] {
    const { request } = this.#exchange;
    const at = fields.indexOf(":authority");
    const isKnown = request === null || this.#context.authorities.has(fields[at + 1] ?? "");
    if (at < 0 || !isKnown) return fields;
    return fields.with(at + 1, (request ?? UNKNOWN_REQUEST).authority);
  }

  #judgePromise({ type, pushId, offset }: SectionAt): Fault[] | null {
    const { maxPushId, client } = this.#context;
    const isKnown = client.settings !== null && !client.hasGap;
    if (type !== Frame.PushPromise || !isKnown || pushId <= maxPushId) return null;
    return this.#direction === "server" ? [faultOf("H3_PUSH_ID_INVALID", offset)] : null;
  }

  #eventOf(type: number, fields: readonly string[]): InspectFields["event"] {
    if (type === Frame.PushPromise) return "push";
    if (this.#hasHead) return "trailers";
    const isInterim = this.#direction === "server" && isInformational(fields);
    return isInterim ? "informational" : "head";
  }

  #open(): MessageJudge | null {
    if (!this.#isJudged) return null;
    this.#judge ??= new MessageJudge({
      role: this.#direction === "client" ? "server" : "client",
      isLenient: this.#context.isLenient,
      request: this.#exchange.request,
      isPush: this.#isPush,
      pool: this.#context.probes,
    });
    return this.#judge;
  }

  #stopJudging(): void {
    this.#isJudged = false;
    this.#judge?.stop();
    this.#judge = null;
  }

  #report(faults: readonly Fault[]): boolean {
    const isEnd = this.#drafts.report(faults);
    if (isEnd) this.#finish();
    return isEnd;
  }

  #finish(): void {
    this.isOver = true;
    this.#frames.stop();
    this.#stopJudging();
    this.#held.take();
  }
}

interface SectionAt {
  readonly type: number;
  /** Of the frame, and of the section in it. */
  readonly offset: number;
  readonly sectionAt: number;
  readonly pushId: Varint;
  readonly prefix: readonly number[];
  readonly section: Uint8Array;
}
