// One request and its answer in serve(). Rules of the file: the application is called once; "100 Continue" is
// sent when it begins to read (RFC 9110 section 10.1.1); what it throws becomes 500 while no byte of the answer
// has left, else the connection is cut, so that the client does not take a part for the whole.

import type { RequestHead } from "../../events.js";
import { BodySource } from "../web/body-source.js";
import { toRequest } from "../web/request.js";
import { type ResponsePort, sendFetchResponse } from "../web/response.js";
import type { ServerConnection } from "./server-connection.js";

export class Exchange {
  readonly streamId: number;
  readonly head: RequestHead;
  /** The answer was sent in full, or never will be. */
  isAnswered = false;

  readonly #owner: ServerConnection;
  readonly #headAt = performance.now();
  readonly #body: BodySource | null;
  readonly #abortion = new AbortController();
  #started = false;
  #request: Request | null = null;
  /** The client waits for 100 before it sends. */
  expectsContinue: boolean;
  #writer: { resolve(): void; reject(reason: unknown): void } | null = null;

  constructor(owner: ServerConnection, streamId: number, head: RequestHead) {
    this.#owner = owner;
    this.streamId = streamId;
    this.head = head;
    this.expectsContinue = head.expectsContinue === true;
    this.#body = hasContent(head) ? new BodySource({ onPull: () => this.#pulled() }) : null;
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
    return this.#body?.push(bytes) ?? true;
  }

  endRequest(): void {
    this.expectsContinue = false;
    this.#body?.end();
  }

  /** There is room in the output again. */
  releaseWriter(): void {
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
  }

  async #answer(): Promise<void> {
    const response = await this.#respond();
    if (this.isAnswered) {
      response.body?.cancel().catch(() => {});
      return;
    }
    let isBegun = false;
    const port: ResponsePort = {
      flush: () => {
        isBegun = true;
        this.#owner.attachment.flush();
      },
      writable: () =>
        new Promise((resolve, reject) => {
          this.#writer = { resolve, reject };
        }),
    };
    try {
      await this.#send(response, port);
    } catch (fault) {
      if (this.isAnswered) return;
      this.#owner.context.fault(fault, this.#request);
      if (isBegun || !(await this.#trySend(plain(500), port))) this.#owner.destroy();
    }
    this.#finish();
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
    const defaults = ["date", this.#owner.context.date()];
    // Without its 100 the client may or may not send the content: only a close is safe.
    if (this.expectsContinue) defaults.push("connection", "close");
    const { method } = this.head;
    await sendFetchResponse(this.#owner.connection, this.streamId, response, port, {
      method,
      defaults,
    });
  }

  #finish(): void {
    this.isAnswered = true;
    this.#body?.discard();
    this.#owner.finished(this);
  }

  /** The application's Response; never rejected. */
  async #respond(): Promise<Response> {
    const { context, info } = this.#owner;
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
      const response = await context.options.fetch(this.#request, {
        ...info,
        httpVersion: this.head.httpVersion,
        timing: { accepted: this.#owner.accepted, head: this.#headAt },
      });
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
      this.#owner.attachment.flush();
    }
    this.#owner.drained(this);
  }
}

function hasContent(head: RequestHead): boolean {
  if (head.has("transfer-encoding")) return true;
  const length = head.get("content-length");
  return length !== null && Number(length) !== 0;
}

function plain(status: number): Response {
  const text = { 400: "Bad Request", 500: "Internal Server Error", 501: "Not Implemented" }[status];
  const headers = { "content-type": "text/plain" };
  return new Response(`${text}\n`, { status, statusText: text, headers });
}
