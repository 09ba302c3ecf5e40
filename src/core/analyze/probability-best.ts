import { type NormalPosterior, probabilityBest, ratioEstimate } from '../../../stats/index.ts'
import type { AnalysisInput, EpochData } from './analysis-input.ts'
import type { Measured } from './compare.ts'
import { armMoments, regimesOf } from './regimes.ts'
import { isDrawn } from './weights.ts'

/**
 * The chances of the live arms on the first decision metric, from matured data with a flat prior. It decides nothing.
 * Null where an arm has no variance yet, or where relative traffic changed, since pooled means would mislead then.
 */
export const chancesToBeBest = (
  { experiment }: AnalysisInput,
  measured: Measured | undefined,
  epochs: readonly EpochData[],
): ({ probability: number; loss: number } | null)[] => {
  const arms = experiment.variants.map((_, arm) => arm)
  const live = arms.filter((arm) => isDrawn(experiment.variants[arm]!))
  const nothing = arms.map(() => null)
  const [first = 0] = live
  if (!measured || measured.plan.kind === 'quantile' || live.some((arm) => arm !== first && regimesOf(epochs, first, arm).length !== 1)) return nothing
  const beliefs = live.flatMap((arm): NormalPosterior[] => {
    const own = ratioEstimate(armMoments(epochs, arm, measured.ordinal), measured.plan.center)
    return own && own.variance > 0 ? [{ family: 'normal', mean: own.estimate, sd: Math.sqrt(own.variance) }] : []
  })
  if (live.length === 0 || beliefs.length < live.length) return nothing
  const { probability, expectedLoss } = probabilityBest(beliefs, measured.plan.direction === 'increase' ? 'highest' : 'lowest')
  return arms.map((arm) => {
    const index = live.indexOf(arm)
    return index < 0 ? null : { probability: probability[index] ?? 0, loss: expectedLoss[index] ?? 0 }
  })
}
