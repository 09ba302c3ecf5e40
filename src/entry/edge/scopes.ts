import type { Scopes } from '../../deps.ts'
import type { Pool } from '../../store/pool.ts'
import { createScopePlans, type ScopePlan } from '../../store/scope-plans.ts'

/**
 * Plans of scopes, kept between requests. Each request that needs another one reads it by itself: waiting for what
 * another request reads would never end if that one was cancelled.
 */
export const createEdgeScopes = (pool: Pick<Pool, 'run'>, capacity = 10_000): Scopes => {
  const kept = new Map<number, ScopePlan>()
  return {
    known: (scope) => kept.get(scope)?.metrics,
    generation: (scope) => kept.get(scope)?.generation ?? null,
    async load(scope) {
      const known = kept.get(scope)
      if (known) return known.metrics
      const plan = await createScopePlans(pool, 1).plan(scope)
      if (plan === null) return null
      const [oldest] = kept.keys()
      if (kept.size >= capacity && oldest !== undefined) kept.delete(oldest)
      kept.set(scope, plan)
      return plan.metrics
    },
  }
}
