import { normalCdf, normalDensity, ratioEstimate } from '../../stats/index.ts'
import type { AnalysisInput, EpochData } from './analysis-input.ts'
import type { Measured } from './compare.ts'
import { armMoments, regimesOf } from './regimes.ts'

/** A normal posterior of one arm's mean, better being larger. */
export type Belief = { mean: number; sd: number }

const nodes = 1_200
const reach = 8.5

/**
 * The chance that each arm is the best, and what choosing it is expected to lose against the best, in units of the
 * mean: by quadrature of ∫ f_i Π F_j and E[max] − mean_i, so that the same data gives the same digits. The trapezoid rule
 * over ±8.5 sd is exact to about 1e-10 for densities that vanish at both ends.
 *
 * @param beliefs at least one, each with sd > 0
 */
export const chancesOf = (beliefs: readonly Belief[]): { probability: number; loss: number }[] => {
  const low = Math.min(...beliefs.map(({ mean, sd }) => mean - reach * sd))
  const high = Math.max(...beliefs.map(({ mean, sd }) => mean + reach * sd))
  const narrowest = Math.min(...beliefs.map(({ sd }) => sd))
  const count = Math.min(50_000, Math.max(nodes, Math.ceil(((high - low) / narrowest) * 8)))
  const step = (high - low) / count
  const probability = beliefs.map(() => 0)
  let below = 0
  for (let index = 0; index <= count; index++) {
    const x = low + index * step
    const weight = index === 0 || index === count ? step / 2 : step
    const cdf = beliefs.map(({ mean, sd }) => normalCdf((x - mean) / sd))
    below += weight * cdf.reduce((product, value) => product * value, 1)
    for (const [arm, { mean, sd }] of beliefs.entries()) {
      const others = cdf.reduce((product, value, other) => (other === arm ? product : product * value), 1)
      probability[arm] = (probability[arm] ?? 0) + (weight * normalDensity((x - mean) / sd) * others) / sd
    }
  }
  const best = high - below
  const sum = probability.reduce((total, value) => total + value, 0)
  return beliefs.map(({ mean }, arm) => ({
    probability: (probability[arm] ?? 0) / sum,
    loss: Math.max(0, best - mean),
  }))
}

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
  const live = arms.filter((arm) => experiment.variants[arm]?.status === 'live')
  const nothing = arms.map(() => null)
  const [first = 0] = live
  if (!measured || live.some((arm) => arm !== first && regimesOf(epochs, first, arm).length !== 1)) return nothing
  const sign = measured.plan.direction === 'increase' ? 1 : -1
  const beliefs = live.flatMap((arm): Belief[] => {
    const own = ratioEstimate(armMoments(epochs, arm, measured.ordinal), measured.plan.center)
    return own && own.variance > 0 ? [{ mean: sign * own.estimate, sd: Math.sqrt(own.variance) }] : []
  })
  if (live.length === 0 || beliefs.length < live.length) return nothing
  const chances = chancesOf(beliefs)
  return arms.map((arm) => chances[live.indexOf(arm)] ?? null)
}
