import { completeArm, type RollupSum } from '../../core/analyze/complete.ts'
import { dayAt, dayMs } from '../../core/analyze/generations.ts'
import type { MetricPlan } from '../../core/analyze/metric-plan.ts'
import { observedArm } from '../../core/analyze/observed-arms.ts'
import type { ModelWatch } from '../../core/define/definitions.ts'
import { type DetectedDay, daysFrom, detectOnDays, lastDayOver } from '../../core/models/watch-detect.ts'
import type { WatchAlarm, WatchState } from '../../core/models/watch-state.ts'
import type { TransactionSql } from '../client.ts'
import type { Pool } from '../pool.ts'
import { readObserved } from '../read/observed.ts'
import { requireModel, tell } from './models.ts'
import { leads } from './watch-acts.ts'

type Row = {
  key: string; watch: ModelWatch; version: number; name: string; scope: number; plans: MetricPlan[]; now: Date
  /** When the scope was opened, and since when the version is champion: days that began before are no whole ones. */
  openedAt: Date; since: Date
}

/** Champions of whose traffic a day is over that no detector has looked at. */
const readDue = (tx: TransactionSql) => tx<Row[]>`
  select m.key, m.watch, v.id as version, v.version as name, s.id as scope, s.metrics as plans, moment() as now, s.opened_at as "openedAt", h.at as since
  from models m join versions v on v.id = m.champion join scopes s on s.id = v.watch_scope
    cross join lateral (select at from champion_history where model = m.id order by seq desc limit 1) h
  where (jsonb_array_length(coalesce(m.watch->'metrics', '[]')) > 0 or jsonb_array_length(coalesce(m.watch->'drift', '[]')) > 0)
    and ((v.watch_state->>'scope')::int is distinct from s.id
      or (v.watch_state->>'upTo')::int < floor((extract(epoch from moment()) - 3600) / 86400)::int - 1)
  order by m.id`

const readDays = async (tx: TransactionSql, { scope, plans }: Row, from: number, until: number): Promise<DetectedDay[]> => {
  const rows = await tx<RollupSum[]>`
    select epoch, variant, metric, sum(n)::float8 as n, sum(sx order by shard) as sx, sum(sy order by shard) as sy,
      sum(sxx order by shard) as sxx, sum(sxy order by shard) as sxy, sum(syy order by shard) as syy
    from rollups where scope = ${scope} and epoch between ${from} and ${until} group by epoch, variant, metric order by epoch`
  const byDay = [...Map.groupBy(rows, ({ epoch }) => epoch)]
  const observed = await readObserved(tx, scope, byDay.map(([day]) => day))
  return byDay.map(([day, own]) => ({ day, arm: observedArm(plans, completeArm(plans, own), observed(day, 0)) }))
}

const newsWords = (name: string, news: readonly WatchAlarm[]): string => `Version ${name}: ${news.map(({ text }) => text).join('; ')}. Nothing was done.`

/**
 * Follow the traffic of all champions through the days that are over since the last look, and tell what their detectors
 * find, each alarm once: an entry of the model's chain, and with it its webhooks. Nothing else follows from it, and nothing
 * happens when `fence` leads no more.
 *
 * @returns keys of the models of which something was told
 */
export const detectOnWatches = async (pool: Pool, fence: number): Promise<string[]> => {
  const due = await pool.begin((tx) => readDue(tx))
  const told: string[] = []
  for (const row of due) {
    const news = await pool.begin(async (tx) => {
      const model = await requireModel(tx, row.key, true)
      const [now] = await tx<{ state: WatchState | null; scope: number }[]>`
        select watch_state as state, watch_scope as scope from versions where id = ${row.version} for update`
      // what it counts was changed meanwhile: the next look sees the new scope
      if (!now || now.scope !== row.scope || !(await leads(tx, fence))) return []
      const until = lastDayOver(row.now.getTime())
      const whole = Math.max(daysFrom(now.state, row.scope), dayAt(Math.max(row.openedAt.getTime(), row.since.getTime()) + dayMs - 1))
      const found = detectOnDays(row.watch, row.plans, row.scope, now.state, await readDays(tx, row, whole, until), until, row.since.toISOString())
      await tx`update versions set watch_state = ${tx.json(found.state as never)} where id = ${row.version}`
      if (found.news.length > 0) {
        await tell(tx, model, {
          actor: 'engine', action: 'alert', reason: newsWords(row.name, found.news), rule: 'watch-detector', mode: 'auto',
          evidence: { version: row.name, alerts: found.news, scope: row.scope }, undo: { text: 'Nothing was done.', calls: [] },
        })
      }
      return found.news
    })
    if (news.length > 0) told.push(row.key)
  }
  return told
}
