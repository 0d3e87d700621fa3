// One connection of serve(), whatever it speaks: socket, attachment, what is known of the client. The protocol
// itself is server-h1.ts or server-h2.ts. Rule of the file: a broken connection ends all of its exchanges and
// no other connection.

import type net from "node:net";
import type { ConnectionEvent } from "../../events.js";
import type { WireConnection } from "../connection.js";
import { Attachment } from "./attach.js";
import type { ConnectionInfo } from "./serve.js";
import { H1Server } from "./server-h1.js";
import { H2Server } from "./server-h2.js";
import type { ServerContext, ServerOwner } from "./server-owner.js";

/** What the protocols do differently. */
export interface ServerProtocol {
  readonly connection: WireConnection;
  /** Requests wait for their answers. */
  readonly isBusy: boolean;
  receive(events: ConnectionEvent[]): void;
  /** Looks whether a time was used up. Called by the server's one timer. */
  check(now: number): void;
  /** No further request; what is under way is finished. */
  close(): void;
  /** The client has ended its side. */
  abandon(): void;
  /** The connection has gone. */
  abort(reason: Error): void;
  /** HTTP/2: GOAWAY with this code, and the end. */
  refuse?(code: number): void;
}

/** What the client begins with: agreed by ALPN, or "either" where only its first octets say it. */
export type Speaks = "h1" | "h2" | "either";

export class ServerConnection implements ServerOwner {
  readonly attachment: Attachment;
  readonly context: ServerContext;
  readonly info: ConnectionInfo;
  readonly socket: net.Socket;
  /** `performance.now()` when the socket was handed over. */
  readonly accepted = performance.now();
  readonly closed: Promise<void>;
  #protocol: ServerProtocol;

  constructor(socket: net.Socket, context: ServerContext, speaks: Speaks) {
    this.context = context;
    this.socket = socket;
    this.info = {
      remoteAddress: socket.remoteAddress ?? null,
      remotePort: socket.remotePort ?? null,
    };
    this.#protocol = speaks === "h2" ? new H2Server(this) : new H1Server(this, speaks === "either");
    const receive = (events: ConnectionEvent[]) => this.#protocol.receive(events);
    this.attachment = new Attachment(socket, this.#protocol.connection, receive, {
      answersDue: () => this.#protocol.isBusy,
      onClose: (error) => this.#protocol.abort(error ?? new Error("the connection was closed")),
    });
    this.closed = this.attachment.closed;
    // Nearly all clients that end their side have gone; one that has not still gets its answer.
    socket.once("end", () => this.#protocol.abandon());
  }

  /** The client has begun with the HTTP/2 preface: from here on the connection speaks that. */
  speakH2(bytes: Uint8Array): void {
    this.#protocol = new H2Server(this);
    this.attachment.handOver(this.#protocol.connection, bytes);
  }

  /** What the connection stands on is not good enough. */
  refuse(code: number): void {
    this.#protocol.refuse?.(code);
  }

  check(now: number): void {
    this.#protocol.check(now);
  }

  close(): void {
    this.#protocol.close();
    this.attachment.flush();
  }

  destroy(): void {
    this.attachment.destroy();
  }
}
