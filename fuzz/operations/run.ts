// Fuzzes the operations on two connected ends for a bounded time.

import * as fc from "fast-check";
import { bytesOf } from "tercet/fuzz";
import type { Job, Report, Shared } from "../protocol.js";
import type { OperationTarget } from "./index.js";

/** Runs lists of commands until the time is over or one of them fails. */
export function fuzzOperations(target: OperationTarget, job: Job, shared: Shared): Report {
  const until = performance.now() + job.milliseconds;
  for (let round = 0; performance.now() < until; round++) {
    const property = fc.property(target.commands(fc), (list) => {
      shared.begin(jsonOf(list));
      target.run(fc, list);
    });
    const result = fc.check(property, {
      seed: (job.seed + round) | 0,
      numRuns: 200,
      interruptAfterTimeLimit: Math.max(1, until - performance.now()),
    });
    if (result.failed && result.counterexample !== null) {
      const [list] = result.counterexample;
      const error = result.errorInstance;
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { kind: "found", message, bytes: jsonOf(list), extension: "json" };
    }
  }
  return { kind: "done" };
}

/** The operations of a list as JSON; each command writes itself so. */
function jsonOf(list: Iterable<unknown>): Uint8Array {
  return bytesOf(`[${[...list].join(",\n ")}]\n`);
}
