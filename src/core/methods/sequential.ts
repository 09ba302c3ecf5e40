import { gainOf, interval } from '../analyze/intervals.ts'
import type { Answer, Question } from './method.ts'

/**
 * `sequential`: the asymptotic confidence sequence decides at any look, and is drawn. Each end stands at the level of
 * the test that uses it.
 */
export const sequential = ({ compared, direction, levels, hypotheses, harmMargin }: Question): Answer => {
  // quantiles have no standard error, and yet evidence
  const { se, lower, upper: above } = compared.difference
  const said = se !== null || lower > -Infinity || above < Infinity || compared.pValue < 1
  const pValue = said ? compared.pValue : null
  const alpha = levels.gain.alpha * hypotheses
  const difference = interval(compared.difference)
  const { upper } = gainOf(difference, direction)
  const wins = pValue !== null && pValue <= alpha
  return {
    difference,
    relative: interval(compared.relative),
    pValue,
    wins,
    loses: !wins && upper !== null && upper < -harmMargin,
    evidence: { value: pValue === null ? null : 1 / Math.max(pValue, 1e-300), needed: 1 / alpha },
    missing: compared.missing,
    waiting: null,
    insufficient: false,
    notes: [],
  }
}
