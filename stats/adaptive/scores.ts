import { requireFinite } from '../check.ts'

/**
 * Doubly robust (AIPW) score of one unit for one arm: m + 1{drawn}(y − m)/e. With m = 0 it is the inverse-probability
 * (IPW) score. Its mean, given the past, is the arm's mean, whatever m.
 *
 * @param outcome    the unit's outcome when this arm was drawn for it, else null
 * @param propensity e, the probability with which this arm was drawn, in (0, 1]
 * @param frozenMean m, from strictly earlier data
 * @throws {RangeError} outside these domains
 *
 * Source: Hadad, Hirshberg, Zhan, Wager and Athey (2021), "Confidence intervals for policy evaluation in adaptive
 * experiments", PNAS 118(15), eq. 5.
 */
export const aipwScore = (outcome: number | null, propensity: number, frozenMean: number): number => {
  if (!(propensity > 0 && propensity <= 1)) throw new RangeError(`propensity must lie in (0, 1], got ${propensity}`)
  requireFinite('frozenMean', frozenMean)
  return outcome === null ? frozenMean : frozenMean + (outcome - frozenMean) / propensity
}

type ArmSums = { h: number; hs: number; hh: number; hhs: number; hhss: number }

/**
 * Scores of two arms over the same units with weights of their own, mergeable: the state of a diagnostic estimate.
 * `cross` holds Σ h_a h_b times 1, s_a, s_b and s_a s_b.
 */
export type PairScores = {
  n: number
  a: ArmSums
  b: ArmSums
  cross: { hh: number; hhA: number; hhB: number; hhAB: number }
}

const none: ArmSums = { h: 0, hs: 0, hh: 0, hhs: 0, hhss: 0 }
export const noPairScores: PairScores = { n: 0, a: none, b: none, cross: { hh: 0, hhA: 0, hhB: 0, hhAB: 0 } }

/** One more unit: its score for each arm and the weight of each. */
export const pushScores = (
  s: PairScores, score: { a: number; b: number }, weight: { a: number; b: number } = { a: 1, b: 1 },
): PairScores => {
  const both = weight.a * weight.b
  return mergePairScores(s, {
    n: 1,
    a: single(score.a, weight.a),
    b: single(score.b, weight.b),
    cross: { hh: both, hhA: both * score.a, hhB: both * score.b, hhAB: both * score.a * score.b },
  })
}

const single = (s: number, h: number): ArmSums => ({ h, hs: h * s, hh: h * h, hhs: h * h * s, hhss: h * h * s * s })

/** Sums of two disjoint sets of units. */
export const mergePairScores = (one: PairScores, two: PairScores): PairScores => ({
  n: one.n + two.n,
  a: addArm(one.a, two.a),
  b: addArm(one.b, two.b),
  cross: {
    hh: one.cross.hh + two.cross.hh, hhA: one.cross.hhA + two.cross.hhA,
    hhB: one.cross.hhB + two.cross.hhB, hhAB: one.cross.hhAB + two.cross.hhAB,
  },
})

const addArm = (one: ArmSums, two: ArmSums): ArmSums => ({
  h: one.h + two.h, hs: one.hs + two.hs, hh: one.hh + two.hh, hhs: one.hhs + two.hhs, hhss: one.hhss + two.hhss,
})

export type Scored = { estimate: number; se: number }

/**
 * Arm means ΣhΓ/Σh with standard errors √Σh²(Γ − mean)²/Σh, and b − a with the standard error of the paired scores,
 * √Σ[h_b(Γ_b − mean_b)/H_b − h_a(Γ_a − mean_a)/H_a]². A diagnostic: arm-specific weights (√e, two-point) average
 * the arms over different mixtures of time and fail when the baseline moves; comparisons take common weights.
 *
 * @returns null while an arm has no weight
 *
 * Source: Hadad et al. (2021), eqs. 8 and 14.
 */
export const scoredMeans = ({ a, b, cross }: PairScores): { a: Scored; b: Scored; difference: Scored } | null => {
  if (!(a.h > 0 && b.h > 0)) return null
  const [meanA, meanB] = [a.hs / a.h, b.hs / b.h]
  const [varianceA, varianceB] = [spread(a, meanA) / a.h ** 2, spread(b, meanB) / b.h ** 2]
  const common = cross.hhAB - meanB * cross.hhA - meanA * cross.hhB + meanA * meanB * cross.hh
  const between = varianceA + varianceB - (2 * common) / (a.h * b.h)
  return {
    a: { estimate: meanA, se: Math.sqrt(varianceA) },
    b: { estimate: meanB, se: Math.sqrt(varianceB) },
    difference: { estimate: meanB - meanA, se: Math.sqrt(Math.max(0, between)) },
  }
}

const spread = (s: ArmSums, mean: number): number => Math.max(0, s.hhss - 2 * mean * s.hhs + mean ** 2 * s.hh)
