import { isShare } from '../../core/define/metric-nature.ts'
import { nameOf, planOf } from '../../core/analyze/metric-plan.ts'
import type { Report } from '../../core/analyze/report.ts'
import { completenessKey } from '../../core/define/reporting.ts'
import { plainScale, plural, relativeScale, type Scale, shareScale, upperFirst } from '../../core/describe/wording.ts'
import type { Source } from './source.ts'

/** How a metric of an experiment is read: its name, what its numbers are in, which way is good, how harm is measured. */
export type MetricFacts = {
  key: string
  name: string
  role: string
  direction: 'increase' | 'decrease'
  /** Of differences that are drawn: relative ones where harm is tolerated as a part of the control. */
  scale: Scale
  /** Of a variant's own value. */
  own: Scale
  by: 'margin' | 'relativeMargin' | 'limit' | null
  limit: number | null
}

export const metricFacts = ({ experiment, report, metrics }: Pick<Source, 'experiment' | 'metrics'> & { report: Pick<Report, 'comparisons'> }, key: string): MetricFacts => {
  if (key === completenessKey) {
    const name = `${upperFirst(plural(experiment.unit, 2))} without a report`
    return { key, name, role: 'guardrail', direction: 'decrease', scale: shareScale, own: shareScale, by: 'margin', limit: null }
  }
  const declared = experiment.metrics.find(({ metric }) => metric === key)
  const definition = metrics.get(key)
  const plan = definition && planOf(definition)
  const role = report.comparisons.find(({ metric }) => metric === key)?.role ?? declared?.role ?? 'diagnostic'
  const by = role !== 'guardrail' ? null : declared?.relativeMargin !== undefined ? 'relativeMargin' : declared?.limit !== undefined && declared.margin === undefined ? 'limit' : 'margin'
  const own = plan && isShare(plan) ? shareScale : plainScale
  return {
    key, name: plan ? upperFirst(nameOf(plan)) : key, role, direction: plan?.direction ?? 'increase',
    scale: by === 'relativeMargin' ? relativeScale : own, own, by, limit: declared?.limit ?? null,
  }
}
