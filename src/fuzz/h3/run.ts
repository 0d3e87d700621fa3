// Runs attack rows of HTTP/3 against a connection, and says what is wrong with the outcome.

import type { ConnectionEvent } from "../../index.js";
import { logDifference, missingLine } from "../attack-log.js";
import { firstDifference } from "../differential.js";
import { appendPlain, logLines, type PlainError, type PlainEvent } from "../plain.js";
import { h3WireName } from "./registry.js";
import type { H3Attack, H3RequestBefore, H3RowConnection, H3Step } from "./row.js";
import { type H3Entry, H3Sent } from "./sent.js";
import { arrive, cutArrivals, type H3Arrival, type H3Receiver } from "./steps.js";

/** What an attack needs of a connection. `H3Connection` has it. */
export interface AttackedH3Connection extends H3Receiver {
  receiveClose(): readonly ConnectionEvent[];
  sendRequest(head: {
    method: string;
    path?: string;
    authority?: string;
    protocol?: string;
    headers: NonNullable<H3RequestBefore["headers"]>;
  }): number;
  sendResponse(
    streamId: number,
    head: { status: number; headers: readonly string[]; content?: Uint8Array },
  ): void;
  nextDeadline(): number | null;
  handleDeadline(now: number): readonly ConnectionEvent[];
  takeStreams(): readonly H3Entry[];
  limitsReport(): readonly {
    readonly name: string;
    readonly limit: number;
    readonly used: number;
  }[];
  readonly bufferedAmount: number;
  readonly state: string;
}

/** Makes the connection that an attack is run against. */
export type ConnectH3 = (
  options: { role: "server" | "client"; clock: () => number } & H3RowConnection,
) => AttackedH3Connection;

/** What a run of an attack came to. */
export interface H3AttackOutcome {
  readonly events: readonly PlainEvent[];
  /** What the connection sent behind its first streams. */
  readonly sent: H3Sent;
  /** Bytes of it. */
  readonly bytesOut: number;
  /** Events of bytes behind everything, where the connection has failed. */
  readonly eventsAfterFailure: number;
  readonly state: string;
  /** Names of limits that were passed. */
  readonly overdrawn: readonly string[];
  /** To keep alive while memory is measured. */
  readonly connection: AttackedH3Connection;
}

/** One line for each event, errors included: "error H3_STREAM_REFUSED stream 8". */
export function h3LogLines(events: readonly PlainEvent[]): string[] {
  return events.map((event) => {
    if (event.type !== "error") return logLines([event])[0] ?? "";
    const place = event.scope === "stream" ? `stream ${event.streamId}` : event.scope;
    return `error ${event.code} ${place}`;
  });
}

/** One attack under way. */
class Run {
  readonly #content: number | null;
  /** Streams whose request is complete and not answered. */
  readonly #ended = new Set<number>();
  readonly events: PlainEvent[] = [];
  readonly connection: AttackedH3Connection;
  readonly sent: H3Sent;
  readonly #helloLength: number;
  /** Apart from the run: the connection keeps its clock, and must not keep the events. */
  readonly #time = { now: 1_000 };

  constructor(attack: H3Attack, connect: ConnectH3) {
    const { role, connection, requestsBefore } = attack;
    const time = this.#time;
    this.#content = attack.content;
    this.sent = new H3Sent(role);
    this.connection = connect({ role, clock: () => time.now, ...connection });
    for (const { headers = [], authority = "a", ...head } of requestsBefore) {
      this.connection.sendRequest({ ...head, authority, headers });
    }
    this.read();
    this.#helloLength = this.sent.length;
  }

  get bytesOut(): number {
    return this.sent.length - this.#helloLength;
  }

  /** The peer reads. */
  read(): void {
    this.sent.read(this.connection.takeStreams());
  }

  step(step: H3Step, cut: (step: H3Arrival) => readonly H3Arrival[]): void {
    switch (step.do) {
      case "read":
        this.read();
        break;
      case "wait":
        this.#wait(step.milliseconds);
        break;
      case "close":
        this.#note(this.connection.receiveClose());
        break;
      default:
        for (const piece of cut(step)) this.#note(arrive(this.connection, piece));
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
      else if (event.type === "reset" || event.type === "stopSending") {
        this.#ended.delete(event.streamId);
      } else if (event.type === "error") this.#ended.delete(event.error.streamId ?? 0);
    }
    appendPlain(this.events, events);
  }

  /** At the end of a step, not of a piece: what is sent must not depend on the cuts. */
  #answer(): void {
    const ended = [...this.#ended];
    this.#ended.clear();
    if (this.#content === null || this.connection.state === "failed") return;
    for (const streamId of ended) {
      const content = new Uint8Array(this.#content);
      this.connection.sendResponse(streamId, { status: 200, headers: [], content });
    }
  }
}

/** Runs one attack; `cut` cuts the bytes of each step, `lateEnd`: ends of streams come alone. */
export function runH3Attack(
  attack: H3Attack,
  connect: ConnectH3,
  cut: (bytes: Uint8Array) => readonly Uint8Array[] = (bytes) => [bytes],
  lateEnd = false,
): H3AttackOutcome {
  const run = new Run(attack, connect);
  for (const step of attack.steps()) {
    run.step(step, (arrival) => cutArrivals([arrival], cut, lateEnd));
    if (attack.reads) run.read();
  }
  run.read();
  const { connection, events, sent, bytesOut } = run;
  const failed = connection.state === "failed";
  const after = failed
    ? connection.receiveStream(0, new Uint8Array(9), true).length + connection.takeStreams().length
    : 0;
  return {
    events,
    sent,
    bytesOut,
    eventsAfterFailure: after,
    state: connection.state,
    overdrawn: connection
      .limitsReport()
      .filter(({ used, limit }) => used > limit)
      .map(({ name }) => name),
    connection,
  };
}

/** What is wrong with the outcome of an attack, as text; null when it is as the row says. */
export function h3AttackFault(attack: H3Attack, outcome: H3AttackOutcome): string | null {
  const { expected, bounds } = attack;
  const difference =
    logDifference(expected.log, h3LogLines(outcome.events)) ?? errorFault(attack, outcome);
  if (difference !== null) return difference;
  if (outcome.sent.fault !== null) return `sent ${outcome.sent.fault}`;
  const missing = missingLine(expected.sends, outcome.sent.lines);
  if (missing !== null) return `${missing} was not sent, but ${outcome.sent.lines.slice(-8)}`;
  const last = outcome.events.filter((event) => event.type === "error").at(-1);
  if (expected.offset !== null && last?.offset !== expected.offset) {
    return `expected the error at byte ${expected.offset}, got it at ${last?.offset ?? "none"}`;
  }
  if (outcome.bytesOut > bounds.bytesOut) {
    return `${outcome.bytesOut} bytes written back, at most ${bounds.bytesOut} may be`;
  }
  return null;
}

/** What holds of errors in every row: each is told to the peer, once, and a failed connection is over. */
function errorFault(attack: H3Attack, outcome: H3AttackOutcome): string | null {
  const errors = outcome.events.filter((event): event is PlainError => event.type === "error");
  const { lines } = outcome.sent;
  const fatal = errors.find(({ scope }) => scope === "connection");
  if (fatal === undefined) {
    const ended = endedStreams(attack);
    for (const error of errors) {
      const reset = missingReset(error, lines, ended);
      if (reset !== null) return `${error.code} on stream ${error.streamId}: ${reset}`;
    }
    return outcome.state === "failed" ? "failed without an error event" : null;
  }
  if (outcome.events.at(-1) !== fatal) return `events behind ${fatal.code}`;
  if (outcome.state !== "failed") return `the state is ${outcome.state} after ${fatal.code}`;
  if (outcome.eventsAfterFailure > 0) return `the connection goes on after ${fatal.code}`;
  // Where the connection was gone before, nobody can be told.
  if (fatal.code === "H3_CONNECTION_INCOMPLETE") return null;
  if (fatal.wireCode === null || fatal.wireCode === undefined) return null;
  const close = `close ${h3WireName(fatal.wireCode)}`;
  return lines.at(-1) === close ? null : `${close} must be sent last, but ${lines.slice(-4)}`;
}

/** Streams that the peer has ended. */
function endedStreams(attack: H3Attack): Set<number> {
  const steps = attack.steps();
  return new Set(steps.flatMap((step) => (step.do === "stream" && step.fin ? step.streamId : [])));
}

/**
 * A server may answer 431 or 413 instead, and then wants no more (RFC 9114 section 4.1). Where both sides have
 * ended, nothing can be told.
 */
function missingReset(
  error: PlainError,
  lines: readonly string[],
  ended: ReadonlySet<number>,
): string | null {
  const { streamId } = error;
  const code = h3WireName(error.wireCode ?? 0);
  const told = [`reset ${streamId} ${code}`, `stop ${streamId} ${code}`];
  if (told.some((line) => lines.includes(line))) return null;
  const isAnswer = error.status === 431 || error.status === 413;
  const isOver = isAnswer || ended.has(streamId ?? -1);
  if (isOver && lines.includes(`fin ${streamId}`)) return null;
  return `neither reset nor stop ${code} was sent`;
}

/** What differs between two outcomes of one attack, as text; null when nothing does. */
export function h3OutcomeDifference(left: H3AttackOutcome, right: H3AttackOutcome): string | null {
  return firstDifference(left.events, right.events);
}
