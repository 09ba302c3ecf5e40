import { requireCount, requireNonNegative, requireOpenUnit, requirePositive } from '../check.ts'

/** Weights of two arms that estimate their difference best, in proportion to their deviations. Source: Neyman (1934). */
export const neymanWeights = (varianceA: number, varianceB: number): [a: number, b: number] => {
  requirePositive('varianceA', varianceA)
  requirePositive('varianceB', varianceB)
  const [a, b] = [Math.sqrt(varianceA), Math.sqrt(varianceB)]
  return [a / (a + b), b / (a + b)]
}

export type NormalArm = { n: number; mean: number; variance: number }

/**
 * Generalised likelihood ratio that the leader beats the challenger by more than −epsilon:
 * (gap + ε)²/(2(v_L/n_L + v_i/n_i)), and log((1 + log N)/δ), beyond which to stop.
 *
 * The threshold is a heuristic, not a bound on the error: decide by a confidence sequence.
 *
 * @param total units of all arms, at least 1
 * @param delta wanted error in (0, 1)
 *
 * Source: Garivier and Kaufmann (2016), "Optimal best arm identification with fixed confidence", section 3.2.
 */
export const leaderEvidence = (
  leader: NormalArm, challenger: NormalArm, total: number, delta: number, epsilon = 0,
): { statistic: number; threshold: number } => {
  requireCount('total', total, 1)
  requireOpenUnit('delta', delta)
  requireNonNegative('epsilon', epsilon)
  for (const [name, arm] of [['leader', leader], ['challenger', challenger]] as const) {
    requirePositive(`${name}.n`, arm.n)
    requirePositive(`${name}.variance`, arm.variance)
  }
  const noise = leader.variance / leader.n + challenger.variance / challenger.n
  return {
    statistic: Math.max(0, leader.mean - challenger.mean + epsilon) ** 2 / (2 * noise),
    threshold: Math.log((1 + Math.log(total)) / delta),
  }
}
