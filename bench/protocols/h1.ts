// The benchmark of HTTP/1.1: `npm run bench -- h1`. Peers, rows and marks are data in the files beside this one; the method is
// bench/harness/rounds.ts. The order: parsing rows, writing rows, growth, fresh processes, then the report and the record.

import { mkdirSync } from "node:fs";
import path from "node:path";
import type { HeldBytes } from "../harness/fresh-process.js";
import { freshProcess, MEMORY_FLAGS, startUp } from "../harness/fresh-process.js";
import { growthMarks, measureGrowth } from "../harness/growth.js";
import type { Judgement } from "../harness/marks.js";
import { atMost, judge } from "../harness/marks.js";
import type { PeerSpec } from "../harness/peer-process.js";
import { pinned } from "../harness/peer-process.js";
import { nameMissing } from "../harness/peers.js";
import { CACHE } from "../harness/project.js";
import { runRecord, writeRecord } from "../harness/record.js";
import { progress, report } from "../harness/report.js";
import type { Samples } from "../harness/rounds.js";
import { measure } from "../harness/rounds.js";
import type { Summary } from "../harness/statistics.js";
import { ns } from "../harness/table.js";
import { whole } from "../inputs/deliveries.js";
import { h1Workloads } from "../inputs/h1-messages.js";
import { writeInput } from "../inputs/input-file.js";
import type { Options } from "../options.js";
import { h1Growth } from "./h1-growth.js";
import { H1_MARKS } from "./h1-marks.js";
import { COMPARABLE, h1Peers, NOTES, writerPeers } from "./h1-peers.js";
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
  nameMissing(peers);
  const rows = new Map<string, Samples>();
  const writers = writerPeers();
  await parsingRows(peers.specs, options, prefix, rows);
  await writingRows(writers, options, prefix, rows);
  const tape = peers.specs.find(({ id }) => id === "tercet-tape");
  const whole = tape !== undefined && options.only === null;
  const growth = whole ? await measureGrowth(h1Growth(), tape, options.growthEffort, prefix) : [];
  const processes = whole ? freshProcesses(prefix) : null;
  const judgements = [
    ...judge(H1_MARKS, rows),
    ...growthMarks(growth),
    ...(processes?.judgements ?? []),
  ];
  const specs = [...peers.specs, ...writers];
  const found = { rows, specs, growth, judgements, comparable: COMPARABLE, notes: NOTES };
  report(found, options.markdown);
  if (options.record) {
    const method = { ...options.effort, pinned: prefix.length > 0 };
    const record = runRecord("h1", method, specs, judgements, rows);
    const path = writeRecord({ ...record, ...{ growth, processes: processes?.figures ?? null } });
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
  const start = startUp("h1-startup-child.js", [], FRESH_PROCESSES, prefix);
  const bytes = (kind: "fresh" | "served" | "node", count: number): HeldBytes =>
    freshProcess(prefix, MEMORY_FLAGS, "h1-idle-child.js", [kind, String(count)]) as HeldBytes;
  const fresh = bytes("fresh", IDLE_CONNECTIONS);
  const served = bytes("served", IDLE_CONNECTIONS);
  const node = bytes("node", IDLE_CONNECTIONS / 10);
  const { wallMs, cpuMs } = start;
  console.log(`import to first parse: ${ms(wallMs)} wall, ${ms(cpuMs)} CPU`);
  console.log(
    `resident bytes of an idle connection: never used ${ns(fresh.rss)}, after a request ${ns(served.rss)}; ` +
      `a parser of Node's binding ${ns(node.rss)}`,
  );
  const idle = (what: string, { heap }: HeldBytes): Judgement =>
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

function ms({ median, low, high }: Summary): string {
  return `${median.toFixed(1)} ms (${low.toFixed(1)}-${high.toFixed(1)})`;
}
