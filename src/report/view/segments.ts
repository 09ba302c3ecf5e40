import type { Interval } from '../../core/analyze/report.ts'
import { count, decimal, digitsOf, points, type Scale } from '../../core/describe/wording.ts'
import { type MetricFacts, metricFacts } from './metric-facts.ts'
import type { Source } from './source.ts'

export type SegmentRow = { value: string; units: string; variant: string; estimate: string; lower: string; upper: string }
export type Segment = { name: string; open: boolean; metrics: { name: string; rows: SegmentRow[] }[]; heterogeneity: string }

const end = (value: number | null, { factor }: Scale, digits: number): string => (value === null ? 'unbounded' : decimal(value * factor, digits, true))

const rowsOf = ({ report }: Pick<Source, 'report'>, { key, own }: MetricFacts, segment: string): SegmentRow[] =>
  report.segments.filter((one) => one.segment === segment).flatMap(({ value, variants, comparisons }) =>
    comparisons.filter(({ metric }) => metric === key).map(({ variant, control, difference }) => {
      const digits = digitsOf(difference, own)
      const units = variants.filter((one) => one.key === variant || one.key === control).reduce((sum, one) => sum + one.units, 0)
      return {
        value, units: count(units), variant, estimate: difference.estimate === null ? 'not known yet' : points(difference.estimate, own, digits),
        lower: end(difference.lower, own, digits), upper: end(difference.upper, own, digits),
      }
    }))

const apart = (a: Interval, b: Interval): boolean =>
  (a.lower !== null && b.upper !== null && a.lower > b.upper) || (a.upper !== null && b.lower !== null && a.upper < b.lower)

/** One sentence on whether the effect differs between the values of a segment. */
const heterogeneityOf = ({ report }: Pick<Source, 'report'>, { key, name }: MetricFacts, segment: string): string => {
  const all = report.segments.filter((one) => one.segment === segment).flatMap(({ value, comparisons }) =>
    comparisons.filter(({ metric }) => metric === key).map(({ variant, difference }) => ({ value, variant, difference })))
  const pair = all.flatMap((one, index) => all.slice(index + 1).filter((other) => other.variant === one.variant && apart(one.difference, other.difference)).map((other) => [one, other] as const))[0]
  if (!pair) return `On ${name}, all ranges overlap: nothing here tells the parts apart.`
  return `On ${name}, the ranges of ${pair[0].value} and ${pair[1].value} (${pair[0].variant}) do not overlap; with so many ranges that can happen by accident, so test it anew before you rely on it.`
}

/** The experiment by the values of its segments: ranges and no verdict. */
export const segmentsOf = (source: Pick<Source, 'report' | 'experiment' | 'metrics' | 'segment'>): Segment[] => {
  const names = [...new Set(source.report.segments.map(({ segment }) => segment))]
  const keys = [...new Set(source.report.segments.flatMap(({ comparisons }) => comparisons.map(({ metric }) => metric)))]
  const facts = keys.map((key) => metricFacts(source, key))
  return names.map((name) => ({
    name, open: source.segment === name,
    metrics: facts.map((one) => ({ name: one.name, rows: rowsOf(source, one, name) })).filter(({ rows }) => rows.length > 0),
    heterogeneity: facts[0] ? heterogeneityOf(source, facts[0], name) : '',
  }))
}
