import { addBernstein, bernsteinLower, noBernstein } from '../exact/empirical-bernstein.ts'
import { requireOpenUnit, requireUnit } from '../check.ts'
import { requireGroup, weightOf } from './logged.ts'

/** One row: its reward in [0, 1] and the two probabilities of its action. */
export type LoggedRow = { reward: number; propensity: number; target: number }

/**
 * Bounds of a target policy's mean reward that hold without any approximation, at every length of the log at once, for
 * rewards in [0, 1] and however large the weights; wide, so a certificate rather than an estimate. The lower one is of
 * w·r, the upper one 1 minus the lower one of w·(1 − r), each at alpha/2; the upper one needs the log to take every
 * action that the target takes.
 *
 * @param rows  in the order in which they came
 * @param alpha chance that an end ever fails, in (0, 1)
 * @returns ends within [0, 1]
 * @throws {RangeError} naming an argument outside its domain
 *
 * Source: Waudby-Smith, Wu, Ramdas, Karampatziakis and Mineiro (2024), "Anytime-valid off-policy inference for
 * contextual bandits", Theorem 1.
 */
export const policyBounds = (rows: readonly LoggedRow[], alpha: number): { lower: number; upper: number } => {
  requireOpenUnit('alpha', alpha)
  const options = { alpha: alpha / 2, truncateMean: true }
  let [low, high] = [noBernstein, noBernstein]
  for (const { reward, propensity, target } of rows) {
    requireUnit('reward', reward)
    const row = { n: 1, sum: reward, sumSquares: reward * reward, propensity, target }
    requireGroup(row)
    const [won, lost] = [weightOf(row) * reward, weightOf(row) * (1 - reward)]
    low = addBernstein(low, { n: 1, sum: won, sumSquares: won * won }, options)
    high = addBernstein(high, { n: 1, sum: lost, sumSquares: lost * lost }, options)
  }
  return {
    lower: Math.max(0, bernsteinLower(low, options.alpha)),
    upper: Math.min(1, 1 - bernsteinLower(high, options.alpha)),
  }
}
