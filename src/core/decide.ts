import type { Analysis, Condition } from './analysis.ts'
import type { Change } from './change.ts'
import type { Contrast } from './compare.ts'
import { candidatesOf, conditionsOf, controlOf, leadOf, looksNeeded, promoteLooks } from './conditions.ts'
import type { Looks, Policy } from './definitions.ts'
import { requireDurationMs } from './duration.ts'
import { isPlanned, plannedOnly } from './planned-looks.ts'

/**
 * What the engine does, or would do. `held` decisions change nothing but are told in the ledger, once each.
 * `conclude` ends an experiment whose time is over without a winner.
 */
export type Decision = {
  action: 'promote' | 'kill' | 'rollback' | 'conclude' | 'reallocate'
  variant: string | null
  rule: string
  reason: string
  status: 'applied' | 'held'
  /** The numbers the rule used, with what it needed. */
  evidence: Record<string, unknown>
  /** The traffic that a reallocation puts in force. */
  traffic?: Pick<Change, 'next' | 'frozen'>
}

/**
 * What one look leads to, in the order in which it is to be done: nothing, one decision, or several kills. `looks` is
 * the memory to keep for the next look.
 */
export type Decided = { decisions: Decision[]; looks: Looks }

type Proposal = Omit<Decision, 'status'> & { allowed: boolean }

/**
 * Decide from one analysis: roll back before killing, before promoting, before concluding. Protective actions need no
 * fresh data and no dwell, and all variants that fulfil a rule are killed at once; a promotion needs every condition,
 * at two looks with newly matured data. The control is never killed. What policy does not allow by itself becomes a
 * held entry, told once, one a look.
 */
export const decide = (analysis: Analysis): Decided => {
  const { experiment } = analysis.input
  const { state } = experiment
  const { policy } = experiment.definition
  if (state !== 'running' && state !== 'paused') return { decisions: [], looks: experiment.looks }
  const looks = nextLooks(analysis)

  const proposals = [
    ...kills(analysis),
    ...(state === 'running' ? promotions(analysis, looks) : []),
    ...conclusion(analysis),
  ]
  const [first, ...others] = proposals.filter(({ allowed }) => allowed)
  if (first) {
    const together = first.action === 'kill' ? others.filter(({ action }) => action === 'kill') : []
    return { decisions: [first, ...together].map((one) => decision(one, 'applied')), looks: plannedOnly(looks) }
  }

  const held = [
    ...proposals.map((one) => ({ ...one, why: 'mode' })),
    ...(state === 'running' ? early(analysis) : []),
  ].find((one) => looks[heldKey(one.action, one.variant, one.why)] === undefined)
  if (!held) return { decisions: [], looks }
  const told = { [heldKey(held.action, held.variant, held.why)]: { count: 1, digest: analysis.digest } }
  const reason = held.why === 'mode' ? `${held.reason} ${waitingWords(policy)}` : held.reason
  return { decisions: [decision({ ...held, reason }, 'held')], looks: { ...looks, ...told } }
}

const decision = ({ action, variant, rule, reason, evidence }: Proposal, status: Decision['status']): Decision => ({
  action,
  variant,
  rule,
  reason,
  status,
  evidence,
})

const heldKey = (action: string, variant: string | null, why: string): string =>
  `held:${action}:${variant ?? ''}:${why}`

const waitingWords = ({ mode }: Policy): string =>
  mode === 'observe' ? 'Only observed: nothing was done.' : 'Not done by itself: a person decides.'

/** Looks of candidates whose conditions all hold rise by one with new data; those of others begin anew. */
const nextLooks = (analysis: Analysis): Looks => {
  const { looks, variants, scope } = analysis.input.experiment
  const rules = Object.entries(looks).filter(([key]) => !key.startsWith('promote:') && !isPlanned(key))
  const kept: [string, Looks[string]][] = [...rules, ...Object.entries(plannedOnly(looks, scope)), ...takenNow(analysis)]
  const held = candidatesOf(analysis).flatMap((arm): [string, { count: number; digest: string }][] => {
    const holds =
      conditionsOf(analysis, arm).every(({ kind, met }) => met || kind === 'looks') && provable(analysis, arm)
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

/** Something must speak for a variant: a decision metric, or at least a guardrail. */
const provable = ({ contrasts }: Analysis, arm: number): boolean =>
  contrasts.some(
    ({ variant, measured: { metric } }) =>
      variant === arm && (metric.role === 'decision' || metric.role === 'guardrail'),
  )

const promotions = (analysis: Analysis, looks: Looks): Proposal[] => {
  const { variants, definition } = analysis.input.experiment
  const { policy } = definition
  return candidatesOf(analysis)
    .filter((arm) => (looks[promoteLooks(variants[arm]?.key ?? '')]?.count ?? 0) >= looksNeeded)
    .sort((a, b) => leadOf(analysis, b) - leadOf(analysis, a))
    .slice(0, 1)
    .map((arm) => {
      const variant = variants[arm]?.key ?? ''
      const first = decisionOf(analysis, arm)
      return {
        action: 'promote',
        variant,
        rule: `promote-${policy.goal}`,
        reason: first ? sentence(first) : 'Every guardrail passes.',
        allowed: policy.mode === 'auto' && policy.autoPromote,
        evidence: evidenceFor(analysis, arm),
      }
    })
}

/**
 * Whom to stop: variants that do harm, then losers, the surest first; each is named once. When every candidate does
 * harm it is the policy's `onHarm`, for all of them at once. Losers are never stopped down to the last candidate, unless
 * there is only one: the best of them goes on against the control.
 */
const kills = (analysis: Analysis): Proposal[] => {
  const { policy } = analysis.input.experiment.definition
  const candidates = candidatesOf(analysis)
  const allowed = policy.mode === 'auto' && policy.autoKill
  const harmful = onceEach(
    analysis.guardrails
      .filter(({ verdict, ordinal }) => verdict === 'FAIL' && candidates.includes(ordinal))
      .map(({ metric, variant, ordinal, margin, contrast }): Proposal => ({
        action: 'kill',
        variant,
        rule: 'guardrail-harm',
        reason: `${metric} of ${variant} is worse than ${contrast.comparison.control} by more than the ${margin} allowed.`,
        allowed,
        evidence: evidenceFor(analysis, ordinal),
      })),
  )
  const losing = [...analysis.contrasts, ...analysis.rivals]
    .filter(
      ({ comparison, measured: { metric }, variant }) =>
        metric.role === 'decision' && comparison.verdict === 'FAIL' && candidates.includes(variant),
    )
    .toSorted((one, other) => leadOf(analysis, one.variant) - leadOf(analysis, other.variant))
    .map((contrast): Proposal => ({
      action: 'kill',
      variant: contrast.comparison.variant,
      rule: 'loser',
      reason: sentence(contrast),
      allowed,
      evidence: { ...evidenceFor(analysis, contrast.variant), against: contrast.comparison },
    }))
  if (harmful.length > 0 && harmful.length === candidates.length) return policy.onHarm === 'kill' ? harmful : [rollbackOf(harmful)]
  const doomed = onceEach([...harmful, ...losing])
  return doomed.length < candidates.length || candidates.length === 1 ? doomed : doomed.slice(0, -1)
}

const onceEach = (proposals: Proposal[]): Proposal[] =>
  proposals.filter(({ variant }, index) => proposals.findIndex((one) => one.variant === variant) === index)

/** One end for all candidates, since all do harm. */
const rollbackOf = (harmful: Proposal[]): Proposal => {
  const [first] = harmful as [Proposal]
  if (harmful.length === 1) return { ...first, action: 'rollback' }
  return {
    ...first,
    action: 'rollback',
    variant: null,
    reason: harmful.map(({ reason }) => reason).join(' '),
    evidence: { digest: first.evidence['digest'], variants: Object.fromEntries(harmful.map(({ variant, evidence }) => [variant, evidence])) },
  }
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
      reason: `No winner within ${policy.maxDuration}; the champion stays.`,
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
    const proven = decisionOf(analysis, arm) !== undefined && conditions.every(({ kind, met }) => kind !== 'evidence' || met)
    const wins = proven || (provable(analysis, arm) && open.every(({ kind }) => kind === 'lock'))
    if (!wins || !first) return []
    return [
      {
        action: 'promote' as const,
        variant: analysis.input.experiment.variants[arm]?.key ?? '',
        rule: 'conditions',
        reason: `Held back: ${open.map(openWords).join('; ')}.`,
        allowed: false,
        evidence: evidenceFor(analysis, arm),
        why: first.kind,
      },
    ]
  })

const openWords = ({ text, current, needed }: Condition): string => `${text} (now ${current}, needed ${needed})`

const decisionOf = ({ contrasts }: Analysis, arm: number): Contrast | undefined =>
  contrasts.find(({ variant, measured }) => variant === arm && measured.metric.role === 'decision')

const sentence = ({ comparison, measured: { plan } }: Contrast): string => {
  const { metric, variant, control, difference } = comparison
  const { lower, upper } = difference
  const better = (comparison.verdict === 'PASS') === (plan.direction === 'increase') ? 'higher' : 'lower'
  const end = (value: number | null): string => (value === null ? 'unbounded' : String(Number(value.toPrecision(4))))
  const range = `the difference lies between ${end(lower)} and ${end(upper)}`
  return `${metric} of ${variant} is ${better} than of ${control}: ${range}.`
}

/** Everything a rule looked at, so that the entry can be judged without the data. */
const evidenceFor = (analysis: Analysis, arm: number): Record<string, unknown> => ({
  digest: analysis.digest,
  scope: analysis.input.experiment.scope,
  asOf: analysis.report.asOf,
  units: { variant: analysis.matured[arm] ?? 0, control: analysis.matured[controlOf(analysis)] ?? 0 },
  comparisons: analysis.contrasts.filter(({ variant }) => variant === arm).map(({ comparison }) => comparison),
  guardrails: analysis.report.guardrails.filter(
    ({ variant }) => variant === analysis.input.experiment.variants[arm]?.key,
  ),
  sampleRatio: analysis.report.sampleRatio,
  conditions: conditionsOf(analysis, arm),
})
