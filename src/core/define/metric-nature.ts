import type { Evidence } from '../../../stats/index.ts'
import type { MetricPlan } from '../analyze/metric-plan.ts'

/** Does this metric lie between 0 and 1, so that people read it as "so many of 100"? */
export const isShare = (plan: MetricPlan): boolean =>
  plan.kind === 'conversion' ||
  (plan.kind === 'mean' && (plan.threshold !== null || (plan.min === 0 && plan.max === 1)))

/** Are the outcomes behind this metric 0 or 1, so that events and non-events can be counted? */
export const isBinary = ({ kind, threshold }: { kind: MetricPlan['kind']; threshold?: MetricPlan['threshold'] | undefined }): boolean =>
  kind === 'conversion' || (kind === 'mean' && threshold !== null && threshold !== undefined)

/** Can one unit move the metric arbitrarily far? Then it needs more events before anything is decided. */
export const isUnbounded = (plan: MetricPlan): boolean =>
  !isShare(plan) && plan.threshold === null && plan.cap === null && (plan.min === null || plan.max === null)

/** What counts as enough of this metric for an asymptotic decision (statistics: minimums). */
export const evidenceOf = (plan: MetricPlan): Evidence => ({
  share: isBinary(plan),
  signed: !isBinary(plan) && plan.min !== null && plan.min < 0,
  unbounded: isUnbounded(plan),
  center: plan.center,
})
