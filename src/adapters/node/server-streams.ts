// Requests on streams in serve(), HTTP/2 or HTTP/3: each stream is an exchange of its own, and all run at the same
// time. Rules of the file: a window is given back as the application reads, so that a body that is not read stops
// its own stream and no other (RFC 9113 section 5.2.2); answers that are ready together leave in one write; a stream
// that breaks ends its exchange and no other.

import type { ProtocolError } from "../../errors.js";
import type { ConnectionEvent, ConnectionState, RequestHead } from "../../events.js";
import type { ResponseWriter } from "../connection.js";
import { isOfStream, resetError } from "../reset-error.js";
import { Exchange, type ExchangeOwner } from "./exchange.js";
import type { ServerOwner } from "./server-owner.js";

/** Content that is still taken and dropped after its answer was sent; above it the stream ends. */
const DROPPED_LENGTH = 256 * 1024;

/** What a connection with streams has beside the answers. */
export interface StreamConnection extends ResponseWriter {
  consume(streamId: number, length: number): void;
  reset(streamId: number, code?: number): void;
  close(): void;
  readonly bufferedAmount: number;
  readonly state: ConnectionState;
}

/** What a stream ends with, as the protocol counts. */
export interface StreamCodes {
  readonly noError: number;
  readonly internalError: number;
  readonly cancel: number;
}

export abstract class StreamServer implements ExchangeOwner {
  abstract readonly connection: StreamConnection;
  readonly owner: ServerOwner;
  protected abstract readonly codes: StreamCodes;
  /** Exchanges whose answer, or whose content, is under way. */
  readonly #exchanges = new Map<number, Exchange>();
  #idleSince: number;
  /** Bytes that wait for the peer, and since when they are as many. */
  #waiting = 0;
  #waitingSince: number;

  constructor(owner: ServerOwner) {
    this.owner = owner;
    this.#idleSince = owner.accepted;
    this.#waitingSince = owner.accepted;
  }

  /** Bytes that were taken from the connection and have not left. */
  protected abstract get writtenLength(): number;

  /** Something waits to be sent. */
  abstract flush(): void;

  /** All that can still come is the end of the connection. */
  abandon(): void {
    for (const exchange of this.#exchanges.values()) exchange.abandon();
  }

  check(now: number): void {
    for (const exchange of [...this.#exchanges.values()]) this.#checkStall(exchange, now);
    const waiting = this.connection.bufferedAmount + this.writtenLength;
    if (waiting === 0 || waiting !== this.#waiting) this.#waitingSince = now;
    this.#waiting = waiting;
    const { stallMs, idleMs } = this.owner.context.timeouts;
    if (stallMs > 0 && now - this.#waitingSince > stallMs) this.owner.destroy();
    if (this.#exchanges.size > 0 || waiting > 0) this.#idleSince = now;
    else if (idleMs > 0 && now - this.#idleSince > idleMs) this.#endIdle(now);
  }

  #checkStall(exchange: Exchange, now: number): void {
    const { stallMs } = this.owner.context.timeouts;
    if (!exchange.waitsForPeer) exchange.progressAt = now;
    else if (stallMs > 0 && now - exchange.progressAt > stallMs) {
      this.#end(exchange, exchange.isAnswered ? this.codes.noError : this.codes.cancel);
      exchange.abort(new Error("no byte has moved for the time that stallMs gives"));
    }
  }

  /** Nothing was asked for some time: GOAWAY; where that was said before and the client still stays, the end. */
  #endIdle(now: number): void {
    this.#idleSince = now;
    if (this.connection.state === "open") this.owner.close();
    else this.owner.destroy();
  }

  receive(events: ConnectionEvent[]): void {
    for (let at = 0; at < events.length; at++) {
      const event = events[at] as ConnectionEvent;
      switch (event.type) {
        case "head":
          this.#begin(event.streamId, event.head as RequestHead, events[at + 1]);
          break;
        case "data":
          this.#content(event.streamId, event.bytes);
          break;
        case "trailers":
          this.#exchanges.get(event.streamId)?.receiveTrailers(event.trailers);
          break;
        case "end":
          this.#endRequest(event.streamId);
          break;
        case "writable":
          this.#exchanges.get(event.streamId)?.releaseWriter();
          break;
        case "reset":
        case "stopSending":
          // Who wants no answer has no use for the rest of the exchange either.
          this.#drop(event.streamId, resetError(event.code));
          break;
        case "error":
          this.#fail(event.error);
          break;
        default:
          this.receiveOther(event);
      }
    }
  }

  /** Events that are not about an exchange. */
  protected receiveOther(_event: ConnectionEvent): void {}

  /** @param next the event behind: END_STREAM on the head gives the end at once */
  #begin(streamId: number, head: RequestHead, next: ConnectionEvent | undefined): void {
    const isWhole = next?.type === "end" && next.streamId === streamId;
    const exchange = new Exchange(this, streamId, head, !isWhole);
    this.#exchanges.set(streamId, exchange);
    this.#idleSince = exchange.progressAt;
    this.start(exchange);
  }

  /** Calls the application. */
  protected start(exchange: Exchange): void {
    exchange.start();
  }

  #content(streamId: number, bytes: Uint8Array): void {
    const exchange = this.#exchanges.get(streamId);
    if (exchange === undefined) {
      this.connection.consume(streamId, bytes.length);
      return;
    }
    exchange.receive(bytes);
    // The client goes on with content that nobody wants (RFC 9113 section 8.1); the answer leaves before the reset.
    const isTooMuch = exchange.isAnswered && exchange.droppedLength > DROPPED_LENGTH;
    if (isTooMuch && this.connection.bufferedAmount === 0) this.#end(exchange, this.codes.noError);
  }

  #endRequest(streamId: number): void {
    const exchange = this.#exchanges.get(streamId);
    if (exchange === undefined) return;
    exchange.endRequest();
    if (exchange.isAnswered) this.#exchanges.delete(streamId);
  }

  /** The window has been given back when bytes were read. */
  drained(): void {}

  consumed(exchange: Exchange, length: number): void {
    if (!this.#exchanges.has(exchange.streamId)) return;
    this.connection.consume(exchange.streamId, length);
    this.flush();
  }

  finished(exchange: Exchange): void {
    if (exchange.isReceived) this.#exchanges.delete(exchange.streamId);
    exchange.progressAt = performance.now();
    this.#idleSince = exchange.progressAt;
    if (this.connection.state !== "open") this.flush();
  }

  cut(exchange: Exchange): void {
    this.#end(exchange, this.codes.internalError);
  }

  #end(exchange: Exchange, code: number): void {
    if (!this.#exchanges.delete(exchange.streamId)) return;
    this.connection.reset(exchange.streamId, code);
    this.flush();
  }

  #fail(error: ProtocolError): void {
    this.owner.context.options.onError?.(error, this.owner.info);
    if (isOfStream(error)) this.#drop(error.streamId as number, error);
    else this.abort(error);
  }

  #drop(streamId: number, reason: Error): void {
    const exchange = this.#exchanges.get(streamId);
    this.#exchanges.delete(streamId);
    exchange?.abort(reason);
  }

  abort(reason: Error): void {
    const all = [...this.#exchanges.values()];
    this.#exchanges.clear();
    for (const exchange of all) exchange.abort(reason);
  }
}
