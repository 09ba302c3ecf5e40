import type { ExperimentFacts } from '../analyze/analysis-input.ts'
import { standInOf } from '../breaker/stand-in.ts'
import type { Account, Change } from './change.ts'
import { type ExperimentState, isUnderWay, type Looks } from '../define/definitions.ts'
import { acknowledge, emergencyStop, promote, rollback } from '../planners/champion.ts'
import { fallback } from '../planners/fallback.ts'
import { conflict, type Planner, type Step } from '../planners/planner.ts'
import { ramp, sayOfGate } from '../planners/stages.ts'
import { start } from '../planners/start.ts'
import { disable, enable, kill, pause, resume, rollThrough, throttle, turnBreakers } from '../planners/traffic.ts'
import { plannedOnly } from '../analyze/planned-looks.ts'
import { nothingDone, undoOf } from './undo.ts'
import type { Context, Refusal, Wish } from './wish.ts'

/** From which states an action may be taken. Everything else is an illegal transition. */
export const legalFrom: Record<Wish['action'], readonly ExperimentState[]> = {
  start: ['draft'],
  pause: ['running'],
  resume: ['paused'],
  enable: ['running', 'paused', 'baking'],
  disable: ['running', 'paused'],
  promote: ['running', 'paused', 'baking'],
  kill: ['running', 'paused'],
  rollback: ['running', 'paused', 'baking', 'promoted'],
  'roll-through': ['running', 'paused'],
  stop: ['running', 'paused'],
  'emergency-stop': ['running', 'paused', 'baking'],
  conclude: ['running', 'paused'],
  ramp: ['running'],
  approve: ['running', 'paused'],
  reject: ['running', 'paused'],
  reallocate: ['running'],
  throttle: ['running', 'paused'],
  hold: ['running', 'paused', 'baking'],
  quarantine: ['running', 'paused', 'baking'],
  probe: ['running', 'paused', 'baking'],
  release: ['running', 'paused', 'baking'],
  fallback: ['running', 'paused', 'baking'],
  restore: ['running', 'paused', 'baking'],
  acknowledge: ['running', 'paused', 'baking', 'promoted', 'rolled_back', 'killed', 'inconclusive', 'stopped', 'archived'],
  archive: ['promoted', 'rolled_back', 'killed', 'inconclusive', 'stopped'],
}

/**
 * What an action does to an experiment, or why it may not be taken. Pure: the store applies the change, if nobody was
 * faster. Traffic always follows from the definition and the variants' statuses, so that undoing restores it exactly.
 */
export const plan = (experiment: ExperimentFacts, wish: Wish, context: Context): Change | Refusal => {
  const { id, state, revision } = experiment
  const from = legalFrom[wish.action]
  if (!from.includes(state)) {
    return { refused: 'illegal_transition', message: `${wish.action} needs the state ${orWords(from)}; "${experiment.key}" is ${state}` }
  }
  const step = planners[wish.action](experiment, wish, context)
  if ('refused' in step) return step
  const { told, variant = wish.variant, ...change } = leavingControlOut(experiment, step, context)
  const asked = { ...wish, variant: variant ?? null }
  const undo = undoOf(experiment, asked, { state, ...change })
  const account = { ...accountOf({ ...asked, evidence: { ...wish.evidence, ...told } }, 'applied'), undo }
  const ends = change.state !== undefined && !isUnderWay(change.state)
  // what a rule had seen so far counts no more; looks of a plan were taken once and for all; nothing holds what has ended
  return { experiment: id, revision, state, looks: plannedOnly(experiment.looks), ...(ends && { holds: [] }), ...change, account }
}

/** What a person took out is not let back in by the end of an experiment: what stands in for it goes on, as the champion. */
const leavingControlOut = ({ variants }: ExperimentFacts, step: Step, { champion, locks = [] }: Context): Step => {
  const standIn = standInOf(variants)
  const serves = step.champion ?? champion
  const ends = step.state !== undefined && step.state !== 'promoted' && !isUnderWay(step.state)
  const failing = variants.some(({ control, version }) => control && version === serves)
  if (!standIn?.manual || !ends || !failing || locks.some(({ version }) => version === standIn.version)) return step
  const { version: to } = standIn
  return { ...step, champion: to, championBefore: champion, told: { ...step.told, fallback: { from: serves, to, why: 'a person took it out' } } }
}

/** An entry that tells what was not done, and why. It changes nothing but the engine's memory. */
export const planHeld = (experiment: ExperimentFacts, wish: Wish): Change => ({
  experiment: experiment.id,
  revision: experiment.revision,
  state: experiment.state,
  account: { ...accountOf(wish, 'held'), undo: nothingDone },
})

/** An entry that tells what could not be done, and why; `looks` remembers that it was told. */
export const planFailed = (experiment: ExperimentFacts, wish: Wish, { refused, message }: Refusal, looks: Looks): Change => ({
  ...planHeld(experiment, wish),
  looks,
  account: { ...accountOf({ ...wish, reason: `${wish.reason} Not done: ${message}.`, evidence: { ...wish.evidence, refused } }, 'failed'), undo: nothingDone },
})

const accountOf = ({ actor, action, variant, reason, mode, rule, evidence, look }: Wish, status: Account['status']): Account => ({
  ...look,
  actor, action, reason, status,
  mode: mode ?? 'manual',
  variant: variant ?? null,
  rule: rule ?? 'manual',
  evidence: evidence ?? {},
})

const orWords = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`

const planners: Record<Wish['action'], Planner> = {
  start, pause, resume, enable, disable, promote, kill, rollback, 'roll-through': rollThrough, acknowledge, throttle,
  quarantine: turnBreakers, probe: turnBreakers, release: turnBreakers, fallback, restore: turnBreakers,
  ramp, approve: sayOfGate('approved'), reject: sayOfGate('rejected'),
  stop: () => ({ state: 'stopped' }),
  'emergency-stop': emergencyStop,
  reallocate: (_, { traffic }) => traffic ?? conflict('reallocate: only a bandit knows where to'),
  hold: (_, { holds = [] }) => ({ holds }),
  conclude: () => ({ state: 'inconclusive' }),
  archive: () => ({ state: 'archived' }),
}
