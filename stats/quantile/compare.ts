import { requirePositive } from '../check.ts'
import { type Estimated, absoluteDifference, relativeLift } from '../delta/ratio.ts'
import type { CompareOptions, Compared } from '../sequential/comparison.ts'
import { judge } from '../sequential/comparison.ts'
import type { Missing } from '../sequential/minimums.ts'
import type { Warning } from '../sequential/stratified.ts'
import { type Bucket, countOf, quantileOf } from './buckets.ts'
import { quantileDifference } from './difference.ts'
import { orderStatistics, quantileEstimate } from './effect.ts'
import type { QuantileTuning } from './sequence.ts'
import { quantileTest } from './two-sample.ts'

export type QuantileArms = { a: readonly Bucket[]; b: readonly Bucket[]; quantile: number }

type Options = Pick<CompareOptions, 'direction' | 'promote' | 'harm' | 'margin' | 'hypotheses'>

/**
 * Two arms' quantiles of one value per unit, compared at every look at once without any assumption on the distribution:
 * the shape of `compareRegimes`, with no standard errors. `promote.alpha` and `harm.alpha` are the levels of the ends;
 * their rho plays no part, `tuning` does. One regime: quantiles of different times do not add up.
 *
 * @throws {RangeError} naming the argument
 */
export const compareQuantiles = (
  { a, b, quantile }: QuantileArms, options: Options, tuning: QuantileTuning,
): Compared => {
  const { direction, promote, harm, margin = 0, hypotheses = 1 } = options
  const [lower, upper] = direction === 'increase' ? [promote, harm] : [harm, promote]
  const said = quantileDifference(a, b, quantile, { lower: lower.alpha, upper: upper.alpha }, tuning)
  const greater = direction === 'increase'
  const { pValue } = quantileTest(a, b, quantile, tuning, {
    alternative: greater ? 'greater' : 'less', boundary: greater ? -margin : margin,
  })
  const arm = (estimate: number | null, buckets: readonly Bucket[]): Compared['a'] =>
    estimate === null ? null : { estimate, se: null, units: countOf(buckets) }
  const unbounded = said.relative.lower === -Infinity && said.difference.lower > -Infinity
  return {
    a: arm(said.a, a), b: arm(said.b, b), n: said.n,
    difference: { ...said.difference, se: null }, relative: { ...said.relative, se: null },
    pValue: Math.min(1, pValue * hypotheses), missing: [], warnings: unbounded ? [{ code: 'control_near_zero' }] : [],
  }
}

/**
 * Two arms' quantiles of events, several per unit, by their asymptotic variance: each arm's estimate as
 * `quantileEstimate` gives it, inflated for what a unit's events share, into the same sequence as means. The clock runs
 * in units.
 *
 * @param arms.units     units of both arms
 * @param arms.inflation of each arm, from `clusterInflation`; 1 for one event per unit
 * @throws {RangeError} naming the argument
 */
export const compareClusteredQuantiles = (
  arms: QuantileArms & { units: { a: number; b: number }; inflation?: { a: number; b: number } }, options: Options,
): Compared => {
  const { quantile, units, inflation = { a: 1, b: 1 } } = arms
  const warnings: Warning[] = []
  const side = (which: 'a' | 'b'): { estimate: number; variance: number | null; units: number } | null => {
    requirePositive(`inflation.${which}`, inflation[which])
    const estimate = quantileOf(arms[which], quantile)
    if (estimate === null) return null
    const order = orderStatistics(arms[which], quantile)
    const known = order && quantileEstimate(order, undefined, inflation[which])
    if (!known) warnings.push({ code: order ? 'zero_variance' : 'few_units', arm: which })
    return { estimate, variance: known?.variance ?? null, units: units[which] }
  }
  const [a, b] = [side('a'), side('b')]
  const n = units.a + units.b
  const known = (one: typeof a): Estimated | null =>
    one && one.variance !== null ? { estimate: one.estimate, variance: one.variance } : null
  const [control, variant] = [known(a), known(b)]
  const contrast = control && variant ? absoluteDifference(control, variant)
    : a && b ? { estimate: b.estimate - a.estimate, variance: null } : null
  return judge({
    a, b, n, contrast, relative: control && variant && relativeLift(control, variant), warnings,
    missing: (['a', 'b'] as const).flatMap((arm) => missingOf(arm, arms, units[arm])),
  }, options)
}

/** 100 units, and 20 events on either side of the quantile. */
const missingOf = (arm: 'a' | 'b', arms: QuantileArms, units: number): Missing[] => {
  const n = countOf(arms[arm])
  const needs: Omit<Missing, 'arm'>[] = [
    { what: 'units', current: units, needed: 100 },
    { what: 'events', current: Math.floor(n * (1 - arms.quantile) * (1 + 1e-12)), needed: 20 },
    { what: 'non-events', current: Math.floor(n * arms.quantile * (1 + 1e-12)), needed: 20 },
  ]
  return needs.filter(({ current, needed }) => current < needed).map((need) => ({ arm, ...need }))
}
