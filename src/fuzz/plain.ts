// Events as plain data: own strings, neighbouring content joined. Two receivers that saw the same bytes
// give equal lists, however the bytes were cut (API rule 2).

import type {
  ConnectionEvent,
  ErrorName,
  Fields,
  FrameEvent,
  RequestHead,
  ResponseHead,
} from "../index.js";
import { textOf, visible } from "./latin1.js";

/** A request head as plain data. */
export interface PlainRequest {
  method: string;
  target: string;
  scheme: string | null;
  authority: string | null;
  path: string | null;
  protocol: string | null;
  httpVersion: string;
  hostDiffers: boolean;
  expectsContinue: boolean;
  /** Flat, wire order. */
  headers: string[];
}

/** A response head as plain data. */
export interface PlainResponse {
  status: number;
  reason: string | null;
  httpVersion: string;
  headers: string[];
}

/** One event as plain data; content is latin1 text. */
export type PlainEvent =
  | { type: "request"; streamId: number; head: PlainRequest }
  | { type: "response" | "informational"; streamId: number; head: PlainResponse }
  | { type: "data" | "tunnel" | "preface"; streamId: number; content: string }
  | { type: "trailers"; streamId: number; headers: string[] }
  | { type: "end" | "writable"; streamId: number }
  | { type: "reset"; streamId: number; code: number }
  | { type: "leniency"; streamId: number; name: string; offset: number }
  | { type: "chunk"; streamId: number; size: number; extensions: string }
  | PlainH2Event
  | PlainH3Event
  | PlainError;

/** What only HTTP/2 reports, as plain data. */
export type PlainH2Event =
  | { type: "settings"; settings: [id: number, value: number | bigint][] }
  | { type: "settingsAck" }
  | { type: "ping"; ack: boolean; payload: string }
  | { type: "goaway"; lastStreamId: number; code: number; debugData: string }
  | { type: "priority"; streamId: number; urgency: number; incremental: boolean }
  | { type: "push"; streamId: number; promisedId: number; head: PlainRequest }
  | { type: "altsvc"; streamId: number; origin: string; value: string }
  | { type: "origin"; origins: string[] }
  | ({ type: "frame" } & FrameEvent);

/** What only HTTP/3 reports, as plain data. */
export type PlainH3Event =
  | { type: "stopSending"; streamId: number; code: number }
  | { type: "datagram"; streamId: number; datagram: string }
  | { type: "capsule"; streamId: number; capsuleType: number | bigint; value: string }
  | { type: "stream"; streamId: number; sessionId: number; unidirectional: boolean }
  | { type: "streamData"; streamId: number; content: string }
  | { type: "streamEnd"; streamId: number };

/** An error as plain data. */
export interface PlainError {
  type: "error";
  code: ErrorName;
  offset: number;
  status: number | null;
  /** HTTP/2 only: how far it reaches, the stream, and the code on the wire. */
  scope?: string;
  streamId?: number | null;
  wireCode?: number | null;
}

/** Appends events to a list of plain ones and joins content that touches. Empty content is dropped. */
export function appendPlain(list: PlainEvent[], events: readonly ConnectionEvent[]): void {
  for (const event of events) {
    const next = plainEvent(event);
    const last = list.at(-1);
    if ("content" in next) {
      if (next.content === "" && next.type !== "preface") continue;
      if (last !== undefined && "content" in last && joins(last, next)) {
        last.content += next.content;
        continue;
      }
    }
    list.push(next);
  }
}

/** Events as plain data. */
export function plain(events: readonly ConnectionEvent[]): PlainEvent[] {
  const list: PlainEvent[] = [];
  appendPlain(list, events);
  return list;
}

type Content = Extract<PlainEvent, { content: string }>;

/** The bytes behind an HTTP/2 preface belong to it, wherever the chunk ended. */
function joins(last: Content, next: Content): boolean {
  if (last.streamId !== next.streamId) return false;
  return last.type === next.type || (last.type === "preface" && next.type === "tunnel");
}

function plainEvent(event: ConnectionEvent): PlainEvent {
  switch (event.type) {
    case "head":
      return "method" in event.head
        ? { type: "request", streamId: event.streamId, head: plainRequest(event.head) }
        : { type: "response", streamId: event.streamId, head: plainResponse(event.head) };
    case "informational":
      return { type: "informational", streamId: event.streamId, head: plainResponse(event.head) };
    case "data":
    case "tunnel":
    case "preface":
    case "streamData":
      return { type: event.type, streamId: event.streamId, content: textOf(event.bytes) };
    case "datagram":
      return { type: event.type, streamId: event.streamId, datagram: textOf(event.bytes) };
    case "capsule": {
      const { type, streamId, capsuleType, bytes } = event;
      return { type, streamId, capsuleType, value: textOf(bytes) };
    }
    case "trailers":
      return { type: "trailers", streamId: event.streamId, headers: flat(event.trailers) };
    case "settings":
      return { type: "settings", settings: [...event.settings] };
    case "ping":
      return { type: "ping", ack: event.ack, payload: textOf(event.payload) };
    case "goaway": {
      const { type, lastStreamId, code, debugData } = event;
      return { type, lastStreamId, code, debugData: textOf(debugData) };
    }
    case "push": {
      const { type, streamId, promisedId, head } = event;
      return { type, streamId, promisedId, head: plainRequest(head) };
    }
    case "origin":
      return { type: "origin", origins: [...event.origins] };
    case "error":
      return plainError(event.error);
    default:
      return { ...event };
  }
}

/** HTTP/1.1 has one scope and no code on the wire: there the other members say nothing. */
function plainError(error: Extract<ConnectionEvent, { type: "error" }>["error"]): PlainError {
  const { code, offset, status, scope, streamId, wireCode } = error;
  const short: PlainError = { type: "error", code, offset, status };
  return code.startsWith("H1_") ? short : { ...short, scope, streamId, wireCode };
}

/** The plain form of a request head. */
export function plainRequest(head: RequestHead): PlainRequest {
  const { method, target, scheme, authority, path, protocol, httpVersion } = head;
  return {
    method,
    target,
    scheme,
    authority,
    path,
    protocol,
    httpVersion,
    hostDiffers: head.hostDiffers === true,
    expectsContinue: head.expectsContinue === true,
    headers: flat(head),
  };
}

/** The plain form of a response head. */
export function plainResponse(head: ResponseHead): PlainResponse {
  const { status, reason, httpVersion } = head;
  return { status, reason, httpVersion, headers: flat(head) };
}

function flat(fields: Fields): string[] {
  return [...fields.rawHeaders];
}

const SHOWN = 72;

/**
 * One line for each event, without header fields: "request 1 POST /", "data 1 hello", "end 1". What
 * attack rows list; `*` in place of content there means any.
 */
export function logLines(events: readonly PlainEvent[]): string[] {
  return events.filter((event) => event.type !== "error").map(logLine);
}

function logLine(event: PlainEvent): string {
  switch (event.type) {
    case "request": {
      const { method, target, protocol, hostDiffers, expectsContinue } = event.head;
      const marks = [
        ...(hostDiffers ? [", host differs"] : []),
        ...(expectsContinue ? [", expects 100"] : []),
        ...(protocol === null ? [] : [`, offers ${visible(protocol)}`]),
      ];
      return `request ${event.streamId} ${short(method)} ${short(target)}${marks.join("")}`;
    }
    case "response":
    case "informational":
      return `${event.type} ${event.streamId} ${event.head.status}`;
    case "data":
    case "tunnel":
    case "preface":
      return `${event.type} ${event.streamId} ${short(event.content)}`;
    case "trailers":
      return `trailers ${event.streamId} ${short(pairs(event.headers))}`;
    case "leniency":
      return `leniency ${event.streamId} ${event.name} at ${event.offset}`;
    case "chunk":
      return `chunk ${event.streamId} ${event.size} ${short(event.extensions)}`;
    case "error":
      return `error ${event.code} at ${event.offset}`;
    case "reset":
      return `reset ${event.streamId} ${event.code}`;
    case "end":
    case "writable":
      return `${event.type} ${event.streamId}`;
    case "stopSending":
    case "datagram":
    case "capsule":
    case "stream":
    case "streamData":
    case "streamEnd":
      return h3Line(event);
    default:
      return h2Line(event);
  }
}

/** Lines of what only HTTP/2 reports: "settings 3=100 4=65535", "goaway 7 0", "push 1 2 GET /a". */
function h2Line(event: PlainH2Event): string {
  switch (event.type) {
    case "settings":
      return ["settings", ...event.settings.map(([id, value]) => `${id}=${value}`)].join(" ");
    case "settingsAck":
      return "settingsAck";
    case "ping":
      return `ping ${event.ack ? "ack " : ""}${short(event.payload)}`;
    case "goaway":
      return ["goaway", event.lastStreamId, event.code, short(event.debugData)].join(" ").trim();
    case "priority":
      return `priority ${event.streamId} u=${event.urgency}${event.incremental ? ", i" : ""}`;
    case "push": {
      const { method, target } = event.head;
      return `push ${event.streamId} ${event.promisedId} ${short(method)} ${short(target)}`;
    }
    case "altsvc":
      return `altsvc ${event.streamId} ${short(event.origin)} ${short(event.value)}`;
    case "origin":
      return `origin ${event.origins.map(short).join(" ")}`;
    case "frame":
      return `frame ${event.direction} ${event.name} ${event.streamId} ${event.length}`;
  }
}

/** Lines of what only HTTP/3 reports: "stopSending 4 256", "capsule 0 0 abc", "stream 4 of 0". */
function h3Line(event: PlainH3Event): string {
  switch (event.type) {
    case "stopSending":
      return `stopSending ${event.streamId} ${event.code}`;
    case "datagram":
      return `datagram ${event.streamId} ${short(event.datagram)}`.trim();
    case "capsule":
      return `capsule ${event.streamId} ${event.capsuleType} ${short(event.value)}`.trim();
    case "stream":
      return `stream ${event.streamId} of ${event.sessionId}${event.unidirectional ? ", one way" : ""}`;
    case "streamData":
      return `streamData ${event.streamId} ${short(event.content)}`;
    case "streamEnd":
      return `streamEnd ${event.streamId}`;
  }
}

function short(text: string): string {
  return text.length > SHOWN ? `(${text.length} bytes)` : visible(text);
}

function pairs(headers: readonly string[]): string {
  const out: string[] = [];
  for (let at = 0; at < headers.length; at += 2) out.push(`${headers[at]}: ${headers[at + 1]}`);
  return out.join(", ");
}
