// What each attack row of HTTP/2 costs: time a byte received, bytes written back. No test asserts times; this
// report compares them with the bounds of the rows, on the machine that runs it.

import {
  type AttackedH2Connection,
  type H2Attack,
  h2AttackFault,
  h2Attacks,
  isLongAttack,
  receivedLength,
  runH2Attack,
} from "tercet/fuzz";
import { H2Connection } from "tercet/h2";

/** Name on the command line. */
export const ATTACKS = "h2-attacks";
export const ATTACKS_ABOUT = "every attack row of HTTP/2: nanoseconds a byte against its bound";

const ROUNDS = 5;

/** One row measured. */
interface Cost {
  readonly nanosecondsPerByte: number;
  readonly bytesOut: number;
  readonly fault: string | null;
}

/** Prints the cost of each long row, and of the short ones together; gives whether any is out of its bounds. */
export function reportAttacks(print: (line: string) => void): boolean {
  const bad: string[] = [];
  let shortMost = 0;
  let shortCount = 0;
  print(`${"row".padEnd(9)}${"bytes in".padStart(10)}${"bytes out".padStart(10)}  ns/byte  name`);
  for (const row of h2Attacks) {
    const { nanosecondsPerByte, bytesOut, fault } = costOf(row);
    const name = `${row.role}: ${row.name}`;
    if (fault !== null) bad.push(`${row.id} ${name}: ${fault}`);
    if (nanosecondsPerByte > row.bounds.nanosecondsPerByte) {
      bad.push(`${row.id} ${name}: ${nanosecondsPerByte.toFixed(1)} ns a byte`);
    }
    if (isLongAttack(row)) {
      const figures = [receivedLength(row), bytesOut].map((n) => String(n).padStart(10)).join("");
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
function costOf(row: H2Attack): Cost {
  let best = Number.POSITIVE_INFINITY;
  let last: { bytesOut: number; fault: string | null } = { bytesOut: 0, fault: null };
  for (let round = 0; round < ROUNDS; round++) {
    const spent = { milliseconds: 0 };
    const outcome = runH2Attack(row, (options) => timed(new H2Connection(options), spent));
    best = Math.min(best, spent.milliseconds);
    last = { bytesOut: outcome.bytesOut, fault: h2AttackFault(row, outcome) };
  }
  return { nanosecondsPerByte: (best * 1e6) / Math.max(1, receivedLength(row)), ...last };
}

/** A connection whose receiving and sending is timed. */
function timed(connection: H2Connection, spent: { milliseconds: number }): AttackedH2Connection {
  const time = <T>(act: () => T): T => {
    const start = performance.now();
    const result = act();
    spent.milliseconds += performance.now() - start;
    return result;
  };
  return {
    receive: (bytes) => time(() => connection.receive(bytes)),
    receiveEnd: () => connection.receiveEnd(),
    sendRequest: (head) => connection.sendRequest(head),
    sendResponse: (streamId, head) => time(() => connection.sendResponse(streamId, head)),
    sendData: (streamId, bytes) => connection.sendData(streamId, bytes),
    sendEnd: (streamId) => connection.sendEnd(streamId),
    consume: (streamId, length) => connection.consume(streamId, length),
    nextDeadline: () => connection.nextDeadline(),
    handleDeadline: (now) => connection.handleDeadline(now),
    take: () => time(() => connection.take()),
    limitsReport: () => connection.limitsReport(),
    get bufferedAmount() {
      return connection.bufferedAmount;
    },
    get paused() {
      return connection.paused;
    },
    get state() {
      return connection.state;
    },
  };
}
