import { requireCount, requireFinite, requireNonNegative, requireUnit } from '../check.ts'

/**
 * Rows of a log whose action was drawn with the same probabilities, by their sums; a single row is a group with n = 1.
 *
 * `propensity` is the probability, in (0, 1], with which the policy that wrote the log drew the action that was taken;
 * `target` the one, in [0, 1], with which the policy to be valued would have drawn it. `model` predicts the reward of
 * the action taken, `modelValue` the reward that the target policy would get in the same situation: Σ target·prediction
 * over its actions. Predictions must not come from the rows' own rewards: fit them on others.
 */
export type LoggedGroup = {
  n: number
  sum: number
  sumSquares: number
  propensity: number
  target: number
  model?: number
  modelValue?: number
}

/** The part of the squares that rounding may take away. */
const rounding = 1e-9

/** @throws {RangeError} naming what lies outside its domain */
export const requireGroup = ({ n, sum, sumSquares, propensity, target, model = 0, modelValue = 0 }: LoggedGroup): void => {
  requireCount('n', n)
  requireFinite('sum', sum)
  requireNonNegative('sumSquares', sumSquares)
  if (n * sumSquares < sum * sum * (1 - rounding)) {
    throw new RangeError(`sumSquares must be at least sum²/n, got ${sumSquares}`)
  }
  if (!(propensity > 0 && propensity <= 1)) throw new RangeError(`propensity must lie in (0, 1], got ${propensity}`)
  requireUnit('target', target)
  requireFinite('model', model)
  requireFinite('modelValue', modelValue)
}

/** How many rows of the target policy a row of the log stands for: target/propensity. */
export const weightOf = ({ propensity, target }: LoggedGroup): number => target / propensity

/** How well a log speaks for a policy. `effective` rows of the target policy itself would say as much. */
export type LoggedWeights = {
  n: number
  /** 1 on average when propensities and targets are right, and the log takes every action that the target takes. */
  mean: number
  /** Standard error of that mean; 0 below two rows. */
  se: number
  max: number
  effective: number
  /** Part of the whole weight that one row with the largest weight carries; 0 without weight. */
  largestShare: number
}

/**
 * The weights of a log: their mean, the largest, and Kish's effective size (Σw)²/Σw².
 *
 * @returns zeros for no rows
 * @throws {RangeError} naming an argument outside its domain
 *
 * Source: Kish (1965), "Survey Sampling", section 11.7.
 */
export const loggedWeights = (groups: readonly LoggedGroup[]): LoggedWeights => {
  let [n, sum, squares, max] = [0, 0, 0, 0]
  for (const group of groups) {
    requireGroup(group)
    if (group.n === 0) continue
    const weight = weightOf(group)
    n += group.n
    sum += group.n * weight
    squares += group.n * weight * weight
    max = Math.max(max, weight)
  }
  const mean = n === 0 ? 0 : sum / n
  const spread = groups.reduce((total, group) => total + group.n * (weightOf(group) - mean) ** 2, 0)
  const se = n < 2 ? 0 : Math.sqrt(spread / (n - 1) / n)
  return {
    n, mean, se, max,
    effective: squares === 0 ? 0 : (sum * sum) / squares,
    largestShare: sum === 0 ? 0 : max / sum,
  }
}
