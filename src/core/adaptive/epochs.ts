import {
  type AdaptiveEpoch, type EffectEpoch, type FrozenMean, addMoments, countsOf, frozenMeanOf, linearisedMoments, noCounts, noMoments,
  pooledVariance, withSilent,
} from '../../../stats/index.ts'
import type { EpochData } from '../analyze/analysis-input.ts'

/** What is assumed of an arm while nothing is known: any value is valid, a good one makes estimates precise. */
const nothingKnown: Required<FrozenMean> = { x: 0, y: 1 }

const read = new WeakMap<readonly EpochData[], Map<number, AdaptiveEpoch[]>>()

/**
 * Epochs of moving weights as the estimators of adaptive allocation take them, for one metric: propensities and frozen
 * means from the epochs' own rows, every exposed unit counted. Those to which nobody came are left out. Each list of
 * epochs is read once.
 */
export const adaptiveEpochs = (epochs: readonly EpochData[], metric: number): AdaptiveEpoch[] => {
  const known = read.get(epochs)
  const before = known?.get(metric)
  if (before) return before
  const adaptive = epochs
    .filter(({ arms }) => arms.some(({ units }) => units > 0))
    .map(({ weights, arms, frozen }): AdaptiveEpoch => ({
      arms: arms.map(({ units, metrics, weighted }, arm) => ({
        propensity: weights[arm] ?? 0,
        frozenMean: frozen?.means?.[metric]?.[arm] ?? nothingKnown,
        moments: withSilent(metrics[metric] ?? noMoments, units),
        ...(weighted?.[metric] && { weighted: weighted[metric] }),
      })),
    }))
  if (known) known.set(metric, adaptive)
  else read.set(epochs, new Map([[metric, adaptive]]))
  return adaptive
}

/**
 * What the next epoch takes from the past: each arm's mean of X and Y of an exposed unit, by metric, over epochs that
 * have matured (of others the sums are still growing).
 */
export const frozenMeansOf = (matured: readonly EpochData[], metrics: number, arms: number): Required<FrozenMean>[][] =>
  Array.from({ length: metrics }, (_, metric) =>
    Array.from({ length: arms }, (_, arm) =>
      frozenMeanOf(
        matured.reduce(
          (sum, epoch) => addMoments(sum, withSilent(epoch.arms[arm]?.metrics[metric] ?? noMoments, epoch.arms[arm]?.units ?? 0)),
          noMoments,
        ),
        nothingKnown,
      ),
    ),
  )

/**
 * One metric as values of units, more being better: a ratio becomes Z = (X − R·Y)/Ȳ with the same R and Ȳ for all arms.
 *
 * @param ages of the epochs, in any unit
 */
export const effectEpochs = (
  epochs: readonly EpochData[], metric: number, ages: readonly number[], direction: 'increase' | 'decrease' = 'increase',
): EffectEpoch[] => {
  const cell = (epoch: EpochData, arm: number) => epoch.arms[arm]?.metrics[metric] ?? noMoments
  const all = epochs.reduce((sum, epoch) => epoch.arms.reduce((total, _, arm) => addMoments(total, cell(epoch, arm)), sum), noMoments)
  const perUnit = all.sumY === all.n
  const [ratio, denominator] = [all.sumY === 0 ? 0 : all.sumX / all.sumY, all.n === 0 ? 0 : all.sumY / all.n]
  return epochs.map((epoch, index) => ({
    age: ages[index] ?? 0,
    arms: epoch.arms.map((_, arm) => {
      const own = cell(epoch, arm)
      if (own.n === 0) return noCounts
      return countsOf(perUnit ? own : linearisedMoments(own, ratio, denominator), direction)
    }),
  }))
}

/** Variance of one unit within arms and epochs, silent units included; null while there is none. */
export const unitVariance = (epochs: readonly EpochData[], metric: number): number | null => {
  const whole = epochs.map((epoch) => ({
    ...epoch,
    arms: epoch.arms.map((arm) => ({ ...arm, metrics: arm.metrics.map((one, at) => (at === metric ? withSilent(one, arm.units) : one)) })),
  }))
  return pooledVariance(effectEpochs(whole, metric, []))
}
