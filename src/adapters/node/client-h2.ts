// connect() over HTTP/2: many requests at once on one connection. Rules of the file: as many streams as the server takes
// (RFC 9113 section 5.1.2), further requests wait; windows are given back as bodies are read, so that an answer
// that is not read stops no other; what breaks one stream is the failure of one request.

import type { ConnectionEvent } from "../../events.js";
import { H2Connection } from "../../h2.js";
import { clock } from "../deadline.js";
import { limitsOfH2 } from "../limits.js";
import { isOfStream, resetError } from "../reset-error.js";
import { BaseClient, type HeadToSend } from "./client.js";
import type { ClientExchange } from "./client-exchange.js";
import type { ClientOptions } from "./connect.js";

/** SETTINGS_MAX_CONCURRENT_STREAMS, and what is assumed until the server has said it (RFC 9113 section 6.5.2). */
const MAX_CONCURRENT_STREAMS = 3;
const STREAMS_AT_FIRST = 100;

/** RFC 9113 section 7. */
const NO_ERROR = 0;
const CANCEL = 8;

/** @throws UsageError for limits or settings that no connection takes */
export function h2Connection({ limits, h2Settings }: ClientOptions): H2Connection {
  const settings = h2Settings === undefined ? {} : { settings: h2Settings };
  return new H2Connection({
    ...{ role: "client", limits: limitsOfH2(limits), window: "manual", clock },
    ...settings,
  });
}

export class H2Client extends BaseClient<H2Connection> {
  readonly protocol = "h2";
  #hasSettings = false;

  protected get hasRoom(): boolean {
    const { remoteSettings, streamCount } = this.connection;
    const most = this.#hasSettings ? remoteSettings.get(MAX_CONCURRENT_STREAMS) : STREAMS_AT_FIRST;
    return streamCount < (most ?? Number.POSITIVE_INFINITY);
  }

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
    this.#reset(exchange.streamId, CANCEL);
    this.sendNext();
  }

  protected receiveOther(event: ConnectionEvent): void {
    if (event.type === "settings") this.#hasSettings = true;
    else if (event.type === "end") this.#end(event.streamId);
    else if (event.type === "reset") this.#failOne(event.streamId, resetError(event.code));
    else if (event.type === "goaway") this.#refuse(event.lastStreamId, event.code);
    else if (event.type === "error" && isOfStream(event.error)) {
      this.#failOne(event.error.streamId as number, event.error);
    } else if (event.type === "error") this.fail(event.error);
  }

  #end(streamId: number): void {
    const exchange = this.sent.get(streamId);
    if (exchange === undefined) return;
    // An answer before the end of its request: the rest is not wanted (RFC 9113 section 8.1).
    const isEarly = !exchange.isSent;
    exchange.end();
    this.finish(exchange);
    if (isEarly) this.#reset(streamId, NO_ERROR);
  }

  #failOne(streamId: number, reason: Error): void {
    const exchange = this.sent.get(streamId);
    if (exchange === undefined) return;
    exchange.fail(reason);
    this.finish(exchange);
  }

  /** What the server has not looked at (RFC 9113 section 6.8). */
  #refuse(lastStreamId: number, code: number): void {
    const message = `the server is going away (code ${code}) and has not processed the request`;
    for (const streamId of [...this.sent.keys()]) {
      if (streamId > lastStreamId) this.#failOne(streamId, goawayError(message, code));
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
