import { requireFinite, requirePositive } from '../check.ts'
import { normalCdf } from '../special/index.ts'

/** Deviations of log χ beyond which nothing is left, as a drop of its log density: e^−45 = 3e-20. */
const DROP = 45

/**
 * P(T ≤ t) for T = (Z + noncentrality)/√(χ²/degrees), Z standard normal: the distribution of a t statistic when there
 * is an effect. Averages Φ(t·s − noncentrality) over s = √(χ²/degrees), on the scale of log s, where the trapezoidal
 * rule converges exponentially.
 *
 * @param t             finite
 * @param degrees       degrees of freedom, at least 1e-2 (t tests have 1 or more)
 * @param noncentrality finite; 0 is Student's t
 * @returns in [0, 1]; absolute error below 1e-12, each tail with its relative accuracy down to 1e-18
 * @throws {RangeError} when t or noncentrality is not finite, or degrees is not above 0
 *
 * Source: Johnson, Kotz and Balakrishnan (1995), "Continuous Univariate Distributions", volume 2, chapter 31.
 */
export const noncentralTCdf = (t: number, degrees: number, noncentrality: number): number =>
  averaged(degrees, noncentrality, t, (s) => normalCdf(t * s - noncentrality))

/** P(T > t), with its own relative accuracy in the upper tail. As `noncentralTCdf`. */
export const noncentralTSurvival = (t: number, degrees: number, noncentrality: number): number =>
  averaged(degrees, noncentrality, t, (s) => normalCdf(noncentrality - t * s))

const averaged = (degrees: number, noncentrality: number, t: number, value: (s: number) => number): number => {
  requireFinite('t', t)
  requirePositive('degrees', degrees)
  requireFinite('noncentrality', noncentrality)
  // log density of log s, up to a constant, highest (0) at log s = 0
  const logDensity = (v: number): number => -degrees * (0.5 * Math.expm1(2 * v) - v)
  const edge = (direction: 1 | -1): number => {
    let [inside, outside] = [0, direction as number]
    while (logDensity(outside) > -DROP) [inside, outside] = [outside, 2 * outside]
    for (let step = 0; step < 20; step++) {
      const middle = (inside + outside) / 2
      if (logDensity(middle) > -DROP) inside = middle
      else outside = middle
    }
    return outside
  }
  const [from, to] = [edge(-1), edge(1)]
  // the density is as narrow as 1/√(2·degrees), the step of Φ as 1/|noncentrality|
  const step = Math.min(0.12, 0.45 / Math.sqrt(2 * degrees + noncentrality ** 2))
  let [mass, sum] = [0, 0]
  for (let at = from; at <= to; at += step) {
    const density = Math.exp(logDensity(at))
    mass += density
    sum += density * value(Math.exp(at))
  }
  return Math.min(1, sum / mass)
}
