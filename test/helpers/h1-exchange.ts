// What the tests of connections share: requests, servers that have read some, and the answers that these give.

import { H1Connection } from "tercet/h1";
import { expect } from "vitest";
import { type H1Options, readResponses, requestsFor } from "./h1-drive.js";
import { ascii, errorOf, messagesOf } from "./h1-log.js";
import { request } from "./h1-table.js";

export const GET_1 = request("GET /1 HTTP/1.1");
export const GET_2 = request("GET /2 HTTP/1.1");

/** A whole answer without content. */
export const EMPTY_ANSWER = { status: 200, headers: [], content: "" } as const;

/** A server that has read these bytes; its events are dropped. */
export function serverAfter(wire: string, options: Omit<H1Options, "role"> = {}): H1Connection {
  const server = new H1Connection({ ...options, role: "server" });
  server.receive(ascii(wire));
  return server;
}

/** Responses that a wire holds, as our own client reads them; names in lower case. */
export function responsesIn(wire: string) {
  const events = readResponses(wire, { sent: requestsFor(wire), end: true });
  expect(errorOf(events)).toBeUndefined();
  return messagesOf(events).map((message) => ({
    ...message,
    headers: message.headers.map(([name, value]) => [name.toLowerCase(), value]),
  }));
}
