// connect(): a client of one connection. Rules of the file: one request at a time unless `pipelining` says more
// (RFC 9112 section 9.3.2); a body is sent as fast as the server takes it, and received as fast as it is read;
// a request that was not answered is rejected with the reason, and never sent twice.

import net from "node:net";
import tls from "node:tls";
import { UsageError } from "../../errors.js";
import type { BodyKind, ConnectionEvent, HeaderList, ResponseHead } from "../../events.js";
import { H1Connection } from "../../h1.js";
import type { LenientOption } from "../../leniency.js";
import type { H1Limits } from "../../limits.js";
import { Attachment } from "./attach.js";
import { ClientExchange, type ClientResponse } from "./client-exchange.js";

export type { ClientResponse } from "./client-exchange.js";

export interface ClientOptions {
  readonly port: number;
  /** Name or address. Default "127.0.0.1". */
  readonly host?: string;
  /** TLS: true, or what `tls.connect` takes. The certificate is checked unless it says otherwise. */
  readonly tls?: boolean | tls.ConnectionOptions;
  readonly limits?: H1Limits;
  readonly lenient?: LenientOption;
  /** Requests on the way before the first answer. Default 1. */
  readonly pipelining?: number;
  /** Aborting it closes the connection at once. */
  readonly signal?: AbortSignal;
}

export interface ClientRequest {
  /** Default "GET". */
  readonly method?: string;
  /** Path and query. Default "/". */
  readonly path?: string;
  /** Host field. Default: host and port of the connection. */
  readonly authority?: string;
  readonly headers?: HeaderList;
  /** The content; what comes in pieces is sent chunked unless the headers give its length. */
  readonly body?: Uint8Array | string | AsyncIterable<Uint8Array>;
}

/** A connected client. */
export interface Client {
  /**
   * Sends a request when its turn has come; fulfilled when the head of the final answer is there.
   * Read or cancel the body: the answers behind it wait for it. For CONNECT and upgrades use `attach`.
   *
   * @throws UsageError for a request that cannot be sent; rejected with ProtocolError where the server breaks the
   *   protocol, with Error where the connection closes before the answer
   */
  request(request?: ClientRequest): Promise<ClientResponse>;
  /** Fulfilled when the connection has closed. */
  readonly closed: Promise<void>;
  /** The connection takes further requests. */
  readonly isOpen: boolean;
  /** Lets requests on the way finish, then closes. */
  close(): Promise<void>;
  /** Closes at once. */
  destroy(reason?: Error): void;
}

/**
 * Connects to an HTTP/1.1 server.
 *
 * @throws UsageError for options that cannot work; the system's error where nobody answers (ECONNREFUSED)
 */
export async function connect(options: ClientOptions): Promise<Client> {
  const { pipelining = 1, signal } = options;
  if (!Number.isInteger(pipelining) || pipelining < 1) {
    throw new UsageError("PIPELINING_INVALID", "pipelining takes a whole number from 1");
  }
  signal?.throwIfAborted();
  // Wrong limits are found before the socket is there.
  const { limits, lenient } = options;
  const connection = new H1Connection({ role: "client", limits, lenient });
  const socket = await open(options);
  const client = new HttpClient(socket, connection, authorityOf(options), pipelining);
  signal?.addEventListener("abort", () => client.destroy(signal.reason), { once: true });
  return client;
}

async function open(options: ClientOptions): Promise<net.Socket> {
  const { host = "127.0.0.1", port } = options;
  const isSecure = options.tls !== undefined && options.tls !== false;
  const common = { host, port, allowHalfOpen: true, noDelay: true };
  const socket = isSecure ? tls.connect(secure(options, common)) : net.connect(common);
  const abort = () => socket.destroy(options.signal?.reason);
  options.signal?.addEventListener("abort", abort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.once(isSecure ? "secureConnect" : "connect", () => {
        socket.off("error", reject);
        resolve();
      });
    });
  } finally {
    options.signal?.removeEventListener("abort", abort);
  }
  return socket;
}

function secure(
  options: ClientOptions,
  common: { host: string; port: number },
): tls.ConnectionOptions {
  const own = typeof options.tls === "object" ? options.tls : {};
  // A server name is a name: an address may not be one (RFC 6066 section 3).
  const name = net.isIP(common.host) === 0 ? { servername: common.host } : {};
  return { ALPNProtocols: ["http/1.1"], ...name, ...own, ...common };
}

function authorityOf({ host = "127.0.0.1", port, tls: secureOptions }: ClientOptions): string {
  const name = net.isIPv6(host) ? `[${host}]` : host;
  const isDefault = port === (secureOptions ? 443 : 80);
  return isDefault ? name : `${name}:${port}`;
}

class HttpClient implements Client {
  readonly #connection: H1Connection;
  readonly #attachment: Attachment;
  readonly #authority: string;
  readonly #pipelining: number;
  /** Not sent yet. */
  readonly #waiting: ClientExchange[] = [];
  /** Sent, answer not complete; oldest first. */
  readonly #sent = new Map<number, ClientExchange>();
  /** Answers that wait to be read: nothing more is received. */
  readonly #full = new Set<ClientExchange>();
  #closing = false;
  #failure: Error | null = null;

  constructor(socket: net.Socket, connection: H1Connection, authority: string, pipelining: number) {
    this.#connection = connection;
    this.#authority = authority;
    this.#pipelining = pipelining;
    this.#attachment = new Attachment(socket, connection, (events) => this.#receive(events), {
      onClose: (error) => this.#fail(error ?? new Error("the server closed the connection")),
    });
  }

  get closed(): Promise<void> {
    return this.#attachment.closed;
  }

  get isOpen(): boolean {
    return !this.#closing && this.#failure === null && this.#connection.state === "open";
  }

  request(request: ClientRequest = {}): Promise<ClientResponse> {
    const { body } = request;
    const octets = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const exchange: ClientExchange = new ClientExchange(
      { ...request, body: octets },
      {
        pause: () => this.#pause(exchange),
        resume: () => this.#resume(exchange),
        cancel: () => this.destroy(),
      },
    );
    if (this.isOpen) {
      this.#waiting.push(exchange);
      this.#sendNext();
    } else {
      exchange.fail(this.#failure ?? new Error("the connection takes no further requests"));
    }
    return exchange.response;
  }

  close(): Promise<void> {
    this.#closing = true;
    if (this.#sent.size === 0 && this.#waiting.length === 0) {
      if (this.#connection.state === "open") this.#connection.close();
      this.#attachment.end();
    }
    return this.closed;
  }

  destroy(reason?: Error): void {
    this.#fail(reason ?? new Error("the client was destroyed"));
    this.#attachment.destroy();
  }

  #pause(exchange: ClientExchange): void {
    this.#full.add(exchange);
    this.#attachment.pause();
  }

  #resume(exchange: ClientExchange): void {
    if (this.#full.delete(exchange) && this.#full.size === 0) this.#attachment.resume();
  }

  #sendNext(): void {
    while (this.#sent.size < this.#pipelining && this.#connection.state === "open") {
      const exchange = this.#waiting.shift();
      if (exchange === undefined) return;
      this.#send(exchange);
    }
  }

  #send(exchange: ClientExchange): void {
    const { method = "GET", path = "/", authority = this.#authority, body } = exchange.request;
    const headers = exchange.request.headers ?? [];
    let streamId: number;
    try {
      if (method === "CONNECT") throw tunnelError();
      const kind = bodyKind(body, headers);
      streamId = this.#connection.sendRequest({ method, path, authority, headers, ...kind });
    } catch (error) {
      exchange.fail(error);
      return;
    }
    this.#sent.set(streamId, exchange);
    void this.#sendBody(streamId, exchange);
  }

  async #sendBody(streamId: number, exchange: ClientExchange): Promise<void> {
    const { body } = exchange.request;
    try {
      if (body === undefined) {
        this.#connection.sendEnd(streamId);
      } else if (body instanceof Uint8Array) {
        if (body.length > 0) this.#connection.sendData(streamId, body);
        this.#connection.sendEnd(streamId);
      } else {
        for await (const bytes of body as AsyncIterable<Uint8Array>) {
          if (exchange.isOver) return;
          if (bytes.length === 0) continue;
          const hasRoom = this.#connection.sendData(streamId, bytes);
          const writable = hasRoom ? null : exchange.writable();
          this.#attachment.flush();
          await writable;
        }
        this.#connection.sendEnd(streamId);
      }
      this.#attachment.flush();
    } catch (error) {
      // A part of a body was sent: only the end of the connection tells the server so.
      if (!exchange.isOver) this.destroy(error as Error);
    }
  }

  #receive(events: ConnectionEvent[]): void {
    for (const event of events) {
      if (event.type === "error") this.#fail(event.error);
      else if ("streamId" in event) this.#give(event, this.#sent.get(event.streamId));
    }
    this.#sendNext();
  }

  #give(
    event: Exclude<ConnectionEvent, { type: "error" }>,
    exchange: ClientExchange | undefined,
  ): void {
    if (exchange === undefined) return;
    if (event.type === "informational") this.#inform(event.head, exchange);
    else if (event.type === "head") exchange.answer(event.head as ResponseHead);
    else if (event.type === "data") exchange.receive(event.bytes);
    else if (event.type === "trailers") exchange.trail(event.trailers);
    else if (event.type === "writable") exchange.releaseWriter();
    else if (event.type === "end") this.#finish(event.streamId, exchange);
  }

  #inform(head: ResponseHead, exchange: ClientExchange): void {
    exchange.inform(head);
    // What follows is not HTTP: nothing here could read it.
    if (head.status === 101) this.destroy(tunnelError());
  }

  #finish(streamId: number, exchange: ClientExchange): void {
    this.#sent.delete(streamId);
    exchange.end();
    if (this.#closing) void this.close();
  }

  #fail(reason: Error): void {
    this.#failure ??= reason;
    const all = [...this.#sent.values(), ...this.#waiting];
    this.#sent.clear();
    this.#waiting.length = 0;
    for (const exchange of all) exchange.fail(this.#failure);
  }
}

function tunnelError(): UsageError {
  return new UsageError("CLIENT_TUNNEL", "tunnels and upgrades need attach(), see TunnelStream");
}

/** Framing of a request: a whole body has a length, one in pieces is chunked unless a field gives its length. */
function bodyKind(body: ClientRequest["body"], headers: HeaderList): { body?: BodyKind } {
  if (body === undefined || hasLength(headers)) return {};
  return { body: body instanceof Uint8Array ? body.length : "chunked" };
}

function hasLength(headers: HeaderList): boolean {
  const isLength = (name: string) => name.toLowerCase() === "content-length";
  if (Array.isArray(headers) && typeof headers[0] === "string") {
    return headers.some((name, at) => at % 2 === 0 && isLength(name));
  }
  if (Symbol.iterator in headers) {
    return [...(headers as Iterable<readonly [string, string]>)].some(([name]) => isLength(name));
  }
  return Object.keys(headers).some(isLength);
}
