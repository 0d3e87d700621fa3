// Median and spread of samples. No mean: one pause of the garbage collector would move it.

/** One measured quantity over the rounds, in ns. */
export interface Spread {
  readonly samples: number;
  readonly medianNs: number;
  readonly p10Ns: number;
  readonly p25Ns: number;
  readonly p75Ns: number;
  readonly p90Ns: number;
  /** 95 % confidence interval of the median, from order statistics: no assumption about the shape. */
  readonly medianLowNs: number;
  readonly medianHighNs: number;
}

/** The spread of samples; null where there are none. */
export function spreadOf(samples: readonly number[]): Spread | null {
  if (samples.length === 0) return null;
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number) => Math.round(quantile(sorted, share));
  // The rank of the true median is binomial: n/2 ± 0.98 √n holds it 95 times of 100.
  const reach = 0.98 / Math.sqrt(sorted.length);
  return {
    samples: sorted.length,
    medianNs: at(0.5),
    p10Ns: at(0.1),
    p25Ns: at(0.25),
    p75Ns: at(0.75),
    p90Ns: at(0.9),
    medianLowNs: at(Math.max(0, 0.5 - reach)),
    medianHighNs: at(Math.min(1, 0.5 + reach)),
  };
}

/** The value below which this share of sorted samples lies, between two neighbours in proportion. */
export function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const low = Math.floor(position);
  const below = sorted[low] as number;
  const above = sorted[Math.min(low + 1, sorted.length - 1)] as number;
  return below + (above - below) * (position - low);
}
