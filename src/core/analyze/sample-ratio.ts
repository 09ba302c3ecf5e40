import { adaptiveSampleRatioP, addEpoch, type Arrivals, noEpochs, poolArrivals, sampleRatio } from '../../../stats/index.ts'
import type { EpochData } from './analysis-input.ts'
import { finite } from './intervals.ts'
import { poolsOf } from './pools.ts'
import type { Report } from './report.ts'

/** Below this always-valid p-value units did not arrive as they were drawn. */
export const sampleRatioLevel = 0.001

/**
 * Where weights move within a scope, as a bandit's do, what is learnt of each arm is carried from epoch to epoch. Units
 * that return to an arm which gets nobody any more are not counted: their exposure was lost before.
 */
const movingRatio = (epochs: readonly EpochData[]) => {
  const batches: Arrivals[] = []
  for (const { weights, arms } of epochs) {
    if (!weights.some((weight) => weight > 0)) continue
    const counts = weights.map((weight, arm) => (weight > 0 ? (arms[arm]?.units ?? 0) : 0))
    const last = batches.at(-1)
    const same = last?.weights.every((weight, arm) => weight === weights[arm])
    if (last && same) batches[batches.length - 1] = { weights, counts: counts.map((own, arm) => own + (last.counts[arm] ?? 0)) }
    else batches.push({ weights, counts })
  }
  const state = batches.reduce(addEpoch, noEpochs)
  return { observed: state.observed, expected: state.expected, pValue: adaptiveSampleRatioP(state) }
}

/**
 * Do exposed units arrive in the shares they were drawn with? Pooled over the epochs with the same weights, where
 * they do not move; all units count, matured or not. PASS as soon as there are units and no evidence against.
 */
export const sampleRatioOf = (epochs: readonly EpochData[], variants: number): Report['sampleRatio'] => {
  const regimes = poolArrivals(
    poolsOf(epochs)
      .filter(({ weights }) => weights.some((weight) => weight > 0))
      .map(({ weights, arms }) => ({ weights, counts: weights.map((_, arm) => arms[arm]?.units ?? 0) })),
  )
  if (regimes.every(({ counts }) => counts.every((count) => count === 0))) {
    const none = Array.from({ length: variants }, () => 0)
    return { observed: none, expected: none, pValue: null, verdict: 'NO_TRAFFIC' }
  }
  const { observed, expected, pValue } = regimes.length > 1 ? movingRatio(epochs) : sampleRatio(regimes)
  return { observed, expected, pValue: finite(pValue), verdict: pValue < sampleRatioLevel ? 'FAIL' : 'PASS' }
}
