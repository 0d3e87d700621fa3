// One row of a benchmark: all peers check the same input, warm up, and are then timed in turns.
//
// Rules: one process a peer, fresh for each row, so that what a JIT learnt from one workload does not colour the next; one
// sample of each peer in each round, so that a slow moment of the machine falls on all; a different peer begins each round.

import type { Counts } from "../drivers/driver.js";
import type { PeerSpec } from "./peer-process.js";
import { PeerError, PeerProcess } from "./peer-process.js";

/** How long and how often. */
export interface Effort {
  readonly rounds: number;
  /** CPU time that one sample should take. */
  readonly sampleMs: number;
  /** CPU time that a peer gets before its first sample. */
  readonly warmupMs: number;
}

/** ns of CPU time an item, by peer, one number a round. */
export type Samples = Readonly<Record<string, readonly number[]>>;

/** What a peer works on. */
export interface Work {
  /** The input file. */
  readonly path: string;
  /** What the peer must find in one pass. */
  readonly expected: Counts;
}

/**
 * Measures one input file with all peers. A peer that refuses the input is named in one line and left out of the row.
 * @param expected what each peer must find in one pass
 * @throws Error where a peer finds something else, or ends, or where one of ours refuses
 */
export function measure(
  specs: readonly PeerSpec[],
  inputPath: string,
  expected: Counts,
  effort: Effort,
  prefix: readonly string[],
): Promise<Samples> {
  const work = { path: inputPath, expected };
  return measureEach(specs, () => work, effort, prefix);
}

/** The same where each peer has an input of its own, such as one message in several protocols. */
export async function measureEach(
  specs: readonly PeerSpec[],
  workOf: (spec: PeerSpec) => Work,
  effort: Effort,
  prefix: readonly string[],
): Promise<Samples> {
  const all = specs.map((spec) => new PeerProcess(spec, prefix));
  try {
    const passes = new Map<PeerProcess, number>();
    for (const peer of all) {
      if (!(await accepts(peer, workOf(peer.spec)))) continue;
      passes.set(peer, await warmUp(peer, effort));
    }
    const peers = [...passes.keys()];
    const samples: Record<string, number[]> = {};
    for (const { spec } of peers) samples[spec.id] = [];
    for (let round = 0; round < effort.rounds; round++) {
      for (const peer of rotated(peers, round)) {
        const timing = await peer.run(passes.get(peer) as number);
        samples[peer.spec.id]?.push(timing.cpuNs / timing.items);
      }
    }
    return samples;
  } finally {
    for (const peer of all) peer.close();
  }
}

/** Whether the peer takes the input; what it finds must be right. */
async function accepts(peer: PeerProcess, { path, expected }: Work): Promise<boolean> {
  await peer.load(path);
  let found: Counts;
  try {
    found = await peer.check();
  } catch (error) {
    if (!(error instanceof PeerError) || peer.spec.id.startsWith("tercet")) throw error;
    console.log(`left out: ${error.message}`);
    return false;
  }
  sameCounts(peer.spec.id, found, expected);
  return true;
}

/** Runs the peer until it is warm; gives the number of passes that one sample takes. */
async function warmUp(peer: PeerProcess, effort: Effort): Promise<number> {
  let passes = 1;
  let used = 0;
  for (;;) {
    const { cpuNs } = await peer.run(passes);
    used += cpuNs / 1e6;
    const enough = cpuNs / 1e6 >= effort.sampleMs / 2;
    if (enough && used >= effort.warmupMs) {
      return Math.max(1, Math.round((passes * effort.sampleMs * 1e6) / cpuNs));
    }
    if (!enough) passes *= 2;
  }
}

function sameCounts(id: string, found: Counts, expected: Counts): void {
  for (const key of ["messages", "fields", "bodyBytes"] as const) {
    if (found[key] !== expected[key]) {
      throw new Error(`${id} finds ${found[key]} ${key} where ${expected[key]} were sent`);
    }
  }
}

function rotated<T>(list: readonly T[], by: number): T[] {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
