// Drives an H1Connection with bytes and checks, for every input, what holds for all inputs: nothing is
// thrown, an error is the last event, a failed connection stays silent, and cuts change nothing.

import type { ConnectionEvent, HeaderList } from "tercet";
import { H1Connection } from "tercet/h1";
import { expect } from "vitest";
import { ascii, latin1, logOf } from "./h1-log.js";
import { everyCut } from "./pieces.js";

export type H1Options = ConstructorParameters<typeof H1Connection>[0];

/** A request that a client connection sends before it reads. */
export interface SentRequest {
  method: string;
  path?: string;
  authority?: string;
  headers?: HeaderList;
}

export const GET: SentRequest = { method: "GET" };
export const HEAD: SentRequest = { method: "HEAD" };
export const CONNECT: SentRequest = { method: "CONNECT", authority: "a:443" };
/** Offers an upgrade. */
export const UPGRADE: SentRequest = {
  method: "GET",
  headers: ["connection", "upgrade", "upgrade", "websocket"],
};

/** Options of the connections that read in these tests. */
export type ReadOptions = Omit<H1Options, "role"> & {
  /** For a client: what it has sent. One GET when absent. */
  sent?: readonly SentRequest[];
  /** The peer closed its side behind the last byte. */
  end?: boolean;
};

/** A client that has sent these requests; its own bytes are taken and dropped. */
export function clientAfter(
  sent: readonly SentRequest[],
  options: Omit<H1Options, "role"> = {},
): H1Connection {
  const client = new H1Connection({ ...options, role: "client" });
  for (const { method, path = "/", authority = "a", headers = [] } of sent) {
    client.sendRequest({ method, path, authority, headers });
  }
  client.take();
  return client;
}

/** A connection in the given role, ready to read. */
export function reader(role: H1Options["role"], options: ReadOptions = {}): H1Connection {
  const { sent = [GET], end: _end, ...rest } = options;
  return role === "server" ? new H1Connection({ ...rest, role }) : clientAfter(sent, rest);
}

// Where these run for each of tens of thousands of cuts they compare by hand first: expect() is slow.

/** Feeds all pieces and gives all events. */
export function feed(connection: H1Connection, pieces: readonly Uint8Array[]): ConnectionEvent[] {
  const events: ConnectionEvent[] = [];
  for (const piece of pieces) {
    const before = connection.state;
    const more = connection.receive(piece);
    if (before === "failed" && more.length > 0) expect(more, "events after an error").toEqual([]);
    events.push(...more);
  }
  return events;
}

/** Feeds the pieces and the end of the stream where the options say so. */
export function readPieces(
  role: H1Options["role"],
  pieces: readonly Uint8Array[],
  options: ReadOptions = {},
): ConnectionEvent[] {
  const connection = reader(role, options);
  const events = feed(connection, pieces);
  if (options.end) events.push(...connection.receiveEnd());
  const at = events.findIndex((event) => event.type === "error");
  if (at >= 0) {
    const more = connection.receive(ascii("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    const isOver = connection.state === "failed" && at === events.length - 1 && more.length === 0;
    if (!isOver)
      expect([connection.state, logOf(events), more]).toBe("failed, the error last, and no more");
  }
  return events;
}

/** Reads a whole input; every cut of it must give the same log. */
export function readAll(
  role: H1Options["role"],
  input: string | Uint8Array,
  options: ReadOptions = {},
): ConnectionEvent[] {
  const bytes = typeof input === "string" ? ascii(input) : input;
  const events = readPieces(role, [bytes], options);
  const whole = logOf(events).join("\n");
  for (const { name, pieces } of everyCut(bytes)) {
    const log = logOf(readPieces(role, pieces, options)).join("\n");
    if (log !== whole) expect(log, name).toBe(whole);
  }
  return events;
}

/** What a server reads. */
export const readRequests = (input: string, options: ReadOptions = {}) =>
  readAll("server", input, options);

/** What a client reads. */
export const readResponses = (input: string, options: ReadOptions = {}) =>
  readAll("client", input, options);

/**
 * As many requests as an input answers, so that its end is no missing answer: `first`, then GET.
 * At least one, because bytes that answer nothing are an error.
 */
export function requestsFor(input: string | Uint8Array, first: SentRequest = GET): SentRequest[] {
  const bytes = typeof input === "string" ? ascii(input) : input;
  const many = [first, ...Array.from({ length: 50 }, () => (first === UPGRADE ? UPGRADE : GET))];
  const heads = readPieces("client", [bytes], { sent: many }).filter(
    (event) => event.type === "head",
  );
  return many.slice(0, Math.max(heads.length, 1));
}

/** The bytes that wait to be sent, as latin1. */
export function taken(connection: H1Connection): string {
  return connection.take().map(latin1).join("");
}

/** An empty chunk: it resumes what was held back. */
export const EMPTY = new Uint8Array(0);
