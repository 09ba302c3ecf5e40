import { requireCount, requireFinite, requireNonNegative, requireOpenUnit, requirePositive } from '../check.ts'
import { minimize } from '../minimize.ts'

/**
 * Anytime-valid tests in a linear regression: exact under normal errors with the usual standard errors, asymptotic with
 * heteroscedasticity-consistent ones. g weighs the prior of the effect in units; freeze it before the first look.
 *
 * Source: Lindon, Ham, Tingley and Bojinov (2022), "Anytime-valid linear models and regression adjusted causal
 * inference in randomized experiments", arXiv:2210.08589; R package avlm.
 */

/** Anytime p-value min(1, 1/E) of a log e-value. */
export const pFromLogE = (logE: number): number => Math.exp(-Math.max(0, logE))

/**
 * log e-value of a coefficient's t statistic: ½ log r + (ν+1)/2 [log(1 + t²/ν) − log(1 + r t²/ν)], r = g/(g + n).
 *
 * @param t       estimate over standard error, finite
 * @param degrees ν = n − coefficients, above 0
 * @param n       observations, above 0
 * @param g       above 0
 * @throws {RangeError} outside these domains
 */
export const anytimeLogT = (t: number, degrees: number, n: number, g: number): number => {
  requireFinite('t', t)
  return anytimeLogF(t * t, 1, degrees, n, g)
}

/**
 * log e-value of the F statistic that `effects` coefficients are 0 together.
 *
 * @param f       at least 0
 * @param effects d, a count of at least 1
 * @param degrees ν, above 0
 * @throws {RangeError} outside these domains
 */
export const anytimeLogF = (f: number, effects: number, degrees: number, n: number, g: number): number => {
  requireNonNegative('f', f)
  requireCount('effects', effects, 1)
  requirePositive('degrees', degrees)
  const r = shrinkage(n, g)
  const scaled = (effects * f) / degrees
  return (effects / 2) * Math.log(r) + ((degrees + effects) / 2) * (Math.log1p(scaled) - Math.log1p(r * scaled))
}

/**
 * Half-width of a coefficient's confidence sequence in standard errors: √(ν(1 − u)/(u − r)), u = (r α²)^{1/(ν+1)}.
 *
 * @param alpha in (0, 1)
 * @returns Infinity while too few degrees of freedom exclude nothing
 * @throws {RangeError} outside these domains
 */
export const anytimeRadius = (degrees: number, n: number, g: number, alpha: number): number => {
  requirePositive('degrees', degrees)
  requireOpenUnit('alpha', alpha)
  const r = shrinkage(n, g)
  const logU = (Math.log(r) + 2 * Math.log(alpha)) / (degrees + 1)
  const gap = Math.exp(logU) - r
  return gap > 0 ? Math.sqrt((degrees * -Math.expm1(logU)) / gap) : Infinity
}

export type Coefficient = { estimate: number; se: number; n: number; coefficients: number }

/**
 * A coefficient's interval and p-value at any look.
 *
 * @param fitted.estimate     finite
 * @param fitted.se           its standard error, above 0
 * @param fitted.coefficients of the whole model, intercept included, fewer than n
 * @returns ends ∓Infinity while nothing is excluded
 * @throws {RangeError} outside these domains
 */
export const anytimeCoefficient = (
  fitted: Coefficient, { g, alpha }: { g: number; alpha: number },
): { estimate: number; lower: number; upper: number; logE: number; pValue: number } => {
  const { estimate, se, n, coefficients } = fitted
  requireFinite('estimate', estimate)
  requirePositive('se', se)
  const degrees = degreesOf(n, coefficients)
  const reach = se * anytimeRadius(degrees, n, g, alpha)
  const logE = anytimeLogT(estimate / se, degrees, n, g)
  return { estimate, lower: estimate - reach, upper: estimate + reach, logE, pValue: pFromLogE(logE) }
}

/**
 * The g whose sequence is narrowest at n observations.
 *
 * @param n            planned observations, a count above `coefficients`
 * @param coefficients of the whole model, a count of at least 1
 * @param alpha        in (0, 1)
 * @throws {RangeError} outside these domains
 */
export const optimalG = (n: number, coefficients: number, alpha: number): number => {
  const degrees = degreesOf(n, coefficients)
  requireOpenUnit('alpha', alpha)
  // beyond r = α^(2/ν) the radius is infinite
  const logLimit = (2 * Math.log(alpha)) / degrees
  const most = logLimit + Math.log(n) - Math.log(-Math.expm1(logLimit))
  return Math.exp(minimize((logG) => anytimeRadius(degrees, n, Math.exp(logG), alpha), most - 40, most).x)
}

const shrinkage = (n: number, g: number): number => {
  requirePositive('n', n)
  requirePositive('g', g)
  return g / (g + n)
}

const degreesOf = (n: number, coefficients: number): number => {
  requireCount('coefficients', coefficients, 1)
  requireCount('n', n, coefficients + 1)
  return n - coefficients
}
