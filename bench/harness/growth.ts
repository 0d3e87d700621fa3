// Cost over input size: for several shapes of input, in any cut, the exponent b of cost = a * size^b must stay near 1. An
// engine that scans the bytes of an unfinished head again at each piece shows 2 here.

import path from "node:path";
import type { Counts } from "../drivers/driver.js";
import type { Judgement } from "./marks.js";
import { atMost } from "./marks.js";
import type { PeerSpec } from "./peer-process.js";
import { CACHE } from "./project.js";
import type { Effort } from "./rounds.js";
import { measure } from "./rounds.js";
import { exponent, median } from "./statistics.js";

const LARGEST_EXPONENT = 1.1;

/** One series of growing inputs, measured. */
export interface Growth {
  readonly shape: string;
  readonly delivery: string;
  /** Bytes of each input, and ns of CPU time it cost. */
  readonly sizes: readonly number[];
  readonly costs: readonly number[];
  readonly exponent: number;
}

/** One input of a series. */
export interface GrowthInput {
  readonly size: number;
  /** What a peer must find. */
  readonly expected: Counts;
  /** Writes the input file. */
  write(file: string): void;
}

/** A series of growing inputs in one delivery. */
export interface GrowthSeries {
  readonly shape: string;
  readonly delivery: string;
  readonly inputs: readonly GrowthInput[];
}

/** Measures every series with one peer. */
export async function measureGrowth(
  series: Iterable<GrowthSeries>,
  peer: PeerSpec,
  effort: Effort,
  prefix: readonly string[],
): Promise<Growth[]> {
  const found: Growth[] = [];
  for (const { shape, delivery, inputs } of series) {
    const sizes: number[] = [];
    const costs: number[] = [];
    for (const input of inputs) {
      const file = path.join(CACHE, "growth.input");
      input.write(file);
      const samples = await measure([peer], file, input.expected, effort, prefix);
      sizes.push(input.size);
      costs.push(median(samples[peer.id] ?? []) * input.expected.messages);
    }
    found.push({ shape, delivery, sizes, costs, exponent: exponent(sizes, costs) });
  }
  return found;
}

/** One line a series. */
export function growthMarks(growth: readonly Growth[]): Judgement[] {
  return growth.map(({ shape, delivery, exponent: found }) =>
    atMost("exponent of cost over size", `${shape}, ${delivery}`, found, LARGEST_EXPONENT, ""),
  );
}
