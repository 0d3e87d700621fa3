// connect() over HTTP/1.1. Rules of the file: one request at a time unless `pipelining` says more (RFC 9112 section
// 9.3.2); an answer that is not read stops the connection; what is broken is broken for all.

import type net from "node:net";
import type { ConnectionEvent } from "../../events.js";
import { H1Connection } from "../../h1.js";
import { limitsOfH1 } from "../limits.js";
import type { Attachment } from "./attach.js";
import { BaseClient, type HeadToSend, type Origin, onSocket, tunnelError } from "./client.js";
import type { ClientExchange } from "./client-exchange.js";
import type { ClientOptions } from "./connect.js";

/** @throws UsageError for limits or leniencies that no connection takes */
export function h1Connection({ limits, lenient }: ClientOptions): H1Connection {
  return new H1Connection({ role: "client", limits: limitsOfH1(limits), lenient });
}

export class H1Client extends BaseClient<H1Connection, Attachment> {
  readonly protocol = "http/1.1";
  readonly #pipelining: number;
  /** Answers that wait to be read: nothing more is received. */
  readonly #full = new Set<ClientExchange>();

  constructor(socket: net.Socket, connection: H1Connection, origin: Origin, pipelining: number) {
    super(connection, origin, onSocket(socket, connection));
    this.#pipelining = pipelining;
  }

  protected get hasRoom(): boolean {
    return this.sent.size < this.#pipelining;
  }

  pause(exchange: ClientExchange): void {
    this.#full.add(exchange);
    this.attachment.pause();
  }

  resume(exchange: ClientExchange): void {
    if (this.#full.delete(exchange) && this.#full.size === 0) this.attachment.resume();
  }

  cancel(): void {
    this.destroy();
  }

  protected sendHead({ method, path, authority, headers, body }: HeadToSend): number {
    const kind = body === undefined ? {} : { body };
    return this.connection.sendRequest({ method, path, authority, headers, ...kind });
  }

  /** A part of a body was sent: only the end of the connection tells the server so. */
  protected giveUp(_exchange: ClientExchange, reason: Error): void {
    this.destroy(reason);
  }

  protected receiveOther(event: ConnectionEvent): void {
    if (event.type === "error") this.fail(event.error);
    // What follows 101 is not HTTP: nothing here could read it.
    else if (event.type === "informational") this.destroy(tunnelError());
    else if (event.type === "end") this.#end(event.streamId);
  }

  #end(streamId: number): void {
    const exchange = this.sent.get(streamId);
    if (exchange === undefined) return;
    exchange.end();
    this.finish(exchange);
  }
}
