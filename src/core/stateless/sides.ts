import { type Compared, type Level, quantileTest, twoSided, twoSidedP } from '../../../stats/index.ts'
import type { Arm } from './arms.ts'
import { tuningOf } from './question.ts'
import type { AnalysedMetric, AnalysisRequest } from './request.ts'
import { interval } from '../analyze/intervals.ts'
import { methods } from '../methods/index.ts'
import { byMarginBet } from '../methods/margin-bet.ts'
import type { Answer, Question } from '../methods/method.ts'

/** Totals are one epoch, from which the exact test can learn nothing: there the margin bet is as exact, and decides. */
export const judge = ({ method }: AnalysisRequest, a: Arm, question: Question): Answer =>
  method === 'exact' && !a.sample.epochs ? byMarginBet(question, question.blocks() ?? []) : methods[method](question)

/** Two-sided: sequences have a form of their own; other tests are asked both ways, at half the level each. */
export const twice = (
  request: AnalysisRequest,
  metric: AnalysedMetric,
  a: Arm,
  b: Arm,
  question: Question,
  level: Level,
): Answer => {
  const { compared, direction, hypotheses } = question
  const answer = judge(request, a, question)
  const opposite = direction === 'increase' ? 'decrease' : 'increase'
  if (request.method !== 'sequential') {
    const other = judge(request, a, { ...question, direction: opposite })
    const p =
      answer.pValue === null || other.pValue === null ? null : Math.min(1, 2 * Math.min(answer.pValue, other.pValue))
    return { ...answer, pValue: p, loses: !answer.wins && other.wins }
  }
  const { estimate, se } = compared.difference
  const needed = level.alpha * hypotheses
  const said = (pValue: number | null, more: Partial<Answer>): Answer => {
    const wins = pValue !== null && pValue <= needed
    const better = direction === 'increase' ? (estimate ?? 0) > 0 : (estimate ?? 0) < 0
    const value = pValue === null ? null : 1 / Math.max(pValue, 1e-300)
    return {
      ...answer,
      ...more,
      pValue,
      wins: wins && better,
      loses: wins && !better,
      evidence: { value, needed: 1 / needed },
    }
  }
  if (a.buckets && b.buckets) {
    const { pValue } = quantileTest(a.buckets, b.buckets, metric.quantile ?? 0.5, tuningOf(request))
    return said(answer.pValue === null ? null : Math.min(1, pValue * hypotheses), {})
  }
  if (estimate === null || se === null) return answer
  const around = (of: Compared['difference']) =>
    of.estimate === null || of.se === null
      ? interval(of)
      : interval(twoSided({ estimate: of.estimate, se: of.se, n: compared.n }, level))
  const p = twoSidedP({ estimate, se, n: compared.n }, level.rho)
  return said(Math.min(1, p * hypotheses), {
    difference: around(compared.difference),
    relative: around(compared.relative),
  })
}
