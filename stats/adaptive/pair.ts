import { requireFinite } from '../check.ts'
import type { Sequential } from '../sequential/bounds.ts'
import { type ArmScores, armScores } from './contrast-moments.ts'
import { type PairEpoch, type ScoredEpoch, scoredEpochs } from './epoch.ts'

/**
 * Both arms' doubly robust means (ratios) over adaptive epochs with common weights, and the accumulated variances
 * of their scores: V_a, V_b and their cross term, so that the variance of b − c·a is V_b − 2c·V_ab + c²·V_a for any c.
 * `weight` is Σh over units.
 */
export type PairEstimate = { a: number; b: number; varianceA: number; varianceB: number; cross: number; weight: number }

/**
 * Estimate both arms: M̂ = Σh(N m + T/e)/Σh for numerator and denominator alike, R̂ = M̂/D̂, and scores of the residual
 * (X − R̂Y)/D̂ around its frozen mean. For per-unit metrics (Y = 1, frozen y = 1) D̂ is exactly 1 and the contrast
 * b − a is exactly that of `contrastMoments` and `scoreSequence`.
 *
 * @param epochs see `PairEpoch`; those without probability for either arm are left out
 * @param center centre of the stored X − center·Y; 0 when raw values are stored
 * @returns null without an epoch that counts, or when an arm's denominator is not positive
 * @throws {RangeError} naming the value outside its domain
 *
 * Source: F5 of the design: the delta method of a ratio applied to doubly robust scores.
 */
export const pairEstimate = (epochs: readonly PairEpoch[], center = 0): PairEstimate | null => {
  requireFinite('center', center)
  const usable = scoredEpochs(epochs)
  const weight = usable.reduce((sum, epoch) => sum + epoch.weight * epoch.n, 0)
  const [a, b] = [ratioOf(usable, 'a', weight), ratioOf(usable, 'b', weight)]
  if (!a || !b) return null
  let [varianceA, varianceB, cross] = [0, 0, 0]
  for (const epoch of usable) {
    const { n } = epoch
    const [ofA, ofB] = [armScores(epoch.a, a), armScores(epoch.b, b)]
    const square = epoch.weight ** 2
    varianceA += square * squares(ofA, n)
    varianceB += square * squares(ofB, n)
    cross += square * (n * ofA.m * ofB.m + ofB.m * ofA.t + ofA.m * ofB.t)
  }
  return { a: center + a.ratio, b: center + b.ratio, varianceA, varianceB, cross, weight }
}

const squares = ({ m, t, q }: ArmScores, n: number): number => Math.max(0, n * m * m + 2 * m * t + q)

const ratioOf = (epochs: readonly ScoredEpoch[], arm: 'a' | 'b', weight: number) => {
  let [numerator, denominator] = [0, 0]
  for (const epoch of epochs) {
    const { sums, x, y } = epoch[arm]
    numerator += epoch.weight * (epoch.n * x + sums.wX - x * sums.w)
    denominator += epoch.weight * (epoch.n * y + sums.wY - y * sums.w)
  }
  return denominator > 0 ? { ratio: numerator / denominator, scale: weight / denominator } : null
}

/**
 * b − factor·a on its sequence's clock, the accumulated variance.
 *
 * @param factor 1 for the difference; 1 + r for a relative margin r
 * @returns null when the scores have no variance
 */
export const pairContrast = (pair: PairEstimate, factor = 1): Sequential | null => {
  requireFinite('factor', factor)
  const variance = pair.varianceB - 2 * factor * pair.cross + factor ** 2 * pair.varianceA
  if (!(variance > 0 && pair.weight > 0)) return null
  return { estimate: pair.b - factor * pair.a, se: Math.sqrt(variance) / pair.weight, n: variance }
}
