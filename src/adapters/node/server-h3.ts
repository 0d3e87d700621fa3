// HTTP/3 in serve(): one QUIC connection. What its streams do is server-streams.ts; rule of the file: a request that came
// as early data and is not safe waits until the handshake is done, for it may be a replay (RFC 8470 section 5.1).

import type { ConnectionEvent } from "../../events.js";
import { H3Connection } from "../../h3.js";
import { clock } from "../deadline.js";
import { limitsOfH3 } from "../limits.js";
import { attachQuic, type QuicAttachment } from "../quic/drive.js";
import { closeError } from "../quic/quic-error.js";
import type { QuicConnection } from "../quic/transport.js";
import type { Exchange } from "./exchange.js";
import type { QuicIntercept, QuicServerOptions } from "./quic-options.js";
import type { ConnectionInfo, ServeOptions } from "./serve.js";
import type { ServerContext, ServerOwner } from "./server-owner.js";
import { StreamServer } from "./server-streams.js";

/** Requests that change nothing, so that a second one does no harm (RFC 9110 section 9.2.1). */
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/** A connection of QUIC on a server. */
export class QuicServerConnection implements ServerOwner {
  readonly context: ServerContext;
  readonly info: ConnectionInfo;
  readonly accepted: number;
  readonly closed: Promise<unknown>;
  readonly #attachment: QuicAttachment;
  readonly #server: H3Server;

  constructor(quic: QuicConnection, options: QuicServerOptions, context: ServerContext) {
    this.context = context;
    this.info = { remoteAddress: quic.remoteAddress, remotePort: quic.remotePort };
    this.accepted = quic.timing.startedAt;
    this.#server = new H3Server(this, quic, options);
    const { connection } = this.#server;
    const on = {
      onEstablished: () => this.#server.startDelayed(),
      onClose: (close: Parameters<typeof closeError>[0]) => this.#server.abort(closeError(close)),
    };
    let intercept: QuicIntercept | undefined;
    const receive = (events: ConnectionEvent[]) => {
      const rest = intercept === undefined ? events : intercept(events);
      if (rest.length > 0) this.#server.receive(rest);
    };
    this.#attachment = attachQuic(quic, connection, receive, on);
    intercept = options.intercept?.(this.#attachment);
    this.closed = this.#attachment.closed;
  }

  flush(): void {
    this.#attachment.flush();
  }

  check(now: number): void {
    this.#server.check(now);
  }

  close(): void {
    if (this.#server.connection.state === "open") this.#server.connection.close();
    this.flush();
  }

  destroy(): void {
    this.#attachment.destroy();
  }
}

/** @throws UsageError for limits or settings that no connection takes */
export function serverConnection(
  limits: ServeOptions["limits"],
  { h3Settings, qpack, datagrams, webtransport = false }: QuicServerOptions,
): H3Connection {
  return new H3Connection({
    ...{ role: "server", limits: limitsOfH3(limits), window: "manual", clock, webtransport },
    datagrams: datagrams !== false,
    ...(h3Settings === undefined ? {} : { settings: h3Settings }),
    ...(qpack === undefined ? {} : { qpack }),
  });
}

class H3Server extends StreamServer {
  readonly connection: H3Connection;
  /** RFC 9114 section 8.1: H3_NO_ERROR, H3_INTERNAL_ERROR, H3_REQUEST_CANCELLED. */
  protected readonly codes = { noError: 0x100, internalError: 0x102, cancel: 0x10c };
  readonly #quic: QuicConnection;
  readonly #flush: () => void;
  /** Requests of early data that wait for the handshake. */
  #delayed: Exchange[] = [];

  constructor(owner: QuicServerConnection, quic: QuicConnection, options: QuicServerOptions) {
    super(owner);
    this.#quic = quic;
    this.#flush = () => owner.flush();
    this.connection = serverConnection(owner.context.options.limits, options);
  }

  /** QUIC keeps what it has taken until it was acknowledged; what is stuck there stops the rest from being taken. */
  protected get writtenLength(): number {
    return 0;
  }

  flush(): void {
    this.#flush();
  }

  protected override start(exchange: Exchange): void {
    if (this.#quic.isEstablished || SAFE.has(exchange.head.method)) exchange.start();
    else this.#delayed.push(exchange);
  }

  /** The handshake is done. */
  startDelayed(): void {
    const delayed = this.#delayed;
    this.#delayed = [];
    // Not one that was given up meanwhile.
    for (const exchange of delayed) if (!exchange.isAnswered) exchange.start();
  }
}
