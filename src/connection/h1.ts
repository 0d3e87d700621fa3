// H1Connection: the public face of an HTTP/1.1 connection, either role. Sans-IO: bytes in, events out; commands
// in, bytes out. docs/decisions.md says why the parts are split as they are.
//
// Methods in the order of use: receive / receiveEnd, then the send methods, then take.

import type { ConnectionEvent, ConnectionState, Handler, HeaderList } from "../events.js";
import { type RequestToSend, sendRequest } from "./h1-client.js";
import { H1Core } from "./h1-core.js";
import { isPaused } from "./h1-lifecycle.js";
import { type H1Options, h1Settings } from "./h1-options.js";
import { expectResponse, noteResponse } from "./h1-passive.js";
import { sendData, sendEnd, sendTrailers } from "./h1-send.js";
import { answerError, type ResponseToSend, sendInformational, sendResponse } from "./h1-server.js";
import { Flag } from "./h1-state.js";

/** One HTTP/1.1 connection (RFC 9112). */
export class H1Connection {
  readonly #core: H1Core;

  /** @throws UsageError for options that are unknown or out of range */
  constructor(options: H1Options) {
    this.#core = new H1Core(h1Settings(options));
  }

  /** Bytes from the peer, in any pieces. `data.bytes` are views of the piece. Empty: resume what was held back. */
  receive(bytes: Uint8Array): ConnectionEvent[];
  receive(bytes: Uint8Array, handler: Handler): void;
  receive(bytes: Uint8Array, handler?: Handler): ConnectionEvent[] {
    return this.#core.receive(bytes, handler);
  }

  /** The peer closed its side. An incomplete message is an error event (RFC 9112 section 8). */
  receiveEnd(): ConnectionEvent[] {
    return this.#core.receiveEnd();
  }

  /**
   * Client: a request head, and with `content` the whole request. Requests may be pipelined.
   * @returns its streamId: 1, 2, 3, …
   * @throws UsageError before a byte leaves
   */
  sendRequest(request: RequestToSend): number {
    return sendRequest(this.#core, request);
  }

  /**
   * Client, for tools that read both sides of somebody else's connection: this request went out, whose response will
   * come. Nothing is sent. `optional`: nobody saw the request, and the end without a response is no error.
   * @returns its streamId
   * @throws UsageError
   */
  expectResponse(request: { readonly method: string; readonly optional?: boolean }): number {
    return expectResponse(this.#core, request.method, request.optional ?? false);
  }

  /**
   * Server, for the same tools: a response with this status went out, by which what follows the request is HTTP or not.
   * Nothing is sent; `receive` with no bytes goes on with what was held back.
   * @throws UsageError
   */
  noteResponse(streamId: number, status: number): void {
    noteResponse(this.#core, streamId, status);
  }

  /**
   * Server: a 1xx response. 101 switches to a tunnel (RFC 9110 section 7.8).
   * @throws UsageError before a byte leaves
   */
  sendInformational(streamId: number, head: { status: number; headers: HeaderList }): void {
    sendInformational(this.#core, streamId, head);
  }

  /**
   * Server: the final response, in any order; bytes go out in the order of the requests.
   * @throws UsageError before a byte leaves
   */
  sendResponse(streamId: number, response: ResponseToSend): void {
    sendResponse(this.#core, streamId, response);
  }

  /**
   * Content bytes; they must stay as they are until they were taken and written.
   * @returns false: stop until the "writable" event
   * @throws UsageError where there is no content, or more than its length
   */
  sendData(streamId: number, bytes: Uint8Array): boolean {
    return sendData(this.#core, streamId, bytes);
  }

  /** Trailers of chunked content, and its end. @throws UsageError */
  sendTrailers(streamId: number, headers: HeaderList): void {
    sendTrailers(this.#core, streamId, headers);
  }

  /** The end of the content. @throws UsageError where bytes of the length are missing */
  sendEnd(streamId: number): void {
    sendEnd(this.#core, streamId);
  }

  /** Gives up: HTTP/1.1 can end one exchange only by ending the connection. What was taken stays sent. */
  reset(_streamId: number, _code?: number): void {
    const core = this.#core;
    core.output.abandon();
    core.output.take();
    core.rare.failing = null;
    core.flags |= Flag.Closed;
    core.parser.release();
  }

  /** No effect: HTTP/1.1 has no flow control of its own. */
  consume(_streamId: number, _length: number): void {}

  /** Ends the connection when what is under way is done; further requests are not read, or not taken. */
  close(): void {
    this.#core.flags |= Flag.Closing;
    this.#core.settle();
  }

  /** All bytes to send, in order, for one writev. */
  take(): Uint8Array[] {
    const core = this.#core;
    if (core.isFailing) answerError(core);
    return core.output.take();
  }

  /** Bytes not yet taken, answers that wait for their turn included. */
  get bufferedAmount(): number {
    return this.#core.output.length;
  }

  /** "closing": no further message comes in or goes out but those under way. */
  get state(): ConnectionState {
    return this.#core.state;
  }

  /** Reading should pause: requests wait for answers, or too much output waits. */
  get paused(): boolean {
    return isPaused(this.#core);
  }

  /** Server: a complete request waits for its answer; after an error, too, while it may still be given. */
  get answersDue(): boolean {
    const core = this.#core;
    return core.awaiting === null && core.output.queue[0]?.isReceived === true;
  }

  /** Bytes that came while reading should pause; `receive` with no bytes goes on with them. */
  get heldAmount(): number {
    return this.#core.heldAmount;
  }
}
