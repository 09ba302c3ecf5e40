import { requireUnit } from '../check.ts'
import { requireDistribution } from './floor.ts'

/**
 * Top-two Thompson allocation: with chance β the best of a posterior draw, else the best of draws until another arm
 * wins; in the long run ψ_i = w_i (β + (1 − β) Σ_{j≠i} w_j/(1 − w_j)). For finding the best arm; Thompson's own
 * w for the least regret.
 *
 * @param best P(best) of each arm, summing to 1
 * @param beta share of draws that keep the winner, in [0, 1]; 1/2 is near optimal without tuning
 * @returns a distribution. An arm that is certainly best gets β, the others share the rest in proportion to their
 *          chances, or equally when they have none
 * @throws {RangeError} outside these domains
 *
 * Source: Russo (2020), "Simple Bayesian algorithms for best-arm identification", Operations Research 68(6).
 */
export const topTwo = (best: readonly number[], beta = 0.5): number[] => {
  requireDistribution('best', best)
  requireUnit('beta', beta)
  if (best.length === 1) return [1]
  const challengers = best.map((own, leader) => {
    // 1 − own loses every digit when a chance is nearly 1
    const others = best.reduce((sum, chance, arm) => (arm === leader ? sum : sum + chance), 0)
    return (arm: number): number =>
      others > 0 ? (own * (best[arm] ?? 0)) / others : own / (best.length - 1)
  })
  const raw = best.map((own, arm) =>
    challengers.reduce((sum, given, leader) => (leader === arm ? sum : sum + (1 - beta) * given(arm)), beta * own),
  )
  const total = raw.reduce((sum, weight) => sum + weight, 0)
  return raw.map((weight) => weight / total)
}
