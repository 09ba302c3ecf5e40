import { type Moments, tunedProportionBound } from '../../../stats/index.ts'
import type { AnalysisInput } from './analysis-input.ts'
import { sharesOf } from './binary.ts'
import type { Measured } from './compare.ts'
import { levelsOf, type LimitLevel, unitsOf } from './levels.ts'
import type { MetricPlan } from './metric-plan.ts'
import type { Interval } from './report.ts'

/**
 * How far a share lies beyond an absolute limit, worse being larger, with the two one-sided sequences that judge it:
 * above 0 the limit is broken, below 0 it is kept. They are exact, whatever the number of units and events, the stopping
 * and the allocation, as long as each unit's chance stays on one side of the limit.
 *
 * @param moments of one arm alone
 * @param level   at which the limit is broken
 * @returns null where units are not 0 or 1, so that another sequence has to judge; all null without units
 *
 * Source: the beta-binomial mixture of Howard, Ramdas, McAuliffe and Sekhon (2021).
 */
export const shareBeyondLimit = (
  input: AnalysisInput, measured: Measured, limit: number, moments: Moments, level: LimitLevel,
): Interval | null => {
  const { metric, plan, ordinal } = measured
  const counted = sharesOf(plan, moments)
  if (!counted) return null
  const { n, successes } = counted
  if (n === 0) return { estimate: null, lower: null, upper: null }
  const { sign, better } = sidesOf(plan)
  const kept = tunedProportionBound(
    successes, n, { alpha: levelsOf(input, metric, ordinal).gain.alpha, tOpt: Math.max(1, unitsOf(input, ordinal) / 2) }, better,
  )
  return { ...excessOf(measured, limit, counted, level), upper: sign * (kept - limit) }
}

/**
 * The same where only a broken limit is asked for: the end that breaks it, null where the share lies within it.
 */
export const shareBroken = (measured: Measured, limit: number, moments: Moments, level: LimitLevel): Pick<Interval, 'estimate' | 'lower'> | null => {
  const counted = sharesOf(measured.plan, moments)
  if (!counted) return null
  if (counted.n === 0) return { estimate: null, lower: null }
  const estimate = sidesOf(measured.plan).sign * (counted.successes / counted.n - limit)
  return estimate > 0 ? excessOf(measured, limit, counted, level) : { estimate, lower: null }
}

const sidesOf = ({ direction }: MetricPlan) =>
  direction === 'decrease' ? ({ sign: 1, worse: 'lower', better: 'upper' } as const) : ({ sign: -1, worse: 'upper', better: 'lower' } as const)

const excessOf = ({ plan }: Measured, limit: number, { n, successes }: { n: number; successes: number }, { alpha, units }: LimitLevel) => {
  const { sign, worse } = sidesOf(plan)
  const broken = tunedProportionBound(successes, n, { alpha, tOpt: units }, worse)
  return { estimate: sign * (successes / n - limit), lower: sign * (broken - limit) }
}
