import { requireFinite } from '../check.ts'
import type { Estimated } from '../delta/ratio.ts'
import { type Stratified, type Warning, stratifiedContrast, stratify } from '../sequential/stratified.ts'
import { linearised } from './linearised.ts'
import { type CovariateMoments, isPerUnit } from './moments.ts'
import { type CovariateRegime, covariateLost, pooledTheta } from './theta.ts'

/**
 * Beside the warnings of a stratified comparison:
 * - `covariate_idle`: nothing was adjusted, the covariate has no spread or lost its precision
 * - `covariate_differs`: the arms' covariates lie more than 4 standard errors apart, which assignment at random does
 *   once in 16,000 times: the covariate was not settled before assignment, or units are missing on one side
 */
export type AdjustedWarning = Warning | { code: 'covariate_idle' | 'covariate_differs' }

export type Adjusted = {
  /** Unadjusted arms, as `stratify` tells them; the control's is the denominator of `relative`. */
  a: Stratified['a']
  b: Stratified['b']
  /** Arms' adjusted values, around the covariate's mean over both; null while an arm's variance is not known. */
  adjusted: { a: Estimated; b: Estimated } | null
  n: number
  theta: number
  /** Adjusted b − a; `variance` null while an arm's is not known. */
  difference: { estimate: number; variance: number | null } | null
  /** Adjusted difference over the unadjusted control; null where that is 0 or a variance is not known. */
  relative: Estimated | null
  /** Part of the difference's variance that adjusting removed; near ρ². Negative where a fixed theta does harm. */
  reduction: number | null
  warnings: AdjustedWarning[]
}

/** Expectation and covariance matrix of one arm's outcome and covariate. */
type Joint = { r: number; c: number; varR: number; covRC: number; varC: number; units: number }

/**
 * CUPED over regimes with fixed weights, for means and for ratios alike: per arm the ratio R = Σw X̄/Σw Ȳ and its
 * covariate C = Σw Ū/Σw V̄ with their 2×2 covariance matrix (the delta method on all four sums), then
 * (R_b − θC_b) − (R_a − θC_a). Weights, dropped regimes and warnings are those of `stratify`; θ = 0 gives its result.
 *
 * Missing covariates: hand those units in as regimes of their own (`withoutCovariate`), or give them U = V = 0.
 *
 * θ from the same data costs nothing asymptotically, so the estimates go into asymptotic confidence sequences and Welch
 * tests as they are; e-processes need a θ frozen before (`options.theta`).
 *
 * @param regimes        per regime the raw sums of both arms; X may be stored around a centre
 * @param options.theta  slope to use; `pooledTheta` unless told
 * @param options.center that centre, in units of the metric; 0 unless told
 * @throws {RangeError} naming the sum that cannot be
 *
 * Source: Deng, Xu, Kohavi and Walker (2013); relative lifts as in GrowthBook, numerator adjusted, denominator not.
 */
export const adjustRegimes = (
  regimes: readonly CovariateRegime[], options: { theta?: number; center?: number } = {},
): Adjusted => {
  const { center = 0 } = options
  const { a, b, n, warnings: found } = stratify(regimes, center)
  const warnings: AdjustedWarning[] = [...found]
  const kept = regimes.filter(({ a, b }) => a.n > 0 && b.n > 0 && a.sumY !== 0 && b.sumY !== 0)
  const plain = stratifiedContrast({ a, b })
  const nothing = { a, b, adjusted: null, n, theta: 0, difference: plain, relative: null, reduction: null }
  if (!a || !b || !plain) return { ...nothing, warnings }

  const r = { a: a.estimate - center, b: b.estimate - center }
  const c = { a: covariateMean(kept, 'a'), b: covariateMean(kept, 'b') }
  const ratios = { a: { r: r.a, c: c.a ?? 0 }, b: { r: r.b, c: c.b ?? 0 } }
  const usable = c.a !== null && c.b !== null
  const theta = usable ? options.theta ?? pooledTheta(kept, ratios) : 0
  requireFinite('theta', theta)
  const idle = !usable || isIdle(kept)
  if (idle) warnings.push({ code: 'covariate_idle' })
  if (a.variance === null || b.variance === null || plain.variance === null) return { ...nothing, warnings }

  const arms = {
    a: joint(kept, 'a', ratios.a, a.variance, a.units, center),
    b: joint(kept, 'b', ratios.b, b.variance, b.units, center),
  }
  if (!idle && Math.abs(arms.b.c - arms.a.c) > 4 * Math.sqrt(arms.a.varC + arms.b.varC)) {
    warnings.push({ code: 'covariate_differs' })
  }
  const middle = (arms.a.units * arms.a.c + arms.b.units * arms.b.c) / n
  const adjusted = { a: adjust(arms.a, theta, middle), b: adjust(arms.b, theta, middle) }
  const variance = adjusted.a.variance + adjusted.b.variance
  const difference = { estimate: adjusted.b.estimate - adjusted.a.estimate, variance }
  const perUnit = kept.every((regime) => isPerUnit(regime.a) && isPerUnit(regime.b))
  return {
    a, b, adjusted, n, theta, difference,
    relative: lift(arms, theta, difference.estimate, perUnit),
    reduction: plain.variance > 0 ? 1 - variance / plain.variance : null,
    warnings,
  }
}

const isIdle = (regimes: readonly CovariateRegime[]): boolean =>
  regimes.every(({ a, b }) => [a, b].every((m) => covariateLost(m) || linearised(m, 0, 0).devWW === 0))

const weightOf = ({ a, b }: CovariateRegime): number => (a.n / (a.n + b.n)) * b.n

/** Σw Ū/Σw V̄; null where no unit has a covariate. */
const covariateMean = (regimes: readonly CovariateRegime[], arm: 'a' | 'b'): number | null => {
  let [numerator, denominator] = [0, 0]
  for (const regime of regimes) {
    numerator += (weightOf(regime) * regime[arm].sumU) / regime[arm].n
    denominator += (weightOf(regime) * regime[arm].sumV) / regime[arm].n
  }
  return denominator === 0 ? null : numerator / denominator
}

const joint = (
  regimes: readonly CovariateRegime[], arm: 'a' | 'b', { r, c }: { r: number; c: number },
  varR: number, units: number, center: number,
): Joint => {
  const strata = regimes.map((regime) => ({ weight: weightOf(regime), m: regime[arm] as CovariateMoments }))
  let [meanY, meanV, degrees, pooledZW, pooledWW] = [0, 0, 0, 0, 0]
  const states = strata.map(({ weight, m }) => {
    const state = linearised(m, r, c)
    meanY += (weight * m.sumY) / m.n
    meanV += (weight * m.sumV) / m.n
    degrees += m.n - 1
    pooledZW += state.devZW
    pooledWW += state.devWW
    return { weight, ...state }
  })
  let [covRC, varC] = [0, 0]
  for (const { weight, n, devZW, devWW } of states) {
    // a single unit borrows what its arm shows elsewhere, as in `stratify`
    const [zw, ww, spread] = n > 1 ? [devZW, devWW, n - 1] : [pooledZW, pooledWW, degrees]
    covRC += (weight ** 2 * zw) / spread / n
    varC += (weight ** 2 * ww) / spread / n
  }
  if (meanV === 0) return { r: r + center, c: 0, varR, units, covRC: 0, varC: 0 }
  return { r: r + center, c, varR, units, covRC: covRC / (meanY * meanV), varC: varC / meanV ** 2 }
}

/** Variance of q·R − θC; at least 1e-10 of what it was, for no covariate explains more digits than are kept. */
const combined = ({ varR, covRC, varC }: Joint, theta: number, q = 1): number =>
  Math.max(1e-10 * q * q * varR, q * q * varR - 2 * q * theta * covRC + theta * theta * varC)

const adjust = (arm: Joint, theta: number, middle: number): Estimated => ({
  estimate: arm.r - theta * (arm.c - middle), variance: combined(arm, theta),
})

/**
 * Both published forms of the lift's variance: for means the control's term takes R_b/R_a, for ratios the adjusted
 * 1 + lift. They agree as units grow.
 */
const lift = (arms: { a: Joint; b: Joint }, theta: number, difference: number, perUnit: boolean): Estimated | null => {
  const { a, b } = arms
  if (a.r === 0) return null
  const estimate = difference / a.r
  const quotient = perUnit ? b.r / a.r : 1 + estimate
  const variance = (combined(b, theta) + combined(a, theta, quotient)) / a.r ** 2
  return Number.isFinite(estimate) && Number.isFinite(variance) ? { estimate, variance } : null
}
