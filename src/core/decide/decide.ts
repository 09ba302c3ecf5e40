import type { Analysis } from '../analyze/analysis.ts'
import { bakeHeld, bakeProposals } from './decide-bake.ts'
import { candidatesOf, conditionsOf, looksNeeded, promoteLooks, provable, readyOf } from './conditions.ts'
import { contextualOf } from '../contextual/stage.ts'
import { switches, switchesHeld } from './decide-switch.ts'
import type { Considered, Decision, Proposal } from './decision.ts'
import type { DriftState } from '../define/drift.ts'
import type { Looks, Policy } from '../define/definitions.ts'
import { requireDurationMs } from '../define/duration.ts'
import { span } from '../describe/wording.ts'
import { decisionOf, evidenceFor, openWords, sentence } from './evidence.ts'
import { type Hold, holdName, holdWords, turnHolds } from './holds.ts'
import { kills } from './kills.ts'
import { isPlanned, plannedOnly, rememberedScope } from '../analyze/planned-looks.ts'
import { atSwitch } from './position.ts'
import { ramps, rampsHeld } from './ramp.ts'
import { deadlineEnds } from './stage-deadline.ts'

/**
 * What one look leads to, in the order in which it is to be done: nothing, one decision, or several kills. `looks` is
 * the memory to keep for the next look, and so are `holds` and `drift`, where they may change; `considered` is everything that was
 * thought of, for the ledger.
 */
export type Decided = { decisions: Decision[]; looks: Looks; holds?: Hold[] | undefined; drift?: DriftState | null; considered?: Considered[] }

/**
 * Decide from one analysis: roll back before killing, before going on, before promoting, before concluding. Protective actions need no
 * fresh data and no dwell, and all variants that fulfil a rule are killed at once; a promotion needs every condition,
 * at two looks with newly matured data. The control is never killed. What policy does not allow by itself becomes a
 * held entry, told once, one a look. A hold begins at once and is over after some looks without its alarm; each change
 * of what holds is told once. It stops what gains, never what protects. A bake has rules of its own.
 */
export const decide = (analysis: Analysis): Decided => {
  const { experiment } = analysis.input
  const { state } = experiment
  if (state === 'baking') return settled(analysis, experiment.looks, bakeProposals(analysis), bakeHeld(analysis))
  if (state !== 'running' && state !== 'paused') return { decisions: [], looks: experiment.looks }
  const over = [...conclusion(analysis), ...deadlineEnds(analysis)]
  const running = state === 'running'
  if (atSwitch(experiment)) {
    return settled(analysis, experiment.looks, [...kills(analysis), ...(running ? switches(analysis) : []), ...over], running ? switchesHeld(analysis) : [])
  }
  const looks = nextLooks(analysis)

  const proposals = [
    ...kills(analysis),
    ...(running ? [...(over.length > 0 ? [] : ramps(analysis)), ...promotions(analysis, looks)] : []),
    ...over,
  ]
  return settled(analysis, looks, proposals, running ? [...rampsHeld(analysis), ...early(analysis)] : [])
}

/** The first that may be done, kills together; else one entry of what waits, which is told once. */
const settled = (analysis: Analysis, looks: Looks, proposals: Proposal[], waiting: (Proposal & { why: string })[]): Decided => {
  const { policy } = analysis.input.experiment.definition
  const [first, ...others] = proposals.filter(({ allowed }) => allowed)
  if (first) {
    const together = first.action === 'kill' ? others.filter(({ action }) => action === 'kill') : []
    return { decisions: [first, ...together].map((one) => decision(one, 'applied')), looks: plannedOnly(looks), considered: proposals }
  }

  const { change, next: holds } = holdChange(analysis)
  const held = [
    ...proposals.map((one) => ({ ...one, why: 'mode' })),
    // what holds is told by the hold itself
    ...waiting.filter(({ variant, why }) => why !== 'hold' && !proposals.some((one) => endsIt(one, variant))),
  ].find((one) => looks[heldKey(one.action, one.variant, one.why)] === undefined)
  if (!held) return { decisions: change, looks, holds, considered: proposals }
  const told = { [heldKey(held.action, held.variant, held.why)]: { count: 1, digest: analysis.digest } }
  const reason = held.why === 'mode' ? `${held.reason} ${waitingWords(policy, held)}` : held.reason
  return { decisions: [...change, decision({ ...held, reason }, 'held')], looks: { ...looks, ...told }, holds, considered: proposals }
}

/** What this look changes of what holds, as one entry, if anything. */
const holdChange = ({ input, holds, digest, report }: Analysis): { change: Decision[]; next: Hold[] } => {
  const { begun, lifted, next } = turnHolds(input.experiment.holds ?? [], holds)
  if (begun.length === 0 && lifted.length === 0) return { change: [], next }
  const sentences = [
    ...(begun.length > 0 ? [`Nothing is promoted or moved: ${holdWords(begun)}.`] : []),
    ...(lifted.length > 0 ? [`No longer held: ${lifted.map(holdName).join(', ')}.`] : []),
    ...(lifted.length > 0 && next.length > 0 ? [`Still held: ${next.map(holdName).join(', ')}.`] : []),
  ]
  const evidence = { digest, scope: input.experiment.scope, asOf: report.asOf, reasons: next, begun, lifted, sampleRatio: report.sampleRatio, health: report.health }
  const rule = next.length > 0 ? 'hold' : 'hold-lifted'
  return { next, change: [{ action: 'hold', variant: null, rule, reason: sentences.join(' '), status: 'applied', evidence }] }
}

const decision = ({ action, variant, rule, reason, evidence }: Proposal, status: Decision['status']): Decision => ({
  action,
  variant,
  rule,
  reason,
  status,
  evidence,
})

/** Would this end the race of a variant? Then nobody asks any more what keeps it from winning. */
const endsIt = ({ action, variant }: Proposal, other: string | null): boolean =>
  action === 'rollback' || action === 'roll-through' || action === 'conclude' || (action === 'kill' && variant === other)

const heldKey = (action: string, variant: string | null, why: string): string =>
  `held:${action}:${variant ?? ''}:${why}`

/** A person ends what the time has ended by `stop`; everything else has the same name for both. */
const waitingWords = ({ mode }: Policy, { action }: Proposal): string =>
  mode === 'observe' ? 'Only observed: nothing was done.'
    : `Not done by itself: a person decides${action === 'conclude' ? ', with the action stop' : ''}.`

/** Looks of candidates whose conditions all hold rise by one with new data; those of others begin anew. */
const nextLooks = (analysis: Analysis): Looks => {
  const { looks, variants } = analysis.input.experiment
  const rules = Object.entries(looks).filter(([key]) => !key.startsWith('promote:') && !isPlanned(key))
  const kept: [string, Looks[string]][] = [...rules, ...Object.entries(plannedOnly(looks, rememberedScope(analysis.input.experiment))), ...takenNow(analysis)]
  const held = candidatesOf(analysis).flatMap((arm): [string, { count: number; digest: string }][] => {
    const holds =
      conditionsOf(analysis, arm).every(({ kind, met }) => met || kind === 'looks' || kind === 'freeze' || kind === 'gate' || kind === 'check' || kind === 'drill') && provable(analysis, arm)
    if (!holds) return []
    const key = promoteLooks(variants[arm]?.key ?? '')
    const before = looks[key]
    if (before?.digest === analysis.digest) return [[key, before]]
    return [[key, { count: Math.min(looksNeeded, (before?.count ?? 0) + 1), digest: analysis.digest }]]
  })
  return Object.fromEntries([...kept, ...held])
}

/** Planned looks that this analysis takes. */
const takenNow = ({ contrasts, rivals, digest }: Analysis): [string, Looks[string]][] =>
  [...contrasts, ...rivals].flatMap(({ taken }) =>
    taken ? [[taken.key, { count: taken.planned.units.length, digest, planned: taken.planned }]] : [],
  )

const promotions = (analysis: Analysis, looks: Looks): Proposal[] => {
  const { input } = analysis
  const { variants, definition: { policy } } = input.experiment
  return readyOf({ ...analysis, input: { ...input, experiment: { ...input.experiment, looks } } })
    .slice(0, 1)
    .map((arm) => {
      const variant = variants[arm]?.key ?? ''
      const first = decisionOf(analysis, arm)
      return {
        action: 'promote',
        variant,
        rule: first ? `promote-${policy.goal}` : 'promote-guardrails',
        reason: first ? sentence(first) : 'Every guardrail passes.',
        // what is better on the whole still takes the best from some: a person weighs that
        allowed: policy.mode === 'auto' && policy.autoPromote && contextualOf(analysis.input.experiment) === null,
        evidence: evidenceFor(analysis, arm),
      }
    })
}

const conclusion = ({ input, digest }: Analysis): Proposal[] => {
  const { startedAt, definition } = input.experiment
  const { policy } = definition
  const limitMs = requireDurationMs(policy.maxDuration)
  if (startedAt === null || input.now.getTime() - startedAt.getTime() < limitMs) return []
  return [
    {
      action: 'conclude',
      variant: null,
      rule: 'max-duration',
      reason: `No winner within ${span(requireDurationMs(policy.maxDuration))}; the champion stays.`,
      allowed: policy.mode === 'auto',
      evidence: { startedAt: startedAt.toISOString(), maxDuration: policy.maxDuration, digest },
    },
  ]
}

/** Candidates that the decision metrics already favour while something else holds them back. */
const early = (analysis: Analysis): (Proposal & { why: string })[] =>
  candidatesOf(analysis).flatMap((arm) => {
    const conditions = conditionsOf(analysis, arm)
    const open = conditions.filter(({ kind, met }) => !met && kind !== 'looks')
    const [first] = open
    // that steps are left is the plan, and nothing held back
    if (open.some(({ kind }) => kind === 'steps')) return []
    const proven = decisionOf(analysis, arm) !== undefined && conditions.every(({ kind, met }) => kind !== 'evidence' || met)
    const wins = proven || (provable(analysis, arm) && open.every(({ kind }) => kind === 'lock' || kind === 'gate' || kind === 'check' || kind === 'drill'))
    if (!wins || !first) return []
    return [
      {
        action: 'promote' as const,
        variant: analysis.input.experiment.variants[arm]?.key ?? '',
        rule: 'conditions',
        reason: `Held back until ${open.map(openWords).join('; ')}.`,
        allowed: false,
        evidence: evidenceFor(analysis, arm),
        why: first.kind,
      },
    ]
  })
