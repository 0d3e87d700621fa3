// Messages out of plain events, and out of what the generators meant: the two sides of a comparison.

import type { GeneratedRequest, GeneratedResponse, PlainEvent } from "tercet/fuzz";

/** A message as the comparison sees it. */
export interface Message {
  start: string;
  headers: readonly string[];
  body: string;
  trailers: readonly string[];
  complete: boolean;
}

/** What a generated message means. */
export function meaning(one: GeneratedRequest | GeneratedResponse): Message {
  const start = "method" in one ? `${one.method} ${one.target}` : `${one.status} ${one.reason}`;
  return {
    start: `${start} ${one.httpVersion}`,
    headers: one.headers,
    body: one.body,
    trailers: one.trailers ?? [],
    complete: true,
  };
}

/**
 * The messages of some events.
 * @throws Error at an event that belongs to no message
 */
export function messagesOf(events: readonly PlainEvent[]): Message[] {
  const list: Message[] = [];
  for (const event of events) {
    const last = list.at(-1);
    if (event.type === "request" || event.type === "response") {
      const { head } = event;
      const start =
        "method" in head ? `${head.method} ${head.target}` : `${head.status} ${head.reason}`;
      list.push({
        start: `${start} ${head.httpVersion}`,
        headers: head.headers,
        body: "",
        trailers: [],
        complete: false,
      });
    } else if (last === undefined || event.type === "error") {
      throw new Error(JSON.stringify(event));
    } else if (event.type === "data") last.body += event.content;
    else if (event.type === "trailers") last.trailers = event.headers;
    else if (event.type === "end") last.complete = true;
    else throw new Error(JSON.stringify(event));
  }
  return list;
}
