// HTTP/2 in serve(). What its streams do is server-streams.ts.

import { H2Connection } from "../../h2.js";
import { clock } from "../deadline.js";
import { limitsOfH2 } from "../limits.js";
import type { ServerConnection, ServerProtocol } from "./server-connection.js";
import { StreamServer } from "./server-streams.js";

export class H2Server extends StreamServer implements ServerProtocol {
  readonly connection: H2Connection;
  /** RST_STREAM (RFC 9113 section 7). */
  protected readonly codes = { noError: 0, internalError: 2, cancel: 8 };
  readonly #server: ServerConnection;

  constructor(server: ServerConnection) {
    super(server);
    const { limits, h2Settings } = server.context.options;
    this.#server = server;
    this.connection = new H2Connection({
      ...{ role: "server", limits: limitsOfH2(limits), window: "manual", clock },
      ...(h2Settings === undefined ? {} : { settings: h2Settings }),
    });
  }

  get isBusy(): boolean {
    // A connection that has failed answers nothing more (RFC 9113 section 5.4.1).
    return false;
  }

  protected get writtenLength(): number {
    return this.#server.socket.writableLength;
  }

  close(): void {
    if (this.connection.state === "open") this.connection.close();
  }

  refuse(code: number): void {
    this.connection.goAway(code);
    this.#server.attachment.end();
  }

  flush(): void {
    this.#server.attachment.flushSoon();
  }
}
