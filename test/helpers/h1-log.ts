// The events of a connection as text that a person can read and a test can compare, and as plain
// messages. Data and tunnel events that touch are joined, so that neither form depends on cuts.

import type { ConnectionEvent, Fields, ProtocolError, RequestHead, ResponseHead } from "tercet";
import { codeName, settingName } from "./h2-names.js";

/** Latin1 text as bytes: one character is one octet. */
export function ascii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0xff) throw new RangeError(`character ${code} at ${at} is not latin1`);
    bytes[at] = code;
  }
  return bytes;
}

/** Bytes as latin1 text. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** Text with everything but printable ASCII made visible: CR as \r, other octets as \xHH. */
export function visible(text: string): string {
  return text.replace(/[\\"]|[^ -~]/g, (char) => {
    const named = { "\\": "\\\\", '"': '\\"', "\r": "\\r", "\n": "\\n", "\t": "\\t" }[char];
    return named ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

/** What `visible` wrote, as text again. */
export function invisible(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|([\\"rnt]))/g, (_all, hex, named) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return { "\\": "\\", '"': '"', r: "\r", n: "\n", t: "\t" }[named as string] ?? "";
  });
}

/** An error on one line; on HTTP/2 with its scope and the code for the wire. */
export function errorLine(error: ProtocolError): string {
  const { code, offset, rule, rfc, scope, streamId, wireCode } = error;
  const status = error.status === null ? "no status" : `status ${error.status}`;
  const place = scope === "stream" ? ` on stream ${streamId}` : "";
  const wire = code.startsWith("H1_") ? "" : ` ${wireCode === null ? "-" : codeName(wireCode)},`;
  return `error ${code}${place} at byte ${offset},${wire} ${rule}, ${rfc}, ${status}`;
}

/** Joins neighbouring data (and tunnel) events of one exchange, and what follows a preface; all others stay as they are. */
export function joined(events: readonly ConnectionEvent[]): ConnectionEvent[] {
  const out: ConnectionEvent[] = [];
  let pieces: Uint8Array[] = [];
  for (const event of events) {
    const last = out.at(-1);
    const carries = event.type === "data" || event.type === "tunnel";
    if (carries && event.bytes.length === 0) continue;
    const isPrefaced = event.type === "tunnel" && last?.type === "preface";
    if (carries && (last?.type === event.type || isPrefaced) && last.streamId === event.streamId) {
      pieces.push(event.bytes);
      continue;
    }
    close(out, pieces);
    pieces = "bytes" in event ? [event.bytes] : [];
    out.push(event);
  }
  close(out, pieces);
  return out;
}

/** Gives the last event all of its pieces: once, because a body may come in a hundred thousand. */
function close(out: ConnectionEvent[], pieces: readonly Uint8Array[]): void {
  const last = out.at(-1);
  if (pieces.length < 2 || last === undefined || !("bytes" in last)) return;
  out[out.length - 1] = { ...last, bytes: new Uint8Array(Buffer.concat(pieces)) };
}

/** The events as lines. */
export function logOf(events: readonly ConnectionEvent[]): string[] {
  return joined(events).flatMap(linesOf);
}

function linesOf(event: ConnectionEvent): string[] {
  switch (event.type) {
    case "head":
      return "method" in event.head
        ? requestLines(event.streamId, event.head)
        : responseLines("head", event.streamId, event.head);
    case "informational":
      return responseLines("informational", event.streamId, event.head);
    case "data":
    case "tunnel":
    case "preface":
      return [`${event.type} ${event.streamId} "${visible(latin1(event.bytes))}"`];
    case "trailers":
      return [`trailers ${event.streamId}`, ...fieldLines(event.trailers)];
    case "end":
    case "writable":
      return [`${event.type} ${event.streamId}`];
    case "reset":
      return [`reset ${event.streamId} code ${event.code}`];
    case "leniency":
      return [`leniency ${event.streamId} ${event.name} at byte ${event.offset}`];
    case "chunk":
      return [`chunk ${event.streamId} size ${event.size} "${visible(event.extensions)}"`];
    case "error":
      return [errorLine(event.error)];
    case "stopSending":
    case "datagram":
    case "capsule":
    case "stream":
    case "streamData":
    case "streamEnd":
      return [h3Line(event)];
    default:
      return h2Lines(event);
  }
}

type H2EventName =
  | "settings"
  | "settingsAck"
  | "ping"
  | "goaway"
  | "priority"
  | "push"
  | "altsvc"
  | "origin"
  | "frame";
type H2Event = Extract<ConnectionEvent, { type: H2EventName }>;

/** Events that only HTTP/2 has. */
function h2Lines(event: H2Event): string[] {
  switch (event.type) {
    case "settings": {
      const pairs = [...event.settings].map(([id, value]) => `${settingName(id)}=${value}`);
      return [["settings", ...pairs].join(" ")];
    }
    case "settingsAck":
      return ["settingsAck"];
    case "ping":
      return [`ping${event.ack ? " ack" : ""} "${visible(latin1(event.payload))}"`];
    case "goaway": {
      const debug = visible(latin1(event.debugData));
      return [`goaway last ${event.lastStreamId} ${codeName(event.code)} "${debug}"`];
    }
    case "priority":
      return [`priority ${event.streamId} u=${event.urgency}${event.incremental ? ", i" : ""}`];
    case "push": {
      const [head = "", ...rest] = requestLines(event.promisedId, event.head);
      return [`push ${event.streamId} promises ${head.slice("head ".length)}`, ...rest];
    }
    case "altsvc":
      return [`altsvc ${event.streamId} "${visible(event.origin)}" "${visible(event.value)}"`];
    case "origin":
      return [["origin", ...event.origins.map((one) => `"${visible(one)}"`)].join(" ")];
    case "frame":
      return [frameEventLine(event)];
  }
}

type H3EventName = "stopSending" | "datagram" | "capsule" | "stream" | "streamData" | "streamEnd";

/** Events that only HTTP/3 has. */
function h3Line(event: Extract<ConnectionEvent, { type: H3EventName }>): string {
  switch (event.type) {
    case "stopSending":
      return `stopSending ${event.streamId} ${codeName(event.code)}`;
    case "capsule":
      return `capsule ${event.streamId} type ${event.capsuleType} "${visible(latin1(event.bytes))}"`;
    case "datagram":
    case "streamData":
      return `${event.type} ${event.streamId} "${visible(latin1(event.bytes))}"`;
    case "stream":
      return `stream ${event.streamId} of ${event.sessionId}${event.unidirectional ? " one way" : ""}`;
    case "streamEnd":
      return `streamEnd ${event.streamId}`;
  }
}

function frameEventLine(event: Extract<ConnectionEvent, { type: "frame" }>): string {
  const { direction, name, frameType, flags, streamId, length, offset } = event;
  const type = name === "UNKNOWN" ? `UNKNOWN 0x${frameType.toString(16)}` : name;
  const place = `length ${length} at byte ${offset}`;
  return `frame ${direction} ${type} ${streamId} flags 0x${flags.toString(16)} ${place}`;
}

/** The request line as sent, what follows from it and from Host, then the fields. */
function requestLines(streamId: number, head: RequestHead): string[] {
  const known = [
    head.scheme === null ? "" : `scheme ${head.scheme}`,
    head.authority === null ? "" : `authority ${visible(head.authority)}`,
    head.path === null ? "" : `path ${visible(head.path)}`,
    head.protocol === null ? "" : `protocol ${visible(head.protocol)}`,
    head.hostDiffers ? "host differs" : "",
    head.expectsContinue ? "expects 100" : "",
  ].filter((part) => part !== "");
  return [
    `head ${streamId} ${visible(head.method)} ${visible(head.target)} HTTP/${head.httpVersion}`,
    ...(known.length === 0 ? [] : [`  => ${known.join(", ")}`]),
    ...fieldLines(head),
  ];
}

function responseLines(kind: string, streamId: number, head: ResponseHead): string[] {
  const reason = head.reason === null ? "no reason" : visible(head.reason);
  return [
    `${kind} ${streamId} HTTP/${head.httpVersion} ${head.status} ${reason}`.trimEnd(),
    ...fieldLines(head),
  ];
}

function fieldLines(fields: Fields): string[] {
  return pairs(fields).map(([name, value]) => `  ${visible(name)}: ${visible(value)}`.trimEnd());
}

/** The fields as pairs, checked against the iterator that users see. */
export function pairs(fields: Fields): [string, string][] {
  const raw = fields.rawHeaders;
  const out: [string, string][] = [];
  for (let at = 0; at < raw.length; at += 2) out.push([raw[at] ?? "", raw[at + 1] ?? ""]);
  const iterated = [...fields];
  if (JSON.stringify(iterated) !== JSON.stringify(out)) {
    throw new Error(`rawHeaders and the iterator differ: ${JSON.stringify([out, iterated])}`);
  }
  return out;
}

/** One message, as far as it came. */
export interface Message {
  streamId: number;
  /** Requests only. */
  method: string | null;
  target: string | null;
  /** Responses only. */
  status: number | null;
  reason: string | null;
  version: string;
  headers: [string, string][];
  /** Latin1. */
  body: string;
  trailers: [string, string][];
  complete: boolean;
}

/** The messages in the order of their heads; every 1xx counts as one, complete at once. */
export function messagesOf(events: readonly ConnectionEvent[]): Message[] {
  const out: Message[] = [];
  let open: Message | undefined;
  for (const event of joined(events)) {
    if (event.type === "head" || event.type === "informational") {
      const message = emptyMessage(event.streamId, event.head);
      message.complete = event.type === "informational";
      out.push(message);
      if (event.type === "head") open = message;
    } else if (open !== undefined && "streamId" in event && event.streamId === open.streamId) {
      if (event.type === "data") open.body += latin1(event.bytes);
      if (event.type === "trailers") open.trailers.push(...pairs(event.trailers));
      if (event.type === "end") open.complete = true;
    }
  }
  return out;
}

function emptyMessage(streamId: number, head: RequestHead | ResponseHead): Message {
  const request = "method" in head ? head : undefined;
  const response = "status" in head ? head : undefined;
  return {
    streamId,
    method: request?.method ?? null,
    target: request?.target ?? null,
    status: response?.status ?? null,
    reason: response?.reason ?? null,
    version: head.httpVersion,
    headers: pairs(head),
    body: "",
    trailers: [],
    complete: false,
  };
}

/** The error that ended the events, or undefined. An error that is not the last event is a fault. */
export function errorOf(events: readonly ConnectionEvent[]): ProtocolError | undefined {
  const at = events.findIndex((event) => event.type === "error");
  if (at < 0) return undefined;
  if (at !== events.length - 1) throw new Error(`events after an error: ${logOf(events)}`);
  const last = events[at];
  return last?.type === "error" ? last.error : undefined;
}

/** Bytes of all tunnel events, as latin1. */
export function tunnelOf(events: readonly ConnectionEvent[]): string {
  return events.map((event) => (event.type === "tunnel" ? latin1(event.bytes) : "")).join("");
}
