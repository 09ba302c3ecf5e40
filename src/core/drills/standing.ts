import type { Condition } from '../analyze/analysis.ts'
import type { AnalysisInput } from '../analyze/analysis-input.ts'
import type { Report } from '../analyze/report.ts'
import { requireDurationMs } from '../define/duration.ts'
import { span } from '../describe/wording.ts'
import type { DrillState, DrillType } from './drill.ts'

type Standing = { type: DrillType; fresh: boolean; passed: boolean; current: string; needed: string; oldAt: number }

/** Does the last drill of a type count still? */
export const isFresh = (last: { state: DrillState; at: Date } | undefined, everyMs: number, now: Date): boolean =>
  last?.state === 'passed' && now.getTime() - last.at.getTime() <= everyMs

/** How the drills that a policy wants stand: each by its last one that came to an end. */
const standingsOf = ({ experiment, drills = [], now }: Pick<AnalysisInput, 'experiment' | 'drills' | 'now'>): Standing[] => {
  const policy = experiment.definition.policy.drills
  if (!policy) return []
  const everyMs = requireDurationMs(policy.every)
  return [...new Set(policy.types)].map((type) => {
    const last = drills.find((one) => one.type === type)
    const ageMs = last ? Math.max(0, now.getTime() - last.at.getTime()) : Infinity
    const passed = last?.state === 'passed'
    const current = !last ? 'never' : `${passed ? '' : 'failed '}${span(ageMs)} ago`
    return {
      type, passed, fresh: isFresh(last, everyMs, now), current, needed: `within ${span(everyMs)}`,
      oldAt: passed && last ? last.at.getTime() + everyMs + 1 : Infinity,
    }
  })
}

/** What a promotion waits for, where the policy requires drills. */
export const drillConditions = (input: AnalysisInput): Condition[] =>
  input.experiment.definition.policy.drills?.required
    ? standingsOf(input).map(({ type, fresh, current, needed }) => ({ kind: 'drill', text: `the last ${type} drill passed`, met: fresh, current, needed }))
    : []

/** The name of the check on drills in a report's health. It is about the service, not about the data. */
export const drillCheck = 'drills'

/** One check of a report's health, where the policy wants drills: an old one warns, and holds nothing by itself. */
export const drillHealth = (input: AnalysisInput): Report['health'] => {
  const standings = standingsOf(input)
  if (standings.length === 0) return []
  const words = standings.map(({ type, passed, fresh, current, needed }) => {
    const said = passed ? `passed ${current}` : current === 'never' ? 'was never done' : current
    return `the ${type} drill ${said}${fresh ? '' : `, wanted ${needed}`}`
  })
  const text = words.join('; ')
  return [{ check: drillCheck, verdict: standings.every(({ fresh }) => fresh) ? 'PASS' : 'INSUFFICIENT', text: `${text.charAt(0).toUpperCase()}${text.slice(1)}.` }]
}

/** When a drill that counts now will be too old, milliseconds since 1970. */
export const drillTimes = (input: AnalysisInput): number[] => standingsOf(input).map(({ oldAt }) => oldAt)
