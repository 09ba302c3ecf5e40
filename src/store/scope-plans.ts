import type { Generation } from '../core/analyze/generations.ts'
import type { MetricPlan } from '../core/analyze/metric-plan.ts'
import type { Pool } from './pool.ts'

/** What never changes about a scope. */
export type ScopePlan = {
  id: number
  kind: string
  /** experiments.id and key; null for a watch. */
  experiment: number | null
  experimentKey: string | null
  /** models.id */
  model: number
  stage: number
  /** In ordinal order; roll-ups number them from 1. */
  metrics: MetricPlan[]
  /** How long after its exposure a unit's outcomes count. */
  lateAfterMs: number
  /** The same guardrails day by day; null where units do not return, or nothing is guarded. */
  generation: Generation | null
}

export type ScopePlans = {
  /** The scope's metrics, at once when known here. */
  known(scope: number): readonly MetricPlan[] | undefined
  /** The scope's metrics, from the database if need be; null when there is no such scope. */
  load(scope: number): Promise<readonly MetricPlan[] | null>
  /** The scope's generation; null when it has none, or is not known here. */
  generation(scope: number): Generation | null
  /** All that is fixed about a scope. */
  plan(scope: number): Promise<ScopePlan | null>
}

const readPlan = async (pool: Pick<Pool, 'run'>, scope: number): Promise<ScopePlan | null> => {
  const [row] = await pool.run(
    (sql) => sql<ScopePlan[]>`
      select s.id, s.kind, s.experiment, e.key "experimentKey", s.model, s.stage, s.metrics,
        (extract(epoch from s.late_after) * 1000)::float8 "lateAfterMs",
        case when g.id is not null then jsonb_build_object('scope', g.id, 'metrics', g.metrics, 'strata', g.strata) end generation
      from scopes s left join experiments e on e.id = s.experiment left join scopes g on g.parent = s.id where s.id = ${scope}`,
  )
  return row ?? null
}

/** Plans of scopes, remembered for good: rows of `scopes` never change. At most `capacity` of them are kept. */
export const createScopePlans = (pool: Pick<Pool, 'run'>, capacity = 10_000): ScopePlans => {
  const plans = new Map<number, ScopePlan>()
  const underWay = new Map<number, Promise<ScopePlan | null>>()

  const recall = (scope: number): ScopePlan | undefined => {
    const plan = plans.get(scope)
    if (plan && plans.size === capacity) {
      plans.delete(scope) // to the end: the first is the one used longest ago
      plans.set(scope, plan)
    }
    return plan
  }

  const fetchPlan = async (scope: number): Promise<ScopePlan | null> => {
    const plan = await readPlan(pool, scope)
    if (plan) {
      const [oldest] = plans.keys()
      if (plans.size >= capacity && oldest !== undefined) plans.delete(oldest)
      plans.set(scope, plan)
    }
    return plan
  }

  const plan = async (scope: number): Promise<ScopePlan | null> => {
    const found = recall(scope)
    if (found) return found
    const started = underWay.get(scope) ?? fetchPlan(scope).finally(() => underWay.delete(scope))
    underWay.set(scope, started)
    return started
  }

  return {
    known: (scope) => recall(scope)?.metrics,
    load: async (scope) => (await plan(scope))?.metrics ?? null,
    generation: (scope) => plans.get(scope)?.generation ?? null,
    plan,
  }
}
