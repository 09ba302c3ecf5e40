import { addScoreMoments, exactRho, noScoreSums, planVariance, scoreSequence, type ScoreSums, twoSidedP } from '../../../stats/index.ts'
import type { EpochData } from '../analyze/analysis-input.ts'
import type { Report } from '../analyze/report.ts'
import { sampleRatioLevel } from '../analyze/sample-ratio.ts'

const plannedUnits = 2_000
/** Fewer say nothing: sums of 1/propensity have long tails. */
const leastUnits = 100

type Arm = { units: number; weight: number; reached: number; sums: ScoreSums }

/** Units in arm k weighted by 1/e_k are, drawn as told, as many as came while it was open: z = 1{A = k}/e − 1 averages to 0. */
const armOf = (epochs: readonly EpochData[], arm: number): Arm =>
  epochs.reduce<Arm>((total, { weights, arms }) => {
    const weighted = arms[arm]?.weighted?.[0]
    if (!weighted || !((weights[arm] ?? 0) > 0)) return total
    const n = weights.reduce((sum, weight, other) => sum + (weight > 0 ? (arms[other]?.units ?? 0) : 0), 0)
    const { w, ww } = weighted
    return {
      units: total.units + (arms[arm]?.units ?? 0), weight: total.weight + w, reached: total.reached + n,
      sums: addScoreMoments(total.sums, { n, z: w - n, zz: Math.max(0, ww - 2 * w + n) }),
    }
  }, { units: 0, weight: 0, reached: 0, sums: noScoreSums })

/**
 * Do units arrive as often as their propensities say, where each has its own? An always-valid sequence for each arm, all
 * at one level together. `expected` are the units that the arm would have, if its weighted ones were as many as came.
 */
export const contextualRatio = (epochs: readonly EpochData[], variants: number): Report['sampleRatio'] => {
  const arms = Array.from({ length: variants }, (_, arm) => armOf(epochs, arm))
  const observed = arms.map(({ units }) => units)
  const expected = arms.map(({ units, weight, reached }) => (weight > 0 ? (units * reached) / weight : 0))
  if (observed.every((units) => units === 0)) return { observed, expected: observed, pValue: null, verdict: 'NO_TRAFFIC' }
  const rho = exactRho(planVariance(plannedUnits, Math.max(1, variants - 1), 1), sampleRatioLevel / variants)
  const pValues = arms.map(({ units, sums }) => {
    const sequence = units >= leastUnits ? scoreSequence(sums) : null
    return sequence ? twoSidedP(sequence, rho) : 1
  })
  const pValue = Math.min(1, variants * Math.min(...pValues))
  return { observed, expected, pValue, verdict: pValue < sampleRatioLevel ? 'FAIL' : 'PASS' }
}
