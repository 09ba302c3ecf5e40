import type { Api } from '../../src/client/api.ts'
import type { EvaluationAnswer } from '../../src/core/evaluation/evaluate.ts'
import type { Logged } from './log.ts'
import { type Group, groupsOf, policyOf } from './policy.ts'

/** What one log says about the policy that wrote another, and what that one really earned. */
export type Compared = {
  answer: EvaluationAnswer
  truth: number
  /** Standard error of the truth, which is a mean over a log, too. */
  truthError: number
  /** Of each estimate: whether its range holds the truth. */
  holds: { ipw: boolean; selfNormalised: boolean; doublyRobust: boolean }
}

const within = (range: { lower: number | null; upper: number | null } | null, value: number): boolean =>
  range !== null && range.lower !== null && range.upper !== null && range.lower <= value && value <= range.upper

const conversions = ({ n, sum: successes, propensity, target, model, modelValue }: Group) => ({
  n, successes, propensity, target, model, modelValue,
})

/** Value the policy that wrote `other` by `log` alone, through the service, and look at what `other` earned. */
export const compareLogs = async (api: Api, log: readonly Logged[], other: readonly Logged[]): Promise<Compared> => {
  const groups = groupsOf(log, policyOf(other))
  const binary = log.every(({ reward }) => reward === 0 || reward === 1)
  const answer = await api<EvaluationAnswer>('POST', '/api/evaluation', {
    outcomes: binary ? 'binary' : 'real',
    groups: binary ? groups.map(conversions) : groups,
  })
  const truth = other.reduce((sum, { reward }) => sum + reward, 0) / other.length
  const squares = other.reduce((sum, { reward }) => sum + (reward - truth) ** 2, 0)
  const { ipw, selfNormalised, doublyRobust } = answer.estimates
  return {
    answer, truth,
    truthError: Math.sqrt(squares / Math.max(1, other.length - 1) / other.length),
    holds: { ipw: within(ipw, truth), selfNormalised: within(selfNormalised, truth), doublyRobust: within(doublyRobust, truth) },
  }
}
