// What is measured in fresh processes: the memory of idle connections, and the time from import to the first parsed request.

import { spawnSync } from "node:child_process";
import path from "node:path";
import { COMPILED } from "../harness/project.js";
import type { Summary } from "../harness/statistics.js";
import { summary } from "../harness/statistics.js";

/**
 * Bytes a connection. `heap`: JavaScript objects. `rss`: resident pages of the process, so everything that is really held,
 * WASM memory included. `external` is what V8 accounts outside its heap: it counts all memory that a WASM instance reserves,
 * touched or not, so it is recorded but not judged.
 */
export interface IdleBytes {
  readonly heap: number;
  readonly external: number;
  readonly rss: number;
}

/** @param kind fresh, served (one request answered) or node (its native parser) */
export function idleBytes(
  kind: "fresh" | "served" | "node",
  count: number,
  prefix: readonly string[],
): IdleBytes {
  // A small young generation: what it holds for later is not the connections'.
  const flags = ["--expose-gc", "--max-semi-space-size=1"];
  return child(prefix, flags, "h1-idle-child.js", [kind, String(count)]) as IdleBytes;
}

/** Milliseconds from the import to the first parsed request, over fresh processes. */
export function startUp(
  processes: number,
  prefix: readonly string[],
): { wallMs: Summary; cpuMs: Summary } {
  const found = Array.from(
    { length: processes },
    () => child(prefix, [], "h1-startup-child.js", []) as { wallMs: number; cpuMs: number },
  );
  return {
    wallMs: summary(found.map((one) => one.wallMs)),
    cpuMs: summary(found.map((one) => one.cpuMs)),
  };
}

function child(
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
