// What was there, counted as events pass: the last event of every input. Counters only, so that its size does not grow with
// the input; kinds of packets are a short list of our own words.

import type { InspectEvent, InspectSummary } from "./events.js";

/** More kinds than there are; a bound all the same. */
const MAX_KINDS = 256;

export class Summary {
  /** Packets of the capture; 0 for raw bytes. */
  packets = 0;
  /** Bytes of the input. */
  bytes = 0;
  #connections = 0;
  #messages = 0;
  #errors = 0;
  readonly #closed = new Map<string, number>();
  readonly #other = new Map<string, number>();

  /** The number of the next connection. */
  nextConnection(): number {
    return this.#connections++;
  }

  /** Counts what an event says. */
  count(event: InspectEvent): void {
    switch (event.event) {
      case "head":
        this.#messages++;
        break;
      case "error":
        // A line that is none in a key log says nothing about the traffic.
        if (!event.code.startsWith("KEY_LOG_")) this.#errors++;
        break;
      case "packet":
        if (!event.decrypted) add(this.#closed, event.reason ?? "no keys", 1);
        break;
    }
  }

  /** Counts a packet that is read no further, by what it is. */
  countOther(what: string, count = 1): void {
    add(this.#other, what, count);
  }

  /** The event that ends the input; `time` is that of the last packet. */
  event(time: number | null): InspectSummary {
    return {
      event: "summary",
      connection: -1,
      direction: "client",
      offset: this.bytes,
      time,
      packets: this.packets,
      bytes: this.bytes,
      connections: this.#connections,
      messages: this.#messages,
      errors: this.#errors,
      closed: Object.fromEntries(this.#closed),
      other: Object.fromEntries(this.#other),
    };
  }
}

function add(counts: Map<string, number>, what: string, count: number): void {
  const before = counts.get(what);
  if (before === undefined && counts.size >= MAX_KINDS) return;
  counts.set(what, (before ?? 0) + count);
}
