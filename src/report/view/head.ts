import { requireDurationMs } from '../../core/define/duration.ts'
import type { ExperimentState } from '../../core/define/definitions.ts'
import { count, plural, span } from '../../core/describe/wording.ts'
import { gatesHere, nextPosition, positionOf } from '../../core/decide/position.ts'
import type { ExperimentView } from '../../core/tell/views.ts'
import { stagesOf } from './standing.ts'
import { controlKey, type Source } from './source.ts'
import { handoverOf } from './taking-over.ts'

const day = 86_400_000

/** What a state is called. */
export const stateWords = (state: string): string => state.replaceAll('_', ' ')

/** "day 7 of 14", "3 h of 12 h", "ended after 6.3 days"; null before the start. */
export const dayWords = ({ experiment, report }: Pick<Source, 'experiment' | 'report'>): string | null => {
  const { startedAt, endedAt, policy } = experiment
  if (startedAt === null) return null
  const asOf = Date.parse(report.asOf)
  const [started, ended] = [Date.parse(startedAt), endedAt === null ? Infinity : Date.parse(endedAt)]
  if (ended <= asOf) return `ended after ${span(ended - started)}`
  const [age, most] = [Math.max(0, asOf - started), requireDurationMs(policy.maxDuration)]
  if (report.state === 'baking' || report.state === 'promoted') return `day ${Math.floor(age / day) + 1}`
  return most < 2 * day ? `${span(age)} of ${span(most)}` : `day ${Math.floor(age / day) + 1} of ${Math.round(most / day)}`
}

/** What somebody who operates can do from here; each link leads to a page that says what it would do, and asks. */
export type Act = { action: string; text: string; danger: boolean }

/** What people do about steps and gates: whatever makes sense now. */
const onwardsOf = (experiment: ExperimentView): Act[] => {
  const staged = stagesOf(experiment)
  const shut = gatesHere(staged).some(({ state }) => state !== 'approved')
  const left = nextPosition(staged.definition, positionOf(staged)) !== null && (experiment.missing ?? []).length === 0
  return [
    ...(shut ? [{ action: 'approve', text: 'Approve the gate…', danger: false }] : []),
    ...(left && !shut ? [{ action: 'ramp', text: 'Go on to the next step…', danger: false }] : []),
  ]
}

/** One version in the place of others: what stands in for the control, and who waits for the candidates to make way. */
const replacementsOf = (experiment: ExperimentView): Act[] => {
  const control = controlKey(experiment)
  const handover = handoverOf({ experiment, locks: [] })
  return [
    ...(typeof handover === 'string' ? [] : [{ action: 'roll-through', text: `Hand on to ${handover.standby}…`, danger: false }]),
    experiment.fallback?.manual ? { action: 'enable', text: `Let ${control} back in…`, danger: false }
      : { action: 'fallback', text: `Let another version stand in for ${control}…`, danger: false },
  ]
}

/** Who serves everybody after an emergency stop: the control, or what stands in for it by a person's word. */
const survivingName = (experiment: ExperimentView): string =>
  experiment.fallback?.manual ? `version ${experiment.fallback.version}` : controlKey(experiment)

const acts = (survivor: string, winner: string | null, onwards: readonly Act[], replacements: readonly Act[]): Partial<Record<ExperimentState, Act[]>> => {
  const stop: Act = { action: 'emergency-stop', text: `Send everyone to ${survivor} now…`, danger: true }
  const undo: Act = { action: 'rollback', text: `Undo the promotion of ${winner ?? 'the winner'}…`, danger: true }
  const running: Act[] = [{ action: 'promote', text: 'Promote a variant…', danger: false }, { action: 'kill', text: 'Stop a variant…', danger: false }, ...replacements, { action: 'stop', text: 'End without a winner…', danger: false }]
  return {
    draft: [{ action: 'start', text: 'Start…', danger: false }],
    running: [stop, { action: 'pause', text: 'Pause…', danger: false }, ...onwards, ...running],
    paused: [stop, { action: 'resume', text: 'Resume…', danger: false }, ...running],
    baking: [stop, { action: 'promote', text: `End the bake: everyone gets ${winner ?? 'the winner'}…`, danger: false }, { ...undo, danger: false }, ...replacements.filter(({ action }) => action !== 'roll-through')],
    promoted: [undo],
  }
}

export type Head = { key: string; model: string; state: string; day: string | null; units: string; asOf: number; hypothesis: string | null; acts: Act[] }

export const headOf = (source: Source): Head => {
  const { experiment, report, past } = source
  return {
    key: experiment.key, model: experiment.model, state: stateWords(report.state), day: dayWords(source),
    units: `${count(report.units)} ${plural(experiment.unit, report.units)}`, asOf: Date.parse(report.asOf),
    hypothesis: experiment.hypothesis ?? null,
    acts: past ? [] : (acts(survivingName(experiment), experiment.winner, onwardsOf(experiment), replacementsOf(experiment))[experiment.state] ?? []),
  }
}
