import { requireCount, requireOpenUnit, requirePositive } from '../check.ts'
import type { Interval } from '../sequential/bounds.ts'
import { normalBoundary, normalMixture } from '../sequential/normal-mixture.ts'
import type { Batch } from './bet-size.ts'
import { type Bernstein, addBernstein, bernsteinLower, noBernstein } from './empirical-bernstein.ts'

/** A mean of values in [0, 1], watched from both sides, each at α/2. */
export type BoundedMean = { lower: Bernstein; upper: Bernstein }

export const noBoundedMean: BoundedMean = { lower: noBernstein, upper: noBernstein }

/**
 * Add a batch of values in [0, 1], by its sums.
 *
 * @throws {RangeError} naming an argument outside its domain; sums that no values in [0, 1] can have
 */
export const addBounded = (
  state: BoundedMean, batch: Batch, options: { alpha: number; truncation?: number },
): BoundedMean => {
  const { n, sum, sumSquares } = batch
  if (sum > n * (1 + 1e-12) || sumSquares > sum * (1 + 1e-12)) {
    throw new RangeError(`batch must hold values in [0, 1], got n = ${n}, sum = ${sum}, sumSquares = ${sumSquares}`)
  }
  const half = { ...options, alpha: options.alpha / 2 }
  const mirrored = { n, sum: Math.max(0, n - sum), sumSquares: Math.max(0, n - 2 * sum + sumSquares) }
  return { lower: addBernstein(state.lower, batch, half), upper: addBernstein(state.upper, mirrored, half) }
}

/** The two-sided empirical Bernstein sequence, within [0, 1]; estimate null before the first batch. */
export const boundedMeanInterval = ({ lower, upper }: BoundedMean, alpha: number): Interval => {
  requireOpenUnit('alpha', alpha)
  const { n, sum } = lower.seen
  return {
    estimate: n === 0 ? null : sum / n,
    lower: Math.max(0, bernsteinLower(lower, alpha / 2)),
    upper: Math.min(1, 1 - bernsteinLower(upper, alpha / 2)),
  }
}

/**
 * Conjugate-mixture Hoeffding sequence for a mean of values in [0, 1]: needs the mean alone, and pays for it in width
 * unless the values are nearly 0 or 1 in equal parts.
 *
 * @param mean  of the values so far, in [0, 1]
 * @param n     values so far, a count
 * @param alpha in (0, 1)
 * @param tOpt  values for which to tune, above 0, frozen beforehand
 * @returns within [0, 1]; all of it without values
 * @throws {RangeError} outside these domains
 *
 * Source: Howard, Ramdas, McAuliffe and Sekhon (2021), Proposition 5, with Hoeffding's variance ¼.
 */
export const hoeffdingInterval = (mean: number, n: number, alpha: number, tOpt: number): Interval => {
  requireCount('n', n)
  requireOpenUnit('alpha', alpha)
  requirePositive('tOpt', tOpt)
  if (n === 0) return { estimate: null, lower: 0, upper: 1 }
  if (!(mean >= 0 && mean <= 1)) throw new RangeError(`mean must lie in [0, 1], got ${mean}`)
  const reach = normalBoundary(normalMixture(tOpt / 4, alpha, 2), n / 4, alpha) / n
  return { estimate: mean, lower: Math.max(0, mean - reach), upper: Math.min(1, mean + reach) }
}
