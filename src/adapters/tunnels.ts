// The tunnels of one attachment, by the stream that each belongs to: HTTP/1.1 has at most one, the others as many as
// streams. Rule of the file: bytes behind a CONNECT that came in the same read belong to the tunnel that its answer
// opens, so that answer must come before they are handed over.

import type { ConnectionEvent, RequestHead } from "../events.js";

/** Who has the bytes of one stream for itself. */
export interface Tunnel {
  /** An event of the stream. @returns whether it was for the tunnel */
  receiveEvent(event: ConnectionEvent): boolean;
  /** The peer ended its side of the connection. */
  receiveEnd(): void;
  /** The connection has closed. */
  receiveClose(error: Error | null): void;
}

export class Tunnels {
  readonly #streams = new Map<number, Tunnel>();

  get hasAny(): boolean {
    return this.#streams.size > 0;
  }

  add(streamId: number, tunnel: Tunnel): void {
    this.#streams.set(streamId, tunnel);
  }

  remove(streamId: number): void {
    this.#streams.delete(streamId);
  }

  /** Gives tunnels what is theirs. @returns the rest */
  takeFrom(events: ConnectionEvent[]): ConnectionEvent[] {
    if (this.#streams.size === 0) return events;
    return events.filter((event) => {
      const tunnel = "streamId" in event ? this.#streams.get(event.streamId) : undefined;
      return tunnel?.receiveEvent(event) !== true;
    });
  }

  /** The peer ended its side of the connection. */
  receiveEnd(): void {
    for (const tunnel of [...this.#streams.values()]) tunnel.receiveEnd();
  }

  /** The connection has closed. */
  receiveClose(error: Error | null): void {
    for (const tunnel of [...this.#streams.values()]) tunnel.receiveClose(error);
  }
}

/** Cuts a batch behind each head that may open a tunnel; nearly all batches stay whole. */
export function cutAtTunnels(events: ConnectionEvent[]): ConnectionEvent[][] {
  const cuts: ConnectionEvent[][] = [];
  let from = 0;
  for (let at = 0; at < events.length - 1; at++) {
    const event = events[at] as ConnectionEvent;
    if (event.type !== "head") continue;
    const isConnect = (event.head as RequestHead).method === "CONNECT";
    if (!isConnect && events[at + 1]?.type !== "tunnel") continue;
    cuts.push(events.slice(from, at + 1));
    from = at + 1;
  }
  cuts.push(from === 0 ? events : events.slice(from));
  return cuts;
}
