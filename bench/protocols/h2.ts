// The benchmark of HTTP/2: `npm run bench -- h2`. The order: rows, growth, fresh processes (memory and start-up), then the report and
// the record.

import { mkdirSync } from "node:fs";
import path from "node:path";
import { growthMarks, measureGrowth } from "../harness/growth.js";
import { judge } from "../harness/marks.js";
import { pinned } from "../harness/peer-process.js";
import { nameMissing } from "../harness/peers.js";
import { CACHE } from "../harness/project.js";
import { runRecord, writeRecord } from "../harness/record.js";
import { progress, report } from "../harness/report.js";
import type { Samples } from "../harness/rounds.js";
import { measure } from "../harness/rounds.js";
import type { H2Delivery, H2Input } from "../inputs/h2-inputs.js";
import {
  bytesPerPiece,
  expectedCounts,
  messagesPerBuffer,
  requests,
  uploads,
  writeH2Input,
} from "../inputs/h2-inputs.js";
import type { Options } from "../options.js";
import { h2Growth } from "./h2-growth.js";
import { H2_MARKS } from "./h2-marks.js";
import { COMPARABLE, h2Peers, NOTES } from "./h2-peers.js";
import { h2Processes } from "./h2-process.js";

interface Row {
  readonly name: string;
  readonly input: () => H2Input;
  readonly delivery: H2Delivery;
}

/** Runs it. Gives the exit code: 0 when every mark that was measured is reached, else 1. */
export async function benchH2(options: Options): Promise<number> {
  mkdirSync(CACHE, { recursive: true });
  const prefix = pinned(options.core);
  const peers = h2Peers();
  nameMissing(peers);
  const rows = new Map<string, Samples>();
  for (const { name, input, delivery } of h2Rows()) {
    if (options.only !== null && !name.includes(options.only)) continue;
    const file = path.join(CACHE, "row.input");
    const built = input();
    writeH2Input(file, built, delivery);
    const samples = await measure(peers.specs, file, expectedCounts(built), options.effort, prefix);
    rows.set(name, samples);
    progress(name, samples);
  }
  const tape = peers.specs.find(({ id }) => id === "tercet-tape");
  const isWhole = tape !== undefined && options.only === null;
  const growth = isWhole ? await measureGrowth(h2Growth(), tape, options.growthEffort, prefix) : [];
  const processes = isWhole ? h2Processes(prefix) : null;
  const judgements = [
    ...judge(H2_MARKS, rows),
    ...growthMarks(growth),
    ...(processes?.judgements ?? []),
  ];
  const found = { rows, specs: peers.specs, growth, judgements };
  report({ ...found, comparable: COMPARABLE, notes: NOTES }, options.markdown);
  if (options.record) {
    const method = { ...options.effort, pinned: prefix.length > 0 };
    const record = runRecord("h2", method, peers.specs, judgements, rows);
    const path = writeRecord({ ...record, ...{ growth, processes: processes?.figures ?? null } });
    console.log(`\nrecord: ${path}`);
  }
  return judgements.every(({ reached }) => reached) ? 0 : 1;
}

function h2Rows(): Row[] {
  const deliveries = [messagesPerBuffer(64), bytesPerPiece(1460)];
  const rows = ["tiny", "browser", "api"].flatMap((workload) =>
    deliveries.map((delivery) => ({
      name: `${workload} ${delivery.name}`,
      input: () => requests(workload),
      delivery,
    })),
  );
  return [...rows, { name: "upload", input: uploads, delivery: bytesPerPiece(65_536) }];
}
