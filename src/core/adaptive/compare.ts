import {
  type Compared, type CompareOptions, compareEpochs, type Level, pairEpochs, pairEstimate, planVariance, twoSided,
} from '../../../stats/index.ts'
import type { AnalysisInput, EpochData } from '../analyze/analysis-input.ts'
import { armMoments, armUnits } from '../analyze/regimes.ts'
import { adjustedEpochs } from './covariates.ts'
import { adaptiveEpochs } from './epochs.ts'
import { onVarianceClock, tuningOf, tuningUnits } from './tuning.ts'

/** How the comparisons of one metric are made where weights move. */
export type Adaptive = {
  /** A level on the clock of the sequence, which is the accumulated variance. */
  clock(level: Level): Level
  /**
   * Variant b against arm a; what may be decided waits until the tuning is frozen. Adjusted by a covariate where epochs
   * froze how; the relative difference is not, since a control that is adjusted is no divisor.
   */
  compare(a: number, b: number, options: CompareOptions): ComparedAdaptive
}

export type ComparedAdaptive = Compared & { adjusted?: { theta: number; reduction: number | null } }

/**
 * Doubly robust scores with a common weight over epochs, so that neither moving weights nor a moving baseline makes a
 * difference that is not there.
 */
export const adaptively = (input: AnalysisInput, matured: readonly EpochData[], metric: number): Adaptive => {
  const { variance, frozen } = tuningOf(input, matured, metric)
  return {
    clock: (level) => onVarianceClock(level, variance),
    compare: (a, b, options) => {
      const plain = compareEpochs(pairEpochs(adaptiveEpochs(matured, metric), a, b), options)
      const adjusted = adjustedEpochs(matured, metric)
      const compared = adjusted ? adjust(plain, compareEpochs(pairEpochs(adjusted.epochs, a, b), options), adjusted.theta) : plain
      if (frozen || compared.missing.length > 0) return compared
      const current = Math.min(armUnits(matured, a), armUnits(matured, b))
      return { ...compared, missing: [{ arm: current === armUnits(matured, a) ? 'a' : 'b', what: 'units', current, needed: tuningUnits }] }
    },
  }
}

const adjust = (plain: Compared, { n, difference, pValue }: Compared, theta: number): ComparedAdaptive => {
  if (plain.difference.se === null || difference.se === null) return plain
  return { ...plain, n, difference, pValue, adjusted: { theta, reduction: 1 - (difference.se / plain.difference.se) ** 2 } }
}

/** The plain estimate of b − a; null while there is none. */
export const estimateAdaptive = (
  epochs: readonly EpochData[], a: number, b: number, metric: number, center: number,
): number | null => {
  const pair = pairEstimate(pairEpochs(adaptiveEpochs(epochs, metric), a, b), center)
  return pair && pair.b - pair.a
}

/**
 * One arm's own mean with its two-sided interval: every unit of the time in which it had a part weighs the same, so that
 * arms are shown at the same mixture of times, whenever they got their units.
 *
 * @param level with ρ counting units of a pair
 */
export const armAdaptive = (
  input: AnalysisInput, arm: number, other: number, metric: number, center: number, level: Level,
): { estimate: number | null; lower: number; upper: number; n: number } => {
  const { epochs } = input
  const { n } = armMoments(epochs, arm, metric)
  const evenly = adaptiveEpochs(epochs, metric).map((epoch) => ({ ...epoch, weight: 1 }))
  const pair = pairEstimate(pairEpochs(evenly, other, arm), center)
  const unbounded = { estimate: pair?.b ?? null, lower: -Infinity, upper: Infinity, n }
  if (!pair || n < 2 || !(pair.varianceB > 0)) return unbounded
  const { variance } = tuningOf(input, epochs, metric)
  const arms = input.experiment.variants.length
  const own = { ...level, rho: level.rho / Math.sqrt(planVariance(1, variance, arms ** 2 / 2)) }
  return { ...twoSided({ estimate: pair.b, se: Math.sqrt(pair.varianceB) / pair.weight, n: pair.varianceB }, own), n }
}
