import { optimalUnits } from '../../../stats/index.ts'
import { contextOf } from '../contextual/stage.ts'
import type { CreateExperiment, ExperimentMetric, Frozen, MetricDefinition } from './definitions.ts'
import { driftPlans } from '../drift/drifts.ts'
import { accountsOf } from '../analyze/levels.ts'
import { isShare } from './metric-nature.ts'
import { type MetricPlan, planOf } from '../analyze/metric-plan.ts'
import { completenessOf } from './reporting.ts'

/** A share varies most at one half; used because nothing is known of the metric before the start. */
const largestShareVariance = 0.25

/**
 * What may not change once data is seen: metric plans, levels, and the size at which each interval is tightest.
 *
 * Source of the levels: the error accounting of `stats/accounting`.
 * @throws {RangeError} when a metric of the definition is not in `metrics`; check before
 */
export const freeze = (
  experiment: CreateExperiment,
  metrics: ReadonlyMap<string, MetricDefinition>,
): { frozen: Frozen; metrics: MetricPlan[] } => {
  const { metrics: chosen, segments, policy, drift } = experiment
  const { promote: promoteLevel, kill } = accountsOf(experiment)
  const completeness = completenessOf(experiment, metrics)
  const decisions = Math.max(1, chosen.filter(({ role }) => role === 'decision').length)
  const weighed = contextOf(experiment) !== undefined
  const reward = weighed ? chosen.findIndex(({ role }) => role === 'decision') : -1
  const plans = chosen.map(({ metric, covariate, breaker }, index) => {
    const definition = metrics.get(metric)
    if (!definition) throw new RangeError(`there is no metric "${metric}"`)
    return {
      ...planOf(definition),
      ...(covariate && { covariate }),
      ...(breaker && { breaker }),
      ...(index === reward && { reward: true as const }),
    }
  })
  return {
    metrics: [...plans, ...driftPlans(drift, plans)].map((plan) => ({
      ...plan,
      ...(segments?.length && { segmented: true as const }),
      ...(weighed && { weighed: true as const }),
    })),
    frozen: {
      plannedUnits: plans.map((plan, index) => policy.plannedUnits ?? unitsFor(plan, chosen[index], promoteLevel)),
      promoteLevel,
      killLevel: kill * decisions,
      ...(completeness && { completeness }),
    },
  }
}

/** Units of a pair that find the smallest effect of interest at 80 % power; a default where too little is known. */
const unitsFor = (plan: MetricPlan, metric: ExperimentMetric | undefined, alpha: number): number => {
  const effect = metric?.smallestEffect
  if (effect === undefined || !isShare(plan)) return optimalUnits({})
  const varianceA = largestShareVariance
  return optimalUnits({ design: { varianceA, varianceB: varianceA, effect, alpha, sides: 1 } })
}
