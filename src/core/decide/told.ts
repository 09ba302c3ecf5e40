import type { Analysis, Condition } from '../analyze/analysis.ts'
import { candidatesOf, conditionsOf } from './conditions.ts'
import type { DecidedAll } from './decide-all.ts'
import type { Considered, Decision } from './decision.ts'
import { requireDurationMs } from '../define/duration.ts'
import type { Alternative, Freshness, Told, Verdicts } from './ledger.ts'
import { splitByMaturity } from '../analyze/maturity.ts'
import { atSwitch } from './position.ts'

/** What every rule said, of every variant. */
const verdictsOf = ({ report: { comparisons, guardrails, sampleRatio, health } }: Analysis): Verdicts => {
  const variants: Verdicts['variants'] = {}
  for (const { variant, metric, verdict } of [...comparisons, ...guardrails]) variants[variant] = { ...variants[variant], [metric]: verdict }
  return { variants, sampleRatio: sampleRatio.verdict, health: Object.fromEntries(health.map(({ check, verdict }) => [check, verdict])) }
}

const freshnessOf = ({ report, matured, digest, input }: Analysis): Freshness => {
  const windowMs = requireDurationMs(input.experiment.definition.window)
  const epochs = splitByMaturity(input.epochs, windowMs, input.now)
  const last = epochs.matured.at(-1)
  return {
    asOf: report.asOf,
    digest,
    epochs: { matured: epochs.matured.length, immature: epochs.immature.length },
    maturedUntil: last ? (last.endedAt ?? input.now).toISOString() : null,
    units: Object.fromEntries(report.variants.map(({ key, units }, arm) => [key, { exposed: units, matured: matured[arm] ?? 0 }])),
  }
}

const same = (one: Pick<Considered, 'action' | 'variant'>, other: Pick<Considered, 'action' | 'variant'>): boolean =>
  one.action === other.action && one.variant === other.variant

const openWords = ({ text, current, needed }: Condition): string => `${text} (now ${current}, needed ${needed})`

/** Promotions that were not even proposed, since something stands against them. */
const unready = (analysis: Analysis): Alternative[] => {
  // at a switch its own entries say what it waits for
  if (analysis.input.experiment.state !== 'running' || atSwitch(analysis.input.experiment)) return []
  return candidatesOf(analysis).flatMap((arm) => {
    const open = conditionsOf(analysis, arm).filter(({ met }) => !met)
    const variant = analysis.input.experiment.variants[arm]?.key ?? null
    if (open.length === 0) return []
    return [{ action: 'promote', variant, rule: 'conditions', reason: 'A promotion needs every condition.', rejected: open.map(openWords).join('; ') }]
  })
}

/** Why something that was considered was not done when `decision` was. */
const rejection = ({ allowed, why }: Considered, decision: Decision | null): string => {
  if (why !== undefined) return why
  if (!allowed) return 'the policy does not allow it by itself'
  return decision === null ? 'a person decided' : `${decision.action} comes first`
}

/**
 * What an entry tells of its look beside the evidence of its rule: all verdicts, how new the data was, and what else
 * could have been done. What was done at the same look has an entry of its own.
 *
 * @param decision null where a person acted: then everything that the engine would have done is an alternative
 */
export const toldOf = (analysis: Analysis, { decisions, considered = [] }: DecidedAll, decision: Decision | null): Told => {
  const done = decision === null ? [] : decisions
  const others = considered
    .filter((one) => !done.some((taken) => same(taken, one)))
    .map((one): Alternative => {
      const { action, variant, rule, reason } = one
      return { action, variant, rule, reason, rejected: rejection(one, decision) }
    })
  const spoken = (one: Alternative): boolean =>
    considered.some(({ action, variant }) => one.action === action && one.variant === variant) || done.some(({ variant }) => one.variant === variant)
  const waiting = unready(analysis).filter((one) => !spoken(one))
  const seed = decision?.evidence['seed']
  return {
    verdicts: verdictsOf(analysis),
    freshness: freshnessOf(analysis),
    seed: typeof seed === 'number' ? seed : null,
    alternatives: decision === null ? others : [...others, ...waiting],
  }
}
