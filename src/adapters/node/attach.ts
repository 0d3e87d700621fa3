// Joins a connection and a Node stream: what the peer sends becomes events, what the connection wants to send
// is written. Rules of the file: bytes are read only while the connection and its user can take more; they
// are taken from the connection only while the stream accepts more; several pieces leave in one writev; a
// stream that is over is ended, then read for a short while, so that the last answer is not lost to a
// reset (RFC 9112 section 9.6); one timer keeps the deadlines of a connection that has some.

import type { Duplex } from "node:stream";
import type { ConnectionEvent, Handler } from "../../events.js";
import { EMPTY, type WireConnection } from "../connection.js";
import { DeadlineTimer } from "../deadline.js";
import { dispatch } from "../dispatch.js";
import { cutAtTunnels, Tunnels } from "../tunnels.js";

/** Who gets the events: a function for each batch, or a handler for each event. */
export type Receiver = Handler | ((events: ConnectionEvent[]) => void);

/** How long an ended stream is read on, and how many bytes of it are dropped. */
export interface AttachOptions {
  /** Milliseconds between the last byte that was sent and the close. Default 1,000. */
  readonly lingerMs?: number;
  /** Bytes that are read and dropped in that time. Default 256 KiB. */
  readonly lingerLength?: number;
  /**
   * Whether a failed connection still waits for answers to requests that were valid before the error. Default: what
   * the connection says.
   */
  readonly answersDue?: () => boolean;
  /** Called once when the stream has closed; the error is the stream's, or null. */
  readonly onClose?: (error: Error | null) => void;
}

const LINGER_MS = 1_000;
const LINGER_LENGTH = 256 * 1024;

/**
 * Joins `connection` and `duplex` (a socket of net or tls, or any Duplex of bytes).
 *
 * With a `receiver` events are handed over as they come. Without one, iterate: each step gives the events
 * of one read as an array, and nothing more is read until the loop comes back for it.
 *
 * Commands that are given inside the receiver or the loop leave by themselves. After commands at other times
 * call `flush()`.
 *
 * Deadlines of an H2Connection are kept if its option `clock` is `() => performance.now()`.
 *
 * `allowHalfOpen` is set on the stream: a client that has ended its side still gets its answer.
 *
 * @example
 * net.createServer(async (socket) => {
 *   const connection = new H1Connection({ role: "server" });
 *   for await (const events of attach(socket, connection)) {
 *     for (const event of events) {
 *       if (event.type === "end") connection.sendResponse(event.streamId, { status: 204, headers: [] });
 *     }
 *   }
 * });
 */
export function attach(
  duplex: Duplex,
  connection: WireConnection,
  receiver?: Receiver,
  options: AttachOptions = {},
): Attachment {
  return new Attachment(duplex, connection, receiver ?? null, options);
}

/** A connection on a stream. Made by `attach`. */
export class Attachment implements AsyncIterable<ConnectionEvent[]> {
  readonly duplex: Duplex;
  /** Fulfilled when the stream has closed, whatever the reason; never rejected. */
  readonly closed: Promise<void>;

  #connection: WireConnection;
  #receiver: Receiver | null;
  #deadline: DeadlineTimer;
  readonly #options: AttachOptions;
  /** Batches for the loop, where there is no receiver. At most a few: reading stops while one waits. */
  readonly #batches: ConnectionEvent[][] = [];
  #wake: (() => void) | null = null;
  /** The loop works on a batch. */
  #isLooping = false;
  /** Where the bytes of tunnels go. Used by `TunnelStream`. */
  readonly tunnels: Tunnels = new Tunnels();
  #error: Error | null = null;
  /** The user asked for a pause. */
  #paused = false;
  /** Inside a call of #run: calls from the receiver only ask for one more turn. */
  #running = false;
  #again = false;
  /** `flushSoon` was called. */
  #flushesSoon = false;
  /** The peer ended its side. */
  #peerEnded = false;
  /** Our side was ended: what still comes is dropped. */
  #ended = false;
  #closed = false;
  #dropped = 0;
  #lingerTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    duplex: Duplex,
    connection: WireConnection,
    receiver: Receiver | null,
    options: AttachOptions,
  ) {
    this.duplex = duplex;
    this.#connection = connection;
    this.#deadline = this.#deadlineOf(connection);
    this.#receiver = receiver;
    this.#options = options;
    duplex.allowHalfOpen = true;
    this.closed = new Promise((resolve) => {
      const close = () => {
        this.#onClose();
        resolve();
      };
      // A stream that has closed already says so no more.
      if (duplex.closed) queueMicrotask(close);
      else duplex.once("close", close);
    });
    duplex.on("error", (error: Error) => {
      this.#error ??= error;
    });
    duplex.on("drain", () => this.flush());
    duplex.once("end", () => this.#onEnd());
    duplex.on("data", (bytes: Uint8Array) => this.#onData(bytes));
    // A client may have commands from before.
    this.flush();
  }

  /** What speaks on the stream. */
  get connection(): WireConnection {
    return this.#connection;
  }

  /** The stream below is gone. */
  get isClosed(): boolean {
    return this.duplex.destroyed;
  }

  /** The error of the stream, or null. */
  get error(): Error | null {
    return this.#error;
  }

  /** Writes what the connection has to send, and hands over what an answer made possible. */
  flush(): void {
    this.#run(null);
  }

  /** The same when the microtasks under way are done: many answers leave as one write. */
  flushSoon(): void {
    if (this.#flushesSoon) return;
    this.#flushesSoon = true;
    // Node runs these behind all promises that are settled already.
    process.nextTick(() => {
      this.#flushesSoon = false;
      this.flush();
    });
  }

  /**
   * Another connection takes over, from inside the receiver of the first: what `handOverPreface` is for.
   *
   * @param bytes what it receives first; take the bytes of the `preface` event
   */
  handOver(connection: WireConnection, bytes: Uint8Array, receiver?: Receiver): void {
    this.#deadline.stop();
    this.#connection = connection;
    this.#deadline = this.#deadlineOf(connection);
    if (receiver !== undefined) this.#receiver = receiver;
    this.#receive(bytes);
    this.flush();
  }

  /** Stops reading until `resume()`: the consumer of the events cannot take more. */
  pause(): void {
    this.#paused = true;
    this.#adjustReading();
  }

  /** Reads on after `pause()`. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.flush();
  }

  /** Sends what is buffered, then ends the stream in an orderly way, whatever the connection still expects. */
  end(): void {
    this.flush();
    this.#end();
  }

  /** Ends our side behind what is buffered and reads on: for tunnels, whose sides end one by one. */
  endOutput(): void {
    this.flush();
    if (!this.#ended) this.duplex.end();
  }

  /** Closes the stream at once. */
  destroy(error?: Error): void {
    this.duplex.destroy(error);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ConnectionEvent[], void, undefined> {
    try {
      for (;;) {
        const batch = this.#batches.shift();
        if (batch !== undefined) {
          // The batch before may have opened a tunnel.
          const own = this.tunnels.takeFrom(batch);
          if (own.length === 0) continue;
          this.#isLooping = true;
          yield own;
          this.#isLooping = false;
          this.flush();
        } else if (this.#closed) {
          return;
        } else {
          this.flush();
          if (this.#batches.length === 0 && !this.#closed) {
            await new Promise<void>((resolve) => {
              this.#wake = resolve;
            });
          }
        }
      }
    } finally {
      // A loop that was left early leaves nobody who could read.
      if (!this.#closed && !this.#ended) this.duplex.destroy();
    }
  }

  #onData(bytes: Uint8Array): void {
    if (!this.#ended) {
      this.#run(bytes);
      return;
    }
    this.#dropped += bytes.length;
    if (this.#dropped > (this.#options.lingerLength ?? LINGER_LENGTH)) this.duplex.destroy();
  }

  #onEnd(): void {
    if (this.#ended) return;
    this.#peerEnded = true;
    this.#hand(this.connection.receiveEnd());
    this.tunnels.receiveEnd();
    this.flush();
  }

  #onClose(): void {
    this.#closed = true;
    this.#ended = true;
    this.#deadline.stop();
    if (this.#lingerTimer !== null) clearTimeout(this.#lingerTimer);
    // A peer that vanished has ended its side too: a message that it left unfinished is an error event.
    const { state } = this.connection;
    if (!this.#peerEnded && (state === "open" || state === "closing")) {
      this.#peerEnded = true;
      this.#hand(this.connection.receiveEnd());
    }
    this.tunnels.receiveClose(this.#error);
    this.#wakeLoop();
    this.#options.onClose?.(this.#error);
  }

  /** One turn: bytes in, events to the receiver, output to the stream, until nothing moves any more. */
  #run(bytes: Uint8Array | null): void {
    if (this.#closed) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    try {
      if (bytes !== null) this.#receive(bytes);
      do {
        this.#again = false;
        const heldBefore = this.connection.heldAmount;
        const moved = this.#write();
        const mayResume = !this.connection.paused && !this.#isFull() && !this.#ended;
        const resumes = heldBefore > 0 && mayResume;
        // Room in the output also lets "writable" events out.
        if (moved || resumes) this.#receive(EMPTY);
        if (moved || this.connection.heldAmount < heldBefore) this.#again = true;
      } while (this.#again && !this.#closed);
    } finally {
      this.#running = false;
    }
    this.#settle();
  }

  #receive(bytes: Uint8Array): void {
    const receiver = this.#receiver;
    if (receiver !== null && typeof receiver === "object" && !this.tunnels.hasAny) {
      this.connection.receive(bytes, receiver);
    } else {
      this.#hand(this.connection.receive(bytes));
    }
  }

  #hand(events: ConnectionEvent[]): void {
    for (const batch of cutAtTunnels(events)) this.#handBatch(batch);
  }

  #handBatch(batch: ConnectionEvent[]): void {
    const own = this.tunnels.takeFrom(batch);
    if (own.length === 0) return;
    if (this.#receiver === null) {
      this.#batches.push(own);
      this.#wakeLoop();
    } else if (typeof this.#receiver === "function") {
      this.#receiver(own);
    } else {
      dispatch(own, this.#receiver);
    }
  }

  #deadlineOf(connection: WireConnection): DeadlineTimer {
    return new DeadlineTimer(connection, (events) => {
      this.#hand(events);
      this.flush();
    });
  }

  #wakeLoop(): void {
    this.#wake?.();
    this.#wake = null;
  }

  /** Gives the stream what the connection has, as one writev. @returns whether anything moved */
  #write(): boolean {
    const { duplex } = this;
    if (this.#ended || duplex.destroyed || duplex.writableNeedDrain) return false;
    const pieces = this.connection.take();
    if (pieces.length === 0) return false;
    if (pieces.length > 1) duplex.cork();
    for (const piece of pieces) duplex.write(piece);
    if (pieces.length > 1) duplex.uncork();
    return true;
  }

  /** After each turn: reads on or not, and ends the stream when the connection is over. */
  #settle(): void {
    if (this.#ended) return;
    const { state } = this.connection;
    const isOver = state === "closed" || (state === "failed" && !this.#answersDue());
    if (isOver && this.connection.bufferedAmount === 0) {
      this.#end();
    } else {
      this.#adjustReading();
      this.#deadline.adjust();
    }
  }

  #answersDue(): boolean {
    if (this.#isLooping || this.#batches.length > 0) return true;
    return this.#options.answersDue?.() ?? this.connection.answersDue ?? false;
  }

  #isFull(): boolean {
    return this.#paused || this.#batches.length > 0;
  }

  #adjustReading(): void {
    const { paused, state } = this.connection;
    // A failed connection reads nothing more; answers that are still due may take their time.
    const stops = !this.#ended && (paused || state === "failed" || this.#isFull());
    if (stops) this.duplex.pause();
    else if (this.duplex.readableFlowing !== true) this.duplex.resume();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#adjustReading();
    // The clock starts when the last byte has left: a slow reader gets the whole answer.
    this.duplex.end(() => {
      if (this.#closed || this.duplex.destroyed) return;
      const ms = this.#options.lingerMs ?? LINGER_MS;
      this.#lingerTimer = setTimeout(() => this.duplex.destroy(), ms);
      this.#lingerTimer.unref();
    });
  }
}
