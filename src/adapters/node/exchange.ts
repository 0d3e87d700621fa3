// One request and its answer in serve(). Rules of the file: the application is called once; "100 Continue" is
// sent when it begins to read (RFC 9110 section 10.1.1); what it throws becomes 500 while no byte of the answer
// has left, else the answer is cut, so that the client does not take a part for the whole.

import type { Fields, HeaderList, RequestHead } from "../../events.js";
import type { ResponseWriter } from "../connection.js";
import { BodySource } from "../web/body-source.js";
import { toRequest } from "../web/request.js";
import { type ResponsePort, sendFetchResponse } from "../web/response.js";
import type { RequestInfo } from "./serve.js";
import type { ServerOwner } from "./server-owner.js";

/** The protocol that an exchange is part of. */
export interface ExchangeOwner {
  readonly owner: ServerOwner;
  readonly connection: ResponseWriter;
  /** Something waits to be sent. */
  flush(): void;
  /** The body was read as far as it came. */
  drained(exchange: Exchange): void;
  /** So many bytes of the body have left. */
  consumed?(exchange: Exchange, length: number): void;
  /** The answer was given to the connection in full. */
  finished(exchange: Exchange): void;
  /** The answer was begun and cannot be finished. */
  cut(exchange: Exchange): void;
}

export class Exchange {
  readonly streamId: number;
  readonly head: RequestHead;
  /** The answer was sent in full, or never will be. */
  isAnswered = false;
  /** The request is complete. */
  isReceived = false;
  /** `performance.now()` when a byte of it moved last, as far as its owner asks. */
  progressAt = performance.now();

  readonly #owner: ExchangeOwner;
  readonly #body: BodySource | null;
  readonly #abortion = new AbortController();
  #started = false;
  #request: Request | null = null;
  readonly #info: ExchangeInfo;
  /** The client waits for 100 before it sends. */
  expectsContinue: boolean;
  #writer: { resolve(): void; reject(reason: unknown): void } | null = null;
  /** Ends the reading of the answer's body. */
  #cancel: ((reason: unknown) => void) | null = null;

  constructor(owner: ExchangeOwner, streamId: number, head: RequestHead, hasContent: boolean) {
    this.#owner = owner;
    this.streamId = streamId;
    this.head = head;
    this.#info = new ExchangeInfo(owner.owner, head, this.progressAt);
    this.expectsContinue = hasContent && expectsContinue(head);
    const consumed = owner.consumed?.bind(owner, this);
    this.#body = hasContent
      ? new BodySource({
          onPull: () => this.#pulled(),
          ...(consumed === undefined ? {} : { onRead: consumed }),
        })
      : null;
  }

  /** Nothing but the client can take it further: content that is read, or room for the answer. */
  get waitsForPeer(): boolean {
    if (this.#writer !== null) return true;
    if (this.isReceived) return false;
    return this.isAnswered || (!this.expectsContinue && this.#body?.isWanted === true);
  }

  /** Content that came after nobody wanted it, in bytes. */
  get droppedLength(): number {
    return this.#body?.dropped ?? 0;
  }

  /** Calls the application, once. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    void this.#answer();
  }

  /** @returns false: the body is full */
  receive(bytes: Uint8Array): boolean {
    this.expectsContinue = false;
    this.progressAt = performance.now();
    return this.#body?.push(bytes) ?? true;
  }

  receiveTrailers(trailers: Fields): void {
    this.#info.trailers = trailers;
  }

  endRequest(): void {
    this.expectsContinue = false;
    this.isReceived = true;
    this.#body?.end();
  }

  /** There is room in the output again. */
  releaseWriter(): void {
    this.progressAt = performance.now();
    this.#writer?.resolve();
    this.#writer = null;
  }

  /** The client has ended its side: the application may give up, but need not. */
  abandon(): void {
    this.#abortion.abort(new Error("the client has ended its side of the connection"));
  }

  /** The connection has gone, or the request is broken: nobody waits for the answer. */
  abort(reason: unknown): void {
    this.isAnswered = true;
    this.#body?.fail(reason);
    this.#abortion.abort(reason);
    this.#writer?.reject(reason);
    this.#writer = null;
    this.#cancel?.(reason);
    this.#cancel = null;
  }

  async #answer(): Promise<void> {
    const response = await this.#respond();
    if (this.isAnswered) {
      response.body?.cancel().catch(() => {});
      return;
    }
    let isBegun = false;
    const port = this.#port(() => {
      isBegun = true;
    });
    try {
      await this.#send(response, port);
    } catch (fault) {
      if (this.isAnswered) return;
      this.#owner.owner.context.fault(fault, this.#request);
      if (isBegun || !(await this.#trySend(plain(500), port))) this.#owner.cut(this);
    }
    if (!this.isAnswered) this.#finish();
  }

  #port(onFlush: () => void): ResponsePort {
    return {
      flush: () => {
        onFlush();
        this.#owner.flush();
      },
      writable: () =>
        new Promise((resolve, reject) => {
          this.#writer = { resolve, reject };
        }),
      reading: (cancel) => {
        this.#cancel = cancel;
      },
      isGone: () => this.isAnswered,
    };
  }

  async #trySend(response: Response, port: ResponsePort): Promise<boolean> {
    try {
      await this.#send(response, port);
      return true;
    } catch {
      return false;
    }
  }

  async #send(response: Response, port: ResponsePort): Promise<void> {
    const { method, httpVersion } = this.head;
    const defaults = this.#owner.owner.context.defaults(httpVersion);
    // Without its 100 the client may or may not send the content: only a close is safe. A stream of HTTP/2 has an
    // end of its own.
    if (this.expectsContinue && httpVersion === "1.1") defaults.push("connection", "close");
    const trailers = () => this.#info.toSend;
    const options = { method, httpVersion, defaults, trailers };
    await sendFetchResponse(this.#owner.connection, this.streamId, response, port, options);
  }

  #finish(): void {
    this.isAnswered = true;
    this.#cancel = null;
    this.#body?.discard();
    this.#owner.finished(this);
  }

  /** The application's Response; never rejected. */
  async #respond(): Promise<Response> {
    const { context } = this.#owner.owner;
    try {
      this.#request = toRequest(this.head, this.#body?.stream ?? null, {
        scheme: context.scheme,
        signal: this.#abortion.signal,
      });
    } catch {
      // CONNECT and TRACE, or an authority that is no URL: no application can be asked.
      return plain(/^(?:CONNECT|TRACE|TRACK)$/i.test(this.head.method) ? 501 : 400);
    }
    // Content of GET and HEAD has no place in a Request.
    if (this.#request.body === null) {
      this.#body?.discard();
      this.#owner.drained(this);
    }
    try {
      const response = await context.options.fetch(this.#request, this.#info);
      // Not instanceof: frameworks bring Response classes of their own.
      if (typeof response?.status === "number" && "body" in response) return response;
      throw new TypeError("fetch(request, info) must give a Response");
    } catch (fault) {
      if (!this.isAnswered) context.fault(fault, this.#request);
      return plain(500);
    }
  }

  #pulled(): void {
    if (this.expectsContinue && !this.isAnswered) {
      this.expectsContinue = false;
      this.#owner.connection.sendInformational(this.streamId, { status: 100, headers: [] });
      this.#owner.flush();
    }
    this.progressAt = performance.now();
    this.#owner.drained(this);
  }
}

/** What the application is told beside the Request. */
class ExchangeInfo implements RequestInfo {
  readonly remoteAddress: string | null;
  readonly remotePort: number | null;
  readonly httpVersion: RequestHead["httpVersion"];
  readonly timing: RequestInfo["timing"];
  trailers: Fields | null = null;
  /** Trailers of the answer. */
  toSend: HeaderList | null = null;

  constructor({ info, accepted }: ServerOwner, { httpVersion }: RequestHead, headAt: number) {
    this.remoteAddress = info.remoteAddress;
    this.remotePort = info.remotePort;
    this.httpVersion = httpVersion;
    this.timing = { accepted, head: headAt };
  }

  setTrailers(trailers: HeaderList): void {
    this.toSend = trailers;
  }
}

/** On HTTP/1.1 the connection has looked; on HTTP/2 the field is one like others (RFC 9110 section 10.1.1). */
function expectsContinue(head: RequestHead): boolean {
  return head.expectsContinue ?? head.get("expect")?.toLowerCase() === "100-continue";
}

function plain(status: number): Response {
  const text = { 400: "Bad Request", 500: "Internal Server Error", 501: "Not Implemented" }[status];
  const headers = { "content-type": "text/plain" };
  return new Response(`${text}\n`, { status, statusText: text, headers });
}
