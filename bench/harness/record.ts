// The dated record of a run: every sample, the marks, the machine and the versions. bench/record/<date>-<machine>.json

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Machine } from "./machine.js";
import { RECORDS } from "./project.js";

/** What every record has; protocols add members of their own. */
export interface RecordBase {
  readonly protocol: string;
  /** Day of the run, YYYY-MM-DD. */
  readonly date: string;
  readonly machine: Machine;
}

/**
 * Writes a record, replacing that of the same day, machine and protocol.
 * @returns the path from the root of the project
 */
export function writeRecord(record: RecordBase): string {
  mkdirSync(RECORDS, { recursive: true });
  const name = `${record.date}-${record.machine.name}.json`;
  // Lists of numbers on one line each, so that the file can be read and compared.
  const text = JSON.stringify(rounded(record), null, 1).replace(/\[[\s\d.,e+-]+\]/g, (list) =>
    list.replace(/\s+/g, " "),
  );
  writeFileSync(path.join(RECORDS, name), `${text}\n`);
  return `bench/record/${name}`;
}

/** Five figures are more than any measurement carries. */
function rounded(value: unknown): unknown {
  if (typeof value === "number") return Number(value.toPrecision(5));
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, rounded(member)]));
}
