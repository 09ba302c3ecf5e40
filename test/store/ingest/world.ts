import { createHash } from 'node:crypto'
import { ceilingOf, planOf, type MetricPlan } from '../../../src/core/metric-plan.ts'
import type { Assignment } from '../../../src/token/token.ts'
import type { Pool } from '../../../src/store/pool.ts'

/** 32 hex digits that belong to a name. */
export const hex = (name: string): string => createHash('md5').update(name).digest('hex')

export const hour = 3_600_000

const conversion = planOf({ key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' })
const capped = planOf({ key: 'spend', kind: 'total', measure: 'spend', direction: 'increase', cap: 5 })
const latency = planOf({ key: 'latency', kind: 'mean', measure: 'latency', direction: 'decrease', cap: 900, center: 400 })
const slow = planOf({
  key: 'slow', kind: 'mean', measure: 'latency', direction: 'decrease', threshold: { above: 800 },
})
const rate = planOf({
  key: 'rate', kind: 'ratio', measure: 'clicks', denominator: 'views', direction: 'increase', center: 0.5,
})

export type World = { id: number; experiment: number; watch: boolean; metrics: MetricPlan[]; window: string }

/** Two stages of one experiment, one with a window of an hour; another experiment; a watch; a watch of nothing. */
const scopes: Omit<World, 'id'>[] = [
  { experiment: 1, watch: false, metrics: [conversion, capped, latency, rate], window: '100 years' },
  { experiment: 1, watch: false, metrics: [slow, conversion], window: '1 hour' },
  { experiment: 2, watch: false, metrics: [latency, slow], window: '100 years' },
  { experiment: 1, watch: true, metrics: [capped], window: '100 years' },
  { experiment: 2, watch: true, metrics: [], window: '100 years' },
]

/** Put these scopes into a migrated database. */
export const createWorld = async (pool: Pick<Pool, 'run'>): Promise<World[]> => {
  const worlds: World[] = []
  for (const scope of scopes) {
    const ceilings = `{${scope.metrics.map(ceilingOf).join(',')}}`
    const [row] = await pool.run(
      (sql) => sql<{ id: number }[]>`
        insert into scopes (kind, experiment, model, metrics, ceilings, late_after)
        values (${scope.watch ? 'watch' : 'stage'}, ${scope.watch ? null : scope.experiment}, ${scope.experiment},
          ${JSON.stringify(scope.metrics)}, ${ceilings}::text::float8[], ${scope.window}::text::interval) returning id`,
    )
    worlds.push({ ...scope, id: row?.id ?? 0 })
  }
  return worlds
}

export const assignment = (world: World, unit: string, variant: number, more: Partial<Assignment> = {}): Assignment => ({
  watch: world.watch,
  shadow: false,
  experiment: world.experiment,
  scope: world.id,
  epoch: 1,
  variant,
  unit: hex(unit),
  propensity: world.watch ? null : 0.5,
  time: Date.now(),
  id: hex(unit).slice(0, 16),
  ...more,
})
