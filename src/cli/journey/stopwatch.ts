// The clock of the journey. Every figure is the difference of two readings around the real step; what a reading
// itself costs is measured here and printed, never subtracted.

/** What the clock can tell. */
export interface TimerFacts {
  readonly source: "performance.now";
  /** Smallest difference between two readings that differ, in ns. */
  readonly stepNs: number;
  /** What one reading costs, in ns: each figure holds about one. */
  readonly costNs: number;
}

/** Now, in ns since the start of the process. */
export function now(): number {
  return performance.now() * 1e6;
}

/** Reads the clock some thousand times and says what it can tell. */
export function measureTimer(): TimerFacts {
  let stepNs = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 20_000; turn++) {
    const first = now();
    const step = now() - first;
    if (step > 0 && step < stepNs) stepNs = step;
  }
  const costs: number[] = [];
  for (let turn = 0; turn < 50; turn++) {
    const start = now();
    for (let reading = 0; reading < 998; reading++) now();
    costs.push((now() - start) / 1_000);
  }
  costs.sort((a, b) => a - b);
  return { source: "performance.now", stepNs: Math.round(stepNs), costNs: Math.round(costs[25]!) };
}
