// Whether a receiver has read from a generated dialogue what the dialogue says.

import type { PlainEvent } from "./plain.js";

/** A message as a dialogue says it. */
interface SaidContent {
  readonly streamId: number;
  /** Flat, without pseudo-header fields. */
  readonly headers: readonly string[];
  readonly body: string;
  /** Flat; null: no trailer section. */
  readonly trailers: readonly string[] | null;
}

/** One request of a dialogue. */
export interface SaidRequest extends SaidContent {
  readonly method: string;
  readonly path: string;
}

/** One response of a dialogue; interim responses before it are counted only. */
export interface SaidResponse extends SaidContent {
  readonly status: string;
  readonly interim: number;
}

interface Heard {
  start: string;
  interim: number;
  headers: readonly string[];
  body: string;
  trailers: readonly string[] | null;
  isEnded: boolean;
}

/** The first difference between the requests that were said and what a server's events tell; null when there is none. */
export function dialogueFault(
  events: readonly PlainEvent[],
  said: { readonly requests: readonly SaidRequest[] },
): string | null {
  const wanted = said.requests.map(({ method, path, ...content }) =>
    heardOf(content, `${method} ${path}`, 0),
  );
  return difference(events, wanted);
}

/** The same of responses, at a client. */
export function answersFault(
  events: readonly PlainEvent[],
  said: { readonly responses: readonly SaidResponse[] },
): string | null {
  const wanted = said.responses.map(({ status, interim, ...content }) =>
    heardOf(content, status, interim),
  );
  return difference(events, wanted);
}

function heardOf(said: SaidContent, start: string, interim: number): [number, Heard] {
  const { streamId, headers, body, trailers } = said;
  return [streamId, { start, interim, headers, body, trailers, isEnded: true }];
}

function difference(
  events: readonly PlainEvent[],
  wanted: readonly (readonly [streamId: number, heard: Heard])[],
): string | null {
  const heard = new Map<number, Heard>();
  for (const event of events) {
    if (event.type === "error") return `${event.code} at ${event.offset}`;
    hear(heard, event);
  }
  for (const [streamId, one] of wanted) {
    const got = JSON.stringify(heard.get(streamId));
    if (got !== JSON.stringify(one)) {
      return `stream ${streamId}: ${got}, expected ${JSON.stringify(one)}`;
    }
  }
  return heard.size === wanted.length ? null : `${heard.size} messages`;
}

function hear(heard: Map<number, Heard>, event: PlainEvent): void {
  if (event.type === "request" || event.type === "response" || event.type === "informational") {
    const { head, streamId } = event;
    const interim = heard.get(streamId)?.interim ?? 0;
    const begun = { interim, headers: head.headers, body: "", trailers: null, isEnded: false };
    if (event.type === "informational") {
      heard.set(streamId, { start: "", ...begun, interim: interim + 1 });
    } else {
      const start = "method" in head ? `${head.method} ${head.target}` : String(head.status);
      heard.set(streamId, { start, ...begun });
    }
    return;
  }
  const message = "streamId" in event ? heard.get(event.streamId ?? 0) : undefined;
  if (message === undefined) return;
  if (event.type === "data") message.body += event.content;
  else if (event.type === "trailers") message.trailers = event.headers;
  else if (event.type === "end") message.isEnded = true;
}
