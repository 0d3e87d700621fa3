// HTTP/1.1 in serve(): events become exchanges, in order. Rules of the file: requests that may run at the same time do
// (all safe, RFC 9112 section 9.3.2), others wait for those before them; reading pauses while a body is not
// read.

import type { ProtocolError } from "../../errors.js";
import type { ConnectionEvent, RequestHead } from "../../events.js";
import { H1Connection } from "../../h1.js";
import { limitsOfH1 } from "../limits.js";
import { Exchange, type ExchangeOwner } from "./exchange.js";
import type { ServerConnection, ServerProtocol } from "./server-connection.js";

/** Methods that change nothing (RFC 9110 section 9.2.1). */
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/** Content that is still read and dropped after its answer was sent; above it the connection closes. */
const DROPPED_LENGTH = 256 * 1024;

/** Answers outside of any exchange: no request is known that they could belong to. */
const bare = (line: string) => `HTTP/1.1 ${line}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`;

export class H1Server implements ServerProtocol, ExchangeOwner {
  readonly connection: H1Connection;
  readonly owner: ServerConnection;
  /** Unanswered exchanges, oldest first. */
  readonly #exchanges = new Map<number, Exchange>();
  /** Bodies that are full: reading waits for their readers. */
  readonly #full = new Set<Exchange>();
  /** The last exchange, while its content is on the way. */
  #receiving: Exchange | null = null;

  /** Bytes read when the last exchange ended, and since when there was none. */
  #idleFrom: number;
  #idleSince: number;
  #headSince: number | null = null;
  #progress = 0;
  #progressAt: number;

  /** @param takesPreface the HTTP/2 preface is another beginning, and no error */
  constructor(owner: ServerConnection, takesPreface: boolean) {
    const { limits, lenient } = owner.context.options;
    this.owner = owner;
    this.connection = new H1Connection({
      ...{ role: "server", limits: limitsOfH1(limits), lenient, handOverPreface: takesPreface },
    });
    // Of TLS the handshake has been read.
    this.#idleFrom = owner.socket.bytesRead;
    this.#idleSince = owner.accepted;
    this.#progressAt = owner.accepted;
  }

  get isBusy(): boolean {
    return this.#exchanges.size > 0;
  }

  close(): void {
    if (this.connection.state === "open") this.connection.close();
  }

  abandon(): void {
    for (const exchange of this.#exchanges.values()) exchange.abandon();
  }

  flush(): void {
    this.owner.attachment.flush();
  }

  check(now: number): void {
    const { socket } = this.owner;
    const progress = socket.bytesRead + socket.bytesWritten - socket.writableLength;
    if (progress !== this.#progress) {
      this.#progress = progress;
      this.#progressAt = now;
    }
    if (this.#exchanges.size > 0 || this.#receiving !== null) this.#checkStall(now);
    else this.#checkHead(now);
  }

  #checkStall(now: number): void {
    const { stallMs } = this.owner.context.timeouts;
    const receiving = this.#receiving;
    // A body that is not read, or that was not asked for by 100, is the application's to wait for.
    const waitsForContent =
      receiving !== null && !receiving.expectsContinue && this.#full.size === 0;
    const waitsForPeer = this.owner.socket.writableLength > 0 || waitsForContent;
    if (!waitsForPeer) this.#progressAt = now;
    else if (stallMs > 0 && now - this.#progressAt > stallMs) this.owner.destroy();
  }

  #checkHead(now: number): void {
    const { idleMs, headMs } = this.owner.context.timeouts;
    if (this.owner.socket.bytesRead === this.#idleFrom) {
      if (idleMs > 0 && now - this.#idleSince > idleMs) this.#endIdle();
      return;
    }
    this.#headSince ??= now;
    if (headMs > 0 && now - this.#headSince > headMs) this.#refuse("408 Request Timeout");
  }

  /** A connection on which nothing came. The beginning of a head may have come with the request before. */
  #endIdle(): void {
    this.owner.close();
    if (this.connection.state !== "closed") this.#refuse("408 Request Timeout");
  }

  receive(events: ConnectionEvent[]): void {
    for (const event of events) {
      switch (event.type) {
        case "head":
          this.#begin(event.streamId, event.head as RequestHead);
          break;
        case "data":
          this.#content(event.bytes);
          break;
        case "trailers":
          this.#receiving?.receiveTrailers(event.trailers);
          break;
        case "end":
          this.#receiving?.endRequest();
          this.#receiving = null;
          if (this.#exchanges.size === 0) this.#idle();
          break;
        case "writable":
          this.#exchanges.get(event.streamId)?.releaseWriter();
          break;
        case "error":
          this.#fail(event.error);
          break;
        case "preface":
          this.connection.reset(0);
          this.owner.speakH2(event.bytes);
          break;
      }
    }
  }

  #begin(streamId: number, head: RequestHead): void {
    this.#headSince = null;
    const exchange = new Exchange(this, streamId, head, hasContent(head));
    this.#exchanges.set(streamId, exchange);
    this.#receiving = exchange;
    this.#startNext();
  }

  /** Starts what may run now. */
  #startNext(): void {
    let allSafe = true;
    let isFirst = true;
    for (const exchange of this.#exchanges.values()) {
      allSafe &&= SAFE.has(exchange.head.method);
      if (!isFirst && !allSafe) return;
      isFirst = false;
      exchange.start();
    }
  }

  #content(bytes: Uint8Array): void {
    const exchange = this.#receiving;
    if (exchange === null) return;
    if (!exchange.receive(bytes)) {
      this.#full.add(exchange);
      this.owner.attachment.pause();
    } else if (exchange.isAnswered && exchange.droppedLength > DROPPED_LENGTH) {
      // The client goes on with content that nobody wants.
      this.owner.attachment.end();
    }
  }

  /** The body of this exchange was read: there is room for more. */
  drained(exchange: Exchange): void {
    if (this.#full.delete(exchange) && this.#full.size === 0) this.owner.attachment.resume();
  }

  /** The answer of this exchange was given to the connection in full. */
  finished(exchange: Exchange): void {
    this.#exchanges.delete(exchange.streamId);
    // Nobody reads its content any more.
    this.drained(exchange);
    if (this.#exchanges.size === 0 && this.#receiving === null) this.#idle();
    this.#startNext();
    // The last answer of a connection that is closing, or has failed, may have been all that it waited for.
    if (this.connection.state !== "open") this.flush();
  }

  /** An answer that was begun cannot be finished: only the end of the connection tells the client so. */
  cut(): void {
    this.owner.destroy();
  }

  #idle(): void {
    this.#idleFrom = this.owner.socket.bytesRead;
    this.#idleSince = performance.now();
  }

  #fail(error: ProtocolError): void {
    this.owner.context.options.onError?.(error, this.owner.info);
    const failing = this.#receiving;
    this.#receiving = null;
    if (failing === null) return;
    this.#exchanges.delete(failing.streamId);
    this.#full.delete(failing);
    failing.abort(error);
  }

  /** Sends one answer outside of HTTP's order, where no request is under way. */
  #refuse(line: string): void {
    this.owner.socket.write(bare(line));
    this.owner.attachment.end();
  }

  abort(reason: Error): void {
    for (const exchange of [...this.#exchanges.values()]) exchange.abort(reason);
    this.#exchanges.clear();
    this.#receiving?.abort(reason);
    this.#receiving = null;
  }
}

function hasContent(head: RequestHead): boolean {
  if (head.has("transfer-encoding")) return true;
  const length = head.get("content-length");
  return length !== null && Number(length) !== 0;
}
