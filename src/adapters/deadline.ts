// The one timer of a connection that has deadlines. Connections have no clock of their own (rule 1 of the API):
// this is where time comes in. Rule of the file: a timer keeps no process alive.

import type { ConnectionEvent } from "../events.js";
import type { WireConnection } from "./connection.js";
import { LateTimer } from "./late-timer.js";

/** The clock of the adapters, in milliseconds: what a connection that has deadlines is to be given. */
export const clock = (): number => performance.now();

/** What has deadlines. */
type Timed = Pick<WireConnection, "nextDeadline" | "handleDeadline">;

export class DeadlineTimer {
  readonly #connection: Timed;
  readonly #onEvents: (events: ConnectionEvent[]) => void;
  readonly #timer = new LateTimer(() => this.#fire(), true);

  /** @param onEvents gets what a deadline brought, and has output to send then */
  constructor(connection: Timed, onEvents: (events: ConnectionEvent[]) => void) {
    this.#connection = connection;
    this.#onEvents = onEvents;
  }

  /** The connection may have another deadline than before. */
  adjust(): void {
    const due = this.#connection.nextDeadline?.() ?? null;
    if (due !== null) this.#timer.set(due);
  }

  stop(): void {
    this.#timer.stop();
  }

  #fire(): void {
    const now = clock();
    const due = this.#connection.nextDeadline?.() ?? null;
    if (due !== null && due <= now) {
      this.#onEvents(this.#connection.handleDeadline?.(now) ?? []);
    }
    this.adjust();
  }
}
