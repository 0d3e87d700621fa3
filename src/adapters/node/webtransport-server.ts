// A server of WebTransport sessions: HTTP/2 over TLS, and HTTP/3 on the UDP port of the same number where a QUIC transport is
// given. It has the shape that servers of @fails-components/webtransport have: sessions come as streams, by path.

import type { AddressInfo } from "node:net";
import { isIPv4 } from "node:net";
import tls from "node:tls";
import { UsageError } from "../../errors.js";
import type { RequestHead } from "../../events.js";
import { H2Connection } from "../../h2.js";
import { H3Connection } from "../../h3.js";
import type { H3Limits } from "../../limits.js";
import {
  type H2InitialLimits,
  type SessionRequest,
  WebTransportDriver,
  type WebTransportSession,
  webtransportH2Settings,
} from "../../webtransport.js";
import { attachQuic, type QuicAttachment } from "../quic/drive.js";
import type { QuicListener, QuicTransport } from "../quic/transport.js";
import { type Attachment, attach } from "./attach.js";

/** What `new WebTransportServer` takes. */
export interface WebTransportServerOptions {
  /** 0: the system picks one, see `address()`. */
  readonly port: number | string;
  /** Address to listen on. Default "127.0.0.1". */
  readonly host?: string;
  /** Certificate with its chain, and its key, as PEM. */
  readonly cert: string;
  readonly privKey: string;
  /** HTTP/3, over this transport, on the UDP port of the same number. */
  readonly quic?: { readonly transport: QuicTransport };
  /** Limits of HTTP/3 connections, and those of sessions over both. */
  readonly limits?: H3Limits;
  /** What each session over HTTP/2 may do before more is allowed. */
  readonly initial?: Partial<H2InitialLimits>;
}

/** What a request callback decides. */
export interface SessionDecision {
  /** 200 opens the session. */
  readonly status: number;
  /** Whose `sessionStream` gets it; default: the path of the request. */
  readonly path?: string;
  /** Handed on as `session.userData`. */
  readonly userData?: object;
  /** One of the protocols that the client offers; others are not said. */
  readonly selectedProtocol?: string;
}

/** What a request callback gets: the fields of the CONNECT by name, pseudo-fields too. */
export interface SessionQuestion {
  readonly header: Readonly<Record<string, string | readonly string[]>>;
  readonly peerAddress: string;
}

/** A session of a server. */
export type ServerSession = WebTransportSession & {
  readonly header: SessionQuestion["header"];
  readonly peerAddress: string;
  readonly userData: object;
};

/** A server of WebTransport sessions. */
export class WebTransportServer {
  /** Fulfilled when it listens; rejected where it cannot. */
  readonly ready: Promise<void>;
  /** Fulfilled when it has stopped, and all connections are gone. */
  readonly closed: Promise<void>;
  readonly #options: WebTransportServerOptions;
  readonly #host: string;
  #listener: tls.Server | null = null;
  #quic: QuicListener | null = null;
  #isStopped = false;
  readonly #connections = new Set<Attachment | QuicAttachment>();
  readonly #paths = new Map<string, ReadableStreamDefaultController<ServerSession>>();
  readonly #streams = new Map<string, ReadableStream<ServerSession>>();
  /** Paths that are accepted without a callback. */
  readonly #open = new Set<string>();
  #callback: ((question: SessionQuestion) => Promise<SessionDecision>) | null = null;
  #onReady: { resolve: () => void; reject: (error: unknown) => void } | null = null;
  #onClosed: () => void = () => {};

  /** @throws UsageError without a certificate */
  constructor(options: WebTransportServerOptions) {
    if (typeof options?.cert !== "string" || typeof options.privKey !== "string")
      throw new UsageError("WT_CERTIFICATE_MISSING", "a server takes cert and privKey as PEM");
    this.#options = options;
    this.#host = options.host ?? "127.0.0.1";
    this.ready = new Promise((resolve, reject) => {
      this.#onReady = { resolve, reject };
    });
    this.ready.catch(() => {});
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
  }

  /** Begins to listen; `ready` says how that went. */
  startServer(): void {
    const { cert, privKey, port } = this.#options;
    const listener = tls.createServer({ cert, key: privKey, ALPNProtocols: ["h2"] });
    this.#listener = listener;
    listener.on("secureConnection", (socket) => this.#onSocket(socket));
    listener.once("error", (error) => this.#onReady?.reject(error));
    listener.listen(Number(port), this.#host, () => {
      this.#listenQuic().then(
        () => this.#onReady?.resolve(),
        (error) => this.#onReady?.reject(error),
      );
    });
  }

  async #listenQuic(): Promise<void> {
    const { quic, cert, privKey } = this.#options;
    if (quic === undefined) return;
    if (quic.transport.listen === undefined)
      throw new UsageError("SERVE_QUIC_TRANSPORT", "this transport has clients only");
    const { port } = (this.#listener as tls.Server).address() as AddressInfo;
    this.#quic = await quic.transport.listen(
      { port, hostname: this.#host, key: privKey, cert },
      (connection) => {
        const http = new H3Connection({
          role: "server",
          webtransport: true,
          window: "manual",
          clock: () => performance.now(),
          ...(this.#options.limits === undefined ? {} : { limits: this.#options.limits }),
        });
        const peer = `${connection.remoteAddress}:${connection.remotePort}`;
        const driver = this.#driver(http, peer, {
          flush: () => attachment.flush(),
          maxDatagramSize: () => Math.max(0, connection.maxDatagramLength - 8),
        });
        const attachment = attachQuic(connection, http, (events) => {
          for (const event of events) if (!driver.handle(event)) answer(http, event);
        });
        this.#track(attachment, driver);
      },
    );
    if (this.#isStopped) this.#stopQuic();
  }

  #stopQuic(): void {
    const done = () => {
      this.#quic = null;
      this.#settle();
    };
    this.#quic?.close().then(done, done);
  }

  #onSocket(socket: tls.TLSSocket): void {
    if (socket.alpnProtocol !== "h2") return void socket.destroy();
    const { initial } = this.#options;
    const http = new H2Connection({
      role: "server",
      clock: () => performance.now(),
      settings: { enableConnectProtocol: true, extra: webtransportH2Settings(initial) },
    });
    const driver = this.#driver(http, `${socket.remoteAddress}:${socket.remotePort}`, {
      flush: () => attachment.flushSoon(),
    });
    const attachment: Attachment = attach(socket, http, (events) => {
      for (const event of events) if (!driver.handle(event)) answer(http, event);
    });
    this.#track(attachment, driver);
  }

  #driver(
    connection: H2Connection | H3Connection,
    peerAddress: string,
    link: { flush: () => void; maxDatagramSize?: () => number },
  ): WebTransportDriver {
    const { limits, initial } = this.#options;
    return new WebTransportDriver(connection, {
      role: "server",
      ...(limits === undefined ? {} : { limits }),
      ...(initial === undefined ? {} : { initial }),
      ...link,
      onSession: (request) => this.#onRequest(request, peerAddress),
    });
  }

  #track(attachment: Attachment | QuicAttachment, driver: WebTransportDriver): void {
    this.#connections.add(attachment);
    attachment.closed.then(() => {
      this.#connections.delete(attachment);
      driver.connectionLost();
      this.#settle();
    });
  }

  #onRequest(request: SessionRequest, peerAddress: string): void {
    const question = { header: headerOf(request.head), peerAddress };
    if (this.#callback === null) {
      const path = this.#open.has(request.path) ? request.path : request.path.split("?")[0];
      const isOpen = path !== undefined && this.#open.has(path);
      return this.#decide(request, question, { status: isOpen ? 200 : 404, path: path ?? "" });
    }
    const callback = this.#callback;
    // What it throws, or decides that is no decision, is its own mistake and no other session's.
    new Promise<SessionDecision>((resolve) => resolve(callback(question)))
      .then((decision) => this.#decide(request, question, decision))
      .catch(() => request.reject({ status: 500 }));
  }

  #decide(request: SessionRequest, question: SessionQuestion, decision: SessionDecision): void {
    const { status, path = request.path, userData = {}, selectedProtocol } = decision;
    if (status < 200 || status > 299) return request.reject({ status });
    const isOffered = request.protocols.includes(selectedProtocol ?? "");
    const session = request.accept({ protocol: isOffered ? (selectedProtocol ?? null) : null });
    const controller = this.#paths.get(path);
    const full = Object.assign(session, { ...question, userData });
    if (controller === undefined) session.close();
    else controller.enqueue(full);
  }

  /** Decides about each session that a client asks for; without, those of paths with a `sessionStream` are accepted. */
  setRequestCallback(
    callback: ((question: SessionQuestion) => Promise<SessionDecision>) | null,
  ): void {
    this.#callback = callback;
  }

  /** The sessions of a path. With `noAutoPaths` only those that the request callback sends there. */
  sessionStream(
    path: string,
    options: { readonly noAutoPaths?: boolean } = {},
  ): ReadableStream<ServerSession> {
    const known = this.#streams.get(path);
    if (known !== undefined) return known;
    if (options.noAutoPaths !== true) this.#open.add(path);
    const stream = new ReadableStream<ServerSession>({
      start: (controller) => {
        this.#paths.set(path, controller);
      },
      cancel: () => {
        this.#paths.delete(path);
      },
    });
    this.#streams.set(path, stream);
    return stream;
  }

  /** Where it listens; null before `ready`. */
  address(): { port: number; host: string; family: "IPv4" | "IPv6" } | null {
    const address = this.#listener?.address();
    if (address === null || typeof address !== "object") return null;
    const family = isIPv4(address.address) ? "IPv4" : "IPv6";
    return { port: address.port, host: address.address, family };
  }

  /** A new certificate, for connections to come over TLS. */
  updateCert(cert: string, privKey: string): void {
    this.#listener?.setSecureContext({ cert, key: privKey });
  }

  /** Stops listening and ends all connections; `closed` says when that is done. */
  stopServer(): void {
    this.#isStopped = true;
    for (const controller of this.#paths.values()) controller.close();
    this.#paths.clear();
    this.#listener?.close(() => this.#settle());
    this.#stopQuic();
    for (const attachment of this.#connections) attachment.end();
    this.#settle();
  }

  #settle(): void {
    const isListening = this.#listener?.listening === true || this.#quic !== null;
    if (this.#connections.size === 0 && !isListening) this.#onClosed();
  }
}

/** What is asked of the server beside sessions: there is nothing. */
function answer(
  connection: H2Connection | H3Connection,
  event: { readonly type: string; readonly streamId?: number },
): void {
  if (event.type !== "head") return;
  connection.sendResponse(event.streamId as number, { status: 404, headers: [], content: "" });
}

function headerOf(head: RequestHead): Record<string, string | string[]> {
  const header: Record<string, string | string[]> = {
    ":method": head.method,
    ":scheme": head.scheme ?? "https",
    ":authority": head.authority ?? "",
    ":path": head.path ?? "/",
    ":protocol": head.protocol ?? "",
  };
  const names = new Set(head.rawHeaders.filter((_, i) => i % 2 === 0));
  for (const name of names) {
    const values = head.getAll(name);
    header[name.toLowerCase()] = values.length === 1 ? (values[0] as string) : values;
  }
  return header;
}
