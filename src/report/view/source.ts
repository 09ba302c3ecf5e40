import type { MetricDefinition } from '../../core/define/definitions.ts'
import type { Report } from '../../core/analyze/report.ts'
import type { ChainCheck, Course, DecisionView, Distribution, ExperimentView, LinkState } from '../../core/tell/views.ts'

/** Everything that a report page is made from; it was loaded before. */
export type Source = {
  experiment: ExperimentView
  report: Report
  metrics: ReadonlyMap<string, MetricDefinition>
  course: Course
  /** The metric whose effect is drawn over time; null where there is none. */
  charted: string | null
  /** Of a quantile metric, as it is now; null where there is none, and on pages of the past. */
  distribution: Distribution | null
  /** Newest first, none later than the report. */
  decisions: readonly DecisionView[]
  /** Whether there are older ones than those. */
  older: boolean
  chain: ChainCheck
  /** Only where something is silent. */
  links: LinkState | null
  /** Does the page show an earlier moment, asked for by its address? */
  past: boolean
  /** A segment to show opened. */
  segment: string | null
  /** Where this service was reached, as `http://127.0.0.1:3000`; for commands to be copied. */
  origin: string
}

export const controlKey = ({ variants }: Pick<ExperimentView, 'variants'>): string => variants.find(({ control }) => control === true)?.key ?? variants[0]?.key ?? ''
