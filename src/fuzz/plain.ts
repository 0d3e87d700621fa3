// Events as plain data: own strings, neighbouring content joined. Two receivers that saw the same bytes
// give equal lists, however the bytes were cut (API rule 2).

import type { ConnectionEvent, ErrorName, Fields, RequestHead, ResponseHead } from "../index.js";
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
  | { type: "error"; code: ErrorName; offset: number; status: number | null };

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
      return { type: event.type, streamId: event.streamId, content: textOf(event.bytes) };
    case "trailers":
      return { type: "trailers", streamId: event.streamId, headers: flat(event.trailers) };
    case "error": {
      const { code, offset, status } = event.error;
      return { type: "error", code, offset, status };
    }
    default:
      return { ...event };
  }
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
    default:
      return `${event.type} ${event.streamId}`;
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
