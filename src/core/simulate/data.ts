import { addMoments, noMoments, type Moments } from '../../../stats/index.ts'
import type { Random } from '../../../stats/random.ts'
import type { ArmData, EpochData } from '../analysis-input.ts'
import type { DrawUnit } from './world.ts'

const noArm = (metrics: number): ArmData => ({ units: 0, reporting: 0, outcomes: 0, metrics: Array.from({ length: metrics }, () => noMoments) })

/** An epoch in which nobody has come yet. */
export const emptyEpoch = (epoch: number, coverage: number, weights: number[], metrics: number, startedAt: Date): EpochData => ({
  epoch, coverage, weights, startedAt, endedAt: null, sealed: false,
  arms: weights.map(() => noArm(metrics)), late: 0, crossed: 0, rebuilt: 0,
})

const drawArm = (random: Random, weights: readonly number[]): number => {
  let rest = random.uniform()
  let last = 0
  for (let arm = 0; arm < weights.length; arm++) {
    const weight = weights[arm] ?? 0
    if (weight === 0) continue
    last = arm
    if (rest < weight) return arm
    rest -= weight
  }
  return last
}

/** Let `units` new units come: each is drawn an arm, and reports every metric. */
export const arrive = (epoch: EpochData, units: number, worlds: readonly DrawUnit[], level: number, random: Random): EpochData => {
  const fresh = epoch.weights.map(() => worlds.map((): Moments => ({ ...noMoments })))
  const counts = epoch.weights.map(() => 0)
  for (let unit = 0; unit < units; unit++) {
    const arm = drawArm(random, epoch.weights)
    counts[arm] = (counts[arm] ?? 0) + 1
    for (let metric = 0; metric < worlds.length; metric++) {
      const [x, y] = worlds[metric]!(random, arm, level)
      const sums = fresh[arm]![metric]!
      sums.n += 1
      sums.sumX += x
      sums.sumY += y
      sums.sumXX += x * x
      sums.sumXY += x * y
      sums.sumYY += y * y
    }
  }
  const arms = epoch.arms.map((before, arm): ArmData => {
    const came = counts[arm] ?? 0
    return {
      units: before.units + came,
      reporting: before.reporting + came,
      outcomes: before.outcomes + came,
      metrics: before.metrics.map((sums, metric) => addMoments(sums, fresh[arm]![metric]!)),
    }
  })
  return { ...epoch, arms }
}

/** Epochs of one scope with the same weights, as one: under fixed weights they are one stratum anyway. */
export const mergeEpochs = (into: EpochData, next: EpochData): EpochData => ({
  ...into,
  endedAt: next.endedAt,
  arms: into.arms.map((arm, ordinal): ArmData => {
    const other = next.arms[ordinal] ?? noArm(arm.metrics.length)
    return {
      units: arm.units + other.units,
      reporting: arm.reporting + other.reporting,
      outcomes: arm.outcomes + other.outcomes,
      metrics: arm.metrics.map((sums, metric) => addMoments(sums, other.metrics[metric] ?? noMoments)),
    }
  }),
})
