import { requirePositive, requireUnit } from '../check.ts'
import { logBetaPeak, regularisedBeta, regularisedBetaUpper } from './beta.ts'
import { betaRoot } from './beta-root.ts'

const requireCounts = (a: number, b: number): void => {
  requirePositive('a', a)
  requirePositive('b', b)
}

/** P(X ≤ x) for X ~ Beta(a, b), x in [0, 1]; accuracy and errors as `regularisedBeta`. */
export const betaCdf = (x: number, a: number, b: number): number => regularisedBeta(x, a, b)

/** P(X > x), with full relative accuracy in the upper tail. */
export const betaSurvival = (x: number, a: number, b: number): number => regularisedBetaUpper(x, a, b)

/**
 * Density of Beta(a, b) at x in [0, 1]. At the ends 0, the finite limit, or Infinity, as the count there is above, at
 * or below 1. Throws RangeError outside.
 */
export const betaDensity = (x: number, a: number, b: number): number => {
  requireUnit('x', x)
  requireCounts(a, b)
  if (x === 0) return a > 1 ? 0 : a === 1 ? b : Infinity
  if (x === 1) return b > 1 ? 0 : b === 1 ? a : Infinity
  return Math.exp(logBetaPeak(x, 1 - x, a, b) - Math.log(x) - Math.log1p(-x))
}

/**
 * Quantile of Beta(a, b): relative error near 1e-13 for any counts, tails of 1e-300 included.
 *
 * @param probability in [0, 1]; 0 and 1 give 0 and 1
 * @throws {RangeError} when an argument is outside its range
 */
export const betaQuantile = (probability: number, a: number, b: number): number => {
  requireUnit('probability', probability)
  requireCounts(a, b)
  return betaRoot(probability, a, b, false).x
}

/** The x with P(X > x) = probability: for upper tails beyond 1e-16, which 1 − probability cannot hold. */
export const betaUpperQuantile = (probability: number, a: number, b: number): number => {
  requireUnit('probability', probability)
  requireCounts(a, b)
  return betaRoot(probability, a, b, true).x
}
