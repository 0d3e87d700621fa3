// What the record says about the machine: enough to compare runs, nothing that identifies it.

import { spawnSync } from "node:child_process";
import os from "node:os";

/** A machine and its versions, as written into a record. */
export interface Machine {
  /** Short and neutral, from the model of the processor: part of the record's file name. */
  readonly name: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly v8: string;
  readonly compiler: string | null;
}

export function thisMachine(): Machine {
  const processor = os.cpus()[0]?.model.trim() ?? "unknown";
  return {
    name: neutralName(processor),
    processor,
    cores: os.cpus().length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.platform()} ${os.arch()}`,
    node: process.versions.node,
    v8: process.versions.v8,
    compiler: compilerVersion(),
  };
}

/** "AMD EPYC 9R14 96-Core Processor" becomes "amd-epyc-9r14". */
function neutralName(processor: string): string {
  const words = processor
    .toLowerCase()
    .replace(/\((r|tm)\)/g, " ")
    .split(/[^a-z0-9]+/);
  const noise = new Set(["cpu", "processor", "core", "with", "at"]);
  return (
    words
      .filter((word) => word && !noise.has(word))
      .slice(0, 3)
      .join("-") || "unknown"
  );
}

function compilerVersion(): string | null {
  const { stdout, status } = spawnSync("cc", ["--version"], { encoding: "utf8" });
  return status === 0 ? (stdout.split("\n")[0] ?? null) : null;
}
