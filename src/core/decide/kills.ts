import type { Analysis } from '../analyze/analysis.ts'
import { candidatesOf, leadOf, scaleOf } from './conditions.ts'
import { contextualOf } from '../contextual/stage.ts'
import type { Proposal } from './decision.ts'
import { evidenceFor, sentence } from './evidence.ts'
import type { DailyGuardrail } from '../analyze/generation-tests.ts'
import type { Guardrail } from '../analyze/guardrails.ts'
import type { WindowedGuardrail } from '../analyze/limits.ts'
import { nameOf } from '../analyze/metric-plan.ts'
import { completenessKey } from '../define/reporting.ts'
import { standbyOf } from '../analyze/weights.ts'
import { plainly, relativeScale } from '../describe/wording.ts'

/**
 * Whom to stop: variants that do harm, then losers, the surest first; each is named once. When every candidate does
 * harm it is the policy's `onHarm`, for all of them at once; one that waits without traffic is none of them. Losers are
 * never stopped down to the last candidate, unless there is only one: the best of them goes on against the control.
 */
export const kills = (analysis: Analysis): Proposal[] => {
  const { policy } = analysis.input.experiment.definition
  const candidates = candidatesOf(analysis)
  const allowed = policy.mode === 'auto' && policy.autoKill
  const harmful = onceEach(
    harmsOf(analysis)
      .filter(({ ordinal }) => candidates.includes(ordinal))
      .map((guardrail): Proposal => ({
        action: 'kill',
        variant: guardrail.variant,
        rule: ruleOf(guardrail),
        reason: harmWords(guardrail),
        allowed,
        evidence: harmEvidence(analysis, guardrail),
      })),
  )
  // who is worse on the whole may be the best for some: a contextual bandit decides that by the unit
  const losers = contextualOf(analysis.input.experiment) ? [] : [...analysis.contrasts, ...analysis.rivals]
  const losing = losers
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
  const { experiment, locks = [] } = analysis.input
  const standby = standbyOf(experiment.definition, experiment.stage, experiment.variants)
  const racing = standby === null ? candidates : candidates.filter((arm) => arm !== standby)
  if (harmful.length > 0 && harmful.length === racing.length) {
    const locked = standby !== null && locks.some(({ version }) => version === experiment.variants[standby]?.version)
    if (standby !== null && !locked) return [endOf(harmful, 'roll-through')]
    return policy.onHarm === 'kill' ? harmful : [endOf(harmful, 'rollback')]
  }
  const doomed = onceEach([...harmful, ...losing])
  return doomed.length < candidates.length || candidates.length === 1 ? doomed : doomed.slice(0, -1)
}

type Harm = Guardrail & Partial<Pick<DailyGuardrail, 'day'> & Pick<WindowedGuardrail, 'windows'>>

/** Guardrails that fail: over the whole scope, then on a day, then in three of the last five windows. */
export const harmsOf = ({ guardrails, daily, windowed }: Pick<Analysis, 'guardrails' | 'daily' | 'windowed'>): Harm[] =>
  [...guardrails, ...daily, ...windowed].filter(({ verdict }) => verdict === 'FAIL')

const ruleOf = ({ metric, windows }: Harm): string =>
  metric === completenessKey ? 'completeness' : windows ? 'limit-windows' : 'guardrail-harm'

/** Which harm a guardrail shows. */
export const harmWords = ({ metric, variant, margin, by, contrast, day, windows, worst }: Harm): string => {
  const { control } = contrast.comparison
  const name = nameOf(contrast.measured.plan)
  if (metric === completenessKey) {
    const left = day ? `left more of the units that came on ${day}` : 'leaves more units'
    return `${variant} ${left} without a report than ${control}, by more than the ${plainly(margin * 100)} of 100 that are allowed.`
  }
  const scale = by === 'relativeMargin' ? relativeScale : scaleOf(contrast)
  const amount = (value: number): string => `${plainly(value * scale.factor)}${scale.words}`
  if (by === 'limit') {
    const when = windows ? ` in ${windows.filter(({ broken }) => broken).length} of the last ${windows.length} windows of its traffic` : day ? ` on ${day}` : ''
    return `${variant} ${when ? 'was' : 'is'} beyond the limit for ${name}, ${amount(contrast.measured.metric.limit ?? 0)}${when && ','}${when}.`
  }
  const where = worst?.verdict === 'FAIL' ? `Where ${worst.segment} is ${worst.value}, ` : ''
  return `${where}${variant} ${day ? `was on ${day}` : 'is'} worse than ${control} on ${name}, by more than the ${amount(margin)} allowed.`
}

/** Everything that was looked at; of a day its own comparison, too. */
export const harmEvidence = (analysis: Analysis, { ordinal, metric, harm, margin, day, contrast, windows, worst }: Harm): Record<string, unknown> => ({
  ...evidenceFor(analysis, ordinal),
  ...(day && { generation: { day, metric, harm, margin, comparison: contrast.comparison } }),
  ...(worst && { worstSegment: { metric, margin, ...worst } }),
  ...(windows && { windows: { metric, limit: contrast.measured.metric.limit, last: windows } }),
})

const onceEach = (proposals: Proposal[]): Proposal[] =>
  proposals.filter(({ variant }, index) => proposals.findIndex((one) => one.variant === variant) === index)

/** One end for all candidates, since all do harm. */
const endOf = (harmful: Proposal[], action: 'rollback' | 'roll-through'): Proposal => {
  const [first] = harmful as [Proposal]
  if (harmful.length === 1) return { ...first, action }
  return {
    ...first,
    action,
    variant: null,
    reason: harmful.map(({ reason }) => reason).join(' '),
    evidence: { digest: first.evidence['digest'], variants: Object.fromEntries(harmful.map(({ variant, evidence }) => [variant, evidence])) },
  }
}
