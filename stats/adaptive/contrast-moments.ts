import { requireFinite } from '../check.ts'
import { type PairEpoch, type ScoredArm, type ScoredEpoch, scoredEpochs } from './epoch.ts'

/** Sums of the contrast scores z of one epoch over the units of all its arms. */
export type ScoreMoments = { n: number; z: number; zz: number }

/** A linear reading of an arm's units: Z = scale·(X − ratio·Y). */
export type Reading = { scale: number; ratio: number }

/** An arm's part in the scores: frozen mean m, T = Σw(Z − m), Q = Σw²(Z − m)². */
export type ArmScores = { m: number; t: number; q: number }

export const armScores = ({ sums, x, y }: ScoredArm, { scale, ratio }: Reading): ArmScores => {
  const m = scale * (x - ratio * y)
  const t = scale * (sums.wX - ratio * sums.wY) - m * sums.w
  const square = scale ** 2 * (sums.wwXX - 2 * ratio * sums.wwXY + ratio ** 2 * sums.wwYY)
  const q = square - 2 * m * scale * (sums.wwX - ratio * sums.wwY) + m ** 2 * sums.ww
  return { m, t, q: Math.max(0, q) }
}

/**
 * Moments of the doubly robust (AIPW) scores of μ_b − factor·μ_a in each epoch, from the arms' moments alone. A unit's
 * score is d + 1{b}(Y − m_b)/e_b − factor·1{a}(Y − m_a)/e_a with d = m_b − factor·m_a, so that
 * Σz = N d + G and Σz² = N d² + 2 d G + Q_b/e_b² + factor² Q_a/e_a², G = T_b/e_b − factor·T_a/e_a.
 *
 * For per-unit metrics (Y = 1); ratios of sums go through `pairEstimate`. Epochs where either arm had no probability
 * are left out.
 *
 * @param factor 1 for the difference; 1 + r for a relative margin r, which divides by nothing and so stays valid near 0
 * @returns per epoch that counts its frozen weight and the sums, X in stored units
 * @throws {RangeError} naming a propensity, sum or count outside its domain
 *
 * Source: Waudby-Smith et al. (2024), arXiv:2103.06476, section 3.3, with scores frozen by epoch; F2 of the design.
 */
export const contrastMoments = (
  epochs: readonly PairEpoch[], factor = 1,
): { weight: number; moments: ScoreMoments }[] => {
  requireFinite('factor', factor)
  return scoredEpochs(epochs).map((epoch) => ({ weight: epoch.weight, moments: scoreMoments(epoch, factor) }))
}

const scoreMoments = ({ n, a, b }: ScoredEpoch, factor: number): ScoreMoments => {
  const [own, other] = [armScores(b, { scale: 1, ratio: 0 }), armScores(a, { scale: factor, ratio: 0 })]
  const d = own.m - other.m
  const g = own.t - other.t
  return { n, z: n * d + g, zz: n * d * d + 2 * d * g + own.q + other.q }
}
