import studentCdfOf from '@stdlib/stats-base-dists-t-cdf'
import { requirePositive, requireUnit } from '../check.ts'
import { betaRoot } from './beta-root.ts'
import { normalQuantile } from './normal.ts'
import { stirlingCorrection } from './stirling.ts'

const requireNumber = (name: string, value: number): void => {
  if (Number.isNaN(value)) throw new RangeError(`${name} must be a number, got NaN`)
}

const logDensity = (t: number, degrees: number): number => {
  const half = degrees / 2
  // log Γ(half + ½) − log Γ(half) − ½ log(half), by Stirling's formula and its corrections
  const ratio = half * Math.log1p(0.5 / half) - 0.5 + stirlingCorrection(half + 0.5) - stirlingCorrection(half)
  const square = (t / Math.sqrt(degrees)) ** 2
  const decay = square < Infinity ? Math.log1p(square) : 2 * Math.log(Math.abs(t)) - Math.log(degrees)
  return ratio - 0.5 * Math.log(2 * Math.PI) - (half + 0.5) * decay
}

/** Beyond this t the tail is f(t) t / degrees to every digit, and t² leaves the range of doubles. */
const FAR = 1e150

/**
 * P(T ≤ t) for Student's t with `degrees` degrees of freedom, by @stdlib: relative error near 1e-13, lower tails of
 * 1e-300 included. For an upper tail ask for `studentSurvival`.
 *
 * @param t       any number; ±Infinity give 0 and 1
 * @param degrees above 0
 * @throws {RangeError} outside these domains
 */
export const studentCdf = (t: number, degrees: number): number => {
  requireNumber('t', t)
  requirePositive('degrees', degrees)
  if (!Number.isFinite(t)) return t > 0 ? 1 : 0
  if (Math.abs(t) > FAR) {
    const tail = Math.exp(logDensity(t, degrees) + Math.log(Math.abs(t)) - Math.log(degrees))
    return t < 0 ? tail : 1 - tail
  }
  return studentCdfOf(t, degrees)
}

/** P(T > t): never `1 − studentCdf(t)`, which loses the tail. */
export const studentSurvival = (t: number, degrees: number): number => studentCdf(-t, degrees)

/** Density of Student's t. Where jstat's overflows (from 140 degrees on), gamma functions are ratios here. */
export const studentDensity = (t: number, degrees: number): number => {
  requireNumber('t', t)
  requirePositive('degrees', degrees)
  return Number.isFinite(t) ? Math.exp(logDensity(t, degrees)) : 0
}

/** Degrees from which on the normal quantile and its first two corrections are right to every digit. */
const NEARLY_NORMAL = 1e10

const quantile = (probability: number, degrees: number): number => {
  const excess = probability - 0.5
  if (Math.abs(excess) < 1e-9) return excess / studentDensity(0, degrees)
  if (degrees > NEARLY_NORMAL) {
    const z = normalQuantile(probability)
    return z + (z ** 3 + z) / (4 * degrees) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2)
  }
  const tail = Math.min(probability, 1 - probability)
  // degrees / (degrees + t²) is Beta(degrees/2, ½)
  const { x, y } = betaRoot(2 * tail, degrees / 2, 0.5, false)
  const size = Math.sqrt(degrees * y) / Math.sqrt(x)
  if (size < FAR) return Math.sign(excess) * size
  const logFar = logDensity(FAR, degrees) + Math.log(FAR) - Math.log(degrees)
  return Math.sign(excess) * FAR * Math.exp((logFar - Math.log(tail)) / degrees)
}

/**
 * Quantile of Student's t: relative error near 1e-14, tails of 1e-300 and probabilities beside ½ included.
 *
 * @param probability in [0, 1]; 0 and 1 give ∓Infinity
 * @param degrees     above 0
 * @throws {RangeError} outside these domains
 */
export const studentQuantile = (probability: number, degrees: number): number => {
  requireUnit('probability', probability)
  requirePositive('degrees', degrees)
  if (probability === 0.5) return 0
  if (probability === 0 || probability === 1) return probability === 0 ? -Infinity : Infinity
  return quantile(probability, degrees)
}

/** The t with P(T > t) = probability: for upper tails beyond 1e-16, which 1 − probability cannot hold. */
export const studentUpperQuantile = (probability: number, degrees: number): number =>
  0 - studentQuantile(probability, degrees)
