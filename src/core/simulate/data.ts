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

/** Of units that come: is it silent for good, by arm; and after how many looks a report comes too late to be one. */
export type Reports = { silence(arm: number): number; within: number }

const everybody: Reports = { silence: () => 0, within: Infinity }

/** The same arms with what others counted beside them. */
export const addArms = (arms: readonly ArmData[], more: readonly ArmData[]): ArmData[] =>
  arms.map((arm, ordinal): ArmData => {
    const other = more[ordinal] ?? noArm(arm.metrics.length)
    return {
      units: arm.units + other.units,
      reporting: arm.reporting + other.reporting,
      timely: (arm.timely ?? arm.reporting) + (other.timely ?? other.reporting),
      outcomes: arm.outcomes + other.outcomes,
      metrics: arm.metrics.map((sums, metric) => addMoments(sums, other.metrics[metric] ?? noMoments)),
    }
  })

/** Let `units` new units come: each is drawn an arm, and reports every metric, sooner or later. */
export const arrive = (
  epoch: EpochData, units: number, worlds: readonly DrawUnit[], level: number, random: Random, delays: Delays, reports: Reports = everybody,
): EpochData => ({ ...epoch, arms: addArms(epoch.arms, come(epoch, units, worlds, level, random, delays, reports)) })

/** What units that come now add to an epoch's arms, all but what is sent for later. */
export const come = (
  epoch: EpochData, units: number, worlds: readonly DrawUnit[], level: number, random: Random, delays: Delays, { silence, within }: Reports,
): ArmData[] => {
  const fresh = epoch.weights.map(() => worlds.map((): Moments => ({ ...noMoments })))
  const counts = epoch.weights.map(() => ({ units: 0, reporting: 0, timely: 0 }))
  for (let unit = 0; unit < units; unit++) {
    const arm = drawArm(random, epoch.weights)
    const own = counts[arm]!
    own.units += 1
    const share = silence(arm)
    if (share > 0 && random.uniform() < share) {
      fresh[arm]!.forEach((sums, metric) => delays.perUnit[metric] && addUnit(sums, 0, 1))
      continue
    }
    own.reporting += 1
    let soonest = Infinity
    for (let metric = 0; metric < worlds.length; metric++) {
      const [x, y] = worlds[metric]!(random, arm, level)
      const sums = fresh[arm]![metric]!
      const mean = delays.means[metric] ?? 0
      const delay = mean > 0 ? mean * random.exponential() : 0
      soonest = Math.min(soonest, delay)
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
    if (worlds.length === 0 || soonest <= within) own.timely += 1
  }
  return counts.map((own, arm): ArmData => ({ ...own, outcomes: own.reporting, metrics: fresh[arm]! }))
}

/** Epochs of one scope with the same weights, as one: under fixed weights they are one stratum anyway. */
export const mergeEpochs = (into: EpochData, next: EpochData): EpochData => ({
  ...into,
  endedAt: next.endedAt,
  arms: addArms(into.arms, next.arms),
})
