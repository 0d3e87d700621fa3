// What a benchmark peer in JavaScript is. One process runs one peer in one mode (bench/harness/worker.ts).

import type { Input } from "../inputs/input-file.js";

/** What a peer found in one pass over the input. All peers must agree before a time is taken. */
export interface Counts {
  messages: number;
  fields: number;
  bodyBytes: number;
  /** Octets that an encoder wrote. Peers may differ in it. */
  wireBytes?: number;
}

/** A parser or serializer under test, in one mode. */
export interface Peer {
  /** Takes the input of the next passes. Not timed. */
  load(input: Input): void;
  /** One pass that counts what it finds. Not timed. @throws Error where the input is refused */
  check(): Counts | Promise<Counts>;
  /** Passes after which `prepare` must be called again; without it all passes of a sample run in one go. */
  readonly batch?: number;
  /** What must be made ready before `passes` passes, such as connections. Not timed. */
  prepare?(passes: number): void;
  /** One pass, timed. A peer that works through the event loop gives a promise. @throws Error where the input is refused */
  pass(): unknown;
}

/** Every peer module exports this. */
export interface PeerModule {
  /** @param mode what the peer does with what it parses, such as "parse" or "strings" */
  createPeer(mode: string): Peer | Promise<Peer>;
}

/** Counts of nothing yet. */
export function noCounts(): Counts {
  return { messages: 0, fields: 0, bodyBytes: 0 };
}
