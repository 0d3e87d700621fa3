// The few numbers that are reported: medians, spreads, ratios by round, and the exponent of a growth.

/** The middle of a list; of an even list the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which a share `q` of the list lies, linear between neighbours. */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) throw new Error("no values");
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}

/** Middle and spread of one peer in one row. */
export interface Summary {
  readonly median: number;
  /** First and third quartile. */
  readonly low: number;
  readonly high: number;
}

export function summary(values: readonly number[]): Summary {
  return { median: median(values), low: quantile(values, 0.25), high: quantile(values, 0.75) };
}

/**
 * How many times the time of `ours` a peer takes: the median of the ratios of each round, so that a slow moment of the machine,
 * which both feel, cancels out.
 */
export function ratio(peer: readonly number[], ours: readonly number[]): Summary {
  return summary(peer.map((value, round) => value / (ours[round] as number)));
}

/** The exponent b of cost = a * size^b that fits best (least squares on logarithms). */
export function exponent(sizes: readonly number[], costs: readonly number[]): number {
  const xs = sizes.map(Math.log);
  const ys = costs.map(Math.log);
  const meanX = mean(xs);
  const meanY = mean(ys);
  let above = 0;
  let below = 0;
  xs.forEach((x, i) => {
    above += (x - meanX) * ((ys[i] as number) - meanY);
    below += (x - meanX) ** 2;
  });
  return above / below;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
