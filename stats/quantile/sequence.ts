import { requireCount, requireOpenUnit, requirePositive } from '../check.ts'
import {
  type BetaBinomial, betaBinomialBoundary, betaBinomialFor, betaBinomialLogMixture,
} from '../sequential/beta-binomial.ts'
import { type Bucket, countOf, orderStatistic, quantileOf } from './buckets.ts'
import type { QuantileInterval } from './ranks.ts'

/** Tuning of a quantile's sequence, frozen before the first look: narrowest near `units` values at level `alpha`. */
export type QuantileTuning = { units: number; alpha: number }

/**
 * How far the number of values at or below the true quantile ever strays from nq, by sequence: below it by `lower`,
 * above it by `upper`, both at every n at once with chance at least 1 − alpha.
 *
 * @param n        values so far, at least 1
 * @param quantile q, in (0, 1)
 * @param alpha    in (0, 1)
 * @param tuning   in (0, ∞) values and (0, 1)
 * @throws {RangeError} outside these domains
 *
 * Source: Howard and Ramdas (2022), "Sequential estimation of quantiles with applications to A/B testing and best-arm
 * identification", Bernoulli 28(3), Theorem 1 and section 3.1 (two-sided beta-binomial mixture).
 */
export const quantileBoundary = (
  n: number, quantile: number, alpha: number, tuning: QuantileTuning,
): { lower: number; upper: number } => {
  requireCount('n', n, 1)
  requireTuning(tuning)
  const variance = n * quantile * (1 - quantile)
  const bound = (q: number): number =>
    betaBinomialBoundary(betaBinomialFor(q, tuning.units, tuning.alpha), variance, alpha)
  return { lower: bound(1 - quantile), upper: bound(quantile) }
}

/**
 * Confidence sequence for a quantile: holds at every look at once, whatever the distribution, from the first value on.
 * Ends are the order statistics of ranks ⌈nq − lower⌉ and ⌊nq + upper⌋ + 1, at the outer edges of their buckets.
 *
 * @param buckets values of independent units
 * @returns ends ∓Infinity while too few values; estimate null without values
 */
export const quantileSequence = (
  buckets: readonly Bucket[], quantile: number, alpha: number, tuning: QuantileTuning,
): QuantileInterval => {
  requireOpenUnit('quantile', quantile)
  requireOpenUnit('alpha', alpha)
  requireTuning(tuning)
  const n = countOf(buckets)
  if (n === 0) return { estimate: null, lower: -Infinity, upper: Infinity, n }
  const reach = quantileBoundary(n, quantile, alpha, tuning)
  // a boundary that lies on a rank up to rounding does not exclude it
  const slack = 1e-9 * n
  return {
    estimate: quantileOf(buckets, quantile),
    lower: orderStatistic(buckets, Math.ceil(n * quantile - reach.lower - slack)).from,
    upper: orderStatistic(buckets, Math.floor(n * quantile + reach.upper + slack) + 1).to,
    n,
  }
}

/**
 * Evidence against "x is the quantile" over an arm's sample, read from counts: log of the mixture martingale at the
 * number of values at or below x. Of the counts that ties (or a bucket) leave open the most favourable one is taken.
 */
export type Evidences = {
  n: number
  /** At a count of values at or below, 0 to n. */
  at(count: number): number
  /** Least over the counts from `least` to `most`. */
  within(least: number, most: number): number
  /** The count with the least evidence. */
  quietest: number
}

export const evidences = (n: number, quantile: number, tuning: QuantileTuning): Evidences => {
  requireCount('n', n)
  requireTuning(tuning)
  const mixture: BetaBinomial = betaBinomialFor(quantile, tuning.units, tuning.alpha)
  const at = (count: number): number =>
    betaBinomialLogMixture(mixture, count - n * quantile, n * quantile * (1 - quantile))
  // the log mixture is convex in the count: its least value by bisection on differences
  let [low, high] = [0, n]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (at(middle) <= at(middle + 1)) high = middle
    else low = middle + 1
  }
  const quietest = low
  return { n, at, quietest, within: (least, most) => at(Math.min(most, Math.max(least, quietest))) }
}

const requireTuning = ({ units, alpha }: QuantileTuning): void => {
  requirePositive('tuning.units', units)
  requireOpenUnit('tuning.alpha', alpha)
}
