import { requireOpenUnit, requirePositive } from '../check.ts'
import { logBeta, regularisedBeta } from '../special/index.ts'

/** Below this the share underflows, or nearly. */
const SMALL = 1e-280

/**
 * log of the incomplete beta function ∫₀ˣ tᵃ⁻¹(1 − t)ᵇ⁻¹ dt, not regularised, finite where the integral underflows.
 *
 * @param a above 0
 * @param b above 0
 * @param x in (0, 1)
 * @throws {RangeError} outside these domains
 */
export const logIncompleteBeta = (a: number, b: number, x: number): number => {
  requirePositive('a', a)
  requirePositive('b', b)
  requireOpenUnit('x', x)
  const share = regularisedBeta(x, a, b)
  if (share > SMALL) return Math.log(share) + logBeta(a, b)
  return a * Math.log(x) + b * Math.log1p(-x) - Math.log(a) + Math.log(fraction(a, b, x))
}

/**
 * Lentz's continued fraction, which converges fast wherever x is far below the mean. Numerical Recipes, 3rd ed., 6.4.
 */
const fraction = (a: number, b: number, x: number): number => {
  let c = 1
  let d = 1 / (1 - ((a + b) * x) / (a + 1))
  let value = d
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / (1 + even * d)
    c = 1 + even / c
    value *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / (1 + odd * d)
    c = 1 + odd / c
    value *= d * c
    if (Math.abs(d * c - 1) < 1e-16) break
  }
  return value
}
