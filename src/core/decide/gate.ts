import { type ExperimentState, isUnderWay, type Policy, type VariantState } from '../define/definitions.ts'
import { requireDurationMs } from '../define/duration.ts'
import { drillCheck } from '../drills/standing.ts'
import { lackWords, type Missing } from '../models/checks.ts'
import { type Alarm, holdWords } from './holds.ts'
import type { Report } from '../analyze/report.ts'

/**
 * What another controller asks. `promote`: is it known to be good enough? `safe`: does anything speak against more of it?
 * `rollback`: is it known to do harm?
 */
export const gateQuestions = ['promote', 'safe', 'rollback'] as const
export type GateQuestion = (typeof gateQuestions)[number]

/** `wait`: neither is known. */
export type GateResult = 'pass' | 'fail' | 'wait'
export type GateAnswer = { result: GateResult; reason: string; variant: string | null }

/** What a gate looks at: where the experiment stands, and its latest report. */
export type GateFacts = {
  experiment: {
    state: ExperimentState
    winner: string | null
    variants: readonly (Pick<VariantState, 'key' | 'status'> & { control?: boolean | undefined })[]
    holds?: readonly Alarm[]
    /** What the next stage lacks; nothing unless told. */
    missing?: readonly Missing[]
    policy: Pick<Policy, 'minUnits' | 'minDuration' | 'drills'>
    startedAt: string | null
  }
  report: Pick<Report, 'asOf' | 'comparisons' | 'guardrails' | 'sampleRatio' | 'health' | 'variants'>
}

const answer = (variant: string | null, result: GateResult, reason: string): GateAnswer => ({ variant, result, reason })

/** Known harm, in words; null where none is known. */
const harmOf = ({ experiment, report }: GateFacts, variant: string): string | null => {
  const { state, winner, variants } = experiment
  if (variants.some(({ key, status }) => key === variant && status === 'killed')) return `${variant} was killed`
  if ((state === 'rolled_back' || state === 'killed') && (winner === null || winner === variant)) return `the experiment is ${state.replace('_', ' ')}`
  const failed = report.guardrails.filter((one) => one.variant === variant).flatMap(({ metric, verdict, generation, windows }) => [
    ...(verdict === 'FAIL' ? [metric] : []),
    ...(generation?.verdict === 'FAIL' ? [`${metric} on ${generation.day}`] : []),
    ...(windows?.verdict === 'FAIL' ? [`${metric} in its last windows`] : []),
  ])
  return failed.length > 0 ? `${variant} fails ${failed.join(', ')}` : null
}

/** What speaks against any step forward of anybody just now; null where nothing does. */
const heldBy = ({ experiment, report }: GateFacts): string | null => {
  const broken = report.health.filter(({ verdict }) => verdict === 'ERROR').map(({ text }) => text)
  if (broken.length > 0) return broken.join(' ')
  if (report.sampleRatio.verdict === 'FAIL') return 'units do not arrive in the planned shares'
  const { holds = [] } = experiment
  return holds.length > 0 ? holdWords(holds) : null
}

/** What speaks against more of this variant; null where nothing does. */
const waitsFor = (facts: GateFacts, variant: string): string | null => {
  const lacks = (facts.experiment.missing ?? []).filter((one) => one.variant === variant).flatMap(({ checks }) => checks)
  return heldBy(facts) ?? (lacks.length > 0 ? lackWords(lacks) : null)
}

/** What of the variant is not known well enough yet; null where everything is. */
const unproven = ({ experiment: { variants, policy, startedAt }, report }: GateFacts, variant: string): string | null => {
  const open = [
    ...report.comparisons.filter((one) => one.variant === variant && one.role === 'decision' && one.verdict !== 'PASS'),
    ...report.guardrails.filter((one) => one.variant === variant && one.verdict !== 'PASS'),
  ].map(({ metric, verdict }) => `${metric} is ${verdict}`)
  if (open.length > 0) return open.join(', ')
  const unrehearsed = policy.drills?.required ? report.health.find(({ check, verdict }) => check === drillCheck && verdict !== 'PASS') : undefined
  if (unrehearsed) return unrehearsed.text
  if (report.sampleRatio.verdict !== 'PASS') return 'nobody has come yet'
  const control = variants.find((one) => one.control)?.key
  const units = report.variants.filter(({ key }) => key === variant || key === control).map((one) => one.units)
  if (Math.min(...units) < policy.minUnits) return `fewer than ${policy.minUnits} units`
  const ageMs = startedAt === null ? 0 : Date.parse(report.asOf) - Date.parse(startedAt)
  return ageMs < requireDurationMs(policy.minDuration) ? `running for less than ${policy.minDuration}` : null
}

const promotable = (facts: GateFacts, variant: string): GateAnswer => {
  const { state, winner, variants } = facts.experiment
  const to = (result: GateResult, reason: string): GateAnswer => answer(variant, result, reason)
  const harm = harmOf(facts, variant)
  if (harm !== null) return to('fail', harm)
  if (state === 'baking') return winner === variant ? to('wait', `${variant} was promoted and bakes`) : to('fail', `${winner} was promoted`)
  if (winner !== null) return winner === variant ? to('pass', `${variant} was promoted`) : to('fail', `${winner} was promoted`)
  if (!isUnderWay(state)) return to('wait', `the experiment is ${state}`)
  const status = variants.find(({ key }) => key === variant)?.status
  if (status !== 'live') return to('wait', `${variant} is ${status}`)
  const waits = waitsFor(facts, variant) ?? unproven(facts, variant)
  return waits === null ? to('pass', `${variant} has passed everything`) : to('wait', waits)
}

const safe = (facts: GateFacts, variant: string): GateAnswer => {
  const harm = harmOf(facts, variant)
  if (harm !== null) return answer(variant, 'fail', harm)
  const held = facts.experiment.state === 'draft' ? 'the experiment is a draft' : waitsFor(facts, variant)
  return held === null ? answer(variant, 'pass', `nothing speaks against ${variant}`) : answer(variant, 'wait', held)
}

const harmful = (facts: GateFacts, variant: string): GateAnswer => {
  const harm = harmOf(facts, variant)
  return harm === null ? answer(variant, 'wait', `nothing is known against ${variant}`) : answer(variant, 'pass', harm)
}

const asked: Record<GateQuestion, (facts: GateFacts, variant: string) => GateAnswer> = { promote: promotable, safe, rollback: harmful }

/**
 * What a gate answers; pure. Without a variant it is about all candidates: one that may be promoted is enough, but harm is only
 * where all of them do it, and safe is only what all are that are left.
 *
 * @param variant of the experiment, not its control; null for all candidates
 */
export const gateOf = (facts: GateFacts, question: GateQuestion, variant: string | null): GateAnswer => {
  if (variant !== null) return asked[question](facts, variant)
  const candidates = facts.experiment.variants.filter(({ control }) => !control).map(({ key }) => asked[question](facts, key))
  const all = (result: GateResult): boolean => candidates.every((one) => one.result === result)
  const found = (result: GateResult): GateAnswer | undefined => candidates.find((one) => one.result === result)
  const together = candidates.map(({ reason }) => reason).join('; ')
  if (question === 'promote') return found('pass') ?? answer(null, all('fail') ? 'fail' : 'wait', together)
  if (question === 'rollback') return answer(null, all('pass') ? 'pass' : 'wait', together)
  return answer(null, all('fail') ? 'fail' : found('wait') ? 'wait' : 'pass', together)
}
