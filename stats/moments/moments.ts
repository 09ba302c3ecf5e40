import { requireCount, requireFinite } from '../check.ts'

/**
 * Raw sums over the units of one arm, as the store keeps them. X is the numerator of a unit, Y its denominator
 * (1 for per-unit metrics). `mean` and `ratio` metrics store X − c·Y with a frozen centre c in place of X.
 */
export type Moments = { n: number; sumX: number; sumY: number; sumXX: number; sumXY: number; sumYY: number }

export const noMoments: Moments = { n: 0, sumX: 0, sumY: 0, sumXX: 0, sumXY: 0, sumYY: 0 }

/** Sums of two disjoint sets of units. */
export const addMoments = (a: Moments, b: Moments): Moments => ({
  n: a.n + b.n,
  sumX: a.sumX + b.sumX,
  sumY: a.sumY + b.sumY,
  sumXX: a.sumXX + b.sumXX,
  sumXY: a.sumXY + b.sumXY,
  sumYY: a.sumYY + b.sumYY,
})

/** Moments of a per-unit metric, where every unit's denominator is 1. */
export const perUnitMoments = (n: number, sumX: number, sumXX: number): Moments => ({
  n, sumX, sumY: n, sumXX, sumXY: sumX, sumYY: n,
})

/** Moments of single units, (x, y) each, stored around `center` (x − center·y). */
export const momentsOf = (units: Iterable<readonly [x: number, y: number]>, center = 0): Moments => {
  const sums = { ...noMoments }
  for (const [raw, y] of units) {
    const x = raw - center * y
    sums.n += 1
    sums.sumX += x
    sums.sumY += y
    sums.sumXX += x * x
    sums.sumXY += x * y
    sums.sumYY += y * y
  }
  return sums
}

/** The same units with X' = X − shift·Y: moves the centre by `shift`, `-center` gives the sums of raw values back. */
export const shiftMoments = (m: Moments, shift: number): Moments => ({
  ...m,
  sumX: m.sumX - shift * m.sumY,
  sumXX: m.sumXX - 2 * shift * m.sumXY + shift * shift * m.sumYY,
  sumXY: m.sumXY - shift * m.sumYY,
})

/** @throws {RangeError} naming the first part that is not finite, or not a count where it must be one. */
export const requireMoments = (name: string, m: Moments): void => {
  requireCount(`${name}.n`, m.n)
  for (const key of ['sumX', 'sumY', 'sumXX', 'sumXY', 'sumYY'] as const) requireFinite(`${name}.${key}`, m[key])
  for (const key of ['sumXX', 'sumYY'] as const) {
    if (m[key] < 0) throw new RangeError(`${name}.${key} must not be negative, got ${m[key]}`)
  }
}
