// One request of connect() and its answer. Rules of the file: the body comes in batches, one array for what came
// since the last look; more than QUEUE_LENGTH unread bytes ask for a pause.

import type { Fields, ResponseHead } from "../../events.js";
import type { ClientRequest } from "./client.js";

/** An answer. Its body is read once. */
export interface ClientResponse {
  readonly status: number;
  readonly reason: string;
  /** Fields of the head. */
  readonly headers: ResponseHead;
  /** 1xx answers that came before it. */
  readonly informational: readonly ResponseHead[];
  /** The content as arrays of pieces. Leaving the loop early resets the stream; HTTP/1.1: closes the connection. */
  readonly body: AsyncIterable<Uint8Array[]>;
  /** The trailer section, after the body has ended; null where there was none. */
  readonly trailers: Fields | null;
  /** The whole content. */
  bytes(): Promise<Uint8Array>;
  /** The whole content as UTF-8. */
  text(): Promise<string>;
}

/** What an exchange asks of its client. */
export interface ExchangePort {
  /** Much of the body was not read. */
  pause(exchange: ClientExchange): void;
  resume(exchange: ClientExchange): void;
  /** So many bytes were read. */
  consumed?(exchange: ClientExchange, length: number): void;
  /** The body is not wanted any more. */
  cancel(exchange: ClientExchange): void;
}

const QUEUE_LENGTH = 64 * 1024;

/** What the client does with one request. */
export class ClientExchange {
  readonly request: ClientRequest;
  readonly response: Promise<ClientResponse>;
  /** -1: not sent yet. */
  streamId = -1;
  /** The request went out in full. */
  isSent = false;
  /** The server takes no more of the request. */
  isStopped = false;
  /** The answer is complete or will never be. */
  isOver = false;

  readonly #port: ExchangePort;
  readonly #informational: ResponseHead[] = [];
  #resolve: (response: ClientResponse) => void = () => {};
  #reject: (reason: unknown) => void = () => {};
  #pieces: Uint8Array[] = [];
  #length = 0;
  #isPaused = false;
  #failure: { reason: unknown } | null = null;
  #trailers: Fields | null = null;
  #wake: (() => void) | null = null;
  #writer: { resolve(): void; reject(reason: unknown): void } | null = null;

  constructor(request: ClientRequest, port: ExchangePort) {
    this.request = request;
    this.#port = port;
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  inform(head: ResponseHead): void {
    this.#informational.push(head);
  }

  answer(head: ResponseHead): void {
    const exchange = this;
    this.#resolve({
      status: head.status,
      reason: head.reason ?? "",
      headers: head,
      informational: this.#informational,
      body: { [Symbol.asyncIterator]: () => this.#batches() },
      get trailers() {
        return exchange.#trailers;
      },
      bytes: () => this.#bytes(),
      text: async () => new TextDecoder().decode(await this.#bytes()),
    });
  }

  receive(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    if (this.#length > QUEUE_LENGTH && !this.#isPaused) {
      this.#isPaused = true;
      this.#port.pause(this);
    }
    this.#wakeReader();
  }

  trail(trailers: Fields): void {
    this.#trailers = trailers;
  }

  end(): void {
    this.isOver = true;
    this.#writer?.reject(new Error("the answer was complete before the request"));
    this.#writer = null;
    this.#wakeReader();
  }

  fail(reason: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#failure = { reason };
    this.#reject(reason);
    this.#writer?.reject(reason);
    this.#writer = null;
    this.#wakeReader();
  }

  /** Fulfilled when the connection takes more of the request's body. */
  writable(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#writer = { resolve, reject };
    });
  }

  releaseWriter(): void {
    this.#writer?.resolve();
    this.#writer = null;
  }

  /** The server takes no more of the body: it is given up, and the answer may still come. */
  stopBody(): void {
    this.isStopped = true;
    this.#writer?.reject(new Error("the server wants no more of the request"));
    this.#writer = null;
  }

  #wakeReader(): void {
    this.#wake?.();
    this.#wake = null;
  }

  async *#batches(): AsyncGenerator<Uint8Array[], void, undefined> {
    let isRead = false;
    try {
      for (;;) {
        if (this.#pieces.length > 0) yield this.#takePieces();
        else if (this.#failure !== null) throw this.#failure.reason;
        else if (this.isOver) break;
        else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
      isRead = true;
    } finally {
      if (!isRead && !this.isOver) this.#port.cancel(this);
    }
  }

  #takePieces(): Uint8Array[] {
    const pieces = this.#pieces;
    this.#port.consumed?.(this, this.#length);
    this.#pieces = [];
    this.#length = 0;
    if (this.#isPaused) {
      this.#isPaused = false;
      this.#port.resume(this);
    }
    return pieces;
  }

  async #bytes(): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for await (const batch of this.#batches()) pieces.push(...batch);
    const all = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
    let at = 0;
    for (const piece of pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }
}
