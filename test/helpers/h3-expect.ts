// What tests of HTTP/3 say of a dialogue: how it ended, with which code, at which scope, and what the peer was told.

import { ERRORS, type ErrorName } from "tercet";
import { expect } from "vitest";
import {
  fin,
  peerOf,
  type Role,
  type Step,
  type TalkOptions,
  type Transcript,
  talk,
} from "./h3-dialogue.js";
import { GET, headers } from "./h3-frames.js";
import { h3LogOf } from "./h3-log.js";
import { codeName } from "./h3-names.js";

export type Codes = ErrorName | readonly ErrorName[];

/** Extra that an expectation may ask for. */
export interface ErrorFacts {
  /** Code of the wire, where it is not the one of the table of errors. */
  readonly wire?: number;
  /** Bytes of the stream before the offending one. */
  readonly offset?: number;
  /** Stream that the error names. */
  readonly stream?: number;
}

/** The dialogue ended with this connection error, and the peer was told with CONNECTION_CLOSE. */
export function expectConnectionError(t: Transcript, codes: Codes, facts: ErrorFacts = {}): void {
  const error = t.errors.at(-1);
  const text = t.log.join("\n");
  expect([codes].flat(), text).toContain(error?.code);
  if (error === undefined) return;
  const wire = facts.wire ?? ERRORS[error.code].wireCode ?? -1;
  expect([error.scope, codeName(error.wireCode ?? -1)], text).toEqual([
    "connection",
    codeName(wire),
  ]);
  expect(t.sent.at(-1), text).toBe(`close ${codeName(wire)}`);
  expect(
    t.sent.filter((line) => line.startsWith("close")),
    text,
  ).toHaveLength(1);
  expect(t.connection.closeCode).toBe(wire);
  checkFacts(error, facts);
}

function checkFacts(
  error: { offset: number; streamId: number | null },
  { offset, stream }: ErrorFacts,
): void {
  if (offset !== undefined) expect(error.offset, "offset").toBe(offset);
  if (stream !== undefined) expect(error.streamId, "streamId").toBe(stream);
}

/**
 * This stream ended with an error; the peer was told by RESET_STREAM of what we still had to send, and by STOP_SENDING of what
 * it still had to; the connection goes on.
 */
export function expectStreamError(
  t: Transcript,
  streamId: number,
  codes: Codes,
  facts: ErrorFacts = {},
): void {
  const error = t.errors.at(-1);
  const text = t.log.join("\n");
  expect([codes].flat(), text).toContain(error?.code);
  if (error === undefined) return;
  const wire = facts.wire ?? ERRORS[error.code].wireCode ?? -1;
  expect([error.scope, error.streamId, codeName(error.wireCode ?? -1)], text).toEqual([
    "stream",
    streamId,
    codeName(wire),
  ]);
  const reset = `${streamId} reset ${codeName(wire)}`;
  const stop = `${streamId} stop ${codeName(wire)}`;
  const about = t.sent.filter((line) => line.startsWith(`${streamId} `));
  const hasEnded = about.includes(`${streamId} fin`);
  const told = about.filter((line) => / (reset|stop) /.test(line));
  const isOneWay = (streamId & 2) !== 0;
  expect(new Set(told).size, `each once: ${text}`).toBe(told.length);
  for (const one of told) expect([reset, stop], text).toContain(one);
  if (!hasEnded && !isOneWay) expect(told, text).toContain(reset);
  if (!t.ended.has(streamId)) expect(told, text).toContain(stop);
  checkFacts(error, facts);
  expectAlive(t);
}

/** No error, nobody was reset or stopped, nothing was closed; and the connection goes on. */
export function expectFine(t: Transcript): void {
  expect(t.errors, t.log.join("\n")).toEqual([]);
  expect(t.sent.filter((line) => /^(\d+ (reset|stop)|close) /.test(line))).toEqual([]);
  expectAlive(t);
}

/** The connection goes on: another request is read, or can be sent. */
export function expectAlive({ connection, role, log }: Transcript): void {
  expect(connection.state, log.join("\n")).toBe("open");
  if (role === "server") {
    const next = 4 * 1_000_003;
    const { id, bytes } = fin(next, headers(GET));
    expect(h3LogOf(connection.receiveStream(id, bytes, true))).toEqual([
      `head ${next} GET / HTTP/3`,
      "  => scheme https, authority a, path /",
      `end ${next}`,
    ]);
  } else {
    const asked = connection.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
    const sent = connection.takeStreams().filter(({ streamId }) => streamId === asked);
    expect(sent.some(({ bytes }) => bytes.length > 0)).toBe(true);
  }
}

/** What a row of a table expects of its dialogue. */
export type Expectation = (t: Transcript) => void;

export const fails =
  (codes: Codes, facts: ErrorFacts = {}): Expectation =>
  (t) =>
    expectConnectionError(t, codes, facts);

export const resets =
  (streamId: number, codes: Codes, facts: ErrorFacts = {}): Expectation =>
  (t) =>
    expectStreamError(t, streamId, codes, facts);

export const fine: Expectation = expectFine;

/** Exactly these lines. */
export const logs =
  (...lines: readonly string[]): Expectation =>
  (t) => {
    expect(t.log).toEqual(lines);
  };

/** No error, and these lines among the others, in this order. */
export const fineWith =
  (...lines: readonly string[]): Expectation =>
  (t) => {
    expectIncludes(t, lines);
    expectFine(t);
  };

/** These lines occur in this order. */
export function expectIncludes(t: Transcript, lines: readonly string[]): void {
  let at = -1;
  for (const line of lines) {
    at = t.log.indexOf(line, at + 1);
    expect(at, `"${line}" in\n${t.log.join("\n")}`).toBeGreaterThanOrEqual(0);
  }
}

/** One row: its title, the dialogue, what must come of it. */
export type Row = readonly [
  title: string,
  steps: Step | readonly Step[],
  expected: Expectation,
  options?: TalkOptions,
];

/** Plays one row, as test.each hands it over: spread, which loses its type. */
export function playRow(role: Role, row: readonly Row[number][]): void {
  const [, steps, expected, options] = row as Row;
  expected(talk(role, steps, options));
}

export { peerOf };
