// What the tables of named cases share: wires with a mark before the octet that an error must point at.

import type { ConnectionEvent, ErrorName, RequestHead } from "tercet";
import { ERRORS } from "tercet";
import { expect } from "vitest";
import { type ReadOptions, readAll } from "./h1-drive.js";
import { errorOf, type Message, messagesOf } from "./h1-log.js";

/** Stands before the offending octet of a wire, and is not part of it. */
export const MARK = "▲";

/** The wire without its mark, and the offset of the octet behind the mark. */
export function marked(text: string): { wire: string; offset: number | null } {
  const at = text.indexOf(MARK);
  return at < 0 ? { wire: text, offset: null } : { wire: text.replace(MARK, ""), offset: at };
}

/** A request with one line and fields; Host is there unless the fields are given. */
export function request(line: string, fields = "Host: a\r\n", body = ""): string {
  return `${line}\r\n${fields}\r\n${body}`;
}

/** A POST with a chunked body. */
export function chunkedRequest(body: string): string {
  return request("POST / HTTP/1.1", "Host: a\r\nTransfer-Encoding: chunked\r\n", body);
}

/** A response with one line and fields. */
export function response(line: string, fields = "Content-Length: 0\r\n", body = ""): string {
  return `${line}\r\n${fields}\r\n${body}`;
}

/** The input is refused with this code, at the mark, the same at every cut; gives what came before. */
export function refused(
  role: "server" | "client",
  text: string,
  code: ErrorName,
  options: ReadOptions = {},
): ConnectionEvent[] {
  const { wire, offset } = marked(text);
  const events = readAll(role, wire, options);
  const error = errorOf(events);
  expect(error?.code).toBe(code);
  if (error === undefined) throw new Error("unreachable");
  if (offset !== null) expect(error.offset).toBe(offset);
  expect(error.offset).toBeGreaterThanOrEqual(0);
  expect(error.offset).toBeLessThanOrEqual(wire.length);
  const { rule, rfc, status } = ERRORS[code];
  expect([error.rule, error.rfc, error.status]).toEqual([rule, rfc, status]);
  expect([error.scope, error.wireCode]).toEqual(["connection", null]);
  return events;
}

/** The input is read without an error, the same at every cut; gives its messages. */
export function accepted(
  role: "server" | "client",
  wire: string,
  options: ReadOptions = {},
): Message[] {
  const events = readAll(role, wire, options);
  expect(errorOf(events)).toBeUndefined();
  return messagesOf(events);
}

/** The head of the one request in a wire, the same at every cut. */
export function headOf(wire: string): RequestHead {
  for (const event of readAll("server", wire)) {
    if (event.type === "head") return event.head as RequestHead;
  }
  throw new Error("no head");
}
