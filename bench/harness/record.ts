// The dated record of the runs of one day on one machine, by protocol: every sample, the marks, the machine and the versions.
// bench/record/<date>-<machine>.json: { "h1": {..}, "hpack": {..}, .. }

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Machine, thisMachine } from "./machine.js";
import type { Judgement } from "./marks.js";
import type { PeerSpec } from "./peer-process.js";
import { RECORDS } from "./project.js";
import type { Effort, Samples } from "./rounds.js";
import { summary } from "./statistics.js";

/** What every record has; protocols add members of their own. */
export interface RecordBase {
  readonly protocol: string;
  /** Day of the run, YYYY-MM-DD. */
  readonly date: string;
  readonly machine: Machine;
}

/** The record of a run of today on this machine. */
export function runRecord(
  protocol: string,
  method: Effort & { readonly pinned: boolean },
  specs: readonly PeerSpec[],
  marks: readonly Judgement[],
  rows: ReadonlyMap<string, Samples>,
): RecordBase & Readonly<Record<string, unknown>> {
  return {
    protocol,
    date: new Date().toISOString().slice(0, 10),
    machine: thisMachine(),
    method,
    versions: Object.fromEntries(specs.map(({ id, version }) => [id, version])),
    unit: "ns of CPU time an item",
    marks,
    rows: Object.fromEntries([...rows].map(([name, found]) => [name, recorded(found)])),
  };
}

/**
 * Writes a record into the file of its day and machine, replacing that of the same protocol.
 * @returns the path from the root of the project
 */
export function writeRecord(record: RecordBase): string {
  mkdirSync(RECORDS, { recursive: true });
  const name = `${record.date}-${record.machine.name}.json`;
  const file = path.join(RECORDS, name);
  const others = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const all = { ...others, [record.protocol]: rounded(record) };
  // Lists of numbers on one line each, so that the file can be read and compared.
  const text = JSON.stringify(all, null, 1).replace(/\[[\s\d.,e+-]+\]/g, (list) =>
    list.replace(/\s+/g, " "),
  );
  writeFileSync(file, `${text}\n`);
  return `bench/record/${name}`;
}

function recorded(samples: Samples): object {
  return Object.fromEntries(
    Object.entries(samples).map(([id, values]) => [id, { ...summary(values), samples: values }]),
  );
}

/** Five figures are more than any measurement carries. */
function rounded(value: unknown): unknown {
  if (typeof value === "number") return Number(value.toPrecision(5));
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, rounded(member)]));
}
