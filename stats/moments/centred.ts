import type { Moments } from './moments.ts'

/**
 * Means and centred second moments (sums of squared deviations, not yet divided) of n units: what estimators work
 * on. Mergeable without the cancellation that raw sums suffer.
 */
export type Centred = { n: number; meanX: number; meanY: number; devXX: number; devXY: number; devYY: number }

export const noUnits: Centred = { n: 0, meanX: 0, meanY: 0, devXX: 0, devXY: 0, devYY: 0 }

/**
 * From raw sums. Deviations that rounding made negative become 0; `lostPrecision` tells whether they mean anything.
 * No units give means of 0.
 */
export const centred = (m: Moments): Centred => {
  if (m.n === 0) return noUnits
  const [meanX, meanY] = [m.sumX / m.n, m.sumY / m.n]
  return {
    n: m.n,
    meanX,
    meanY,
    devXX: Math.max(0, m.sumXX - meanX * m.sumX),
    devXY: m.sumXY - meanX * m.sumY,
    devYY: Math.max(0, m.sumYY - meanY * m.sumY),
  }
}

/** One more unit. Source: Welford (1962). */
export const pushUnit = (s: Centred, x: number, y = 1): Centred =>
  mergeCentred(s, { n: 1, meanX: x, meanY: y, devXX: 0, devXY: 0, devYY: 0 })

/** Union of two disjoint sets: dev = dev_a + dev_b + δ² n_a n_b / n. Source: Chan, Golub and LeVeque (1983). */
export const mergeCentred = (a: Centred, b: Centred): Centred => {
  if (a.n === 0) return b
  if (b.n === 0) return a
  const n = a.n + b.n
  const [dx, dy] = [b.meanX - a.meanX, b.meanY - a.meanY]
  const weight = (a.n / n) * b.n
  return {
    n,
    meanX: a.meanX + (dx * b.n) / n,
    meanY: a.meanY + (dy * b.n) / n,
    devXX: a.devXX + b.devXX + dx * dx * weight,
    devXY: a.devXY + b.devXY + dx * dy * weight,
    devYY: a.devYY + b.devYY + dy * dy * weight,
  }
}

/**
 * Σ(Z − Z̄)² of Z = X − ratio·Y, from centred second moments. Not negative.
 * Divided by n − 1 it is the unit variance of the delta method.
 */
export const residualDeviation = (s: Centred, ratio: number): number =>
  Math.max(0, s.devXX - 2 * ratio * s.devXY + ratio * ratio * s.devYY)

/** Sample variance (divisor n − 1) of X; null below 2 units. */
export const sampleVariance = (s: Centred): number | null => (s.n < 2 ? null : s.devXX / (s.n - 1))

/** Sample covariance (divisor n − 1) of X and Y; null below 2 units. */
export const sampleCovariance = (s: Centred): number | null => (s.n < 2 ? null : s.devXY / (s.n - 1))
