import type { LoggedGroup, LoggedWeights } from '../../../stats/index.ts'
import { count, decimal, percent } from '../describe/wording.ts'

/** Below it a normal approximation of weighted rewards is no more than a guess. */
const fewRows = 100
/** Rewards that count, each by its weight. */
const fewEvents = 20
/** A row may carry so much of all weight before it is told. */
const heavyShare = 0.05
/** Standard errors by which the mean of the weights may miss 1. */
const farOff = 4
const rounding = 1e-6

type Errors = { ipw: { se: number | null }; doublyRobust: { se: number | null } | null }

type Evaluated = { outcomes: string; groups: readonly LoggedGroup[]; weights: LoggedWeights; estimates: Errors }

/** (Σwr)²/Σ(wr)²: how many rewards of one size would say as much; rewards are not negative. */
const effectiveRewards = (groups: readonly LoggedGroup[]): number => {
  let [sum, squares] = [0, 0]
  for (const group of groups) {
    const weight = group.target / group.propensity
    sum += weight * group.sum
    squares += weight * weight * group.sumSquares
  }
  return squares === 0 ? 0 : (sum * sum) / squares
}

/** What a reader of an evaluation must know before believing it. */
export const evaluationWarnings = ({ outcomes, groups, weights, estimates }: Evaluated): string[] => {
  const warnings: string[] = []
  const { n, mean, se, max, effective, largestShare } = weights
  if (n < 2) warnings.push('one row has no standard error.')
  if (mean === 0) {
    warnings.push('the target policy would have taken none of the actions in this log, which says nothing about it.')
    return warnings
  }
  if (effective < fewRows) {
    warnings.push(
      `the log of ${count(n)} rows says as much about the target policy as ${count(effective)} rows of its own; ` +
        `below ${fewRows} the ranges are not to be relied on.`,
    )
  }
  if (largestShare > heavyShare && n > 1) {
    warnings.push(`one row stands for ${percent(largestShare)} of all weight (weight ${decimal(max, 1)}): the estimates hang on it.`)
  }
  const events = outcomes === 'real' ? Infinity : effectiveRewards(groups)
  if (events < fewEvents) {
    warnings.push(`only ${count(events)} rewards count (of at least ${fewEvents}); the ranges are too optimistic.`)
  }
  if (Math.abs(mean - 1) > farOff * se + rounding) {
    warnings.push(
      `weights average ${decimal(mean, 3)} where 1 is expected: propensities or targets are not those of the two policies, ` +
        'or the target policy takes actions that the log never took. Then ipw and the certain bounds are wrong.',
    )
  }
  const { ipw, doublyRobust } = estimates
  if (doublyRobust?.se && ipw.se && doublyRobust.se > ipw.se * (1 + rounding)) {
    warnings.push('the model predicts worse than none: the doubly robust estimate is noisier than ipw.')
  }
  return warnings
}
