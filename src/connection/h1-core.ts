// The state of one HTTP/1.1 connection and its receiving half: what the codec finds becomes events, in the
// light of what the connection knows (exchanges under way, persistence, upgrades). RFC 9112 sections 8, 9.
//
// Peer bytes never throw; an error is the last event; after it nothing is parsed.
// Rules: H1-110, H1-111, H1-112, H1-113, H1-115, H1-117, H1-118.

import { ErrorCode } from "../abi/error-code.js";
import { Leniency } from "../abi/leniency.js";
import { ContextFlag } from "../abi/memory.js";
import { BodyFraming, HeadFlag } from "../abi/tape.js";
import { H1Parser, type H1Sink } from "../codec/h1.js";
import type { HeadView, TrailersView } from "../codec/h1-head.js";
import { ProtocolError, UsageError } from "../errors.js";
import type { ConnectionEvent, ConnectionState, Handler } from "../events.js";
import { leniencyName } from "../leniency.js";
import { H1Emitter } from "./h1-emitter.js";
import { Exchange, Kind, Stage } from "./h1-exchange.js";
import { endInput, isDone, stateOf } from "./h1-lifecycle.js";
import type { H1Settings } from "./h1-options.js";
import { H1Output } from "./h1-output.js";
import { Flag, joined, prefaceBytes, Rare } from "./h1-state.js";

const NO_BYTES = new Uint8Array(0);

/** One connection, either role. */
export class H1Core extends H1Emitter implements H1Sink {
  readonly settings: H1Settings;
  readonly parser: H1Parser;
  readonly output = new H1Output();
  flags = 0;
  nextId = 1;
  /** Client: requests without a complete response, in order. Server: null. */
  readonly awaiting: Exchange[] | null;
  /** The exchange whose message is being received. */
  reading: Exchange | null = null;
  #rare: Rare | null = null;

  constructor(settings: H1Settings) {
    super();
    this.settings = settings;
    this.parser = new H1Parser();
    this.awaiting = settings.isClient ? [] : null;
  }

  /** What few connections need; made when it is needed. */
  get rare(): Rare {
    this.#rare ??= new Rare();
    return this.#rare;
  }

  get held(): Uint8Array | null {
    return this.#rare === null ? null : this.#rare.held;
  }

  /** An error waits to be answered. */
  get isFailing(): boolean {
    return this.#rare !== null && this.#rare.failing !== null;
  }

  has(flag: Flag): boolean {
    return (this.flags & flag) !== 0;
  }

  /** Bytes that came while reading should pause. */
  get heldAmount(): number {
    return this.held?.length ?? 0;
  }

  get state(): ConnectionState {
    return stateOf(this);
  }

  get config(): Uint32Array {
    return this.settings.config;
  }

  get budget(): number {
    if (this.has(Flag.Tunnel | Flag.Undecided)) return 0;
    const { reading } = this;
    if (this.awaiting !== null) return this.has(Flag.Last) && reading === null ? 0 : 1;
    // A request that closes or asks to switch is the last one that may be parsed now.
    if (this.has(Flag.Last)) return reading === null && this.parser.isBetween ? 0 : 1;
    if (reading !== null && (reading.flags & (HeadFlag.Upgrade | HeadFlag.Connect)) !== 0) return 1;
    const slots = this.settings.limits.pipelineCount - this.output.queue.length;
    // A message under way may end whatever waits.
    return slots > 0 ? slots : this.parser.isBetween ? 0 : 1;
  }

  get context(): number {
    if (this.awaiting === null) return 0;
    const next = this.awaiting[0];
    let context = ContextFlag.Response;
    if (next === undefined) context |= ContextFlag.NoneExpected;
    else if ((next.flags & HeadFlag.Head) !== 0) context |= ContextFlag.ToHead;
    else if ((next.flags & HeadFlag.Connect) !== 0) context |= ContextFlag.ToConnect;
    return context;
  }

  /** Bytes from the peer. */
  receive(bytes: Uint8Array, handler: Handler | undefined): ConnectionEvent[] {
    if (!(bytes instanceof Uint8Array))
      throw new UsageError("BYTES_INVALID", "receive takes a Uint8Array");
    const events = this.openEvents(handler);
    try {
      this.#receive(bytes);
    } finally {
      this.#shut();
    }
    return events;
  }

  #shut(): void {
    this.closeEvents();
    if (this.flags !== 0 || this.output.isClosed) this.settle();
  }

  #receive(bytes: Uint8Array): void {
    let input = bytes;
    let at = 0;
    const wasHeld = this.held !== null;
    if (this.flags === 0 && this.held === null && !this.output.isClosed) {
      at = this.parser.parse(bytes, 0, this); // nothing special is going on
    } else {
      if (this.has(Flag.WantsRoom)) this.#reportRoom();
      if (this.has(Flag.Failed) || (this.has(Flag.Closed) && !this.has(Flag.Last))) return;
      if (bytes.length !== 0 && this.has(Flag.Ended)) return;
      if (this.held !== null) {
        input = joined(this.held, bytes);
        this.rare.held = null;
      }
    }
    while (at < input.length && !this.has(Flag.Failed)) {
      if (this.has(Flag.Tunnel | Flag.Preface)) {
        this.parser.skip(input.length - at);
        this.#onTunnel(at === 0 ? input : input.subarray(at));
        return;
      }
      if (this.#isBehindLast()) {
        this.#onBehindLast(input, at);
        return;
      }
      const next = this.parser.parse(input, at, this);
      if (next === at) break;
      at = next;
    }
    if (this.has(Flag.Failed)) return;
    if (at < input.length) this.#hold(input, at, bytes);
    else if (wasHeld && this.has(Flag.Ended)) endInput(this); // the end stood behind the held bytes
  }

  /** Whether the connection's last message was received, or we have decided so. */
  #isBehindLast(): boolean {
    if (this.has(Flag.Undecided) || this.reading !== null || !this.parser.isBetween) return false;
    if (this.has(Flag.Last)) return true;
    return this.awaiting === null && (this.output.isClosed || this.has(Flag.Closing));
  }

  /**
   * Bytes behind the last message. Empty lines are nothing; what the peer sends behind its own "close" is flagged
   * (RFC 9112 section 9.6, H1-119); behind ours it could not know, and the bytes are dropped.
   */
  #onBehindLast(input: Uint8Array, from: number): void {
    const base = this.parser.received - from;
    this.parser.skip(input.length - from);
    if (!this.has(Flag.Last) || this.has(Flag.Dropping)) return;
    for (let at = from; at < input.length; at++) {
      if (input[at] === 0x0d || input[at] === 0x0a) continue;
      if (!this.settings.dropsAfterClose)
        return this.onError(ErrorCode.H1_DATA_AFTER_CLOSE, base + at);
      this.flags |= Flag.Dropping; // and reported once
      return this.onLeniency(Leniency.DataAfterClose, base + at);
    }
  }

  /** Keeps what may not be parsed yet: a copy, because the chunk is the caller's. */
  #hold(input: Uint8Array, at: number, bytes: Uint8Array): void {
    const length = input.length - at;
    if (length > this.settings.limits.heldLength) {
      this.onError(
        ErrorCode.H1_HELD_TOO_LARGE,
        this.parser.received + this.settings.limits.heldLength,
      );
      return;
    }
    // What was joined is ours already.
    this.rare.held = input === bytes ? input.slice(at) : input.subarray(at);
  }

  /** The peer closed its side (RFC 9112 section 8). */
  receiveEnd(): ConnectionEvent[] {
    const events = this.openEvents(undefined);
    try {
      this.#receiveEnd();
    } finally {
      this.#shut();
    }
    return events;
  }

  #receiveEnd(): void {
    if (this.has(Flag.Failed | Flag.Ended)) return;
    if (!this.has(Flag.Closed)) this.#receive(NO_BYTES);
    const isOver = this.has(Flag.Failed | Flag.Closed);
    this.flags |= Flag.Ended;
    if (isOver) return;
    if (!this.has(Flag.Tunnel | Flag.Preface) && this.held === null) endInput(this);
  }

  onHead(
    view: HeadView,
    flags: number,
    framing: number,
    contentLength: number,
    offset: number,
  ): void {
    if (this.awaiting === null) this.#onRequest(view, flags, framing);
    else if (!this.#onResponse(view, flags, framing, offset)) return;
    const limit = this.settings.limits.bodyLength;
    if (limit === Number.POSITIVE_INFINITY) return;
    this.rare.bodyLeft = limit;
    if (framing === BodyFraming.Length && contentLength > limit && !this.has(Flag.Failed)) {
      this.onError(ErrorCode.H1_BODY_TOO_LARGE, offset);
    }
  }

  #onRequest(view: HeadView, flags: number, framing: number): void {
    const exchange = new Exchange(this.nextId++, flags);
    exchange.framing = framing;
    this.output.add(exchange);
    this.reading = exchange;
    if ((flags & HeadFlag.Persistent) === 0) this.flags |= Flag.Last;
    this.emitHead(exchange.id, view);
  }

  /** False: nothing more of this head is to be done. */
  #onResponse(view: HeadView, flags: number, framing: number, offset: number): boolean {
    const exchange = (this.awaiting as Exchange[])[0] as Exchange;
    const { status } = view;
    if (status < 200) return this.#onInformational(view, flags, exchange, offset);
    exchange.framing = framing;
    this.reading = exchange;
    if ((flags & HeadFlag.Persistent) === 0 || (exchange.flags & HeadFlag.Persistent) === 0)
      this.flags |= Flag.Last;
    this.emitHead(exchange.id, view);
    if (framing === BodyFraming.Tunnel) {
      this.onEnd();
      this.#startTunnel(exchange);
    }
    return true;
  }

  /** 1xx (H1-132). 101 switches, if it says to what (H1-128). */
  #onInformational(view: HeadView, flags: number, exchange: Exchange, offset: number): boolean {
    const switches = view.status === 101;
    if (switches && (flags & HeadFlag.UpgradeField) === 0) {
      this.onError(ErrorCode.H1_UPGRADE_MISSING, offset);
      return false;
    }
    this.emitInformational(exchange.id, view);
    if (switches) {
      this.awaiting?.shift();
      this.#startTunnel(exchange);
    }
    return false;
  }

  /** Client: the response switches. Its request is over, and the tunnel goes on in its place. */
  #startTunnel(exchange: Exchange): void {
    this.switchToTunnel(exchange);
    if (this.output.queue[0] !== exchange) this.output.addFirst(exchange);
  }

  /** Bytes pass through from here on. */
  switchToTunnel(exchange: Exchange): void {
    this.flags = (this.flags | Flag.Tunnel) & ~(Flag.Undecided | Flag.Last);
    this.rare.tunnelId = exchange.id;
    exchange.kind = Kind.Tunnel;
    exchange.stage = Stage.Open;
  }

  get wantsData(): boolean {
    return this.hasDataReader || this.settings.limits.bodyLength !== Number.POSITIVE_INFINITY;
  }

  onData(bytes: Uint8Array, offset: number): void {
    const id = this.#readingId;
    if (this.settings.limits.bodyLength !== Number.POSITIVE_INFINITY) {
      const { rare } = this;
      if (bytes.length > rare.bodyLeft) {
        const allowed = rare.bodyLeft;
        if (allowed > 0) this.onData(bytes.subarray(0, allowed), offset);
        this.onError(ErrorCode.H1_BODY_TOO_LARGE, offset + allowed);
        return;
      }
      rare.bodyLeft -= bytes.length;
    }
    this.emitData(id, bytes, offset);
  }

  onTrailers(view: TrailersView): void {
    this.emitTrailers(this.#readingId, view);
  }

  onEnd(): void {
    const exchange = this.reading as Exchange;
    this.reading = null;
    exchange.isReceived = true;
    if (this.awaiting !== null) this.awaiting.shift();
    else if (
      (exchange.flags & (HeadFlag.Upgrade | HeadFlag.Connect)) !== 0 &&
      exchange.stage === Stage.Waiting
    ) {
      this.flags |= Flag.Undecided;
    }
    this.emitEnd(exchange.id);
  }

  onChunk(size: number, extensions: string): void {
    this.emitChunk(this.#readingId, size, extensions);
  }

  onLeniency(bit: number, offset: number): void {
    const id = this.reading?.id ?? this.awaiting?.[0]?.id ?? this.nextId;
    this.emitLeniency(id, leniencyName(bit), offset);
  }

  /** The preface counts at the very start of the connection only (RFC 9113 section 3.4, H1-017). */
  onPreface(offset: number, rest: Uint8Array): void {
    if (offset !== 0 || !this.settings.handsOverPreface) {
      this.onError(
        offset === 0 ? ErrorCode.H1_HTTP2_PREFACE : ErrorCode.H1_PREFACE_INVALID,
        offset,
      );
      return;
    }
    const bytes = joined(prefaceBytes(), rest);
    this.flags |= Flag.Preface;
    this.parser.skip(rest.length);
    this.parser.release();
    this.emitPreface(bytes);
  }

  #onTunnel(bytes: Uint8Array): void {
    const id = this.has(Flag.Preface) ? 0 : this.rare.tunnelId;
    this.emitTunnel(id, bytes);
  }

  /** A peer's mistake: the last event. */
  onError(code: ErrorCode, offset: number): void {
    const id = this.reading?.id ?? this.awaiting?.[0]?.id ?? null;
    const error = new ProtocolError(code, offset, id);
    this.rare.error = error;
    if (this.awaiting === null && error.status !== null && this.settings.respondToErrors) {
      this.rare.failing = this.reading ?? this.#refused();
    }
    this.flags = (this.flags | Flag.Failed) & ~Flag.Undecided;
    this.parser.release();
    this.rare.held = null;
    this.emitError(error);
  }

  /** An exchange for a request that never became one: its answer has a turn like any other. */
  #refused(): Exchange | null {
    if (this.has(Flag.Tunnel | Flag.Preface) || (this.has(Flag.Last) && this.reading === null))
      return null;
    const exchange = new Exchange(this.nextId++, 0);
    this.output.add(exchange);
    return exchange;
  }

  get #readingId(): number {
    return this.reading?.id ?? 0;
  }

  /** Room again: one writable event for each exchange that was told to stop. */
  #reportRoom(): void {
    if (this.output.length >= this.settings.limits.sendBufferLength) return;
    this.flags &= ~Flag.WantsRoom;
    for (const exchange of [...this.output.queue]) {
      if (!exchange.wantsRoom) continue;
      exchange.wantsRoom = false;
      this.emitWritable(exchange.id);
    }
  }

  /** Is everything done? Then the place in the engine is free for others. */
  settle(): void {
    if (this.has(Flag.Failed | Flag.Closed | Flag.Preface)) return;
    if (!isDone(this)) return;
    this.flags |= Flag.Closed;
    if (this.#rare !== null) this.#rare.held = null;
    this.parser.release();
  }
}
