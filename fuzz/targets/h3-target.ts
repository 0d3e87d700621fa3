// What the targets of HTTP/3 share: clients that have asked, checks that hold for every session, and seeds.

import type { H3Limits } from "tercet";
import {
  arrive,
  byteByByte,
  concat,
  cutArrivals,
  feedArrivals,
  firstDifference,
  type H3Arrival,
  H3Sent,
  h3Frames,
  h3Violation,
  type PlainEvent,
  peerHello,
  peerStreams,
  randomPieces,
  sessionBytes,
} from "tercet/fuzz";
import { H3Connection } from "tercet/h3";
import { archived } from "../files.js";
import { fault } from "./target.js";

/** Options of a connection as a user gives them. */
export type H3Options = ConstructorParameters<typeof H3Connection>[0];
type Role = "server" | "client";

/** Seeds that others wrote: bytes of request streams and frames, each behind a good hello. */
export function h3Seeds(): Uint8Array[] {
  const hello = sessionBytes(peerHello("server"), "server");
  const session = (...steps: readonly H3Arrival[]) =>
    concat([hello, sessionBytes(steps, "server")]);
  const on = (streamId: number, bytes: Uint8Array, fin: boolean): H3Arrival => {
    return { do: "stream", streamId, bytes, fin };
  };
  const { control } = peerStreams("server");
  return [
    ...archived(["h2o-http3-dev.tar.gz"]).map((bytes) => session(on(0, bytes, true))),
    ...archived(["neqo-dev.tar.gz"], "hframe").flatMap((bytes) => [
      session(on(0, bytes, false)),
      session(on(control, bytes, false)),
    ]),
    ...archived(["neqo-dev.tar.gz"], "hsettings").map((bytes) =>
      sessionBytes(
        [on(control, concat([Uint8Array.of(0), h3Frames.frame(4, bytes)]), false)],
        "server",
      ),
    ),
  ];
}

/** A server that has sent its SETTINGS. */
export function h3Server(options: Omit<H3Options, "role"> = {}): H3Connection {
  return new H3Connection({ ...options, role: "server" });
}

/** A client that has sent requests on streams 0, 4, 8, … */
export function h3ClientAfter(
  methods: readonly string[],
  options: Omit<H3Options, "role"> = {},
): H3Connection {
  const client = new H3Connection({ ...options, role: "client" });
  for (const method of methods) {
    const authority = method === "CONNECT" ? "a:1" : "a";
    client.sendRequest({ method, authority, headers: [] });
  }
  return client;
}

/** Feeds a connection and checks what holds for all events and for all that it sends. */
export function h3Events(
  connection: H3Connection,
  role: Role,
  arrivals: readonly H3Arrival[],
): PlainEvent[] {
  const events = feedArrivals(connection, arrivals);
  fault(h3Violation(events, { role, arrivals }));
  const sent = new H3Sent(role);
  checkH3Output(connection, events, sent);
  return events;
}

/** All that leaves is right, and a failed connection ends with one close and does nothing more. */
export function checkH3Output(
  connection: H3Connection,
  events: readonly PlainEvent[],
  sent: H3Sent,
): void {
  sent.read(connection.takeStreams());
  if (sent.fault !== null) fault(`sent ${sent.fault}`);
  const last = events.at(-1);
  const failed = last?.type === "error" && last.scope === "connection";
  if (failed !== (connection.state === "failed")) fault(`the state is ${connection.state}`);
  if (failed && sent.closeCode !== (last.wireCode ?? null)) {
    fault(`closed with ${sent.closeCode} for ${last.wireCode}`);
  }
  if (connection.takeStreams().length > 0) fault("takeStreams() gave something twice");
  if (failed) {
    const late = connection.receiveStream(0, new Uint8Array(9), true);
    if (late.length > 0) fault("events after the end");
    return;
  }
  const isGraceful =
    connection.state === "closed" && sent.closeCode === h3Frames.H3_WIRE.H3_NO_ERROR;
  if (sent.closeCode !== null && !isGraceful)
    fault(`closed with ${sent.closeCode} without an error`);
  for (const { name, limit, used } of connection.limitsReport()) {
    if (used > limit) fault(`${name}: ${used} of ${limit}`);
  }
}

/** Checks whole against cut streams; gives the events of the whole. `seed` chooses the cuts. */
export function h3Compared(
  make: () => H3Connection,
  role: Role,
  arrivals: readonly H3Arrival[],
  seed: number,
): PlainEvent[] {
  const whole = h3Events(make(), role, arrivals);
  const longest = [1, 2, 7, 64][seed % 4] ?? 1;
  const pieces = (bytes: Uint8Array) =>
    longest === 1 ? byteByByte(bytes) : randomPieces(bytes, seed, longest);
  const cut = cutArrivals(arrivals, pieces, seed % 3 === 0);
  fault(firstDifference(whole, feedArrivals(make(), cut)));
  return whole;
}

/** Every request is answered as it ends: nothing may throw, and what leaves is right. */
export function answerAll(server: H3Connection, arrivals: readonly H3Arrival[]): void {
  const sent = new H3Sent("server");
  const answered = new Set<number>();
  for (const arrival of arrivals) {
    const events = arrive(server, arrival);
    const over = new Set<number>();
    for (const event of events) {
      if (event.type === "reset" || event.type === "stopSending") over.add(event.streamId);
      if (event.type === "error") over.add(event.error.streamId ?? -1);
    }
    if (server.state === "failed") return;
    for (const event of events) {
      if (event.type !== "end" || over.has(event.streamId) || answered.has(event.streamId))
        continue;
      answered.add(event.streamId);
      server.sendResponse(event.streamId, { status: 404, headers: ["x-a", "b"], content: "no" });
    }
    checkH3Output(server, [], sent);
  }
}

/** Limits that many inputs reach. */
export const TIGHT_H3: readonly H3Limits[] = [
  { fieldSectionLength: 200, fieldCount: 5, trailerSectionLength: 64, trailerCount: 1 },
  { concurrentStreams: 1, resetBurst: 2, controlBudget: 16, pushCount: 1 },
  { fieldBlockLength: 64, unfinishedLength: 100, settingsCount: 2, blockedBytes: 40 },
  { headerMemory: 0, headerAmplification: 1, bodyLength: 4, outboundControlLength: 1_024 },
  { capsuleLength: 16, controlFrameLength: 256, blockedBytes: 0, encoderTableLength: 64 },
];
