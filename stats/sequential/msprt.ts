import {
  requireCount, requireFinite, requireNonNegative, requireOpenUnit, requirePositive, requireUnit,
} from '../check.ts'
import { normalCdf, normalDensity } from '../special/index.ts'

/**
 * Mixture sequential probability ratio test of a difference of two paired streams: alternatives are mixed with a normal
 * weight of variance τ². With V known it is `asymptoticRadius` with ρ² = τ²/V; shown because others report it.
 *
 * Source: Johari, Koomen, Pekelis and Walsh (2022), "Always valid inference: continuous monitoring of A/B tests";
 * R package mixtureSPRT.
 */
export type Msprt = {
  /** log of the mixture likelihood ratio Λ. */
  logRatio: number
  /** Current always-valid p-value min(1, 1/Λ). */
  pValue: number
}

/**
 * The test from the means of n pairs: Λ = √(V/(V + nτ²))·exp(n²τ²(d − θ0)²/(2V(V + nτ²))).
 *
 * @param seen.pairs      n, a count: units of either arm
 * @param seen.difference d, mean of b minus mean of a
 * @param seen.variance   V of one pair's difference, at least 0; both arms' unit variances together
 * @param tau2            variance of the mixing distribution, above 0, frozen beforehand; see `msprtTau2`
 * @param boundary        θ0; 0 unless told
 * @returns null when the variance is 0: nothing is known of the noise. Λ = 1 without pairs
 * @throws {RangeError} outside these domains
 */
export const msprt = (
  seen: { pairs: number; difference: number; variance: number }, tau2: number, boundary = 0,
): Msprt | null => {
  const { pairs, difference, variance } = seen
  requireCount('pairs', pairs)
  requireFinite('difference', difference)
  requireNonNegative('variance', variance)
  requirePositive('tau2', tau2)
  requireFinite('boundary', boundary)
  if (variance === 0) return null
  const information = (pairs * tau2) / variance
  const square = (pairs * (difference - boundary) ** 2) / variance
  const logRatio = -0.5 * Math.log1p(information) + (square * information) / (2 * (1 + information))
  return { logRatio, pValue: Math.exp(-Math.max(0, logRatio)) }
}

/** The test of two shares with equal units an arm, V = p_a(1 − p_a) + p_b(1 − p_b). Domains and edges of `msprt`. */
export const msprtShares = (unitsPerArm: number, shareA: number, shareB: number, tau2: number): Msprt | null => {
  requireUnit('shareA', shareA)
  requireUnit('shareB', shareB)
  const variance = shareA * (1 - shareA) + shareB * (1 - shareB)
  return msprt({ pairs: unitsPerArm, difference: shareB - shareA, variance }, tau2)
}

/**
 * The mixing variance τ² that is best for a test cut off at a horizon: σ²Φ(−b)/(φ(b)/b − Φ(−b)), b = 2 log(1/α)/√(nσ²).
 *
 * @param alpha     in (0, 1)
 * @param deviation σ of one unit, above 0
 * @param horizon   n, pairs after which the test ends, above 0
 * @returns above 0, not rounded
 * @throws {RangeError} outside these domains
 *
 * Source: Johari et al. (2022), section 5; `calcTau` of mixtureSPRT.
 */
export const msprtTau2 = (alpha: number, deviation: number, horizon: number): number => {
  requireOpenUnit('alpha', alpha)
  requirePositive('deviation', deviation)
  requirePositive('horizon', horizon)
  const b = (-2 * Math.log(alpha)) / (Math.sqrt(horizon) * deviation)
  return deviation ** 2 / excessRatio(b)
}

/** (φ(b)/b − Φ(−b))/Φ(−b): for large b a small difference of near equals, where Mills' ratio is expanded. */
const excessRatio = (b: number): number => {
  if (b < 25) return normalDensity(b) / b / normalCdf(-b) - 1
  const inverse = 1 / (b * b)
  // 1/(1 − y + 3y² − 15y³ + 105y⁴) − 1 with y = b⁻²
  const tail = inverse * (1 - inverse * (3 - inverse * (15 - inverse * 105)))
  return tail / (1 - tail)
}
