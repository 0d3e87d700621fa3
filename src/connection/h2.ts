// H2Connection: the public face of an HTTP/2 connection, either role. Sans-IO: bytes in, events out; commands in, bytes
// out; time is an argument. Methods in the order of use: receive / receiveEnd, the send methods, deadlines, take.

import type { ConnectionEvent, ConnectionState, Handler, HeaderList } from "../events.js";
import { type H2RequestToSend, sendRequest } from "./h2-client.js";
import { CoreFlag, H2Core } from "./h2-core.js";
import { handleDeadline, nextDeadline } from "./h2-deadlines.js";
import { close, giveUpBlocked, settle } from "./h2-lifecycle.js";
import { type H2Options, type H2Settings, h2Config } from "./h2-options.js";
import { expectResponse, noteLoss, noteSent, type SentFrame } from "./h2-passive.js";
import { type LimitUse, limitsReport } from "./h2-report.js";
import * as send from "./h2-send.js";
import {
  type H2ResponseToSend,
  type PushToSend,
  push,
  sendInformational,
  sendResponse,
} from "./h2-server.js";
import type { RequestThatWent } from "./message-content.js";
import type { SensitiveNames } from "./sensitive.js";

/** One HTTP/2 connection (RFC 9113). */
export class H2Connection {
  readonly #core: H2Core;

  /**
   * Queues the preface and SETTINGS: take() has them at once.
   * @throws UsageError for options that are unknown or out of range
   */
  constructor(options: H2Options) {
    this.#core = new H2Core(h2Config(options));
  }

  /** Bytes from the peer, in any pieces. `data.bytes` are views of the piece. Empty: `writable` events that are due. */
  receive(bytes: Uint8Array): ConnectionEvent[];
  receive(bytes: Uint8Array, handler: Handler): void;
  receive(bytes: Uint8Array, handler?: Handler): ConnectionEvent[] {
    return this.#core.receive(bytes, handler);
  }

  /** The peer closed its side. What is incomplete then is an error event. */
  receiveEnd(): ConnectionEvent[] {
    return this.#core.receiveEnd();
  }

  /**
   * Client: a request head, and with `content` the whole request.
   * @returns its streamId: 1, 3, 5, …
   * @throws UsageError before a byte leaves
   */
  sendRequest(request: H2RequestToSend): number {
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

  /**
   * Passive: this end sent a frame (any that H2FrameParser gives). Settings, windows and ends that it says bind the peer.
   * `null`: something of this end was missed, so that its windows are not known any more.
   * @throws UsageError where the connection is not passive
   */
  noteSent(frame: SentFrame | null): void {
    if (frame === null && this.#core.config.passive) noteLoss(this.#core);
    else noteSent(this.#core, frame as SentFrame);
  }

  /** Server: a 1xx response. @throws UsageError before a byte leaves */
  sendInformational(
    streamId: number,
    head: { status: number; headers: HeaderList; sensitive?: SensitiveNames },
  ): void {
    sendInformational(this.#core, streamId, head);
  }

  /** Server: the final response. @throws UsageError before a byte leaves */
  sendResponse(streamId: number, response: H2ResponseToSend): void {
    sendResponse(this.#core, streamId, response);
  }

  /**
   * Server: promises a response to a request that the client did not make (RFC 9113 section 8.4).
   * @returns the promised streamId, to be answered by sendResponse
   * @throws UsageError, also where the client takes no promises
   */
  push(streamId: number, request: PushToSend): number {
    return push(this.#core, streamId, request);
  }

  /**
   * Content bytes, of any length: windows and frame sizes are the connection's. They must stay as they are until they
   * were taken and written.
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

  /** Gives up a stream: RST_STREAM, by default with CANCEL (8). @throws UsageError for a stream that never was */
  reset(streamId: number, code: number = send.CANCEL): void {
    send.reset(this.#core, streamId, code);
  }

  /** With `window: "manual"`: bytes of data events that were dealt with. @throws UsageError for more than there are */
  consume(streamId: number, length: number): void {
    send.consumeContent(this.#core, streamId, length);
  }

  /** Priority of a stream (RFC 9218): a client sends PRIORITY_UPDATE, a server decides. @throws UsageError */
  setPriority(streamId: number, priority: { urgency?: number; incremental?: boolean }): void {
    send.changePriority(this.#core, streamId, priority);
  }

  /** PING; its answer is a `ping` event with `ack: true`. @throws UsageError: 8 bytes, and not too many at a time */
  ping(payload: Uint8Array = new Uint8Array(8)): void {
    send.ping(this.#core, payload);
  }

  /** New SETTINGS, in force when the peer has acknowledged them. @throws UsageError */
  updateSettings(settings: H2Settings): void {
    send.updateSettings(this.#core, settings);
  }

  /** GOAWAY at once, by default with NO_ERROR (0) and the last stream that came: no new streams, the others end. */
  goAway(code = 0, lastStreamId?: number, debugData = ""): void {
    send.goAway(this.#core, code, lastStreamId, debugData);
  }

  /** Graceful end: GOAWAY in two steps on a server, and "closed" when the last stream has ended. */
  close(): void {
    close(this.#core);
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

  /** All bytes to send, in order, for one writev; content as far as windows allow. */
  take(): Uint8Array[] {
    const core = this.#core;
    if (!core.has(CoreFlag.Failed)) core.content.drain(core);
    if (core.flags !== 0) giveUpBlocked(core);
    const chunks = core.output.take();
    if (core.flags !== 0) settle(core);
    return chunks;
  }

  /** Bytes not yet taken, and content that windows hold back. */
  get bufferedAmount(): number {
    return this.#core.bufferedAmount;
  }

  /** "closing": no new streams; "closed": the last one has ended; "failed": after a connection error. */
  get state(): ConnectionState {
    const core = this.#core;
    if (core.has(CoreFlag.Failed)) return "failed";
    if (core.has(CoreFlag.Closed)) return "closed";
    return core.has(CoreFlag.Closing) ? "closing" : "open";
  }

  /**
   * Reading should pause: what was made for the peer waits to be taken, because it does not read. Content that its
   * windows hold back does not count: the WINDOW_UPDATE must be read (RFC 9113 section 5.2.2).
   */
  get paused(): boolean {
    const core = this.#core;
    const { outboundControlLength, sendBufferLength } = core.config.limits;
    if (core.output.replyLength * 2 > outboundControlLength) return true;
    if (core.output.length >= sendBufferLength) return true;
    return core.bufferedAmount >= sendBufferLength && core.content.hasSendable(core);
  }

  /** Always 0: HTTP/2 holds no received bytes back. */
  get heldAmount(): number {
    return 0;
  }

  /** Server: a stream is open, whose answer may be due or under way. */
  get answersDue(): boolean {
    return !this.#core.config.isClient && this.#core.streams.live.size > 0;
  }

  /** Streams that are open now, either side's. */
  get streamCount(): number {
    return this.#core.streams.live.size;
  }

  /** The peer's SETTINGS as they are in force, defaults included, by identifier (RFC 9113 section 6.5.2). */
  get remoteSettings(): ReadonlyMap<number, number> {
    return this.#core.peer.all;
  }

  /** What is in use of each limit that counts. */
  limitsReport(): LimitUse[] {
    return limitsReport(this.#core);
  }
}
