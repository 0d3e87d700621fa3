// A connection as WHATWG streams: bytes -> batches of events, and the bytes to send as a ReadableStream. Rules of
// the file: each chunk that is read gives at most one batch (an event an item would cost twenty times more); the
// next chunk is taken when the batch was read and the connection is not paused; one timer keeps the deadlines of
// a connection that has some.

import type { ConnectionEvent } from "../../events.js";
import { EMPTY, type WireConnection } from "../connection.js";
import { DeadlineTimer } from "../deadline.js";

/** Both directions of one connection. */
export interface ConnectionStreams {
  /** Bytes of the peer in, arrays of events out: `input.pipeThrough(events)`. */
  readonly events: TransformStream<Uint8Array, ConnectionEvent[]>;
  /** The bytes for the peer: `output.pipeTo(socket.writable)`. Closes when the connection is over. */
  readonly output: ReadableStream<Uint8Array>;
  /** Call it after each batch, and after commands at other times: sends them, and reads on where that was held up. */
  flush(): void;
}

/**
 * Puts a connection between two byte streams.
 *
 * Deadlines of an H2Connection are kept if its option `clock` is `() => performance.now()`.
 *
 * @example
 * const { events, output, flush } = connectionStreams(connection);
 * output.pipeTo(socket.writable);
 * for await (const batch of socket.readable.pipeThrough(events)) {
 *   for (const event of batch) answer(connection, event);
 *   flush();
 * }
 */
export function connectionStreams(connection: WireConnection): ConnectionStreams {
  const link = new Link(connection);
  return { events: link.events, output: link.output, flush: () => link.flush(true) };
}

class Link {
  readonly events: TransformStream<Uint8Array, ConnectionEvent[]>;
  readonly output: ReadableStream<Uint8Array>;
  readonly #connection: WireConnection;
  readonly #deadline: DeadlineTimer;
  #input: TransformStreamDefaultController<ConnectionEvent[]> | null = null;
  #sink: ReadableStreamDefaultController<Uint8Array> | null = null;
  /** Ends a wait of the input for an answer. */
  #answered: (() => void) | null = null;
  /** The reader of the output waits for bytes. */
  #wanted: (() => void) | null = null;
  /** The batch with the error was dealt with. */
  #errorSeen = false;
  #outputOver = false;
  #inputOver = false;

  constructor(connection: WireConnection) {
    this.#connection = connection;
    this.#deadline = new DeadlineTimer(connection, (events) => {
      this.#emit(events);
      this.flush(false);
    });
    this.events = new TransformStream<Uint8Array, ConnectionEvent[]>(
      {
        start: (controller) => {
          this.#input = controller;
        },
        transform: (bytes) => this.#transform(bytes),
        flush: () => this.#inputEnded(),
      },
      { highWaterMark: 1 },
      { highWaterMark: 0 },
    );
    this.output = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#sink = controller;
        },
        pull: () => this.#pull(),
        cancel: () => this.#outputEnded(),
      },
      { highWaterMark: 0 },
    );
  }

  /** @param isUser the user has dealt with the last batch: what it did not answer, a broken connection will not */
  flush(isUser: boolean): void {
    this.#resumeInput();
    if (this.#wanted !== null) this.#send();
    if (isUser) this.#errorSeen = this.#connection.state === "failed";
    this.#settle();
  }

  async #transform(bytes: Uint8Array): Promise<void> {
    this.#emit(this.#connection.receive(bytes));
    this.flush(false);
    while (this.#isBlocked()) {
      await new Promise<void>((resolve) => {
        this.#answered = resolve;
      });
    }
  }

  #isBlocked(): boolean {
    return !this.#outputOver && this.#connection.paused;
  }

  /** The peer ended its side; answers, and the events that they wait for, may still be due. */
  async #inputEnded(): Promise<void> {
    this.#emit(this.#connection.receiveEnd());
    this.flush(false);
    while (!this.#outputOver) {
      await new Promise<void>((resolve) => {
        this.#answered = resolve;
      });
    }
    this.#inputOver = true;
  }

  #emit(events: ConnectionEvent[]): void {
    if (events.length > 0 && !this.#inputOver) this.#input?.enqueue(events);
  }

  /** Delivers what an answer or room in the output made possible. */
  #resumeInput(): void {
    const before = this.#connection.heldAmount;
    if (before > 0 && !this.#connection.paused) this.#emit(this.#connection.receive(EMPTY));
    this.#answered?.();
    this.#answered = null;
  }

  async #pull(): Promise<void> {
    const isGiven = this.#send();
    this.#settle();
    if (isGiven) return;
    if (this.#outputOver) return;
    await new Promise<void>((resolve) => {
      this.#wanted = resolve;
    });
  }

  /** @returns whether bytes were given to the reader */
  #send(): boolean {
    if (this.#outputOver) return false;
    const pieces = this.#connection.take();
    if (pieces.length === 0) return false;
    for (const piece of pieces) this.#sink?.enqueue(piece);
    this.#wanted?.();
    this.#wanted = null;
    // There is room again: "writable" events, and the input, may go on.
    this.#emit(this.#connection.receive(EMPTY));
    this.#resumeInput();
    return true;
  }

  #settle(): void {
    const { state, bufferedAmount, answersDue } = this.#connection;
    if (this.#outputOver) return;
    this.#deadline.adjust();
    const isOver = state === "closed" || (state === "failed" && this.#errorSeen && !answersDue);
    if (!isOver || bufferedAmount > 0) return;
    this.#sink?.close();
    this.#outputEnded();
  }

  #outputEnded(): void {
    this.#outputOver = true;
    this.#deadline.stop();
    this.#wanted?.();
    this.#wanted = null;
    this.#answered?.();
    this.#answered = null;
  }
}
