import type { Covariate, MetricDefinition } from '../define/definitions.ts'

/**
 * One metric of a scope as ingestion and analysis see it, frozen when the scope opens. Its position in the
 * scope's list is its ordinal; roll-ups number metrics from 1 (0 counts units and outcomes).
 */
export type MetricPlan = {
  key: string
  /** What reports call it; absent where that is the key. */
  name?: string
  kind: MetricDefinition['kind']
  /** What it reads of an outcome; null where `terms` say it. */
  measure: string | null
  /** Of a composite: the value of an outcome is the sum of weight · measure. */
  terms?: { measure: string; weight: number }[]
  direction: MetricDefinition['direction']
  denominator: string | null
  threshold: { above: number } | { below: number } | null
  cap: number | null
  /** c of X − c·Y, for `mean` and `ratio`; 0 for the others. */
  center: number
  min: number | null
  max: number | null
  /** Which quantile a `quantile` compares, in (0, 1). */
  quantile?: number
  /** Of a `quantile`: X counts the values at or below it, which shows how alike the values of one unit are. */
  reference?: number
  /** Where the number that is known of a unit before its exposure comes from; only where one is declared. */
  covariate?: Covariate
  /** The scope's units are broken down by segments; true for all of its metrics, or absent. */
  segmented?: true
  /** Tells of each call whether it failed; true or absent. */
  breaker?: true
  /** Units have propensities of their own: sums are kept weighted by them, too; true for all metrics of a scope, or absent. */
  weighed?: true
  /** What a contextual bandit follows. */
  reward?: true
}

/** Freeze a metric's definition into a plan. */
export const planOf = (metric: MetricDefinition): MetricPlan => ({
  key: metric.key,
  ...(metric.name !== undefined && { name: metric.name }),
  kind: metric.kind,
  measure: metric.measure ?? null,
  ...(metric.terms && { terms: metric.terms }),
  direction: metric.direction,
  denominator: metric.denominator ?? null,
  threshold: metric.threshold ?? null,
  cap: metric.cap ?? null,
  center: metric.kind === 'mean' || metric.kind === 'ratio' ? (metric.center ?? 0) : 0,
  min: metric.min ?? null,
  max: metric.max ?? null,
  ...(metric.kind === 'quantile' && metric.quantile !== undefined ? { quantile: metric.quantile } : {}),
  ...(metric.kind === 'quantile' && metric.center !== undefined ? { reference: metric.center } : {}),
})

/** Limit of a unit's x in the moments: 1 for a conversion, the cap for a capped total, else none. */
export const ceilingOf = (plan: MetricPlan): number => {
  if (plan.kind === 'conversion') return 1
  if (plan.kind === 'total') return plan.cap ?? Infinity
  return Infinity
}

/** What people call a metric. */
export const nameOf = ({ key, name }: Pick<MetricPlan, 'key' | 'name'>): string => name ?? key
