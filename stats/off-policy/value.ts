import { type LoggedGroup, loggedWeights, requireGroup, weightOf } from './logged.ts'

/** A mean with its standard error; `se` is null below two rows. */
export type PolicyMean = { estimate: number; se: number | null }

/** What a target policy is worth, and how much more than the policy that wrote the log. */
export type PolicyValue = PolicyMean & { gain: PolicyMean }

export type PolicyEstimator = 'ipw' | 'self-normalised' | 'doubly-robust'

/** A row's score as a line in its reward: constant + slope·reward. */
type Line = { constant: number; slope: number }

/** Mean of the rows' scores and its standard error √(Σ(score − mean)²/(n − 1)/n), in two passes so that no digit is lost. */
const meanOf = (groups: readonly LoggedGroup[], lineOf: (group: LoggedGroup) => Line): PolicyMean => {
  let [n, total] = [0, 0]
  for (const group of groups) {
    const { constant, slope } = lineOf(group)
    n += group.n
    total += group.n * constant + slope * group.sum
  }
  const mean = total / n
  let squares = 0
  for (const group of groups) {
    if (group.n === 0) continue
    const { constant, slope } = lineOf(group)
    const average = group.sum / group.n
    const within = Math.max(0, group.sumSquares - group.sum * average)
    squares += slope * slope * within + group.n * (constant + slope * average - mean) ** 2
  }
  return { estimate: mean, se: n < 2 ? null : Math.sqrt(squares / (n - 1) / n) }
}

/**
 * Mean reward that a target policy would have earned on the situations of a log, from rewards, the probabilities with
 * which the log's actions were drawn, and the target policy's own. Rows are independent given the past.
 *
 * `ipw`: the mean of w·r, w = target/propensity. Unbiased; its noise grows with the weights.
 * `self-normalised`: Σwr/Σw, with the standard error of its linearisation. Biased by O(1/n), never outside the range
 * of the rewards, and unmoved by adding a constant to them.
 * `doubly-robust`: the mean of modelValue + w·(r − model). Unbiased whatever the model, less noisy when it is good.
 *
 * `gain` is the value minus the log's own mean reward, with the standard error of the difference row by row.
 *
 * @returns null without rows; for `self-normalised` without weight; for `doubly-robust` when a row lacks its model
 * @throws {RangeError} naming an argument outside its domain
 *
 * Source: Horvitz and Thompson (1952); Swaminathan and Joachims (2015), "The self-normalized estimator for
 * counterfactual learning", eq. 9; Dudík, Erhan, Langford and Li (2014), "Doubly robust policy evaluation and
 * optimization", Statistical Science 29(4), eq. 2.
 */
export const policyValue = (groups: readonly LoggedGroup[], estimator: PolicyEstimator): PolicyValue | null => {
  for (const group of groups) requireGroup(group)
  const rows = groups.filter(({ n }) => n > 0)
  if (rows.length === 0) return null
  if (estimator === 'self-normalised') return selfNormalised(rows)
  const robust = estimator === 'doubly-robust'
  if (robust && rows.some(({ model, modelValue }) => model === undefined || modelValue === undefined)) return null
  const constantOf = ({ model = 0, modelValue = 0 }: LoggedGroup, weight: number): number =>
    robust ? modelValue - weight * model : 0
  const lineOf = (less: number) => (group: LoggedGroup): Line => {
    const weight = weightOf(group)
    return { constant: constantOf(group, weight), slope: weight - less }
  }
  return { ...meanOf(rows, lineOf(0)), gain: meanOf(rows, lineOf(1)) }
}

const selfNormalised = (rows: readonly LoggedGroup[]): PolicyValue | null => {
  const { mean } = loggedWeights(rows)
  if (mean === 0) return null
  const scaled = (group: LoggedGroup): number => weightOf(group) / mean
  const estimate = meanOf(rows, (group) => ({ constant: 0, slope: scaled(group) })).estimate
  const logged = loggedMean(rows)?.estimate ?? 0
  const own = meanOf(rows, (group) => ({ constant: -scaled(group) * estimate, slope: scaled(group) }))
  const against = meanOf(rows, (group) => ({ constant: logged - scaled(group) * estimate, slope: scaled(group) - 1 }))
  return { estimate, se: own.se, gain: { estimate: estimate - logged, se: against.se } }
}

/** Mean reward of the log itself; null without rows. */
export const loggedMean = (groups: readonly LoggedGroup[]): PolicyMean | null =>
  groups.some(({ n }) => n > 0) ? meanOf(groups, () => ({ constant: 0, slope: 1 })) : null
