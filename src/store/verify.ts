import { contributions } from '../core/analyze/contributions.ts'
import type { MetricPlan } from '../core/analyze/metric-plan.ts'
import { sketchCodes } from '../core/analyze/quantiles.ts'
import type { TransactionSql } from './client.ts'
import { countsInMetric } from './ingest/counted.ts'
import type { Pool } from './pool.ts'
import { featureCells, weightedCells } from './verify-contextual.ts'
import { apart, covariateCells, segmentCells, sketchCells } from './verify-observed.ts'

export type Verification = {
  /** What was compared: cells of roll-ups, units, and outcomes whose raw form is still there. */
  cells: number
  units: number
  outcomes: number
  /** Cells of roll-ups that were imported: nothing here tells whether they are right. */
  imported: number
  /** Every difference in words, at most a hundred of each kind. Empty: all numbers are what was reported. */
  differences: string[]
}

const most = 100

const cells = `
with counted as (
  select scope, epoch, variant, 0 metric, count(*) n, sum((c > 0)::int)::float8 sx, sum(c)::float8 sy,
    (count(*) filter (where timely))::float8 sxx, 0::float8 sxy, 0::float8 syy, 0::float8 ax, 0::float8 ay, 0::float8 axy
  from units group by scope, epoch, variant
  union all
  select scope, epoch, variant, metric, sum(n), sum(x), sum(y), sum(x * x), sum(x * y), sum(y * y),
    sum(abs(x)), sum(abs(y)), sum(abs(x * y))
  from (
    select u.scope, u.epoch, u.variant, v.metric, least(v.x, s.ceilings[v.metric]) x, v.y,
      ${countsInMetric('v.x', 'v.y', 's.metrics', 'v.metric')} n
    from units u join scopes s on s.id = u.scope cross join lateral unnest(u.x, u.y) with ordinality v(x, y, metric)
  ) d group by scope, epoch, variant, metric
), stored as (
  select scope, epoch, variant, metric::bigint, sum(n) n, sum(sx) sx, sum(sy) sy, sum(sxx) sxx, sum(sxy) sxy, sum(syy) syy
  from rollups where shard >= 0 group by scope, epoch, variant, metric
), compared as (
  select scope, epoch, variant, metric, coalesce(s.n, 0) n, coalesce(c.n, 0) recounted_n,
    case
      when coalesce(s.n, 0) <> coalesce(c.n, 0) then 'n'
      when metric = 0 and coalesce(s.sx, 0) <> coalesce(c.sx, 0) or ${apart('s.sx', 'c.sx', 'c.ax')} then 'sx'
      when metric = 0 and coalesce(s.sy, 0) <> coalesce(c.sy, 0) or ${apart('s.sy', 'c.sy', 'c.ay')} then 'sy'
      when ${apart('s.sxx', 'c.sxx', 'c.sxx')} then 'sxx'
      when ${apart('s.sxy', 'c.sxy', 'c.axy')} then 'sxy'
      when ${apart('s.syy', 'c.syy', 'c.syy')} then 'syy'
    end field, to_jsonb(s) stored, to_jsonb(c) counted
  from stored s full join counted c using (scope, epoch, variant, metric)
)
select count(*)::int total, (select coalesce(jsonb_agg(format(
    'roll-up of scope %s, epoch %s, variant %s, metric %s: %s is %s, recounted from units %s',
    scope, epoch, variant, metric, field, coalesce(stored->>field, 'missing'), coalesce(counted->>field, 'nothing'))), '[]')
  from (select * from compared where field is not null order by scope, epoch, variant, metric limit ${most}) d) differences
from compared`

const units = `
with counted as (
  select scope, unit, x, y from outcome_keys
  union all
  select g.id, k.day_unit, k.dx, k.dy from outcome_keys k join scopes g on g.parent = k.scope where k.day_unit is not null
), long as (
  select scope, unit, v.o, v.x, v.y from counted k cross join lateral unnest(k.x, k.y) with ordinality v(x, y, o)
), sums as (
  select scope, unit, o, sum(x) x, sum(y) y, sum(abs(x)) ax, sum(abs(y)) ay from long group by scope, unit, o
), counts as (
  select scope, unit, count(*) c from counted where x is not null group by scope, unit
), compared as (
  select scope, unit, case when u.unit is null then 'is missing'
    when u.c <> coalesce(c.c, 0) then format('counts %s outcomes, recounted %s', u.c, coalesce(c.c, 0)) end difference
  from units u full join counts c using (scope, unit)
  union all
  select scope, unit, format('metric %s has sums %s and %s, recounted %s and %s', o, u.x, u.y, s.x, s.y)
  from (select scope, unit, v.o, v.x, v.y from units cross join lateral unnest(x, y) with ordinality v(x, y, o)) u
  full join sums s using (scope, unit, o) where ${apart('u.x', 's.x', 's.ax')} or ${apart('u.y', 's.y', 's.ay')}
)
select (select count(*)::int from units) total,
  (select coalesce(jsonb_agg(format('unit %s of scope %s %s', unit, scope, difference)), '[]')
  from (select * from compared where difference is not null order by scope, unit limit ${most}) d) differences`

/** Who reported in time, by when the first outcome that counts was received: of units of which every outcome is still there. */
const timely = `
with received as (
  select scope, unit, count(distinct key) c, min(received) first from outcomes where not late and not crossed group by scope, unit
)
select 0 total, coalesce(jsonb_agg(format('unit %s of scope %s reported %s, its first outcome says %s', unit, scope,
  case when timely then 'in time' else 'too late' end, case when due then 'in time' else 'too late' end)), '[]') differences
from (select unit, scope, timely, r.first <= u.exposed + s.report_by due
  from received r join units u using (scope, unit) join scopes s on s.id = scope where u.c = r.c) d
where timely is distinct from due`

const health = `
select 0 total, coalesce(jsonb_agg(format('health of scope %s, epoch %s: %s rebuilt units, recounted %s',
  scope, epoch, coalesce(h.rebuilt, 0), coalesce(u.rebuilt, 0))), '[]') differences
from ingest_health h
full join (select scope, epoch, count(*) rebuilt from units where rebuilt group by scope, epoch) u using (scope, epoch)
where coalesce(h.rebuilt, 0) <> coalesce(u.rebuilt, 0)
  and not exists (select from rollups i where i.scope = h.scope and i.epoch = h.epoch and i.shard < 0)`

/** Cells that came with what was learned elsewhere: their units are not here. */
const importedCells = `
select count(*)::int total, '[]'::jsonb differences from (select distinct scope, epoch, variant, metric from rollups where shard < 0) i`

/** Of every key the revision that counts, with what was folded for it: in its stage's scope, and in the generation of a day. */
const openRaw = `
declare raw no scroll cursor for
  (select distinct on (o.experiment, o.key) o.experiment, o.key, o.scope, o.revision, o.measures, to_json(k.x) x, to_json(k.y) y, to_json(k.b) b
  from outcomes o left join outcome_keys k using (experiment, key)
  where not o.late and not o.crossed order by o.experiment, o.key, o.revision desc)
  union all
  (select distinct on (o.experiment, o.key) o.experiment, o.key, g.id, o.revision, o.measures, to_json(k.dx), to_json(k.dy), null
  from outcomes o left join outcome_keys k using (experiment, key) join scopes g on g.parent = o.scope
  where o.daily order by o.experiment, o.key, o.revision desc)`

type RawRow = {
  experiment: number
  key: string
  scope: number
  revision: number
  measures: Record<string, number>
  x: number[] | null
  y: number[] | null
  b: number[] | null
}

const agree = (stored: readonly number[] | null, expected: readonly number[]): boolean =>
  stored !== null &&
  stored.length === expected.length &&
  expected.every((value, index) => Math.abs((stored[index] as number) - value) <= 1e-9 * Math.max(1, Math.abs(value)))

const compareRaw = async (tx: TransactionSql): Promise<{ total: number; differences: string[] }> => {
  const scopes = await tx<{ id: number; metrics: MetricPlan[] }[]>`select id, metrics from scopes`
  const plans = new Map(scopes.map(({ id, metrics }) => [id, metrics]))
  const differences: string[] = []
  let total = 0
  await tx.unsafe(openRaw)
  for (;;) {
    const rows = await tx.unsafe<RawRow[]>('fetch 5000 from raw')
    if (rows.length === 0) return { total, differences }
    total += rows.length
    for (const { experiment, key, scope, revision, measures, x, y, b } of rows) {
      const metrics = plans.get(scope) ?? []
      const expected = contributions(metrics, measures)
      const codes = sketchCodes(metrics, measures)
      if (differences.length >= most || (agree(x, expected.x) && agree(y, expected.y) && agree(b ?? [], codes))) continue
      const told = x === null ? 'nothing' : JSON.stringify({ x, y, b })
      const due = JSON.stringify({ ...expected, b: codes })
      differences.push(`outcome ${key} of experiment ${experiment}, revision ${revision}: ${told} was counted, its measures say ${due}`)
    }
  }
}

/**
 * Recount everything, in one snapshot of the database: roll-ups from units, units from the outcomes' keys, and what
 * each key contributed from its raw outcome, where that has not been dropped. Counts must be equal, sums agree to
 * 1e−9. Reads all of it, so it takes as long as that takes.
 */
export const verify = (pool: Pick<Pool, 'begin'>): Promise<Verification> =>
  pool.begin(
    async (tx) => {
      await tx`set transaction isolation level repeatable read read only`
      await tx`set local statement_timeout = 0`
      await tx`set local idle_in_transaction_session_timeout = 0`
      const recount = async (statement: string): Promise<{ total: number; differences: string[] }> => {
        const [row] = await tx.unsafe<{ total: number; differences: string[] }[]>(statement)
        return row ?? { total: 0, differences: [] }
      }
      const [ofCells, ofUnits, ofTimely, ofHealth, ofRaw] = [
        await recount(cells), await recount(units), await recount(timely), await recount(health), await compareRaw(tx),
      ]
      const ofObserved = []
      for (const statement of [covariateCells, segmentCells, sketchCells, weightedCells, featureCells]) ofObserved.push(await recount(statement))
      return {
        cells: ofCells.total,
        units: ofUnits.total,
        outcomes: ofRaw.total,
        imported: (await recount(importedCells)).total,
        differences: [ofCells, ofUnits, ofTimely, ...ofObserved, ofHealth, ofRaw].flatMap(({ differences }) => differences),
      }
    },
    { deadlineMs: 24 * 3_600_000 },
  )
