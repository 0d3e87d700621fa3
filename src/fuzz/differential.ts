// Runs receivers on bytes and compares what they report: the same receiver under different cuts, or
// two receivers that ought to agree. Every helper returns the difference as text, or null.

import type { ConnectionEvent } from "../index.js";
import { type CutOptions, cuts, describeCut } from "./cuts.js";
import { appendPlain, type PlainEvent } from "./plain.js";

/** Anything that takes bytes and reports events: a connection, or a driver around one. */
export interface Receiver {
  receive(bytes: Uint8Array): readonly ConnectionEvent[];
  receiveEnd?(): readonly ConnectionEvent[];
}

/** How to feed a receiver. */
export interface FeedOptions {
  /** The peer closes its side behind the last piece. */
  readonly end?: boolean;
  /**
   * Overwrite each piece once its events were read. Events may view the piece (API rule 4), the
   * connection may not. Default true.
   */
  readonly scribble?: boolean;
}

/** Feeds copies of the pieces in order and gives all events as plain data. */
export function feed(
  receiver: Receiver,
  pieces: readonly Uint8Array[],
  options: FeedOptions = {},
): PlainEvent[] {
  const list: PlainEvent[] = [];
  for (const piece of pieces) {
    const copy = piece.slice();
    appendPlain(list, receiver.receive(copy));
    if (options.scribble !== false) copy.fill(0xa5);
  }
  if (options.end) appendPlain(list, receiver.receiveEnd?.() ?? []);
  return list;
}

/** The first event in which two lists differ, as text; null when they are equal. */
export function firstDifference(
  left: readonly PlainEvent[],
  right: readonly PlainEvent[],
): string | null {
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const a = canonical(left[at]);
    const b = canonical(right[at]);
    if (a !== b) return `event ${at}: ${clip(a)} against ${clip(b)}`;
  }
  return null;
}

/** JSON with the members in the order of their names; large integers as text. */
export function canonical(event: unknown): string | undefined {
  return JSON.stringify(event, (_key, value: unknown) => {
    if (typeof value === "bigint") return `${value}n`;
    return value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  });
}

function clip(text: string | undefined): string {
  if (text === undefined) return "nothing";
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}

/**
 * Compares the events of the uncut bytes with those of every way to cut them (API rule 2). `make` gives
 * a fresh receiver in the same state each time.
 */
export function compareCuts(
  make: () => Receiver,
  bytes: Uint8Array,
  options: CutOptions & FeedOptions = {},
): string | null {
  const whole = feed(make(), [bytes], options);
  for (const pieces of cuts(bytes, options)) {
    const difference = firstDifference(whole, feed(make(), pieces, options));
    if (difference !== null) return `uncut against ${describeCut(pieces)}: ${difference}`;
  }
  return null;
}

/** Compares two receivers on the same bytes, both uncut. */
export function compareReceivers(
  left: Receiver,
  right: Receiver,
  bytes: Uint8Array,
  options: FeedOptions = {},
): string | null {
  return firstDifference(feed(left, [bytes], options), feed(right, [bytes], options));
}
