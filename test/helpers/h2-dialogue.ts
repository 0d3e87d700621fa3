// Plays a dialogue with an H2Connection: frames of the peer and commands of the user, in steps; gives the
// events and the frames that we sent, as lines. Each dialogue also runs at every cut of what the peer
// sends, byte by byte and through a handler, and must give the same lines every time (API rules 2 and 3).

import type { ConnectionEvent, ErrorName, Handler, ProtocolError } from "tercet";
import { ERRORS } from "tercet";
import { H2Connection, type H2Options } from "tercet/h2";
import { expect } from "vitest";
import { latin1, logOf } from "./h1-log.js";
import { codeName, TYPE } from "./h2-names.js";
import { framesOf, OutputReader } from "./h2-read.js";
import { concat, PREFACE, ping, settings, settingsAck } from "./h2-wire.js";
import { byteWise, cutPositions, randomPieces } from "./pieces.js";

export type { H2Connection, H2Options } from "tercet/h2";

/** What the peer sends, or what the user does. */
export type Step = Uint8Array | ((connection: H2Connection) => unknown);

export interface TalkOptions extends Omit<H2Options, "role"> {
  /** The peer's first SETTINGS, as settings() makes them; "none": the dialogue begins at the first octet. */
  readonly handshake?: Uint8Array | "none";
  /** Log WINDOW_UPDATE frames that we send: their number may depend on cuts. */
  readonly windows?: boolean;
  /** Longest input that is cut at every position; longer ones are sampled. Default 700. */
  readonly cuts?: "every" | "few";
}

/** What came of a dialogue. */
export interface Transcript {
  /** Events as lines, and our frames as lines that begin with "> ". */
  readonly log: readonly string[];
  readonly events: readonly ConnectionEvent[];
  readonly errors: readonly ProtocolError[];
  /** Our frames as lines. */
  readonly sent: readonly string[];
  readonly connection: H2Connection;
  /** Bytes of the peer before its last step, and after it. */
  readonly lastInput: readonly [from: number, to: number];
  readonly reader: OutputReader;
}

export const EMPTY = new Uint8Array(0);

/** What a cut may change is only where the bytes of the peer end. */
type Cutter = (bytes: Uint8Array) => Uint8Array[];
const whole: Cutter = (bytes) => [bytes];

/** A connection behind the exchange of first SETTINGS; `received` counts the bytes of the peer so far. */
export function connected(
  role: "server" | "client",
  options: TalkOptions = {},
): { connection: H2Connection; received: number } {
  const { handshake = settings(), windows: _windows, cuts: _cuts, ...rest } = options;
  const connection = new H2Connection({ ...rest, role });
  if (handshake === "none") return { connection, received: 0 };
  const bytes = concat(role === "server" ? PREFACE : EMPTY, handshake, settingsAck());
  connection.receive(bytes);
  connection.take();
  return { connection, received: bytes.length };
}

/** Everything the connection has to send now. */
export function taken(connection: H2Connection): Uint8Array {
  return concat(...connection.take());
}

interface Played {
  readonly connection: H2Connection;
  readonly steps: { events: ConnectionEvent[]; output: Uint8Array }[];
  readonly lastInput: [number, number];
}

function receive(
  connection: H2Connection,
  bytes: Uint8Array,
  throughHandler: boolean,
): ConnectionEvent[] {
  if (!throughHandler) return connection.receive(bytes);
  const events: ConnectionEvent[] = [];
  connection.receive(bytes, h2Collector(events));
  return events;
}

function play(
  role: "server" | "client",
  options: TalkOptions,
  steps: readonly Step[],
  cutter: Cutter,
  throughHandler = false,
): Played {
  const { connection, received } = connected(role, options);
  const out: Played["steps"] = [];
  const lastInput: [number, number] = [received, received];
  if (options.handshake === "none") out.push({ events: [], output: taken(connection) });
  for (const step of steps) {
    const events: ConnectionEvent[] = [];
    if (typeof step === "function") {
      const given = step(connection);
      if (Array.isArray(given)) events.push(...(given as ConnectionEvent[]));
    } else {
      for (const piece of cutter(step)) events.push(...receive(connection, piece, throughHandler));
      lastInput[0] = lastInput[1];
      lastInput[1] += step.length;
    }
    const output = taken(connection);
    // Room again, now that the output was taken: `writable` comes with the next input.
    events.push(...receive(connection, EMPTY, throughHandler));
    out.push({ events, output: concat(output, taken(connection)) });
  }
  return { connection, steps: out, lastInput };
}

/** Our frames but WINDOW_UPDATE, in hex: when a window grows may depend on where chunks end. */
function steadyOutput(output: Uint8Array): string {
  const isPreface = latin1(output.subarray(0, PREFACE.length)) === latin1(PREFACE);
  return framesOf(output, isPreface ? PREFACE.length : 0)
    .filter(({ type }) => type !== TYPE.WINDOW_UPDATE)
    .map(({ type, flags, streamId, payload }) => `${type} ${flags} ${streamId} ${latin1(payload)}`)
    .join("\n");
}

function steady(played: Played): string {
  return played.steps
    .map(({ events, output }) => `${logOf(events).join("\n")}\n${steadyOutput(output)}`)
    .join("\n--\n");
}

/** Ways to cut: in two at every position of every input, and all inputs into small pieces at once. */
function* ways(steps: readonly Step[], few: boolean): Generator<[string, Cutter]> {
  yield ["byte by byte", byteWise];
  for (const longest of [3, 11, 40])
    yield [`pieces of up to ${longest}`, (bytes) => randomPieces(bytes, longest * 7919, longest)];
  for (const [at, step] of steps.entries()) {
    if (typeof step === "function") continue;
    const positions = cutPositions(step.length);
    const chosen = few ? positions.filter((_, index) => index % 17 === 3) : positions;
    for (const position of chosen)
      yield [
        `step ${at} cut at ${position}`,
        (bytes) =>
          bytes === step ? [bytes.subarray(0, position), bytes.subarray(position)] : [bytes],
      ];
  }
}

/** Plays the dialogue under every cut, expects the same of each, and gives what came of it uncut. */
export function talk(
  role: "server" | "client",
  steps: Step | readonly Step[],
  options: TalkOptions = {},
): Transcript {
  const list = Array.isArray(steps) ? (steps as readonly Step[]) : [steps as Step];
  const played = play(role, options, list, whole);
  const expected = steady(played);
  const viaHandler = steady(play(role, options, list, whole, true));
  if (viaHandler !== expected) expect(viaHandler, "through a handler").toBe(expected);
  const isLong = list.some((step) => typeof step !== "function" && step.length > 20_000);
  for (const [name, cutter] of ways(list, options.cuts === "few" || isLong)) {
    if (isLong && name === "byte by byte") continue;
    const cut = steady(play(role, options, list, cutter));
    if (cut !== expected) expect(cut, name).toBe(expected);
  }
  return transcriptOf(played, options);
}

function transcriptOf(played: Played, options: TalkOptions): Transcript {
  const reader = new OutputReader();
  const log: string[] = [];
  const sent: string[] = [];
  const events: ConnectionEvent[] = [];
  for (const step of played.steps) {
    events.push(...step.events);
    const lines = reader
      .lines(step.output)
      .filter((line) => options.windows || !line.startsWith("WINDOW_UPDATE"));
    sent.push(...lines);
    log.push(...logOf(step.events), ...lines.map((line) => `> ${line}`));
  }
  const errors = events.flatMap((event) => (event.type === "error" ? [event.error] : []));
  checkErrors(events, played.connection);
  const { connection, lastInput } = played;
  return { log, events, errors, sent, connection, lastInput, reader };
}

/** An error is the last event of its scope, and one is enough (API rule 3; H2-150). */
function checkErrors(events: readonly ConnectionEvent[], connection: H2Connection): void {
  const over = new Set<number>();
  for (const [at, event] of events.entries()) {
    if (event.type === "error" && event.error.scope === "connection") {
      if (at !== events.length - 1) expect(logOf(events.slice(at)), "after an error").toEqual([]);
      expect(connection.state).toBe("failed");
      expect(connection.receive(ping())).toEqual([]);
      expect(connection.take()).toEqual([]);
    } else if (event.type === "error" && event.error.streamId !== null) {
      expect(over.has(event.error.streamId), "two errors of one stream").toBe(false);
      over.add(event.error.streamId);
    } else if ("streamId" in event && over.has(event.streamId) && event.type !== "frame") {
      expect(logOf([event]), "after the error of its stream").toEqual([]);
    }
  }
}

export type Codes = ErrorName | readonly ErrorName[];

/** Extra that an expectation may ask for. */
export interface ErrorFacts {
  /** Code of the wire, where it is not the one of the table of errors. */
  readonly wire?: number;
  /** Last stream that GOAWAY names. */
  readonly last?: number;
}

/** The dialogue ended with this connection error, in the last input, and with a GOAWAY that says so (H2-148). */
export function expectConnectionError(t: Transcript, codes: Codes, facts: ErrorFacts = {}): void {
  const error = t.errors.at(-1);
  expect([codes].flat(), t.log.join("\n")).toContain(error?.code);
  if (error === undefined) return;
  const wire = facts.wire ?? ERRORS[error.code].wireCode ?? -1;
  expect([error.scope, codeName(error.wireCode ?? -1)], t.log.join("\n")).toEqual([
    "connection",
    codeName(wire),
  ]);
  expect(error.offset).toBeGreaterThanOrEqual(t.lastInput[0]);
  expect(error.offset).toBeLessThanOrEqual(t.lastInput[1]);
  const goaways = t.sent.filter((line) => line.startsWith("GOAWAY"));
  const [, last = "", code = ""] = /^GOAWAY (\d+) (\S+) /.exec(goaways.at(-1) ?? "") ?? [];
  expect(code, t.log.join("\n")).toBe(codeName(wire));
  expect(t.sent.at(-1)).toBe(goaways.at(-1));
  if (facts.last !== undefined) expect(Number(last)).toBe(facts.last);
}

/** This stream ended with an error and RST_STREAM (once), in the last input; the connection goes on. */
export function expectStreamError(
  t: Transcript,
  streamId: number,
  codes: Codes,
  facts: ErrorFacts = {},
): void {
  const error = t.errors.at(-1);
  expect([codes].flat(), t.log.join("\n")).toContain(error?.code);
  if (error === undefined) return;
  const wire = facts.wire ?? ERRORS[error.code].wireCode ?? -1;
  expect([error.scope, error.streamId, codeName(error.wireCode ?? -1)]).toEqual([
    "stream",
    streamId,
    codeName(wire),
  ]);
  expect(error.offset).toBeGreaterThanOrEqual(t.lastInput[0]);
  expect(error.offset).toBeLessThanOrEqual(t.lastInput[1]);
  const resets = t.sent.filter((line) => line.startsWith(`RST_STREAM ${streamId} `));
  expect(resets, t.log.join("\n")).toEqual([`RST_STREAM ${streamId} ${codeName(wire)}`]);
  expectAlive(t);
}

/** No error, no RST_STREAM, no GOAWAY; and the connection still answers. */
export function expectFine(t: Transcript): void {
  expect(t.errors, t.log.join("\n")).toEqual([]);
  expect(t.sent.filter((line) => /^(RST_STREAM|GOAWAY)/.test(line))).toEqual([]);
  expectAlive(t);
}

/** The connection goes on: a PING is answered. */
export function expectAlive(t: Transcript): void {
  const { connection, reader } = t;
  expect(connection.state, t.log.join("\n")).toBe("open");
  const events = connection.receive(ping("still up"));
  expect(logOf(events)).toEqual(['ping "still up"']);
  const lines = reader.lines(taken(connection));
  expect(lines).toContain('PING ACK "still up"');
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
export function playRow(role: "server" | "client", row: readonly Row[number][]): void {
  const [, steps, expected, options] = row as Row;
  expected(talk(role, steps, options));
}

/** A handler that turns its calls into events again. */
export function h2Collector(events: ConnectionEvent[]): Handler {
  const add = (event: ConnectionEvent) => void events.push(event);
  return {
    head: (streamId, head) => add({ type: "head", streamId, head: head.keep() }),
    informational: (streamId, head) => add({ type: "informational", streamId, head: head.keep() }),
    data: (streamId, bytes) => add({ type: "data", streamId, bytes }),
    trailers: (streamId, trailers) => {
      const rawHeaders = { value: [...trailers.rawHeaders] };
      add({ type: "trailers", streamId, trailers: Object.create(trailers, { rawHeaders }) });
    },
    end: (streamId) => add({ type: "end", streamId }),
    reset: (streamId, code) => add({ type: "reset", streamId, code }),
    writable: (streamId) => add({ type: "writable", streamId }),
    tunnel: (streamId, bytes) => add({ type: "tunnel", streamId, bytes }),
    settings: (values) => add({ type: "settings", settings: new Map(values) }),
    settingsAck: () => add({ type: "settingsAck" }),
    ping: (ack, payload) => add({ type: "ping", ack, payload }),
    goaway: (lastStreamId, code, debugData) =>
      add({ type: "goaway", lastStreamId, code, debugData }),
    priority: (streamId, urgency, incremental) =>
      add({ type: "priority", streamId, urgency, incremental }),
    push: (streamId, promisedId, head) => add({ type: "push", streamId, promisedId, head }),
    altsvc: (streamId, origin, value) => add({ type: "altsvc", streamId, origin, value }),
    origin: (origins) => add({ type: "origin", origins: [...origins] }),
    frame: (frame) => add({ type: "frame", ...frame }),
    error: (error) => add({ type: "error", error }),
  };
}
