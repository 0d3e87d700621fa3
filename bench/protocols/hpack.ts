// The benchmark of HPACK: `npm run bench -- hpack`. The order: decoding rows, encoding rows with the sizes that come out, start-up,
// then the report and the record. With TERCET_DATA the public stories are among the rows.

import { mkdirSync } from "node:fs";
import path from "node:path";
import { startUp } from "../harness/fresh-process.js";
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
import type { Table } from "../harness/table.js";
import { countLists, rawBytes, writeLists } from "../inputs/connection-lists.js";
import type { HpackInput } from "../inputs/hpack-inputs.js";
import { hpackInputs, writeBlocks } from "../inputs/hpack-inputs.js";
import type { Options } from "../options.js";
import { HPACK_MARKS, LARGEST_SHARE } from "./hpack-marks.js";
import { COMPARABLE, decoders, encoders, fits, NOTES } from "./hpack-peers.js";

const FRESH_PROCESSES = 15;

/** Octets written, as a share of the octets of names and values, by peer. */
type Shares = Readonly<Record<string, number>>;

/** Runs it. Gives the exit code: 0 when every mark that was measured is reached, else 1. */
export async function benchHpack(options: Options): Promise<number> {
  mkdirSync(CACHE, { recursive: true });
  const prefix = pinned(options.core);
  const [decoding, encoding] = [decoders(), encoders()];
  nameMissing(decoding);
  const inputs = hpackInputs();
  if (!inputs.some(({ name }) => name.startsWith("stories"))) noData();
  const rows = new Map<string, Samples>();
  const shares = new Map<string, Shares>();
  for (const input of inputs) {
    if (input.blocks === null) continue;
    await timeRow(`decode ${input.name}`, input, writeBlocks, decoding.specs, options, rows);
  }
  for (const input of inputs) {
    if (input.blocks !== null && input.name.startsWith("stories")) continue;
    const name = `encode ${input.name}`;
    const isWanted = await timeRow(name, input, writeLists, encoding.specs, options, rows);
    if (isWanted) shares.set(input.name, await writtenShares(input, encoding.specs, prefix));
  }
  const isWhole = options.only === null && decoding.specs.some(({ id }) => id === "tercet-tape");
  const start = isWhole ? startUp("h2-startup-child.js", ["hpack"], FRESH_PROCESSES, prefix) : null;
  const judgements = [...judge(HPACK_MARKS, rows), ...sizeMarks(shares)];
  if (start) {
    const { median } = start.wallMs;
    judgements.push(atMost("import to first decoded block", "wall time", median, 3, " ms"));
  }
  const specs = [...decoding.specs, ...encoding.specs.filter(({ id }) => id === "tercet-encode")];
  const tables = [sharesTable(shares)];
  const notes = NOTES;
  report(
    { rows, specs, growth: [], judgements, comparable: COMPARABLE, notes, tables },
    options.markdown,
  );
  if (options.record) {
    const method = { ...options.effort, pinned: prefix.length > 0 };
    const record = runRecord("hpack", method, specs, judgements, rows);
    const more = { sizes: Object.fromEntries(shares), processes: { startUp: start } };
    console.log(`\nrecord: ${writeRecord({ ...record, ...more })}`);
  }
  return judgements.every(({ reached }) => reached) ? 0 : 1;
}

/** The public stories are part of the marks, so that CI may not go without. */
function noData(): void {
  console.log("skipped: no TERCET_DATA");
  if (process.env.CI === "true") throw new Error("TERCET_DATA is missing");
}

/** Measures one row. Gives false where it is not wanted. */
async function timeRow(
  name: string,
  input: HpackInput,
  write: (file: string, input: HpackInput) => void,
  specs: readonly PeerSpec[],
  options: Options,
  rows: Map<string, Samples>,
): Promise<boolean> {
  if (options.only !== null && !name.includes(options.only)) return false;
  const file = path.join(CACHE, "row.input");
  write(file, input);
  const fitting = specs.filter((spec) => fits(spec, name));
  const prefix = pinned(options.core);
  const samples = await measure(fitting, file, countLists(input), options.effort, prefix);
  rows.set(name, samples);
  progress(name, samples);
  return true;
}

/** What each encoder makes of an input, whose file was just written. */
async function writtenShares(
  input: HpackInput,
  specs: readonly PeerSpec[],
  prefix: readonly string[],
): Promise<Shares> {
  const shares: Record<string, number> = {};
  const raw = rawBytes(input);
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

function sizeMarks(shares: ReadonlyMap<string, Shares>): Judgement[] {
  const found = shares.get("stories raw-data")?.["tercet-encode"];
  const mark = "encoded size against names and values";
  return found === undefined ? [] : [atMost(mark, "stories raw-data", found, LARGEST_SHARE, "")];
}

function sharesTable(shares: ReadonlyMap<string, Shares>): Table {
  const ids = [...new Set([...shares.values()].flatMap((one) => Object.keys(one)))];
  const body = [...shares].map(([name, one]) => [
    name,
    ...ids.map((id) => one[id]?.toFixed(3) ?? "-"),
  ]);
  return [["written, of names and values", ...ids], ...body];
}
