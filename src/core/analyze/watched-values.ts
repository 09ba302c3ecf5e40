import { addBoundedDays, addMoments, type Detector, healthyMean, healthyRate, type Moments, newDetector, noMoments, perUnitMoments } from '../../../stats/index.ts'
import { count, decimal, percent } from '../describe/wording.ts'
import { isBinary } from '../define/metric-nature.ts'
import { sharesOf } from './binary.ts'
import { dayName } from './generations.ts'
import { type MetricPlan, nameOf } from './metric-plan.ts'

type Bounds = { low: number; high: number }

/** Between what each value of a unit lies (of a total the unit's sum), by what its metric declares; null where something is open. */
const boundsOf = (plan: MetricPlan): Bounds | null => {
  const { kind, threshold, min, max, cap } = plan
  if (isBinary(plan)) return { low: 0, high: 1 }
  // no sum is below 0 where no value is
  const low = kind === 'total' ? (threshold !== null || (min !== null && min >= 0) ? 0 : null) : min
  const high = kind === 'total' ? cap : Math.min(max ?? Infinity, cap ?? Infinity)
  const bounded = (kind === 'mean' || kind === 'total') && low !== null && high !== null && high < Infinity && low < high
  return bounded ? { low, high } : null
}

/** Why nobody watches this metric for change, as a phrase; null where a detector does. */
export const unwatchedWhy = (plan: MetricPlan): string | null => {
  if (boundsOf(plan)) return null
  if (plan.kind === 'quantile') return 'quantiles are only shown; declare the share beyond a threshold'
  if (plan.kind === 'ratio') return 'a ratio has no bounds'
  return `no bounds declared: it needs ${plan.kind === 'total' ? 'a min of 0 or more and a cap' : 'min, and max or a cap'}`
}

/** May a detector follow this metric? */
export const isWatchable = (plan: MetricPlan): boolean => boundsOf(plan) !== null

/**
 * The units of a day as a detector takes them: X in [0, Y], where 1 is the worst value and 0 the best; for shares, the units
 * that failed. Null where the metric is not watched, or its sums do not fit its bounds.
 */
export const harmOf = (plan: MetricPlan, moments: Moments): Moments | null => {
  const bounds = boundsOf(plan)
  if (!bounds) return null
  const worse = plan.direction === 'decrease'
  const shares = sharesOf(plan, moments)
  if (shares) {
    const failures = worse ? shares.successes : shares.n - shares.successes
    return perUnitMoments(shares.n, failures, failures)
  }
  const { low, high } = bounds
  const [factor, shift] = [(worse ? 1 : -1) / (high - low), (worse ? plan.center - low : high - plan.center) / (high - low)]
  const { sumX, sumY, sumXX, sumXY, sumYY } = moments
  const harm = {
    ...moments, sumX: factor * sumX + shift * sumY, sumXY: factor * sumXY + shift * sumYY,
    sumXX: Math.max(0, factor * factor * sumXX + 2 * factor * shift * sumXY + shift * shift * sumYY),
  }
  const slack = 1e-9 * Math.max(1, sumY)
  return harm.sumX >= -slack && harm.sumX <= sumY + slack ? harm : null
}

/** What is still healthy by these units, on the scale from 0, the best, to 1; null below 2,000 of them. */
const healthyOf = (plan: MetricPlan, harm: Moments): number | null => {
  const { n, sumX, sumY, sumXX } = harm
  const counted = isBinary(plan) && sumY === n && sumXX === sumX && Number.isInteger(sumX)
  return counted ? healthyRate(sumX, n) : healthyMean(harm)
}

/** What a detector knows, as plain JSON: the first days, until there are enough of them to say what is healthy. */
export type WatchedValues = { base: Moments; healthy: number | null; detector: Detector }

export const noValues: WatchedValues = { base: noMoments, healthy: null, detector: newDetector('sr') }

/** One more day; the first ones say what is healthy, and each later one is judged by it. */
export const withDay = (state: WatchedValues, plan: MetricPlan, harm: Moments): WatchedValues => {
  if (state.healthy !== null) return { ...state, detector: addBoundedDays(state.detector, harm, state.healthy) }
  const base = addMoments(state.base, harm)
  return { ...state, base, healthy: healthyOf(plan, base) }
}

/** What a day was, on average, on that scale. */
export const harmMean = ({ sumX, sumY }: Moments): number => (sumY === 0 ? 0 : sumX / sumY)

type Worse = { who: string; day: number; latest: number; units: number; healthy: number }

/** How much worse somebody has become, in the metric's own unit, as a phrase. `who`: a variant, or the champion. */
export const worseWords = (plan: MetricPlan, { who, day, latest, units, healthy }: Worse): string => {
  const [most, own] = [plan.direction === 'decrease' ? 'at most' : 'at least', ownText(plan)]
  const said = isBinary(plan) ? `${percent(latest)} of ${count(units)} failed on ${dayName(day)}, at most ${percent(healthy)} were`
    : `${own(latest)} on average of ${count(units)} on ${dayName(day)}, ${most} ${own(healthy)} was`
  return `${who} has become worse on ${nameOf(plan)}: ${said} expected from its first days`
}

const ownText = (plan: MetricPlan) => (harm: number): string => {
  const { low, high } = boundsOf(plan) ?? { low: 0, high: 1 }
  const value = plan.direction === 'decrease' ? low + harm * (high - low) : high - harm * (high - low)
  return decimal(value, value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))))
}
