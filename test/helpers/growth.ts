// How the cost of something grows with its size: the exponent b of cost = a * size^b, by the best of some rounds.
// Other work on the machine only ever adds time, and disturbs a round, not all of them; an algorithm of quadratic
// cost (exponent 2) fails however often it is measured.

/** A cost that grows faster than this is not linear. */
export const EXPONENT_MAX = 1.3;
/** Rounds over all sizes: at least so many, and more while the exponent is too large. */
const ROUNDS_MIN = 4;
const ROUNDS_MAX = 40;

/** Slope of the least-squares line through log(cost) over log(size). */
export function exponentOf(points: readonly (readonly [size: number, cost: number])[]): number {
  // A floor under the cost: below it the clock, not the parser, decides.
  const logs = points.map(
    ([size, time]) => [Math.log(size), Math.log(Math.max(time, 0.005))] as const,
  );
  const mean = (at: 0 | 1) => logs.reduce((sum, point) => sum + point[at], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const over = logs.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  const under = logs.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  return over / under;
}

/** The exponent by the best cost of each size; `cost` measures the size of that index once. */
export function bestExponent(sizes: readonly number[], cost: (at: number) => number): number {
  const best = sizes.map(() => Number.POSITIVE_INFINITY);
  let result = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    for (const at of sizes.keys()) best[at] = Math.min(best[at], cost(at));
    if (round < ROUNDS_MIN) continue;
    result = exponentOf(sizes.map((size, at) => [size, best[at]] as const));
    if (result <= EXPONENT_MAX) break;
  }
  return result;
}
