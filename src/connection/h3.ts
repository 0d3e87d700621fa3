// One HTTP/3 connection, either role, over any QUIC transport (RFC 9114, RFC 9204, RFC 9218, RFC 9220, RFC 9297, RFC
// 9412): bytes of streams in, events out; commands in, bytes of streams out. No socket, timer or clock. This file is the
// public face; the state is in h3-core.ts.
//
// Connections are handed out by the thousand: what few of them need is made when it is needed.

import { UsageError } from "../errors.js";
import type { ConnectionEvent, ConnectionState, Handler, HeaderList } from "../events.js";
import { expectResponse, type H3RequestToSend, sendRequest } from "./h3-client.js";
import { H3Core, H3CoreFlag } from "./h3-core.js";
import { sendDatagram, takeDatagrams } from "./h3-datagrams.js";
import { handleDeadline, nextDeadline } from "./h3-deadlines.js";
import { connectionClosed, settle } from "./h3-lifecycle.js";
import { type H3Options, h3Config } from "./h3-options.js";
import type { StreamOutput } from "./h3-output.js";
import { type H3LimitUse, limitsReport } from "./h3-report.js";
import { checkPeerCode } from "./h3-resets.js";
import * as send from "./h3-send.js";
import { type H3ResponseToSend, sendInformational, sendResponse } from "./h3-server.js";
import { openStream } from "./h3-sessions.js";
import { H3StreamFlag } from "./h3-stream.js";
import type { RequestThatWent } from "./message-content.js";
import type { SensitiveNames } from "./sensitive.js";
import type { Dialect } from "./webtransport-dialect.js";

export type { H3RequestToSend } from "./h3-client.js";
export type { H3Options, H3Settings } from "./h3-options.js";
export type { StreamOutput } from "./h3-output.js";
export type { H3LimitUse } from "./h3-report.js";
export type { H3ResponseToSend } from "./h3-server.js";

/** H3_REQUEST_CANCELLED: what reset() says where the caller says nothing. */
const CANCELLED = 0x10c;
/** H3_NO_ERROR. */
const NO_ERROR = 0x100;
/** Content that nobody consumed, above which a stream should not be read (window "manual"). */
const PAUSE_LENGTH = 256 * 1024;

/** An HTTP/3 connection: a server reads requests, a client reads responses. */
export class H3Connection {
  readonly #core: H3Core;

  /**
   * Queues the three streams that each connection has, with SETTINGS: takeStreams() has them at once.
   * @throws UsageError for options that are unknown or out of range
   */
  constructor(options: H3Options) {
    this.#core = new H3Core(h3Config(options));
  }

  /**
   * Bytes of a stream, in order and in any pieces; `fin`: they are the last. `data.bytes` are views of the piece.
   * @param streamId QUIC stream number: its two low bits say who opened it, and whether it has one direction
   * @throws UsageError for a stream that the peer cannot send on
   */
  receiveStream(streamId: number, bytes: Uint8Array, fin: boolean): ConnectionEvent[];
  receiveStream(streamId: number, bytes: Uint8Array, fin: boolean, handler: Handler): void;
  receiveStream(
    streamId: number,
    bytes: Uint8Array,
    fin: boolean,
    handler?: Handler,
  ): ConnectionEvent[] {
    return this.#core.receiveStream(streamId, bytes, fin, handler);
  }

  /** RESET_STREAM of the peer. @throws UsageError for what is no stream or no code */
  receiveReset(streamId: number, code: number): ConnectionEvent[] {
    return this.#core.receiveReset(streamId, code);
  }

  /** STOP_SENDING of the peer. @throws UsageError for what is no stream or no code */
  receiveStopSending(streamId: number, code: number): ConnectionEvent[] {
    return this.#core.receiveStopSending(streamId, code);
  }

  /** A QUIC datagram of the peer (RFC 9297 section 2.1). */
  receiveDatagram(bytes: Uint8Array): ConnectionEvent[] {
    return this.#core.receiveDatagram(bytes);
  }

  /**
   * The QUIC connection is gone. A message of the peer that is incomplete then is an error event of the connection.
   * @param code what the peer closed it with; the error's wireCode
   */
  receiveClose(code: number = NO_ERROR): ConnectionEvent[] {
    checkPeerCode(code);
    const core = this.#core;
    return core.withEvents(() => connectionClosed(core, code));
  }

  /** The peer closed the connection with H3_NO_ERROR: receiveClose(), by the name that all connections have. */
  receiveEnd(): ConnectionEvent[] {
    return this.receiveClose();
  }

  /** Events that are due without bytes of the peer: `writable` after takeStreams(), streams of a session just accepted. */
  poll(): ConnectionEvent[] {
    return this.#core.withEvents(() => {});
  }

  /**
   * Client: a request head, and with `content` the whole request.
   * @returns its streamId: 0, 4, 8, …
   * @throws UsageError before a byte leaves
   */
  sendRequest(request: H3RequestToSend): number {
    return sendRequest(this.#core, request);
  }

  /**
   * Client, for tools that read both sides of somebody else's connection: this request went out, whose response will
   * come. Nothing is sent.
   * @throws UsageError for what is no stream of a request, or open already
   */
  expectResponse(streamId: number, request: RequestThatWent): void {
    expectResponse(this.#core, streamId, request);
  }

  /** Server: a 1xx response. @throws UsageError before a byte leaves */
  sendInformational(
    streamId: number,
    head: { status: number; headers: HeaderList; sensitive?: SensitiveNames },
  ): void {
    sendInformational(this.#core, streamId, head);
  }

  /** Server: the final response. @throws UsageError before a byte leaves */
  sendResponse(streamId: number, response: H3ResponseToSend): void {
    sendResponse(this.#core, streamId, response);
  }

  /**
   * Content bytes, of any length. They must stay as they are until they were taken and written.
   * @returns false: stop until the "writable" event
   * @throws UsageError where there is no content, or more than its length
   */
  sendData(streamId: number, bytes: Uint8Array): boolean {
    return send.sendData(this.#core, streamId, bytes);
  }

  /** Trailers, and the end of the message. @throws UsageError */
  sendTrailers(streamId: number, headers: HeaderList, sensitive?: SensitiveNames): void {
    send.sendTrailers(this.#core, streamId, headers, sensitive);
  }

  /** The end of the content. @throws UsageError where bytes of the length are missing */
  sendEnd(streamId: number): void {
    send.sendEnd(this.#core, streamId);
  }

  /** Gives up both sides of a stream, by default with H3_REQUEST_CANCELLED. @throws UsageError for one that never was */
  reset(streamId: number, code: number = CANCELLED): void {
    send.reset(this.#core, streamId, code);
  }

  /** With `window: "manual"`: bytes of data events that were dealt with. @throws UsageError for more than there are */
  consume(streamId: number, length: number): void {
    send.consume(this.#core, streamId, length);
  }

  /** Priority of a request (RFC 9218): a client sends PRIORITY_UPDATE, a server decides. @throws UsageError */
  setPriority(streamId: number, priority: { urgency?: number; incremental?: boolean }): void {
    send.changePriority(this.#core, streamId, priority);
  }

  /** Client: the server may push up to this id. @throws UsageError for one that falls */
  maxPushId(pushId: number): void {
    send.maxPushId(this.#core, pushId);
  }

  /** Client: wants nothing of a push. @throws UsageError for one that was never allowed */
  cancelPush(pushId: number): void {
    send.cancelPush(this.#core, pushId);
  }

  /** Client: the push id of a stream of the server, also when it is over; null: it is no push. */
  pushIdOf(streamId: number): number | null {
    const core = this.#core;
    if (core.hasRare)
      for (const [pushId, id] of core.rare.pushStreams) if (id === streamId) return pushId;
    return null;
  }

  /**
   * An HTTP datagram of an extended CONNECT; the payload is copied.
   * @returns false: it was not queued, or an older one was dropped for it
   * @throws UsageError where the stream has no datagrams
   */
  sendDatagram(streamId: number, bytes: Uint8Array): boolean {
    return sendDatagram(this.#core, streamId, bytes);
  }

  /** A capsule on an extended CONNECT (RFC 9297). @returns false: stop until "writable" @throws UsageError */
  sendCapsule(streamId: number, capsuleType: number | bigint, value: Uint8Array): boolean {
    return send.sendCapsule(this.#core, streamId, capsuleType, value);
  }

  /** Opens a stream of a WebTransport session. @returns its number @throws UsageError where there is no session */
  openStream(sessionId: number, options: { unidirectional?: boolean } = {}): number {
    return openStream(this.#core, sessionId, options.unidirectional === true);
  }

  /** Bytes on a stream of a session. @returns false: stop until "writable" @throws UsageError */
  sendStreamData(streamId: number, bytes: Uint8Array): boolean {
    return send.sendStreamData(this.#core, streamId, bytes);
  }

  /** Ends our side of a stream of a session. @throws UsageError */
  endStream(streamId: number): void {
    send.sendEnd(this.#core, streamId);
  }

  /** Gives up our side of a stream: RESET_STREAM. @throws UsageError */
  resetStream(streamId: number, code: number): void {
    send.resetStream(this.#core, streamId, code);
  }

  /** Asks the peer to give up its side: STOP_SENDING. @throws UsageError */
  stopStream(streamId: number, code: number): void {
    send.stopStream(this.#core, streamId, code);
  }

  /** GOAWAY at once: requests that have not come are refused, the others go on. */
  goAway(): void {
    send.goAway(this.#core);
  }

  /** Graceful end: GOAWAY, and "closed" when the last stream has ended and was taken. */
  close(): void {
    send.close(this.#core);
  }

  /** When handleDeadline is to be called, in milliseconds of the clock; null = not needed. Needs the option clock. */
  nextDeadline(): number | null {
    return this.#core.isOver ? null : nextDeadline(this.#core);
  }

  /** Does what is due at `now`: time limits, the second step of a graceful end. */
  handleDeadline(now: number): ConnectionEvent[] {
    const core = this.#core;
    return core.withEvents(() => handleDeadline(core, now));
  }

  /**
   * What to send, in this order: bytes of streams, ends, resets, and at the end of the connection its close.
   * @param maxBytes of messages in all; control and QPACK streams are not counted
   * @param room bytes that the transport can take on a stream of a message now
   * @throws UsageError
   */
  takeStreams(
    maxBytes: number = Number.POSITIVE_INFINITY,
    room?: (streamId: number) => number,
  ): StreamOutput[] {
    if (!(maxBytes >= 0))
      throw new UsageError("H3_LENGTH_INVALID", "takeStreams takes a number of bytes");
    if (room !== undefined && typeof room !== "function")
      throw new UsageError("H3_ROOM_INVALID", "room is a function of the stream");
    const core = this.#core;
    const wasOver = core.isOver;
    const list = core.output.take(maxBytes, room ?? null);
    if (wasOver || core.flags === 0) return list;
    settle(core);
    if (core.isOver) list.push(...core.output.take(0, null));
    return list;
  }

  /** Datagrams to send, as payloads of QUIC's. */
  takeDatagrams(): Uint8Array[] {
    return takeDatagrams(this.#core);
  }

  /** Bytes of messages not yet taken. */
  get bufferedAmount(): number {
    return this.#core.output.length;
  }

  /** "closing": no new requests; "closed": the last stream has ended; "failed": after a connection error. */
  get state(): ConnectionState {
    const core = this.#core;
    if (core.has(H3CoreFlag.Failed)) return "failed";
    if (core.has(H3CoreFlag.Closed)) return "closed";
    return core.has(H3CoreFlag.Closing) ? "closing" : "open";
  }

  /** What the QUIC connection is to be closed with; null: it is not. */
  get closeCode(): number | null {
    return this.#core.closeCode < 0 ? null : this.#core.closeCode;
  }

  /**
   * The transport should not read this stream for now: what came waits for insertions or for its session, or was not
   * consumed (window "manual").
   */
  isPaused(streamId: number): boolean {
    const stream = this.#core.live.get(streamId);
    if (stream === undefined) return false;
    return stream.has(H3StreamFlag.Held) || stream.unconsumed > PAUSE_LENGTH;
  }

  /** Server: a request is open, whose answer may be due or under way. */
  get answersDue(): boolean {
    return !this.#core.config.isClient && this.#core.live.size > 0;
  }

  /** Streams that are open now: requests, pushes, streams of sessions. */
  get streamCount(): number {
    return this.#core.live.size;
  }

  /** The peer's SETTINGS as they came, by identifier; what a client remembers for 0-RTT. */
  get remoteSettings(): ReadonlyMap<number, number | bigint> {
    return this.#core.peer.all;
  }

  /** The version of WebTransport that both SETTINGS offer, newest first; null: none, or SETTINGS have not come. */
  get webtransport(): Dialect | null {
    return this.#core.peer.dialect;
  }

  /** What is in use of each limit that counts. */
  limitsReport(): H3LimitUse[] {
    return limitsReport(this.#core);
  }
}
