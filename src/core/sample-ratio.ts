import { poolArrivals, sampleRatio } from '../../stats/index.ts'
import type { EpochData } from './analysis-input.ts'
import { finite } from './intervals.ts'
import type { Report } from './report.ts'

/** Below this always-valid p-value units did not arrive as they were drawn. */
export const sampleRatioLevel = 0.001

/**
 * Do exposed units arrive in the shares they were drawn with? Pooled over the epochs with the same weights; all
 * units count, matured or not. PASS as soon as there are units and no evidence against.
 */
export const sampleRatioOf = (epochs: readonly EpochData[], variants: number): Report['sampleRatio'] => {
  const regimes = poolArrivals(
    epochs
      .filter((epoch) => epoch.weights.some((weight) => weight > 0))
      .map(({ weights, arms }) => ({ weights, counts: weights.map((_, arm) => arms[arm]?.units ?? 0) })),
  )
  if (regimes.every(({ counts }) => counts.every((count) => count === 0))) {
    const none = Array.from({ length: variants }, () => 0)
    return { observed: none, expected: none, pValue: null, verdict: 'NO_TRAFFIC' }
  }
  const { observed, expected, pValue } = sampleRatio(regimes)
  return { observed, expected, pValue: finite(pValue), verdict: pValue < sampleRatioLevel ? 'FAIL' : 'PASS' }
}
