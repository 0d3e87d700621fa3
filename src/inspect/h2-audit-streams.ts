// Streams of an HTTP/2 connection as whoever reads both sides sees them (RFC 9113 section 5.1): each end has its own half,
// and what a frame means depends on both.

import type { ErrorName, ErrorScope } from "../index.js";
import type { Direction } from "./events.js";
import { TYPE } from "./h2-frames.js";

/** What one end sends on a stream. */
export class AuditHalf {
  /** Its final head came. */
  hasHead = false;
  hasTrailers = false;
  hasEnded = false;
  hasReset = false;
  /** content-length, -1: none; content that came. */
  expected = -1;
  received = 0;
  /** There is none by definition (204, 304, to HEAD). */
  hasNoContent = false;
  /** That the lengths differ was said. */
  isTold = false;
  /** DATA is opaque. */
  isTunnel = false;
  /** What it may send beyond the initial window of the other end. */
  credit = 0;
}

/** A stream. */
export class AuditStream {
  readonly id: number;
  readonly client = new AuditHalf();
  readonly server = new AuditHalf();
  readonly opener: Direction;
  /** Promised, and not begun. */
  isReserved: boolean;
  isHead = false;
  isConnect = false;
  isClosed = false;

  constructor(id: number, opener: Direction, isReserved: boolean) {
    this.id = id;
    this.opener = opener;
    this.isReserved = isReserved;
  }

  half(direction: Direction): AuditHalf {
    return direction === "client" ? this.client : this.server;
  }

  get isOver(): boolean {
    const { client, server } = this;
    return client.hasReset || server.hasReset || (client.hasEnded && server.hasEnded);
  }
}

/** A mistake, and how far it reaches. */
export interface StreamFault {
  readonly code: ErrorName;
  readonly scope: ErrorScope;
}

const fault = (code: ErrorName, scope: ErrorScope): StreamFault => ({ code, scope });
const INVALID = fault("H2_STREAM_STATE_INVALID", "connection");

/** What is wrong with a frame of this type from this end, as the stream stands; "ignored": it crossed a reset. */
export function stateFault(
  stream: AuditStream,
  direction: Direction,
  type: number,
): StreamFault | "ignored" | null {
  const mine = stream.half(direction);
  const other = stream.half(direction === "client" ? "server" : "client");
  if (stream.isReserved) return reservedFault(stream, direction, type);
  if (type === TYPE.PUSH_PROMISE) {
    if (mine.hasEnded || mine.hasReset) return other.hasReset ? "ignored" : INVALID;
    return null;
  }
  if (other.hasReset) return "ignored";
  if (type === TYPE.RST_STREAM || type === TYPE.WINDOW_UPDATE) return null;
  if (mine.hasReset) return fault("H2_STREAM_CLOSED", "stream");
  if (!mine.hasEnded) return null;
  return fault("H2_STREAM_CLOSED", other.hasEnded ? "connection" : "stream");
}

function reservedFault(
  stream: AuditStream,
  direction: Direction,
  type: number,
): StreamFault | null {
  if (type === TYPE.RST_STREAM) return null;
  const isPromiser = stream.opener === direction;
  if (type === TYPE.HEADERS && isPromiser) return null;
  if (type === TYPE.WINDOW_UPDATE && !isPromiser) return null;
  return INVALID;
}

/** Streams that are over and still known, and streams at all. */
const CLOSED_MAX = 4096;
const STREAMS_MAX = 65_536;

/** All that are known. */
export class AuditStreams {
  readonly #streams = new Map<number, AuditStream>();
  #closed: number[] = [];
  #closedAt = 0;

  get(id: number): AuditStream | undefined {
    return this.#streams.get(id);
  }

  values(): Iterable<AuditStream> {
    return this.#streams.values();
  }

  add(stream: AuditStream): void {
    if (this.#streams.size >= STREAMS_MAX)
      this.#streams.delete(this.#streams.keys().next().value as number);
    this.#streams.set(stream.id, stream);
  }

  /** Notes that a stream is over: it is forgotten after many others. */
  close(stream: AuditStream): void {
    this.#closed.push(stream.id);
    if (this.#closed.length - this.#closedAt <= CLOSED_MAX) return;
    this.#streams.delete(this.#closed[this.#closedAt++] as number);
    if (this.#closedAt < CLOSED_MAX) return;
    this.#closed = this.#closed.slice(this.#closedAt);
    this.#closedAt = 0;
  }
}
