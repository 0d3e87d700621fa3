// One WebTransport session: its state, its streams, the limits of both ends, and how it ends. What goes on the wire is the
// link's: capsules on HTTP/2, streams of QUIC on HTTP/3.
// Rules: H3-WT-11.

import { ErrorCode } from "../abi/error-code.js";
import { CapsuleType } from "../abi/h3-wire.js";
import type { PieceBuffer } from "../codec/piece-buffer.js";
import type { Varint } from "../codec/varint.js";
import { ProtocolError } from "../errors.js";
import type { RequestHead } from "../events.js";
import type { WebTransportEvent } from "./webtransport-events.js";
import {
  H2_INITIAL_LIMITS,
  type H2DialectInfo,
  type H2InitialLimits,
} from "./webtransport-h2-dialect.js";
import { WtFlag, type WtStream } from "./webtransport-stream.js";
import { varints } from "./webtransport-values.js";

/** Where a session stands. */
export const enum SessionState {
  /** Client: CONNECT was sent. Server: it came, and waits for accept(). */
  Pending,
  Open,
  /** We closed it, and the peer has not ended its side: what still comes is dropped. */
  Closing,
  /** The peer closed it, and has not ended its side: nothing may come. */
  Closed,
  Gone,
}

/** Bidirectional or unidirectional: index of what there is of both. */
export const enum Kind {
  Bidi,
  Uni,
}

/** What the two protocols do for a session. */
export interface SessionLink {
  /** All streams of a session share one way out (HTTP/2). */
  readonly isShared: boolean;
  /** Bytes above what a limit allows have their own code. */
  wireCodeOf(code: ErrorCode): number | undefined;
  hasRoom(session: Session, stream: WtStream): boolean;
  /** @returns its id */
  open(session: Session, unidirectional: boolean): number;
  write(session: Session, stream: WtStream, bytes: Uint8Array | null, isEnd: boolean): void;
  reset(session: Session, stream: WtStream, code: number): void;
  stop(session: Session, stream: WtStream, code: number): void;
  /** The session is over: the stream with it. */
  abandon(session: Session, stream: WtStream): void;
  /** The stream is over, and all that came of it was consumed. */
  release(stream: WtStream): void;
  /** The peer may send more on a stream. */
  allowData(session: Session, stream: WtStream, limit: number): void;
  /** We wait for the limit of a stream. */
  tellBlocked(session: Session, stream: WtStream): void;
  /** Bytes of a stream were consumed. */
  consumed(session: Session, stream: WtStream, length: number): void;
  capsule(session: Session, type: number, value: Uint8Array): void;
  /** @returns false: it was dropped */
  datagram(session: Session, bytes: Uint8Array): boolean;
  /** Ends our side of the CONNECT stream. */
  end(session: Session): void;
  /** The CONNECT was answered by a refusal: what still comes on it is not wanted. */
  refuse(session: Session): void;
  abort(session: Session, wireCode: number | null): void;
}

/** Limits of the API's own. */
export interface SessionLimits {
  readonly streamSendLength: number;
  readonly earlyBytes: number;
  readonly outboundControlLength: number;
  readonly capsuleLength: number;
}

/** What all sessions of a connection share. */
export interface SessionOwner {
  readonly isClient: boolean;
  readonly isManual: boolean;
  readonly limits: SessionLimits;
  emit(event: WebTransportEvent): void;
  forget(session: Session): void;
}

const NO_LIMIT = Number.POSITIVE_INFINITY;
const NO_LIMITS_SET = { ours: H2_INITIAL_LIMITS, theirs: H2_INITIAL_LIMITS };

/** Limits of a session as a whole. */
export interface LimitsOfSession {
  readonly data: number;
  readonly streamsUni: number;
  readonly streamsBidi: number;
}

/** One session. */
export class Session {
  readonly id: number;
  readonly owner: SessionOwner;
  readonly link: SessionLink;
  state = SessionState.Pending;
  /** Server: the CONNECT. */
  request: RequestHead | null = null;
  /** Protocols that the client offered. */
  protocols: readonly string[] = [];
  /** Server: bytes that came before accept(). */
  early: PieceBuffer | null = null;
  /** The version over HTTP/2, null over HTTP/3. */
  h2: H2DialectInfo | null = null;
  /** What streams over HTTP/2 start with. */
  initial: { ours: H2InitialLimits; theirs: H2InitialLimits } = NO_LIMITS_SET;
  readonly streams = new Map<number, WtStream>();
  /** Streams that have something to send and may, in turn. */
  readonly ready = new Set<WtStream>();
  /** Streams whose sender was told to wait for `streamWritable`. */
  readonly waiting = new Set<WtStream>();

  /** The limits below count. */
  hasLimits = false;
  /** Bytes that the peer allows, and those that were sent, on all streams. */
  dataMax: Varint = NO_LIMIT;
  dataSent = 0;
  dataBlockedAt: Varint = -1;
  /** Streams that the peer allows, and those that we opened, by kind. */
  readonly streamsMax: [Varint, Varint] = [NO_LIMIT, NO_LIMIT];
  readonly opened: [number, number] = [0, 0];
  readonly streamsBlockedAt: [Varint, Varint] = [-1, -1];
  /** openStream gave -1. */
  readonly wantsStreams: [boolean, boolean] = [false, false];

  /** Bytes that we allow, those that came, and those that are consumed, on all streams. */
  dataLimit = NO_LIMIT;
  dataWindow = NO_LIMIT;
  dataReceived = 0;
  dataConsumed = 0;
  /** Streams that we allow, those that came, and those that are over, by kind. */
  readonly streamsLimit: [number, number] = [NO_LIMIT, NO_LIMIT];
  readonly streamsWindow: [number, number] = [NO_LIMIT, NO_LIMIT];
  readonly seen: [number, number] = [0, 0];
  readonly over: [number, number] = [0, 0];

  isDraining = false;
  /** The connection takes no more for now (shared links). */
  isFull = false;
  /** Bytes of capsules that wait behind what the peer does not take. */
  owed = 0;
  /** Bytes of the CONNECT stream that were read. */
  offset = 0;

  constructor(id: number, owner: SessionOwner, link: SessionLink) {
    this.id = id;
    this.owner = owner;
    this.link = link;
  }

  get isOpen(): boolean {
    return this.state === SessionState.Open;
  }

  emit(event: WebTransportEvent): void {
    this.owner.emit(event);
  }

  /** The peer broke the protocol: the last event of the session. */
  fail(code: ErrorCode, offset: number): void {
    const wireCode = this.link.wireCodeOf(code);
    const error = new ProtocolError(code, offset, this.id, "stream", wireCode);
    this.emit({ type: "error", sessionId: this.id, error });
    this.link.abort(this, error.wireCode);
    this.dropStreams();
    this.forget();
  }

  /** Bytes behind WT_CLOSE_SESSION. */
  receiveAfterClose(offset: number): void {
    if (this.state === SessionState.Closed) this.fail(ErrorCode.WT_DATA_AFTER_CLOSE, offset);
  }

  /** The limits of both ends count from now on. */
  setLimits(theirs: LimitsOfSession, ours: LimitsOfSession): void {
    this.hasLimits = true;
    this.dataMax = theirs.data;
    this.streamsMax[Kind.Bidi] = theirs.streamsBidi;
    this.streamsMax[Kind.Uni] = theirs.streamsUni;
    this.dataLimit = this.dataWindow = ours.data;
    this.streamsLimit[Kind.Bidi] = this.streamsWindow[Kind.Bidi] = ours.streamsBidi;
    this.streamsLimit[Kind.Uni] = this.streamsWindow[Kind.Uni] = ours.streamsUni;
  }

  /** The session ended; `closed` is its last event. */
  finish(code: number, reason: string, isClean: boolean): void {
    this.dropStreams();
    this.emit({ type: "closed", sessionId: this.id, code, reason, isClean });
  }

  /** All streams end with the session (draft-ietf-webtrans-http3 section 6). */
  dropStreams(): void {
    for (const stream of this.streams.values()) {
      this.link.abandon(this, stream);
      stream.endSending();
      stream.flags |= WtFlag.ReceiveDone;
    }
    this.streams.clear();
    this.ready.clear();
    this.waiting.clear();
  }

  forget(): void {
    this.state = SessionState.Gone;
    this.owner.forget(this);
  }

  drain(): void {
    if (this.isDraining) return;
    this.isDraining = true;
    this.emit({ type: "draining", sessionId: this.id });
  }

  /** A stream is over when both sides are, and what came was consumed: then the peer may open another. */
  settle(stream: WtStream): void {
    if (!stream.isOver || stream.unconsumed > 0) return;
    if (!this.streams.delete(stream.id)) return;
    this.ready.delete(stream);
    this.waiting.delete(stream);
    this.link.release(stream);
    if (stream.has(WtFlag.Ours)) return;
    const kind = stream.has(WtFlag.Unidirectional) ? Kind.Uni : Kind.Bidi;
    this.over[kind]++;
    this.allowStreams(kind);
  }

  /** More streams, once half of what was allowed is used up. */
  allowStreams(kind: Kind): void {
    if (!this.hasLimits || !this.isOpen) return;
    const limit = this.over[kind] + this.streamsWindow[kind];
    if (limit - this.streamsLimit[kind] < Math.max(1, this.streamsWindow[kind] / 2)) return;
    this.streamsLimit[kind] = limit;
    const isUni = kind === Kind.Uni;
    const type = isUni ? CapsuleType.WtMaxStreamsUni : CapsuleType.WtMaxStreamsBidi;
    this.link.capsule(this, type, varints(limit));
  }
}
