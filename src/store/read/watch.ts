import type { RollupSum } from '../../core/analyze/complete.ts'
import type { MetricPlan } from '../../core/analyze/metric-plan.ts'
import type { OpenAlert, WatchState } from '../../core/models/watch-state.ts'
import type { SketchSum } from '../../core/analyze/observed-arms.ts'
import { watchDays, type WatchDay } from '../../core/models/watch.ts'
import { notFound } from '../../errors.ts'
import type { Pool } from '../connect.ts'

type Watched = { scope: number; version: string; plans: MetricPlan[] }

/**
 * What champion traffic reported per version and day, newest first, over the last `days` days of UTC, today's included.
 * When the metrics of the watch changed, each day shows those that were counted on it. On the day of the change itself
 * the numbers before and after are added: a unit that reported in both parts counts twice.
 *
 * @throws {ServiceError} model_not_found
 */
export const readWatch = (pool: Pool, model: string, days: number): Promise<WatchDay[]> =>
  pool.begin(async (tx) => {
    await tx`set transaction isolation level repeatable read read only`
    const [found] = await tx<{ id: number; today: number }[]>`
      select id, floor(extract(epoch from moment()) / 86400)::int as today from models where key = ${model}`
    if (!found) throw notFound('model', model)
    const versions = await tx<Watched[]>`
      select s.id as scope, v.version, s.metrics as plans
      from versions v join scopes s on s.version = v.id or s.id = v.watch_scope where v.model = ${found.id} order by v.id, s.id`
    const rows = await tx<(RollupSum & { scope: number })[]>`
      select scope, epoch, variant, metric, sum(n)::float8 as n, sum(sx order by shard) as sx, sum(sy order by shard) as sy,
        sum(sxx order by shard) as sxx, sum(sxy order by shard) as sxy, sum(syy order by shard) as syy
      from rollups where scope = any(${versions.map(({ scope }) => scope)}::int[]) and epoch > ${found.today - days}
      group by scope, epoch, variant, metric`
    const sketched = versions.filter(({ plans }) => plans.some(({ kind }) => kind === 'quantile')).map(({ scope }) => scope)
    const sketches = sketched.length === 0 ? [] : await tx<(SketchSum & { scope: number })[]>`
      select scope, epoch, variant, metric, array_agg(bucket order by bucket) buckets, array_agg(count order by bucket) counts
      from (select scope, epoch, variant, metric, bucket, sum(count)::float8 count from sketches
        where scope = any(${sketched}::int[]) and epoch > ${found.today - days}
        group by scope, epoch, variant, metric, bucket having sum(count) <> 0) s
      group by scope, epoch, variant, metric`
    const byScope = Map.groupBy(rows, ({ scope }) => scope)
    const sketchesByScope = Map.groupBy(sketches, ({ scope }) => scope)
    return watchDays(versions.map(({ scope, ...version }) => (
      { ...version, rows: byScope.get(scope) ?? [], sketches: sketchesByScope.get(scope) ?? [] })))
  })

/**
 * What the detectors of the model's champion have found that has not gone since. None of what another watch found before
 * what it counts was changed.
 *
 * @throws {ServiceError} model_not_found
 */
export const readWatchAlerts = (pool: Pool, model: string): Promise<OpenAlert[]> =>
  pool.run(async (sql) => {
    const [row] = await sql<{ version: string | null; scope: number | null; state: WatchState | null }[]>`
      select v.version, v.watch_scope as scope, v.watch_state as state from models m left join versions v on v.id = m.champion where m.key = ${model}`
    if (!row) throw notFound('model', model)
    const { version, scope, state } = row
    return version === null || state === null || state.scope !== scope ? [] : state.alerts.map((alert) => ({ version, ...alert }))
  })
