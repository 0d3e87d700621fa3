// The benchmark of HTTP/3: `npm run bench -- h3`. The order: rows, growth, fresh processes (memory and start-up), then the report and
// the record.

import { mkdirSync } from "node:fs";
import path from "node:path";
import { growthMarks, measureGrowth } from "../harness/growth.js";
import { pinned } from "../harness/peer-process.js";
import { nameMissing } from "../harness/peers.js";
import { CACHE } from "../harness/project.js";
import { runRecord, writeRecord } from "../harness/record.js";
import { progress, report } from "../harness/report.js";
import type { Samples } from "../harness/rounds.js";
import { measure } from "../harness/rounds.js";
import type { H3Delivery, H3Input } from "../inputs/h3-inputs.js";
import {
  expectedCounts,
  packets,
  page,
  requests,
  uploads,
  WHOLE,
  writeH3Input,
} from "../inputs/h3-inputs.js";
import type { Options } from "../options.js";
import { h3Growth } from "./h3-growth.js";
import { COMPARABLE, h3Peers, NOTES } from "./h3-peers.js";
import { h3Processes } from "./h3-process.js";

interface Row {
  readonly name: string;
  readonly input: () => H3Input;
  readonly delivery: H3Delivery;
}

/** Runs it. Gives the exit code: 0 when every mark that was measured is reached, else 1. */
export async function benchH3(options: Options): Promise<number> {
  mkdirSync(CACHE, { recursive: true });
  const prefix = pinned(options.core);
  const peers = h3Peers();
  nameMissing(peers);
  const rows = new Map<string, Samples>();
  for (const { name, input, delivery } of h3Rows()) {
    if (options.only !== null && !name.includes(options.only)) continue;
    const file = path.join(CACHE, "row.input");
    const built = input();
    writeH3Input(file, built, delivery);
    const samples = await measure(peers.specs, file, expectedCounts(built), options.effort, prefix);
    rows.set(name, samples);
    progress(name, samples);
  }
  const tape = peers.specs.find(({ id }) => id === "tercet-tape");
  const isWhole = tape !== undefined && options.only === null;
  const growth = isWhole ? await measureGrowth(h3Growth(), tape, options.growthEffort, prefix) : [];
  const processes = isWhole ? h3Processes(prefix) : null;
  const judgements = [...growthMarks(growth), ...(processes?.judgements ?? [])];
  const found = { rows, specs: peers.specs, growth, judgements };
  report({ ...found, comparable: COMPARABLE, notes: NOTES }, options.markdown);
  if (options.record) {
    const method = { ...options.effort, pinned: prefix.length > 0 };
    const record = runRecord("h3", method, peers.specs, judgements, rows);
    const path = writeRecord({ ...record, ...{ growth, processes: processes?.figures ?? null } });
    console.log(`\nrecord: ${path}`);
  }
  return judgements.every(({ reached }) => reached) ? 0 : 1;
}

function h3Rows(): Row[] {
  const deliveries = [WHOLE, packets(1460), packets(1)];
  const rows = ["tiny", "browser", "api"].flatMap((workload) =>
    deliveries.map((delivery) => ({
      name: `${workload} ${delivery.name}`,
      input: () => requests(workload),
      delivery,
    })),
  );
  return [
    ...rows,
    { name: "page load 1460 B pieces", input: page, delivery: packets(1460) },
    { name: "upload", input: uploads, delivery: packets(65_536) },
  ];
}
