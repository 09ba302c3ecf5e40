import { requireCount, requireOpenUnit } from '../check.ts'
import { normalQuantile, regularisedBeta } from '../special/index.ts'
import { type Bucket, countOf, orderStatistic, quantileOf } from './buckets.ts'

export type QuantileRanks = {
  /** The order statistics of these ranks enclose the quantile; below 1 and above n they are ∓Infinity. */
  lower: number
  upper: number
  /** P(lower ≤ Bin(n, quantile) ≤ upper − 1), the exact chance that they do. */
  coverage: number
}

/**
 * Ranks of a distribution-free confidence interval for a quantile, for one look at a fixed n: ⌊nq − z√(nq(1−q))⌋ and
 * ⌈nq + z√(nq(1−q))⌉ + 1. `coverage` is exact for continuous values, and a lower bound with ties.
 *
 * @param n        number of independent values, at least 1
 * @param quantile q, in (0, 1)
 * @param alpha    in (0, 1)
 * @throws {RangeError} outside these domains
 *
 * Source: Conover (1999), "Practical nonparametric statistics", section 3.2.
 */
export const quantileRanks = (n: number, quantile: number, alpha: number): QuantileRanks => {
  requireCount('n', n, 1)
  requireOpenUnit('quantile', quantile)
  requireOpenUnit('alpha', alpha)
  const reach = normalQuantile(1 - alpha / 2) * Math.sqrt(n * quantile * (1 - quantile))
  const lower = Math.floor(n * quantile - reach)
  const upper = Math.ceil(n * quantile + reach) + 1
  return { lower, upper, coverage: atLeast(n, quantile, lower) - atLeast(n, quantile, upper) }
}

/** P(Bin(n, p) ≥ k) = I_p(k, n − k + 1). */
const atLeast = (n: number, p: number, k: number): number => (k <= 0 ? 1 : k > n ? 0 : regularisedBeta(p, k, n - k + 1))

export type QuantileInterval = { estimate: number | null; lower: number; upper: number; n: number }

/**
 * Sample quantile with its interval for one look, from values or a sketch. Ends lie at the outer edges of the buckets
 * their ranks fall into, so a sketch widens the interval and never shifts it.
 *
 * @param buckets values of independent units: with several per unit the interval is too narrow
 * @returns ends ∓Infinity where the ranks fall outside the sample; estimate null without values
 */
export const quantileInterval = (
  buckets: readonly Bucket[], quantile: number, alpha: number,
): QuantileInterval & { coverage: number } => {
  const n = countOf(buckets)
  requireOpenUnit('quantile', quantile)
  requireOpenUnit('alpha', alpha)
  if (n === 0) return { estimate: null, lower: -Infinity, upper: Infinity, n, coverage: 1 }
  const { lower, upper, coverage } = quantileRanks(n, quantile, alpha)
  return {
    estimate: quantileOf(buckets, quantile),
    lower: orderStatistic(buckets, lower).from,
    upper: orderStatistic(buckets, upper).to,
    n, coverage,
  }
}
