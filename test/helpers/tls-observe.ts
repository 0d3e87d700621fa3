// What an observer makes of a recorded TLS connection, in a form that tests can compare.

import type { Direction } from "../../src/inspect/events.js";
import { KeyLog } from "../../src/inspect/tls/key-log.js";
import { TlsConnection, type TlsConnectionOptions } from "../../src/inspect/tls/tls-connection.js";
import type { TlsEvent } from "../../src/inspect/tls/tls-events.js";
import type { WirePiece } from "./tls-wire.js";

export type EventOf<Kind extends TlsEvent["kind"]> = Extract<TlsEvent, { kind: Kind }>;

/** A key log of this text. */
export function keyLogOf(text: string): KeyLog {
  const log = new KeyLog();
  log.push(text);
  log.end();
  return log;
}

/** All events of a recorded connection. Octets are copied at once: views end with their call. */
export function observe(
  wire: readonly WirePiece[],
  keyLog: string | KeyLog,
  options?: TlsConnectionOptions,
): TlsEvent[] {
  const log = typeof keyLog === "string" ? keyLogOf(keyLog) : keyLog;
  const connection = new TlsConnection(log, options);
  const events: TlsEvent[] = [];
  const keep = (list: readonly TlsEvent[]): void => {
    for (const event of list)
      events.push("bytes" in event ? { ...event, bytes: event.bytes.slice() } : event);
  };
  for (const { direction, bytes } of wire) {
    const scratch = bytes.slice();
    keep(connection.receive(direction, scratch));
    // What is kept must be a copy.
    scratch.fill(0xee);
  }
  keep(connection.end("client"));
  keep(connection.end("server"));
  return events;
}

/** Events of one kind. */
export function only<Kind extends TlsEvent["kind"]>(
  events: readonly TlsEvent[],
  kind: Kind,
): EventOf<Kind>[] {
  return events.filter((event): event is EventOf<Kind> => event.kind === kind);
}

/** Application data of one direction in one. */
export function applicationData(events: readonly TlsEvent[], direction: Direction): Uint8Array {
  return Buffer.concat(
    only(events, "application")
      .filter((event) => event.direction === direction)
      .map((event) => event.bytes),
  );
}

/** Names of the handshake messages, "c ClientHello". */
export function messageNames(events: readonly TlsEvent[]): string[] {
  return only(events, "message").map((event) => `${event.direction[0]} ${event.name}`);
}

/** Records that stayed closed: their reasons, counted. */
export function closedReasons(events: readonly TlsEvent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of only(events, "record"))
    if (reason !== null) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
