import type { CreateExperiment, MetricDefinition } from '../../core/define/definitions.ts'
import { gainOf, negate } from '../../core/analyze/intervals.ts'
import { isShare } from '../../core/define/metric-nature.ts'
import { planOf } from '../../core/analyze/metric-plan.ts'
import type { Comparison, GuardrailReport, Interval, Report } from '../../core/analyze/report.ts'
import { completenessKey } from '../../core/define/reporting.ts'
import { digitsOf, plainScale, points, range, relativeScale, type Scale, shareScale } from '../../core/describe/wording.ts'
import { type Apart, apartOf } from '../view/apart.ts'
import { onHold, type Pill, pillOf } from '../pills.ts'
import { axisOf, drawInterval } from './interval.ts'
import { columns, wrap } from './lines.ts'
import type { Paint } from './paint.ts'

/** What a report does not say of its metrics: their kinds, and how much harm is tolerated. */
export type Definitions = { metrics: ReadonlyMap<string, MetricDefinition>; definition: Pick<CreateExperiment, 'metrics' | 'unit' | 'policy'> | null }

/** One row: numbers as they are told, and the same as better-is-larger for the drawing. */
type Row = { comparison: Comparison; told: Interval; gain: Interval; guardrail: GuardrailReport | null; apart: Apart[] }
type Block = { metric: string; role: string; scale: Scale; rows: Row[]; kind: 'margin' | 'relativeMargin' | 'limit' | null; direction: 'increase' | 'decrease' }

const blockOf = (report: Report, { metrics, definition }: Definitions, metric: string): Block => {
  const comparisons = report.comparisons.filter((one) => one.metric === metric)
  const role = comparisons[0]?.role ?? 'diagnostic'
  const known = metrics.get(metric)
  const direction = known?.direction ?? (metric === completenessKey ? 'decrease' : 'increase')
  const declared = definition?.metrics.find((one) => one.metric === metric)
  const kind = role !== 'guardrail' ? null : declared?.relativeMargin !== undefined ? 'relativeMargin' : declared?.limit !== undefined && declared.margin === undefined ? 'limit' : 'margin'
  const share = metric === completenessKey || (known !== undefined && isShare(planOf(known)))
  const own = share ? shareScale : plainScale
  const scale = kind === 'relativeMargin' ? relativeScale : own
  const rows = comparisons.map((comparison): Row => {
    const guardrails = report.guardrails.filter((one) => one.metric === metric && one.variant === comparison.variant)
    const guardrail = guardrails[0] ?? null
    const apart = apartOf(guardrails, { scale, own, by: kind, limit: declared?.limit ?? null, held: report.sampleRatio.verdict === 'FAIL', now: Date.parse(report.asOf) })
    if (guardrail && kind === 'limit') return { comparison, told: guardrail.harm, gain: negate(guardrail.harm), guardrail, apart }
    const told = kind === 'relativeMargin' ? comparison.relative : comparison.difference
    return { comparison, told, gain: guardrail ? negate(guardrail.harm) : gainOf(told, direction), guardrail, apart }
  })
  return { metric, role, scale, rows, kind, direction }
}

const pillFor = (report: Report, { comparison, guardrail }: Row): Pill =>
  report.sampleRatio.verdict === 'FAIL' ? onHold : pillOf(guardrail?.verdict ?? comparison.verdict, comparison.role)

/** How much is tolerated, as told: on the side of the metric where harm lies. */
const allowedText = ({ kind, scale, direction }: Block, margin: number, digits: number): string => {
  if (kind === 'limit') return 'beyond its limit; 0 allowed'
  return `${points(direction === 'decrease' ? margin : -margin, scale, digits)} allowed`
}

/** What is told of a guardrail beside the whole, whose verdict may differ: of a day, of windows of traffic. */
const apartLines = ({ comparison, apart }: Row, paint: Paint, width: number): string[] =>
  apart.flatMap(({ pill, text, fails }) => wrap(`  ${comparison.variant}: ${pill.mark} ${pill.word}. ${text}`, width, 4).map(fails ? paint.worse : paint.quiet))

/** A guardrail judged by the values of a segment: the one that speaks most against the variant. */
const valueLines = ({ sampleRatio }: Report, { scale }: Block, { comparison, guardrail }: Row, paint: Paint, width: number): string[] => {
  if (!guardrail?.worst) return []
  const { segment, value, verdict, harm } = guardrail.worst
  const { mark, word } = sampleRatio.verdict === 'FAIL' ? onHold : pillOf(verdict, comparison.role)
  const digits = digitsOf(harm, scale)
  const text = `  ${comparison.variant}, worst where ${segment} is ${value}: ${mark} ${word}, harm ${points(harm.estimate, scale, digits)} (${range(harm, scale, digits)})`
  return wrap(text, width, 4).map(paint.quiet)
}

/**
 * Comparisons by metric: a drawing of each interval on one axis a metric, worse on the left and better on the right, the
 * numbers, and the verdict in words. A guardrail says how much is allowed.
 */
export const comparisonLines = (report: Report, definitions: Definitions, paint: Paint, width: number): string[] => {
  const drawn = Math.max(17, Math.min(41, width - 70))
  const metrics = [...new Set(report.comparisons.map(({ metric }) => metric))]
  return metrics.flatMap((metric) => {
    const block = blockOf(report, definitions, metric)
    const margin = block.rows.find(({ guardrail }) => guardrail)?.guardrail?.margin ?? null
    const axis = axisOf(block.rows.map(({ gain }) => gain), [0, ...(margin === null ? [] : [-margin])])
    const rows = block.rows.map((row) => {
      const { told, gain, comparison, guardrail } = row
      const digits = digitsOf(told, block.scale)
      const pill = pillFor(report, row)
      const allowed = guardrail ? allowedText(block, guardrail.margin, digits) : ''
      return [
        `  ${comparison.variant} against ${comparison.control}`,
        drawInterval(gain, axis, drawn, { margin: margin === null ? null : -margin }),
        { text: points(told.estimate, block.scale, digits), align: 'right' as const },
        range(told, block.scale, digits),
        { text: `${pill.mark} ${pill.word}`, paint: pill.tone === 'open' ? paint.quiet : paint[pill.tone] },
        { text: allowed, paint: paint.quiet },
      ]
    })
    const legend = 'worse ← → better'
    return [`${paint.bold(metric)} ${paint.quiet(`· ${block.role} · ${legend}`)}`, ...columns(rows), ...block.rows.flatMap((row) => [...valueLines(report, block, row, paint, width), ...apartLines(row, paint, width)])]
  })
}
