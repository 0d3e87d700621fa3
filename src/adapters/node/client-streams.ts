// Requests on streams in connect(), HTTP/2 or HTTP/3: many at once on one connection. Rules of the file: as many streams
// as the server takes, further requests wait; windows are given back as bodies are read, so that an answer that is not
// read stops no other; what breaks one stream is the failure of one request.

import type { ConnectionEvent } from "../../events.js";
import { isOfStream, resetError } from "../reset-error.js";
import { BaseClient, type ClientConnection, type ClientLink, type HeadToSend } from "./client.js";
import type { ClientExchange } from "./client-exchange.js";

/** What a connection with streams has beside. */
export interface StreamClientConnection extends ClientConnection {
  sendRequest(head: HeadToSend): number;
  consume(streamId: number, length: number): void;
  reset(streamId: number, code?: number): void;
}

export abstract class StreamClient<Connection extends StreamClientConnection> extends BaseClient<
  Connection,
  ClientLink
> {
  /** What a stream ends with, as the protocol counts. */
  protected abstract readonly codes: { readonly noError: number; readonly cancel: number };

  /** The window of the stream says it. */
  pause(): void {}

  resume(): void {}

  consumed({ streamId, isOver }: ClientExchange, length: number): void {
    // A stream that is over has given its window back.
    if (isOver) return;
    this.connection.consume(streamId, length);
    this.attachment.flushSoon();
  }

  cancel(exchange: ClientExchange): void {
    this.giveUp(exchange, new Error("the answer was not wanted any more"));
  }

  protected sendHead(head: HeadToSend): number {
    return this.connection.sendRequest(head);
  }

  protected giveUp(exchange: ClientExchange, reason: Error): void {
    exchange.fail(reason);
    this.finish(exchange);
    this.#reset(exchange.streamId, this.codes.cancel);
    this.sendNext();
  }

  protected receiveOther(event: ConnectionEvent): void {
    if (event.type === "end") this.#end(event.streamId);
    else if (event.type === "reset") this.failOne(event.streamId, resetError(event.code));
    else if (event.type === "goaway") this.refuse(event.lastStreamId + 1, event.code);
    else if (event.type === "error" && isOfStream(event.error)) {
      this.failOne(event.error.streamId as number, event.error);
    } else if (event.type === "error") this.fail(event.error);
  }

  #end(streamId: number): void {
    const exchange = this.sent.get(streamId);
    if (exchange === undefined) return;
    // An answer before the end of its request: the rest is not wanted (RFC 9113 section 8.1).
    const isEarly = !exchange.isSent;
    exchange.end();
    this.finish(exchange);
    if (isEarly) this.#reset(streamId, this.codes.noError);
  }

  protected failOne(streamId: number, reason: Error): void {
    const exchange = this.sent.get(streamId);
    if (exchange === undefined) return;
    exchange.fail(reason);
    this.finish(exchange);
  }

  /** What the server has not looked at (RFC 9113 section 6.8, RFC 9114 section 5.2). */
  protected refuse(from: number, code: number): void {
    const message = `the server is going away (code ${code}) and has not processed the request`;
    for (const streamId of [...this.sent.keys()]) {
      if (streamId >= from) this.failOne(streamId, goawayError(message, code));
    }
    this.failWaiting(goawayError(message, code));
  }

  #reset(streamId: number, code: number): void {
    this.connection.reset(streamId, code);
    this.attachment.flushSoon();
  }
}

/** The request can be sent again on another connection. */
function goawayError(message: string, wireCode: number): Error {
  return Object.assign(new Error(message), { code: "CONNECTION_GOAWAY", wireCode });
}
