import { requireOpenUnit, requirePositive } from '../check.ts'
import { criticalValue, tuning } from '../sequential/asymptotic-cs.ts'
import { normalQuantile } from '../special/index.ts'
import { type Design, fixedCritical, unitsPerArm } from './sample-size.ts'

/** Units after which a sequence is tightest when nobody has planned anything. */
export const DEFAULT_UNITS = 5_000

/**
 * What peeking costs at the planned size: the sequence's critical value there, in standard errors, and the factor by
 * which the sample must grow to keep the fixed test's power at that last look. With looks along the way a plan of twice
 * the fixed size suffices, and its mean is near the fixed size.
 *
 * @param alpha two-sided level, in (0, 1)
 * @param power in (0, 1)
 */
export const sequentialCost = (alpha: number, power = 0.8): { critical: number; inflation: number } => {
  requireOpenUnit('power', power)
  const critical = criticalValue(tuning(alpha), alpha)
  const reach = normalQuantile(power)
  return { critical, inflation: ((critical + reach) / (fixedCritical(alpha) + reach)) ** 2 }
}

/**
 * The size for which a pair's sequence is tuned (t_opt), to be frozen at the start: the planned units of the pair; else
 * both arms of the fixed test that finds the smallest effect of interest; else 5,000.
 *
 * @param plan.plannedUnits units of both arms together, above 0
 * @param plan.design       smallest effect of interest with its variances; ignored when `plannedUnits` is given
 * @returns units of the pair, at least 2
 * @throws {RangeError} naming the argument outside its domain
 */
export const optimalUnits = (plan: { plannedUnits?: number | null; design?: Design | null }): number => {
  if (plan.plannedUnits !== undefined && plan.plannedUnits !== null) {
    requirePositive('plannedUnits', plan.plannedUnits)
    return Math.max(2, plan.plannedUnits)
  }
  // a baseline without variance says nothing about the size needed
  const needed = plan.design ? 2 * Math.ceil(unitsPerArm(plan.design)) : 0
  return needed > 0 ? needed : DEFAULT_UNITS
}
