// What each attack row of HTTP/2, HTTP/3, QUIC and captures costs: time a byte received, bytes written back. No test asserts times; this
// report compares them with the bounds of the rows, on the machine that runs it.

import {
  h2AttackFault,
  h2Attacks,
  h3AttackFault,
  h3Attacks,
  h3ReceivedLength,
  type InspectAttack,
  inspectAttackFault,
  inspectAttacks,
  type QuicAttack,
  quicAttackFault,
  quicAttacks,
  receivedLength,
  runH2Attack,
  runH3Attack,
  runInspectAttack,
  runQuicAttack,
} from "tercet/fuzz";
import { H2Connection } from "tercet/h2";
import { H3Connection } from "tercet/h3";
import * as inspect from "tercet/inspect";
import * as quic from "tercet/quic";

/** One report: a name on the command line and what it does. */
export interface AttackReport {
  readonly name: string;
  readonly about: string;
  /** Prints the cost of each row; gives whether any is out of its bounds. */
  run(print: (line: string) => void): boolean;
}

const ROUNDS = 5;
/** Rows of so many bytes are long enough to tell the time of a byte. */
const LONG_LENGTH = 20_000;

/** What both kinds of rows have. */
interface Row {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly bounds: { readonly nanosecondsPerByte: number };
}

/** What one run came to. */
interface Outcome {
  readonly bytesOut: number;
  readonly fault: string | null;
}

/** Milliseconds in calls of the connection. */
interface Spent {
  milliseconds: number;
}

/** How rows of one protocol are run. */
interface Runner<R extends Row> {
  readonly rows: readonly R[];
  lengthOf(row: R): number;
  run(row: R, spent: Spent): Outcome;
}

/** All reports. */
export const attackReports: readonly AttackReport[] = [
  {
    name: "h2-attacks",
    about: "every attack row of HTTP/2: nanoseconds a byte against its bound",
    run: (print) =>
      report(print, {
        rows: h2Attacks,
        lengthOf: receivedLength,
        run(row, spent) {
          const methods = ["receive", "sendResponse", "take"] as const;
          const outcome = runH2Attack(row, (options) =>
            timed(new H2Connection(options), methods, spent),
          );
          return { bytesOut: outcome.bytesOut, fault: h2AttackFault(row, outcome) };
        },
      }),
  },
  {
    name: "h3-attacks",
    about: "every attack row of HTTP/3 and QPACK: nanoseconds a byte against its bound",
    run: (print) =>
      report(print, {
        rows: h3Attacks,
        lengthOf: h3ReceivedLength,
        run(row, spent) {
          const methods = ["receiveStream", "receiveReset", "sendResponse", "takeStreams"] as const;
          const outcome = runH3Attack(row, (options) =>
            timed(new H3Connection(options), methods, spent),
          );
          return { bytesOut: outcome.bytesOut, fault: h3AttackFault(row, outcome) };
        },
      }),
  },
  {
    name: "quic-attacks",
    about: "every attack row of QUIC: nanoseconds a byte against its bound",
    run: (print) => report(print, silentRunner(quicAttacks.map(withRole), runQuic)),
  },
  {
    name: "capture-attacks",
    about: "every attack row of captures, key logs and TLS: nanoseconds a byte against its bound",
    run: (print) => report(print, silentRunner(inspectAttacks.map(withRole), runInspect)),
  },
];

/** What a run of who only reads came to. */
interface SilentOutcome {
  readonly length: number;
  readonly milliseconds: number;
  readonly fault: string | null;
}

const withRole = <R extends QuicAttack | InspectAttack>(row: R) => ({
  ...row,
  role: "subject" in row ? row.subject : row.input.subject,
});

function runQuic(row: QuicAttack): SilentOutcome {
  const outcome = runQuicAttack(row, quic);
  return { ...outcome, fault: quicAttackFault(row, outcome) };
}

function runInspect(row: InspectAttack): SilentOutcome {
  const outcome = runInspectAttack(row, inspect);
  return { ...outcome, fault: inspectAttackFault(row, outcome) };
}

/** Readers write nothing back, and their runs tell time and length themselves. */
function silentRunner<R extends Row>(
  rows: readonly R[],
  once: (row: R) => SilentOutcome,
): Runner<R> {
  const lengths = new Map<R, number>();
  return {
    rows,
    lengthOf: (row) => lengths.get(row) ?? 0,
    run(row, spent) {
      const { length, milliseconds, fault } = once(row);
      lengths.set(row, length);
      spent.milliseconds += milliseconds;
      return { bytesOut: 0, fault };
    },
  };
}

/** Prints the cost of each long row, and of the short ones together; gives whether any is out of its bounds. */
function report<R extends Row>(print: (line: string) => void, runner: Runner<R>): boolean {
  const bad: string[] = [];
  let shortMost = 0;
  let shortCount = 0;
  print(`${"row".padEnd(9)}${"bytes in".padStart(10)}${"bytes out".padStart(10)}  ns/byte  name`);
  for (const row of runner.rows) {
    const { nanosecondsPerByte, bytesOut, fault } = costOf(row, runner);
    const name = `${row.role}: ${row.name}`;
    if (fault !== null) bad.push(`${row.id} ${name}: ${fault}`);
    if (nanosecondsPerByte > row.bounds.nanosecondsPerByte) {
      bad.push(`${row.id} ${name}: ${nanosecondsPerByte.toFixed(1)} ns a byte`);
    }
    const length = runner.lengthOf(row);
    if (length >= LONG_LENGTH) {
      const figures = [length, bytesOut].map((n) => String(n).padStart(10)).join("");
      print(`${row.id.padEnd(9)}${figures}${nanosecondsPerByte.toFixed(1).padStart(9)}  ${name}`);
    } else {
      shortCount++;
      shortMost = Math.max(shortMost, nanosecondsPerByte);
    }
  }
  print(
    `${shortCount} short rows: at most ${shortMost.toFixed(0)} ns a byte, the connection included`,
  );
  for (const line of bad) print(`out of bounds: ${line}`);
  return bad.length > 0;
}

/** The best of some rounds. */
function costOf<R extends Row>(
  row: R,
  runner: Runner<R>,
): Outcome & { readonly nanosecondsPerByte: number } {
  let best = Number.POSITIVE_INFINITY;
  let last: Outcome = { bytesOut: 0, fault: null };
  for (let round = 0; round < ROUNDS; round++) {
    const spent = { milliseconds: 0 };
    last = runner.run(row, spent);
    best = Math.min(best, spent.milliseconds);
  }
  return { nanosecondsPerByte: (best * 1e6) / Math.max(1, runner.lengthOf(row)), ...last };
}

/** A connection whose receiving and sending is timed. */
function timed<C extends object>(connection: C, methods: readonly (keyof C)[], spent: Spent): C {
  return new Proxy(connection, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      if (!methods.includes(name as keyof C)) return member.bind(target);
      return (...args: unknown[]) => {
        const start = performance.now();
        const result: unknown = member.apply(target, args);
        spent.milliseconds += performance.now() - start;
        return result;
      };
    },
  });
}
