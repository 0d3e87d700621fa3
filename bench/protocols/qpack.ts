// The benchmark of QPACK: `npm run bench -- qpack`. The order: decoding rows, encoding rows with the sizes that come out, growth,
// fresh processes (start-up, bombs), then the report and the record.

import { mkdirSync } from "node:fs";
import path from "node:path";
import { growthMarks, measureGrowth } from "../harness/growth.js";
import type { Judgement } from "../harness/marks.js";
import { atMost, judge } from "../harness/marks.js";
import type { PeerSpec } from "../harness/peer-process.js";
import { PeerProcess, pinned } from "../harness/peer-process.js";
import { nameMissing } from "../harness/peers.js";
import { CACHE } from "../harness/project.js";
import { runRecord, writeRecord } from "../harness/record.js";
import { progress, report } from "../harness/report.js";
import type { Samples } from "../harness/rounds.js";
import { measure } from "../harness/rounds.js";
import { median } from "../harness/statistics.js";
import type { Table } from "../harness/table.js";
import { ns } from "../harness/table.js";
import { countLists, rawBytes, writeLists } from "../inputs/connection-lists.js";
import { qifs } from "../inputs/qifs.js";
import type { QpackInput } from "../inputs/qpack-inputs.js";
import { qpackInputs, writeSections } from "../inputs/qpack-inputs.js";
import type { Options } from "../options.js";
import { qpackGrowth } from "./qpack-growth.js";
import { LARGEST_DYNAMIC, LARGEST_STATIC, QPACK_MARKS } from "./qpack-marks.js";
import { COMPARABLE, decoders, encoders, NOTES, piecesPeer } from "./qpack-peers.js";
import { qpackProcesses } from "./qpack-process.js";
import type { QpackSizeRow } from "./qpack-sizes.js";
import { qpackSizes, UNEXPLAINED } from "./qpack-sizes.js";

/** Octets written, as a share of the octets of names and values, by peer. */
type Shares = Readonly<Record<string, number>>;

/** Runs it. Gives the exit code: 0 when every mark that was measured is reached, else 1. */
export async function benchQpack(options: Options): Promise<number> {
  mkdirSync(CACHE, { recursive: true });
  const prefix = pinned(options.core);
  const decoding = decoders();
  const encoding = { dynamic: encoders(true), static: encoders(false) };
  nameMissing(decoding);
  const rows = new Map<string, Samples>();
  const shares = new Map<string, Shares>();
  const perField: Judgement[] = [];
  for (const input of qpackInputs()) {
    const name = `decode ${input.name}`;
    const isWanted = await timeRow(name, input, writeSections, decoding.specs, options, rows);
    if (isWanted) perField.push(...fieldMark(input, rows.get(name) ?? {}));
  }
  for (const input of qpackInputs()) {
    const name = `encode ${input.name}`;
    const { specs } = isDynamic(input) ? encoding.dynamic : encoding.static;
    const isWanted = await timeRow(name, input, writeLists, specs, options, rows);
    if (isWanted) shares.set(input.name, await writtenShares(input, specs, prefix));
  }
  const isWhole = options.only === null && decoding.specs.some(({ id }) => id === "tercet-strings");
  const growth = isWhole
    ? await measureGrowth(qpackGrowth(), piecesPeer(), options.growthEffort, prefix)
    : [];
  const processes = isWhole ? qpackProcesses(prefix) : null;
  const sizes = isWhole ? publicSizes() : [];
  const judgements = [
    ...judge(QPACK_MARKS, rows),
    ...perField,
    ...growthMarks(growth),
    ...(processes?.judgements ?? []),
    ...sizeMarks(sizes),
  ];
  const specs = [...decoding.specs, ...encoding.static.specs.slice(0, 1)];
  const found = { rows, specs, growth, judgements, comparable: COMPARABLE, notes: NOTES };
  report({ ...found, tables: [sharesTable(shares), sizesTable(sizes)] }, options.markdown);
  if (options.record) {
    const method = { ...options.effort, pinned: prefix.length > 0 };
    const record = runRecord("qpack", method, specs, judgements, rows);
    const more = {
      shares: Object.fromEntries(shares),
      sizes,
      growth,
      processes: processes?.figures ?? null,
    };
    console.log(`\nrecord: ${writeRecord({ ...record, ...more })}`);
  }
  return judgements.every(({ reached }) => reached) ? 0 : 1;
}

function isDynamic({ name }: QpackInput): boolean {
  return name.startsWith("dynamic");
}

/** ns a field with strings: an absolute figure, of this machine. */
function fieldMark(input: QpackInput, samples: Samples): Judgement[] {
  const found = samples["tercet-strings"];
  if (found === undefined) return [];
  const { messages, fields } = countLists(input);
  const bound = isDynamic(input) ? LARGEST_DYNAMIC : LARGEST_STATIC;
  const value = (median(found) * messages) / fields;
  return [atMost("strings, a field", `decode ${input.name}`, value, bound, " ns")];
}

/** Measures one row. Gives false where it is not wanted. */
async function timeRow(
  name: string,
  input: QpackInput,
  write: (file: string, input: QpackInput) => void,
  specs: readonly PeerSpec[],
  options: Options,
  rows: Map<string, Samples>,
): Promise<boolean> {
  if (options.only !== null && !name.includes(options.only)) return false;
  const file = path.join(CACHE, "row.input");
  write(file, input);
  const prefix = pinned(options.core);
  const samples = await measure(specs, file, countLists(input), options.effort, prefix);
  rows.set(name, samples);
  progress(name, samples);
  return true;
}

/** What each encoder makes of an input, whose file was just written. */
async function writtenShares(
  input: QpackInput,
  specs: readonly PeerSpec[],
  prefix: readonly string[],
): Promise<Shares> {
  const raw = rawBytes(input);
  const shares: Record<string, number> = {};
  const own = input.blocks.reduce(
    (sum, one) => sum + one.instructions.length + one.section.length,
    0,
  );
  shares["the input of decode"] = own / raw;
  for (const spec of specs) {
    const peer = new PeerProcess(spec, prefix);
    try {
      await peer.load(path.join(CACHE, "row.input"));
      shares[spec.id] = ((await peer.check()).wireBytes ?? 0) / raw;
    } finally {
      peer.close();
    }
  }
  return shares;
}

function sharesTable(shares: ReadonlyMap<string, Shares>): Table {
  const ids = [...new Set([...shares.values()].flatMap((one) => Object.keys(one)))];
  const body = [...shares].map(([name, one]) => [
    name,
    ...ids.map((id) => one[id]?.toFixed(3) ?? "-"),
  ]);
  return [["written, of names and values", ...ids], ...body];
}

/** Every setting of the public lists; none where they are not at hand. They are part of the marks, so that CI may not go without. */
function publicSizes(): QpackSizeRow[] {
  const collection = qifs();
  if (collection !== null) return qpackSizes(collection);
  console.log("skipped: no TERCET_DATA");
  if (process.env.CI === "true") throw new Error("TERCET_DATA is missing");
  return [];
}

function sizeMarks(sizes: readonly QpackSizeRow[]): Judgement[] {
  if (sizes.length === 0) return [];
  const beaten = sizes.filter(({ why }) => why === UNEXPLAINED).length;
  const row = `${sizes.length} settings of the public lists`;
  return [
    atMost("settings in which another encoder wrote less, for no reason", row, beaten, 0, ""),
  ];
}

/** All settings together, and those in which another encoder wrote less: why. */
function sizesTable(sizes: readonly QpackSizeRow[]): Table {
  const heading = ["octets of the public lists", "ours", "least of all", "ratio", "by", "why"];
  const body = sizes
    .filter(({ ours, best }) => ours > best)
    .map(({ qif, cap, blocked, ack, ours, best, bestImpl, why }) => [
      `${qif}, ${cap} B, ${blocked} blocked, ${ack === 1 ? "acknowledged" : "not acknowledged"}`,
      ...[ns(ours), ns(best), (ours / best).toFixed(3), bestImpl, why],
    ]);
  const ours = sizes.reduce((sum, one) => sum + one.ours, 0);
  const best = sizes.reduce((sum, one) => sum + one.best, 0);
  const all = `${sizes.length} settings`;
  if (sizes.length > 0) body.unshift([all, ns(ours), ns(best), (ours / best).toFixed(3), "", ""]);
  return [heading, ...body];
}
