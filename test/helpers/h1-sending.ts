// What the tests of sending share: one message sent by a real connection and read by our own strict receiver, and calls
// that must be refused before a byte leaves.

import { type ConnectionEvent, UsageError } from "tercet";
import { H1Connection } from "tercet/h1";
import { expect } from "vitest";
import { readRequests, readResponses, type SentRequest, taken } from "./h1-drive.js";
import { ascii, errorOf, type Message, messagesOf } from "./h1-log.js";
import { request } from "./h1-table.js";

export type RequestToSend = Parameters<H1Connection["sendRequest"]>[0];
export type ResponseToSend = Parameters<H1Connection["sendResponse"]>[1];

/** A server with one request to answer. */
export function serverWith(line = "GET / HTTP/1.1", fields = "Host: a\r\n"): H1Connection {
  const server = new H1Connection({ role: "server" });
  server.receive(ascii(request(line, fields)));
  return server;
}

/** What one request looks like on the wire; the strict server must accept it. */
export function sent(head: RequestToSend, body?: string): { wire: string; message: Message } {
  const client = new H1Connection({ role: "client" });
  const id = client.sendRequest(head);
  if (body !== undefined) client.sendData(id, ascii(body));
  client.sendEnd(id);
  const wire = taken(client);
  const events = readRequests(wire);
  expect(errorOf(events)).toBeUndefined();
  return { wire, message: onlyMessage(events) };
}

/** What one response looks like on the wire; the strict client must accept it. */
export function answered(
  head: ResponseToSend,
  to: SentRequest = { method: "GET" },
): { wire: string; message: Message } {
  const server = serverWith(`${to.method} ${to.method === "CONNECT" ? "a:1" : "/"} HTTP/1.1`);
  server.sendResponse(1, head);
  if (head.content === undefined) server.sendEnd(1);
  const wire = taken(server);
  const events = readResponses(wire, { sent: [{ authority: "a:1", ...to }], end: true });
  expect(errorOf(events)).toBeUndefined();
  return { wire, message: onlyMessage(events) };
}

/** The one message, complete; names in lower case, because the case of our own lines is nobody's business. */
function onlyMessage(events: readonly ConnectionEvent[]): Message {
  const [message, ...others] = messagesOf(events);
  expect([message?.complete, others]).toEqual([true, []]);
  if (message === undefined) throw new Error("unreachable");
  return {
    ...message,
    headers: message.headers.map(([name, value]) => [name.toLowerCase(), value]),
  };
}

/** The call is refused, and not a byte of it leaves. */
export function refuses(connection: H1Connection, call: () => unknown): void {
  const state = connection.state;
  expect(call).toThrow(UsageError);
  expect([taken(connection), connection.state]).toEqual(["", state]);
}

/** A GET, and what a test changes in it. */
export const head = (more: Partial<RequestToSend> = {}): RequestToSend => ({
  method: "GET",
  path: "/",
  authority: "a",
  headers: [],
  ...more,
});
