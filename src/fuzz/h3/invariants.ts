// What holds for the events of every HTTP/3 connection whatever arrived: by stream informational* head data*
// trailers? end, one end or error or reset for each, nothing behind an error of its scope, offsets inside of
// what came on the stream.

import type { PlainError, PlainEvent } from "../plain.js";
import { H3_WIRE } from "./registry.js";
import type { H3Arrival } from "./steps.js";

/** What `h3Violation` must know about a run. */
export interface H3RunFacts {
  readonly role: "server" | "client";
  /** What arrived. */
  readonly arrivals: readonly H3Arrival[];
}

interface Stream {
  /** A final head has come. */
  isBegun: boolean;
  hasTrailers: boolean;
  isEnded: boolean;
  /** Reset by the peer, or a stream error. */
  isOver: boolean;
  hasFailed: boolean;
  hasStop: boolean;
  /** Opened by the peer for a session. */
  isOfSession: boolean;
  /** Its session is gone. */
  isGone: boolean;
}

interface Progress {
  readonly facts: H3RunFacts;
  readonly streams: Map<number, Stream>;
  readonly lengths: ReadonlyMap<number, number>;
  hasSettings: boolean;
  lastGoaway: number;
  isFailed: boolean;
}

type Good = Exclude<PlainEvent, { type: "error" }>;

/** The first broken invariant of a list of events, as text; null when all hold. */
export function h3Violation(events: readonly PlainEvent[], facts: H3RunFacts): string | null {
  const progress: Progress = {
    facts,
    streams: new Map(),
    lengths: lengthsOf(facts.arrivals),
    hasSettings: false,
    lastGoaway: Number.POSITIVE_INFINITY,
    isFailed: false,
  };
  for (const [at, event] of events.entries()) {
    const broken = progress.isFailed
      ? "an event behind a connection error"
      : event.type === "error"
        ? errorViolation(progress, event)
        : step(progress, event);
    if (broken !== null) return `event ${at} (${event.type}): ${broken}`;
  }
  return null;
}

/** Bytes of each stream; -1: the longest of them. */
function lengthsOf(arrivals: readonly H3Arrival[]): Map<number, number> {
  const lengths = new Map<number, number>([[-1, 0]]);
  for (const arrival of arrivals) {
    const id = "streamId" in arrival ? arrival.streamId : -2;
    const added = "bytes" in arrival ? arrival.bytes.length : 0;
    const length = (lengths.get(id) ?? 0) + added;
    lengths.set(id, length);
    lengths.set(-1, Math.max(lengths.get(-1) ?? 0, length));
  }
  return lengths;
}

function streamOf(progress: Progress, streamId: number): Stream {
  let stream = progress.streams.get(streamId);
  if (stream === undefined) {
    stream = {
      isBegun: false,
      hasTrailers: false,
      isEnded: false,
      isOver: false,
      hasFailed: false,
      hasStop: false,
      isOfSession: false,
      isGone: false,
    };
    progress.streams.set(streamId, stream);
  }
  return stream;
}

function errorViolation(progress: Progress, error: PlainError): string | null {
  const { code, offset, scope } = error;
  const length = progress.lengths.get(error.streamId ?? -1) ?? progress.lengths.get(-1) ?? 0;
  if (!Number.isInteger(offset) || offset < 0 || offset > length) {
    return `${code}: offset ${offset} is outside of ${length} bytes of stream ${error.streamId}`;
  }
  if (code === "H3_ENGINE_TRAP") return "the engine trapped";
  if (scope === "connection") {
    progress.isFailed = true;
    return null;
  }
  if (scope !== "stream" || typeof error.streamId !== "number") {
    return `${code}: scope ${scope}, stream ${error.streamId}`;
  }
  const stream = streamOf(progress, error.streamId);
  if (stream.hasFailed) return `${code}: a second error of stream ${error.streamId}`;
  if (stream.isEnded) return `${code}: behind the end of stream ${error.streamId}`;
  stream.hasFailed = true;
  stream.isOver = true;
  return null;
}

function step(progress: Progress, event: Good): string | null {
  const isServer = progress.facts.role === "server";
  switch (event.type) {
    case "settings": {
      const again = progress.hasSettings;
      progress.hasSettings = true;
      return again ? "a second time" : null;
    }
    case "goaway": {
      const raised = event.lastStreamId > progress.lastGoaway;
      progress.lastGoaway = event.lastStreamId;
      return raised ? "a raised identifier" : null;
    }
    case "origin":
      return isServer ? "ORIGIN at a server" : null;
    case "frame":
    case "priority":
      return null;
    case "settingsAck":
    case "ping":
      return "HTTP/3 has no such event";
    default:
      return ofStream(progress, event);
  }
}

type OfStream = Extract<Good, { streamId: number }>;

function ofStream(progress: Progress, event: OfStream): string | null {
  const stream = streamOf(progress, event.streamId);
  if (stream.hasFailed) return `behind the error of stream ${event.streamId}`;
  switch (event.type) {
    case "request":
    case "response":
    case "informational":
      return headViolation(progress, event, stream);
    case "data":
    case "tunnel":
    case "capsule":
    case "datagram":
    case "trailers":
      return contentViolation(event, stream);
    case "stream":
    case "streamData":
    case "streamEnd":
      return sessionViolation(event, stream);
    case "end":
      if (!stream.isBegun || stream.isEnded || stream.isOver) return "a stray end";
      stream.isEnded = true;
      return null;
    case "reset":
      // Where the session of a stream is gone, that ends what we could still send on it, too.
      if (event.code === H3_WIRE.WT_SESSION_GONE && !stream.isGone) stream.isGone = true;
      else if (stream.isOver || stream.isEnded) return "a second end";
      stream.isOver = true;
      return null;
    case "stopSending":
      if (stream.hasStop) return "a second time";
      stream.hasStop = true;
      return null;
    case "push":
      return progress.facts.role === "server" ? "a promise at a server" : null;
    case "writable":
      return null;
    default:
      return "HTTP/3 has no such event";
  }
}

function contentViolation(event: OfStream, stream: Stream): string | null {
  if (!stream.isBegun) return "before the head";
  if (stream.isEnded || stream.isOver) return "behind the end";
  if (event.type === "datagram") return null;
  if (stream.hasTrailers) return "behind the trailers";
  stream.hasTrailers = event.type === "trailers";
  return null;
}

function headViolation(
  progress: Progress,
  event: { readonly type: "request" | "response" | "informational"; readonly streamId: number },
  stream: Stream,
): string | null {
  const isServer = progress.facts.role === "server";
  if (isServer !== (event.type === "request")) return "wrong role";
  if (stream.isBegun || stream.isOver || stream.isEnded) return "a second head, or behind the end";
  if (isServer && event.streamId % 4 !== 0) return `a request on stream ${event.streamId}`;
  if (event.type !== "informational") stream.isBegun = true;
  return null;
}

function sessionViolation(event: OfStream, stream: Stream): string | null {
  if (event.type === "stream") {
    if (stream.isOfSession || stream.isBegun) return "a second time";
    stream.isOfSession = true;
    return null;
  }
  if (stream.isEnded || stream.isOver) return "behind the end";
  stream.isEnded = event.type === "streamEnd";
  return null;
}
