import type { DrillView } from '../drills/drill.ts'
import type { ExperimentState, Policy, VariantState } from '../define/definitions.ts'
import type { Hold, HoldReason } from '../decide/holds.ts'
import type { LedgerEntry } from '../decide/ledger.ts'
import type { OpenAlert } from '../models/watch-state.ts'
import type { Comparison, Report, Verdict } from '../analyze/report.ts'
import { sentenceOf } from '../describe/wording.ts'

// What the overview reads: everything in a few queries, from analyses that are stored. Times are ISO 8601.

/** Which experiments are listed. `running`: those that bake, too; `all`: but for archived ones. */
export const shownKinds = ['all', 'attention', 'running', 'paused', 'draft', 'ended', 'archived'] as const
export type ShownKind = (typeof shownKinds)[number]

/** `before`: the id that the page begins after, null for the first one. */
export type OverviewAsk = { show: ShownKind; model: string | null; limit: number; before: string | null }

/** What the latest stored analysis says, as far as an overview tells it. */
export type BriefAnalysis = {
  id: number
  at: string
  /** Of the experiment, then. */
  state: string
  headline: string
  units: number
  sampleRatio: Verdict
  checks: Pick<Report['health'][number], 'check' | 'verdict'>[]
  comparisons: Pick<Comparison, 'metric' | 'role' | 'variant' | 'verdict'>[]
}

/** An entry of the ledger in short. */
export type BriefEntry = Pick<LedgerEntry, 'at' | 'actor' | 'action' | 'variant' | 'status' | 'reason' | 'rule'> & { id: number }

export type ListedExperiment = {
  id: number
  key: string
  model: string
  state: ExperimentState
  hypothesis: string | null
  unit: string
  mode: Policy['mode']
  maxDuration: string
  variants: VariantState[]
  winner: string | null
  /** Of the epoch in force; null before the first. */
  coverage: number | null
  weights: number[] | null
  holds: Hold[]
  /** When a draft starts by itself; null where somebody has to. */
  startAt: string | null
  createdAt: string
  startedAt: string | null
  endedAt: string | null
  /** What a person may decide: told in the ledger, and not done by itself. Of a draft why it did not start at its time. */
  waiting: BriefEntry | null
  /** Post-mortems that nobody has signed. */
  postMortems: (Pick<BriefEntry, 'at' | 'action' | 'variant'> & { decision: number })[]
  /** Versions that wait for an acknowledgement of this experiment. */
  locked: string[]
  analysis: BriefAnalysis | null
  latest: BriefEntry | null
}

export type ListedModel = {
  key: string
  description: string
  enabled: boolean
  champion: string | null
  /** Since when it is champion. */
  since: string | null
  /** Experiments under way. */
  running: number
}

export type Overview = {
  /** Of all experiments, or those of the model. */
  counts: Record<ShownKind, number>
  experiments: ListedExperiment[]
  /** Where the next page begins. */
  next: string | null
  /** All that need a person, the newest first; at most a hundred. */
  attention: ListedExperiment[]
  /** What champions' watches alarm that nobody has seen, by model. */
  alerting: { model: string; alerts: OpenAlert[] }[]
  models: ListedModel[]
  /** Models that are not listed. */
  furtherModels: boolean
  /** The last one that came to an end; null where none did. */
  drill: DrillView | null
}

/** What somebody is needed for, the most urgent first. */
export const needKinds = ['harm', 'data', 'silent', 'person', 'start', 'post-mortem', 'locked'] as const
export type NeedKind = (typeof needKinds)[number]
/** `decision`: the entry that tells of it, if there is one. */
export type Need = { kind: NeedKind; text: string; since: string | null; decision: number | null; version?: string }

const needOfHold: Record<HoldReason, NeedKind> = {
  shared_harm: 'harm', breaker: 'harm', signal: 'harm', check: 'harm', degradation: 'harm', drift: 'harm',
  sample_ratio: 'data', error: 'data', stale: 'data', registry_drift: 'data',
  no_traffic: 'silent', no_outcome: 'silent', outcome_lag: 'silent', stage_deadline: 'person',
}

/** Done against harm. */
const protective: ReadonlySet<string> = new Set(['kill', 'rollback', 'roll-through'])

/** A loser is no danger, and waits for a person as winners do. */
const needOfWaiting = ({ id, action, rule, reason, at }: BriefEntry): Need => {
  if (action === 'start') return { kind: 'start', text: reason, since: at, decision: null }
  return { kind: protective.has(action) && rule !== 'loser' ? 'harm' : 'person', text: reason, since: at, decision: id }
}

/** "the rollback of qwen": a decision as a thing. */
const deedOf = ({ action, variant }: Pick<BriefEntry, 'action' | 'variant'>): string =>
  `the ${action.replaceAll('-', ' ')}${variant === null ? '' : ` of ${variant}`}`

/**
 * What an experiment needs a person for, the most urgent first: harm, data that cannot be trusted, silence, what waits
 * for somebody to decide, drafts that could not start at their time, what nobody has explained yet, and versions that stay locked until somebody does.
 */
export const needsOf = ({ holds, waiting, postMortems, locked }: Pick<ListedExperiment, 'holds' | 'waiting' | 'postMortems' | 'locked'>): Need[] => {
  const needs: Need[] = [
    ...holds.map(({ reason, text, since, variant, metric }): Need => ({ kind: needOfHold[reason], text: sentenceOf(text, [variant, metric]), since, decision: null })),
    ...(waiting ? [needOfWaiting(waiting)] : []),
    ...postMortems.map((one): Need => (
      { kind: 'post-mortem', text: `Nobody has signed the post-mortem of ${deedOf(one)}.`, since: one.at, decision: one.decision })),
    ...(postMortems.length > 0 ? [] : locked.map((version): Need => (
      { kind: 'locked', text: `Version ${version} stays locked until somebody acknowledges why.`, since: null, decision: null, version }))),
  ]
  return needs.toSorted((one, other) => needKinds.indexOf(one.kind) - needKinds.indexOf(other.kind))
}
