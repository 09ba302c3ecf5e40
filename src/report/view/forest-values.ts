import { harmOf } from '../../core/analyze/intervals.ts'
import type { GuardrailReport, SegmentHarm } from '../../core/analyze/report.ts'
import { type ForestGroup, groupOf, type Raw } from './forest.ts'
import { type MetricFacts, metricFacts } from './metric-facts.ts'
import { controlKey, type Source } from './source.ts'

/** A guardrail of one variant that is judged by every value of a segment as well. */
export type JudgedValues = { segment: string; group: ForestGroup }

const rawOf = ({ report, experiment }: Pick<Source, 'report' | 'experiment'>, { direction }: MetricFacts, { variant, margin }: GuardrailReport, one: SegmentHarm): Raw => {
  const { segment, value, units, harm, verdict } = one
  // harm is the difference, or its opposite
  const told = harmOf(harm, direction)
  const arms = report.segments.find((own) => own.segment === segment && own.value === value)?.variants ?? []
  return {
    variant, control: controlKey(experiment), told, difference: told, verdict, guardrail: { harm, margin }, all: [], comparison: null,
    only: { segment, value, units, arms },
  }
}

/** Guardrails that are judged by the values of a segment: rows as those of the forest, the value that speaks most against the variant first. */
export const judgedValues = (source: Pick<Source, 'report' | 'experiment' | 'metrics'>): JudgedValues[] =>
  source.report.guardrails.flatMap((guardrail) => {
    const { metric, variant, values = [] } = guardrail
    const [worst] = values
    if (!worst) return []
    const facts = metricFacts(source, metric)
    const group = groupOf(source, facts, values.map((one) => rawOf(source, facts, guardrail, one)))
    return [{ segment: worst.segment, group: { ...group, name: `${facts.name}: ${variant}` } }]
  })
