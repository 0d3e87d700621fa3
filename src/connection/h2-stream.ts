// One HTTP/2 stream: small numbers in one object, because a connection may have many (an open stream stays
// below 400 bytes). What few streams need is null until it is needed.

import { StreamState } from "./h2-stream-state.js";
import type { Schedulable } from "./scheduler.js";

/** Largest stream identifier (RFC 9113 section 5.1.1). */
export const ID_MAX: number = 2 ** 31 - 1;

/** Authorities of requests that a client remembers, for whom promises may speak. */
export const AUTHORITIES_MAX = 64;

export const enum StreamFlag {
  /** The final head of the peer's message was delivered. */
  HeadReceived = 1,
  /** The peer's message is complete, or its trailers were delivered. */
  EndReceived = 2,
  /** Our final head went out. */
  HeadSent = 4,
  /** Our message is complete: nothing more may be queued. */
  EndQueued = 8,
  /** The request was HEAD. */
  Head = 16,
  /** The request was CONNECT, plain or extended. */
  Connect = 32,
  /** DATA is opaque: a CONNECT that was answered with 2xx. */
  Tunnel = 64,
  /** The response has no content by definition (204, 304, to HEAD). */
  NoContent = 128,
  /** sendData gave false; a writable event is due. */
  WantsRoom = 256,
  /** The window was used up: wait until it has grown by a useful amount (CVE-2019-9511). */
  WindowHeld = 512,
  /** The stream was opened by the peer. */
  Remote = 1024,
}

/** One stream. */
export class Stream implements Schedulable {
  readonly id: number;
  state: StreamState;
  /** StreamFlag bits. */
  flags: number;
  /**
   * What we may send beyond the peer's SETTINGS_INITIAL_WINDOW_SIZE: increments less what was sent. So that a change of
   * that setting moves the windows of all streams at once (RFC 9113 section 6.9.2).
   */
  sendCredit = 0;
  /** What the peer may send. May be negative. */
  receiveWindow: number;
  /** Bytes that were consumed and not yet given back by WINDOW_UPDATE. */
  consumed = 0;
  /** Content that was delivered and not consumed. */
  unconsumed = 0;
  /** Content bytes that were received. */
  received = 0;
  /** content-length of the peer's message, -1 = none. */
  expected = -1;
  /** Content bytes that we still owe, -1 = open end. */
  owed = -1;
  /** Bytes waiting in `queue`. */
  queuedLength = 0;
  /** Content that waits for windows, in order. */
  queue: Uint8Array[] | null = null;
  /** Trailers that follow the queue. */
  trailers: { fields: string[]; sensitive: ReadonlySet<string> | null } | null = null;
  /** Bytes of memory that the head of the peer's message is taken to hold. */
  headCharge = 0;
  /** Compressed bytes that it came in. */
  headLength = 0;
  /** Small DATA frames that were not consumed: 256 less the length of each. */
  smallCharge = 0;
  urgency = 3;
  incremental = false;
  queued = false;

  constructor(id: number, state: StreamState, receiveWindow: number) {
    this.id = id;
    this.state = state;
    this.flags = 0;
    this.receiveWindow = receiveWindow;
  }

  has(flag: StreamFlag): boolean {
    return (this.flags & flag) !== 0;
  }

  /** Whether the peer may still send content or trailers. */
  get canReceive(): boolean {
    const { state } = this;
    return state === StreamState.Open || state === StreamState.HalfClosedLocal;
  }

  /** Whether we may still send on it. */
  get canSend(): boolean {
    const { state } = this;
    return (
      state === StreamState.Open ||
      state === StreamState.HalfClosedRemote ||
      state === StreamState.ReservedLocal
    );
  }

  /** Whether the scheduler has something to send: content, trailers, or the bare end. */
  get hasOutput(): boolean {
    return this.queuedLength > 0 || this.has(StreamFlag.EndQueued);
  }
}

/** How many closed streams are remembered at least. */
const REMEMBERED_MIN = 128;
const REMEMBERED_MAX = 1024;

/** The streams of a connection. */
export class Streams {
  readonly live = new Map<number, Stream>();
  /** Highest identifier that the peer opened or reserved. */
  lastRemote = 0;
  /** Highest identifier that we opened or reserved. */
  lastLocal = 0;
  /** Streams of the peer above this one came behind our GOAWAY. */
  ignoredAbove = Number.POSITIVE_INFINITY;
  /** No stream has or had more sendCredit than this. */
  creditMax = 0;
  /** Active streams of the peer and of ours (RFC 9113 section 5.1.2). */
  remoteActive = 0;
  localActive = 0;
  /** Streams that the peer reserved by PUSH_PROMISE and did not begin. */
  remoteReserved = 0;
  readonly #isClient: boolean;
  readonly #rememberedMax: number;
  /** The last closed streams: id * 4 + how, in a ring. */
  #closed: number[] | null = null;
  #closedAt = 0;

  constructor(isClient: boolean, concurrentStreams: number) {
    this.#isClient = isClient;
    this.#rememberedMax = Math.min(Math.max(REMEMBERED_MIN, concurrentStreams), REMEMBERED_MAX);
  }

  /** Whether the peer is the one that may open it (RFC 9113 section 5.1.1). */
  isRemote(id: number): boolean {
    return (id % 2 === 0) === this.#isClient;
  }

  /** Where a stream stands that is not live. */
  stateOf(id: number): StreamState {
    const isRemote = this.isRemote(id);
    if (id > (isRemote ? this.lastRemote : this.lastLocal)) return StreamState.Idle;
    if (isRemote && id > this.ignoredAbove) return StreamState.ClosedByUs;
    const closed = this.#closed;
    if (closed !== null) {
      for (let i = closed.length - 1; i >= 0; i--) {
        const one = closed[i] as number;
        if (Math.floor(one / 4) === id) return StreamState.ClosedEnded + (one % 4);
      }
    }
    // A client may have reset more than that at once: what is in flight for them is no error (section 5.4.2).
    return isRemote || !this.#isClient ? StreamState.ClosedForgotten : StreamState.ClosedByUs;
  }

  /** Adds a stream that counts as open from now on. */
  open(stream: Stream): void {
    this.live.set(stream.id, stream);
    if (this.isRemote(stream.id)) {
      stream.flags |= StreamFlag.Remote;
      this.remoteActive++;
    } else this.localActive++;
  }

  /** Adds a promised stream. */
  reserve(stream: Stream): void {
    this.live.set(stream.id, stream);
    if (!this.isRemote(stream.id)) return;
    stream.flags |= StreamFlag.Remote;
    this.remoteReserved++;
  }

  /** A promised stream begins: it counts from now on. */
  begin(stream: Stream, state: StreamState): void {
    stream.state = state;
    if (!stream.has(StreamFlag.Remote)) this.localActive++;
    else {
      this.remoteReserved--;
      this.remoteActive++;
    }
  }

  /** Takes a stream out. `state` is one of the closed ones. */
  close(stream: Stream, state: StreamState): void {
    const before = stream.state;
    const isRemote = stream.has(StreamFlag.Remote);
    if (before === StreamState.ReservedRemote) this.remoteReserved--;
    else if (before !== StreamState.ReservedLocal) {
      if (isRemote) this.remoteActive--;
      else this.localActive--;
    }
    stream.state = state;
    this.live.delete(stream.id);
    this.remember(stream.id, state);
  }

  /** Notes how a stream was closed. */
  remember(id: number, state: StreamState): void {
    const one = id * 4 + (state - StreamState.ClosedEnded);
    const closed = this.#closed;
    if (closed === null) {
      this.#closed = [one]; // push would make room for 17
      return;
    }
    if (closed.length < this.#rememberedMax) {
      closed.push(one);
      return;
    }
    closed[this.#closedAt] = one;
    this.#closedAt = (this.#closedAt + 1) % closed.length;
  }
}
