import {
  type Bucket, clusterInflation, compareClusteredQuantiles, type Compared, compareQuantiles, type CompareOptions, type Level,
  type Moments, orderStatistics, quantileEstimate, quantileOf, quantileSequence, quantileTest, type QuantileTuning,
  sketchBuckets, sketchFromRows, twoSided,
} from '../../../stats/index.ts'
import type { AnalysisInput, EpochData } from './analysis-input.ts'
import { interval } from './intervals.ts'
import { unitsOf } from './levels.ts'
import type { MetricPlan } from './metric-plan.ts'
import { armMoments, epochsOf, regimesOf } from './regimes.ts'
import type { Interval } from './report.ts'

/** Sequences of quantiles are narrowest when an arm has half of what was planned for its pair. */
export const tuningOf = (input: AnalysisInput, ordinal: number, alpha: number): QuantileTuning =>
  ({ units: unitsOf(input, ordinal) / 2, alpha })

/** One arm's values over some epochs: how often each bucket, and X, Y per unit (values at or below the reference, all). */
type QuantileArm = { buckets: Bucket[]; moments: Moments }

const armOf = (epochs: readonly EpochData[], arm: number, ordinal: number): QuantileArm => {
  const rows = epochs.flatMap(({ arms }) => {
    const sketch = arms[arm]?.sketches?.[ordinal]
    return sketch ? sketch.buckets.map((bucket, index) => ({ bucket, count: sketch.counts[index] ?? 0 })) : []
  })
  return { buckets: sketchBuckets(sketchFromRows(rows)), moments: armMoments(epochs, arm, ordinal) }
}

/** Has no unit reported twice? Then the values are independent. */
const isSingle = ({ moments }: QuantileArm): boolean => moments.sumYY === moments.sumY

/**
 * How much more the quantile varies because values of one unit are alike. With a reference near the quantile it is
 * measured there; without one it is the most that it can be, as if each unit repeated one value: ΣN²/ΣN.
 */
const inflationOf = ({ moments }: QuantileArm, { quantile = 0.5, reference }: MetricPlan): number => {
  const most = moments.sumY > 0 ? Math.max(1, moments.sumYY / moments.sumY) : 1
  if (reference === undefined || isSingle({ buckets: [], moments })) return most
  const share = moments.sumY > 0 ? moments.sumX / moments.sumY : 0
  // far in a tail the reference says little of how alike values are, and nothing at its end
  const measured = share > 0 && share < 1 ? clusterInflation(moments, share)?.inflation ?? most : most
  const near = Math.abs(share - quantile) <= Math.min(quantile, 1 - quantile)
  return near && measured > 0 ? measured : most
}

export type ComparedQuantiles = Compared & {
  /** Two-sided, where there is no standard error to form it from. */
  twoSidedP: number | null
  notes: string[]
}

/** The regime with most values: quantiles of different times do not add up. */
const mainRegime = (regimes: readonly EpochData[][], a: number, b: number, ordinal: number): readonly EpochData[] => {
  const valuesOf = (epochs: readonly EpochData[]): number => armMoments(epochs, a, ordinal).sumY + armMoments(epochs, b, ordinal).sumY
  return regimes.toSorted((one, other) => valuesOf(other) - valuesOf(one))[0] ?? []
}

/**
 * Two arms' quantiles, from their sketches. As long as no unit has reported twice, without any assumption on the
 * distribution; else, and where a method needs a standard error, by the asymptotic variance, larger by what the values of
 * one unit have in common.
 *
 * @param tuning.units at which the sequence of one arm is narrowest
 */
export const quantilesOf = (
  epochs: readonly EpochData[], plan: MetricPlan, ordinal: number, a: number, b: number,
  options: CompareOptions, { tuning, needsError }: { tuning: QuantileTuning; needsError: boolean },
): ComparedQuantiles => {
  const { quantile = 0.5 } = plan
  const regimes = regimesOf(epochs, a, b).map(epochsOf)
  const compared = mainRegime(regimes, a, b, ordinal)
  const [one, other] = [armOf(compared, a, ordinal), armOf(compared, b, ordinal)]
  const left = regimes.length > 1 ? ['quantiles of stretches with other shares of traffic do not add up: only the longest one is compared.'] : []
  const arms = { a: one.buckets, b: other.buckets, quantile }
  if (isSingle(one) && isSingle(other) && !needsError) {
    const { pValue } = quantileTest(arms.a, arms.b, quantile, tuning)
    return { ...compareQuantiles(arms, options, tuning), twoSidedP: pValue, notes: left }
  }
  const units = { a: one.moments.n, b: other.moments.n }
  const inflation = { a: inflationOf(one, plan), b: inflationOf(other, plan) }
  const crude = plan.reference === undefined && !(isSingle(one) && isSingle(other))
    ? ['units report several values, taken to be as alike as they can be; a center near the quantile, on the metric, would tell how alike they are.']
    : []
  return { ...compareClusteredQuantiles({ ...arms, units, inflation }, options), twoSidedP: null, notes: [...left, ...crude] }
}

/** One arm's quantile: its standard error where several values come from a unit, else the sequence of its ranks. */
const standing = (epochs: readonly EpochData[], plan: MetricPlan, ordinal: number, arm: number) => {
  const { quantile = 0.5 } = plan
  const own = armOf(epochs, arm, ordinal)
  const order = orderStatistics(own.buckets, quantile)
  const known = order && quantileEstimate(order, undefined, inflationOf(own, plan))
  return { own, quantile, estimate: quantileOf(own.buckets, quantile), se: known ? Math.sqrt(known.variance) : null, n: own.moments.n }
}

/** One arm's quantile with its interval, two-sided; `n` units that reported. */
export const quantileArm = (
  epochs: readonly EpochData[], plan: MetricPlan, ordinal: number, arm: number, level: Level, tuning: QuantileTuning,
): Interval & { n: number } => {
  const { own, quantile, estimate, se, n } = standing(epochs, plan, ordinal, arm)
  if (estimate === null) return { estimate: null, lower: null, upper: null, n }
  if (isSingle(own)) return { ...interval(quantileSequence(own.buckets, quantile, level.alpha, tuning)), n }
  if (se === null) return { estimate, lower: null, upper: null, n }
  return { ...interval(twoSided({ estimate, se, n }, level)), n }
}

/** One arm's quantile and standard error, for a test against a limit. */
export const quantileStanding = (
  epochs: readonly EpochData[], plan: MetricPlan, ordinal: number, arm: number,
): { estimate: number; se: number | null; n: number } | null => {
  const { estimate, se, n } = standing(epochs, plan, ordinal, arm)
  return estimate === null ? null : { estimate, se, n }
}
