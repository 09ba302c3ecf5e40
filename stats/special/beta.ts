import betainc from '@stdlib/math-base-special-betainc'
import { requirePositive, requireUnit } from '../check.ts'
import { log1pMinus } from './differences.ts'
import { stirlingCorrection } from './stirling.ts'

const LOG_SQRT_2PI = 0.5 * Math.log(2 * Math.PI)

/**
 * log B(a, b) = log Γ(a) + log Γ(b) − log Γ(a + b), from Stirling's formula and its corrections, so that counts of 1e9
 * do not cancel: relative error near 1e-14.
 *
 * @throws {RangeError} when a or b is not a finite number above 0
 */
export const logBeta = (a: number, b: number): number => {
  requirePositive('a', a)
  requirePositive('b', b)
  if (a > b) return logBeta(b, a)
  const count = a + b
  const corrections = stirlingCorrection(a) + (stirlingCorrection(b) - stirlingCorrection(count))
  // where b is huge and a is not, log1p keeps what log(b / count) would round away
  return (a - 0.5) * Math.log(a / count) + b * Math.log1p(-a / count) - 0.5 * Math.log(b) + LOG_SQRT_2PI + corrections
}

/**
 * log of x^a y^b / B(a, b) with y = 1 − x. With both counts from 10 on it is measured from the peak at x = a / (a + b),
 * because the three terms reach 1e9 and cancel (Loader 2000, "Fast and accurate computation of binomial
 * probabilities").
 */
export const logBetaPeak = (x: number, y: number, a: number, b: number): number => {
  if (Math.min(a, b) < 10) {
    return a * (x < 0.5 ? Math.log(x) : Math.log1p(-y)) + b * (y < 0.5 ? Math.log(y) : Math.log1p(-x)) - logBeta(a, b)
  }
  const count = a + b
  const [x0, y0] = [a / count, b / count]
  const away = x < y ? x - x0 : y0 - y
  const decay = a * logRatio(x, x0, away / x0) + b * logRatio(y, y0, -away / y0)
  const scale = 0.5 * Math.log((a * y0) / (2 * Math.PI))
  return decay + scale + (stirlingCorrection(count) - stirlingCorrection(a) - stirlingCorrection(b))
}

/** log(x / x₀) − change, where change = (x − x₀) / x₀. */
const logRatio = (x: number, x0: number, change: number): number =>
  change < -0.5 ? Math.log(x / x0) - change : log1pMinus(change)

const TERMS = 10_000_000
/** Factors beside 1 by less than two roundings: smaller ones may never come. */
const ENOUGH = 3e-16

/**
 * What the peak is multiplied by to give I_x(a, b), for x below the mean: its continued fraction (DLMF 8.17.22, two
 * steps at a time as in Didonato and Morris 1992, eq. 23), by the modified Lentz method.
 */
const fraction = (x: number, y: number, a: number, b: number): number => {
  const lambda = a * y - b * x
  let c = (a * (lambda + 1)) / (a + 1)
  let value = c
  let d = 0
  for (let m = 1; m < TERMS; m++) {
    const odd = a + 2 * m - 1
    const numerator = ((a + m - 1) / odd) * ((a + b + m - 1) / odd) * m * (b - m) * x * x
    const denominator = m + (m * (b - m) * x) / odd + ((a + m) * (lambda + 1 + m * (1 + y))) / (odd + 2)
    d = 1 / (denominator + numerator * d)
    c = denominator + numerator / c
    const factor = c * d
    value *= factor
    if (Math.abs(factor - 1) < ENOUGH) break
  }
  return 1 / value
}

/**
 * Where @stdlib `betainc` is right to 1e-14: one count of at most 1, neither large nor tiny. Elsewhere it is off by
 * 3e-3 in far tails (14 and 350 at 1e-297), by 1e-9 where one count is in the millions.
 */
const isEasy = (a: number, b: number): boolean => Math.min(a, b) <= 1 && Math.min(a, b) > 1e-6 && a + b < 1_000

/**
 * I_x(a, b), or 1 − I_x(a, b) for `upper`, given both x and y = 1 − x, so that neither need be near 1; no argument is
 * checked. By @stdlib `betainc` or our continued fraction from the smaller side.
 */
export const betaTail = (x: number, y: number, a: number, b: number, upper: boolean): number => {
  if (x <= 0 || y <= 0) return x <= 0 === upper ? 1 : 0
  if (x > y) return betaTail(y, x, b, a, !upper)
  if (isEasy(a, b)) return betainc(x, a, b, true, upper)
  const below = x * b <= y * a
  const rest = below ? fraction(x, y, a, b) : fraction(y, x, b, a)
  const log = Math.min(0, logBetaPeak(x, y, a, b) + Math.log(rest))
  return below === upper ? -Math.expm1(log) : Math.exp(log)
}

/**
 * Regularised incomplete beta function I_x(a, b).
 *
 * @param x in [0, 1]
 * @param a above 0
 * @param b above 0
 * @returns relative error below 1e-10 for counts up to 1e8 and in tails down to 1e-300; near 1e-14 for small counts
 * @throws {RangeError} outside these domains
 */
export const regularisedBeta = (x: number, a: number, b: number): number => {
  requireUnit('x', x)
  requirePositive('a', a)
  requirePositive('b', b)
  return betaTail(x, 1 - x, a, b, false)
}

/** 1 − I_x(a, b), with full relative accuracy in the upper tail. Same domains. */
export const regularisedBetaUpper = (x: number, a: number, b: number): number => {
  requireUnit('x', x)
  requirePositive('a', a)
  requirePositive('b', b)
  return betaTail(x, 1 - x, a, b, true)
}
