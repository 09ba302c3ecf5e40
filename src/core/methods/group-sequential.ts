import { addLook, newSchedule, repeatedP, SAME_LOOK, type Schedule } from '../../../stats/index.ts'
import { count } from '../describe/wording.ts'
import type { Answer, LookReport, PlannedLooks, Question, Said } from './method.ts'
import { adjusted, around, aroundRelative, type Known, known, nothingSaid, scoreAbove } from './sides.ts'

/**
 * `group-sequential`: looks at planned fractions of the planned units, each with the boundary that its spending leaves
 * it; between looks nothing is decided. An analysis takes the look when it is the first to find the fraction reached,
 * at whatever fraction it really is by then (looks that were jumped over are one, and lose nothing). What it saw is
 * kept with the experiment, because outcomes that come later still move the numbers of an old look, and reading them
 * again would be another look. So boundaries of the past are never computed again, restarts change nothing, and a test
 * that has crossed its boundary has ended.
 *
 * Both ends have a schedule of their own, one-sided at the level of their test. Source: Lan and DeMets (1983);
 * intervals are the repeated ones of Jennison and Turnbull (1989).
 */
export const groupSequential = (question: Question): Answer => {
  const { compared, plan, before } = question
  const at = known(compared.difference)
  const next = nextLook(question)
  const due = next !== null && compared.n / plan.units >= next - SAME_LOOK
  if (due && at && compared.missing.length === 0) return answerOf(question, takeLook(question, at), true)
  if (before) return answerOf(question, before, false)
  return {
    ...nothingSaid(question, Number.MAX_VALUE),
    missing: due ? compared.missing : [],
    insufficient: due,
    notes: [],
    waiting: due ? null : waitingWords(question, next),
    look: lookOf(question, null),
  }
}

const answerOf = (question: Question, looks: PlannedLooks, taken: boolean): Answer => {
  const next = nextLook({ ...question, before: looks })
  return {
    ...looks.said,
    missing: [],
    insufficient: false,
    notes: [],
    waiting: looks.said.wins || looks.said.loses ? null : waitingWords({ ...question, before: looks }, next),
    look: lookOf(question, looks),
    ...(taken ? { taken: looks } : {}),
  }
}

/** Fraction of the next look; null when all were taken, or the test has ended. */
const nextLook = ({ plan, before }: Pick<Question, 'plan' | 'before'>): number | null => {
  if (before?.said.wins || before?.said.loses) return null
  const last = before?.gain.at(-1)?.information ?? 0
  return plan.looks.find((fraction) => fraction > last + SAME_LOOK) ?? null
}

const waitingWords = ({ plan, before }: Pick<Question, 'plan' | 'before'>, next: number | null): string =>
  next === null
    ? `all ${before?.units.length ?? 0} looks are taken, and none was decisive`
    : `between looks nothing is decided; the next look is at ${unitsWords(next, plan)}`

const unitsWords = (fraction: number, { units }: Question['plan']): string =>
  `${count(Math.ceil(fraction * units))} of ${count(units)} units`

const takeLook = (question: Question, at: Known): PlannedLooks => {
  const { compared, direction, levels, margin, harmMargin, hypotheses, plan, before } = question
  const information = Math.max(compared.n / plan.units, before?.gain.at(-1)?.information ?? 0)
  const schedules = {
    gain: addLook(scheduleOf(levels.gain.alpha, plan, before?.gain), information),
    harm: addLook(scheduleOf(levels.harm.alpha, plan, before?.harm), information),
  }
  const boundary = { gain: lastBoundary(schedules.gain), harm: lastBoundary(schedules.harm) }
  const score = scoreAbove(at, direction, margin)
  const worse = scoreAbove({ ...at, estimate: -at.estimate }, direction, -harmMargin)
  const wins = score >= boundary.gain
  const said: Said = {
    difference: around(compared.difference, direction, boundary),
    relative: aroundRelative(compared, direction, boundary),
    pValue: adjusted(repeatedP(schedules.gain, score), hypotheses),
    wins,
    loses: !wins && worse >= boundary.harm,
    evidence: { value: score, needed: Math.min(boundary.gain, Number.MAX_VALUE) },
  }
  return { gain: schedules.gain.looks, harm: schedules.harm.looks, units: [...(before?.units ?? []), compared.n], said }
}

const scheduleOf = (alpha: number, { spending }: Question['plan'], looks: Schedule['looks'] = []): Schedule => ({
  ...newSchedule({ alpha, sides: 1, spending }),
  looks,
})

const lastBoundary = ({ looks }: Schedule): number => looks.at(-1)?.boundary ?? Infinity

const lookOf = ({ plan }: Question, looks: PlannedLooks | null): LookReport => {
  const last = looks?.gain.at(-1)
  const next = nextLook({ plan, before: looks })
  return {
    taken: looks?.units.length ?? 0,
    planned: plan.looks.length,
    information: last?.information ?? null,
    boundary: last?.boundary ?? null,
    nextAt: next === null ? null : Math.ceil(next * plan.units),
  }
}
