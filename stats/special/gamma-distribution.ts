import { requireNonNegative, requirePositive, requireUnit } from '../check.ts'
import { logGammaLower, logGammaPeak, logGammaUpper, regularisedGammaLower, regularisedGammaUpper } from './gamma.ts'
import { logGamma } from './log-gamma.ts'
import { normalQuantile } from './normal.ts'

const requireShape = (shape: number, rate: number): void => {
  requirePositive('shape', shape)
  requirePositive('rate', rate)
}

/** P(X ≤ x) for X ~ Gamma(shape, rate), mean shape / rate; x at least 0. Throws RangeError outside. */
export const gammaCdf = (x: number, shape: number, rate: number): number => {
  requireShape(shape, rate)
  return regularisedGammaLower(shape, x * rate)
}

/** P(X > x), with full relative accuracy in the upper tail. Same domains. */
export const gammaSurvival = (x: number, shape: number, rate: number): number => {
  requireShape(shape, rate)
  return regularisedGammaUpper(shape, x * rate)
}

/** Density of Gamma(shape, rate) at x; at 0 it is 0, the rate or Infinity as the shape is above, at or below 1. */
export const gammaDensity = (x: number, shape: number, rate: number): number => {
  requireShape(shape, rate)
  requireNonNegative('x', x)
  if (x === 0) return shape > 1 ? 0 : shape === 1 ? rate : Infinity
  return Math.exp(logGammaPeak(shape, x * rate) - Math.log(x))
}

/**
 * Where Newton's method starts, as log x: below the answer, where P(a, x) < x^a / Γ(a + 1) is all there is, or at
 * Wilson and Hilferty's cube of a normal quantile (Abramowitz and Stegun, 26.4.17), whichever is larger.
 */
const startOf = (probability: number, shape: number, upper: boolean): number => {
  const below = ((upper ? Math.log1p(-probability) : Math.log(probability)) + logGamma(shape + 1)) / shape
  if (shape < 1) return below
  const z = normalQuantile(probability) * (upper ? -1 : 1)
  const cube = 1 - 1 / (9 * shape) + z / (3 * Math.sqrt(shape))
  return cube > 0 ? Math.max(below, Math.log(shape) + 3 * Math.log(cube)) : below
}

/**
 * The x that a Gamma(shape, 1) variable stays at or below with this probability (`upper`: exceeds): Newton's method on
 * log probability against log x, which is concave, on the side where the probability is at most ½.
 */
const unitQuantile = (probability: number, shape: number, upper: boolean): number => {
  if (probability === 0 || probability === 1) return (probability === 1) === upper ? 0 : Infinity
  if (probability > 0.5) return unitQuantile(1 - probability, shape, !upper)
  const wanted = Math.log(probability)
  const logTail = upper ? logGammaUpper : logGammaLower
  let u = startOf(probability, shape, upper)
  for (let step = 0; step < 100; step++) {
    const x = Math.exp(u)
    if (x === 0) return 0
    const log = logTail(shape, x)
    const change = (log - wanted) / (Math.exp(logGammaPeak(shape, x) - log) * (upper ? -1 : 1))
    u -= Math.min(3, Math.max(-3, change))
    if (Math.abs(change) <= 4e-16 * Math.max(1, Math.abs(u))) break
  }
  return Math.exp(u)
}

/**
 * Quantile of Gamma(shape, rate).
 *
 * @param probability in [0, 1]; 0 and 1 give 0 and Infinity
 * @returns x with P(X ≤ x) = probability, relative error near 1e-14; 0 where the answer is below the smallest double
 * @throws {RangeError} when an argument is outside its range
 */
export const gammaQuantile = (probability: number, shape: number, rate: number): number => {
  requireUnit('probability', probability)
  requireShape(shape, rate)
  return unitQuantile(probability, shape, false) / rate
}

/** The x with P(X > x) = probability: for upper tails beyond 1e-16, which 1 − probability cannot hold. */
export const gammaUpperQuantile = (probability: number, shape: number, rate: number): number => {
  requireUnit('probability', probability)
  requireShape(shape, rate)
  return unitQuantile(probability, shape, true) / rate
}

/** P(χ² ≤ x) with `degrees` degrees of freedom; x at least 0, degrees above 0. Throws RangeError outside. */
export const chiSquareCdf = (x: number, degrees: number): number => {
  requireNonNegative('x', x)
  requirePositive('degrees', degrees)
  return regularisedGammaLower(degrees / 2, x / 2)
}

/**
 * P(χ² > statistic) with `degrees` degrees of freedom.
 *
 * @param statistic at least 0
 * @param degrees   above 0
 * @throws {RangeError} outside these domains
 */
export const chiSquareSurvival = (statistic: number, degrees: number): number => {
  requireNonNegative('statistic', statistic)
  requirePositive('degrees', degrees)
  return regularisedGammaUpper(degrees / 2, statistic / 2)
}

/** Density of χ² with `degrees` degrees of freedom at x. */
export const chiSquareDensity = (x: number, degrees: number): number => {
  requirePositive('degrees', degrees)
  return gammaDensity(x, degrees / 2, 0.5)
}

/** Quantile of χ²: the x with P(χ² ≤ x) = probability. Domains and errors as `gammaQuantile`. */
export const chiSquareQuantile = (probability: number, degrees: number): number => {
  requirePositive('degrees', degrees)
  return gammaQuantile(probability, degrees / 2, 0.5)
}
