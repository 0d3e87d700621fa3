// Events as JSON Lines: one object a line, members of every event first. Bytes as hex; an integer above 2^53 - 1 as a string
// of its digits; strings stay latin1, one character an octet, so that JSON carries any octet.

import type { InspectEvent } from "./events.js";

const HEX: readonly string[] = Array.from({ length: 256 }, (_, octet) =>
  octet.toString(16).padStart(2, "0"),
);

/** Octets as hex digits, two an octet. */
export function hex(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at++) text += HEX[bytes[at] as number];
  return text;
}

/** One event as one line of JSON, its line feed included. */
export function toJsonLine(event: InspectEvent): string {
  // Written by hand: a replacer function costs several times as much, and captures have millions of events.
  let line = `{"event":"${event.event}","connection":${event.connection},"direction":"${event.direction}","offset":${event.offset},"time":${event.time}`;
  for (const name in event) {
    switch (name) {
      case "event":
      case "connection":
      case "direction":
      case "offset":
      case "time":
        break;
      default: {
        const value = (event as unknown as Record<string, unknown>)[name];
        // Strings alone: the platform is quickest.
        if (name === "headers") line += `,"headers":${stringified(value)}`;
        else if (value !== undefined) line += `,"${name}":${toJson(value)}`;
      }
    }
  }
  return `${line}}\n`;
}

/** Any value of an event as JSON. */
export function toJson(value: unknown): string {
  switch (typeof value) {
    case "string":
      return quoted(value);
    case "number":
      return Number.isFinite(value) ? String(value) : "null";
    case "boolean":
      return value ? "true" : "false";
    case "bigint":
      return value > Number.MAX_SAFE_INTEGER || value < -Number.MAX_SAFE_INTEGER
        ? `"${value}"`
        : String(value);
    case "object":
      return value === null ? "null" : objectJson(value);
    default:
      return "null";
  }
}

/** Nothing in it needs an escape, so that it can stand between quotes as it is. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

function quoted(text: string): string {
  return text.length < 64 && PLAIN.test(text) ? `"${text}"` : stringified(text);
}

/** DEL and the controls above it, which JSON allows and terminals obey: CSI is one of them. */
const CONTROL = /[\x7f-\x9f]/g;

/** As the platform writes it, and nothing in it that a terminal obeys. */
function stringified(value: unknown): string {
  const text = JSON.stringify(value);
  // Searched first: few have any.
  if (text.search(CONTROL) < 0) return text;
  return text.replace(CONTROL, (char) => `\\u00${HEX[char.charCodeAt(0)]}`);
}

function objectJson(value: object): string {
  if (value instanceof Uint8Array) return `"${hex(value)}"`;
  if (Array.isArray(value)) {
    let text = "[";
    for (let at = 0; at < value.length; at++) text += (at === 0 ? "" : ",") + toJson(value[at]);
    return `${text}]`;
  }
  let text = "{";
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined)
      text += `${text.length === 1 ? "" : ","}${quoted(name)}:${toJson(member)}`;
  }
  return `${text}}`;
}
