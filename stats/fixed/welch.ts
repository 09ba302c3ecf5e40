import { requireCount, requireFinite, requireNonNegative, requireOpenUnit, requirePositive } from '../check.ts'
import { type Estimated, absoluteDifference, meanEstimate, relativeLift } from '../delta/ratio.ts'
import type { Interval } from '../sequential/bounds.ts'
import { studentCdf, studentUpperQuantile } from '../special/index.ts'

/**
 * Welch's t tests: one look at the end, at a size fixed beforehand. Looking earlier voids them.
 *
 * Source: Welch (1947), "The generalization of 'Student's' problem when several different population variances are
 * involved"; relative lift by the delta method as in GrowthBook.
 */

/** An arm: its mean with the mean's variance, and its units. */
export type WelchArm = Estimated & { n: number }

/** An estimate with its standard error and degrees of freedom: what every test below takes. */
export type FixedEstimate = { estimate: number; se: number; degrees: number }

/**
 * An arm from its units' mean and variance.
 *
 * @param n            units, a count of at least 2
 * @param mean         finite
 * @param unitVariance of one unit, at least 0 (divisor n − 1; p(1 − p) for shares)
 * @throws {RangeError} outside these domains
 */
export const welchArm = (n: number, mean: number, unitVariance: number): WelchArm => {
  requireCount('n', n, 2)
  requireFinite('mean', mean)
  requireNonNegative('unitVariance', unitVariance)
  return { ...meanEstimate(n, mean, unitVariance), n }
}

/** An arm of shares: successes of n units, variance p(1 − p) without correction. */
export const welchShare = (n: number, successes: number): WelchArm => {
  const share = successes / n
  return welchArm(n, share, Math.max(0, share * (1 - share)))
}

/**
 * b − a, or b/a − 1 by the delta method.
 *
 * @returns null when neither arm varies, or the relative difference divides by 0: no t test exists
 */
export const welch = (a: WelchArm, b: WelchArm, scale: 'absolute' | 'relative' = 'absolute'): FixedEstimate | null => {
  const effect = scale === 'absolute' ? absoluteDifference(a, b) : relativeLift(a, b)
  const degrees = welchDegrees(a, b)
  if (!effect || degrees === null || !(effect.variance > 0)) return null
  return { estimate: effect.estimate, se: Math.sqrt(effect.variance), degrees }
}

/** Welch and Satterthwaite's degrees of freedom; null when neither arm varies. */
export const welchDegrees = (a: WelchArm, b: WelchArm): number | null => {
  requireCount('a.n', a.n, 2)
  requireCount('b.n', b.n, 2)
  const total = a.variance + b.variance
  if (!(total > 0)) return null
  const [partA, partB] = [a.variance / total, b.variance / total]
  return 1 / (partA ** 2 / (a.n - 1) + partB ** 2 / (b.n - 1))
}

/** Two-sided interval at 1 − alpha. alpha in (0, 1). */
export const fixedInterval = (at: FixedEstimate, alpha: number): Interval => {
  requireEstimate(at)
  requireOpenUnit('alpha', alpha)
  const reach = at.se * studentUpperQuantile(alpha / 2, at.degrees)
  return { estimate: at.estimate, lower: at.estimate - reach, upper: at.estimate + reach }
}

/** One end alone at level alpha, in (0, 1). */
export const fixedBound = (at: FixedEstimate, alpha: number, side: 'lower' | 'upper'): number => {
  requireEstimate(at)
  requireOpenUnit('alpha', alpha)
  const reach = at.se * studentUpperQuantile(alpha, at.degrees)
  return side === 'lower' ? at.estimate - reach : at.estimate + reach
}

/** t of "value = boundary". A boundary of −margin makes the tests those of non-inferiority. */
export const fixedT = (at: FixedEstimate, boundary = 0): number => {
  requireEstimate(at)
  requireFinite('boundary', boundary)
  return (at.estimate - boundary) / at.se
}

/** p-value of the test; valid at the planned end only. Tails keep their relative accuracy. */
export const fixedP = (
  at: FixedEstimate, alternative: 'two-sided' | 'greater' | 'less' = 'two-sided', boundary = 0,
): number => {
  const t = fixedT(at, boundary)
  if (alternative === 'two-sided') return Math.min(1, 2 * studentCdf(-Math.abs(t), at.degrees))
  return studentCdf(alternative === 'greater' ? -t : t, at.degrees)
}

/**
 * Equivalence: both one-sided tests against ±margin; at level alpha it is shown when the interval at 1 − 2 alpha lies
 * within the margin.
 *
 * @param margin above 0
 * @param alpha  in (0, 1/2), for the interval
 * @throws {RangeError} outside these domains
 *
 * Source: Schuirmann (1987), "A comparison of the two one-sided tests procedure and the power approach".
 */
export const equivalence = (
  at: FixedEstimate, margin: number, alpha = 0.05,
): { pValue: number; lower: number; upper: number } => {
  requirePositive('margin', margin)
  if (!(alpha > 0 && alpha < 0.5)) throw new RangeError(`alpha must lie in (0, 0.5), got ${alpha}`)
  const { lower, upper } = fixedInterval(at, 2 * alpha)
  return { pValue: Math.max(fixedP(at, 'greater', -margin), fixedP(at, 'less', margin)), lower, upper }
}

const requireEstimate = (at: FixedEstimate): void => {
  requireFinite('estimate', at.estimate)
  requirePositive('se', at.se)
  requirePositive('degrees', at.degrees)
}
