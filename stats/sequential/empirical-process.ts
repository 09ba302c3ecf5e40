import { requireOpenUnit } from '../check.ts'
import { crossing } from '../crossing.ts'
import { minimize } from '../minimize.ts'

/**
 * Half-width of a band around the empirical distribution function that holds at every point and from tMin draws on at
 * every time: A √((log(1 + log(t/tMin)) + C)/t), so quantiles of all levels have valid intervals at once.
 *
 * @param t     draws so far
 * @param alpha in (0, 1)
 * @param tMin  draws at which the band begins, at least 1, frozen beforehand
 * @param a     the constant A, above 1/√2; .85 is a good trade
 * @returns in units of probability; Infinity below tMin
 * @throws {RangeError} outside these domains
 *
 * Source: Howard and Ramdas (2022), "Sequential estimation of quantiles with applications to A/B testing and best-arm
 * identification", Theorem 2.
 */
export const empiricalProcessRadius = (t: number, alpha: number, tMin: number, a = 0.85): number => {
  if (!(tMin >= 1 && tMin < Infinity)) throw new RangeError(`tMin must be a finite number of at least 1, got ${tMin}`)
  if (!(t >= 0 && t < Infinity)) throw new RangeError(`t must be a finite number of at least 0, got ${t}`)
  const c = bandConstant(alpha, a)
  return t < tMin ? Infinity : a * Math.sqrt((Math.log1p(Math.log(t / tMin)) + c) / t)
}

/** The least C whose band fails with chance at most alpha, the epochs' growth η chosen best for it. */
const bandConstant = (alpha: number, a: number): number => {
  requireOpenUnit('alpha', alpha)
  if (!(a > Math.SQRT1_2 && a < Infinity)) throw new RangeError(`a must be a finite number above 1/√2, got ${a}`)
  const valid = (c: number): boolean => {
    const most = crossing((eta) => Math.sqrt(eta / 2) + Math.sqrt((2 * (eta - 1)) / c) >= a, 1, 2 * a * a)
    return minimize((eta) => failure(c, eta, a), 1, most).value <= alpha
  }
  let high = 5
  while (!valid(high)) high *= 2
  return crossing((c) => !valid(c), high, high / 10_000)
}

const failure = (c: number, eta: number, a: number): number => {
  const gap = a - Math.sqrt((2 * (eta - 1)) / c)
  const exponent = (2 / eta) * gap * gap
  return exponent <= 1 || eta <= 1 ? Infinity : 4 * Math.exp(-exponent * c) * (1 + 1 / ((exponent - 1) * Math.log(eta)))
}
