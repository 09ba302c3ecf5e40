import { type Moments, tunedProportionBound } from '../../stats/index.ts'
import type { AnalysisInput } from './analysis-input.ts'
import { sharesOf } from './binary.ts'
import type { Measured } from './compare.ts'
import { levelsOf, limitLevel, protectiveUnits, unitsOf } from './levels.ts'
import type { Interval } from './report.ts'

/**
 * How far a share lies beyond an absolute limit, worse being larger, with the two one-sided sequences that judge it:
 * above 0 the limit is broken, below 0 it is kept. They are exact, whatever the number of units and events, the stopping
 * and the allocation, as long as each unit's chance stays on one side of the limit.
 *
 * @param moments of one arm alone
 * @returns null where units are not 0 or 1, so that another sequence has to judge; all null without units
 *
 * Source: the beta-binomial mixture of Howard, Ramdas, McAuliffe and Sekhon (2021).
 */
export const shareBeyondLimit = (input: AnalysisInput, { metric, plan, ordinal }: Measured, limit: number, moments: Moments): Interval | null => {
  const counted = sharesOf(plan, moments)
  if (!counted) return null
  const { n, successes } = counted
  if (n === 0) return { estimate: null, lower: null, upper: null }
  const sign = plan.direction === 'decrease' ? 1 : -1
  const [worse, better] = sign > 0 ? (['lower', 'upper'] as const) : (['upper', 'lower'] as const)
  const broken = tunedProportionBound(successes, n, { alpha: limitLevel(input).alpha, tOpt: protectiveUnits / 2 }, worse)
  const kept = tunedProportionBound(
    successes, n, { alpha: levelsOf(input, metric, ordinal).gain.alpha, tOpt: Math.max(1, unitsOf(input, ordinal) / 2) }, better,
  )
  return { estimate: sign * (successes / n - limit), lower: sign * (broken - limit), upper: sign * (kept - limit) }
}
