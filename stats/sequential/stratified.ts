import { requireFinite } from '../check.ts'
import type { Estimated } from '../delta/ratio.ts'
import { type Centred, centred, residualDeviation } from '../moments/centred.ts'
import { type Moments, requireMoments } from '../moments/moments.ts'
import { lostPrecision } from '../moments/precision.ts'

/** One stratum of a pair's comparison: all epochs with the same relative weights of control `a` and variant `b`. */
export type Regime = { a: Moments; b: Moments }

/**
 * What a reader must know about an estimate. `regimes` are positions in the list that was handed in.
 * - `regime_dropped`: an arm had no unit (or no denominator) there
 * - `few_units`, `zero_variance`, `precision_lost`: this arm gives no standard error, so the interval is unbounded
 * - `control_near_zero`: the relative difference divides by almost nothing; its interval is unbounded
 */
export type Warning =
  | { code: 'regime_dropped'; regimes: number[] }
  | { code: 'few_units' | 'zero_variance' | 'precision_lost'; arm: 'a' | 'b' }
  | { code: 'control_near_zero' }

export type Stratified = {
  /** Both arms' means (ratios), weighted alike over the regimes; `variance` is null when it cannot be known. */
  a: { estimate: number; variance: number | null; units: number } | null
  b: { estimate: number; variance: number | null; units: number } | null
  /** Units of both arms in the regimes that count: the clock of the confidence sequence. */
  n: number
  warnings: Warning[]
}

type Stratum = { weight: number; a: Centred; b: Centred }

const usable = (m: Moments): boolean => m.n > 0 && m.sumY !== 0

/**
 * Both arms of a comparison over regimes with fixed weights: arm k's mean is Σ w_r X̄_rk / Σ w_r Ȳ_rk with
 * w_r = n_a n_b/(n_a + n_b), so a difference is taken inside each regime, and traffic that moved between regimes while
 * the baseline moved too (coverage ramps, weekends) does no harm.
 *
 * For per-unit metrics (Y = 1) the difference is Σw(X̄_b − X̄_a)/Σw with SE² = Σw²(s²_b/n_b + s²_a/n_a)/(Σw)². For
 * ratios of sums the same weights apply to numerator and denominator, with the delta-method residual X − R·Y; with one
 * regime it is exactly the delta method of `ratioEstimate`. An arm with a single unit in a regime borrows the unit
 * variance pooled over its other regimes.
 *
 * @param regimes per regime the raw sums of both arms; X may be stored around a centre
 * @param center  that centre, in units of the metric; 0 when raw values are stored
 * @throws {RangeError} naming the sum that is not finite, or the count that is none
 */
export const stratify = (regimes: readonly Regime[], center = 0): Stratified => {
  requireFinite('center', center)
  const strata: Stratum[] = []
  const dropped: number[] = []
  const totals = { a: [] as Moments[], b: [] as Moments[] }
  for (const [index, { a, b }] of regimes.entries()) {
    requireMoments(`regimes[${index}].a`, a)
    requireMoments(`regimes[${index}].b`, b)
    if (!usable(a) || !usable(b)) {
      if (a.n + b.n > 0) dropped.push(index)
      continue
    }
    strata.push({ weight: (a.n / (a.n + b.n)) * b.n, a: centred(a), b: centred(b) })
    totals.a.push(a)
    totals.b.push(b)
  }
  const warnings: Warning[] = dropped.length > 0 ? [{ code: 'regime_dropped', regimes: dropped }] : []
  if (strata.length === 0) return { a: null, b: null, n: 0, warnings }

  const side = (arm: 'a' | 'b'): NonNullable<Stratified['a']> => {
    const { estimate, variance, units } = weighted(strata.map((s) => ({ weight: s.weight, state: s[arm] })))
    const problem = flaw(variance, totals[arm], estimate)
    if (problem) warnings.push({ code: problem, arm })
    return { estimate: center + estimate, variance: problem ? null : variance, units }
  }
  const [a, b] = [side('a'), side('b')]
  return { a, b, n: a.units + b.units, warnings }
}

/** The weighted ratio of one arm around its stored centre, and its variance; null without two units anywhere. */
const weighted = (strata: readonly { weight: number; state: Centred }[]) => {
  let [numerator, denominator, units, residual, degrees] = [0, 0, 0, 0, 0]
  for (const { weight, state } of strata) {
    numerator += weight * state.meanX
    denominator += weight * state.meanY
    units += state.n
  }
  const ratio = numerator / denominator
  for (const { state } of strata) {
    residual += residualDeviation(state, ratio)
    degrees += state.n - 1
  }
  if (degrees === 0) return { estimate: ratio, variance: null, units }
  let variance = 0
  for (const { weight, state } of strata) {
    const perUnit = state.n > 1 ? residualDeviation(state, ratio) / (state.n - 1) : residual / degrees
    variance += (weight * weight * perUnit) / state.n
  }
  return { estimate: ratio, variance: variance / denominator ** 2, units }
}

const flaw = (variance: number | null, moments: readonly Moments[], ratio: number) => {
  if (variance === null) return 'few_units'
  // a regime whose values are all equal is no loss while others carry the variance
  const largest = moments.reduce((most, m) => (m.n > most.n ? m : most))
  if (lostPrecision(largest, ratio)) return 'precision_lost'
  return variance > 0 ? null : 'zero_variance'
}

/**
 * b − factor·a, as one estimate of the pair. The factor 1 gives the difference; 1 + r tests a relative margin r without
 * dividing by the control, so it stays valid near 0.
 *
 * @returns null when an arm is missing; `variance` null when an arm's is
 */
export const stratifiedContrast = (
  pair: Pick<Stratified, 'a' | 'b'>, factor = 1,
): { estimate: number; variance: number | null } | null => {
  requireFinite('factor', factor)
  const { a, b } = pair
  if (!a || !b) return null
  const variance = a.variance === null || b.variance === null ? null : b.variance + factor ** 2 * a.variance
  return { estimate: b.estimate - factor * a.estimate, variance }
}

/** Both arms as estimates with known variance, for the relative difference; null when either is not known. */
export const knownArms = (pair: Pick<Stratified, 'a' | 'b'>): { a: Estimated; b: Estimated } | null => {
  const { a, b } = pair
  if (!a || !b || a.variance === null || b.variance === null) return null
  return {
    a: { estimate: a.estimate, variance: a.variance },
    b: { estimate: b.estimate, variance: b.variance },
  }
}
