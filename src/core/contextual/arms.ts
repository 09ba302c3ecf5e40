import { noWeighted, perUnitWeighted, type WeightedMoments } from '../../../stats/index.ts'
import type { ArmData } from '../analyze/analysis-input.ts'
import type { MetricPlan } from '../analyze/metric-plan.ts'

type Place = { epoch: number; variant: number }

/** One row of weighted sums over its shards; of metric 0 the weights alone. */
export type WeightedSum = Place & {
  metric: number; w: number; ww: number; wx: number; wy: number; wwx: number; wwy: number; wwxx: number; wwxy: number; wwyy: number
}

/** A part of an arm's features: the lower triangle of Σφφᵀ by rows, Σφx and Σφy of the metric that is followed. */
export type FeatureSum = Place & FeatureSums
export type FeatureSums = { gram: number[] | null; x: number[] | null; y: number[] | null }

const added = (rows: readonly FeatureSums[], part: keyof FeatureSums): number[] | null =>
  rows.reduce<number[] | null>((sum, row) => {
    const own = row[part]
    if (own === null || sum === null) return own ?? sum
    return sum.map((value, index) => value + (own[index] ?? 0))
  }, null)

/** An arm with what is known of its units' propensities and features. */
export const contextualArm = (
  plans: readonly MetricPlan[], arm: ArmData, { weighted, features }: { weighted: readonly WeightedSum[]; features: readonly FeatureSum[] },
): ArmData => {
  const { w = 0, ww = 0 } = weighted.find(({ metric }) => metric === 0) ?? {}
  return {
    ...arm,
    weighted: plans.map(({ kind }, ordinal): WeightedMoments => {
      const row = weighted.find(({ metric }) => metric === ordinal + 1)
      const { wx: wX = 0, wy: wY = 0, wwx: wwX = 0, wwy: wwY = 0, wwxx: wwXX = 0, wwxy: wwXY = 0, wwyy: wwYY = 0 } = row ?? {}
      const sums = { ...noWeighted, w, ww, wX, wwX, wwXX }
      return kind === 'conversion' || kind === 'total' ? perUnitWeighted(sums) : { ...sums, wY, wwY, wwXY, wwYY }
    }),
    features: { gram: added(features, 'gram'), x: added(features, 'x'), y: added(features, 'y') },
  }
}

/** All numbers of an arm that only a contextual bandit has, for a digest. */
export const contextualNumbers = (arm: ArmData): readonly number[] => (arm.weighted ? ownNumbers(arm) : nothing)

const nothing: readonly number[] = []

const ownNumbers = ({ weighted = [], features }: ArmData): number[] => [
  ...weighted.flatMap((sums) => Object.values(sums)),
  ...(features ? [...(features.gram ?? []), ...(features.x ?? []), ...(features.y ?? [])] : []),
]
