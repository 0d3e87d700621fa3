// Where the parts of an inspector put their events: adds connection and time, counts.

import { ERRORS, type ErrorName } from "../index.js";
import type { Draft, InspectEvent, InspectProtocol } from "./events.js";
import { Summary } from "./summary.js";

/** Events of one push, in order. */
export class Output {
  readonly summary = new Summary();
  #events: InspectEvent[] = [];

  /** Makes an event of a draft. */
  emit(draft: Draft, connection: number, time: number | null): void {
    // The draft becomes the event: a copy of each would be the most costly step of all.
    const event = draft as { connection?: number; time?: number | null };
    event.connection = connection;
    event.time = time;
    this.summary.count(event as InspectEvent);
    this.#events.push(event as InspectEvent);
  }

  emitAll(drafts: readonly Draft[], connection: number, time: number | null): void {
    for (const draft of drafts) this.emit(draft, connection, time);
  }

  /** Ends the input. */
  close(time: number | null): void {
    this.#events.push(this.summary.event(time));
  }

  /** What came since the last call. */
  take(): InspectEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}

/** An error of the input itself, at so many bytes of it. */
export function inputError(code: ErrorName, offset: number, protocol: InspectProtocol): Draft {
  const { rule, rfc, scope, text } = ERRORS[code];
  return {
    event: "error",
    direction: "client",
    offset,
    protocol,
    code,
    rule,
    rfc,
    scope,
    streamId: null,
    wireCode: null,
    message: text,
  };
}
