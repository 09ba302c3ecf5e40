import {
  fixedBound,
  type FixedEstimate,
  fixedP,
  fixedT,
  normalQuantile,
  studentUpperQuantile,
  welchDegrees,
} from '../../../stats/index.ts'
import { count } from '../describe/wording.ts'
import type { Answer, LookReport, Question, Said } from './method.ts'
import { adjusted, around, aroundRelative, known, nothingSaid } from './sides.ts'

/**
 * `fixed`: one look, when the planned units are there (or the planned time has come); nothing is called before, and
 * what that look said stands for good, because looking again with more data would be another test.
 */
export const fixed = (question: Question): Answer => {
  const { compared, plan, before, levels } = question
  const base = { missing: [], insufficient: false, notes: [], waiting: null }
  const look = (said: Said | null): LookReport => ({
    taken: said ? 1 : 0,
    planned: 1,
    information: said ? (before?.units[0] ?? compared.n) / plan.units : null,
    boundary: said ? said.evidence.needed : null,
    nextAt: said || plan.due !== null ? null : plan.units,
  })
  if (before) return { ...before.said, ...base, look: look(before.said) }
  const come = plan.due ?? compared.n >= plan.units
  if (!come || compared.missing.length > 0 || known(compared.difference) === null) {
    const waiting = come
      ? null
      : plan.due === null
        ? horizonWords(compared.n, plan.units)
        : 'the planned time has not come yet'
    return {
      ...nothingSaid(question, normalQuantile(1 - levels.gain.alpha)),
      ...base,
      missing: come ? compared.missing : [],
      insufficient: true,
      waiting,
      look: look(null),
    }
  }
  const said = welchAnswer(question)
  return { ...said, ...base, look: look(said), taken: { gain: [], harm: [], units: [compared.n], said } }
}

const horizonWords = (n: number, planned: number): string => `fixed horizon: ${count(n)} of ${count(planned)} units`

/**
 * Welch's t test at the levels of the two ends, from standard errors that are known already.
 *
 * @param question of which the difference has a standard error
 */
export const welchAnswer = ({ compared, direction, levels, margin, harmMargin, hypotheses }: Question): Said => {
  const at = estimateOf(compared)
  if (!at) throw new RangeError('the difference must have a standard error')
  const reach = {
    gain: studentUpperQuantile(levels.gain.alpha, at.degrees),
    harm: studentUpperQuantile(levels.harm.alpha, at.degrees),
  }
  const better = direction === 'increase'
  const p = fixedP(at, better ? 'greater' : 'less', better ? -margin : margin)
  const wins = p <= levels.gain.alpha
  const end = fixedBound(at, levels.harm.alpha, better ? 'upper' : 'lower')
  return {
    difference: around(compared.difference, direction, reach),
    relative: aroundRelative(compared, direction, reach),
    pValue: adjusted(p, hypotheses),
    wins,
    loses: !wins && (better ? end < -harmMargin : end > harmMargin),
    evidence: { value: fixedT(at, better ? -margin : margin) * (better ? 1 : -1), needed: reach.gain },
  }
}

/** With the degrees of freedom of both arms; many where an arm's own spread is not known. */
export const estimateOf = ({ difference, a, b }: Question['compared']): FixedEstimate | null => {
  const at = known(difference)
  if (!at) return null
  const arms = a && b && a.se !== null && b.se !== null && a.units >= 2 && b.units >= 2
  const degrees = arms
    ? welchDegrees(
        { estimate: a.estimate, variance: (a.se ?? 0) ** 2, n: a.units },
        { estimate: b.estimate, variance: (b.se ?? 0) ** 2, n: b.units },
      )
    : null
  return { ...at, degrees: degrees ?? 1e9 }
}
