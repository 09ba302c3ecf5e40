import { requireFinite, requireNonNegative } from '../check.ts'
import { underNormalPrior } from '../delta/normal-prior.ts'
import type { Estimated } from '../delta/ratio.ts'
import { normalCdf, normalDensity } from '../special/index.ts'
import { credibleInterval } from './interval.ts'
import type { Best } from './probability-best.ts'

/** φ(z) − z P(Z > z) for z ≥ 30: an asymptotic series, as the difference has cancelled by then. */
const farExcess = (z: number): number => {
  const square = z * z
  return (normalDensity(z) / square) * (1 - (3 / square) * (1 - (5 / square) * (1 - 7 / square)))
}

/**
 * E[max(X, 0)] of a normal X: what is expected to be lost by going without X.
 *
 * @param mean any finite number
 * @param sd   at least 0; 0 gives max(mean, 0)
 * @returns mean Φ(mean/sd) + sd φ(mean/sd), never negative, small values included
 * @throws {RangeError} outside these domains
 */
export const expectedGain = (mean: number, sd: number): number => {
  requireFinite('mean', mean)
  requireNonNegative('sd', sd)
  if (sd === 0) return Math.max(0, mean)
  const z = mean / sd
  if (z < -30) return sd * (z > -Infinity ? farExcess(-z) : 0)
  return z > 30 ? mean : Math.max(0, mean * normalCdf(z) + sd * normalDensity(z))
}

/** What is believed about an effect, and what each choice is expected to cost, in units of the effect. */
export type EffectBelief = {
  mean: number
  sd: number
  lower: number
  upper: number
  /** chance that the treatment is better */
  chanceToWin: number
  /** expected loss of the choice against having chosen the better one */
  risk: { keepControl: number; shipTreatment: number }
}

/**
 * Normal belief about an effect (a difference, or a relative lift from `relativeLift`), with or without a normal prior.
 * Chance and risk are read at one planned moment; under peeking they are not error rates.
 *
 * @param effect treatment against control, with the variance of its estimator
 * @param prior  mean and variance of what such effects are; null for none
 * @param best   whether more of the metric is better, or less
 * @param level  of the credible interval, in (0, 1)
 * @throws {RangeError} when a number is outside its range
 *
 * Source: GrowthBook's statistics (2024), "Bayesian engine"; Stucchio (2015) for the risk.
 */
export const effectBelief = (
  effect: Estimated,
  prior: Estimated | null = null,
  best: Best = 'highest',
  level = 0.95,
): EffectBelief => {
  requireFinite('estimate', effect.estimate)
  requireNonNegative('variance', effect.variance)
  const { estimate: mean, variance } = prior ? underNormalPrior(effect, prior) : effect
  const sd = Math.sqrt(variance)
  const sign = best === 'highest' ? 1 : -1
  return {
    mean,
    sd,
    ...credibleInterval({ family: 'normal', mean, sd }, level),
    chanceToWin: sd > 0 ? normalCdf((sign * mean) / sd) : 0.5 + 0.5 * Math.sign(sign * mean),
    risk: { keepControl: expectedGain(sign * mean, sd), shipTreatment: expectedGain(-sign * mean, sd) },
  }
}
