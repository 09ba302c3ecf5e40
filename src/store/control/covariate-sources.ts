import type { MetricPlan } from '../../core/analyze/metric-plan.ts'
import type { TransactionSql } from '../client.ts'

/** Earlier scopes in which a unit is looked up at most, the newest ones: each costs a look when a unit is exposed. */
const mostSources = 10

/**
 * Where the history of a scope's covariates is found: closed scopes of other experiments on the model that have the same
 * measure in a metric of the same kind. Not the same experiment's earlier stages: there a unit had the same variant, so
 * its history says what the variant did, and adjusting by it would take that away. Fixed here, for the scope's whole life.
 */
export const findSources = async (
  tx: TransactionSql,
  { scope, model, experiment, metrics }: { scope: number; model: number; experiment: number | null; metrics: readonly MetricPlan[] },
): Promise<void> => {
  for (const [index, { covariate, kind, measure, denominator, threshold }] of metrics.entries()) {
    if (!covariate || !('history' in covariate)) continue
    await tx`
      insert into covariate_sources (scope, metric, source, ordinal, kind, center, ceiling)
      select ${scope}::int, ${index + 1}::int, s.id, p.ordinal, ${kind}, (p.plan->>'center')::float8, s.ceilings[p.ordinal]
      from scopes s cross join lateral jsonb_array_elements(s.metrics) with ordinality p(plan, ordinal)
      where s.model = ${model} and s.kind = 'stage' and s.experiment <> ${experiment} and s.closed_at is not null
        and p.plan->>'kind' = ${kind} and p.plan->>'measure' = ${measure}
        and p.plan->'denominator' = ${JSON.stringify(denominator)}::text::jsonb
        and p.plan->'threshold' = ${JSON.stringify(threshold)}::text::jsonb
      order by s.id desc limit ${mostSources}`
  }
}
