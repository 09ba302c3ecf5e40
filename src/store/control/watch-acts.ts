import { type ChampionSwitch, rollbackTarget } from '../../core/models/champion.ts'
import { completeArm, type RollupSum } from '../../core/analyze/complete.ts'
import type { ModelWatch } from '../../core/define/definitions.ts'
import { type MetricPlan, nameOf } from '../../core/analyze/metric-plan.ts'
import { undoOfModel } from '../../core/decide/undo.ts'
import { judgeWatch, type WatchAct, watchAct, type WatchedDay, type WatchHarm } from '../../core/models/watch-judge.ts'
import { alertsAfter, ofReign } from '../../core/models/watch-alerts.ts'
import type { WatchAlarm, WatchAlert, WatchState } from '../../core/models/watch-state.ts'
import { percent } from '../../core/describe/wording.ts'
import type { TransactionSql } from '../client.ts'
import type { Pool } from '../pool.ts'
import { lockedVersions, switchChampion } from './champion.ts'
import { requireModel, tell } from './models.ts'
import { publish } from './publish.ts'

type Row = {
  id: number; key: string; watch: ModelWatch; version: string; seq: number; since: number; fallbacks: string[]; actedLately: boolean
  scope: number; plans: MetricPlan[]; now: Date; today: number; told: { metric: string; day: string }[]
  /** The row of the version, what is kept of it, and since when it is champion. */
  versionId: number; state: WatchState | null; at: Date
}

/** The rule of entries that a watch writes. */
const rule = 'watch'

/** Models whose champion has limits, with what was told of it already. */
const readLimited = (tx: TransactionSql) => tx<Row[]>`
  select m.id, m.key, m.watch, m.fallbacks, v.version, h.seq, floor(extract(epoch from h.at) / 86400)::int as since, s.id as scope, s.metrics as plans,
    moment() as now, floor(extract(epoch from moment()) / 86400)::int as today, v.id as "versionId", v.watch_state as state, h.at,
    exists (select from ledger l where l.chain = 'model:' || m.id and l.entry->>'rule' = ${rule} and l.action = 'rollback'
      and l.at > moment() - interval '1 day') as "actedLately",
    (select coalesce(jsonb_agg(one), '[]') from ledger l, jsonb_array_elements(l.entry->'evidence'->'harm') one
      where l.chain = 'model:' || m.id and l.entry->>'rule' = ${rule} and l.entry->'evidence'->>'version' = v.version) as told
  from models m join versions v on v.id = m.champion join scopes s on s.id = v.watch_scope
    cross join lateral (select seq, at from champion_history where model = m.id order by seq desc limit 1) h
  where m.watch->'limits' is not null and m.watch->'limits' <> '{}' order by m.id`

const readDays = async (tx: TransactionSql, { scope, plans, today }: Row): Promise<WatchedDay[]> => {
  const rows = await tx<RollupSum[]>`
    select epoch, variant, metric, sum(n)::float8 as n, sum(sx order by shard) as sx, sum(sy order by shard) as sy,
      sum(sxx order by shard) as sxx, sum(sxy order by shard) as sxy, sum(syy order by shard) as syy
    from rollups where scope = ${scope} and epoch >= ${today - 1} group by epoch, variant, metric`
  return [...Map.groupBy(rows, ({ epoch }) => epoch)].map(([day, own]) => ({ day, plans, metrics: completeArm(plans, own).metrics }))
}

const harmWords = ({ metric, day, limit, estimate, bound, units }: WatchHarm, plans: readonly MetricPlan[]): string => {
  const plan = plans.find(({ key }) => key === metric)
  const share = plan?.kind === 'conversion' || plan?.threshold
  const text = (value: number): string => (share ? percent(value) : String(Number(value.toPrecision(3))))
  const [most, least] = plan?.direction === 'increase' ? ['at least', 'at most'] : ['at most', 'at least']
  return `${plan ? nameOf(plan) : metric} was ${text(estimate)} of ${units} units on ${day}, ${least} ${text(bound)} by what is known, where ${most} ${text(limit)} is allowed`
}

/** Does this fencing number still lead? */
export const leads = async (tx: TransactionSql, fence: number): Promise<boolean> => {
  const [row] = await tx`select 1 from lease where name = 'engine' and fence = ${fence} and expires_at > clock_timestamp() for share`
  return row !== undefined
}

const roadsOf = async (tx: TransactionSql, { id, version, fallbacks, actedLately }: Row) => {
  const locked = new Set((await lockedVersions(tx, id)).map((one) => one.version))
  const history = await tx<ChampionSwitch[]>`
    select v.version, p.version as previous, h.kind
    from champion_history h join versions v on v.id = h.version left join versions p on p.id = h.previous where h.model = ${id} order by h.seq`
  const target = rollbackTarget(history, locked)
  return { previous: 'version' in target ? target.version : null, fallbacks, champion: version, locked, actedLately }
}

const write = async (tx: TransactionSql, row: Row, harm: readonly WatchHarm[], act: WatchAct): Promise<void> => {
  const model = await requireModel(tx, row.key, true)
  const said = harm.map((one) => harmWords(one, row.plans)).join('; ')
  const evidence = { version: row.version, harm, onHarm: row.watch.onHarm ?? 'alert', ...(act.to !== null && { to: act.to }), ...(act.why !== null && { why: act.why }) }
  const reason = `Version ${row.version}: ${said}.${act.to === null ? '' : ` Version ${act.to} serves again.`}${act.why === null ? '' : ` Nothing else was done: ${act.why}.`}`
  if (act.to !== null) {
    const [to] = await tx<{ id: number }[]>`select id from versions where model = ${row.id} and version = ${act.to}`
    await switchChampion(tx, { model: row.id, version: to!.id, actor: 'engine', reason, experiment: null, kind: 'rollback' })
  }
  await tell(tx, model, {
    actor: 'engine', action: act.to === null ? 'alert' : 'rollback', reason, evidence, rule, mode: 'auto',
    undo: act.to === null ? { text: 'Nothing was done.', calls: [] } : undoOfModel(row.key, { previous: row.version }),
  })
  if (act.to !== null) await publish(tx)
}

/** The limits that are broken now, one alarm each: by the latest day. */
const alarmsOf = ({ plans, now }: Row, harm: readonly WatchHarm[]): WatchAlarm[] =>
  [...Map.groupBy(harm, ({ metric }) => metric)].map(([metric, days]) => ({
    kind: 'limit', metric, since: now.toISOString(), text: harmWords(days.toSorted((a, b) => (a.day < b.day ? -1 : 1)).at(-1)!, plans),
  }))

/** `changed`: something began or is over; another value of the same day is no change. */
const alertsOf = (row: Row, harm: readonly WatchHarm[]) => {
  const state = ofReign(row.state, row.scope, row.at.toISOString())
  const { alerts, news } = alertsAfter(state.alerts, alarmsOf(row, harm), ['limit'], row.now.toISOString())
  const gist = (all: readonly WatchAlert[]): string => all.map(({ kind, metric, since, over }) => [kind, metric, since, over].join()).toSorted().join(';')
  return { state: { ...state, alerts }, news, changed: gist(alerts) !== gist(state.alerts) }
}

/** Answers whether something was done or told; what lasts of a limit, and what is over, is kept besides. */
const lookAt = async (tx: TransactionSql, seen: Row, fence: number): Promise<boolean> => {
  const harm = judgeWatch(seen.watch, await readDays(tx, seen), seen.since)
  const fresh = harm.filter(({ metric, day }) => !seen.told.some((one) => one.metric === metric && one.day === day))
  if ((fresh.length === 0 && !alertsOf(seen, harm).changed) || !(await leads(tx, fence))) return false
  const [now] = await tx<{ seq: number }[]>`
    select max(h.seq) as seq from champion_history h where h.model = (select id from models where id = ${seen.id} for update)`
  // somebody switched the champion meanwhile: the next look sees another one
  if (now?.seq !== seen.seq) return false
  const [kept] = await tx<{ state: WatchState | null; scope: number }[]>`
    select watch_state as state, watch_scope as scope from versions where id = ${seen.versionId} for update`
  if (kept?.scope !== seen.scope) return false
  const row = { ...seen, state: kept.state }
  const found = alertsOf(row, harm)
  if (found.changed) await tx`update versions set watch_state = ${tx.json(found.state as never)} where id = ${row.versionId}`
  const act = watchAct(row.watch, await roadsOf(tx, row))
  // a limit that is broken for another day is the alert that there is already, seen or not
  const told = act.to === null ? fresh.filter(({ metric }) => found.news.some((one) => one.metric === metric)) : fresh
  if (told.length === 0) return false
  await write(tx, row, told, act)
  return true
}

/**
 * Look at all champions with limits, today's and yesterday's outcomes, and do what their models say about it; what was told of a
 * version, metric and day is not told again, nor is a limit that stays broken. Nothing happens when `fence` leads no more.
 *
 * @returns keys of the models of which something was written
 */
export const actOnWatches = async (pool: Pool, fence: number): Promise<string[]> => {
  const rows = await pool.begin((tx) => readLimited(tx))
  const acted: string[] = []
  for (const row of rows) {
    if (await pool.begin((tx) => lookAt(tx, row, fence))) acted.push(row.key)
  }
  return acted
}
