// Plays a golden case of HTTP/2 on a real connection and gives what each of its blocks should hold.

import type { ConnectionEvent } from "tercet";
import type { Command, GoldenCase } from "./golden-case.js";
import type { Variant } from "./golden-play.js";
import { ascii, logOf } from "./h1-log.js";
import {
  connected,
  EMPTY,
  type H2Connection,
  h2Collector,
  type TalkOptions,
  taken,
} from "./h2-dialogue.js";
import { OutputReader } from "./h2-read.js";
import { byteWise, cutAt } from "./pieces.js";

/** Everything that a case can look at, in the order of its blocks. */
export function playH2Case(golden: GoldenCase, variant: Variant): (string[] | string)[] {
  const { role, raw, ...options } = golden.options as unknown as TalkOptions & {
    role: "server" | "client";
    raw?: boolean;
  };
  const { connection } = connected(role, raw ? { ...options, handshake: "none" } : options);
  const reader = new OutputReader();
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
    } else if (step.kind === "events") {
      out.push(logOf(events));
      events = [];
    } else if (step.kind === "sent") {
      // When a window grows may depend on where chunks end.
      const lines = reader.lines(taken(connection));
      out.push(lines.filter((line) => !line.startsWith("WINDOW_UPDATE")));
    } else out.push(connection.state);
  }
  return out;
}

function piecesOf(bytes: Uint8Array, step: number, variant: Variant): Uint8Array[] {
  if (variant.byteWise) return byteWise(bytes);
  return variant.cut?.step === step ? cutAt(bytes, variant.cut.at) : [bytes];
}

function receive(
  connection: H2Connection,
  piece: Uint8Array,
  { handler }: Pick<Variant, "handler">,
): ConnectionEvent[] {
  if (!handler) return connection.receive(piece);
  const events: ConnectionEvent[] = [];
  connection.receive(piece, h2Collector(events));
  return events;
}

function run(connection: H2Connection, command: Command): void {
  const [first, second] = command.args;
  const method = connection[command.name as keyof H2Connection] as (...args: unknown[]) => unknown;
  const args = command.name === "sendData" ? [first, ascii(String(second))] : command.args;
  method.apply(connection, args as unknown[]);
}
