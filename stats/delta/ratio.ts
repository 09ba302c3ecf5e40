import { requireFinite } from '../check.ts'
import { type Moments, requireMoments } from '../moments/moments.ts'

/** A value with the variance of its estimator (not of a unit): its standard error squared. */
export type Estimated = { estimate: number; variance: number }

/**
 * Ratio of unit sums R = ΣX/ΣY with its delta-method variance [s_XX − 2R s_XY + R² s_YY]/(n Ȳ²). A per-unit mean is
 * the case Y = 1.
 *
 * @param m      raw sums of one arm; X may be stored around a centre, as X − center·Y
 * @param center that centre; 0 when raw values are stored
 * @returns R in the metric's own units; null with fewer than 2 units, or when ΣY = 0
 * @throws {RangeError} when a sum or the centre is not finite, or n is not a count
 *
 * Source: Deng, Knoblich and Lu (2018), "Applying the delta method in metric analytics", section 3.
 */
export const ratioEstimate = (m: Moments, center = 0): Estimated | null => {
  requireMoments('moments', m)
  requireFinite('center', center)
  if (m.n < 2 || m.sumY === 0) return null
  const stored = m.sumX / m.sumY
  const deviation = (product: number, one: number, other: number): number => product - (one / m.n) * other
  // rounding may make a part negative; only the whole has to be at least 0
  const residual = deviation(m.sumXX, m.sumX, m.sumX) - 2 * stored * deviation(m.sumXY, m.sumX, m.sumY)
    + stored * stored * deviation(m.sumYY, m.sumY, m.sumY)
  return {
    estimate: center + stored,
    variance: Math.max(0, residual) / (m.n - 1) / m.n / (m.sumY / m.n) ** 2,
  }
}

/** Mean of n units with variance `unitVariance` each, as an estimate. */
export const meanEstimate = (n: number, mean: number, unitVariance: number): Estimated => ({
  estimate: mean,
  variance: unitVariance / n,
})

/** b − a for independent estimates. */
export const absoluteDifference = (a: Estimated, b: Estimated): Estimated => ({
  estimate: b.estimate - a.estimate,
  variance: a.variance + b.variance,
})

/**
 * Relative lift b/a − 1 for independent estimates: variance Var(b)/a² + Var(a) b²/a⁴. With a negative control its
 * sign is opposite to that of the difference.
 *
 * @returns null when a is exactly 0. Near 0 (within a few of its standard errors) the normal approximation fails:
 *          ask `nearZero`, or test b − (1 + r)a, which divides by nothing
 *
 * Source: the delta method, as in section 3 of Deng, Knoblich and Lu (2018).
 */
export const relativeLift = (a: Estimated, b: Estimated): Estimated | null => {
  if (a.estimate === 0) return null
  const quotient = b.estimate / a.estimate
  const variance = (b.variance + a.variance * quotient ** 2) / a.estimate ** 2
  return Number.isFinite(quotient) && Number.isFinite(variance) ? { estimate: quotient - 1, variance } : null
}

/** Whether an interval of `multiplier` standard errors around the estimate reaches 0. */
export const nearZero = (value: Estimated, multiplier: number): boolean =>
  Math.abs(value.estimate) <= multiplier * Math.sqrt(value.variance)
