// Cut invariance as an assertion (API rule 2), and receivers for the properties: a server that nobody
// answers, a server that answers at once, a client that has sent requests, a handler in place of events.

import type { ConnectionEvent, Handler } from "tercet";
import {
  type CutOptions,
  compareCuts,
  type FeedOptions,
  feed,
  type PlainEvent,
  type Receiver,
  violation,
} from "tercet/fuzz";
import { H1Connection } from "tercet/h1";
import { expect } from "vitest";

export type H1Options = ConstructorParameters<typeof H1Connection>[0];
export type ReadOptions = Omit<H1Options, "role">;

/** A request that a client has sent. */
export interface Sent {
  readonly method: string;
  readonly upgrade?: boolean;
}

const EMPTY = new Uint8Array(0);

/** A server that nobody answers. */
export function silentServer(options: ReadOptions = {}): H1Connection {
  return new H1Connection({ ...options, role: "server" });
}

/** A client that has sent these requests. */
export function clientAfter(sent: readonly Sent[], options: ReadOptions = {}): H1Connection {
  const client = new H1Connection({ ...options, role: "client" });
  for (const { method, upgrade } of sent) {
    const headers = upgrade === true ? ["connection", "upgrade", "upgrade", "x"] : [];
    client.sendRequest({ method, authority: "a:1", headers, body: "none" });
  }
  client.take();
  return client;
}

/**
 * A server that answers each request with 404 as soon as it has ended; upgrades and CONNECT are refused.
 * Whether bytes behind a request that closes come before its answer or after it depends on the cuts;
 * after it the connection is closed and reads no more, so that the error of these bytes is left out.
 */
export function answeringServer(options: ReadOptions = {}): Receiver {
  const server = silentServer(options);
  const answered = (events: readonly ConnectionEvent[]): ConnectionEvent[] => {
    for (const event of events) {
      if (event.type === "end")
        server.sendResponse(event.streamId, { status: 404, headers: [], content: "" });
    }
    server.take();
    return events.filter(
      (event) => event.type !== "error" || event.error.code !== "H1_DATA_AFTER_CLOSE",
    );
  };
  return {
    receive(bytes) {
      const all = answered(server.receive(bytes));
      while (server.heldAmount > 0 && !server.paused && server.state === "open") {
        const more = answered(server.receive(EMPTY));
        if (more.length === 0) break;
        all.push(...more);
      }
      return all;
    },
    receiveEnd: () => server.receiveEnd(),
  };
}

/** The same connection through a handler: its calls as events again, heads kept. */
export function throughHandler(connection: H1Connection): Receiver {
  return {
    receive(bytes) {
      const events: ConnectionEvent[] = [];
      connection.receive(bytes, collector(events));
      return events;
    },
    receiveEnd: () => connection.receiveEnd(),
  };
}

/** A handler that turns its calls into events. */
export function collector(events: ConnectionEvent[]): Handler {
  return {
    head: (streamId, head) => void events.push({ type: "head", streamId, head: head.keep() }),
    informational: (streamId, head) =>
      void events.push({ type: "informational", streamId, head: head.keep() }),
    data: (streamId, bytes) => void events.push({ type: "data", streamId, bytes }),
    // A view of the call: its strings are read now.
    trailers: (streamId, trailers) => {
      const rawHeaders = { value: [...trailers.rawHeaders] };
      events.push({
        type: "trailers",
        streamId,
        trailers: Object.create(trailers, { rawHeaders }),
      });
    },
    end: (streamId) => void events.push({ type: "end", streamId }),
    reset: (streamId, code) => void events.push({ type: "reset", streamId, code }),
    writable: (streamId) => void events.push({ type: "writable", streamId }),
    tunnel: (streamId, bytes) => void events.push({ type: "tunnel", streamId, bytes }),
    preface: (streamId, bytes) => void events.push({ type: "preface", streamId, bytes }),
    leniency: (streamId, name, offset) =>
      void events.push({ type: "leniency", streamId, name, offset }),
    chunk: (streamId, size, extensions) =>
      void events.push({ type: "chunk", streamId, size, extensions }),
    error: (error) => void events.push({ type: "error", error }),
  };
}

/**
 * Feeds the bytes under every cut and expects the same events each time, and the order that all events
 * keep. Gives the events of the uncut bytes.
 */
export function expectSameAtEveryCut(
  make: () => Receiver,
  role: "server" | "client",
  bytes: Uint8Array,
  options: CutOptions & FeedOptions = {},
): PlainEvent[] {
  const difference = compareCuts(make, bytes, options);
  if (difference !== null) expect.fail(difference);
  const events = feed(make(), [bytes], options);
  const broken = violation(events, { role, length: bytes.length });
  if (broken !== null) expect.fail(broken);
  return events;
}
