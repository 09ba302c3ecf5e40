import { chancesAt, dimensionsOf, rewardAt } from '../../assign/context.ts'
import type { ContextArm } from '../../assign/snapshot.ts'
import { addMoments, type ContextBelief, type ContextEpoch, type ContextSums, contextualEffects, type Moments, noMoments, normalCdf } from '../../../stats/index.ts'
import type { AnalysisInput, ArmData, EpochData } from '../analyze/analysis-input.ts'
import { halfLifeAfter } from '../drift/unrest.ts'
import type { MetricPlan } from '../analyze/metric-plan.ts'
import type { FeatureSums } from './arms.ts'
import { contextualOf } from './stage.ts'

/** What is believed of the live arms' rewards by the features, more being better, as plain JSON; `posteriors` by place in `arms`. */
export type ContextualBelief = { arms: number[]; metric: string; posteriors: ContextBelief[] }

const noFeatures: FeatureSums = { gram: null, x: null, y: null }
const zeros = (length: number): number[] => Array.from({ length }, () => 0)

const isPerUnit = ({ kind }: MetricPlan): boolean => kind === 'conversion' || kind === 'total'

/** An arm's sums with a unit's reward as X − R·Y: its distance from what all units together have. Silent units have 0 of both. */
const sumsOf = (arm: ArmData, ordinal: number, plan: MetricPlan, ratio: number, dimensions: number): ContextSums => {
  const { gram, x, y } = arm.features ?? noFeatures
  const triangle = gram ?? zeros((dimensions * (dimensions + 1)) / 2)
  const constant = (i: number): number => triangle[(i * (i + 1)) / 2] ?? 0
  const sign = plan.direction === 'increase' ? 1 : -1
  const { n, sumXX, sumXY, sumYY } = arm.metrics[ordinal] ?? noMoments
  const squares = Math.max(0, sumXX - 2 * ratio * sumXY + ratio ** 2 * sumYY)
  const known = isPerUnit(plan) && n > 0 ? Math.min(1, constant(0) / n) : 1
  return {
    gram: triangle,
    response: zeros(dimensions).map((_, i) => sign * ((x?.[i] ?? 0) - ratio * (isPerUnit(plan) ? constant(i) : (y?.[i] ?? 0)))),
    sumSquares: squares * known,
  }
}

/** An earlier experiment's effects as units of which nothing but the constant is known. */
const priorEpoch = (priors: readonly { n: number; sum: number; sumSquares: number }[], dimensions: number, age: number): ContextEpoch => ({
  age,
  arms: priors.map(({ n, sum, sumSquares }) => ({
    gram: [n, ...zeros((dimensions * (dimensions + 1)) / 2 - 1)], response: [sum, ...zeros(dimensions - 1)], sumSquares,
  })),
})

/** Kept and served with every assignment: digits that mean nothing are left out. */
const rounded = (values: readonly number[]): number[] => values.map((value) => Number(value.toPrecision(7)))

/**
 * @param alarmedAt when drift or a degradation alarmed last: older data counts less from then on
 * @returns null where nothing contextual runs, without a reward, or while values do not vary
 */
export const contextualBelief = (input: AnalysisInput, matured: readonly EpochData[], alarmedAt: number | null = null): ContextualBelief | null => {
  const { experiment, metrics, now } = input
  const stage = contextualOf(experiment)
  const ordinal = metrics.findIndex(({ reward }) => reward)
  const plan = metrics[ordinal]
  const epochs = matured.filter((epoch) => epoch.arms.some(({ units }) => units > 0))
  if (!stage || !plan || epochs.length === 0) return null

  const dimensions = dimensionsOf(stage.context)
  const all = epochs.reduce((sum, { arms }) => arms.reduce((total: Moments, arm) => addMoments(total, arm.metrics[ordinal] ?? noMoments), sum), noMoments)
  const ratio = all.sumY === 0 ? 0 : all.sumX / all.sumY
  const age = (at: Date | null): number => (at === null ? 0 : Math.max(0, now.getTime() - at.getTime()))
  const own = epochs.map(({ arms, endedAt }): ContextEpoch => ({
    age: age(endedAt), arms: arms.map((arm) => sumsOf(arm, ordinal, plan, ratio, dimensions)),
  }))
  const { priors } = experiment.frozen ?? {}
  const counted = priors ? [priorEpoch(priors, dimensions, age(experiment.startedAt)), ...own] : own
  const effects = contextualEffects(counted, dimensions, { halfLife: halfLifeAfter(stage, alarmedAt) })
  if (!effects) return null
  const live = experiment.variants.flatMap(({ status }, arm) => (status === 'live' && effects.arms[arm] ? [arm] : []))
  return {
    arms: live, metric: plan.key,
    posteriors: live.map((arm) => {
      const { mean, root } = effects.arms[arm] as ContextBelief
      return { mean: rounded(mean), root: rounded(root) }
    }),
  }
}

/** The units that stand for all; one of which nothing is known while there are none. */
export const contextsOf = ({ contexts = [] }: Pick<AnalysisInput, 'contexts'>, dimensions: number): readonly (readonly number[])[] =>
  contexts.length > 0 ? contexts : [[1, ...zeros(dimensions - 1)]]

const cells = 64

/** Expected reward of the best arm at a context: ∫ t dΠF(t), over what every arm can be. */
const bestReward = (rewards: readonly { mean: number; sd: number }[]): number => {
  const low = Math.max(...rewards.map(({ mean, sd }) => mean - 6 * sd))
  const high = Math.max(...rewards.map(({ mean, sd }) => mean + 6 * sd))
  const step = (high - low) / cells
  let best = low
  for (let cell = 0; cell < cells; cell++) {
    best += step * (1 - rewards.reduce((all, { mean, sd }) => all * normalCdf((low + (cell + 0.5) * step - mean) / sd), 1))
  }
  return best
}

/**
 * By variant ordinal, over the units that stand for all: how likely a variant is the best for a unit, and what is lost by
 * serving it to everybody instead of the best to each. Null for arms that are not live, and while nothing is known.
 */
export const contextualChances = (input: AnalysisInput, belief: ContextualBelief | null): ({ probability: number; loss: number } | null)[] => {
  if (!belief) return input.experiment.variants.map(() => null)
  const arms = belief.posteriors.map((posterior, place): ContextArm => ({ variant: belief.arms[place] ?? 0, held: false, ...posterior }))
  const contexts = contextsOf(input, arms[0]?.mean.length ?? 1)
  const sums = arms.map(() => ({ probability: 0, loss: 0 }))
  for (const features of contexts) {
    const rewards = arms.map((arm) => rewardAt(arm, features))
    const best = bestReward(rewards)
    chancesAt(arms, features).forEach((chance, place) => {
      const sum = sums[place]
      if (!sum) return
      sum.probability += chance / contexts.length
      sum.loss += Math.max(0, best - (rewards[place]?.mean ?? 0)) / contexts.length
    })
  }
  return input.experiment.variants.map((_, arm) => sums[belief.arms.indexOf(arm)] ?? null)
}
