// serve(): an HTTP server on the engine with a fetch-style application. On one port it speaks HTTP/1.1 and HTTP/2:
// over TLS as ALPN agrees, in the clear as the client's first octets say (RFC 9113 sections 3.2 and 3.3); and HTTP/3 on
// the UDP port of the same number. Rules of the file: only listeners, options and the orderly end live here; one
// connection is server-connection.ts, HTTP/3 is server-quic.ts.

import type { EventEmitter } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { type ProtocolError, UsageError } from "../../errors.js";
import type { Fields, HeaderList } from "../../events.js";
import { H1Connection } from "../../h1.js";
import { H2Connection, type H2Settings } from "../../h2.js";
import type { LenientOption } from "../../leniency.js";
import { checkLimits, type Limits } from "../limits.js";
import type { QuicServerOptions } from "./quic-options.js";
import { ServerConnection, type Speaks } from "./server-connection.js";
import type { ServerContext } from "./server-owner.js";
import { QuicServer } from "./server-quic.js";
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
  /** Trailers of the request; null where there are none, or none yet: they come behind its body. */
  readonly trailers: Fields | null;
  /**
   * Gives the answer trailers, at the latest when its body has ended. They are sent behind a body only; on HTTP/1.1 one
   * whose length was not given beforehand.
   */
  setTrailers(trailers: HeaderList): void;
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
  /** HTTP/3, on the UDP port of the same number; needs `tls` with key and certificate as PEM. */
  readonly quic?: QuicServerOptions;
  /** Limits of all protocols: where a name exists in several, the value counts for each. */
  readonly limits?: Limits;
  /** HTTP/1.1 only: HTTP/2 has no leniencies. */
  readonly lenient?: LenientOption;
  /** SETTINGS of HTTP/2 connections, and the window of the connection. */
  readonly h2Settings?: H2Settings;
  /** What is spoken, the server's favourite first. Default both, "h2" before "http/1.1". */
  readonly protocols?: readonly ("h2" | "http/1.1")[];
  /** Milliseconds; 0 switches one off. */
  readonly timeouts?: Timeouts;
  /** Connections at a time; further ones are closed by the kernel's side. Default: no limit. */
  readonly maxConnections?: number;
  /** Aborting it is `server.close()`. */
  readonly signal?: AbortSignal;
  /**
   * A peer broke the protocol. On HTTP/1.1 the suggested status was sent and the connection closes; on HTTP/2 and
   * HTTP/3 the stream was reset, or, where `error.scope` is "connection", the connection ends with that code.
   */
  readonly onError?: (error: ProtocolError, info: ConnectionInfo) => void;
  /** The application threw, or its body failed. Default: printed with `console.error`. */
  readonly onFault?: (fault: unknown, request: Request | null) => void;
}

/** A running server. */
export interface Server {
  readonly address: net.AddressInfo;
  /** "http://127.0.0.1:8080" */
  readonly url: string;
  /** Protocols that are spoken: as ALPN names them, "h3" among them, "h2c" for HTTP/2 in the clear. */
  readonly protocols: readonly string[];
  /** Connections that are open now. */
  readonly connectionCount: number;
  /**
   * Stops listening, lets requests under way finish with `Connection: close` (HTTP/2, HTTP/3: GOAWAY), closes idle
   * connections, and is fulfilled when all are gone; those that last longer than `timeouts.drainMs` are cut.
   */
  close(): Promise<void>;
}

/**
 * Starts a server.
 *
 * With `tls` the client chooses "h2" or "http/1.1" by ALPN; without, a client that begins with the HTTP/2 preface
 * gets HTTP/2 ("prior knowledge"). `Upgrade: h2c` is not taken up (RFC 9113 section 3.1 has removed it).
 *
 * @throws UsageError for options that cannot work; the system's error where it cannot listen (EADDRINUSE, EACCES)
 */
export async function serve(options: ServeOptions): Promise<Server> {
  if (typeof options?.fetch !== "function") {
    throw new UsageError("SERVE_FETCH_MISSING", "serve takes { fetch(request, info) }");
  }
  if (options.signal?.aborted) {
    throw new UsageError("SERVE_ABORTED", "the signal was aborted before the server started");
  }
  const server = new HttpServer(options);
  await server.listen();
  return server;
}

/** Ports that are tried where the system picks one: the same number must be free on TCP and on UDP. */
const PORT_TRIES = 16;

type AlpnName = "h2" | "http/1.1";

/** @throws UsageError for a protocol that is not there */
function alpnOf({ protocols = ["h2", "http/1.1"] }: ServeOptions): AlpnName[] {
  const names = [...new Set(protocols)];
  if (names.length === 0 || names.some((name) => name !== "h2" && name !== "http/1.1")) {
    throw new UsageError("SERVE_PROTOCOLS_INVALID", 'protocols are "h2" and "http/1.1"');
  }
  return names;
}

/** RFC 9113 section 7. */
const INADEQUATE_SECURITY = 12;

/** Below TLS 1.3 only suites with ephemeral keys and AEAD (RFC 9113 section 9.2.2). */
function isGoodForH2(socket: tls.TLSSocket): boolean {
  const { version, standardName } = socket.getCipher();
  if (version === "TLSv1.3") return true;
  return version === "TLSv1.2" && /^TLS_(EC)?DHE_.*_(GCM|CCM|CHACHA20)/.test(standardName);
}

const inTheClear = (names: readonly AlpnName[]): string[] =>
  ["http/1.1", "h2c"].filter((name) => names.includes(name.replace("h2c", "h2") as AlpnName));

/** What a client in the clear may begin with. */
function beginning(names: readonly AlpnName[]): Speaks {
  if (names.length === 2) return "either";
  return names[0] === "h2" ? "h2" : "h1";
}

/** @throws UsageError for limits, leniencies or settings that no connection takes */
function checkConnections({ limits, lenient, h2Settings }: ServeOptions): void {
  checkLimits(limits);
  new H1Connection({ role: "server", lenient }).close();
  const settings = h2Settings === undefined ? {} : { settings: h2Settings };
  new H2Connection({ role: "server", ...settings }).receiveEnd();
}

class HttpServer implements Server {
  readonly #options: ServeOptions;
  readonly #timeouts: Required<Timeouts>;
  readonly #listener: net.Server;
  readonly #connections = new Set<ServerConnection>();
  /** TLS: the sockets below, those in the handshake too. */
  readonly #below = new Set<net.Socket>();
  readonly #context: ServerContext;
  readonly #quic: QuicServer | null;
  /** Fields that answers on TCP have beside Date. */
  #altSvc: readonly string[] = [];
  #watch: ReturnType<typeof setInterval> | null = null;
  #closing: Promise<void> | null = null;

  readonly protocols: readonly string[];

  constructor(options: ServeOptions) {
    this.#options = options;
    this.#timeouts = timeoutsOf(options.timeouts);
    const alpnNames = alpnOf(options);
    // Wrong options are found now, not with the first client.
    checkConnections(options);
    this.#context = {
      options,
      timeouts: this.#timeouts,
      scheme: options.tls === undefined ? "http" : "https",
      defaults: (httpVersion) => this.#defaults(httpVersion),
      fault: (fault, request) => this.#fault(fault, request),
    };
    this.#quic = options.quic === undefined ? null : new QuicServer(options.quic, this.#context);
    const onTcp = options.tls === undefined ? inTheClear(alpnNames) : alpnNames;
    this.protocols = this.#quic === null ? onTcp : [...onTcp, "h3"];
    // No allowHalfOpen here: a handshake that the client leaves must end. attach() sets it on each connection.
    const common = { noDelay: true };
    if (options.tls === undefined) {
      this.#listener = net.createServer(common);
      const speaks = beginning(alpnNames);
      this.#listener.on("connection", (socket: net.Socket) => this.#accept(socket, speaks));
    } else {
      const handshakeTimeout = this.#timeouts.headMs || undefined;
      const alpn = { ALPNProtocols: alpnNames, handshakeTimeout };
      this.#listener = tls.createServer({ ...alpn, ...options.tls, ...common });
      this.#listener.on("secureConnection", (socket: tls.TLSSocket) => {
        const isH2 = socket.alpnProtocol === "h2";
        // RFC 9113 section 9.2.1.
        if (isH2) socket.disableRenegotiation();
        // Without ALPN a client can only mean HTTP/1.1 (RFC 9113 section 3.2).
        if (!isH2 && !alpnNames.includes("http/1.1")) {
          socket.destroy();
          return;
        }
        const connection = this.#accept(socket, isH2 ? "h2" : "h1");
        if (isH2 && !isGoodForH2(socket)) connection.refuse(INADEQUATE_SECURITY);
      });
      // A handshake that fails is the client's affair: Node has closed the socket.
      (this.#listener as EventEmitter).on("tlsClientError", () => {});
      this.#listener.on("connection", (socket: net.Socket) => {
        this.#below.add(socket);
        socket.once("close", () => this.#below.delete(socket));
      });
    }
    if (options.maxConnections !== undefined)
      this.#listener.maxConnections = options.maxConnections;
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
    return this.#connections.size + (this.#quic?.connections.size ?? 0);
  }

  #address: net.AddressInfo = { address: "", family: "IPv4", port: 0 };

  async listen(): Promise<void> {
    const { port = 0, signal } = this.#options;
    for (let tries = port === 0 ? PORT_TRIES : 1; ; tries--) {
      await this.#listenTcp(port);
      if (await this.#listenUdp(tries === 1)) break;
      await new Promise<void>((resolve) => this.#listener.close(() => resolve()));
    }
    // One accept that fails (no more file descriptors) must not end the process: the listener goes on.
    this.#listener.on("error", (error) => this.#fault(error, null));
    signal?.addEventListener("abort", () => void this.close(), { once: true });
    this.#watch = setInterval(() => this.#check(), watchInterval(this.#timeouts));
    this.#watch.unref();
  }

  async #listenTcp(port: number): Promise<void> {
    const { hostname = "127.0.0.1" } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#listener.once("error", reject);
      this.#listener.listen({ port, host: hostname }, () => {
        this.#listener.off("error", reject);
        resolve();
      });
    });
    this.#address = this.#listener.address() as net.AddressInfo;
  }

  /** @returns false: the number that the system picked is taken on UDP */
  async #listenUdp(isLast: boolean): Promise<boolean> {
    if (this.#quic === null) return true;
    const { address, port } = this.#address;
    try {
      await this.#quic.listen(address, port);
    } catch (error) {
      if (!isLast && (error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
      this.#listener.close();
      throw error;
    }
    this.#altSvc = this.#quic.altSvc(port);
    return true;
  }

  close(): Promise<void> {
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  async #drain(): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.#listener.close(() => resolve()));
    for (const connection of this.#connections) connection.close();
    const drained = this.#quic?.close();
    const { drainMs } = this.#timeouts;
    const cut = setTimeout(
      () => {
        for (const connection of this.#connections) connection.destroy();
        for (const socket of this.#below) socket.destroy();
        this.#quic?.destroy();
      },
      drainMs || 2 ** 31 - 1,
    );
    await stopped;
    await Promise.all([...this.#connections].map(({ closed }) => closed));
    await drained;
    clearTimeout(cut);
    if (this.#watch !== null) clearInterval(this.#watch);
  }

  #accept(socket: net.Socket, speaks: Speaks): ServerConnection {
    const connection = new ServerConnection(socket, this.#context, speaks);
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
    if (this.#closing !== null) connection.close();
    return connection;
  }

  #check(): void {
    const now = performance.now();
    for (const connection of this.#connections) connection.check(now);
    this.#quic?.check(now);
  }

  #fault(fault: unknown, request: Request | null): void {
    if (this.#options.onFault !== undefined) this.#options.onFault(fault, request);
    else console.error(fault);
  }

  #dateSecond = 0;
  #dateText = "";

  #defaults(httpVersion: string): string[] {
    const date = ["date", this.#date()];
    return httpVersion === "3" || this.#altSvc.length === 0 ? date : [...date, ...this.#altSvc];
  }

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
