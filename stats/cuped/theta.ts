import { lostPrecision } from '../moments/precision.ts'
import { linearised } from './linearised.ts'
import {
  type CovariateMoments, addCovariateMoments, covariateOf, isPerUnit, noCovariateMoments, requireCovariateMoments,
} from './moments.ts'

/** Control `a` and variant `b` of one regime, with covariates. */
export type CovariateRegime = { a: CovariateMoments; b: CovariateMoments }

/** Ratios around which both arms are linearised: outcome r, covariate c. */
export type Ratios = { a: { r: number; c: number }; b: { r: number; c: number } }

const per = (numerator: number, denominator: number): number => (denominator === 0 ? 0 : numerator / denominator)

export const ownRatios = (m: CovariateMoments): { r: number; c: number } => ({
  r: per(m.sumX, m.sumY), c: per(m.sumU, m.sumV),
})

/** Rounding has swallowed the covariate's spread: it lies too far from 0. Subtract a constant from it. */
export const covariateLost = (m: CovariateMoments): boolean => lostPrecision(covariateOf(m))

/**
 * θ, the slope of the outcome on its covariate that removes most variance, pooled over both arms inside each regime.
 *
 * - means: cov(X, U)/var(U) of a regime's units, both arms as one sample, sums of deviations added over regimes
 * - ratios: Σcov/Σvar of the linearised ratios over the arms (each arm alike), regimes by their units
 *
 * @returns 0 where there is nothing to adjust by: no spread in the covariate or the outcome, or lost precision
 * @throws {RangeError} naming the sum that cannot be
 *
 * Source: Deng, Xu, Kohavi and Walker (2013), equation (4); for ratios their appendix B, as GrowthBook computes it.
 */
export const pooledTheta = (regimes: readonly CovariateRegime[], ratios?: Ratios): number => {
  for (const [index, { a, b }] of regimes.entries()) {
    requireCovariateMoments(`regimes[${index}].a`, a)
    requireCovariateMoments(`regimes[${index}].b`, b)
  }
  const totals = {
    a: regimes.reduce((sum, { a }) => addCovariateMoments(sum, a), noCovariateMoments),
    b: regimes.reduce((sum, { b }) => addCovariateMoments(sum, b), noCovariateMoments),
  }
  const all = addCovariateMoments(totals.a, totals.b)
  if (all.n < 2 || covariateLost(all)) return 0
  const ratio = isPerUnit(all)
  const at = ratios ?? { a: ownRatios(totals.a), b: ownRatios(totals.b) }
  let [covariance, variance, outcome] = [0, 0, 0]
  for (const { a, b } of regimes) {
    if (ratio) {
      const { devZZ, devZW, devWW } = linearised(addCovariateMoments(a, b), 0, 0)
      covariance += devZW
      variance += devWW
      outcome += devZZ
      continue
    }
    for (const [m, { r, c }, total] of [[a, at.a, totals.a], [b, at.b, totals.b]] as const) {
      if (m.n < 2 || total.sumY === 0 || total.sumV === 0) continue
      const [meanY, meanV] = [total.sumY / total.n, total.sumV / total.n]
      const { devZZ, devZW, devWW } = linearised(m, r, c)
      const weight = (a.n + b.n) / (m.n - 1)
      covariance += (weight * devZW) / (meanY * meanV)
      variance += (weight * devWW) / meanV ** 2
      outcome += (weight * devZZ) / meanY ** 2
    }
  }
  return variance > 0 && outcome > 0 ? covariance / variance : 0
}

/** Slope and reference point of the adaptive form, to be frozen with the next epoch. */
export type FrozenCovariate = { theta: number; reference: number }

/** Below so many past units θ is mostly noise, and 0 costs nothing. */
const LEAST_UNITS = 100

/**
 * θ and x for `adjustNumerators`, from epochs strictly before the one they are used in: θ is the slope of X − rY on
 * U − xV inside the arms, x the covariate's mean over all arms.
 *
 * @param arms past moments of each arm, all epochs added up; X stored around the same centre as later
 * @returns θ 0 below 100 units, without spread, or when precision is lost; x 0 without units
 */
export const freezeCovariate = (arms: readonly CovariateMoments[]): FrozenCovariate => {
  for (const [index, m] of arms.entries()) requireCovariateMoments(`arms[${index}]`, m)
  const all = arms.reduce(addCovariateMoments, noCovariateMoments)
  const reference = ownRatios(all).c
  if (all.n < LEAST_UNITS || covariateLost(all)) return { theta: 0, reference }
  let [covariance, variance] = [0, 0]
  for (const m of arms) {
    const { devZW, devWW } = linearised(m, ownRatios(m).r, reference)
    covariance += devZW
    variance += devWW
  }
  return { theta: variance > 0 ? covariance / variance : 0, reference }
}
