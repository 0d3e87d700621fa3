// serve(): an HTTP server on the engine with a fetch-style application. Today it speaks HTTP/1.1, in the clear
// and over TLS (ALPN "http/1.1"). Rules of the file: only listeners, options and the orderly end live here;
// one connection is server-connection.ts.

import type { EventEmitter } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { type ProtocolError, UsageError } from "../../errors.js";
import type { LenientOption } from "../../leniency.js";
import type { H1Limits } from "../../limits.js";
import { ServerConnection } from "./server-connection.js";
import { type Timeouts, timeoutsOf, watchInterval } from "./timeouts.js";

/** Moments of a request, in milliseconds of `performance.now()`. */
export interface RequestTiming {
  /** The connection was handed over by the kernel. */
  readonly accepted: number;
  /** The head was complete. */
  readonly head: number;
}

/** What is known of a request beside the Request. */
export interface RequestInfo {
  readonly remoteAddress: string | null;
  readonly remotePort: number | null;
  readonly httpVersion: "1.0" | "1.1" | "2" | "3";
  readonly timing: RequestTiming;
}

/** What is known of a connection. */
export interface ConnectionInfo {
  readonly remoteAddress: string | null;
  readonly remotePort: number | null;
}

/**
 * The application: one call a request.
 *
 * `request.signal` is aborted when the client ends its side or the connection breaks. A client that only ended its
 * side still gets the answer, if there is one.
 */
export type FetchHandler = (request: Request, info: RequestInfo) => Response | Promise<Response>;

export interface ServeOptions {
  /** The application. What it throws is answered with 500, see `onFault`. */
  readonly fetch: FetchHandler;
  /** 0 (default): the system picks one, see `server.address`. */
  readonly port?: number;
  /** Address to listen on. Default "127.0.0.1": reachable from this machine only. */
  readonly hostname?: string;
  /** Key and certificate, and anything else that `tls.createServer` takes; with it the server speaks TLS. */
  readonly tls?: tls.TlsOptions;
  /** HTTP/3 is not there yet: any value is refused. */
  readonly quic?: unknown;
  readonly limits?: H1Limits;
  readonly lenient?: LenientOption;
  /** Milliseconds; 0 switches one off. */
  readonly timeouts?: Timeouts;
  /** Connections at a time; further ones are closed by the kernel's side. Default: no limit. */
  readonly maxConnections?: number;
  /** Aborting it is `server.close()`. */
  readonly signal?: AbortSignal;
  /** A peer broke the protocol. The suggested status was sent, the connection closes. */
  readonly onError?: (error: ProtocolError, info: ConnectionInfo) => void;
  /** The application threw, or its body failed. Default: printed with `console.error`. */
  readonly onFault?: (fault: unknown, request: Request | null) => void;
}

/** A running server. */
export interface Server {
  readonly address: net.AddressInfo;
  /** "http://127.0.0.1:8080" */
  readonly url: string;
  /** Protocols that are spoken, as ALPN names them. */
  readonly protocols: readonly string[];
  /** Connections that are open now. */
  readonly connectionCount: number;
  /**
   * Stops listening, lets requests under way finish with `Connection: close`, closes idle connections, and is
   * fulfilled when all are gone; those that last longer than `timeouts.drainMs` are cut.
   */
  close(): Promise<void>;
}

/**
 * Starts a server.
 *
 * HTTP/2 is not spoken yet: it is neither offered by ALPN nor accepted by prior knowledge. A client that
 * offers only "h2" is refused in the TLS handshake, and a cleartext HTTP/2 preface is answered with 505.
 *
 * @throws UsageError for options that cannot work; the system's error where it cannot listen (EADDRINUSE, EACCES)
 */
export async function serve(options: ServeOptions): Promise<Server> {
  if (typeof options?.fetch !== "function") {
    throw new UsageError("SERVE_FETCH_MISSING", "serve takes { fetch(request, info) }");
  }
  if (options.quic !== undefined) {
    throw new UsageError(
      "SERVE_QUIC_UNAVAILABLE",
      "HTTP/3 is not part of this version: leave quic out",
    );
  }
  if (options.signal?.aborted) {
    throw new UsageError("SERVE_ABORTED", "the signal was aborted before the server started");
  }
  const server = new HttpServer(options);
  await server.listen();
  return server;
}

class HttpServer implements Server {
  readonly #options: ServeOptions;
  readonly #timeouts: Required<Timeouts>;
  readonly #listener: net.Server;
  readonly #connections = new Set<ServerConnection>();
  /** TLS: the sockets below, those in the handshake too. */
  readonly #below = new Set<net.Socket>();
  #watch: ReturnType<typeof setInterval> | null = null;
  #closing: Promise<void> | null = null;

  readonly protocols = ["http/1.1"];

  constructor(options: ServeOptions) {
    this.#options = options;
    this.#timeouts = timeoutsOf(options.timeouts);
    // No allowHalfOpen here: a handshake that the client leaves must end. attach() sets it on each connection.
    const common = { noDelay: true };
    if (options.tls === undefined) {
      this.#listener = net.createServer(common);
      this.#listener.on("connection", (socket: net.Socket) => this.#accept(socket));
    } else {
      const handshakeTimeout = this.#timeouts.headMs || undefined;
      const alpn = { ALPNProtocols: this.protocols, handshakeTimeout };
      this.#listener = tls.createServer({ ...alpn, ...options.tls, ...common });
      this.#listener.on("secureConnection", (socket: tls.TLSSocket) => this.#accept(socket));
      // A handshake that fails is the client's affair: Node has closed the socket.
      (this.#listener as EventEmitter).on("tlsClientError", () => {});
      this.#listener.on("connection", (socket: net.Socket) => {
        this.#below.add(socket);
        socket.once("close", () => this.#below.delete(socket));
      });
    }
    if (options.maxConnections !== undefined)
      this.#listener.maxConnections = options.maxConnections;
    // Wrong limits are found now, not with the first client.
    ServerConnection.check(options);
  }

  get address(): net.AddressInfo {
    return this.#address;
  }

  get url(): string {
    const { address, family, port } = this.#address;
    const host = family === "IPv6" ? `[${address}]` : address;
    return `${this.#options.tls === undefined ? "http" : "https"}://${host}:${port}`;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  #address: net.AddressInfo = { address: "", family: "IPv4", port: 0 };

  async listen(): Promise<void> {
    const { port = 0, hostname = "127.0.0.1", signal } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#listener.once("error", reject);
      this.#listener.listen({ port, host: hostname }, () => {
        this.#listener.off("error", reject);
        resolve();
      });
    });
    this.#address = this.#listener.address() as net.AddressInfo;
    // One accept that fails (no more file descriptors) must not end the process: the listener goes on.
    this.#listener.on("error", (error) => this.#fault(error, null));
    signal?.addEventListener("abort", () => void this.close(), { once: true });
    this.#watch = setInterval(() => this.#check(), watchInterval(this.#timeouts));
    this.#watch.unref();
  }

  close(): Promise<void> {
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  async #drain(): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.#listener.close(() => resolve()));
    for (const connection of this.#connections) connection.close();
    const { drainMs } = this.#timeouts;
    const cut = setTimeout(
      () => {
        for (const connection of this.#connections) connection.destroy();
        for (const socket of this.#below) socket.destroy();
      },
      drainMs || 2 ** 31 - 1,
    );
    await stopped;
    await Promise.all([...this.#connections].map(({ closed }) => closed));
    clearTimeout(cut);
    if (this.#watch !== null) clearInterval(this.#watch);
  }

  #accept(socket: net.Socket): void {
    const connection = new ServerConnection(socket, {
      options: this.#options,
      timeouts: this.#timeouts,
      scheme: this.#options.tls === undefined ? "http" : "https",
      date: () => this.#date(),
      fault: (fault, request) => this.#fault(fault, request),
    });
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
    if (this.#closing !== null) connection.close();
  }

  #check(): void {
    const now = performance.now();
    for (const connection of this.#connections) connection.check(now);
  }

  #fault(fault: unknown, request: Request | null): void {
    if (this.#options.onFault !== undefined) this.#options.onFault(fault, request);
    else console.error(fault);
  }

  #dateSecond = 0;
  #dateText = "";

  /** The Date field, made anew once a second (RFC 9110 section 6.6.1). */
  #date(): string {
    const second = Math.floor(Date.now() / 1000);
    if (second !== this.#dateSecond) {
      this.#dateSecond = second;
      this.#dateText = new Date(second * 1000).toUTCString();
    }
    return this.#dateText;
  }
}
