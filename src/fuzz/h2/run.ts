// Runs attack rows of HTTP/2 against a connection, and says what is wrong with the outcome.

import type { ConnectionEvent, H2Limits } from "../../index.js";
import { firstDifference } from "../differential.js";
import { concat } from "../latin1.js";
import { appendPlain, type PlainError, type PlainEvent } from "../plain.js";
import { ping } from "./frames.js";
import {
  frameLines,
  h2LogLines,
  lineMatches,
  logDifference,
  missingLine,
  wireName,
} from "./log.js";
import type { H2Application, H2Attack, H2AttackSettings, H2RequestBefore, H2Step } from "./row.js";

/** What an attack needs of a connection. `H2Connection` has it. */
export interface AttackedH2Connection {
  receive(bytes: Uint8Array): readonly ConnectionEvent[];
  receiveEnd(): readonly ConnectionEvent[];
  sendRequest(head: {
    method: string;
    path?: string;
    authority?: string;
    headers: NonNullable<H2RequestBefore["headers"]>;
  }): number;
  sendResponse(
    streamId: number,
    head: { status: number; headers: readonly string[]; content?: Uint8Array },
  ): void;
  sendData(streamId: number, bytes: Uint8Array): boolean;
  sendEnd(streamId: number): void;
  consume(streamId: number, length: number): void;
  nextDeadline(): number | null;
  handleDeadline(now: number): readonly ConnectionEvent[];
  take(): readonly Uint8Array[];
  limitsReport(): readonly {
    readonly name: string;
    readonly limit: number;
    readonly used: number;
  }[];
  readonly bufferedAmount: number;
  readonly paused: boolean;
  readonly state: string;
}

/** Makes the connection that an attack is run against. */
export type ConnectH2 = (options: {
  role: "server" | "client";
  clock: () => number;
  limits?: H2Limits;
  settings?: H2AttackSettings;
  window?: "fixed" | "manual";
}) => AttackedH2Connection;

/** What a run of an attack came to. */
export interface H2AttackOutcome {
  readonly events: readonly PlainEvent[];
  /** Bytes that the connection wanted to write back, its first SETTINGS not included. */
  readonly bytesOut: number;
  /** The same as lines, one for each frame. */
  readonly frames: readonly string[];
  /** Events of a PING behind everything, where the connection has failed. */
  readonly eventsAfterFailure: number;
  readonly paused: boolean;
  readonly state: string;
  /** Names of limits that were passed. */
  readonly overdrawn: readonly string[];
  /** To keep alive while memory is measured. */
  readonly connection: AttackedH2Connection;
}

/** One attack under way. */
class Run {
  readonly #application: H2Application | null;
  readonly #out: Uint8Array[] = [];
  /** Streams whose request is complete and not answered. */
  readonly #ended = new Set<number>();
  readonly events: PlainEvent[] = [];
  readonly connection: AttackedH2Connection;
  /** Apart from the run: the connection keeps its clock, and must not keep the events. */
  readonly #time = { now: 1_000 };

  constructor(attack: H2Attack, connect: ConnectH2) {
    const { role, limits, settings, window } = attack;
    const time = this.#time;
    this.#application = attack.application;
    this.connection = connect({
      role,
      clock: () => time.now,
      ...(limits === undefined ? {} : { limits }),
      ...(settings === undefined ? {} : { settings }),
      ...(window === undefined ? {} : { window }),
    });
    for (const { headers = [], authority = "a", ...head } of attack.requestsBefore) {
      this.connection.sendRequest({ ...head, authority, headers });
    }
    this.connection.take();
  }

  get out(): Uint8Array {
    return concat(this.#out);
  }

  /** The peer reads. The pieces are copied: a connection may use its own memory again. */
  read(): void {
    for (const bytes of this.connection.take()) this.#out.push(bytes.slice());
  }

  step(step: H2Step, cut: (bytes: Uint8Array) => readonly Uint8Array[]): void {
    switch (step.do) {
      case "receive":
        for (const piece of cut(step.bytes)) this.#note(this.connection.receive(piece));
        break;
      case "end":
        this.#note(this.connection.receiveEnd());
        break;
      case "read":
        this.read();
        break;
      case "consume":
        this.connection.consume(step.streamId, step.length);
        break;
      case "sendEnd":
        this.connection.sendEnd(step.streamId);
        break;
      case "wait":
        this.#wait(step.milliseconds);
    }
    this.#answer();
  }

  #wait(milliseconds: number): void {
    this.#time.now += milliseconds;
    const deadline = this.connection.nextDeadline();
    if (deadline !== null && deadline <= this.#time.now) {
      this.#note(this.connection.handleDeadline(this.#time.now));
    }
  }

  #note(events: readonly ConnectionEvent[]): void {
    for (const event of events) {
      if (event.type === "end") this.#ended.add(event.streamId);
      else if (event.type === "reset") this.#ended.delete(event.streamId);
      else if (event.type === "error") this.#ended.delete(event.error.streamId ?? 0);
    }
    appendPlain(this.events, events);
  }

  /** At the end of a step, not of a piece: what is sent must not depend on the cuts. */
  #answer(): void {
    const application = this.#application;
    const ended = [...this.#ended];
    this.#ended.clear();
    if (application === null || this.connection.state === "failed") return;
    for (const streamId of ended) {
      const content = new Uint8Array(application.content);
      const head = { status: 200, headers: [] };
      if (application.open === true) {
        this.connection.sendResponse(streamId, head);
        this.connection.sendData(streamId, content);
      } else this.connection.sendResponse(streamId, { ...head, content });
    }
  }
}

/** Runs one attack; `cut` cuts the bytes of each step. */
export function runH2Attack(
  attack: H2Attack,
  connect: ConnectH2,
  cut: (bytes: Uint8Array) => readonly Uint8Array[] = (bytes) => [bytes],
): H2AttackOutcome {
  const run = new Run(attack, connect);
  for (const step of attack.steps()) {
    run.step(step, cut);
    if (attack.reads) run.read();
  }
  const { paused } = run.connection;
  run.read();
  const { connection, events, out } = run;
  const failed = connection.state === "failed";
  return {
    events,
    bytesOut: out.length,
    frames: frameLines(out),
    eventsAfterFailure: failed ? connection.receive(ping()).length + connection.take().length : 0,
    paused,
    state: connection.state,
    overdrawn: connection
      .limitsReport()
      .filter(({ used, limit }) => used > limit)
      .map(({ name }) => name),
    connection,
  };
}

/** What is wrong with the outcome of an attack, as text; null when it is as the row says. */
export function h2AttackFault(attack: H2Attack, outcome: H2AttackOutcome): string | null {
  const { expected, bounds } = attack;
  const difference = logDifference(expected.log, h2LogLines(outcome.events)) ?? errorFault(outcome);
  if (difference !== null) return difference;
  const missing = missingLine(expected.sends, outcome.frames);
  if (missing !== null) return `${missing} was not sent, but ${outcome.frames.slice(-8)}`;
  const last = outcome.events.filter((event) => event.type === "error").at(-1);
  if (expected.offset !== null && last?.offset !== expected.offset) {
    return `expected the error at byte ${expected.offset}, got it at ${last?.offset ?? "none"}`;
  }
  if (expected.paused !== undefined && expected.paused !== outcome.paused) {
    return expected.paused ? "reading goes on" : "reading is paused";
  }
  if (outcome.bytesOut > bounds.bytesOut) {
    return `${outcome.bytesOut} bytes written back, at most ${bounds.bytesOut} may be`;
  }
  return null;
}

/** What holds of errors in every row: each is told to the peer, once, and a failed connection is over. */
function errorFault(outcome: H2AttackOutcome): string | null {
  const errors = outcome.events.filter((event): event is PlainError => event.type === "error");
  const goaways = outcome.frames.filter((line) => line.startsWith("GOAWAY "));
  for (const error of errors.filter(({ scope }) => scope === "stream")) {
    const reset = missingReset(error, outcome.frames);
    if (reset !== null) return `${error.code} on stream ${error.streamId}: ${reset}`;
  }
  const fatal = errors.find(({ scope }) => scope === "connection");
  if (fatal === undefined) {
    return outcome.state === "failed" ? "failed without an error event" : null;
  }
  if (outcome.events.at(-1) !== fatal) return `events behind ${fatal.code}`;
  if (outcome.state !== "failed") return `the state is ${outcome.state} after ${fatal.code}`;
  if (outcome.eventsAfterFailure > 0) return `the connection goes on after ${fatal.code}`;
  if (fatal.wireCode === null || fatal.wireCode === undefined) return null;
  const code = wireName(fatal.wireCode);
  // A graceful one may have gone before it.
  const last = goaways.pop() ?? "";
  const isOnly = goaways.every((line) => line.endsWith(" NO_ERROR"));
  if (isOnly && last.endsWith(` ${code}`) && outcome.frames.at(-1) === last) return null;
  return `one GOAWAY ${code} must be sent last, but ${outcome.frames.slice(-4).join(", ")}`;
}

/** A server may answer 431 or 413 instead, and then reset without an error (RFC 9113 section 8.1). */
function missingReset(error: PlainError, frames: readonly string[]): string | null {
  const line = `RST_STREAM ${error.streamId} ${wireName(error.wireCode ?? 0)}`;
  const isAnswer = error.status === 431 || error.status === 413;
  const answers = frames.filter((got) => got.startsWith(`HEADERS ${error.streamId} `));
  if (isAnswer && answers.some((got) => got.endsWith(" end"))) return null;
  return frames.some((got) => lineMatches(line, got)) ? null : `${line} was not sent`;
}

/** What differs between two outcomes of one attack, as text; null when nothing does. */
export function h2OutcomeDifference(left: H2AttackOutcome, right: H2AttackOutcome): string | null {
  return firstDifference(left.events, right.events);
}
