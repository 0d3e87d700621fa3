// What holds for the events of every HTTP/2 connection whatever the bytes were: the order of the events of
// a stream, one end for each, nothing behind an error of its scope, offsets inside the input.

import type { RunFacts } from "../invariants.js";
import type { PlainError, PlainEvent } from "../plain.js";

interface Stream {
  /** A final head has come. */
  isBegun: boolean;
  hasTrailers: boolean;
  isEnded: boolean;
  /** Reset by the peer, or a stream error. */
  isOver: boolean;
  hasFailed: boolean;
}

interface Progress {
  readonly streams: Map<number, Stream>;
  /** Highest stream of a request. */
  lastId: number;
  lastPromise: number;
  isFailed: boolean;
}

/** The first broken invariant of a list of events, as text; null when all hold. */
export function h2Violation(events: readonly PlainEvent[], facts: RunFacts): string | null {
  const progress: Progress = { streams: new Map(), lastId: 0, lastPromise: 0, isFailed: false };
  for (const [at, event] of events.entries()) {
    const broken = progress.isFailed
      ? "an event behind a connection error"
      : event.type === "error"
        ? errorViolation(progress, event, facts)
        : step(progress, event, facts);
    if (broken !== null) return `event ${at} (${event.type}): ${broken}`;
  }
  return null;
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
    };
    progress.streams.set(streamId, stream);
  }
  return stream;
}

function errorViolation(progress: Progress, error: PlainError, facts: RunFacts): string | null {
  const { code, offset, scope } = error;
  if (!Number.isInteger(offset) || offset < 0 || offset > facts.length) {
    return `${code}: offset ${offset} is outside of ${facts.length} bytes`;
  }
  if (code === "H2_ENGINE_TRAP") return "the engine trapped";
  if (scope === "connection") {
    progress.isFailed = true;
    return null;
  }
  if (scope !== "stream" || typeof error.streamId !== "number" || error.streamId < 1) {
    return `${code}: scope ${scope}, stream ${error.streamId}`;
  }
  const stream = streamOf(progress, error.streamId);
  if (stream.hasFailed) return `${code}: a second error of stream ${error.streamId}`;
  stream.hasFailed = true;
  stream.isOver = true;
  return null;
}

function step(
  progress: Progress,
  event: Exclude<PlainEvent, { type: "error" }>,
  facts: RunFacts,
): string | null {
  switch (event.type) {
    case "request":
    case "response":
      return headViolation(progress, event, facts);
    case "informational": {
      const stream = streamOf(progress, event.streamId);
      if (facts.role === "server") return "an interim response at a server";
      return stream.isBegun || stream.isOver ? "an interim response behind the final one" : null;
    }
    case "data":
    case "tunnel":
    case "trailers": {
      const stream = streamOf(progress, event.streamId);
      if (!stream.isBegun) return "before the head";
      if (stream.isEnded || stream.isOver || stream.hasTrailers) return "behind the end";
      stream.hasTrailers = event.type === "trailers";
      return null;
    }
    case "end": {
      const stream = streamOf(progress, event.streamId);
      if (!stream.isBegun || stream.isEnded || stream.isOver) return "a stray end";
      stream.isEnded = true;
      return null;
    }
    case "reset": {
      const stream = streamOf(progress, event.streamId);
      if (stream.isOver) return "a second reset";
      stream.isOver = true;
      return null;
    }
    case "push":
      if (facts.role === "server") return "a promise at a server";
      if (event.promisedId % 2 !== 0 || event.promisedId <= progress.lastPromise)
        return "its stream";
      progress.lastPromise = event.promisedId;
      return null;
    case "preface":
    case "chunk":
      return "HTTP/2 has no such event";
    default:
      return null;
  }
}

function headViolation(
  progress: Progress,
  event: { readonly type: "request" | "response" | "informational"; readonly streamId: number },
  facts: RunFacts,
): string | null {
  if (event.type !== (facts.role === "server" ? "request" : "response")) return "wrong role";
  const stream = streamOf(progress, event.streamId);
  if (stream.isBegun || stream.isOver) return "a second head, or one behind the end";
  if (facts.role === "server") {
    if (event.streamId % 2 !== 1 || event.streamId <= progress.lastId) return "its stream";
    progress.lastId = event.streamId;
  }
  stream.isBegun = true;
  return null;
}
