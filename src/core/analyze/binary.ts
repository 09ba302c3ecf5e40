import type { Epoch2x2, Moments } from '../../../stats/index.ts'
import type { ArmData } from './analysis-input.ts'
import { isBinary } from '../define/metric-nature.ts'
import type { MetricPlan } from './metric-plan.ts'

/**
 * Units and successes behind the moments of a binary metric: of a conversion all exposed units, of a thresholded mean
 * those that reported.
 *
 * @returns null where the units are not 0 or 1: another kind of metric, or a unit that reported more than once
 */
export const sharesOf = (plan: MetricPlan, moments: Moments): { n: number; successes: number } | null => {
  if (!isBinary(plan)) return null
  if (plan.kind === 'mean' && moments.sumY !== moments.n) return null
  const { n } = moments
  // sums stored around a centre come back with rounding in the last digits
  const sum = moments.sumX + (plan.kind === 'mean' ? plan.center * moments.sumY : 0)
  const successes = Math.round(sum)
  const whole = Math.abs(sum - successes) <= 1e-6 * Math.max(1, n)
  return whole && successes >= 0 && successes <= n ? { n, successes } : null
}

/** Epochs, or pools of them. */
type Counted = { weights: readonly number[]; arms: readonly Pick<ArmData, 'metrics'>[] }

/** A pair's epochs as blocks of counts, in order; epochs in which one of the two could not be drawn are left out. */
export const blocksOf = (
  epochs: readonly Counted[],
  plan: MetricPlan,
  ordinal: number,
  a: number,
  b: number,
): Epoch2x2[] | null => {
  const blocks: Epoch2x2[] = []
  for (const { weights, arms } of epochs) {
    const [propensityA, propensityB] = [weights[a] ?? 0, weights[b] ?? 0]
    const [momentsA, momentsB] = [arms[a]?.metrics[ordinal], arms[b]?.metrics[ordinal]]
    if (!(propensityA > 0 && propensityB > 0) || !momentsA || !momentsB) continue
    const [sharesA, sharesB] = [sharesOf(plan, momentsA), sharesOf(plan, momentsB)]
    if (!sharesA || !sharesB) return null
    if (sharesA.n + sharesB.n > 0) blocks.push({ a: sharesA, b: sharesB, propensityA, propensityB })
  }
  return blocks
}
