import { requireCount, requireFinite, requireOpenUnit, requirePositive } from '../check.ts'
import { type Estimated, ratioEstimate } from '../delta/ratio.ts'
import { type Moments, requireMoments } from '../moments/moments.ts'
import { normalQuantile } from '../special/index.ts'
import { type Bucket, countOf, orderStatistic, quantileOf } from './buckets.ts'

/** A sample quantile between the two order statistics that measure how steep the distribution is there. */
export type OrderStatistics = {
  estimate: number
  lower: number
  upper: number
  /** Events behind the quantile. */
  n: number
  /** Events behind `lower` and `upper`; n unless they were told of a subsample. */
  rankedOf?: number
}

/**
 * Order statistics at the ranks n(ν ∓ z√(ν(1−ν)/n)), from values or a sketch (outer edges of their buckets).
 *
 * @param quantile ν, in (0, 1)
 * @param alpha    of z; .05 as published
 * @returns null while n ≤ z²·max(ν/(1−ν), (1−ν)/ν), when a rank would leave the sample: about 4ν/(1−ν) events
 */
export const orderStatistics = (
  buckets: readonly Bucket[], quantile: number, alpha = 0.05,
): OrderStatistics | null => {
  requireOpenUnit('quantile', quantile)
  requireOpenUnit('alpha', alpha)
  const n = countOf(buckets)
  const z = normalQuantile(1 - alpha / 2)
  if (n <= z * z * Math.max(quantile / (1 - quantile), (1 - quantile) / quantile)) return null
  const reach = z * Math.sqrt(n * quantile * (1 - quantile))
  const estimate = quantileOf(buckets, quantile)
  if (estimate === null) return null
  const lower = orderStatistic(buckets, Math.max(1, Math.floor(n * quantile - reach))).from
  const upper = orderStatistic(buckets, Math.min(n, Math.ceil(n * quantile + reach))).to
  return Number.isFinite(lower) && Number.isFinite(upper) ? { estimate, lower, upper, n } : null
}

/**
 * A quantile with the variance of its estimator, ((upper − lower)/(2z))²·(n − 1)/n, from which differences, lifts,
 * Welch tests and asymptotic confidence sequences are formed as for means. Clustered events multiply it by `inflation`.
 *
 * @param inflation variance of the clustered indicator mean over that of independent events, see `clusterInflation`
 * @returns null with fewer than 2 events, or when both order statistics are one value: the sample cannot tell how sure
 *          it is (ties, a coarse sketch never does this)
 * @throws {RangeError} when a value is not finite, lower above upper, or inflation not above 0
 *
 * Source: Deng, Knoblich and Lu (2018), section 4.2; Yao, Li and Lu (2024), "Development of an adaptive and efficient
 * quantile metric analysis".
 */
export const quantileEstimate = (of: OrderStatistics, alpha = 0.05, inflation = 1): Estimated | null => {
  const { estimate, lower, upper, n, rankedOf = n } = of
  for (const [name, value] of Object.entries({ estimate, lower, upper })) requireFinite(name, value)
  requireCount('n', n)
  requireCount('rankedOf', rankedOf)
  requireOpenUnit('alpha', alpha)
  requirePositive('inflation', inflation)
  if (lower > upper) throw new RangeError(`lower must not be above upper, got ${lower} and ${upper}`)
  if (n < 2 || lower === upper) return null
  const deviation = (upper - lower) / (2 * normalQuantile(1 - alpha / 2))
  return { estimate, variance: inflation * deviation ** 2 * (rankedOf / n) * ((n - 1) / n) }
}

/**
 * How much events of one unit have in common: Var_cluster/Var_iid of the share of events at or below the quantile.
 *
 * @param units    moments over units of X = the unit's events at or below the sample quantile, Y = its events
 * @param quantile ν, in (0, 1)
 * @returns the cluster variance by the delta method, ν(1−ν)/n for n events, and their ratio; null below 2 units or
 *          without events
 *
 * Source: Deng, Knoblich and Lu (2018), section 4.2: the variance of the quantile is that of independent events
 * multiplied by `inflation`.
 */
export const clusterInflation = (
  units: Moments, quantile: number,
): { clustered: number; independent: number; inflation: number } | null => {
  requireMoments('units', units)
  requireOpenUnit('quantile', quantile)
  const share = ratioEstimate(units)
  if (!share || units.sumY <= 0) return null
  const independent = (quantile * (1 - quantile)) / units.sumY
  return { clustered: share.variance, independent, inflation: share.variance / independent }
}
