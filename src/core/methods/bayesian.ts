import { normalCdf, normalQuantile } from '../../../stats/index.ts'
import { around, aroundRelative, known, nothingSaid, scoreAbove } from './sides.ts'
import type { Answer, Question } from './method.ts'

/**
 * `bayesian`: the posterior of the difference under a flat prior, normal with the estimate's standard error (minimums
 * as for a sequence make it so). A variant wins when its chance to be better than the control (with two variants: to be
 * the best), or not worse by the margin, is at least 1 − α/(K − 1); it loses when the chance to be worse by more than
 * the margin is at least 1 − the level of a loser's test. The ends drawn are the quantiles at these chances.
 *
 * These are chances under the prior, not error rates: watched until they cross a line, they cross it far too often.
 */
export const bayesian = (question: Question): Answer => {
  const { compared, direction, levels, margin, harmMargin } = question
  const at = known(compared.difference)
  const needed = 1 - levels.gain.alpha
  const notes = ['this is a posterior chance, not an error rate: it is not controlled when it is looked at repeatedly.']
  const base = { missing: compared.missing, waiting: null, insufficient: false, notes }
  if (!at) return { ...nothingSaid(question, needed), ...base }
  const reach = { gain: -normalQuantile(levels.gain.alpha), harm: -normalQuantile(levels.harm.alpha) }
  const score = scoreAbove(at, direction, margin)
  const wins = score >= reach.gain
  return {
    difference: around(compared.difference, direction, reach),
    relative: aroundRelative(compared, direction, reach),
    pValue: null,
    wins,
    loses: !wins && scoreAbove({ ...at, estimate: -at.estimate }, direction, -harmMargin) >= reach.harm,
    evidence: { value: normalCdf(score), needed },
    ...base,
  }
}
