// Both directions of an HTTP/2 connection with everything that is wrong in them, one report for each mistake, and reading
// goes on: what was wrong is taken for what it most likely meant (RFC 9113).

import type { ErrorName, ErrorScope } from "../index.js";
import type { Direction, Draft } from "./events.js";
import { contentDiffers, noteHead } from "./h2-audit-content.js";
import { AuditEnd, WINDOW_MAX } from "./h2-audit-end.js";
import { frameFaults, id, isTooLargeForStream, scopeOf } from "./h2-audit-frames.js";
import { sectionFaults } from "./h2-audit-message.js";
import { orderFaults } from "./h2-audit-order.js";
import { type AuditHalf, AuditStream, AuditStreams, stateFault } from "./h2-audit-streams.js";
import { FLAG, settingsOf, TYPE } from "./h2-frames.js";
import type { H2Judge, H2Plain, PlainSection } from "./h2-plain.js";
import { FRAME_HEADER, type WalkedFrame } from "./h2-walker.js";
import type { BlockField } from "./hpack-reader.js";
import { opposite } from "./protocol-options.js";
import { violation } from "./violation.js";

const AUTHORITIES_MAX = 64;

/** Judges both directions. */
export class H2Audit implements H2Judge {
  readonly #out: { readonly out: Draft[] };
  readonly #ends = { client: new AuditEnd("client"), server: new AuditEnd("server") };
  readonly #streams = new AuditStreams();
  /** The readers, whose limits the other end sets. */
  readonly #plain: { client: H2Plain | null; server: H2Plain | null } = {
    client: null,
    server: null,
  };
  /** Whom requests asked: promises may speak for them (RFC 9113 section 8.4). */
  readonly #authorities = new Set<string>();
  /** Requests are not known: a response may come on any stream. */
  isClientUnknown = true;

  constructor(out: { readonly out: Draft[] }) {
    this.#out = out;
  }

  /** The reader of a direction. */
  attach(plain: H2Plain): void {
    this.#plain[plain.direction] = plain;
    this.#bind(opposite(plain.direction));
  }

  /** Bytes of this direction are missing. */
  lose(direction: Direction): void {
    this.#ends[direction].isLost = true;
    this.#ends[direction].openBlock = 0;
    this.#bind(direction);
    if (direction === "client") this.isClientUnknown = true;
  }

  /** Stream 1 is the request of an upgrade from HTTP/1.1; it is complete. */
  openUpgraded(isHead: boolean): void {
    const stream = this.#open(1, "client");
    stream.client.hasHead = true;
    stream.client.hasEnded = true;
    stream.isHead = isHead;
  }

  /** What an end announced binds the reader of the other direction. */
  #bind(direction: Direction): void {
    const plain = this.#plain[opposite(direction)];
    if (plain === null) return;
    const end = this.#ends[direction];
    plain.frameMax = end.frameSize;
    plain.fields.setLimit(end.largestTableSize);
  }

  #report(
    direction: Direction,
    code: ErrorName,
    offset: number,
    streamId: number | null,
    scope?: ErrorScope,
  ): void {
    const of = streamId === 0 ? null : streamId;
    this.#out.out.push(violation("h2", direction, offset, code, of, scope));
  }

  onPreface(direction: Direction, offset: number): void {
    this.#report(direction, "H2_PREFACE_INVALID", offset, null);
  }

  onFrame(direction: Direction, frame: WalkedFrame, payload: Uint8Array): void {
    if (direction === "client") this.isClientUnknown = this.#ends.client.isLost;
    const { offset, streamId } = frame;
    const report = (code: ErrorName, scope?: ErrorScope) =>
      this.#report(direction, code, offset, streamId, scope);
    for (const code of orderFaults(this.#ends[direction], frame)) report(code);
    const other = this.#ends[opposite(direction)];
    if (frame.length > other.frameSize)
      report("H2_FRAME_TOO_LARGE", isTooLargeForStream(frame) ? "stream" : "connection");
    const faults = frameFaults(frame, payload);
    for (const code of faults) report(code, scopeOf(code, frame));
    if (!faults.includes("H2_FRAME_LENGTH_INVALID")) this.#meaning(direction, frame, payload);
    else if (frame.type === TYPE.DATA) this.#data(direction, frame, 0);
  }

  #meaning(direction: Direction, frame: WalkedFrame, payload: Uint8Array): void {
    const { type, flags, streamId, offset } = frame;
    switch (type) {
      case TYPE.DATA:
        return this.#data(
          direction,
          frame,
          (flags & FLAG.PADDED) === 0 ? 0 : (payload[0] ?? 0) + 1,
        );
      case TYPE.HEADERS:
        return this.#headers(direction, frame);
      case TYPE.RST_STREAM:
        return this.#reset(direction, frame);
      case TYPE.SETTINGS:
        return this.#settings(direction, frame, payload);
      case TYPE.PUSH_PROMISE:
        return this.#promise(direction, frame, id(payload, (flags & FLAG.PADDED) === 0 ? 0 : 1));
      case TYPE.GOAWAY: {
        const end = this.#ends[direction];
        const last = id(payload, 0);
        if (last > end.lastStreamId) this.#report(direction, "H2_GOAWAY_RAISED", offset, null);
        end.lastStreamId = Math.min(end.lastStreamId, last);
        return;
      }
      case TYPE.WINDOW_UPDATE:
        return this.#windowUpdate(direction, frame, id(payload, 0));
      case TYPE.PRIORITY_UPDATE: {
        const prioritized = id(payload, 0);
        const isIdlePush = prioritized % 2 === 0 && prioritized > this.#ends.server.lastOpened;
        if (prioritized > 0 && (direction === "server" || isIdlePush) && streamId === 0)
          this.#report(direction, "H2_PRIORITY_UPDATE_INVALID", offset, null);
        return;
      }
    }
  }

  /** A stream that is not known. null: there is nothing to do for this frame. */
  #unknown(direction: Direction, { type, streamId, offset }: WalkedFrame): AuditStream | null {
    if (streamId === 0) return null;
    const opener: Direction = streamId % 2 === 1 ? "client" : "server";
    const isIdle = streamId > this.#ends[opener].lastOpened;
    const isGuess = opener === "client" && direction === "server" && this.isClientUnknown;
    if (isGuess || this.#ends[opener].isLost) return this.#open(streamId, opener);
    const report = (code: ErrorName, scope: ErrorScope) =>
      this.#report(direction, code, offset, streamId, scope);
    if (type === TYPE.HEADERS) {
      const isNew = isIdle && direction === "client" && opener === "client";
      // A stream that nobody remembers, of the other end: it was reset, or is long over.
      if (!isNew && (isIdle || opener === direction)) report("H2_STREAM_ID_INVALID", "connection");
      return this.#open(streamId, opener);
    }
    if (isIdle) report("H2_STREAM_IDLE", "connection");
    else if (type === TYPE.DATA && opener === direction) report("H2_STREAM_CLOSED", "stream");
    return null;
  }

  #open(streamId: number, opener: Direction): AuditStream {
    const end = this.#ends[opener];
    const stream = new AuditStream(streamId, opener, false);
    this.#streams.add(stream);
    end.lastOpened = Math.max(end.lastOpened, streamId);
    end.active++;
    return stream;
  }

  /** The stream of a frame that may be sent there; null: it was reported, or is to be ignored. */
  #streamFor(direction: Direction, frame: WalkedFrame): AuditStream | null {
    const stream = this.#streams.get(frame.streamId);
    if (stream === undefined) return this.#unknown(direction, frame);
    const fault = stateFault(stream, direction, frame.type);
    if (fault === null) return stream;
    if (fault !== "ignored")
      this.#report(direction, fault.code, frame.offset, frame.streamId, fault.scope);
    return null;
  }

  #headers(direction: Direction, frame: WalkedFrame): void {
    const isNew = this.#streams.get(frame.streamId) === undefined;
    const stream = this.#streamFor(direction, frame);
    if (stream === null) return;
    const { opener } = stream;
    const wasReserved = stream.isReserved;
    if (wasReserved) {
      stream.isReserved = false;
      this.#ends.server.active++;
    }
    const { streamLimit } = this.#ends[opposite(opener)];
    const begins = (isNew || wasReserved) && opener === direction;
    if (begins && this.#ends[opener].active > streamLimit)
      this.#report(direction, "H2_STREAM_REFUSED", frame.offset, stream.id);
  }

  #reset(direction: Direction, frame: WalkedFrame): void {
    const stream = this.#streamFor(direction, frame);
    if (stream === null) return;
    stream.half(direction).hasReset = true;
    this.#settle(stream);
  }

  /** Counts a stream that is over no longer. */
  #settle(stream: AuditStream): void {
    if (stream.isClosed || !stream.isOver) return;
    stream.isClosed = true;
    if (!stream.isReserved) this.#ends[stream.opener].active--;
    stream.isReserved = false;
    this.#streams.close(stream);
  }

  #settings(direction: Direction, { flags, offset }: WalkedFrame, payload: Uint8Array): void {
    const end = this.#ends[direction];
    if ((flags & FLAG.ACK) !== 0) {
      const other = this.#ends[opposite(direction)];
      other.acknowledged();
      this.#bind(opposite(direction));
      // What is in force now may be less than what was under way.
      if (other.binds) this.#plain[direction]?.fields.setLimit(other.tableSize);
      return;
    }
    const settings = settingsOf(payload);
    for (const [i, [setting, value]] of settings.entries()) {
      const code = end.settingFault(setting, value);
      if (code !== null) this.#report(direction, code, offset + FRAME_HEADER + 6 * i, null);
    }
    end.announce(settings);
    this.#overflow(direction, offset, settings);
    this.#bind(direction);
  }

  /** A larger initial window may push windows of streams over the top (RFC 9113 section 6.9.2). */
  #overflow(
    direction: Direction,
    offset: number,
    settings: readonly (readonly [number, number])[],
  ): void {
    let window = -1;
    for (const [setting, value] of settings)
      if (setting === 4 && value <= WINDOW_MAX) window = Math.max(window, value);
    if (window < 0 || !this.#ends[direction].binds) return;
    for (const stream of this.#streams.values()) {
      if (stream.isClosed) continue;
      if (window + stream.half(opposite(direction)).credit <= WINDOW_MAX) continue;
      return this.#report(direction, "H2_SETTING_WINDOW_OVERFLOW", offset, null);
    }
  }

  #windowUpdate(direction: Direction, frame: WalkedFrame, increment: number): void {
    const { streamId, offset } = frame;
    const other = this.#ends[opposite(direction)];
    const counts = this.#ends[direction].binds && other.hasBegun && !other.isLost;
    if (streamId === 0) {
      other.window += increment;
      if (other.window <= WINDOW_MAX) return;
      if (counts) this.#report(direction, "H2_CONNECTION_WINDOW_OVERFLOW", offset, null);
      other.window = WINDOW_MAX;
      return;
    }
    const half = this.#streamFor(direction, frame)?.half(opposite(direction));
    if (half === undefined) return;
    half.credit += increment;
    const most = WINDOW_MAX - this.#ends[direction].initialWindow;
    if (half.credit <= most) return;
    if (counts) this.#report(direction, "H2_STREAM_WINDOW_OVERFLOW", offset, streamId);
    half.credit = most;
  }

  #promise(direction: Direction, frame: WalkedFrame, promised: number): void {
    const { offset, streamId } = frame;
    const { server, client } = this.#ends;
    if (direction === "client" || (client.binds && !client.takesPush))
      this.#report(direction, "H2_PUSH_FORBIDDEN", offset, streamId, "connection");
    else if (streamId % 2 === 0 && streamId !== 0)
      this.#report(direction, "H2_STREAM_STATE_INVALID", offset, streamId);
    else this.#streamFor(direction, frame);
    if (promised <= 0 || promised % 2 !== 0) return; // said by its own rule
    if (promised <= server.lastOpened && !server.isLost)
      this.#report(direction, "H2_PROMISED_ID_INVALID", offset, streamId, "connection");
    server.lastOpened = Math.max(server.lastOpened, promised);
    if (this.#streams.get(promised) === undefined && direction === "server")
      this.#streams.add(new AuditStream(promised, "server", true));
  }

  /** Flow control counts the whole payload; `overhead` of it is no content. */
  #data(direction: Direction, frame: WalkedFrame, overhead: number): void {
    const { length, offset, streamId } = frame;
    const end = this.#ends[direction];
    const other = this.#ends[opposite(direction)];
    end.window -= length;
    if (end.window < 0 && length > 0) {
      if (other.binds) this.#report(direction, "H2_CONNECTION_WINDOW_EXCEEDED", offset, null);
      end.window = other.binds ? 0 : end.window;
    }
    const stream = this.#streamFor(direction, frame);
    if (stream === null) return;
    const half = stream.half(direction);
    half.credit -= length;
    const window = other.initialWindow + half.credit;
    if (window < 0 && length > 0 && other.binds) {
      this.#report(direction, "H2_STREAM_WINDOW_EXCEEDED", offset, streamId);
      half.credit = -other.initialWindow;
    }
    const isKnown = !end.isLost && !(direction === "server" && this.isClientUnknown);
    if ((!half.hasHead && isKnown) || half.hasTrailers)
      this.#report(direction, "H2_MESSAGE_ORDER", offset, streamId);
    half.received += Math.max(0, length - overhead);
    this.#content(direction, half, offset, streamId, (frame.flags & FLAG.END_STREAM) !== 0);
  }

  onSection(direction: Direction, section: PlainSection): void {
    const { frame, faults, fields, kind } = section;
    const { streamId, offset } = frame;
    for (const { code, at } of faults)
      this.#report(direction, code, section.placeOf(at), streamId, "connection");
    const isRequest = kind === "push" || direction === "client";
    const { offersConnect } = this.#ends.server;
    for (const fault of sectionFaults(fields, { kind, isRequest, offersConnect })) {
      if (fault.at < 0 && section.isPartial) continue; // it may be among what is missing
      const place = fault.at < 0 ? offset : section.placeOf(fault.at);
      this.#report(direction, fault.code, place, streamId, "stream");
    }
    if (kind === "push") this.#promised(direction, section);
    const stream = this.#streams.get(streamId);
    if (stream !== undefined && kind !== "push") this.#message(direction, stream, section);
  }

  /** The server answers for what it was asked, and for nobody else. */
  #promised(direction: Direction, { fields, frame }: PlainSection): void {
    const authority = fields.find(({ name }) => name === ":authority")?.value;
    const isKnown = !this.isClientUnknown && this.#authorities.size <= AUTHORITIES_MAX;
    if (authority === undefined || !isKnown || this.#authorities.has(authority.toLowerCase()))
      return;
    this.#report(direction, "H2_PUSH_INVALID", frame.offset, frame.streamId, "stream");
  }

  #message(direction: Direction, stream: AuditStream, section: PlainSection): void {
    const { frame, kind, fields } = section;
    const half = stream.half(direction);
    const isEnd = (frame.flags & FLAG.END_STREAM) !== 0;
    const report = (code: ErrorName) => this.#report(direction, code, frame.offset, stream.id);
    if (kind === "informational") {
      if (isEnd) report("H2_INFORMATIONAL_END");
      return;
    }
    if (kind === "trailers") {
      const isTunnel = direction === "client" ? stream.isConnect : half.isTunnel;
      if (!isEnd || isTunnel || half.hasTrailers) report("H2_MESSAGE_ORDER");
      half.hasTrailers = true;
    } else {
      noteHead(stream, direction, fields, this.isClientUnknown);
      if (direction === "client") this.#noteAuthority(fields);
    }
    this.#content(direction, half, frame.offset, stream.id, isEnd);
  }

  #noteAuthority(fields: readonly BlockField[]): void {
    const value = (name: string) => fields.find((field) => field.name === name)?.value ?? "";
    if (this.#authorities.size <= AUTHORITIES_MAX)
      this.#authorities.add((value(":authority") || value("host")).toLowerCase());
  }

  #content(
    direction: Direction,
    half: AuditHalf,
    offset: number,
    streamId: number,
    isEnd: boolean,
  ): void {
    if (!this.#ends[direction].isLost && contentDiffers(half, isEnd))
      this.#report(direction, "H2_CONTENT_LENGTH_MISMATCH", offset, streamId);
  }

  onFrameEnd(direction: Direction, { type, flags, streamId }: WalkedFrame): void {
    const isMessage = type === TYPE.DATA || type === TYPE.HEADERS;
    if (!isMessage || (flags & FLAG.END_STREAM) === 0) return;
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return;
    stream.half(direction).hasEnded = true;
    this.#settle(stream);
  }

  onEnd(direction: Direction, offset: number, isInside: boolean): void {
    if (this.#ends[direction].isLost) return;
    let isOpen = isInside;
    for (const stream of this.#streams.values()) {
      const half = stream.half(direction);
      const owes = stream.opener === direction ? true : !this.isClientUnknown || half.hasHead;
      if (!stream.isOver && !half.hasEnded && owes && !this.#isIdleFor(direction, stream))
        isOpen = true;
    }
    if (isOpen) this.#report(direction, "H2_CONNECTION_INCOMPLETE", offset, null);
  }

  /** Clients owe nothing on promised streams. */
  #isIdleFor(direction: Direction, stream: AuditStream): boolean {
    return direction === "client" && stream.opener === "server";
  }
}
