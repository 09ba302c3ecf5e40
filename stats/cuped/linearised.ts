import type { CovariateMoments } from './moments.ts'

/** Sums of squared deviations of the linearised outcome Z = X − rY and covariate W = U − cV of one set of units. */
export type Linearised = { n: number; devZZ: number; devZW: number; devWW: number }

/**
 * Deviations from raw sums: with r and c the ratios, Z/Ȳ and W/V̄ are what the delta method replaces the two ratios by,
 * so these three numbers hold all of its 4×4 covariance matrix that matters. Squares are not negative, and the
 * covariance never exceeds what they allow.
 */
export const linearised = (m: CovariateMoments, r: number, c: number): Linearised => {
  const dev = (product: number, one: number, other: number): number => product - (one / m.n) * other
  if (m.n === 0) return { n: 0, devZZ: 0, devZW: 0, devWW: 0 }
  const devZZ = Math.max(0, dev(m.sumXX, m.sumX, m.sumX) - 2 * r * dev(m.sumXY, m.sumX, m.sumY)
    + r * r * dev(m.sumYY, m.sumY, m.sumY))
  const devWW = Math.max(0, dev(m.sumUU, m.sumU, m.sumU) - 2 * c * dev(m.sumUV, m.sumU, m.sumV)
    + c * c * dev(m.sumVV, m.sumV, m.sumV))
  const devZW = dev(m.sumXU, m.sumX, m.sumU) - c * dev(m.sumXV, m.sumX, m.sumV)
    - r * dev(m.sumYU, m.sumY, m.sumU) + r * c * dev(m.sumYV, m.sumY, m.sumV)
  const most = Math.sqrt(devZZ) * Math.sqrt(devWW)
  return { n: m.n, devZZ, devZW: Math.min(most, Math.max(-most, devZW)), devWW }
}
