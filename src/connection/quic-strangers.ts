// Datagrams with long headers that came before the one that begins their connection: captures are not always in order. They
// wait until a connection on their addresses begins; those that are one too many, or left at the end, are nobody's.
// Rules: Q-KEY-16.

import type { ObservedUdp } from "./quic-observation.js";

/** Those of one observer. */
export class QuicStrangers {
  readonly #most: number;
  #waiting: ObservedUdp[] = [];

  /** @param most how many may wait */
  constructor(most: number) {
    this.#most = most;
  }

  /** Keeps a copy. Gives the one that waited longest where there is no room for it, or this one where there is none at all. */
  hold(datagram: ObservedUdp): ObservedUdp | undefined {
    this.#waiting.push({ ...datagram, bytes: new Uint8Array(datagram.bytes) });
    return this.#waiting.length > this.#most ? this.#waiting.shift() : undefined;
  }

  /** Those between these addresses, in the order in which they came; they wait no more. */
  take(one: string, other: string): ObservedUdp[] {
    if (this.#waiting.length === 0) return [];
    const isBetween = ({ source, destination }: ObservedUdp) =>
      (source === one && destination === other) || (source === other && destination === one);
    const found = this.#waiting.filter(isBetween);
    if (found.length > 0) this.#waiting = this.#waiting.filter((each) => !isBetween(each));
    return found;
  }

  /** All of them. */
  takeAll(): ObservedUdp[] {
    const all = this.#waiting;
    this.#waiting = [];
    return all;
  }
}
