// What is measured in fresh processes: a script of bench/protocols that prints one JSON object.

import { spawnSync } from "node:child_process";
import path from "node:path";
import { COMPILED } from "./project.js";
import type { Summary } from "./statistics.js";
import { summary } from "./statistics.js";

/**
 * Bytes a connection. `heap`: JavaScript objects. `rss`: resident pages of the process, so everything that is really held,
 * WASM memory included. `external` is what V8 accounts outside its heap: it counts all memory that a WASM instance reserves,
 * touched or not, so it is recorded but not judged.
 */
export interface HeldBytes {
  readonly heap: number;
  readonly external: number;
  readonly rss: number;
}

/** A small young generation: what it holds for later is not the connections'. */
export const MEMORY_FLAGS: readonly string[] = ["--expose-gc", "--max-semi-space-size=1"];

/** Milliseconds of a script that prints {"wallMs":..,"cpuMs":..}, over fresh processes. */
export function startUp(
  script: string,
  parameters: readonly string[],
  processes: number,
  prefix: readonly string[],
): { wallMs: Summary; cpuMs: Summary } {
  const found = Array.from(
    { length: processes },
    () => freshProcess(prefix, [], script, parameters) as { wallMs: number; cpuMs: number },
  );
  return {
    wallMs: summary(found.map((one) => one.wallMs)),
    cpuMs: summary(found.map((one) => one.cpuMs)),
  };
}

/**
 * Runs a script of bench/protocols in Node and gives what it prints.
 * @throws Error where it fails
 */
export function freshProcess(
  prefix: readonly string[],
  flags: readonly string[],
  script: string,
  parameters: readonly string[],
): unknown {
  const file = path.join(COMPILED, "protocols", script);
  const words = [...prefix, process.execPath, ...flags, file, ...parameters];
  const { stdout, stderr, status } = spawnSync(words[0] as string, words.slice(1), {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${script} ${parameters.join(" ")}: ${stderr.trim()}`);
  return JSON.parse(stdout);
}
