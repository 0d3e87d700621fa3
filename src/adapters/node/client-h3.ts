// connect() over HTTP/3. What its streams do is client-streams.ts; rule of the file: as many of them as QUIC allows
// (RFC 9114 section 6.1), unless the transport lets them wait by itself.

import type { ConnectionEvent } from "../../events.js";
import { H3Connection } from "../../h3.js";
import { clock } from "../deadline.js";
import { limitsOfH3 } from "../limits.js";
import { attachQuic } from "../quic/drive.js";
import { closeError } from "../quic/quic-error.js";
import type { QuicConnection } from "../quic/transport.js";
import type { Origin } from "./client.js";
import { StreamClient } from "./client-streams.js";
import type { ClientOptions } from "./connect.js";
import type { QuicClientOptions, QuicResumption } from "./quic-options.js";

/** @throws UsageError for limits or settings that no connection takes */
export function h3Connection(
  limits: ClientOptions["limits"],
  quic: QuicClientOptions,
): H3Connection {
  const { h3Settings, qpack, resumption, webtransport = false } = quic;
  return new H3Connection({
    ...{ role: "client", limits: limitsOfH3(limits), window: "manual", clock, webtransport },
    datagrams: quic.datagrams !== false,
    ...(h3Settings === undefined ? {} : { settings: h3Settings }),
    ...(qpack === undefined ? {} : { qpack }),
    ...(resumption === undefined ? {} : { rememberedSettings: resumption.settings }),
  });
}

export class H3Client extends StreamClient<H3Connection> {
  readonly protocol = "h3";
  /** RFC 9114 section 8.1: H3_NO_ERROR, H3_REQUEST_CANCELLED. */
  protected readonly codes = { noError: 0x100, cancel: 0x10c };
  readonly quic: QuicConnection;

  constructor(quic: QuicConnection, connection: H3Connection, origin: Origin) {
    super(connection, origin, (receive, onClose) =>
      attachQuic(quic, connection, receive, {
        onTurn: () => this.sendNext(),
        onClose: (close) => onClose(closeError(close)),
      }),
    );
    this.quic = quic;
  }

  override get resumption(): QuicResumption | null {
    const { session } = this.quic;
    return session === null ? null : { session, settings: this.connection.remoteSettings };
  }

  protected get hasRoom(): boolean {
    return this.#opened < this.quic.bidiStreamLimit;
  }

  /** Streams so far. */
  #opened = 0;

  protected override sendHead(head: Parameters<H3Connection["sendRequest"]>[0]): number {
    const streamId = this.connection.sendRequest(head);
    this.#opened = streamId / 4 + 1;
    return streamId;
  }

  protected override receiveOther(event: ConnectionEvent): void {
    if (event.type === "goaway") this.refuse(event.lastStreamId, event.code);
    else if (event.type !== "stopSending") super.receiveOther(event);
    else this.#stopBody(event.streamId);
  }

  /** The server takes no more of a request, and may answer all the same (RFC 9114 section 4.1). */
  #stopBody(streamId: number): void {
    this.sent.get(streamId)?.stopBody();
  }
}
