import {
  addCounts, effectPosterior, type JointPosterior, jointBest, noCounts, pooledPosterior, pooledVariance, type Posterior, probabilityBest,
  type PseudoCounts,
} from '../../../stats/index.ts'
import type { AnalysisInput, EpochData } from '../analyze/analysis-input.ts'
import { banditOf } from '../define/bandit-stage.ts'
import { halfLifeAfter } from '../drift/unrest.ts'
import { isDrawn } from '../analyze/weights.ts'
import { effectEpochs } from './epochs.ts'

/**
 * What is believed of the live arms, as plain JSON from which their chances follow: the arms' own posteriors while there
 * is one epoch, else a joint one of their effects beside a level of each epoch, more being better.
 */
export type Belief = { arms: number[]; metric: string } & (
  | { kind: 'pooled'; posteriors: Posterior[]; best: 'highest' | 'lowest' }
  | ({ kind: 'epochs'; variance: number } & JointPosterior)
)

/** Chances to be the best and expected losses by place in `arms`; `error` is the largest standard error of a chance. */
export type Chances = { probability: number[]; expectedLoss: number[]; error: number }

/**
 * @param alarmedAt when drift or a degradation alarmed last: older data counts less from then on
 * @returns null without a decision metric, or while values do not vary
 */
export const beliefOf = (input: AnalysisInput, matured: readonly EpochData[], alarmedAt: number | null = null): Belief | null => {
  const { experiment, metrics, now } = input
  const halfLife = halfLifeAfter(banditOf(experiment) ?? { halfLife: null }, alarmedAt)
  const key = experiment.definition.metrics.find(({ role }) => role === 'decision')?.metric
  const ordinal = metrics.findIndex((plan) => plan.key === key)
  const plan = metrics[ordinal]
  const arms = experiment.variants.flatMap((variant, arm) => (isDrawn(variant) ? [arm] : []))
  const epochs = matured.filter((epoch) => epoch.arms.some(({ units }) => units > 0))
  if (!plan || key === undefined || epochs.length === 0 || arms.length === 0) return null

  const ages = epochs.map(({ endedAt }) => (endedAt === null ? 0 : Math.max(0, now.getTime() - endedAt.getTime())))
  const own = effectEpochs(epochs, ordinal, ages, plan.direction)
  const variance = pooledVariance(own)
  if (variance === null) return null
  const { priors } = experiment.frozen ?? {}
  const oldest = now.getTime() - (experiment.startedAt?.getTime() ?? now.getTime())
  const counted = priors ? [{ age: Math.max(0, oldest), arms: priors }, ...own] : own
  const base = { arms, metric: key }
  const [only] = counted
  if (counted.length === 1 && only) {
    const share = plan.kind === 'conversion'
    const counts = share ? (effectEpochs(epochs, ordinal, ages)[0]?.arms ?? []) : only.arms
    const all = counts.reduce(addCounts, noCounts)
    const prior = { mean: all.sum / all.n, sd: Math.sqrt(variance) }
    const posteriorOf = (own: PseudoCounts): Posterior => pooledPosterior(own, share ? 'share' : 'mean', prior)
    const best = share && plan.direction === 'decrease' ? 'lowest' : 'highest'
    return { ...base, kind: 'pooled', best, posteriors: arms.map((arm) => posteriorOf(counts[arm] ?? noCounts)) }
  }
  const joint = effectPosterior(counted, variance, { halfLife })
  return {
    ...base, kind: 'epochs', variance,
    mean: arms.map((arm) => joint.mean[arm] ?? 0),
    covariance: arms.map((arm) => arms.map((other) => joint.covariance[arm]?.[other] ?? 0)),
  }
}

/** The chances that follow from a belief: the same digits every time. */
export const chancesOf = (belief: Belief): Chances =>
  belief.kind === 'pooled' ? { ...probabilityBest(belief.posteriors, belief.best), error: 0 } : jointBest(belief)

/** By variant ordinal; null for arms that are not live, and while nothing is known. */
export const chancesByArm = (belief: Belief | null, arms: number): ({ probability: number; loss: number } | null)[] => {
  const chances = belief && chancesOf(belief)
  return Array.from({ length: arms }, (_, arm) => {
    const place = belief?.arms.indexOf(arm) ?? -1
    return chances && place >= 0 ? { probability: chances.probability[place] ?? 0, loss: chances.expectedLoss[place] ?? 0 } : null
  })
}

/** Standard deviations below which a difference comes nowhere near any level of a loser's test. */
const farFromCertain = 2

/**
 * Is an arm so far behind another that testing it is worth its while? Of many arms over many epochs most pairs are not.
 * To test fewer pairs is to stop fewer arms wrongly.
 */
export const mayBeWorse = (belief: Belief | null, arm: number, other: number): boolean => {
  if (belief?.kind !== 'epochs') return belief !== null
  const [one, two] = [belief.arms.indexOf(arm), belief.arms.indexOf(other)]
  const at = (row: number, column: number): number => belief.covariance[row]?.[column] ?? 0
  const variance = at(one, one) + at(two, two) - 2 * at(one, two)
  return (belief.mean[two] ?? 0) - (belief.mean[one] ?? 0) > farFromCertain * Math.sqrt(Math.max(0, variance))
}
