import { betaTail, logBeta, logBetaPeak } from './beta.ts'
import { normalQuantile } from './normal.ts'

/** A share and its complement, neither by subtraction where it is small. */
export type Share = { x: number; y: number }

const HALF = Math.log(0.5)
/** Below e^−600 the lower tail is x^a / (a B(a, b)) to every digit. */
const POWER_ONLY = -600

/** Abramowitz and Stegun, 26.5.22, as log x: good in the middle, a place to start elsewhere. */
const middle = (probability: number, a: number, b: number, upper: boolean): number => {
  const z = normalQuantile(probability) * (upper ? 1 : -1)
  const [p, q] = [1 / (2 * a - 1), 1 / (2 * b - 1)]
  const lambda = (z * z - 3) / 6
  const h = 2 / (p + q)
  const w = (z * Math.sqrt(Math.max(0, h + lambda))) / h - (q - p) * (lambda + 5 / 6 - 2 / (3 * h))
  return -Math.log1p((b / a) * Math.exp(2 * w))
}

/** log x of a root known to lie at or below x = ½: Newton on log probability against log x, kept in its bracket. */
const lowerHalf = (probability: number, a: number, b: number, upper: boolean): number => {
  const logLower = upper ? Math.log1p(-probability) : Math.log(probability)
  const power = (logLower + Math.log(a) + logBeta(a, b)) / a
  if (power < POWER_ONLY) return power
  // I_x lies between x^a / (a B) and that times (1 − x)^(b − 1)
  let low = Math.min(HALF, power + (b < 1 ? ((1 - b) * HALF) / a : 0)) - 1e-12
  let high = HALF + 1e-12
  let u = Math.min(a, b) > 1 ? middle(probability, a, b, upper) : power
  if (!(u > low && u < high)) u = power > low && power < high ? power : (low + high) / 2
  for (let step = 0; step < 200; step++) {
    const [x, y] = [Math.exp(u), -Math.expm1(u)]
    const tail = betaTail(x, y, a, b, upper)
    const miss = Math.log(tail / probability) * (upper ? -1 : 1)
    if (miss < 0) low = u
    else high = u
    const change = miss / Math.exp(logBetaPeak(x, y, a, b) - Math.log(y) - Math.log(tail))
    if (Math.abs(change) <= 4e-16 * Math.max(1, Math.abs(u))) return u - change
    u = u - change > low && u - change < high ? u - change : (low + high) / 2
    if (u === low || u === high) break
  }
  return u
}

/**
 * The share x with I_x(a, b) = probability, or 1 − I_x(a, b) for `upper`, with y = 1 − x; no argument is checked.
 * Solved on the side where the probability is at most ½, for whichever of x and y is. @stdlib's `betaincinv` starts
 * well, but is off by any factor in far tails (2 and 8 at 5e-81), and drags in a logger that needs Node.
 */
export const betaRoot = (probability: number, a: number, b: number, upper: boolean): Share => {
  if (probability > 0.5) return betaRoot(1 - probability, a, b, !upper)
  if (probability === 0) return upper ? { x: 1, y: 0 } : { x: 0, y: 1 }
  const half = betaTail(0.5, 0.5, a, b, upper)
  if (half < probability === upper) {
    const u = lowerHalf(probability, a, b, upper)
    return { x: Math.exp(u), y: -Math.expm1(u) }
  }
  const u = lowerHalf(probability, b, a, !upper)
  return { x: -Math.expm1(u), y: Math.exp(u) }
}
