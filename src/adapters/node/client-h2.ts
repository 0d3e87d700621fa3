// connect() over HTTP/2. What its streams do is client-streams.ts; rule of the file: as many of them as the server takes
// (RFC 9113 section 5.1.2).

import type net from "node:net";
import type { ConnectionEvent } from "../../events.js";
import { H2Connection } from "../../h2.js";
import { clock } from "../deadline.js";
import { limitsOfH2 } from "../limits.js";
import { type Origin, onSocket } from "./client.js";
import { StreamClient } from "./client-streams.js";
import type { ClientOptions } from "./connect.js";

/** SETTINGS_MAX_CONCURRENT_STREAMS, and what is assumed until the server has said it (RFC 9113 section 6.5.2). */
const MAX_CONCURRENT_STREAMS = 3;
const STREAMS_AT_FIRST = 100;

/** @throws UsageError for limits or settings that no connection takes */
export function h2Connection({ limits, h2Settings }: ClientOptions): H2Connection {
  const settings = h2Settings === undefined ? {} : { settings: h2Settings };
  return new H2Connection({
    ...{ role: "client", limits: limitsOfH2(limits), window: "manual", clock },
    ...settings,
  });
}

export class H2Client extends StreamClient<H2Connection> {
  readonly protocol = "h2";
  /** RFC 9113 section 7. */
  protected readonly codes = { noError: 0, cancel: 8 };
  #hasSettings = false;

  constructor(socket: net.Socket, connection: H2Connection, origin: Origin) {
    super(connection, origin, onSocket(socket, connection));
  }

  protected get hasRoom(): boolean {
    const { remoteSettings, streamCount } = this.connection;
    const most = this.#hasSettings ? remoteSettings.get(MAX_CONCURRENT_STREAMS) : STREAMS_AT_FIRST;
    return streamCount < (most ?? Number.POSITIVE_INFINITY);
  }

  protected override receiveOther(event: ConnectionEvent): void {
    if (event.type === "settings") this.#hasSettings = true;
    else super.receiveOther(event);
  }
}
