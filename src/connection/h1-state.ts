// Pieces of a connection's state: its flags, what only few connections need, and the bytes helpers.

import type { ProtocolError } from "../errors.js";
import type { Exchange } from "./h1-exchange.js";

/** Bits of H1Core.flags. */
export const enum Flag {
  /** No message comes after the one under way: it closes. */
  Last = 1,
  /** The peer closed its side. */
  Ended = 2,
  Failed = 4,
  /** Not HTTP any more: bytes pass through. */
  Tunnel = 8,
  /** A request waits for the answer that decides what follows it (Upgrade, CONNECT). */
  Undecided = 16,
  /** We close: no further messages. */
  Closing = 32,
  /** Some exchange wants a writable event. */
  WantsRoom = 64,
  /** The HTTP/2 preface came: everything is for somebody else. */
  Preface = 128,
  /** Bytes behind the last message are dropped, and that was reported. */
  Dropping = 256,
  /** Everything is done. */
  Closed = 512,
}

/** What few connections need: kept apart, because idle connections are many. */
export class Rare {
  /** The exchange that the suggested answer to an error belongs to, and that error. */
  failing: Exchange | null = null;
  error: ProtocolError | null = null;
  tunnelId = 0;
  /** Bytes that came while reading should pause. */
  held: Uint8Array | null = null;
  /** Content bytes that the limit still allows, where there is one. */
  bodyLeft = 0;
}

/** One array of two. */
export function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (second.length === 0) return first;
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

/** The HTTP/2 connection preface (RFC 9113 section 3.4). */
export function prefaceBytes(): Uint8Array {
  return Uint8Array.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (character) =>
    character.charCodeAt(0),
  );
}
