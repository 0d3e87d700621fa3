// Plays a golden case on a real connection and gives what each of its blocks should hold.

import type { ConnectionEvent, ProtocolError } from "tercet";
import type { H1Connection } from "tercet/h1";
import type { Command, GoldenCase, Step } from "./golden-case.js";
import { EMPTY, type H1Options, type ReadOptions, reader, taken } from "./h1-drive.js";
import { ascii, logOf } from "./h1-log.js";
import { byteWise, cutAt } from "./pieces.js";

/** How the input is cut, and how the events are received. */
export interface Variant {
  name: string;
  cut?: { step: number; at: number };
  byteWise?: boolean;
  /** Through receive(bytes, handler) instead of event objects. */
  handler?: boolean;
}

/** Everything that a case can look at, in the order of its blocks. */
export function playCase(golden: GoldenCase, variant: Variant): (string[] | string)[] {
  const { role, ...options } = golden.options as unknown as H1Options & ReadOptions;
  const connection = reader(role, options);
  const out: (string[] | string)[] = [];
  let events: ConnectionEvent[] = [];
  for (const [index, step] of golden.steps.entries()) {
    if (step.kind === "input") {
      for (const piece of piecesOf(step.bytes, index, variant))
        events.push(...receive(connection, piece, variant));
      if (step.end) events.push(...connection.receiveEnd());
    } else if (step.kind === "send") {
      for (const command of step.commands) run(connection, command);
      events.push(...receive(connection, EMPTY, variant));
    } else {
      out.push(look(connection, step, events));
      if (step.kind === "events") events = [];
    }
  }
  return out;
}

function look(connection: H1Connection, step: Step, events: ConnectionEvent[]): string[] | string {
  if (step.kind === "events") return logOf(events);
  return step.kind === "output" ? taken(connection) : connection.state;
}

function piecesOf(bytes: Uint8Array, step: number, variant: Variant): Uint8Array[] {
  if (variant.byteWise) return byteWise(bytes);
  return variant.cut?.step === step ? cutAt(bytes, variant.cut.at) : [bytes];
}

function run(connection: H1Connection, command: Command): void {
  const [first, second] = command.args;
  const method = connection[command.name as keyof H1Connection] as (...args: unknown[]) => unknown;
  const args = command.name === "sendData" ? [first, ascii(String(second))] : command.args;
  method.apply(connection, args as unknown[]);
}

/** receive() of either form, as events. Heads of the handler form are kept: the view is reused. */
export function receive(
  connection: H1Connection,
  piece: Uint8Array,
  { handler }: Pick<Variant, "handler">,
): ConnectionEvent[] {
  if (!handler) return connection.receive(piece);
  const events: ConnectionEvent[] = [];
  connection.receive(piece, {
    head: (streamId, head) => events.push({ type: "head", streamId, head: head.keep() }),
    informational: (streamId, head) =>
      events.push({ type: "informational", streamId, head: head.keep() }),
    data: (streamId, bytes) => events.push({ type: "data", streamId, bytes }),
    trailers: (streamId, trailers) => events.push({ type: "trailers", streamId, trailers }),
    end: (streamId) => events.push({ type: "end", streamId }),
    reset: (streamId, code) => events.push({ type: "reset", streamId, code }),
    writable: (streamId) => events.push({ type: "writable", streamId }),
    tunnel: (streamId, bytes) => events.push({ type: "tunnel", streamId, bytes }),
    preface: (streamId, bytes) => events.push({ type: "preface", streamId, bytes }),
    leniency: (streamId, name, offset) => events.push({ type: "leniency", streamId, name, offset }),
    chunk: (streamId, size, extensions) =>
      events.push({ type: "chunk", streamId, size, extensions }),
    error: (error: ProtocolError) => events.push({ type: "error", error }),
  });
  return events;
}
