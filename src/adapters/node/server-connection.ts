// One connection of serve(): its events become exchanges, in order. Rules of the file: requests that may run at
// the same time do (all safe, RFC 9112 section 9.3.2), others wait for those before them; reading pauses while
// a body is not read; a broken connection ends all of its exchanges and no other connection.

import type net from "node:net";
import type { ProtocolError } from "../../errors.js";
import type { ConnectionEvent, RequestHead } from "../../events.js";
import { H1Connection } from "../../h1.js";
import { Attachment } from "./attach.js";
import { Exchange } from "./exchange.js";
import type { ConnectionInfo, ServeOptions } from "./serve.js";
import type { Timeouts } from "./timeouts.js";

/** What a connection has from its server. */
export interface ServerContext {
  readonly options: ServeOptions;
  readonly timeouts: Required<Timeouts>;
  readonly scheme: string;
  /** The Date field of now. */
  date(): string;
  /** The application failed. */
  fault(fault: unknown, request: Request | null): void;
}

/** Methods that change nothing (RFC 9110 section 9.2.1). */
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/** Content that is still read and dropped after its answer was sent; above it the connection closes. */
const DROPPED_LENGTH = 256 * 1024;

/** Answers outside of any exchange: no request is known that they could belong to. */
const bare = (line: string) => `HTTP/1.1 ${line}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`;

export class ServerConnection {
  readonly connection: H1Connection;
  readonly attachment: Attachment;
  readonly context: ServerContext;
  readonly info: ConnectionInfo;
  /** `performance.now()` when the socket was handed over. */
  readonly accepted = performance.now();
  readonly closed: Promise<void>;

  readonly #socket: net.Socket;
  /** Unanswered exchanges, oldest first. */
  readonly #exchanges = new Map<number, Exchange>();
  /** Bodies that are full: reading waits for their readers. */
  readonly #full = new Set<Exchange>();
  /** The last exchange, while its content is on the way. */
  #receiving: Exchange | null = null;

  /** Bytes read when the last exchange ended, and since when there was none. */
  #idleFrom = 0;
  #idleSince = this.accepted;
  #headSince: number | null = null;
  #progress = 0;
  #progressAt = this.accepted;

  /** @throws UsageError for limits or leniencies that no connection takes */
  static check({ limits, lenient }: ServeOptions): void {
    new H1Connection({ role: "server", limits, lenient }).close();
  }

  constructor(socket: net.Socket, context: ServerContext) {
    const { limits, lenient } = context.options;
    this.context = context;
    this.#socket = socket;
    this.info = {
      remoteAddress: socket.remoteAddress ?? null,
      remotePort: socket.remotePort ?? null,
    };
    this.connection = new H1Connection({ role: "server", limits, lenient });
    this.attachment = new Attachment(socket, this.connection, (events) => this.#receive(events), {
      answersDue: () => this.#exchanges.size > 0,
      onClose: (error) => this.#abort(error ?? new Error("the connection was closed")),
    });
    this.closed = this.attachment.closed;
    // Of TLS the handshake has been read.
    this.#idleFrom = socket.bytesRead;
    // Nearly all clients that end their side have gone; one that has not still gets its answer.
    socket.once("end", () => {
      for (const exchange of this.#exchanges.values()) exchange.abandon();
    });
  }

  /** No further request; what is under way is finished. */
  close(): void {
    if (this.connection.state === "open") this.connection.close();
    this.attachment.flush();
  }

  destroy(): void {
    this.attachment.destroy();
  }

  /** Looks whether this connection has used up one of its times. Called by the server's one timer. */
  check(now: number): void {
    const socket = this.#socket;
    const progress = socket.bytesRead + socket.bytesWritten - socket.writableLength;
    if (progress !== this.#progress) {
      this.#progress = progress;
      this.#progressAt = now;
    }
    if (this.#exchanges.size > 0 || this.#receiving !== null) this.#checkStall(now);
    else this.#checkHead(now);
  }

  #checkStall(now: number): void {
    const { stallMs } = this.context.timeouts;
    const receiving = this.#receiving;
    // A body that is not read, or that was not asked for by 100, is the application's to wait for.
    const waitsForContent =
      receiving !== null && !receiving.expectsContinue && this.#full.size === 0;
    const waitsForPeer = this.#socket.writableLength > 0 || waitsForContent;
    if (!waitsForPeer) this.#progressAt = now;
    else if (stallMs > 0 && now - this.#progressAt > stallMs) this.destroy();
  }

  #checkHead(now: number): void {
    const { idleMs, headMs } = this.context.timeouts;
    if (this.#socket.bytesRead === this.#idleFrom) {
      if (idleMs > 0 && now - this.#idleSince > idleMs) this.#endIdle();
      return;
    }
    this.#headSince ??= now;
    if (headMs > 0 && now - this.#headSince > headMs) this.#refuse("408 Request Timeout");
  }

  /** A connection on which nothing came. The beginning of a head may have come with the request before. */
  #endIdle(): void {
    this.close();
    if (this.connection.state !== "closed") this.#refuse("408 Request Timeout");
  }

  #receive(events: ConnectionEvent[]): void {
    for (const event of events) {
      switch (event.type) {
        case "head":
          this.#begin(event.streamId, event.head as RequestHead);
          break;
        case "data":
          this.#content(event.bytes);
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
          this.#refuse("505 HTTP Version Not Supported");
          break;
      }
    }
  }

  #begin(streamId: number, head: RequestHead): void {
    this.#headSince = null;
    const exchange = new Exchange(this, streamId, head);
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
      this.attachment.pause();
    } else if (exchange.isAnswered && exchange.droppedLength > DROPPED_LENGTH) {
      // The client goes on with content that nobody wants.
      this.attachment.end();
    }
  }

  /** The body of this exchange was read: there is room for more. */
  drained(exchange: Exchange): void {
    if (this.#full.delete(exchange) && this.#full.size === 0) this.attachment.resume();
  }

  /** The answer of this exchange was given to the connection in full. */
  finished(exchange: Exchange): void {
    this.#exchanges.delete(exchange.streamId);
    // Nobody reads its content any more.
    this.drained(exchange);
    if (this.#exchanges.size === 0 && this.#receiving === null) this.#idle();
    this.#startNext();
    // The last answer of a connection that is closing, or has failed, may have been all that it waited for.
    if (this.connection.state !== "open") this.attachment.flush();
  }

  #idle(): void {
    this.#idleFrom = this.#socket.bytesRead;
    this.#idleSince = performance.now();
  }

  #fail(error: ProtocolError): void {
    this.context.options.onError?.(error, this.info);
    const failing = this.#receiving;
    this.#receiving = null;
    if (failing === null) return;
    this.#exchanges.delete(failing.streamId);
    this.#full.delete(failing);
    failing.abort(error);
  }

  /** Sends one answer outside of HTTP's order, where no request is under way. */
  #refuse(line: string): void {
    this.#socket.write(bare(line));
    this.attachment.end();
  }

  #abort(reason: Error): void {
    for (const exchange of [...this.#exchanges.values()]) exchange.abort(reason);
    this.#exchanges.clear();
    this.#receiving?.abort(reason);
    this.#receiving = null;
  }
}
