// The command line of the benchmark.

import os from "node:os";
import { parseArgs } from "node:util";
import type { Effort } from "./harness/rounds.js";

/** What a run is asked to do. */
export interface Options {
  /** Which benchmarks. */
  readonly names: readonly string[];
  readonly effort: Effort;
  /** Series of growing inputs need many rows, and less care in each. */
  readonly growthEffort: Effort;
  /** Only rows whose name contains this; null: everything. */
  readonly only: string | null;
  /** The core to which the peers are pinned. */
  readonly core: number;
  /** Tables as Markdown. */
  readonly markdown: boolean;
  /** Write bench/record/<date>-<machine>.json. */
  readonly record: boolean;
}

export const USAGE = `usage: npm run bench -- NAME... [options]

NAME             h1, hpack, h2, qpack, h3, quic, protocols

--only TEXT      only the rows whose name contains TEXT; writes no record
--quick          fewer and shorter rounds; writes no record
--rounds N       samples of each peer in each row (default 11, at least 9 for a record)
--core N         pin the peers to this core (default: the last one)
--markdown       tables for the README
--no-record      write no record`;

/** Reads the arguments. @throws Error with one line that says what is wrong */
export function readOptions(words: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      only: { type: "string" },
      quick: { type: "boolean", default: false },
      rounds: { type: "string", default: "" },
      core: { type: "string", default: String(os.cpus().length - 1) },
      markdown: { type: "boolean", default: false },
      "no-record": { type: "boolean", default: false },
    },
  });
  if (positionals.length === 0) throw new Error("a NAME is needed");
  const rounds = whole("--rounds", values.rounds || (values.quick ? "5" : "11"));
  const [sampleMs, warmupMs] = values.quick ? [15, 120] : [40, 300];
  const partial = values.quick || values.only !== undefined || rounds < 9;
  return {
    names: positionals,
    effort: { rounds, sampleMs, warmupMs },
    growthEffort: { rounds: 5, sampleMs: 15, warmupMs: 100 },
    only: values.only ?? null,
    core: whole("--core", values.core),
    markdown: values.markdown,
    record: !values["no-record"] && !partial,
  };
}

function whole(option: string, text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new Error(`${option} takes a whole number`);
  return Number(text);
}
