// What the clients of connect() have in common: requests that wait for their turn, bodies on their way out, answers
// that are handed to their requests. Rules of the file: a body is sent as fast as the server takes it, and
// received as fast as it is read; a request that was not answered is rejected with the reason, and never sent
// twice.

import type net from "node:net";
import { UsageError } from "../../errors.js";
import type { BodyKind, ConnectionEvent, HeaderList, ResponseHead } from "../../events.js";
import type { ResponseWriter, WireConnection } from "../connection.js";
import { Attachment } from "./attach.js";
import { ClientExchange, type ClientResponse, type ExchangePort } from "./client-exchange.js";
import type { QuicResumption } from "./quic-options.js";

export interface ClientRequest {
  /** Default "GET". */
  readonly method?: string;
  /** Path and query. Default "/". */
  readonly path?: string;
  /** Host field, `:authority` on HTTP/2 and HTTP/3. Default: host and port of the connection. */
  readonly authority?: string;
  readonly headers?: HeaderList;
  /** The content; what comes in pieces is sent chunked unless the headers give its length. */
  readonly body?: Uint8Array | string | AsyncIterable<Uint8Array>;
  /** Sent behind the content; on HTTP/1.1 only behind content in pieces. A function is asked when they are due. */
  readonly trailers?: HeaderList | (() => HeaderList);
}

/** A connected client. */
export interface Client {
  /** What was agreed on. */
  readonly protocol: "http/1.1" | "h2" | "h3";
  /**
   * Sends a request when its turn has come (HTTP/2, HTTP/3: at once, as long as the server takes further streams);
   * fulfilled when the head of the final answer is there. Read or cancel the body: on HTTP/1.1 the answers
   * behind it wait for it. For CONNECT and upgrades use `attach`.
   *
   * @throws UsageError for a request that cannot be sent; rejected with ProtocolError where the server breaks the
   *   protocol, with Error where the connection closes, or the stream is reset, before the answer
   */
  request(request?: ClientRequest): Promise<ClientResponse>;
  /** Fulfilled when the connection has closed. */
  readonly closed: Promise<void>;
  /** The connection takes further requests. */
  readonly isOpen: boolean;
  /** HTTP/3: what a later connection to the server can begin with, see `quic.resumption`; null: nothing, or not yet. */
  readonly resumption: QuicResumption | null;
  /** Lets requests on the way finish, then closes. */
  close(): Promise<void>;
  /** Closes at once. */
  destroy(reason?: Error): void;
}

/** The head of a request, and how its content ends. */
export interface HeadToSend {
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  readonly scheme: string;
  readonly headers: HeaderList;
  readonly body?: BodyKind;
}

/** What a client needs of its connection. */
export type ClientConnection = Pick<WireConnection, "close" | "state"> &
  Pick<ResponseWriter, "sendData" | "sendTrailers" | "sendEnd">;

/** What carries a connection: an Attachment, or QUIC's. */
export interface ClientLink {
  /** Fulfilled when it has closed. */
  readonly closed: Promise<unknown>;
  flushSoon(): void;
  end(): void;
  destroy(): void;
}

/** Joins a connection with what carries it. `onClose` gets the reason, null where there is none. */
export type Join<Link> = (
  receive: (events: ConnectionEvent[]) => void,
  onClose: (error: Error | null) => void,
) => Link;

/** On a socket. */
export function onSocket(socket: net.Socket, connection: WireConnection): Join<Attachment> {
  return (receive, onClose) => new Attachment(socket, connection, receive, { onClose });
}

export abstract class BaseClient<Connection extends ClientConnection, Link extends ClientLink>
  implements Client, ExchangePort
{
  abstract readonly protocol: Client["protocol"];
  protected readonly connection: Connection;
  protected readonly attachment: Link;
  /** Sent, answer not complete; oldest first. */
  protected readonly sent = new Map<number, ClientExchange>();
  /** Not sent yet. */
  readonly #waiting: ClientExchange[] = [];
  readonly #origin: Origin;
  #closing = false;
  #failure: Error | null = null;

  constructor(connection: Connection, origin: Origin, join: Join<Link>) {
    this.connection = connection;
    this.#origin = origin;
    this.attachment = join(
      (events) => this.#receive(events),
      (error) => this.fail(error ?? new Error("the server closed the connection")),
    );
  }

  /** One more request may be on the way. */
  protected abstract get hasRoom(): boolean;
  /** An answer is not read. */
  abstract pause(exchange: ClientExchange): void;
  abstract resume(exchange: ClientExchange): void;
  abstract cancel(exchange: ClientExchange): void;
  /** The body of a request that was begun cannot be finished. */
  protected abstract giveUp(exchange: ClientExchange, reason: Error): void;
  /** Events that are not about one answer. */
  protected abstract receiveOther(event: ConnectionEvent): void;

  get closed(): Promise<void> {
    return this.attachment.closed.then(() => {});
  }

  get resumption(): QuicResumption | null {
    return null;
  }

  get isOpen(): boolean {
    return !this.#closing && this.#failure === null && this.connection.state === "open";
  }

  request(request: ClientRequest = {}): Promise<ClientResponse> {
    const { body } = request;
    const octets = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const exchange = new ClientExchange({ ...request, body: octets }, this);
    if (this.isOpen) {
      this.#waiting.push(exchange);
      this.sendNext();
    } else {
      exchange.fail(this.#failure ?? new Error("the connection takes no further requests"));
    }
    return exchange.response;
  }

  close(): Promise<void> {
    this.#closing = true;
    if (this.sent.size === 0 && this.#waiting.length === 0) {
      if (this.connection.state === "open") this.connection.close();
      this.attachment.end();
    }
    return this.closed;
  }

  destroy(reason?: Error): void {
    this.fail(reason ?? new Error("the client was destroyed"));
    this.attachment.destroy();
  }

  /** Sends what may be sent now. */
  protected sendNext(): void {
    while (this.hasRoom && this.connection.state === "open") {
      const exchange = this.#waiting.shift();
      if (exchange === undefined) return;
      this.#send(exchange);
    }
  }

  #send(exchange: ClientExchange): void {
    const { method = "GET", path = "/", body } = exchange.request;
    const { authority = this.#origin.authority, headers = [] } = exchange.request;
    const { scheme } = this.#origin;
    try {
      if (method === "CONNECT") throw tunnelError();
      const kind = this.bodyKind(body, headers);
      const head = { method, path, authority, scheme, headers, ...kind };
      exchange.streamId = this.sendHead(head);
    } catch (error) {
      exchange.fail(error);
      return;
    }
    this.sent.set(exchange.streamId, exchange);
    void this.#sendBody(exchange);
  }

  protected abstract sendHead(head: HeadToSend): number;

  /** Framing of a request: a whole body has a length, one in pieces has none unless a field gives it. */
  protected bodyKind(body: ClientRequest["body"], headers: HeaderList): { body?: BodyKind } {
    if (body === undefined || hasLength(headers)) return {};
    return { body: body instanceof Uint8Array ? body.length : "chunked" };
  }

  async #sendBody(exchange: ClientExchange): Promise<void> {
    const { body } = exchange.request;
    try {
      if (body instanceof Uint8Array) {
        if (body.length > 0) this.connection.sendData(exchange.streamId, body);
      } else if (body !== undefined) {
        await this.#sendPieces(exchange, body as AsyncIterable<Uint8Array>);
      }
      if (exchange.isStopped) return;
      if (!exchange.isOver || body === undefined) this.#sendEnd(exchange);
      this.attachment.flushSoon();
    } catch (error) {
      if (!exchange.isOver && !exchange.isStopped) this.giveUp(exchange, error as Error);
    }
  }

  async #sendPieces(exchange: ClientExchange, body: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const bytes of body) {
      if (exchange.isOver || exchange.isStopped) return;
      if (bytes.length === 0) continue;
      const hasRoom = this.connection.sendData(exchange.streamId, bytes);
      const writable = hasRoom ? null : exchange.writable();
      this.attachment.flushSoon();
      await writable;
    }
  }

  #sendEnd(exchange: ClientExchange): void {
    const { streamId, request } = exchange;
    const { trailers } = request;
    exchange.isSent = true;
    if (trailers === undefined) this.connection.sendEnd(streamId);
    else
      this.connection.sendTrailers(
        streamId,
        typeof trailers === "function" ? trailers() : trailers,
      );
  }

  #receive(events: ConnectionEvent[]): void {
    for (const event of events) {
      const exchange = "streamId" in event ? this.sent.get(event.streamId) : undefined;
      if (exchange === undefined || !give(event, exchange)) this.receiveOther(event);
    }
    this.sendNext();
  }

  /** The answer is complete, or there will be none. */
  protected finish(exchange: ClientExchange): void {
    this.sent.delete(exchange.streamId);
    if (this.#closing) void this.close();
  }

  /** Requests that were not sent never will be. */
  protected failWaiting(reason: Error): void {
    for (const exchange of this.#waiting.splice(0)) exchange.fail(reason);
  }

  /** The connection is of no more use. */
  protected fail(reason: Error): void {
    this.#failure ??= reason;
    const all = [...this.sent.values(), ...this.#waiting];
    this.sent.clear();
    this.#waiting.length = 0;
    for (const exchange of all) exchange.fail(this.#failure);
  }
}

/** What is to be reached. */
export interface Origin {
  readonly scheme: "http" | "https";
  readonly authority: string;
}

/** @returns false: not for the exchange alone */
function give(event: ConnectionEvent, exchange: ClientExchange): boolean {
  if (event.type === "informational") exchange.inform(event.head);
  else if (event.type === "head") exchange.answer(event.head as ResponseHead);
  else if (event.type === "data") exchange.receive(event.bytes);
  else if (event.type === "trailers") exchange.trail(event.trailers);
  else if (event.type === "writable") exchange.releaseWriter();
  else return false;
  return !(event.type === "informational" && event.head.status === 101);
}

/** What this client is not made for. */
export function tunnelError(): UsageError {
  return new UsageError("CLIENT_TUNNEL", "tunnels and upgrades need attach(), see TunnelStream");
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
