import type { Call } from '../../core/decide/ledger.ts'
import type { Verdict } from '../../core/analyze/report.ts'
import type { DecisionDetail, ExperimentView, Replay } from '../../core/tell/views.ts'
import { completenessKey } from '../../core/define/reporting.ts'
import { count } from '../../core/describe/wording.ts'
import { type Pill, pillOf } from '../pills.ts'
import { deedText } from './deeds.ts'
import { cutText, jsonText } from './json-text.ts'
import { momentText } from './moments.ts'
import { movedOf } from './moved.ts'

type Fact = { label: string; text: string }

/** What the page of a decision says: nothing but what its entry holds. */
export type DecisionPage = {
  id: number
  title: string
  reason: string
  subject: { text: string; href: string } | null
  facts: Fact[]
  verdicts: { variant: string; metrics: { metric: string; pill: Pill }[] }[]
  checks: { check: string; pill: Pill }[]
  freshness: { facts: Fact[]; units: { variant: string; exposed: string; matured: string }[] } | null
  alternatives: { what: string; rule: string; reason: string; rejected: string }[]
  undo: { text: string; calls: string[] } | null
  /** How to live with it; empty for what takes nothing out of service. */
  runbook: Fact[]
  evidence: { text: string; cut: boolean }
  hashes: Fact[]
  links: { analysis: string | null; replay: string | null; postMortem: string | null; json: string | null }
}

const passed: Pill = { mark: '✓', word: 'Passed', tone: 'better' }
const failed: Pill = { mark: '!', word: 'Failed', tone: 'trouble' }

const checkPill = (verdict: Verdict): Pill => (verdict === 'PASS' ? passed : verdict === 'FAIL' || verdict === 'ERROR' ? failed : pillOf(verdict, 'check'))

/** What an entry of an experiment does not say itself: names of variants by ordinal, and what each metric is there for. */
type Of = Pick<ExperimentView, 'variants' | 'metrics'> | null

/** A guardrail is safe or harmful, everything else better or worse. */
const roleOf = (of: Of, key: string): string =>
  key === completenessKey ? 'guardrail' : (of?.metrics.find(({ metric }) => metric === key)?.role ?? 'decision')

const trafficOf = (decision: DecisionDetail, of: Of): Fact[] => {
  const { epochBefore, epochAfter } = decision
  const moved = movedOf(decision, of?.variants.map(({ key }) => key) ?? []).map(({ key, before, after }) => `${key} ${before} → ${after}`)
  if (epochAfter === epochBefore && moved.length === 0) return []
  return [{ label: 'Traffic', text: `${moved.join(', ') || 'as before'} (epoch ${epochBefore} → ${epochAfter})` }]
}

const statusWords = { applied: 'done', held: 'held back: nothing was done', failed: 'could not be done' } as const
const modeWords: Record<string, string> = { manual: 'a person asked for it', auto: 'by itself', recommend: 'only recommended', observe: 'only observed' }

const callText = ({ method, path, body }: Call): string => `${method} ${path}\n${JSON.stringify(body, null, 2)}`

const freshnessOf = ({ freshness }: DecisionDetail, now: number): DecisionPage['freshness'] => {
  if (!freshness) return null
  const { asOf, epochs, maturedUntil, units } = freshness
  return {
    facts: [
      { label: 'Data as of', text: `${momentText(asOf, now)} UTC` },
      { label: 'Matured until', text: maturedUntil === null ? 'nothing had matured yet' : `${momentText(maturedUntil, now)} UTC` },
      { label: 'Epochs', text: `${count(epochs.matured)} matured, ${count(epochs.immature)} still open to outcomes` },
    ],
    units: Object.entries(units).map(([variant, one]) => ({ variant, exposed: count(one.exposed), matured: count(one.matured) })),
  }
}

/** Characters of evidence that a page shows; all of it is in the JSON. */
const mostEvidence = 20_000

/** Where a decision's pages are, and whether who reads may follow links that need a key. */
export type Standpoint = { base: string; keyed: boolean }
const alone = (id: number): Standpoint => ({ base: `/decisions/${id}`, keyed: true })

/** A decision as it is stored. @param of its experiment; null of a model alone @param now milliseconds since 1970 */
export const decisionPage = (decision: DecisionDetail, of: Of, now: number, { base, keyed }: Standpoint = alone(decision.id)): DecisionPage => {
  const { id, experiment, model, verdicts, links, evidence } = decision
  return {
    id,
    title: `Decision ${id}: ${deedText(decision)}`,
    reason: decision.reason,
    subject: experiment !== null ? { text: `Report of ${experiment}`, href: `/experiments/${experiment}` } : model !== null ? { text: `Model ${model}`, href: `/models/${model}` } : null,
    facts: [
      { label: 'When', text: `${momentText(decision.at, now)} UTC` },
      { label: 'By', text: `${decision.actor}, ${modeWords[decision.mode] ?? decision.mode}` },
      { label: 'Status', text: statusWords[decision.status] },
      { label: 'Rule', text: decision.rule },
      ...trafficOf(decision, of),
      ...(decision.seed === undefined || decision.seed === null ? [] : [{ label: 'Seed', text: String(decision.seed) }]),
    ],
    verdicts: Object.entries(verdicts?.variants ?? {}).map(([variant, metrics]) => (
      { variant, metrics: Object.entries(metrics).map(([metric, verdict]) => ({ metric, pill: pillOf(verdict, roleOf(of, metric)) })) })),
    checks: Object.entries(verdicts?.health ?? {}).map(([check, verdict]) => ({ check, pill: checkPill(verdict) })),
    freshness: freshnessOf(decision, now),
    alternatives: (decision.alternatives ?? []).map((one) => (
      { what: `${one.action.replaceAll('-', ' ')}${one.variant === null ? '' : ` ${one.variant}`}`, rule: one.rule, reason: one.reason, rejected: one.rejected })),
    undo: decision.undo ? { text: decision.undo.text, calls: decision.undo.calls.map(callText) } : null,
    runbook: decision.runbook
      ? [
          { label: 'What it does', text: decision.runbook.does }, { label: 'What is kept', text: decision.runbook.keeps },
          { label: 'When', text: decision.runbook.effect }, { label: 'What to do now', text: decision.runbook.next },
        ]
      : [],
    evidence: jsonText(evidence, mostEvidence),
    hashes: [
      { label: 'Entry', text: `${decision.chain}, ${decision.seq}` }, { label: 'Hash', text: decision.hash }, { label: 'Hash before', text: decision.prevHash },
      { label: 'Policy', text: decision.policyHash }, ...(decision.inputs ? [{ label: 'Inputs', text: decision.inputs }] : []),
    ],
    links: {
      replay: links.replay && `${base}/replay`,
      analysis: keyed ? links.analysis : null, postMortem: keyed && links.postMortem ? `/decisions/${id}/post-mortem` : null, json: keyed ? `/api/decisions/${id}` : null,
    },
  }
}

export type ReplayPage = {
  id: number
  /** The page of the decision itself, and the same as JSON; null where that needs a key that the reader has not. */
  back: string
  json: string | null
  title: string
  same: boolean
  /** Could it be taken again at all? */
  possible: boolean
  differences: { path: string; stored: string; recomputed: string }[]
  further: number
}

const mostDifferences = 100
const mostOfValue = 300

const valueText = (value: unknown): string => {
  const { text, cut } = jsonText(value ?? null, mostOfValue, 0)
  return cut ? `${text}…` : text
}

/** A decision taken again: the same, or where it differs. */
export const replayPage = ({ decision, same, recomputed, differences }: Replay, { base, keyed }: Standpoint = alone(decision)): ReplayPage => ({
  id: decision, back: base, json: keyed ? `/api/decisions/${decision}/replay` : null, same, possible: recomputed !== null,
  title: same ? `Decision ${decision} taken again: same action` : `Decision ${decision} taken again: not the same`,
  differences: differences.slice(0, mostDifferences).map(({ path, stored, recomputed: now }) => (
    { path: cutText(path, mostOfValue).text, stored: valueText(stored), recomputed: valueText(now) })),
  further: Math.max(0, differences.length - mostDifferences),
})
