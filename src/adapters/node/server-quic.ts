// The UDP side of serve(): HTTP/3 on the port that the other protocols have on TCP. Rules of the file: what the server
// wants of a connection is asked of all; a port is free again when all connections have ended.

import { UsageError } from "../../errors.js";
import type { QuicConnection, QuicListener } from "../quic/transport.js";
import type { QuicServerOptions } from "./quic-options.js";
import type { ServeOptions } from "./serve.js";
import { QuicServerConnection, serverConnection } from "./server-h3.js";
import type { ServerContext } from "./server-owner.js";

/** H3_EXCESSIVE_LOAD (RFC 9114 section 8.1). */
const EXCESSIVE_LOAD = 0x107;

export class QuicServer {
  readonly connections = new Set<QuicServerConnection>();
  readonly #options: QuicServerOptions;
  readonly #context: ServerContext;
  readonly #pem: { key: string; cert: string };
  #listener: QuicListener | null = null;
  #isClosing = false;

  /** @throws UsageError for options that cannot work */
  constructor(options: QuicServerOptions, context: ServerContext) {
    this.#options = options;
    this.#context = context;
    this.#pem = checkQuic(options, context.options);
    serverConnection(context.options.limits, options).receiveClose();
  }

  /** @throws the system's error where the port is taken */
  async listen(hostname: string, port: number): Promise<void> {
    const { transport, ...settings } = this.#options;
    const options = { ...settings, ...this.#pem, hostname, port };
    this.#listener = (await transport.listen?.(options, (quic) => this.#accept(quic))) ?? null;
  }

  /** The field that tells clients of the other protocols. */
  altSvc(port: number): string[] {
    const { altSvcMaxAge = 86_400 } = this.#options;
    return altSvcMaxAge > 0 ? ["alt-svc", `h3=":${port}"; ma=${altSvcMaxAge}`] : [];
  }

  check(now: number): void {
    for (const connection of this.connections) connection.check(now);
  }

  /** No further connections; those that there are finish their requests. */
  close(): Promise<void> {
    this.#isClosing = true;
    for (const connection of this.connections) connection.close();
    return this.#listener?.close() ?? Promise.resolve();
  }

  destroy(): void {
    for (const connection of this.connections) connection.destroy();
    this.#listener?.destroy();
  }

  #accept(quic: QuicConnection): void {
    const connection = new QuicServerConnection(quic, this.#options, this.#context);
    this.connections.add(connection);
    void connection.closed.then(() => this.connections.delete(connection));
    const { maxConnections = Number.POSITIVE_INFINITY } = this.#context.options;
    if (this.connections.size > maxConnections) quic.close(EXCESSIVE_LOAD);
    else if (this.#isClosing) connection.close();
  }
}

/** @throws UsageError */
function checkQuic(quic: QuicServerOptions, { tls }: ServeOptions): { key: string; cert: string } {
  if (typeof quic?.transport?.listen !== "function") {
    throw new UsageError("SERVE_QUIC_TRANSPORT", "quic takes { transport }: see quicheTransport");
  }
  const key = quic.key ?? pemOf(tls?.key);
  const cert = quic.cert ?? pemOf(tls?.cert);
  if (key === null || cert === null) {
    throw new UsageError(
      "SERVE_QUIC_TLS",
      "HTTP/3 needs tls with key and cert as PEM, not encrypted",
    );
  }
  return { key, cert };
}

/** Keys and certificates that are text, or bytes of it; null: another form. */
function pemOf(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (Array.isArray(value) && value.length > 0) return pemOf(value[0]);
  return null;
}
