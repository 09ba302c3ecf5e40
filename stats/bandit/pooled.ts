import { requireNonNegative } from '../check.ts'
import type { Posterior } from '../bayes/index.ts'
import type { PseudoCounts } from './discount.ts'

/**
 * Posterior of one arm's mean from pooled (pseudo-)counts, for `probabilityBest`: Beta(1 + ΣY, 1 + n − ΣY) for a share,
 * otherwise Student's t of a nearly flat normal-inverse-gamma prior. Only while there is a single epoch; with more,
 * `effectPosterior`, or a falling baseline is taken for a worse arm.
 *
 * @param kind share: every unit 0 or 1
 * @param prior mean and sd of a unit, worth one unit; used by `mean` only
 * @throws {RangeError} when n is negative
 *
 * Source: Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., sections 2.4 and 3.3.
 */
export const pooledPosterior = (
  { n, sum, sumSquares }: PseudoCounts,
  kind: 'share' | 'mean',
  prior: { mean: number; sd: number } = { mean: 0, sd: 1 },
): Posterior => {
  requireNonNegative('n', n)
  if (kind === 'share') return { family: 'beta', a: 1 + sum, b: 1 + Math.max(0, n - sum) }
  const [units, shape] = [n + 1, 1 + n / 2]
  const mean = n > 0 ? sum / n : 0
  const deviation = n > 0 ? Math.max(0, sumSquares - n * mean * mean) : 0
  const spread = prior.sd ** 2 + deviation / 2 + (n * (mean - prior.mean) ** 2) / (2 * units)
  return {
    family: 'student',
    center: (prior.mean + n * mean) / units,
    scale: Math.sqrt(spread / (shape * units)),
    degrees: 2 * shape,
  }
}
