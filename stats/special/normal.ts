import jStat from 'jstat'
import { requireUnit } from '../check.ts'
import { erf, erfc, logErfc } from './erfc.ts'

const LOG_SQRT_2PI = 0.5 * Math.log(2 * Math.PI)

/** Standard normal density. */
export const normalDensity = (z: number): number => Math.exp(-0.5 * z * z - LOG_SQRT_2PI)

/** P(Z ≤ z) for a standard normal Z; both tails keep their relative accuracy (2e-13 at −38). Throws RangeError. */
export const normalCdf = (z: number): number => 0.5 * erfc(-z / Math.SQRT2)

/** P(Z > z): never `1 − normalCdf(z)`, which is 0 from z = 8.3 on. */
export const normalSurvival = (z: number): number => normalCdf(-z)

/** log P(Z ≤ z), finite for every finite z. */
export const normalLogCdf = (z: number): number =>
  z > 1 ? Math.log1p(-normalSurvival(z)) : logErfc(-z / Math.SQRT2) - Math.LN2

/**
 * The z ≤ 0 with log P(Z ≤ z) = logProbability: the lower half of the quantile function, for tails that no
 * double can hold. Newton's method on the logarithm, which is concave, so it converges from any start.
 *
 * @param logProbability at most log(1/2); −Infinity gives −Infinity
 * @throws {RangeError} when logProbability exceeds log(1/2) or is NaN
 */
export const normalQuantileLog = (logProbability: number): number => {
  if (!(logProbability <= -Math.LN2)) {
    throw new RangeError(`logProbability must be at most log(1/2), got ${logProbability}`)
  }
  if (logProbability === -Infinity) return -Infinity
  if (logProbability === -Math.LN2) return 0
  let z = logProbability > -18 ? jStat.normal.inv(Math.exp(logProbability), 0, 1) : -Math.sqrt(-2 * logProbability)
  for (let step = 0; step < 50; step++) {
    const logCdf = normalLogCdf(z)
    const logHazard = -0.5 * z * z - LOG_SQRT_2PI - logCdf
    const change = (logCdf - logProbability) / Math.exp(logHazard)
    z -= change
    if (Math.abs(change) <= 4e-16 * Math.abs(z)) break
  }
  return z
}

/** The z with P(0 < Z ≤ z) = excess, for |excess| < .2: near ½ a logarithm would lose what `excess` still knows. */
const centralQuantile = (excess: number): number => {
  let z = excess * Math.sqrt(2 * Math.PI)
  for (let step = 0; step < 50; step++) {
    const change = (0.5 * erf(z / Math.SQRT2) - excess) / normalDensity(z)
    z -= change
    if (Math.abs(change) <= 4e-16 * Math.abs(z)) break
  }
  return z
}

/**
 * Quantile of the standard normal distribution.
 *
 * @param probability in [0, 1]; 0 and 1 give ∓Infinity
 * @returns z with P(Z ≤ z) = probability, relative error near 1e-15
 * @throws {RangeError} when probability lies outside [0, 1]
 */
export const normalQuantile = (probability: number): number => {
  requireUnit('probability', probability)
  if (Math.abs(probability - 0.5) < 0.2) return centralQuantile(probability - 0.5)
  return probability < 0.5
    ? normalQuantileLog(Math.log(probability))
    : -normalQuantileLog(Math.log(1 - probability))
}
