// What a run prints: the times, the marks, and where we lose. As text, or as Markdown for the README.

import type { PeerSpec } from "../harness/peer-process.js";
import type { Samples } from "../harness/rounds.js";
import { median, ratio } from "../harness/statistics.js";
import type { Table } from "../harness/table.js";
import { ns, times } from "../harness/table.js";
import type { Growth } from "./h1-growth.js";
import type { Judgement } from "./h1-marks.js";
import { COMPARABLE } from "./h1-peers.js";

/** What the columns of the times are, and which of them the marks compare. */
export const NOTES =
  "Columns: the peers are parsers without a connection, and so are tape, 3 reads and strings (our codec alone); the marks\n" +
  'compare these. The columns "connection" are the whole connection: strings = receive and read all strings; events = receive\n' +
  "as event objects; 204 = receive, answer each request 204, and take the bytes. No mark is judged on them.";

/** ns an item: one line a row, one column a peer. */
export function timesTable(rows: ReadonlyMap<string, Samples>, specs: readonly PeerSpec[]): Table {
  const used = specs.filter(({ id }) => [...rows.values()].some((samples) => samples[id]));
  const heading = ["ns an item", ...used.map(({ title }) => title)];
  const body = [...rows].map(([name, samples]) => [
    name,
    ...used.map(({ id }) => (samples[id] ? ns(median(samples[id])) : "-")),
  ]);
  return [heading, ...body];
}

/** One line a mark and row. */
export function marksTable(judgements: readonly Judgement[]): Table {
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
export function lossesTable(rows: ReadonlyMap<string, Samples>): Table {
  const body: string[][] = [];
  for (const [name, samples] of rows) {
    for (const [ourId, peers] of Object.entries(COMPARABLE)) {
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
export function growthTable(growth: readonly Growth[]): Table {
  const body = growth.map(({ shape, delivery, sizes, costs, exponent }) => [
    shape,
    delivery,
    `${sizes[0]}-${sizes.at(-1)}`,
    `${ns(costs[0] ?? 0)}-${ns(costs.at(-1) ?? 0)}`,
    times(exponent),
  ]);
  return [["growth", "cut", "bytes", "ns", "exponent"], ...body];
}
