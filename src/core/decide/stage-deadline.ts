import type { Analysis, Condition } from '../analyze/analysis.ts'
import type { ExperimentFacts } from '../analyze/analysis-input.ts'
import { requireDurationMs } from '../define/duration.ts'
import { minuteText } from '../describe/wording.ts'
import { conditionsAhead } from './conditions-ahead.ts'
import type { Proposal } from './decision.ts'
import { openWords } from './evidence.ts'
import type { Alarm } from './holds.ts'
import { positionOf, stageSince, stepSince } from './position.ts'

// Time that is over never stands in for what has to pass: it holds, or ends without a winner where the stage says so.

/** When the stage in force is to be over, milliseconds since 1970; null where it may last, or did not begin. */
export const deadlineOf = (experiment: Pick<ExperimentFacts, 'definition' | 'stage' | 'progress' | 'startedAt' | 'state'>): number | null => {
  const { deadline } = experiment.definition.stages[experiment.stage] ?? {}
  const since = stageSince(experiment)
  return deadline === undefined || since === null || experiment.state !== 'running' ? null : since.getTime() + requireDurationMs(deadline)
}

type Overdue = { at: Date; missing: Condition[]; words: string }

/** What a stage still lacks after its deadline; null before it, and where everything has passed. */
const overdue = (analysis: Analysis): Overdue | null => {
  const { experiment, now } = analysis.input
  const at = deadlineOf(experiment)
  if (at === null || now.getTime() < at) return null
  // what lasts only because its cause is gone just now is not missing
  const others = analysis.holds.filter(({ reason, clean }) => reason !== 'stage_deadline' && clean === 0)
  const missing = conditionsAhead({ ...analysis, holds: others }).filter(({ met, kind }) => !met && kind !== 'looks')
  if (missing.length === 0) return null
  // other holds are told beside this one
  const own = missing.filter(({ kind }) => kind !== 'hold')
  const lacks = (own.length > 0 ? own : missing).map(openWords).join('; ')
  const since = stepSince(experiment)
  const lately = since === null ? '' : `, since ${minuteText(since)}`
  return { at: new Date(at), missing, words: `its stage was to be over by ${minuteText(new Date(at))}, and still lacks${lately}: ${lacks}` }
}

const doneBy = ({ definition, stage }: ExperimentFacts): 'hold' | 'stop' => definition.stages[stage]?.onDeadline ?? 'hold'

/** The hold of a stage that takes too long. It ends as all do, once nothing is missing any more. */
export const deadlineAlarms = (analysis: Analysis): Alarm[] => {
  const late = doneBy(analysis.input.experiment) === 'hold' ? overdue(analysis) : null
  return late === null ? [] : [{ reason: 'stage_deadline', variant: null, metric: null, text: late.words }]
}

/** The end of an experiment whose stage takes too long, where the stage says so: nobody wins, the champion stays. */
export const deadlineEnds = (analysis: Analysis): Proposal[] => {
  const { experiment } = analysis.input
  const late = doneBy(experiment) === 'stop' ? overdue(analysis) : null
  if (late === null) return []
  return [{
    action: 'conclude', variant: null, rule: 'stage-deadline', allowed: experiment.definition.policy.mode === 'auto',
    reason: `No winner: ${late.words}. The champion stays.`,
    evidence: {
      digest: analysis.digest, scope: experiment.scope, asOf: analysis.report.asOf, position: positionOf(experiment),
      deadline: late.at.toISOString(), conditions: late.missing,
    },
  }]
}

/** What is told beforehand: until when, and what then; nothing where there is no deadline, or it is over. */
export const deadlineWords = (analysis: Analysis): string => {
  const { experiment, now } = analysis.input
  const at = deadlineOf(experiment)
  if (at === null || at <= now.getTime()) return ''
  const then = doneBy(experiment) === 'stop' ? 'then it ends without a winner' : 'then it is held, and people are told'
  return ` The stage has until ${minuteText(new Date(at))}; ${then}.`
}
