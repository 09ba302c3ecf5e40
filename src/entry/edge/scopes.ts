import type { MetricPlan } from '../../core/metric-plan.ts'
import type { Scopes } from '../../deps.ts'
import type { Pool } from '../../store/pool.ts'
import { createScopePlans } from '../../store/scope-plans.ts'

/**
 * Plans of scopes, kept between requests. Each request that needs another one reads it by itself: waiting for what
 * another request reads would never end if that one was cancelled.
 */
export const createEdgeScopes = (pool: Pick<Pool, 'run'>, capacity = 10_000): Scopes => {
  const kept = new Map<number, readonly MetricPlan[]>()
  return {
    known: (scope) => kept.get(scope),
    async load(scope) {
      const known = kept.get(scope)
      if (known) return known
      const plans = await createScopePlans(pool, 1).load(scope)
      if (plans === null) return null
      const [oldest] = kept.keys()
      if (kept.size >= capacity && oldest !== undefined) kept.delete(oldest)
      kept.set(scope, plans)
      return plans
    },
  }
}
