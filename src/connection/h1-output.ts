// What goes out, in the order of the exchanges: the first message writes straight to the output, later
// ones wait for their turn. Bytes are counted, so that the caller can be told to stop.

import { UsageError } from "../errors.js";
import { type Exchange, Stage } from "./h1-exchange.js";

const NOTHING: Uint8Array[] = [];
/** The queue of a connection that owes nothing: shared, because idle connections are many. */
const NOBODY: readonly Exchange[] = Object.freeze([]);

/** The sending half of one connection. */
export class H1Output {
  #queue: readonly Exchange[] = NOBODY;
  /** Bytes not yet taken, messages that wait included. */
  length = 0;
  /** A message with `closes` is out: nothing may follow it. */
  isClosed = false;
  #ready: Uint8Array[] = NOTHING;
  #readyLength = 0;

  /** Messages that are not wholly written, in order. */
  get queue(): readonly Exchange[] {
    return this.#queue;
  }

  /** A further message, behind all others. */
  add(exchange: Exchange): void {
    if (this.#queue === NOBODY) this.#queue = [exchange];
    else (this.#queue as Exchange[]).push(exchange);
  }

  /** A message that goes on in front of all others. */
  addFirst(exchange: Exchange): void {
    this.#queue = [exchange, ...this.#queue];
  }

  /** The exchange of this id, or undefined where it is finished or abandoned. @throws UsageError for an id that never was. */
  find(id: number, nextId: number): Exchange | undefined {
    if (!Number.isInteger(id) || id < 1 || id >= nextId) {
      throw new UsageError("H1_STREAM_UNKNOWN", `there is no exchange ${id}`);
    }
    const first = this.queue[0];
    return first === undefined ? undefined : this.queue[id - first.id];
  }

  /** Where an exchange writes: the output itself, when it is its turn. */
  bufferOf(exchange: Exchange): Uint8Array[] {
    if (exchange === this.queue[0]) {
      if (this.#ready === NOTHING) this.#ready = [];
      return this.#ready;
    }
    exchange.waiting ??= [];
    return exchange.waiting;
  }

  /** Counts what an exchange wrote; a message that is complete makes room for the next one. */
  wrote(exchange: Exchange, length: number): void {
    this.length += length;
    if (exchange !== this.queue[0]) {
      exchange.waitingLength += length;
      return;
    }
    this.#readyLength += length;
    if (exchange.stage === Stage.Done) this.#next();
  }

  #next(): void {
    while (this.queue[0]?.stage === Stage.Done) {
      const done = (this.#queue as Exchange[]).shift() as Exchange;
      if (done.closes) {
        this.abandon();
        this.isClosed = true;
        return;
      }
      const first = this.queue[0];
      if (first === undefined) this.#queue = NOBODY;
      if (first === undefined || first.waiting === null) continue;
      if (this.#ready === NOTHING) this.#ready = [];
      for (const bytes of first.waiting) this.#ready.push(bytes);
      this.#readyLength += first.waitingLength;
      first.waiting = null;
      first.waitingLength = 0;
    }
  }

  /** Drops messages that can no longer be sent. */
  abandon(): void {
    for (const exchange of this.queue) {
      this.length -= exchange.waitingLength;
      exchange.stage = Stage.Done;
      exchange.waiting = null;
      exchange.waitingLength = 0;
    }
    this.#queue = NOBODY;
  }

  /** All bytes whose turn it is, in order. */
  take(): Uint8Array[] {
    const ready = this.#ready;
    this.length -= this.#readyLength;
    this.#readyLength = 0;
    this.#ready = NOTHING;
    return ready === NOTHING ? [] : ready;
  }
}
