import type { Comparison, GuardrailReport, Interval, Report, Verdict } from '../../core/analyze/report.ts'
import { completenessKey } from '../../core/define/reporting.ts'
import { count, decimal, digitsFor, digitsOf, plural, points, type Scale } from '../../core/describe/wording.ts'
import type { ForestMark } from '../charts/index.ts'
import { forestRange } from '../charts/index.ts'
import { onHold, type Pill, pillOf } from '../pills.ts'
import { type Apart, apartOf } from './apart.ts'
import { type MetricFacts, metricFacts } from './metric-facts.ts'
import { controlKey, type Source } from './source.ts'

export type ForestRow = {
  metric: string
  /** Of a segment, where the row is of units with that alone. */
  value: string | null
  /** What is told beside the row's name: "vs gemma". */
  beside: string
  variant: string
  control: string
  /** Own values of the two, in words; "–" where nothing is known. */
  controlValue: string
  variantValue: string
  estimate: string
  /** Null where it is unbounded. */
  lower: string | null
  upper: string | null
  pill: Pill
  mark: ForestMark
  /** Of guardrails: the harm that is allowed, the worst that is plausible, and what lies between. */
  room: { allowed: string; worst: string; left: string } | null
  /** Of guardrails: what is told of a day, of the last windows of traffic, or of a second limit. */
  apart: Apart[]
  /** What is beside the numbers: units whose window is open. */
  note: string
}

export type ForestGroup = MetricFacts & { axis: ForestMark['axis']; unit: string; rows: ForestRow[] }

/** Are results on hold, so that no verdict is shown? */
export const isOnHold = ({ sampleRatio, health }: Pick<Report, 'sampleRatio' | 'health'>): boolean =>
  sampleRatio.verdict === 'FAIL' || health.some(({ verdict }) => verdict === 'ERROR')

/** Each arm's own values. */
type Arms = readonly { key: string; metrics: Record<string, { estimate: number | null }> }[]

/** A row before its numbers are words; `all`: its guardrails, the one that it tells of first. */
export type Raw = {
  variant: string
  control: string
  told: Interval
  difference: Interval
  verdict: Verdict
  guardrail: Pick<GuardrailReport, 'harm' | 'margin'> | null
  all: readonly GuardrailReport[]
  comparison: Comparison | null
  /** Of units with one value of a segment: which, how many, and the arms on those alone. */
  only?: { segment: string; value: string; units: number; arms: Arms }
}

const rawRows = ({ report, experiment }: Pick<Source, 'report' | 'experiment'>, { key, by }: MetricFacts): Raw[] => {
  const guardrails = report.guardrails.filter(({ metric }) => metric === key)
  const guardrailsOf = (variant: string): GuardrailReport[] => guardrails.filter((one) => one.variant === variant)
  const compared = report.comparisons.filter(({ metric }) => metric === key).map((comparison): Raw => {
    const all = guardrailsOf(comparison.variant)
    const guardrail = all[0] ?? null
    const told = by === 'limit' && guardrail ? guardrail.harm : by === 'relativeMargin' ? comparison.relative : comparison.difference
    return { ...comparison, told, guardrail, all, comparison, verdict: guardrail?.verdict ?? comparison.verdict }
  })
  if (compared.length > 0) return compared
  return guardrails.map((guardrail): Raw => ({
    variant: guardrail.variant, control: controlKey(experiment), told: guardrail.harm, difference: guardrail.harm, verdict: guardrail.verdict, guardrail, all: [guardrail], comparison: null,
  }))
}

/** Tolerated harm as a difference with its sign; of an absolute limit, how far beyond it. */
const marginOf = ({ direction, by }: Pick<MetricFacts, 'direction' | 'by'>, guardrail: Raw['guardrail']): number | null =>
  guardrail === null ? null : by === 'limit' ? 0 : direction === 'decrease' ? guardrail.margin : 0 - guardrail.margin

const roomOf = (facts: MetricFacts, { verdict, guardrail }: Raw, digits: number): ForestRow['room'] => {
  if (guardrail === null) return null
  const { scale, by, direction, limit } = facts
  const sign = direction === 'decrease' || by === 'limit' ? 1 : -1
  const { upper } = guardrail.harm
  const allowed = by === 'limit' ? `${direction === 'decrease' ? 'at most' : 'at least'} ${decimal((limit ?? 0) * scale.factor, digitsFor(limit))}`
    : points(sign * guardrail.margin, scale, digits)
  if (upper === null || verdict === 'INSUFFICIENT' || verdict === 'NO_OUTCOME' || verdict === 'NO_TRAFFIC') return { allowed, worst: 'not known yet', left: 'not known yet' }
  const left = guardrail.margin - upper
  const size = `${decimal(Math.abs(left) * scale.factor, digits)}${scale.points}`
  return { allowed, worst: points(sign * upper, scale, digits), left: left > 0 ? size : `none: ${size} over` }
}

const valueText = (value: number | null | undefined, { factor }: Scale, digits: number): string =>
  value === null || value === undefined ? '–' : `${decimal(value * factor, digits)}${factor === 100 ? ' %' : ''}`

const silentShare = (report: Report, key: string): number | null => {
  const rate = report.variants.find((one) => one.key === key)?.reportRate ?? null
  return rate === null ? null : 1 - rate
}

const rowOf = (source: Pick<Source, 'report' | 'experiment'>, facts: MetricFacts, raw: Raw, axis: ForestMark['axis']): ForestRow => {
  const { report, experiment } = source
  const { variant, control, told, difference, verdict, comparison, only } = raw
  const { scale, own, name } = facts
  const digits = digitsOf(told, scale)
  const ownDigits = facts.by === 'relativeMargin' ? digitsOf(difference, own) : digits
  const held = isOnHold(report)
  const pill = held ? onHold : pillOf(verdict, facts.role)
  const value = (key: string): number | null | undefined =>
    facts.key === completenessKey ? silentShare(report, key) : (only?.arms ?? report.variants).find((one) => one.key === key)?.metrics[facts.key]?.estimate
  const end = (number: number | null): string | null => (number === null ? null : decimal(number * scale.factor, digits, true))
  const pending = comparison?.immature
  return {
    metric: facts.key, variant, control, value: only?.value ?? null, beside: only ? `${count(only.units)} ${plural(experiment.unit, only.units)}` : `vs ${control}`,
    controlValue: valueText(value(control), own, ownDigits),
    variantValue: valueText(value(variant), own, ownDigits),
    estimate: told.estimate === null ? 'not known yet' : points(told.estimate, scale, digits),
    lower: end(told.lower),
    upper: end(told.upper),
    pill,
    mark: {
      interval: told, verdict: held ? 'INCONCLUSIVE' : verdict, axis, margin: marginOf(facts, raw.guardrail), scale,
      name: `${name}${only ? ` where ${only.segment} is ${only.value}` : ''}, ${variant} against ${control}`, word: held ? null : pill.word,
    },
    room: roomOf(facts, raw, digits),
    apart: apartOf(raw.all, { scale, own, by: facts.by, limit: facts.limit, held, now: Date.parse(report.asOf) }),
    note: pending && pending.units > 0
      ? `${decimal(pending.units, 0)} more ${experiment.unit}s are still inside their window${pending.estimate === null ? '' : `, with ${points(pending.estimate, own, ownDigits)} so far`}` : '',
  }
}

const unitWords = ({ scale, by }: MetricFacts): string =>
  by === 'limit' ? `beyond the limit${scale.points}` : scale.factor !== 100 ? 'in its own units' : by === 'relativeMargin' ? '% of the control' : 'percentage points'

/** Rows of one metric on an axis of their own. */
export const groupOf = (source: Pick<Source, 'report' | 'experiment'>, facts: MetricFacts, raw: readonly Raw[]): ForestGroup => {
  const axis = forestRange(raw.map((row) => ({ ...row.told, margin: marginOf(facts, row.guardrail) })))
  return { ...facts, axis, unit: unitWords(facts), rows: raw.map((row) => rowOf(source, facts, row, axis)) }
}

const order = ['decision', 'guardrail', 'signal', 'diagnostic']

/** Every metric with its rows, those that decide first; one axis and one unit a metric. */
export const forestGroups = (source: Pick<Source, 'report' | 'experiment' | 'metrics'>): ForestGroup[] => {
  const { report } = source
  const keys = [...new Set([...report.comparisons.map(({ metric }) => metric), ...report.guardrails.map(({ metric }) => metric)])]
  return keys
    .map((key) => metricFacts(source, key))
    .map((facts) => groupOf(source, facts, rawRows(source, facts)))
    .toSorted((a, b) => order.indexOf(a.role) - order.indexOf(b.role))
}
