// Whether a server has read from a generated dialogue what the dialogue says.

import type { GeneratedDialogue } from "../arbitraries/h2-dialogue.js";
import type { PlainEvent } from "../plain.js";

interface Heard {
  start: string;
  headers: readonly string[];
  body: string;
  trailers: readonly string[] | null;
  isEnded: boolean;
}

/** The first difference between what was said and what the events tell, as text; null when there is none. */
export function dialogueFault(
  events: readonly PlainEvent[],
  said: GeneratedDialogue,
): string | null {
  const heard = new Map<number, Heard>();
  for (const event of events) {
    if (event.type === "error") return `${event.code} at ${event.offset}`;
    hear(heard, event);
  }
  for (const { streamId, method, path, headers, body, trailers } of said.requests) {
    const wanted: Heard = { start: `${method} ${path}`, headers, body, trailers, isEnded: true };
    const got = JSON.stringify(heard.get(streamId));
    if (got !== JSON.stringify(wanted)) {
      return `stream ${streamId}: ${got}, expected ${JSON.stringify(wanted)}`;
    }
  }
  return heard.size === said.requests.length ? null : `${heard.size} requests`;
}

function hear(heard: Map<number, Heard>, event: PlainEvent): void {
  if (event.type === "request") {
    const { method, target, headers } = event.head;
    const start = `${method} ${target}`;
    heard.set(event.streamId, { start, headers, body: "", trailers: null, isEnded: false });
    return;
  }
  const message = "streamId" in event ? heard.get(event.streamId ?? 0) : undefined;
  if (message === undefined) return;
  if (event.type === "data") message.body += event.content;
  else if (event.type === "trailers") message.trailers = event.headers;
  else if (event.type === "end") message.isEnded = true;
}
