import { requireFinite } from '../check.ts'
import { type Moments, noMoments, requireMoments } from '../moments/moments.ts'

/**
 * Raw sums over the units of one arm, with a covariate known before assignment: X outcome numerator, Y outcome
 * denominator (1 for per-unit metrics), U covariate numerator, V covariate denominator (1 where the covariate is one
 * number per unit, the usual case; else the unit's pre-period denominator). Plain JSON, merged by addition.
 *
 * All sums run over the same units. For ratios these are all that were exposed, silent ones with X = Y = 0: who reports
 * may depend on the treatment, and the covariate's mean over reporters alone would then differ between the arms for a
 * reason, which adjusting would carry into the result.
 */
export type CovariateMoments = Moments & {
  sumU: number; sumV: number; sumUU: number; sumUV: number; sumVV: number
  sumXU: number; sumXV: number; sumYU: number; sumYV: number
}

const covariateSums = [
  'sumU', 'sumV', 'sumUU', 'sumUV', 'sumVV', 'sumXU', 'sumXV', 'sumYU', 'sumYV',
] as const

export const noCovariateMoments: CovariateMoments = {
  ...noMoments, sumU: 0, sumV: 0, sumUU: 0, sumUV: 0, sumVV: 0, sumXU: 0, sumXV: 0, sumYU: 0, sumYV: 0,
}

/** Sums of two disjoint sets of units. */
export const addCovariateMoments = (a: CovariateMoments, b: CovariateMoments): CovariateMoments => {
  const sum = { ...a }
  for (const key of ['n', 'sumX', 'sumY', 'sumXX', 'sumXY', 'sumYY', ...covariateSums] as const) sum[key] += b[key]
  return sum
}

/**
 * Moments with a covariate that is one number per unit (V = 1): all that a roll-up has to keep beside the ordinary
 * moments are ΣU, ΣU², ΣXU and ΣYU. For per-unit metrics ΣYU is ΣU.
 */
export const withCovariate = (
  m: Moments, sums: { sumU: number; sumUU: number; sumXU: number; sumYU: number },
): CovariateMoments => ({ ...m, ...sums, sumV: m.n, sumUV: sums.sumU, sumVV: m.n, sumXV: m.sumX, sumYV: m.sumY })

/**
 * Units whose covariate is missing. Hand them in as a regime of their own, beside the regime of those that have one: it
 * equals a covariate of 0 together with an indicator of missingness, and whether a covariate is there was settled
 * before assignment.
 */
export const withoutCovariate = (m: Moments): CovariateMoments =>
  withCovariate(m, { sumU: 0, sumUU: 0, sumXU: 0, sumYU: 0 })

/** One unit: outcome x over y, covariate u over v. `y` and `v` are 1 unless told. */
export type CovariateUnit = { x: number; y?: number; u: number; v?: number }

/** Moments of single units, the outcome stored around `center` (x − center·y). */
export const covariateMomentsOf = (units: Iterable<CovariateUnit>, center = 0): CovariateMoments => {
  const sums = { ...noCovariateMoments }
  for (const { x: raw, y = 1, u, v = 1 } of units) {
    const x = raw - center * y
    sums.n += 1
    sums.sumX += x
    sums.sumY += y
    sums.sumXX += x * x
    sums.sumXY += x * y
    sums.sumYY += y * y
    sums.sumU += u
    sums.sumV += v
    sums.sumUU += u * u
    sums.sumUV += u * v
    sums.sumVV += v * v
    sums.sumXU += x * u
    sums.sumXV += x * v
    sums.sumYU += y * u
    sums.sumYV += y * v
  }
  return sums
}

/** The covariate's own moments, U over V. */
export const covariateOf = (m: CovariateMoments): Moments => ({
  n: m.n, sumX: m.sumU, sumY: m.sumV, sumXX: m.sumUU, sumXY: m.sumUV, sumYY: m.sumVV,
})

/** Every unit has Y = V = 1: a mean with one covariate per unit. */
export const isPerUnit = (m: CovariateMoments): boolean =>
  m.sumY === m.n && m.sumYY === m.n && m.sumV === m.n && m.sumVV === m.n

/**
 * The moments of X − θ(U − xV) in place of X: CUPED for adaptive allocation, where the AIPW sums of an epoch take
 * these as they take ordinary ones. Since U was known before assignment, the change moves every arm's mean alike and
 * any θ and x are allowed, as long as both were frozen before the epoch began (`freezeCovariate`). For ratios the
 * numerator is adjusted; a frozen x off the true mean by δ then shifts the difference by θδ(1/Ȳ_a − 1/Ȳ_b), nothing
 * where both arms have the same denominator.
 *
 * @param theta     slope on the scale of the numerator
 * @param reference x, the covariate's mean as it was known before
 * @throws {RangeError} when a sum, theta or reference is not finite
 *
 * Source: Deng, Xu, Kohavi and Walker (2013), "Improving the sensitivity of online controlled experiments by utilizing
 * pre-experiment data", section 3.
 */
export const adjustNumerators = (m: CovariateMoments, theta: number, reference: number): Moments => {
  requireCovariateMoments('moments', m)
  requireFinite('theta', theta)
  requireFinite('reference', reference)
  const around = {
    sum: m.sumU - reference * m.sumV,
    withX: m.sumXU - reference * m.sumXV,
    withY: m.sumYU - reference * m.sumYV,
    square: m.sumUU - 2 * reference * m.sumUV + reference ** 2 * m.sumVV,
  }
  return {
    n: m.n,
    sumX: m.sumX - theta * around.sum,
    sumY: m.sumY,
    sumXX: Math.max(0, m.sumXX - 2 * theta * around.withX + theta ** 2 * around.square),
    sumXY: m.sumXY - theta * around.withY,
    sumYY: m.sumYY,
  }
}

/** @throws {RangeError} naming the first part that cannot be */
export const requireCovariateMoments = (name: string, m: CovariateMoments): void => {
  requireMoments(name, m)
  for (const key of covariateSums) requireFinite(`${name}.${key}`, m[key])
  for (const key of ['sumUU', 'sumVV'] as const) {
    if (m[key] < 0) throw new RangeError(`${name}.${key} must not be negative, got ${m[key]}`)
  }
}
