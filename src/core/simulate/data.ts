import { addMoments, momentsOf, noMoments, type Moments } from '../../../stats/index.ts'
import type { Random } from '../../../stats/random.ts'
import type { ArmData, EpochData } from '../analyze/analysis-input.ts'
import type { Late } from './late.ts'
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

const addUnit = (sums: Moments, x: number, y: number): void => {
  sums.n += 1
  sums.sumX += x
  sums.sumY += y
  sums.sumXX += x * x
  sums.sumXY += x * y
  sums.sumYY += y * y
}

/** Where outcomes go that come later than their units. */
export type Delays = {
  /** Mean delays by metric, in looks; 0 at once. */
  means: readonly number[]
  /** Looks after which they count no more. */
  most: number
  /** Is a silent unit counted as 0? By metric. */
  perUnit: readonly boolean[]
  send(looks: number, late: Late): void
}

/** Let `units` new units come: each is drawn an arm, and reports every metric, sooner or later. */
export const arrive = (epoch: EpochData, units: number, worlds: readonly DrawUnit[], level: number, random: Random, delays: Delays): EpochData => {
  const fresh = epoch.weights.map(() => worlds.map((): Moments => ({ ...noMoments })))
  const counts = epoch.weights.map(() => 0)
  for (let unit = 0; unit < units; unit++) {
    const arm = drawArm(random, epoch.weights)
    counts[arm] = (counts[arm] ?? 0) + 1
    for (let metric = 0; metric < worlds.length; metric++) {
      const [x, y] = worlds[metric]!(random, arm, level)
      const sums = fresh[arm]![metric]!
      const mean = delays.means[metric] ?? 0
      const delay = mean > 0 ? mean * random.exponential() : 0
      if (delay < 1) {
        addUnit(sums, x, y)
        continue
      }
      const silent = delays.perUnit[metric] === true
      if (silent) addUnit(sums, 0, y)
      if (delay > delays.most) continue
      const moments = silent ? { ...noMoments, sumX: x, sumXX: x * x, sumXY: x * y } : momentsOf([[x, y]])
      delays.send(Math.floor(delay), { epoch: epoch.epoch, arm, metric, moments })
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
