import { requireFinite } from '../check.ts'
import { type Moments, perUnitMoments } from '../moments/moments.ts'
import { noCounts, type PseudoCounts } from './discount.ts'

/**
 * Moments of quality − price·cost per unit, from joint moments with quality as X and cost as Y: what a bandit should
 * maximise when better answers cost more. The result is a per-unit metric.
 *
 * @param price what one unit of cost is worth in units of quality; any finite number
 * @throws {RangeError} when price is not finite
 */
export const compositeMoments = (m: Moments, price: number): Moments => {
  requireFinite('price', price)
  return perUnitMoments(
    m.n, m.sumX - price * m.sumY, Math.max(0, m.sumXX - 2 * price * m.sumXY + price ** 2 * m.sumYY),
  )
}

/**
 * A ratio metric as a per-unit one, by the delta method: Z = (X − R Y)/Ȳ has the ratio's variance, and its mean is the
 * arm's distance from R. R and Ȳ are the same for all arms (pooled over them), so that Z orders the arms.
 *
 * @returns null when the denominator is 0
 */
export const linearisedMoments = (m: Moments, ratio: number, denominator: number): Moments | null => {
  requireFinite('ratio', ratio)
  requireFinite('denominator', denominator)
  if (denominator === 0) return null
  const residual = compositeMoments(m, ratio)
  return perUnitMoments(m.n, residual.sumX / denominator, residual.sumXX / denominator ** 2)
}

/** Moments as pseudo-counts, turned so that more is better. */
export const countsOf = (m: Moments | null, direction: 'increase' | 'decrease' = 'increase'): PseudoCounts =>
  m === null ? noCounts : { n: m.n, sum: direction === 'increase' ? m.sumX : -m.sumX, sumSquares: m.sumXX }
