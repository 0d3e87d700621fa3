// The events of an HTTP/3 connection as lines: those of h1-log.ts, with the names of HTTP/3 where HTTP/2 has others.

import type { ConnectionEvent, ProtocolError } from "tercet";
import { latin1, logOf, visible } from "./h1-log.js";
import { codeName, settingName } from "./h3-names.js";

type Carrier = Extract<ConnectionEvent, { type: "data" | "tunnel" | "streamData" }>;

function isCarrier(event: ConnectionEvent | undefined): event is Carrier {
  return event?.type === "data" || event?.type === "tunnel" || event?.type === "streamData";
}

/** Joins neighbouring content of one stream; drops what is empty. */
function joined(events: readonly ConnectionEvent[]): ConnectionEvent[] {
  const out: ConnectionEvent[] = [];
  for (const event of events) {
    const last = out.at(-1);
    if (isCarrier(event) && event.bytes.length === 0) continue;
    const isMore =
      isCarrier(event) &&
      isCarrier(last) &&
      last.type === event.type &&
      last.streamId === event.streamId;
    if (!isMore) out.push(event);
    else {
      const bytes = new Uint8Array(Buffer.concat([last.bytes, event.bytes]));
      out[out.length - 1] = { ...last, bytes };
    }
  }
  return out;
}

/** An error on one line. */
export function h3ErrorLine(error: ProtocolError): string {
  const { code, offset, rule, rfc, scope, streamId, wireCode } = error;
  const status = error.status === null ? "no status" : `status ${error.status}`;
  const reach = scope === "connection" ? "connection, " : "";
  const place = streamId === null ? "" : ` on stream ${streamId}`;
  const wire = wireCode === null ? "-" : codeName(wireCode);
  return `error ${code}${place} at byte ${offset}, ${reach}${wire}, ${rule}, ${rfc}, ${status}`;
}

/** The events as lines. */
export function h3LogOf(events: readonly ConnectionEvent[]): string[] {
  return joined(events).flatMap(linesOf);
}

function linesOf(event: ConnectionEvent): string[] {
  switch (event.type) {
    case "settings": {
      const pairs = [...event.settings].map(([id, value]) => `${settingName(id)}=${value}`);
      return [["settings", ...pairs].join(" ")];
    }
    case "goaway":
      return [`goaway ${event.lastStreamId}`];
    case "reset":
    case "stopSending":
      return [`${event.type} ${event.streamId} ${codeName(event.code)}`];
    case "capsule": {
      const type = `0x${event.capsuleType.toString(16)}`;
      return [`capsule ${event.streamId} ${type} "${visible(latin1(event.bytes))}"`];
    }
    case "error":
      return [h3ErrorLine(event.error)];
    default:
      return logOf([event]);
  }
}

/** The stream that an event belongs to; "connection" for what belongs to none. */
export function streamOf(event: ConnectionEvent): string {
  if (event.type === "error")
    return event.error.scope === "connection" ? "connection" : String(event.error.streamId);
  return "streamId" in event ? String(event.streamId) : "connection";
}

/** The lines of each stream: what does not depend on the order in which streams arrive. */
export function linesByStream(events: readonly ConnectionEvent[]): Map<string, string[]> {
  const streams = new Map<string, ConnectionEvent[]>();
  for (const event of events) {
    const key = streamOf(event);
    streams.set(key, [...(streams.get(key) ?? []), event]);
  }
  const sorted = [...streams].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(sorted.map(([key, list]) => [key, h3LogOf(list)]));
}
