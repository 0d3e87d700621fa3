// The one timer of a connection that has deadlines. Connections have no clock of their own (rule 1 of the API):
// this is where time comes in. Rules of the file: a deadline that moves away costs nothing, for the timer fires
// as it was set and is set anew then; a timer keeps no process alive.

import type { ConnectionEvent } from "../events.js";
import type { WireConnection } from "./connection.js";

/** The clock of the adapters, in milliseconds: what a connection that has deadlines is to be given. */
export const clock = (): number => performance.now();

/** No timer of a platform takes more. */
const LONGEST_MS = 2 ** 31 - 1;

/** What has deadlines. */
type Timed = Pick<WireConnection, "nextDeadline" | "handleDeadline">;

export class DeadlineTimer {
  readonly #connection: Timed;
  readonly #onEvents: (events: ConnectionEvent[]) => void;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #firesAt = Number.POSITIVE_INFINITY;

  /** @param onEvents gets what a deadline brought, and has output to send then */
  constructor(connection: Timed, onEvents: (events: ConnectionEvent[]) => void) {
    this.#connection = connection;
    this.#onEvents = onEvents;
  }

  /** The connection may have another deadline than before. */
  adjust(): void {
    const due = this.#connection.nextDeadline?.() ?? null;
    if (due === null || due >= this.#firesAt) return;
    this.stop();
    this.#firesAt = due;
    const ms = Math.min(Math.max(0, Math.ceil(due - clock())), LONGEST_MS);
    this.#timer = setTimeout(() => this.#fire(), ms);
    // In browsers a timer is a number.
    (this.#timer as { unref?(): void }).unref?.();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#firesAt = Number.POSITIVE_INFINITY;
  }

  #fire(): void {
    this.stop();
    const now = clock();
    const due = this.#connection.nextDeadline?.() ?? null;
    if (due !== null && due <= now) {
      this.#onEvents(this.#connection.handleDeadline?.(now) ?? []);
    }
    this.adjust();
  }
}
