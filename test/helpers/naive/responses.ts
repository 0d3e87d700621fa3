// A slow, obvious decoder of HTTP/1.1 responses, written from RFC 9112 and RFC 9110 alone: what a strict
// client reads when it has sent these requests. The oracle of the properties; rules as in requests.ts.

import type { PlainEvent, PlainResponse } from "tercet/fuzz";
import { readContent } from "./content.js";
import { type Framing, framingOf, persists } from "./framing.js";
import { FIELD_CHARS, VERSION } from "./grammar.js";
import { type Cursor, type Field, flat, nextLine, readFields, valuesOf } from "./lines.js";
import { incomplete, type Outcome, refuse, Stop, undecided } from "./outcome.js";

/** A request that waits for its answer. */
export interface Asked {
  readonly method: string;
  /** It offered an upgrade. */
  readonly upgrade?: boolean;
}

/** Everything that a strict client reads from these bytes, given as latin1 text. */
export function decodeResponses(text: string, asked: readonly Asked[]): Outcome {
  const events: PlainEvent[] = [];
  try {
    readConnection(events, { text, at: 0 }, asked);
  } catch (stop) {
    if (stop instanceof Stop) return { events, end: stop.end };
    throw stop;
  }
}

function readConnection(events: PlainEvent[], cursor: Cursor, asked: readonly Asked[]): never {
  for (const [index, request] of asked.entries()) {
    const streamId = index + 1;
    const { head, fields, framing } = readFinal(events, cursor, streamId, request);
    events.push({ type: "response", streamId, head });
    const tunnel = request.method === "CONNECT" && head.status < 300;
    readContent(events, cursor, tunnel ? { kind: "none" } : framing, streamId, "client");
    if (tunnel) readTunnel(events, cursor, streamId);
    if (!persists(fields, head.httpVersion)) readAfterClose(cursor);
  }
  readUnsolicited(cursor);
}

/** RFC 9112 section 9.6: nothing is processed after a message that closes; CR and LF are nothing. */
function readAfterClose(cursor: Cursor): never {
  if (/^[\r\n]*$/.test(cursor.text.slice(cursor.at))) incomplete("nothing");
  refuse("H1_DATA_AFTER_CLOSE");
}

/** RFC 9112 section 9.2: bytes that answer nothing; empty lines are dropped. */
function readUnsolicited(cursor: Cursor): never {
  const [, empty = "", rest = ""] = /^((?:\r\n)*)(.*)$/s.exec(cursor.text.slice(cursor.at)) ?? [];
  // How many empty lines are dropped is no RFC's matter.
  if (empty.length / 2 > 8) undecided();
  if (rest === "" || rest === "\r") incomplete("nothing");
  refuse("H1_UNSOLICITED_RESPONSE", "H1_BARE_LF", "H1_BARE_CR");
}

function readTunnel(events: PlainEvent[], cursor: Cursor, streamId: number): never {
  const content = cursor.text.slice(cursor.at);
  if (content !== "") events.push({ type: "tunnel", streamId, content });
  incomplete("nothing");
}

type Head = PlainResponse & { httpVersion: "1.0" | "1.1" };

/** Interim responses, then the final head (RFC 9110 section 15.2). */
function readFinal(events: PlainEvent[], cursor: Cursor, streamId: number, request: Asked) {
  for (;;) {
    if (cursor.at === cursor.text.length) incomplete("nothing");
    const head = readHead(cursor);
    if (head.head.status >= 200)
      return { ...head, framing: contentOf(head.head, head.fields, request) };
    if (head.head.status === 101) {
      if (!valuesOf(head.fields, "upgrade").some((value) => value !== ""))
        refuse("H1_UPGRADE_MISSING");
    }
    // Rule 1 of RFC 9112 section 6.3 comes before any look at the framing fields.
    if (framingIsWrong(head.fields, head.head.httpVersion)) undecided();
    events.push({ type: "informational", streamId, head: head.head });
    if (head.head.status === 101) readTunnel(events, cursor, streamId);
  }
}

function readHead(cursor: Cursor): { head: Head; fields: Field[] } {
  const line = nextLine(cursor, "head", "H1_STATUS_LINE_INVALID");
  const [, version = "", rest = ""] = /^([^ ]*)(.*)$/s.exec(line) ?? [];
  const match = VERSION.exec(version);
  if (match === null) {
    const unsupported = /^HTTP\/[02-9]/.test(version) ? (["H1_VERSION_UNSUPPORTED"] as const) : [];
    refuse("H1_STATUS_LINE_INVALID", "H1_VERSION_INVALID", ...unsupported);
  }
  const [, code, reason] = /^ ([0-9]{3})(?: (.*))?$/s.exec(rest) ?? [];
  const wrongVersion = match[1] === "1" ? [] : ["H1_VERSION_UNSUPPORTED" as const];
  if (code === undefined) {
    refuse(
      "H1_STATUS_LINE_INVALID",
      "H1_STATUS_CODE_INVALID",
      "H1_STATUS_SPACE_MISSING",
      ...wrongVersion,
    );
  }
  if (wrongVersion.length > 0) refuse("H1_VERSION_UNSUPPORTED");
  const status = Number(code);
  if (status < 100 || status > 599)
    refuse("H1_STATUS_CODE_INVALID", "H1_STATUS_SPACE_MISSING", "H1_REASON_INVALID");
  if (reason === undefined) refuse("H1_STATUS_SPACE_MISSING");
  if (!FIELD_CHARS.test(reason)) refuse("H1_REASON_INVALID");
  const httpVersion = match[2] === "0" ? "1.0" : "1.1";
  const fields = readFields(cursor, "client", "head");
  return { head: { status, reason, httpVersion, headers: flat(fields) }, fields };
}

/** RFC 9112 section 6.3, rules 1, 2 and then by the fields. */
function contentOf(head: Head, fields: readonly Field[], request: Asked): Framing {
  const empty = request.method === "HEAD" || head.status === 204 || head.status === 304;
  const tunnel = request.method === "CONNECT" && head.status < 300;
  if (!empty && !tunnel) return framingOf(fields, "client", head.httpVersion);
  // No rule says whether a receiver looks at fields that delimit nothing.
  if (framingIsWrong(fields, head.httpVersion)) undecided();
  return { kind: "none" };
}

function framingIsWrong(fields: readonly Field[], version: "1.0" | "1.1"): boolean {
  try {
    framingOf(fields, "client", version);
    return false;
  } catch (stop) {
    if (stop instanceof Stop) return true;
    throw stop;
  }
}
