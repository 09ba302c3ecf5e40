import { centred, residualDeviation } from './centred.ts'
import type { Moments } from './moments.ts'

/** A second moment counts as lost when rounding may have eaten its fourth digit. */
const TOLERATED = 1e-3

const perUnit = (m: Moments): boolean => m.sumY === m.n && m.sumYY === m.n

/** A ratio of which nothing is subtracted where every denominator is 1: Y then has no spread. */
const effective = (m: Moments, ratio: number): number => (perUnit(m) ? 0 : ratio)

/**
 * Absolute rounding error to expect in Σ(Z − Z̄)², Z = X − ratio·Y, computed from raw sums: one unit in the last
 * place for every addition, adding up like a random walk; sums of integers are exact until they are combined.
 */
export const roundingError = (m: Moments, ratio: number): number => {
  const r = effective(m, ratio)
  const size = m.sumXX + 2 * Math.abs(r * m.sumXY) + r * r * m.sumYY
  return Number.EPSILON * size * (integral(m) ? 1 : Math.sqrt(Math.max(1, m.n)))
}

/**
 * Whether the second moments have lost their precision: the values lie so far from zero (from the centre), compared
 * with their spread, that the squares' common part has swallowed the digits that differ. The remedy is a `center`
 * near the mean. Constant values count as lost unless the sums are integers: an exact variance of 0 and pure
 * rounding cannot be told apart otherwise.
 *
 * @param m     raw sums of one arm
 * @param ratio the question is asked of X − ratio·Y; the arm's own ΣX/ΣY unless given. It makes no difference
 *              to per-unit metrics (Y = 1)
 */
export const lostPrecision = (m: Moments, ratio = m.sumY === 0 ? 0 : m.sumX / m.sumY): boolean => {
  if (m.n < 2 || exactlyConstant(m)) return false
  return roundingError(m, ratio) > TOLERATED * residualDeviation(centred(m), effective(m, ratio))
}

const integral = (m: Moments): boolean =>
  [m.sumX, m.sumY, m.sumXX, m.sumXY, m.sumYY].every((sum) => Number.isSafeInteger(sum))

/** Every unit has the same X/Y (the same X where Y = 1): Σ(X·ΣY − Y·ΣX)² = 0, in exact integers. */
const exactlyConstant = (m: Moments): boolean => {
  if (!integral(m)) return false
  const [x, y, xx, xy, yy] = [m.sumX, m.sumY, m.sumXX, m.sumXY, m.sumYY].map(BigInt) as [
    bigint, bigint, bigint, bigint, bigint,
  ]
  return xx * y * y - 2n * x * y * xy + yy * x * x === 0n
}
