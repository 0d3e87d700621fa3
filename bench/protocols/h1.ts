// The benchmark of HTTP/1.1: `npm run bench -- h1`. Peers, rows and marks are data in the files beside this one; the method is
// bench/harness/rounds.ts. The order: parsing rows, writing rows, growth, fresh processes, then the report and the record.

import { mkdirSync } from "node:fs";
import path from "node:path";
import { thisMachine } from "../harness/machine.js";
import type { PeerSpec } from "../harness/peer-process.js";
import { pinned } from "../harness/peer-process.js";
import { CACHE } from "../harness/project.js";
import { writeRecord } from "../harness/record.js";
import type { Samples } from "../harness/rounds.js";
import { measure } from "../harness/rounds.js";
import type { Summary } from "../harness/statistics.js";
import { median, summary } from "../harness/statistics.js";
import type { Table } from "../harness/table.js";
import { markdownTable, ns, textTable } from "../harness/table.js";
import { whole } from "../inputs/deliveries.js";
import { h1Workloads } from "../inputs/h1-messages.js";
import { writeInput } from "../inputs/input-file.js";
import type { Options } from "../options.js";
import type { Growth } from "./h1-growth.js";
import { measureGrowth } from "./h1-growth.js";
import type { Judgement } from "./h1-marks.js";
import { atMost, judge } from "./h1-marks.js";
import { h1Peers, writerPeers } from "./h1-peers.js";
import type { IdleBytes } from "./h1-process.js";
import { idleBytes, startUp } from "./h1-process.js";
import { growthTable, lossesTable, marksTable, NOTES, timesTable } from "./h1-report.js";
import { h1Rows } from "./h1-rows.js";

const IDLE_CONNECTIONS = 100_000;
/** What the engine's memory holds of each connection that has received a byte. */
const BLOCK_BYTES = 128;
const FRESH_PROCESSES = 15;

/** Runs it. Gives the exit code: 0 when every mark that was measured is reached, else 1. */
export async function benchH1(options: Options): Promise<number> {
  mkdirSync(CACHE, { recursive: true });
  const prefix = pinned(options.core);
  if (prefix.length === 0) console.log("taskset not installed: the processes are not pinned");
  const peers = h1Peers();
  for (const name of peers.missing) console.log(`skipped: ${name} not installed`);
  if (process.env.CI === "true" && peers.missing.length > 0) throw new Error("peers are missing");
  const rows = new Map<string, Samples>();
  const writers = writerPeers();
  await parsingRows(peers.specs, options, prefix, rows);
  await writingRows(writers, options, prefix, rows);
  const tape = peers.specs.find(({ id }) => id === "tercet-tape");
  const whole = tape !== undefined && options.only === null;
  const growth = whole ? await measureGrowth(tape, options.growthEffort, prefix) : [];
  const processes = whole ? freshProcesses(prefix) : null;
  const judgements = [...judge(rows), ...growthMarks(growth), ...(processes?.judgements ?? [])];
  const specs = [...peers.specs, ...writers];
  report(rows, specs, growth, judgements, options.markdown);
  if (options.record) {
    const path = writeRecord({
      protocol: "h1",
      date: new Date().toISOString().slice(0, 10),
      machine: thisMachine(),
      ...{ method: { ...options.effort, pinned: prefix.length > 0 } },
      ...{ versions: Object.fromEntries(specs.map(({ id, version }) => [id, version])) },
      ...{ unit: "ns of CPU time an item", marks: judgements },
      ...{ rows: Object.fromEntries([...rows].map(([name, found]) => [name, recorded(found)])) },
      ...{ growth, processes: processes?.figures ?? null },
    });
    console.log(`\nrecord: ${path}`);
  }
  return judgements.every(({ reached }) => reached) ? 0 : 1;
}

async function parsingRows(
  specs: readonly PeerSpec[],
  options: Options,
  prefix: readonly string[],
  rows: Map<string, Samples>,
): Promise<void> {
  for (const { name, workload, delivery } of h1Rows()) {
    if (options.only !== null && !name.includes(options.only)) continue;
    const input = path.join(CACHE, "row.input");
    writeInput(input, workload, delivery);
    const count = workload.messages.length;
    const expected = {
      messages: count,
      fields: workload.fields * count,
      bodyBytes: workload.bodyBytes * count,
    };
    // A client has nothing to answer.
    const fitting = specs.filter(
      ({ id }) => id !== "tercet-exchange" || workload.role === "request",
    );
    rows.set(name, await measure(fitting, input, expected, options.effort, prefix));
    progress(name, rows.get(name) ?? {});
  }
}

async function writingRows(
  specs: readonly PeerSpec[],
  options: Options,
  prefix: readonly string[],
  rows: Map<string, Samples>,
): Promise<void> {
  for (const workload of h1Workloads()) {
    const name = `write ${workload.name}`;
    if (workload.chunked || specs.length === 0) continue;
    if (options.only !== null && !name.includes(options.only)) continue;
    const input = path.join(CACHE, "row.input");
    writeInput(input, workload, whole(1));
    const count = workload.messages.length;
    const expected = { messages: count, fields: workload.fields * count, bodyBytes: 0 };
    // Through a connection only the response is sent: a request would wait for its answer.
    const fitting = specs.filter(({ id }) => id !== "tercet-send" || workload.role === "response");
    rows.set(name, await measure(fitting, input, expected, options.effort, prefix));
    progress(name, rows.get(name) ?? {});
  }
}

function freshProcesses(prefix: readonly string[]): { figures: object; judgements: Judgement[] } {
  const start = startUp(FRESH_PROCESSES, prefix);
  const fresh = idleBytes("fresh", IDLE_CONNECTIONS, prefix);
  const served = idleBytes("served", IDLE_CONNECTIONS, prefix);
  const node = idleBytes("node", IDLE_CONNECTIONS / 10, prefix);
  const { wallMs, cpuMs } = start;
  console.log(`import to first parse: ${ms(wallMs)} wall, ${ms(cpuMs)} CPU`);
  console.log(
    `resident bytes of an idle connection: never used ${ns(fresh.rss)}, after a request ${ns(served.rss)}; ` +
      `a parser of Node's binding ${ns(node.rss)}`,
  );
  const idle = (what: string, { heap }: IdleBytes): Judgement =>
    atMost("idle connection", `${what}: heap and engine block`, heap + BLOCK_BYTES, 512, " B");
  return {
    figures: { startUp: start, idleConnections: IDLE_CONNECTIONS, fresh, served, node },
    judgements: [
      atMost("import to first parse", "wall time", start.wallMs.median, 3, " ms"),
      idle("never used", fresh),
      idle("after a request", served),
    ],
  };
}

function growthMarks(growth: readonly Growth[]): Judgement[] {
  return growth.map(({ shape, delivery, exponent }) =>
    atMost("exponent of cost over size", `${shape}, ${delivery}`, exponent, 1.1, ""),
  );
}

function ms({ median, low, high }: Summary): string {
  return `${median.toFixed(1)} ms (${low.toFixed(1)}-${high.toFixed(1)})`;
}

function progress(name: string, samples: Samples): void {
  const found = Object.entries(samples).map(([id, values]) => `${id} ${ns(median(values))}`);
  console.log(`${name}: ${found.join(" · ")}`);
}

function report(
  rows: ReadonlyMap<string, Samples>,
  specs: readonly PeerSpec[],
  growth: readonly Growth[],
  judgements: readonly Judgement[],
  markdown: boolean,
): void {
  const tables: Table[] = [timesTable(rows, specs), marksTable(judgements), lossesTable(rows)];
  if (growth.length > 0) tables.push(growthTable(growth));
  for (const table of tables) {
    if (table.length > 1) console.log(`\n${markdown ? markdownTable(table) : textTable(table)}`);
    if (table === tables[0]) console.log(`\n${NOTES}`);
  }
  const reached = judgements.filter((judgement) => judgement.reached).length;
  if (judgements.length > 0) console.log(`\nmarks reached: ${reached} of ${judgements.length}`);
}

function recorded(samples: Samples): object {
  return Object.fromEntries(
    Object.entries(samples).map(([id, values]) => [id, { ...summary(values), samples: values }]),
  );
}
