import { requireFinite } from '../check.ts'
import { type Bucket, countOf, orderStatistic } from '../quantile/buckets.ts'

/**
 * Limits beyond which a unit's value counts as the limit. Fixed before the first look and the same in every arm: a
 * threshold found anew at each look changes what is estimated.
 */
export type Cap = {
  lower: number | null
  upper: number | null
  /** Where it comes from: a person; or units of a time before the experiment; or of all its arms together. */
  source: 'declared' | 'pre-period' | 'pooled'
  /** Share of the source's units that are not touched by a limit; null when declared. */
  level: number | null
  /** Units it was read from; null when declared. */
  units: number | null
}

/** A cap somebody has stated. Throws RangeError when it is not finite, or the lower limit not below the upper one. */
export const declaredCap = (upper: number, lower: number | null = null): Cap => {
  requireFinite('upper', upper)
  if (lower !== null) requireFinite('lower', lower)
  if (lower !== null && lower >= upper) throw new RangeError(`lower must be below upper, got ${lower} and ${upper}`)
  return { lower, upper, source: 'declared', level: null, units: null }
}

/** No lower level: a cap that touches more than a thousandth of the units answers another question. */
const LEAST_LEVEL = 0.999

/**
 * A cap from data that knows nothing of the arms: units of the time before, or of all arms pooled at one moment. From a
 * sketch it is the upper edge of the bucket (the lower edge, for the lower limit), so it never touches more than said.
 *
 * @param buckets one value per unit, or their sketch
 * @param level   quantile of the upper limit, in [.999, 1); the lower one lies at 1 − level
 * @param sides   `both` for values that may be negative; `upper` unless told
 * @returns null with fewer than 1/(1 − level) units, or where the quantile lies in a sketch's open last bucket
 * @throws {RangeError} when level is lower
 */
export const quantileCap = (
  buckets: readonly Bucket[], source: 'pre-period' | 'pooled', level = LEAST_LEVEL, sides: 'upper' | 'both' = 'upper',
): Cap | null => {
  if (!(level >= LEAST_LEVEL && level < 1)) throw new RangeError(`level must lie in [.999, 1), got ${level}`)
  const n = countOf(buckets)
  if (n * (1 - level) < 1 - 1e-9) return null
  const rank = Math.ceil(n * level * (1 - 1e-15))
  const upper = orderStatistic(buckets, rank).to
  const lower = sides === 'both' ? orderStatistic(buckets, n + 1 - rank).from : null
  if (!Number.isFinite(upper) || (lower !== null && !Number.isFinite(lower))) return null
  return { lower, upper, source, level, units: n }
}

/** The value as it counts. Throws RangeError when it is not finite. */
export const winsorise = (value: number, { lower, upper }: Pick<Cap, 'lower' | 'upper'>): number => {
  requireFinite('value', value)
  return Math.min(upper ?? Infinity, Math.max(lower ?? -Infinity, value))
}

/** What a report says beside a capped metric: "capped at 1200, the 99.9th percentile of 53,000 pre-period units …". */
export const describeCap = ({ lower, upper, source, level, units }: Cap): string => {
  const limits = lower === null ? `capped at ${upper}`
    : upper === null ? `capped from below at ${lower}` : `capped to ${lower} … ${upper}`
  if (level === null || units === null) return `${limits}, the same in every arm`
  const percentile = `${String(Number((level * 100).toFixed(4)))}th percentile`
  const where = source === 'pre-period' ? 'units from before the experiment' : 'units of all arms together'
  return `${limits}, the ${percentile} of ${units.toLocaleString('en-GB')} ${where}, the same in every arm`
}
