import { type ActionName, isUnderWay } from '../../core/define/definitions.ts'
import { gatesHere, nextPosition, positionOf } from '../../core/decide/position.ts'
import { legalFrom } from '../../core/decide/transition.ts'
import { count } from '../../core/describe/wording.ts'
import { missingWords } from '../../core/models/checks.ts'
import { choicesOf, type Choice, hasDrifted } from './choices.ts'
import { effectsOf } from './effects.ts'
import { actionWords, controlOf, nameOfVersion, stagesOf, type Standing, survivorOf, unitsWord } from './standing.ts'
import { fallbackOf, handoverOf } from './taking-over.ts'

/** What an action would do, in words, before somebody asks for it. */
export type Consequences = {
  /** As a heading, and on the button that does it. */
  title: string
  button: string
  /** Can it not be taken back by one action? */
  drastic: boolean
  /** Who serves everybody afterwards; null where traffic stays split. */
  survivor: string | null
  lines: { label: string; text: string }[]
  /** What one has to choose between; none is chosen yet. Empty where there is nothing to choose. */
  choices: Choice[]
  /** What the choice is about. */
  question: string
}

const orWords = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`

/** Of actions that have to do with steps and gates. */
const stageRefusal = ({ experiment }: Standing, action: ActionName): string | null => {
  const staged = stagesOf(experiment)
  const [gate] = gatesHere(staged)
  if (action === 'approve' && gate?.state === 'approved') return `The gate "${gate.name}" is approved already.`
  if (action === 'reject' && gate?.state === 'rejected') return `The gate "${gate.name}" is rejected already.`
  if ((action === 'approve' || action === 'reject') && !gate) return 'No gate stands before what comes next.'
  if (action !== 'ramp') return null
  if (nextPosition(staged.definition, positionOf(staged)) === null) return 'No step or stage is left; promoting is what comes next.'
  if (gate && gate.state !== 'approved') return `The gate "${gate.name}" is shut: approve it first.`
  const missing = experiment.missing ?? []
  return missing.length > 0 ? `The next stage needs checks: ${missing.map(missingWords).join('; ')}.` : null
}

/** Why an action makes no sense now; null where it may be asked for. */
export const refusalOf = (standing: Standing, action: ActionName): string | null => {
  const { experiment } = standing
  const from = legalFrom[action]
  const named = (state: string): string => state.replace('_', ' ')
  if (!from.includes(experiment.state)) return `It is ${named(experiment.state)}; this is for experiments that are ${orWords(from.map(named))}.`
  const staged = stageRefusal(standing, action)
  if (staged !== null) return staged
  const takesOver = action === 'roll-through' ? handoverOf(standing) : action === 'fallback' ? fallbackOf(standing) : null
  if (typeof takesOver === 'string') return takesOver
  const choices = choicesOf(standing, action)
  if (choices !== null && choices.length === 0) {
    return action === 'acknowledge' ? 'No version of it is locked, no post-mortem is open, and nothing has drifted.'
      : action === 'enable' ? 'No variant is disabled or in quarantine.'
      : 'No variant is left that this could be done to.'
  }
  return null
}

/** Actions that make sense now, in the order in which they are offered. */
export const actionsNow = (standing: Standing): ActionName[] =>
  (Object.keys(actionWords) as ActionName[]).filter((action) => refusalOf(standing, action) === null)

const titleOf = (standing: Standing, action: ActionName): string => {
  const { experiment } = standing
  const { key, state, winner, unit } = experiment
  const to = nameOfVersion(experiment, survivorOf(standing))
  switch (action) {
    case 'start': return `Start ${key}`
    case 'ramp': return `Take ${key} to the next step`
    case 'approve': return `Approve the gate of ${key}`
    case 'reject': return `Reject the gate of ${key}`
    case 'pause': return `Pause ${key}`
    case 'resume': return `Let ${key} go on`
    case 'promote': return state === 'baking' ? `Make ${winner} final now` : `Promote a variant of ${key}`
    case 'kill': return `Kill a variant of ${key}`
    case 'disable': return `Take a variant of ${key} out`
    case 'enable': return `Let a variant of ${key} back in`
    case 'stop': return `End ${key} without a winner`
    case 'rollback': return state === 'promoted' || state === 'baking' ? `Go back to ${to}` : `Roll ${key} back to ${to}`
    case 'roll-through': {
      const handover = handoverOf(standing)
      return typeof handover === 'string' ? `Hand the traffic of ${key} on` : `Hand the traffic of ${handover.stopped.join(' and ')} on to ${handover.standby}`
    }
    case 'fallback': {
      const found = fallbackOf(standing)
      return `Let ${typeof found === 'string' ? 'another version' : `version ${found.version}`} stand in for ${controlOf(experiment).key}`
    }
    case 'emergency-stop': return unit === 'user' ? `Send everyone to ${to} now` : `Send all traffic to ${to} now`
    case 'acknowledge': return hasDrifted(experiment) ? `Acknowledge what has moved in ${key}` : `Acknowledge why ${key} was stopped`
    case 'archive': return `Archive ${key}`
  }
}

const buttons: Partial<Record<ActionName, string>> = {
  ramp: 'Go on', approve: 'Approve', reject: 'Reject', promote: 'Promote it', kill: 'Kill it', disable: 'Take it out', enable: 'Let it back in', acknowledge: 'Acknowledge', stop: 'End it without a winner',
}

const questions: Partial<Record<ActionName, string>> = {
  promote: 'Which variant?', kill: 'Which variant?', disable: 'Which variant?', enable: 'Which variant?',
  rollback: 'Which version is to blame, and locked?', acknowledge: 'Which version may become champion again?',
}

const drastic = new Set<ActionName>(['kill', 'rollback', 'roll-through', 'emergency-stop', 'stop'])

const affected = ({ experiment, report }: Standing): string => {
  const { state } = experiment
  const units = unitsWord(experiment)
  const taken = report === null ? 'How many took part so far cannot be told: the report is not at hand.'
    : `${count(report.units)} ${unitsWord(experiment, report.units)} took part so far: ${report.variants.map((one) => `${one.key} ${count(one.units)}`).join(', ')}.`
  if (state === 'draft') return `Nobody yet. Once it runs, ${units} of ${experiment.model}.`
  return isUnderWay(state) ? `All ${units} of ${experiment.model}. ${taken}` : `No traffic is split any more. ${taken}`
}

const quick = 'Within 5 seconds on every node, within 1 second where they share Redis.'

const withoutTraffic = new Set<ActionName>(['acknowledge', 'archive', 'approve', 'reject'])

/**
 * What an action would do to an experiment as it stands: who is affected, how fast, what happens, what is kept, and how
 * it is taken back. Call it where `refusalOf` is null.
 */
export const consequences = (standing: Standing, action: ActionName): Consequences => {
  const title = titleOf(standing, action)
  const { happens, kept, undo, survivor } = effectsOf(standing, action)
  const moves = !withoutTraffic.has(action)
  return {
    title,
    button: action === 'promote' && standing.experiment.state === 'baking' ? title : (buttons[action] ?? title),
    drastic: drastic.has(action),
    survivor,
    lines: [
      { label: 'What happens', text: happens },
      ...(moves ? [{ label: 'Who is affected', text: affected(standing) }, { label: 'How fast', text: quick }] : []),
      { label: 'What is kept', text: kept },
      { label: 'Taking it back', text: undo },
    ],
    choices: choicesOf(standing, action) ?? [],
    question: questions[action] ?? '',
  }
}
