import { requireOpenUnit } from '../check.ts'

/**
 * Two-sided half-width, for unit variance, of the sequence that shrinks like the law of the iterated logarithm:
 * 1.7 √((log log 2n + .72 log(10.4/α))/n). Wider than `asymptoticRadius` at any planned size,
 * narrower in the far limit.
 *
 * @param n     observations so far, at least 2
 * @param alpha in (0, 1)
 * @throws {RangeError} outside these domains
 *
 * Source: Howard, Ramdas, McAuliffe and Sekhon (2021), "Time-uniform, nonparametric, nonasymptotic confidence
 * sequences", eq. 2.
 */
export const iteratedLogarithmRadius = (n: number, alpha: number): number => {
  if (!(n >= 2 && n < Infinity)) throw new RangeError(`n must be a finite number of at least 2, got ${n}`)
  requireOpenUnit('alpha', alpha)
  return 1.7 * Math.sqrt((Math.log(Math.log(2 * n)) + 0.72 * Math.log(10.4 / alpha)) / n)
}
