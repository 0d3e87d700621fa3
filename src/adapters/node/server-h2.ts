// HTTP/2 in serve(): each stream is an exchange of its own, and all run at the same time. Rules of the file: a
// window is given back as the application reads, so that a body that is not read stops its own stream and
// no other (RFC 9113 section 5.2.2); answers that are ready together leave in one write; a stream that breaks
// ends its exchange and no other.

import type { ProtocolError } from "../../errors.js";
import type { ConnectionEvent, RequestHead } from "../../events.js";
import { H2Connection } from "../../h2.js";
import { clock } from "../deadline.js";
import { limitsOfH2 } from "../limits.js";
import { isOfStream, resetError } from "../reset-error.js";
import { Exchange, type ExchangeOwner } from "./exchange.js";
import type { ServerConnection, ServerProtocol } from "./server-connection.js";

/** Content that is still taken and dropped after its answer was sent; above it the stream ends. */
const DROPPED_LENGTH = 256 * 1024;

/** Codes of RST_STREAM (RFC 9113 section 7). */
const NO_ERROR = 0;
const INTERNAL_ERROR = 2;
const CANCEL = 8;

export class H2Server implements ServerProtocol, ExchangeOwner {
  readonly connection: H2Connection;
  readonly owner: ServerConnection;
  /** Exchanges whose answer, or whose content, is under way. */
  readonly #exchanges = new Map<number, Exchange>();
  #idleSince: number;
  /** Bytes that wait for the peer, and since when they are as many. */
  #waiting = 0;
  #waitingSince: number;

  constructor(owner: ServerConnection) {
    const { limits, h2Settings } = owner.context.options;
    this.owner = owner;
    this.connection = new H2Connection({
      ...{ role: "server", limits: limitsOfH2(limits), window: "manual", clock },
      ...(h2Settings === undefined ? {} : { settings: h2Settings }),
    });
    this.#idleSince = owner.accepted;
    this.#waitingSince = owner.accepted;
  }

  get isBusy(): boolean {
    // A connection that has failed answers nothing more (RFC 9113 section 5.4.1).
    return false;
  }

  close(): void {
    if (this.connection.state === "open") this.connection.close();
  }

  refuse(code: number): void {
    this.connection.goAway(code);
    this.owner.attachment.end();
  }

  /** All that can still come is the end of the connection. */
  abandon(): void {
    for (const exchange of this.#exchanges.values()) exchange.abandon();
  }

  flush(): void {
    this.owner.attachment.flushSoon();
  }

  check(now: number): void {
    for (const exchange of [...this.#exchanges.values()]) this.#checkStall(exchange, now);
    const { bufferedAmount } = this.connection;
    const waiting = bufferedAmount + this.owner.socket.writableLength;
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
      this.#end(exchange, exchange.isAnswered ? NO_ERROR : CANCEL);
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
          this.#drop(event.streamId, resetError(event.code));
          break;
        case "error":
          this.#fail(event.error);
          break;
      }
    }
  }

  /** @param next the event behind: END_STREAM on the head gives the end at once */
  #begin(streamId: number, head: RequestHead, next: ConnectionEvent | undefined): void {
    const isWhole = next?.type === "end" && next.streamId === streamId;
    const exchange = new Exchange(this, streamId, head, !isWhole);
    this.#exchanges.set(streamId, exchange);
    this.#idleSince = exchange.progressAt;
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
    if (isTooMuch && this.connection.bufferedAmount === 0) this.#end(exchange, NO_ERROR);
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
    this.#end(exchange, INTERNAL_ERROR);
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
