// The 459 rows of h1-adversarial.json (attack payloads and RFC grammar): our default must equal `strict` in each:
// verdict, complete messages, and what of an incomplete one was valid. Every row at every cut and byte by byte.

import type { ConnectionEvent, H1Limits } from "tercet";
import { expect, test } from "vitest";
import { type ReadOptions, readAll, requestsFor } from "../helpers/h1-drive.js";
import { errorOf, type Message, messagesOf } from "../helpers/h1-log.js";
import { dataJson, describeData } from "./data-folder.js";

interface StrictMessage {
  method?: string;
  target?: string;
  status?: number;
  version: string;
  /** null: the error is in the head. */
  framing: string | null;
  complete: boolean;
  bodyHex: string;
  headers: [string, string][];
  trailers?: [string, string][];
}

interface Row {
  id: string;
  kind: "request" | "response";
  inputHex: string;
  strict: { verdict: "accept" | "reject" | "incomplete" | "upgrade"; messages: StrictMessage[] };
  /** Default limits refuse it; raised ones give `strict`. */
  limit?: boolean;
}

const RAISED: H1Limits = {
  fieldLineLength: 200_000,
  fieldSectionLength: 300_000,
  chunkExtensionsLength: 1_000_000,
  chunkOverheadFloor: 1_000_000,
};

/** The outcome in the words of the rows. */
function outcomeOf(events: readonly ConnectionEvent[]): string {
  if (errorOf(events) !== undefined) return "reject";
  const last = messagesOf(events).at(-1);
  if (last !== undefined && !last.complete) return "incomplete";
  const offers = events.some(
    (event) => event.type === "head" && "protocol" in event.head && event.head.protocol,
  );
  return offers ? "upgrade" : "accept";
}

/** A message of ours in the shape of the rows. HTTP/1.2 and above are 1.1 to us (RFC 9110 section 2.5). */
function ours(message: Message) {
  const { method, target, status, version, headers, body, trailers, complete } = message;
  return { method, target, status, version, headers, body, trailers, complete };
}

function theirs(message: StrictMessage) {
  return {
    method: message.method ?? null,
    target: message.target ?? null,
    status: message.status ?? null,
    version: message.version === "1.0" ? "1.0" : "1.1",
    headers: message.headers,
    body: Buffer.from(message.bodyHex, "hex").toString("latin1"),
    trailers: message.trailers ?? [],
    complete: message.complete,
  };
}

function read(row: Row, limits?: H1Limits): ConnectionEvent[] {
  // More requests than the default holds may come before the first answer: none is given here.
  const options: ReadOptions = { limits: { pipelineCount: 1000, ...limits } };
  const bytes = new Uint8Array(Buffer.from(row.inputHex, "hex"));
  if (row.kind === "request") return readAll("server", bytes, options);
  return readAll("client", bytes, { ...options, sent: requestsFor(bytes), end: true });
}

describeData("h1-adversarial", () => {
  const rows = dataJson<Row[]>("h1-adversarial.json");

  test.each(rows.map((row) => [row.id, row] as const))("%s", (_id, row) => {
    const { verdict, messages } = row.strict;
    const events = read(row, row.limit ? RAISED : undefined);
    const error = errorOf(events);
    // A connection that ended before a byte, or between the octets of a first head, has no message to judge.
    const isEmpty = verdict === "incomplete" && messages.length === 0;
    expect(outcomeOf(events), error?.message).toBe(isEmpty ? "accept" : verdict);
    expect(messagesOf(events).map(ours)).toEqual(
      messages.filter((message) => message.framing !== null).map(theirs),
    );
  });

  test.each(rows.filter((row) => row.limit).map((row) => [row.id, row] as const))(
    "%s, with default limits",
    (_id, row) => {
      expect(errorOf(read(row))?.code).toMatch(/_TOO_L|_OVERHEAD/);
    },
  );
});
