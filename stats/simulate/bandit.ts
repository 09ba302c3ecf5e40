import { type AdaptiveEpoch, type FrozenMean, frozenMeanOf } from '../adaptive/index.ts'
import { probabilityBest } from '../bayes/index.ts'
import {
  type AllocateOptions, type BanditMemory, type EffectEpoch, addCounts, allocate, countsOf, drawArm, effectPosterior,
  jointBest, linearisedMoments, noCounts, pooledPosterior, pooledVariance,
} from '../bandit/index.ts'
import { requireCount } from '../check.ts'
import { type Moments, addMoments, momentsOf, noMoments } from '../moments/moments.ts'
import { type Random, seededRandom } from '../random.ts'
import { type Drift, noDrift } from './drift.ts'
import type { Outcomes, SimulatedUnit } from './outcomes.ts'

export type BanditRun = Partial<AllocateOptions> & {
  /** One an arm. */
  arms: readonly Outcomes[]
  batches: number
  /** Units a batch; each batch is an epoch. */
  batchSize: number
  seed: number | bigint
  /** What the baseline of all arms adds; none unless told. */
  drift?: Drift
  /** Which way is better. */
  direction?: 'increase' | 'decrease'
  /** `epochs`: with a level an epoch (the default); `pooled`: Beta posteriors of all units together, as many do it. */
  posterior?: 'epochs' | 'pooled'
  memory?: BanditMemory
  /** Frozen mean of the first epoch. */
  prior?: FrozenMean
}

/**
 * A bandit refreshed batch by batch, from one seed: weights from the chances to be best, units drawn with them,
 * everything frozen at a batch's beginning told with it. The records go into `pairEpochs` as they are.
 *
 * @returns one epoch a batch, with propensities, frozen means and moments an arm
 * @throws {RangeError} naming the argument outside its domain
 */
export const simulateBandit = (run: BanditRun): AdaptiveEpoch[] => {
  const { arms, batches, batchSize, drift = noDrift, prior = { x: 0 } } = run
  requireCount('batches', batches, 1)
  requireCount('batchSize', batchSize, 1)
  const random = seededRandom(run.seed)
  const epochs: AdaptiveEpoch[] = []
  let earlier: Moments[] = arms.map(() => noMoments)
  let weights: number[] = arms.map(() => 1 / arms.length)
  for (let batch = 0; batch < batches; batch++) {
    if (batch > 0) weights = nextWeights(run, epochs, earlier, weights)
    const moments = drawBatch(arms, weights, batchSize, (unit) => drift((batch + unit / batchSize) / batches), random)
    epochs.push({
      arms: arms.map((_, arm) => ({
        propensity: weights[arm] ?? 0,
        frozenMean: frozenMeanOf(earlier[arm] ?? noMoments, prior),
        moments: moments[arm] ?? noMoments,
      })),
    })
    earlier = earlier.map((sum, arm) => addMoments(sum, moments[arm] ?? noMoments))
  }
  return epochs
}

const drawBatch = (
  arms: readonly Outcomes[], weights: readonly number[], size: number, level: (unit: number) => number, random: Random,
): Moments[] => {
  const drawn: SimulatedUnit[][] = arms.map(() => [])
  for (let unit = 0; unit < size; unit++) {
    const arm = drawArm(weights, random)
    const outcomes = arms[arm]
    if (outcomes) drawn[arm]?.push(outcomes(random, level(unit)))
  }
  return drawn.map((units) => momentsOf(units))
}

const nextWeights = (
  run: BanditRun, epochs: readonly AdaptiveEpoch[], totals: readonly Moments[], current: readonly number[],
): number[] => {
  const { direction = 'increase', posterior = 'epochs', memory = {}, algorithm = 'thompson' } = run
  const counted = perUnit(epochs, totals).map(
    (arms, index): EffectEpoch => ({ age: epochs.length - 1 - index, arms: arms.map((m) => countsOf(m, direction)) }),
  )
  const best = posterior === 'pooled' ? pooledChances(counted) : effectChances(counted, memory)
  return allocate(best, current, { ...run, algorithm }) ?? [...current]
}

/** Ratios as per-unit metrics around the pooled ratio; per-unit metrics as they are. */
const perUnit = (epochs: readonly AdaptiveEpoch[], totals: readonly Moments[]): Moments[][] => {
  const all = totals.reduce(addMoments, noMoments)
  if (all.sumY === all.n || all.sumY === 0) return epochs.map(({ arms }) => arms.map(({ moments }) => moments))
  const [ratio, denominator] = [all.sumX / all.sumY, all.sumY / all.n]
  return epochs.map(({ arms }) =>
    arms.map(({ moments }) => linearisedMoments(moments, ratio, denominator) ?? noMoments),
  )
}

const effectChances = (epochs: readonly EffectEpoch[], memory: BanditMemory): number[] => {
  const variance = pooledVariance(epochs)
  const arms = epochs[0]?.arms ?? []
  if (variance === null) return arms.map(() => 1 / arms.length)
  return jointBest(effectPosterior(epochs, variance, memory)).probability
}

const pooledChances = (epochs: readonly EffectEpoch[]): number[] => {
  const totals = (epochs[0]?.arms ?? []).map((_, arm) =>
    epochs.reduce((sum, epoch) => addCounts(sum, epoch.arms[arm] ?? noCounts), noCounts),
  )
  return probabilityBest(totals.map((counts) => pooledPosterior(counts, 'share'))).probability
}
