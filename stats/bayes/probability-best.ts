import { type Axis, commonAxis } from './axis.ts'
import { climb } from './climb.ts'
import { curveOf } from './curve.ts'
import { normalBest } from './normal-best.ts'
import { NODES, meshOf, nodeWeights } from './mesh.ts'
import { type Posterior, requirePosterior } from './posterior.ts'

/** For each arm: the chance that it is the best one, and what choosing it is expected to lose against the best. */
export type BestArm = { probability: number[]; expectedLoss: number[] }

/** Which values are good: those above, or those below. */
export type Best = 'highest' | 'lowest'

/**
 * At one node, for each arm: the chance that all others are worse than the value there (`worse`), and that some other
 * is better (`better`). Products from the front and the back; the second never as 1 − the first, which loses small
 * chances.
 */
const compareWithOthers = (
  bad: readonly Float64Array[], good: readonly Float64Array[], node: number, worse: Float64Array, better: Float64Array,
): void => {
  let [all, some] = [1, 0]
  for (let arm = 0; arm < bad.length; arm++) {
    worse[arm] = all
    better[arm] = some
    all *= (bad[arm] as Float64Array)[node] as number
    some += ((good[arm] as Float64Array)[node] as number) * (1 - some)
  }
  all = 1
  some = 0
  for (let arm = bad.length - 1; arm >= 0; arm--) {
    worse[arm] = (worse[arm] as number) * all
    better[arm] = (better[arm] as number) + some * (1 - (better[arm] as number))
    all *= (bad[arm] as Float64Array)[node] as number
    some += ((good[arm] as Float64Array)[node] as number) * (1 - some)
  }
}

/**
 * The chance of each arm to be the best, and the expected loss of choosing it, E[best value] − E[its value], for
 * independent posteriors of any family, mixed as you like. Deterministic: composite Gauss–Legendre quadrature of ∫ f_i
 * Π F_j and ∫ F_i (1 − Π F_j), each F by cumulative quadrature of its density on the same mesh, which adapts until the
 * densities are resolved. Normal arms of similar widths need no mesh.
 *
 * A chance above .95 is not evidence at an error rate: watched over time it is crossed far too often. Show it beside a
 * confidence sequence.
 *
 * @param arms at least one. Arms that are certain (sd or scale 0) and equal share their chance equally.
 * @param best whether the highest value is the best, or the lowest
 * @returns probabilities that sum to 1, absolute error below 1e-10; losses, never negative, in units of the value, with
 *          an error below 1e-9 posterior widths. One arm: 1 and 0. A t posterior with at most one degree of freedom has
 *          no mean: then losses that involve it are Infinity.
 * @throws {RangeError} when there is no arm, or a parameter is outside its range
 *
 * Source: Chapelle and Li (2011), "An empirical evaluation of Thompson sampling"; Stucchio (2015), "Bayesian A/B
 * testing at VWO", for the loss.
 */
export const probabilityBest = (arms: readonly Posterior[], best: Best = 'highest'): BestArm => {
  if (arms.length === 0) throw new RangeError('arms must hold at least one posterior')
  for (const arm of arms) requirePosterior(arm)
  if (arms.length === 1) return { probability: [1], expectedLoss: [0] }

  const normals = arms.flatMap((arm) => (arm.family === 'normal' && arm.sd > 0 ? [arm] : []))
  const alike = normals.length === arms.length ? normalBest(normals, best) : null
  if (alike) return alike

  const axis = commonAxis(arms, arms.map(curveOf))
  const [probability, loss] = [new Float64Array(arms.length), new Float64Array(arms.length)]
  const [worse, better] = [new Float64Array(arms.length), new Float64Array(arms.length)]
  const total = climb(meshOf(axis), arms.length, (panel, { below, above }, whole) => {
    const [bad, good] = best === 'highest' ? [below, above] : [above, below]
    for (let k = 0; k < NODES; k++) {
      compareWithOthers(bad, good, k, worse, better)
      const weight = nodeWeights[k] as number
      const step = weight * (panel.steps[k] as number)
      for (let arm = 0; arm < arms.length; arm++) {
        const lost = ((bad[arm] as Float64Array)[k] as number) * (better[arm] as number)
        loss[arm] = (loss[arm] as number) + step * lost
      }
      for (const [place, arm] of panel.arms.entries()) {
        const chance = weight * ((panel.rise[place] as Float64Array)[k] as number) * (worse[arm] as number)
        probability[arm] = (probability[arm] as number) + chance / (whole[arm] as number)
      }
    }
  })
  const sum = probability.reduce((all, chance) => all + chance, 0)
  return {
    probability: Array.from(probability, (chance) => chance / sum),
    expectedLoss: Array.from(loss, (value, arm) => value + beyondMesh(axis, total, arm, best)),
  }
}

/** What heavy tails outside the mesh add: the arm's own bad side, and the good side of every other arm. */
const beyondMesh = (axis: Axis, total: Float64Array, arm: number, best: Best): number => {
  const [good, bad] = best === 'highest' ? (['above', 'below'] as const) : (['below', 'above'] as const)
  let excess = 0
  for (const [other, placed] of axis.arms.entries()) {
    if (placed) excess += placed.excess[other === arm ? bad : good] / (total[other] as number)
  }
  return excess
}
