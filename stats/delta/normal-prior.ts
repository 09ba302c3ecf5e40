import { requireFinite, requireNonNegative, requirePositive } from '../check.ts'
import type { Estimated } from './ratio.ts'

/**
 * An estimate drawn toward a normal prior: precisions add, means are weighted by them. A flat prior is no prior.
 *
 * @param at    estimate with its variance, at least 0; 0 leaves it as it is
 * @param prior mean and variance, above 0
 * @returns posterior mean and variance
 * @throws {RangeError} outside these domains
 *
 * Source: Gelman et al. (2013), "Bayesian data analysis", section 2.5.
 */
export const underNormalPrior = (at: Estimated, prior: Estimated): Estimated => {
  requireFinite('estimate', at.estimate)
  requireNonNegative('variance', at.variance)
  requireFinite('prior.estimate', prior.estimate)
  requirePositive('prior.variance', prior.variance)
  const total = at.variance + prior.variance
  return {
    estimate: at.estimate + (at.variance / total) * (prior.estimate - at.estimate),
    variance: at.variance * (prior.variance / total),
  }
}
