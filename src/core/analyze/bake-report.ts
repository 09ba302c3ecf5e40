import { marginBetPower, normalQuantile, oneSidedBound, ratioEstimate } from '../../../stats/index.ts'
import type { AnalysisInput, EpochData } from './analysis-input.ts'
import { sharesOf } from './binary.ts'
import type { Measured } from './compare.ts'
import type { Bake } from '../define/definitions.ts'
import { finite } from './intervals.ts'
import { levelsOf } from './levels.ts'
import { shareMargin } from '../methods/margin-bet.ts'
import { plannedBake } from '../decide/position.ts'
import { armMoments } from './regimes.ts'
import type { BakeReport } from './report.ts'

/** How surely harm that is called detectable is found by the end of a bake. */
const power = 0.8

/** The least argument in (from, to] at which a chance that rises reaches `power`; null when it never does. */
const leastFound = (chance: (harm: number) => number, from: number, to: number): number | null => {
  if (!(to > from) || chance(to) < power) return null
  let [low, high] = [from, to]
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2
    if (chance(middle) < power) low = middle
    else high = middle
  }
  return high
}

/** What a bake would find of one guardrail, were the control to go on as it has so far. */
const detectableOf = (
  input: AnalysisInput, { metric, plan, ordinal }: Measured, epochs: readonly EpochData[], control: number, { units, keep }: Bake,
): number | null => {
  const moments = armMoments(epochs, control, ordinal)
  const { harm: level } = levelsOf(input, metric, ordinal)
  const shares = metric.margin === undefined ? null : sharesOf(plan, moments)
  if (shares && shares.n > 0) {
    const [share, margin] = [shares.successes / shares.n, shareMargin(metric.margin ?? 0)]
    // where more is better harm is what the control has more, and the arms of the bet change places
    const rises = plan.direction === 'decrease'
    const chance = (harm: number): number => marginBetPower({
      margin, units, alpha: level.alpha,
      ...(rises ? { shareA: share, shareB: share + harm, chanceB: 1 - keep } : { shareA: share - harm, shareB: share, chanceB: keep }),
    })
    return leastFound(chance, margin, rises ? 1 - share : share)
  }
  const own = plan.kind === 'quantile' || metric.limit !== undefined ? null : ratioEstimate(moments, plan.center)
  const each = Math.floor(units * keep)
  if (!own || !(own.variance > 0) || each < 2) return null
  const se = Math.sqrt((2 * own.variance * moments.n) / each)
  const tolerated = metric.relativeMargin === undefined ? (metric.margin ?? 0) : metric.relativeMargin * Math.abs(own.estimate)
  const harm = oneSidedBound({ estimate: tolerated, se, n: 2 * each }, level, 'upper') + normalQuantile(power) * se
  return finite(metric.relativeMargin === undefined ? harm : harm / Math.abs(own.estimate))
}

/**
 * What a bake is and what it can find, told before it begins as well; null where the policy has none. Harm smaller than
 * what is told may stay unseen: a bake ends when its units came without harm, not when harm is excluded.
 *
 * @param epochs  matured ones
 * @param matured units in them that the bake counts; 0 before it
 */
export const bakeReportOf = (
  input: AnalysisInput, measured: readonly Measured[], epochs: readonly EpochData[], control: number, matured: number,
): BakeReport | null => {
  const { definition, winner } = input.experiment
  const bake = plannedBake(definition)
  if (!bake) return null
  return {
    variant: winner,
    control: definition.variants[control]?.key ?? '',
    keep: bake.keep,
    units: matured,
    needed: bake.units,
    detectable: measured
      .filter(({ metric }) => metric.role === 'guardrail')
      .map((one) => ({ metric: one.metric.metric, harm: detectableOf(input, one, epochs, control, bake) })),
  }
}
