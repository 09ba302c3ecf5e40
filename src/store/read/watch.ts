import type { RollupSum } from '../../core/analyze/complete.ts'
import type { MetricDefinition, ModelWatch } from '../../core/define/definitions.ts'
import { type MetricPlan, planOf } from '../../core/analyze/metric-plan.ts'
import { unwatchedWhy } from '../../core/analyze/watched-values.ts'
import { shownAlerts, unseen } from '../../core/models/watch-alerts.ts'
import type { OpenAlert, Unwatched, WatchState } from '../../core/models/watch-state.ts'
import type { SketchSum } from '../../core/analyze/observed-arms.ts'
import { watchDays, type WatchDay } from '../../core/models/watch.ts'
import { notFound } from '../../errors.ts'
import type { Pool } from '../connect.ts'
import type { Sql, TransactionSql } from '../client.ts'
import { isReal } from './drills.ts'

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

type Champion = { key: string; version: string; scope: number; state: WatchState | null; watch: ModelWatch; since: Date }

/** Champions of whose watch something was kept, of one model or of all real ones. */
const champions = (sql: Sql | TransactionSql, model: string | null) => sql<Champion[]>`
  select m.key, m.watch, v.version, v.watch_scope as scope, v.watch_state as state, h.at as since
  from models m join versions v on v.id = m.champion
    cross join lateral (select at from champion_history where model = m.id order by seq desc limit 1) h
  where jsonb_array_length(v.watch_state->'alerts') > 0 and ${model === null ? isReal(sql, 'm.key') : sql`m.key = ${model}`} order by m.key collate "C"`

const openAlerts = ({ version, scope, state, watch, since }: Champion): OpenAlert[] =>
  shownAlerts(state, scope, since.toISOString(), watch).map((alert) => ({ version, ...alert }))

/**
 * What the watch of the model's champion alarms, and what is over that nobody has seen. None of what another watch found
 * before what it counts was changed, nor of another time when the version was champion.
 *
 * @throws {ServiceError} model_not_found
 */
export const readWatchAlerts = (pool: Pool, model: string): Promise<OpenAlert[]> =>
  pool.run(async (sql) => {
    const [known] = await sql`select 1 from models where key = ${model}`
    if (!known) throw notFound('model', model)
    const [champion] = await champions(sql, model)
    return champion ? openAlerts(champion) : []
  })

/** Models whose champions alarm what nobody has seen, by key; of one model, or of all. */
export const readAlerting = async (tx: TransactionSql, model: string | null): Promise<{ model: string; alerts: OpenAlert[] }[]> =>
  (await champions(tx, model)).flatMap((one) => {
    const alerts = unseen(openAlerts(one))
    return alerts.length === 0 ? [] : [{ model: one.key, alerts }]
  })

/**
 * Metrics of the watch that no detector watches for change, in their order.
 *
 * @throws {ServiceError} model_not_found
 */
export const readUnwatched = (pool: Pool, model: string): Promise<Unwatched[]> =>
  pool.run(async (sql) => {
    const [found] = await sql<{ watch: ModelWatch }[]>`select watch from models where key = ${model}`
    if (!found) throw notFound('model', model)
    const { metrics = [] } = found.watch
    const rows = await sql<{ definition: MetricDefinition }[]>`select definition from metrics where key = any(${metrics}) order by array_position(${metrics}, key)`
    return rows.flatMap(({ definition }) => {
      const why = unwatchedWhy(planOf(definition))
      return why === null ? [] : [{ metric: definition.key, why }]
    })
  })
