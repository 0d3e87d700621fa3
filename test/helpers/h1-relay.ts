// A proxy of two connections in memory, for recordings: events of a server connection become commands to a client
// connection and back. It keeps all events and all bytes written.

import type { ConnectionEvent, RequestHead, ResponseHead } from "tercet";
import { H1Connection, removeHopByHop } from "tercet/h1";
import { clientAfter, EMPTY, feed, type H1Options, type SentRequest } from "./h1-drive.js";
import { errorOf, logOf, type Message, messagesOf } from "./h1-log.js";

/** Both ends of a recorded connection. */
export class Relay {
  readonly #server: H1Connection;
  readonly #client = new H1Connection({ role: "client" });
  readonly #serverEvents: ConnectionEvent[] = [];
  readonly #clientEvents: ConnectionEvent[] = [];
  readonly #clientWrote: Uint8Array[] = [];
  readonly #serverWrote: Uint8Array[] = [];
  readonly #sent: SentRequest[] = [];
  /** The message under way has ended already: no sendEnd for its end event. */
  #isOver = false;

  constructor(options: Omit<H1Options, "role">) {
    this.#server = new H1Connection({ ...options, role: "server" });
  }

  /** Bytes that the real client sent. */
  fromClient(bytes: Uint8Array): void {
    this.#onServerEvents(this.#server.receive(bytes));
  }

  /** Bytes that the real server sent. */
  fromServer(bytes: Uint8Array): void {
    this.#onClientEvents(this.#client.receive(bytes));
  }

  clientEnded(): void {
    this.#onServerEvents(this.#server.receiveEnd());
  }

  serverEnded(): void {
    this.#onClientEvents(this.#client.receiveEnd());
  }

  /** Requests that the server connection read. */
  get requests(): Message[] {
    return messagesOf(this.#serverEvents);
  }

  /** Responses that the client connection read. */
  get responses(): Message[] {
    return messagesOf(this.#clientEvents);
  }

  get errors(): string[] {
    return [this.#serverEvents, this.#clientEvents].flatMap(
      (events) => errorOf(events)?.message ?? [],
    );
  }

  log(): string[] {
    return [...logOf(this.#serverEvents), ...logOf(this.#clientEvents)];
  }

  /** What our two ends wrote, as fresh ones read it. */
  readWritten(): { requests: Message[]; responses: Message[] } {
    const server = new H1Connection({ role: "server", limits: { pipelineCount: 1000 } });
    const client = clientAfter(this.#sent);
    const requests = feed(server, this.#clientWrote);
    const responses = [...feed(client, this.#serverWrote), ...client.receiveEnd()];
    for (const events of [requests, responses]) {
      const error = errorOf(events);
      if (error !== undefined) throw error;
    }
    return { requests: messagesOf(requests), responses: messagesOf(responses) };
  }

  #onServerEvents(events: readonly ConnectionEvent[]): void {
    this.#serverEvents.push(...events);
    for (const event of events) this.#forwardRequest(event);
    this.#clientWrote.push(...this.#client.take().map((bytes) => bytes.slice()));
  }

  #onClientEvents(events: readonly ConnectionEvent[]): void {
    this.#clientEvents.push(...events);
    for (const event of events) this.#forwardResponse(event);
    this.#serverWrote.push(...this.#server.take().map((bytes) => bytes.slice()));
    // An answer may set free what waited behind its request.
    const resumed = this.#server.receive(EMPTY);
    if (resumed.length > 0) this.#onServerEvents(resumed);
  }

  #forwardRequest(event: ConnectionEvent): void {
    if (event.type === "head") {
      const head = event.head as RequestHead;
      this.#sent.push(sentRequest(head));
      this.#client.sendRequest({
        ...sentRequest(head),
        headers: forwarded(head),
        ...bodyKind(head),
      });
    } else this.#forwardBody(this.#client, event);
  }

  #forwardResponse(event: ConnectionEvent): void {
    if (event.type === "informational") {
      const { status, rawHeaders } = event.head;
      const headers = status === 101 ? rawHeaders : removeHopByHop(rawHeaders);
      this.#server.sendInformational(event.streamId, { status, headers });
    } else if (event.type === "head") {
      const head = event.head as ResponseHead;
      const { status, reason } = head;
      this.#server.sendResponse(event.streamId, {
        status,
        ...(reason === null ? {} : { reason }),
        headers: removeHopByHop(head.rawHeaders),
        ...bodyKind(head),
      });
      // What follows a 2xx to CONNECT is a tunnel: its end is another one.
      this.#isOver = this.#sent[event.streamId - 1]?.method === "CONNECT" && status < 300;
    } else this.#forwardBody(this.#server, event);
  }

  #forwardBody(to: H1Connection, event: ConnectionEvent): void {
    if (event.type === "data" || event.type === "tunnel") to.sendData(event.streamId, event.bytes);
    else if (event.type === "trailers") {
      to.sendTrailers(event.streamId, event.trailers.rawHeaders);
      this.#isOver = true;
    } else if (event.type === "end") {
      if (!this.#isOver) to.sendEnd(event.streamId);
      this.#isOver = false;
    }
  }
}

/** Method, target and authority as our client takes them; octets that it refuses are escaped. */
function sentRequest(head: RequestHead): SentRequest {
  const path = head.target.replace(/[|[\]]/g, encodeURIComponent);
  const upgrade = head.protocol === null ? [] : ["connection", "upgrade", "upgrade", head.protocol];
  const target = head.method === "CONNECT" ? {} : { path };
  return {
    method: head.method,
    ...target,
    authority: head.authority ?? "none.test",
    headers: upgrade,
  };
}

/** The fields that a proxy passes on, and the offer of an upgrade. */
function forwarded(head: RequestHead): string[] {
  const kept = removeHopByHop(head.rawHeaders);
  const flat: string[] = [];
  for (let at = 0; at < kept.length; at += 2) {
    const name = kept[at] ?? "";
    if (!["host", "http2-settings"].includes(name.toLowerCase()))
      flat.push(name, kept[at + 1] ?? "");
  }
  return [...flat, ...(sentRequest(head).headers as string[])];
}

/** Chunks stay chunks; all else follows from Content-Length or the method. */
function bodyKind(head: RequestHead | ResponseHead): { body?: "chunked" } {
  return head.has("transfer-encoding") ? { body: "chunked" } : {};
}
