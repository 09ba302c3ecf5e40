import { normalCdf, normalDensity } from '../special/index.ts'
import type { Best, BestArm } from './probability-best.ts'

type Normal = { mean: number; sd: number }

/** Standard deviations beyond which a normal has nothing left that a double could add to 1. */
const REACH = 9
/** More nodes than this cost more than a mesh that adapts. */
const MOST_NODES = 600

/**
 * Chances and losses of normal arms alone: ∫ f_i Π F_j and ∫ F_i (1 − Π F_j) by the trapezoidal rule. Integrands
 * that are analytic and fade on both sides need no more: off the real axis they grow like e^(y²S/2), S = Σ 1/σ², so with
 * steps of h the error is of the order e^(−2π²/(h²S)), 6e-16 with h = .75/√S.
 *
 * @param arms at least two, each with sd > 0
 * @returns as `probabilityBest`; null where arms lie too far apart, or their widths do, for steps of one length
 *
 * Source: Trefethen and Weideman (2014), "The exponentially convergent trapezoidal rule", SIAM Review 56(3), Theorem 5.1.
 */
export const normalBest = (arms: readonly Normal[], best: Best): BestArm | null => {
  const sign = best === 'highest' ? 1 : -1
  const origin = arms[0]?.mean ?? 0
  const places = arms.map(({ mean, sd }) => ({ at: sign * (mean - origin), sd }))
  const step = 0.75 / Math.sqrt(places.reduce((sum, { sd }) => sum + sd ** -2, 0))
  const low = Math.min(...places.map(({ at, sd }) => at - REACH * sd))
  const high = Math.max(...places.map(({ at, sd }) => at + REACH * sd))
  const nodes = Math.ceil((high - low) / step)
  if (!(nodes <= MOST_NODES)) return null

  const probability = new Float64Array(arms.length)
  const loss = new Float64Array(arms.length)
  const below = new Float64Array(arms.length)
  const above = new Float64Array(arms.length)
  for (let node = 0; node <= nodes; node++) {
    const place = low + node * step
    for (let arm = 0; arm < arms.length; arm++) {
      const { at, sd } = places[arm] as (typeof places)[number]
      const z = (place - at) / sd
      below[arm] = normalCdf(z)
      above[arm] = normalCdf(-z)
    }
    for (let arm = 0; arm < arms.length; arm++) {
      // that all others are lower, and that some other is higher, which is never taken as 1 − the first
      let [lower, some] = [1, 0]
      for (let other = 0; other < arms.length; other++) {
        if (other === arm) continue
        lower *= below[other] as number
        some += (above[other] as number) * (1 - some)
      }
      const { at, sd } = places[arm] as (typeof places)[number]
      probability[arm] = (probability[arm] as number) + (normalDensity((place - at) / sd) / sd) * lower
      loss[arm] = (loss[arm] as number) + (below[arm] as number) * some
    }
  }
  const sum = probability.reduce((all, one) => all + one, 0)
  return {
    probability: Array.from(probability, (one) => one / sum),
    expectedLoss: Array.from(loss, (one) => one * step),
  }
}
