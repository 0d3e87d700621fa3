// A fresh process that runs attacks on QUIC or on readers of captures and prints, as JSON, what the objects hold behind them:
// bytes of heap and of buffers outside of it, after collecting garbage. It imports the built package by its public names.
//
//   node --expose-gc --max-semi-space-size=1 attack-memory-child.mjs quic|captures

import { inspectAttacks, quicAttacks, runInspectAttack, runQuicAttack } from "tercet/fuzz";
import * as inspect from "tercet/inspect";
import * as quic from "tercet/quic";

/** Octets of a row that is measured by itself. */
const LONG = 10_000;

/** Making the bytes of a row again and again would cost more than running it. @type {Map<object, number>} */
const lengths = new Map();

/** @param {(typeof inspectAttacks)[number]} row */
function lengthOf(row) {
  const length = lengths.get(row) ?? row.bytes().length;
  lengths.set(row, length);
  return length;
}

const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * The least of a few looks: buffers that were collected are swept by a thread of its own, some moments later. Ends with the
 * first that is as little as `enough`. @param {number} looks @param {number} enough
 */
function memory(looks, enough) {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < looks && least > enough; round++) {
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    least = Math.min(least, heapUsed + external);
    Atomics.wait(pause, 0, 0, 2);
  }
  return least;
}

/** Bytes that what `make` gives holds. @param {number} bound @param {() => unknown} make */
function measured(bound, make) {
  const before = memory(2, 0);
  const held = make();
  const after = memory(6, before + bound);
  if (held === undefined) throw new Error("nothing is held");
  return Math.max(0, after - before);
}

/** What the first runs compile and cache belongs to the process. */
function warm() {
  const known = new Set();
  for (const row of quicAttacks) {
    if (known.has(row.input.subject)) continue;
    known.add(row.input.subject);
    runQuicAttack(row, quic);
  }
  const short = inspectAttacks.filter((row) => !known.has(row.id) && lengthOf(row) < LONG);
  for (const row of short) runInspectAttack(row, inspect);
}

/** Objects that keep something: observers, reassemblers; what functions give is theirs who called. */
function quicRows() {
  const rows = quicAttacks.filter(({ input }) => /observer|reassembler/.test(input.subject));
  return rows.map((row) => {
    let length = 0;
    const bytes = measured(row.bounds.memory, () => {
      const outcome = runQuicAttack(row, quic, false);
      length = outcome.length;
      return outcome.held;
    });
    return { name: `${row.id} ${row.name}`, length, bound: row.bounds.memory, memory: bytes };
  });
}

/** Long rows one by one; short ones, of which there are many, all together. */
function captureRows() {
  const short = inspectAttacks.filter((row) => lengthOf(row) < LONG);
  const long = inspectAttacks.filter((row) => lengthOf(row) >= LONG);
  const bound = short.reduce((sum, row) => sum + row.bounds.memory, 0);
  const memory = measured(bound, () =>
    short.map((row) => runInspectAttack(row, inspect, undefined, false).held),
  );
  const together = { name: "short rows together", length: 0, bound, memory };
  return [together, ...long.map((row) => captureRow(row))];
}

/** @param {(typeof inspectAttacks)[number]} row */
function captureRow(row) {
  let length = 0;
  const bytes = measured(row.bounds.memory, () => {
    const outcome = runInspectAttack(row, /** @type {never} */ (inspect), undefined, false);
    length = outcome.length;
    return outcome.held;
  });
  return { name: `${row.id} ${row.name}`, length, bound: row.bounds.memory, memory: bytes };
}

warm();
process.stdout.write(JSON.stringify(process.argv[2] === "quic" ? quicRows() : captureRows()));
