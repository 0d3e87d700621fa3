// The attack rows of HTTP/1.1 as data, and how to run one against a connection.

import type { ConnectionEvent, H1Limits, LenientOption } from "../../index.js";
import { firstDifference } from "../differential.js";
import { appendPlain, logLines, type PlainEvent } from "../plain.js";
import { CHUNKED_ATTACKS } from "./chunked.js";
import { EXCHANGE_ATTACKS } from "./exchange.js";
import { FIELD_ATTACKS } from "./fields.js";
import { FRAMING_ATTACKS } from "./framing.js";
import type { Attack, RequestBefore } from "./row.js";

export { type Injection, injections } from "./injections.js";
export type { Attack, AttackBounds, AttackExpectation, RequestBefore } from "./row.js";

/** Every row whose attack is bytes: S1 to S28 and S30. S29 is about output: `injections`. */
export const attacks: readonly Attack[] = [
  ...FRAMING_ATTACKS,
  ...CHUNKED_ATTACKS,
  ...FIELD_ATTACKS,
  ...EXCHANGE_ATTACKS,
];

/** What an attack needs of a connection. `H1Connection` has it. */
export interface AttackedConnection {
  receive(bytes: Uint8Array): readonly ConnectionEvent[];
  receiveEnd(): readonly ConnectionEvent[];
  sendRequest(head: {
    method: string;
    path?: string;
    authority?: string;
    headers: NonNullable<RequestBefore["headers"]>;
  }): number;
  take(): readonly Uint8Array[];
  readonly heldAmount: number;
}

/** Makes the connection that an attack is run against. */
export type Connect = (options: {
  role: "server" | "client";
  limits?: H1Limits;
  lenient?: LenientOption;
}) => AttackedConnection;

/** What a run of an attack came to. */
export interface AttackOutcome {
  readonly events: readonly PlainEvent[];
  /** Most bytes that waited inside the connection at once. */
  readonly heldBytes: number;
  /** Bytes that the connection wanted to write back. */
  readonly bytesOut: number;
}

/** Runs one attack in the given pieces. Nobody answers the requests. */
export function runAttack(
  attack: Attack,
  connect: Connect,
  pieces: readonly Uint8Array[] = [attack.bytes],
): AttackOutcome {
  const { role, limits, lenient } = attack;
  const connection = connect({
    role,
    ...(limits === undefined ? {} : { limits }),
    ...(lenient === undefined ? {} : { lenient }),
  });
  for (const { headers = [], authority = "a", ...head } of attack.requestsBefore) {
    connection.sendRequest({ ...head, authority, headers });
  }
  connection.take();

  const events: PlainEvent[] = [];
  let heldBytes = 0;
  for (const piece of pieces) {
    appendPlain(events, connection.receive(piece));
    heldBytes = Math.max(heldBytes, connection.heldAmount);
  }
  if (attack.end) appendPlain(events, connection.receiveEnd());
  const bytesOut = connection.take().reduce((length, bytes) => length + bytes.length, 0);
  return { events, heldBytes, bytesOut };
}

/** What is wrong with the outcome of an attack, as text; null when it is as the row says. */
export function attackFault(attack: Attack, outcome: AttackOutcome): string | null {
  const { expected, bounds } = attack;
  const log = logLines(outcome.events);
  for (let at = 0; at < Math.max(log.length, expected.log.length); at++) {
    if (!matches(expected.log[at], log[at])) {
      return `event ${at}: expected ${expected.log[at] ?? "nothing"}, got ${log[at] ?? "nothing"}`;
    }
  }
  const last = outcome.events.at(-1);
  const error = last?.type === "error" ? last : null;
  if ((error?.code ?? null) !== expected.error) {
    return `expected ${expected.error ?? "no error"}, got ${error?.code ?? "none"}`;
  }
  if (expected.offset !== null && error !== null && error.offset !== expected.offset) {
    return `expected the error at byte ${expected.offset}, got it at ${error.offset}`;
  }
  if (outcome.heldBytes > bounds.heldBytes) {
    return `${outcome.heldBytes} bytes held, at most ${bounds.heldBytes} may be`;
  }
  if (outcome.bytesOut > bounds.bytesOut) {
    return `${outcome.bytesOut} bytes written back, at most ${bounds.bytesOut} may be`;
  }
  return null;
}

function matches(expected: string | undefined, got: string | undefined): boolean {
  if (expected === undefined || got === undefined) return false;
  return expected.endsWith("*") ? got.startsWith(expected.slice(0, -1)) : got === expected;
}

/** What differs between two outcomes of one attack, as text; null when nothing does. */
export function outcomeDifference(left: AttackOutcome, right: AttackOutcome): string | null {
  return firstDifference(left.events, right.events);
}
