// The loop of one target: seeds of the corpus, then arbitraries and mutations of whatever showed new
// behaviour, until the time is over or a check fails. Behaviour is the signature that the check gives:
// WASM tells no coverage, but kinds of events and error codes do much of its work.

import * as fc from "fast-check";
import { random } from "tercet/fuzz";
import { corpus, regressions } from "./files.js";
import { minimize } from "./minimize.js";
import { mutated } from "./mutate.js";
import type { Job, Report, Shared } from "./protocol.js";
import type { Target } from "./targets/index.js";

/** Inputs that are kept to mutate: the newest behaviour replaces the oldest beyond this. */
const POOL_COUNT = 4_000;
/** Arbitraries are slower than mutations: one batch of this many for each batch of mutations. */
const BATCH = 64;

/** Runs a target until its time is over. */
export function fuzz(target: Target, job: Job, shared: Shared): Report {
  const next = random(job.seed);
  const until = performance.now() + job.milliseconds;
  const pool: Uint8Array[] = [];
  const seen = new Set<string>();

  const run = (input: Uint8Array): Report | null => {
    shared.begin(input);
    try {
      const signature = target.check(input);
      if (!seen.has(signature)) {
        seen.add(signature);
        if (pool.length < POOL_COUNT) pool.push(input);
        else pool[next() % POOL_COUNT] = input;
        shared.pool = pool.length;
      }
      return null;
    } catch (error) {
      return found(target, input, error, shared);
    }
  };

  const own = [...corpus(target.corpus), ...regressions(target.name)].map((one) => one.bytes);
  const seeds = [...own, ...(target.seeds?.() ?? [])];
  for (const seed of seeds) {
    const report = run(seed);
    if (report !== null) return report;
  }
  const arbitrary = target.arbitrary(fc);
  for (let round = 0; performance.now() < until; round++) {
    const inputs =
      round % 8 === 0
        ? fc.sample(arbitrary, { numRuns: BATCH, seed: next() | 0 })
        : Array.from({ length: BATCH }, () =>
            mutated(pool[next() % pool.length] ?? new Uint8Array(0), pool, target.tokens, next),
          );
    for (const input of inputs) {
      const report = run(input);
      if (report !== null) return report;
      if (performance.now() >= until) break;
    }
  }
  return { kind: "done" };
}

/** The smallest input that fails in the same way. */
function found(target: Target, input: Uint8Array, error: unknown, shared: Shared): Report {
  const message = (thrown: unknown) =>
    thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  // Two failures are the same when their first line is, but for the numbers and texts in it.
  const kind = (thrown: unknown) =>
    message(thrown)
      .split("\n")[0]
      ?.replace(/[0-9]+|".*"/g, "") ?? "";
  const fails = (candidate: Uint8Array): boolean => {
    shared.begin(candidate);
    try {
      target.check(candidate);
      return false;
    } catch (thrown) {
      return kind(thrown) === kind(error);
    }
  };
  const bytes = minimize(input, fails);
  try {
    target.check(bytes);
  } catch (thrown) {
    return { kind: "found", message: message(thrown), bytes, extension: "bin" };
  }
  return { kind: "found", message: message(error), bytes: input, extension: "bin" };
}
