// What holds for the events of every HTTP/1.1 connection whatever the bytes were: order of the events
// of a message, one end for each, the error last and inside the input.

import type { PlainEvent } from "./plain.js";

/** What `violation` must know about a run. */
export interface RunFacts {
  readonly role: "server" | "client";
  /** Bytes that were fed. */
  readonly length: number;
}

interface Progress {
  open: { streamId: number; stage: "content" | "trailers" } | null;
  lastId: number;
  tunnel: boolean;
}

/** The first broken invariant of a list of events, as text; null when all hold. */
export function violation(events: readonly PlainEvent[], facts: RunFacts): string | null {
  const progress: Progress = { open: null, lastId: 0, tunnel: false };
  for (const [at, event] of events.entries()) {
    const broken =
      event.type === "error"
        ? errorViolation(event.offset, at === events.length - 1, facts)
        : step(progress, event, facts);
    if (broken !== null) return `event ${at} (${event.type}): ${broken}`;
  }
  return null;
}

function errorViolation(offset: number, isLast: boolean, facts: RunFacts): string | null {
  if (!isLast) return "events after an error";
  if (!Number.isInteger(offset) || offset < 0 || offset > facts.length) {
    return `offset ${offset} is outside of ${facts.length} bytes`;
  }
  return null;
}

function step(
  progress: Progress,
  event: Exclude<PlainEvent, { type: "error" }>,
  facts: RunFacts,
): string | null {
  const { open } = progress;
  switch (event.type) {
    case "request":
    case "response":
      if (event.type !== (facts.role === "server" ? "request" : "response")) return "wrong role";
      if (open !== null) return "a head inside of a message";
      if (progress.tunnel) return "a head inside of a tunnel";
      if (event.streamId !== progress.lastId + 1) return `stream ${event.streamId} out of order`;
      progress.lastId = event.streamId;
      progress.open = { streamId: event.streamId, stage: "content" };
      return null;
    case "informational":
      if (open !== null) return "an informational head inside of a message";
      return event.streamId === progress.lastId + 1 ? null : "informational out of order";
    case "data":
      if (open?.streamId !== event.streamId || open.stage !== "content") return "stray content";
      return null;
    case "trailers":
      if (open?.streamId !== event.streamId || open.stage !== "content") return "stray trailers";
      open.stage = "trailers";
      return null;
    case "end":
      if (open?.streamId !== event.streamId) return "stray end";
      progress.open = null;
      return null;
    case "tunnel":
    case "preface":
      if (open !== null) return `${event.type} inside of a message`;
      progress.tunnel = true;
      return null;
    case "reset":
      return "HTTP/1.1 has no reset";
    default:
      return null;
  }
}
