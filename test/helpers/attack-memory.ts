// What attacks on QUIC and captures leave behind in memory, measured in a fresh process on the built package.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { expect } from "vitest";

export interface AttackMemory {
  readonly name: string;
  /** Octets of input. */
  readonly length: number;
  readonly bound: number;
  readonly memory: number;
}

/** Long rows of a kind, each with the bytes that are held behind it. */
export async function memoryOfAttacks(kind: "quic" | "captures"): Promise<AttackMemory[]> {
  const child = new URL("./attack-memory-child.mjs", import.meta.url);
  expect(
    existsSync(new URL("../../dist/quic.js", import.meta.url)),
    "dist; npm test builds it",
  ).toBe(true);
  const flags = ["--expose-gc", "--max-semi-space-size=1"];
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, [...flags, child.pathname, kind], {
    maxBuffer: 16 * 1024 * 1024,
  });
  return JSON.parse(stdout);
}
