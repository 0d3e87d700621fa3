// What a run prints: the times, the marks, and where we lose. As text, or as Markdown for the README.

import type { Growth } from "./growth.js";
import type { Judgement } from "./marks.js";
import type { PeerSpec } from "./peer-process.js";
import type { Samples } from "./rounds.js";
import { median, ratio } from "./statistics.js";
import type { Table } from "./table.js";
import { markdownTable, ns, textTable, times } from "./table.js";

/** Everything that was found in a run. */
export interface Findings {
  readonly rows: ReadonlyMap<string, Samples>;
  readonly specs: readonly PeerSpec[];
  readonly growth: readonly Growth[];
  readonly judgements: readonly Judgement[];
  /** Which peers do the same work as one of ours: what "where we lose" compares. */
  readonly comparable: Readonly<Record<string, readonly string[]>>;
  /** What the columns are. */
  readonly notes: string;
  /** Tables of the protocol's own, printed behind the times. */
  readonly tables?: readonly Table[];
}

/** Prints it. */
export function report(found: Findings, markdown: boolean): void {
  const times = timesTable(found.rows, found.specs);
  const tables = [times, ...(found.tables ?? []), marksTable(found.judgements)];
  tables.push(lossesTable(found.rows, found.comparable));
  if (found.growth.length > 0) tables.push(growthTable(found.growth));
  for (const table of tables) {
    if (table.length > 1) console.log(`\n${markdown ? markdownTable(table) : textTable(table)}`);
    if (table === times) console.log(`\n${found.notes}`);
  }
  const reached = found.judgements.filter((judgement) => judgement.reached).length;
  if (found.judgements.length > 0) {
    console.log(`\nmarks reached: ${reached} of ${found.judgements.length}`);
  }
}

/** One line while a row is fresh. */
export function progress(name: string, samples: Samples): void {
  const found = Object.entries(samples).map(([id, values]) => `${id} ${ns(median(values))}`);
  console.log(`${name}: ${found.join(" · ")}`);
}

/** ns an item: one line a row, one column a peer. */
function timesTable(rows: ReadonlyMap<string, Samples>, specs: readonly PeerSpec[]): Table {
  const used = specs.filter(({ id }) => [...rows.values()].some((samples) => samples[id]));
  const heading = ["ns an item", ...used.map(({ title }) => title)];
  const body = [...rows].map(([name, samples]) => [
    name,
    ...used.map(({ id }) => (samples[id] ? ns(median(samples[id])) : "-")),
  ]);
  return [heading, ...body];
}

/** One line a mark and row. */
function marksTable(judgements: readonly Judgement[]): Table {
  const body = judgements.map(({ mark, row, wanted, figure, reached }) => [
    mark,
    row,
    wanted,
    figure,
    reached ? "reached" : "MISSED",
  ]);
  return [["mark", "row", "wanted", "found", ""], ...body];
}

/** Every row in which a peer that does comparable work is faster. */
function lossesTable(
  rows: ReadonlyMap<string, Samples>,
  comparable: Findings["comparable"],
): Table {
  const body: string[][] = [];
  for (const [name, samples] of rows) {
    for (const [ourId, peers] of Object.entries(comparable)) {
      const ours = samples[ourId];
      for (const id of ours ? peers : []) {
        const peer = samples[id];
        if (!peer || !ours) continue;
        const found = ratio(peer, ours).median;
        if (found < 1) body.push([name, ourId, id, times(1 / found)]);
      }
    }
  }
  return [["where we lose", "ours", "against", "our time / theirs"], ...body];
}

/** The exponents of cost over size. */
function growthTable(growth: readonly Growth[]): Table {
  const body = growth.map(({ shape, delivery, sizes, costs, exponent }) => [
    shape,
    delivery,
    `${sizes[0]}-${sizes.at(-1)}`,
    `${ns(costs[0] ?? 0)}-${ns(costs.at(-1) ?? 0)}`,
    times(exponent),
  ]);
  return [["growth", "cut", "bytes", "ns", "exponent"], ...body];
}
