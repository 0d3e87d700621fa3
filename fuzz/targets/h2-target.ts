// What the targets of HTTP/2 share: clients that have asked, checks that hold for every input, and the
// signature by which the fuzzer sees new behaviour.

import type { H2Limits } from "tercet";
import {
  concat,
  feed,
  firstDifference,
  frameLines,
  h2Violation,
  type PlainEvent,
  type Receiver,
} from "tercet/fuzz";
import { H2Connection } from "tercet/h2";
import { archived } from "../files.js";
import { fault, somePieces } from "./target.js";

/** Options of a connection as a user gives them. */
export type H2Options = ConstructorParameters<typeof H2Connection>[0];

/** Seeds that others wrote. */
export const h2Seeds = (): Uint8Array[] => archived(["h2o-http2-dev.tar.gz", "nghttp2-dev.tar.gz"]);

/** A server that has sent its SETTINGS. */
export function h2Server(options: Omit<H2Options, "role"> = {}): H2Connection {
  const server = new H2Connection({ ...options, role: "server" });
  server.take();
  return server;
}

/** A client that has sent requests on streams 1, 3, 5, … */
export function h2ClientAfter(
  methods: readonly string[],
  options: Omit<H2Options, "role"> = {},
): H2Connection {
  const client = new H2Connection({ ...options, role: "client" });
  for (const method of methods) {
    const authority = method === "CONNECT" ? "a:1" : "a";
    client.sendRequest({ method, authority, headers: [] });
  }
  client.take();
  return client;
}

/** Feeds a connection and checks what holds for all events and for all bytes that it sends. */
export function h2Events(
  connection: H2Connection,
  role: "server" | "client",
  pieces: readonly Uint8Array[],
  end = false,
): PlainEvent[] {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const events = feed(connection, pieces, { end });
  fault(h2Violation(events, { role, length }));
  checkOutput(connection, events);
  return events;
}

/** Everything that leaves is frames, and a failed connection ends with one GOAWAY and does nothing more. */
export function checkOutput(connection: H2Connection, events: readonly PlainEvent[]): void {
  const lines = frameLines(concat(connection.take()));
  const odd = lines.find((line) => line.endsWith("no frame"));
  if (odd !== undefined) fault(`sent ${odd}`);
  const goaways = lines.filter((line) => line.startsWith("GOAWAY "));
  const last = events.at(-1);
  const failed = last?.type === "error" && last.scope === "connection";
  if (failed !== (connection.state === "failed")) fault(`the state is ${connection.state}`);
  if (failed && last.wireCode !== null) {
    // A graceful one may have gone before it.
    const errors = goaways.filter((line) => !line.endsWith(" NO_ERROR"));
    if (errors.length !== 1 || lines.at(-1) !== errors[0]) fault(`sent ${lines.slice(-4)}`);
  }
  if (failed && connection.receive(new Uint8Array(9)).length > 0) fault("events after the end");
  if (connection.take().length > 0) fault("take() gave something twice");
  if (failed) return;
  for (const { name, limit, used } of connection.limitsReport()) {
    if (used > limit) fault(`${name}: ${used} of ${limit}`);
  }
}

/** Checks whole against cut bytes; gives the events of the whole. */
export function h2Compared(
  make: () => H2Connection,
  role: "server" | "client",
  input: Uint8Array,
  end = false,
): PlainEvent[] {
  const whole = h2Events(make(), role, [input], end);
  const receiver: Receiver = make();
  fault(firstDifference(whole, feed(receiver, somePieces(input), { end })));
  return whole;
}

/** Limits that many inputs reach. */
export const TIGHT: readonly H2Limits[] = [
  { fieldSectionLength: 200, fieldCount: 5, trailerSectionLength: 64, trailerCount: 1 },
  { concurrentStreams: 1, resetBurst: 2, controlBudget: 16, smallDataLength: 256 },
  { fieldBlockLength: 64, continuationCount: 2, settingsCount: 2, debugDataLength: 0 },
  { headerMemory: 0, headerAmplification: 1, bodyLength: 4, outboundControlLength: 1_024 },
];
