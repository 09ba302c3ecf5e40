import type { Analysis, Condition } from '../analyze/analysis.ts'
import { contextualOf } from '../contextual/stage.ts'
import { conditionsOf, healthCondition, lockConditionsOf, provable, readyOf, splitCondition } from './conditions.ts'
import { switchConditions } from './decide-switch.ts'
import { openWords } from './evidence.ts'
import { freezeConditions, holdConditions } from './hold-conditions.ts'
import { harmsOf } from './kills.ts'
import { atSwitch } from './position.ts'
import { checkConditions, enteredNext } from './stage-checks.ts'

/**
 * What another controller asks. `promote`: is it known to be good enough? `safe`: does anything speak against more of it?
 * `rollback`: is it known to do harm?
 */
export const gateQuestions = ['promote', 'safe', 'rollback'] as const
export type GateQuestion = (typeof gateQuestions)[number]

/** `wait`: neither is known. */
export type GateResult = 'pass' | 'fail' | 'wait'
export type GateAnswer = { result: GateResult; reason: string; variant: string | null }

const answer = (variant: string, result: GateResult, reason: string): GateAnswer => ({ variant, result, reason })

const keyOf = ({ input: { experiment } }: Analysis, arm: number): string => experiment.variants[arm]?.key ?? ''

/** Known harm, in words; null where none is known. */
const harmOf = (analysis: Analysis, arm: number): string | null => {
  const { state, winner, variants } = analysis.input.experiment
  const variant = keyOf(analysis, arm)
  if (variants[arm]?.status === 'killed') return `${variant} was killed`
  if ((state === 'rolled_back' || state === 'killed') && (winner === null || winner === variant)) return `the experiment is ${state.replace('_', ' ')}`
  const failed = harmsOf(analysis).filter(({ ordinal }) => ordinal === arm)
    .map(({ metric, day, windows }) => `${metric}${day ? ` on ${day}` : windows ? ' in its last windows' : ''}`)
  return failed.length > 0 ? `${variant} fails ${failed.join(', ')}` : null
}

/** What stands before a promotion: the very conditions that the engine asks. */
const beforePromotion = (analysis: Analysis, arm: number): Condition[] =>
  atSwitch(analysis.input.experiment) ? switchConditions(analysis) : conditionsOf(analysis, arm)

/** What can speak against more of a variant at any time, as before a step, with nothing that it has yet to prove. */
const beforeMore = (analysis: Analysis, arm: number): Condition[] => [
  ...lockConditionsOf(analysis, arm),
  ...holdConditions(analysis),
  ...freezeConditions(analysis),
  ...(analysis.report.sampleRatio.verdict === 'FAIL' ? [splitCondition(analysis)] : []),
  healthCondition(analysis),
  ...checkConditions(analysis.input, enteredNext(analysis.input.experiment).map(({ stage }) => ({ stage, keys: [keyOf(analysis, arm)] }))),
]

/** What is not met, in words; null where everything is. */
const openOf = (conditions: readonly Condition[]): string | null => {
  const open = conditions.filter(({ met }) => !met)
  return open.length === 0 ? null : open.map(openWords).join('; ')
}

/** Why the engine would not promote a candidate now; null where it would, if its policy lets it act by itself. */
const unready = (analysis: Analysis, arm: number): string | null => {
  const { experiment } = analysis.input
  const variant = keyOf(analysis, arm)
  const { state } = experiment
  if (state !== 'running') return `the experiment is ${state}`
  const { status } = experiment.variants[arm] ?? {}
  if (status !== 'live') return `${variant} is ${status}`
  const open = openOf(beforePromotion(analysis, arm))
  if (open !== null || atSwitch(experiment)) return open
  if (contextualOf(experiment)) return `who is better depends on the ${experiment.definition.unit}: a person weighs that`
  if (!provable(analysis, arm)) return 'no metric can speak for it'
  const [surest] = readyOf(analysis)
  return surest === arm || surest === undefined ? null : `${keyOf(analysis, surest)} is ahead of it`
}

const promotable = (analysis: Analysis, arm: number): GateAnswer => {
  const { state, winner } = analysis.input.experiment
  const variant = keyOf(analysis, arm)
  const to = (result: GateResult, reason: string): GateAnswer => answer(variant, result, reason)
  const harm = harmOf(analysis, arm)
  if (harm !== null) return to('fail', harm)
  if (state === 'baking') return winner === variant ? to('wait', `${variant} was promoted and bakes`) : to('fail', `${winner} was promoted`)
  if (winner !== null) return winner === variant ? to('pass', `${variant} was promoted`) : to('fail', `${winner} was promoted`)
  const waits = unready(analysis, arm)
  return waits === null ? to('pass', `${variant} has passed everything`) : to('wait', waits)
}

const safe = (analysis: Analysis, arm: number): GateAnswer => {
  const variant = keyOf(analysis, arm)
  const harm = harmOf(analysis, arm)
  if (harm !== null) return answer(variant, 'fail', harm)
  const held = analysis.input.experiment.state === 'draft' ? 'the experiment is a draft' : openOf(beforeMore(analysis, arm))
  return held === null ? answer(variant, 'pass', `nothing speaks against ${variant}`) : answer(variant, 'wait', held)
}

const harmful = (analysis: Analysis, arm: number): GateAnswer => {
  const variant = keyOf(analysis, arm)
  const harm = harmOf(analysis, arm)
  return harm === null ? answer(variant, 'wait', `nothing is known against ${variant}`) : answer(variant, 'pass', harm)
}

const asked: Record<GateQuestion, (analysis: Analysis, arm: number) => GateAnswer> = { promote: promotable, safe, rollback: harmful }

/**
 * What a gate answers; pure. Without a variant it is about all candidates: one that may be promoted is enough, but harm is only
 * where all of them do it, and safe is only what all are that are left.
 *
 * @param variant of the experiment, not its control; null for all candidates
 */
export const gateOf = (analysis: Analysis, question: GateQuestion, variant: string | null): GateAnswer => {
  const candidates = analysis.input.experiment.variants.flatMap(({ key, control }, arm) =>
    control || (variant !== null && key !== variant) ? [] : [asked[question](analysis, arm)])
  const [only] = candidates
  if (variant !== null && only) return only
  const all = (result: GateResult): boolean => candidates.every((one) => one.result === result)
  const found = (result: GateResult): GateAnswer | undefined => candidates.find((one) => one.result === result)
  const together = (result: GateResult): GateAnswer => ({ variant: null, result, reason: candidates.map(({ reason }) => reason).join('; ') })
  if (question === 'promote') return found('pass') ?? together(all('fail') ? 'fail' : 'wait')
  if (question === 'rollback') return together(all('pass') ? 'pass' : 'wait')
  return together(all('fail') ? 'fail' : found('wait') ? 'wait' : 'pass')
}
