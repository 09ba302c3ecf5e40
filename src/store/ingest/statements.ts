import { featured, isReward, weighed, weighs } from './contextual.ts'
import { countsInMetric } from './counted.ts'
import { expose, meet, type Only, ofScope, onlyIf, type Parts } from './exposing.ts'
import { covaried, segmented, sketched } from './observed.ts'

/**
 * The statements of exactly-once ingestion. All read arrays passed as text literals, so that no driver has to
 * know their types. Rows are looked up by LATERAL … LIMIT 1: a plain join is quadratic in the batch or scans
 * all of `units`, depending on what the planner believes.
 *
 * Locks are taken in one order everywhere, each level sorted: units inserted → outcome keys → units updated →
 * roll-ups → covariates, segments, sketches → weighted sums, features → health. Whoever adds a statement keeps to it.
 *
 * The plain set knows nothing of covariates, segments and quantiles, nor of generations, and pays nothing for them.
 * "Observed" ones are for batches in which any row needs the former; "contextual" ones do as well what the units of a
 * contextual bandit need; "daily" ones are where any row has a generation. Their parameters come after all others, in this
 * order.
 */
export type Statements = {
  /**
   * $1 scope $2 unit $3 epoch $4 variant $5 propensity $6 exposed (ms) $7 rebuilt $8 statement id; observed: covariates,
   * segments; contextual: features; daily: scope and unit of the exposure by whose weights it was drawn
   */
  meet: string
  /**
   * $1 experiment $2 scope $3 key $4 digest $5 revision $6 unit $7 variant $8 at (ms) $9 measures $10 x $11 y
   * $12 shard $13 $14 scopes and units given to meet that have no outcome here, each once $15 statement id.
   * Observed: codes of the values that quantiles count. Daily: scope, unit, x and y of the same in its generation, where
   * it counts if the unit is there under this variant; it stays where a key was counted first, and is never moved.
   * Last of all: what callers call them.
   * One row: `stored` how many are new; `late`, `crossed` ordinals (from 1) of those; `taken` all, if not all are new.
   */
  ingest: string
  /** $1 experiment $2 scope $3 key $4 digest $5 revision $6 unit → verdict per ordinal `i` of what was not taken. */
  judge: string
  /**
   * $1 scope $2 unit $3 epoch $4 variant $5 propensity $6 exposed (ms) $7 shard $8 statement id; observed, contextual and daily:
   * as `meet` → `n` inserted.
   */
  expose: string
  /**
   * $1 scope $2 unit $3 epoch $4 variant: exposures that an outcome had rebuilt, and that now arrive by themselves;
   * observed: $5 covariates $6 segments $7 shard; contextual: $8 features; which are added to all that the unit has reported meanwhile.
   */
  confirm: string
}

const writtenOut = [1, 2, 3, 4]

/**
 * The sum, element by element, of an array that may be null and one of its length. Short ones are written out: no
 * subquery runs for each row of a unit that has reported before.
 */
const sumOf = (sum: string, more: string): string => {
  const elements = (length: number): string => Array.from({ length }, (_, i) => `${sum}[${i + 1}] + ${more}[${i + 1}]`).join(', ')
  return `case when ${sum} is null then ${more}
      ${writtenOut.map((length) => `when cardinality(${sum}) = ${length} then array[${elements(length)}]`).join('\n      ')}
      else (select array_agg(a + b order by o) from unnest(${sum}, ${more}) with ordinality z(a, b, o)) end`
}

/** Per unit and metric: what the moments take of it, and what they took before. */
const changesOf = (only: Only, context: Only): string => `
  select f.scope, f.epoch, f.variant, o, least(f.x[o], s.ceilings[o]) x, f.y[o] y,
    least(coalesce(f.px[o], 0), s.ceilings[o]) px, coalesce(f.py[o], 0) py,
    ${countsInMetric('f.x[o]', 'f.y[o]', 's.metrics', 'o')} - ${countsInMetric('f.px[o]', 'f.py[o]', 's.metrics', 'o')} n${only(', f.covariates[o] u, f.segments')}${context(`,
    f.propensity, f.features, ${weighs('s.metrics')} weighed, ${isReward('s.metrics', 'o')} reward`)}
  from folded f cross join lateral (select ceilings, metrics from scopes where id = f.scope limit 1) s
  cross join lateral generate_series(1, cardinality(f.x)) o`

const ingest = ({ observed, contextual, daily }: Parts): string => {
  const [only, context, day] = [onlyIf(observed), onlyIf(contextual), onlyIf(daily)]
  const [dayScope, dayUnit, dayX, dayY] = [16, 17, 18, 19].map((number) => `$${observed ? number + 1 : number}`)
  const named = `$${16 + (observed ? 1 : 0) + (daily ? 4 : 0)}`
  return `
with input as materialized (    -- the unit's own row says epoch, variant and deadline; x, y null: stored, not counted
  select t.i, t.experiment, t.scope, t.key, t.digest, t.revision, t.unit, t.at, t.measures, t.name,
    u.epoch, u.variant, u.propensity, u.exposed, u.born, u.rebuilt, f.late, f.crossed, (select moment()) <= u.exposed + s.report_by timely,
    case when not (f.late or f.crossed) then t.x::float8[] end x, case when not (f.late or f.crossed) then t.y::float8[] end y${only(`,
    u.covariates, u.segments${context(', u.features')}, case when not (f.late or f.crossed) then t.b::int[] end b`)}${day(`,
    t.day_scope, t.day_unit, g.epoch day_epoch, g.variant day_variant, g.propensity day_propensity, g.exposed day_exposed, g.born day_born, g.rebuilt day_rebuilt,
    case when f.today then t.dx::float8[] end dx, case when f.today then t.dy::float8[] end dy`)}
  from unnest($1::text::int[], $2::text::int[], $3::text::uuid[], $4::text::uuid[], $5::text::int[], $6::text::uuid[],
    $7::text::smallint[], $8::text::float8[], $9::text::text[], $10::text::text[], $11::text::text[]${only(', $16::text::text[]')}${
    day(`,
    ${dayScope}::text::int[], ${dayUnit}::text::uuid[], ${dayX}::text::text[], ${dayY}::text::text[]`)}, ${named}::text::text[])
    with ordinality t(experiment, scope, key, digest, revision, unit, variant, at, measures, x, y${only(', b')}${day(', day_scope, day_unit, dx, dy')}, name, i)
  cross join lateral (select * from units where scope = t.scope and unit = t.unit limit 1) u
  cross join lateral (select late_after, report_by from scopes where id = t.scope limit 1) s
${day(`  left join lateral (select * from units where scope = t.day_scope and unit = t.day_unit limit 1) g on true
`)}  cross join lateral (select (select moment()) > u.exposed + s.late_after late, t.variant <> u.variant crossed${
    day(`,
    (select moment()) <= g.exposed + s.late_after and t.variant = g.variant today`)}) f
), keyed as (                   -- px, py: what the key had folded before; a late or crossed revision leaves that in force
  insert into outcome_keys as k (experiment, key, scope, unit, revision, digest, x, y${only(', b')}${day(', day_unit, dx, dy')})
  select experiment, key, scope, unit, revision, digest, x, y${only(', b')}${day(', case when dx is not null then day_unit end, dx, dy')} from input order by experiment, key
  on conflict (experiment, key) do update set revision = excluded.revision, digest = excluded.digest,
    px = k.x, py = k.y, x = coalesce(excluded.x, k.x), y = coalesce(excluded.y, k.y)${only(`,
    pb = k.b, b = case when excluded.x is null then k.b else excluded.b end`)}${day(`,
    pdx = case when k.day_unit = excluded.day_unit then k.dx end, pdy = case when k.day_unit = excluded.day_unit then k.dy end,
    dx = case when k.day_unit <> excluded.day_unit then k.dx else coalesce(excluded.dx, k.dx) end,
    dy = case when k.day_unit <> excluded.day_unit then k.dy else coalesce(excluded.dy, k.dy) end,
    day_unit = coalesce(k.day_unit, excluded.day_unit)`)}
  where excluded.revision > k.revision and excluded.unit = k.unit and excluded.scope = k.scope
  returning experiment, key, px, py${only(', pb')}${day(', day_unit counted_as, pdx, pdy')}
), fresh as materialized (
  select i.*, k.px, k.py${only(', k.pb')}${day(', i.dx is not null and k.counted_as = i.day_unit daily, k.pdx, k.pdy')} from keyed k join input i using (experiment, key)
), logged as (
  insert into outcomes (day, experiment, key, revision, scope, unit, at, received, late, crossed, measures, id${day(', daily')})
  select ((select moment()) at time zone 'UTC')::date, experiment, key, revision, scope, unit, to_timestamp(at / 1000.0),
    (select moment()), late, crossed, measures::jsonb, name${day(', daily')} from fresh
${day(`), folding as (                 -- what is taken, in the stage's scope and on its day
  select scope, unit, epoch, variant, propensity, exposed, born, timely, x, y, px, py from fresh where x is not null
  union all
  select day_scope, day_unit, day_epoch, day_variant, day_propensity, day_exposed, day_born, null, dx, dy, pdx, pdy from fresh where daily
`)}), grouped as (                -- per unit: all that its outcomes add, and what they replace
  select scope, unit, epoch, variant, propensity, exposed, born, timely, count(*) filter (where px is null) c, count(*) m,
    min(x) x, min(y) y, array_agg(x) filter (where x <> '{}') xs, array_agg(y) filter (where y <> '{}') ys,
    array_agg(px) filter (where px <> '{}') pxs, array_agg(py) filter (where py <> '{}') pys
  from ${day('folding') || 'fresh'} where x is not null group by scope, unit, epoch, variant, propensity, exposed, born, timely
), added as (                   -- one outcome that replaces nothing, the common case, needs no arithmetic
  select scope, unit, epoch, variant, propensity, exposed, born, timely, c,
    case when m = 1 and pxs is null then x else (select array_agg(v order by o) from (select (i - 1) % cardinality(x) o, sum(v) v
      from (select * from unnest(xs) with ordinality a(v, i) union all select -v, i from unnest(pxs) with ordinality b(v, i)) z
      group by (i - 1) % cardinality(x)) s) end x,
    case when m = 1 and pxs is null then y else (select array_agg(v order by o) from (select (i - 1) % cardinality(y) o, sum(v) v
      from (select * from unnest(ys) with ordinality a(v, i) union all select -v, i from unnest(pys) with ordinality b(v, i)) z
      group by (i - 1) % cardinality(y)) s) end y
  from grouped
), folded as (                  -- always the update branch: the row exists. pc, px, py: the state before
  insert into units as u (scope, unit, epoch, variant, propensity, exposed, born, timely, c, x, y)
  select scope, unit, epoch, variant, propensity, exposed, born, timely, c, x, y
  from added order by scope, unit
  on conflict (scope, unit) do update set pc = u.c, px = u.x, py = u.y, c = u.c + excluded.c,
    timely = case when u.c = 0 then excluded.timely else u.timely end,
    x = ${sumOf('u.x', 'excluded.x')},
    y = ${sumOf('u.y', 'excluded.y')}
  returning scope, epoch, variant, c, pc, timely, x, y, px, py${only(', covariates, segments')}${context(', propensity, features')}
), born as materialized (       -- units that this transaction has exposed
  select ${context('n.*, weighed from (select ')}distinct scope, unit, epoch, variant, rebuilt${only(', covariates, segments')}${context(', propensity, features')} from input where born = $15::text::uuid
  ${day(`union all
  select distinct day_scope, day_unit, day_epoch, day_variant, day_rebuilt${only(', null::float8[], null::smallint[]')}${
    context(', day_propensity, null::float8[]')} from input where day_born = $15::text::uuid
  `)}${context(`) n ${ofScope('n')}`)}union all
  select u.scope, u.unit, u.epoch, u.variant, u.rebuilt${only(', u.covariates, u.segments')}${context(', u.propensity, u.features, weighed')}
  from unnest($13::text::int[], $14::text::uuid[]) m(scope, unit)
  cross join lateral (select * from units where scope = m.scope and unit = m.unit limit 1) u${context(` ${ofScope('m')}`)}
  where u.born = $15::text::uuid
${only(`), changes as (${changesOf(only, context)}
`)}), deltas as (                  -- metric 0: n exposed units, sx units that reported, sxx those in time, sy outcomes
  select scope, epoch, variant, 0 metric, 0 n, sum((c > 0)::int - (pc > 0)::int) sx, sum(c - pc) sy,
    (count(*) filter (where timely and pc = 0))::float8 sxx, 0::float8 sxy, 0::float8 syy from folded group by scope, epoch, variant
  union all
  select scope, epoch, variant, 0, count(*), 0, 0, 0, 0, 0 from born group by scope, epoch, variant
  union all
  select scope, epoch, variant, o, sum(n), sum(x - px), sum(y - py),
    sum(x * x - px * px), sum(x * y - px * py), sum(y * y - py * py)
  from ${only('changes') || `(${changesOf(only, context)}) d`} group by scope, epoch, variant, o
), rolled as (
  insert into rollups as r (scope, epoch, variant, metric, shard, n, sx, sy, sxx, sxy, syy)
  select scope, epoch, variant, metric, $12::text::smallint, sum(n), sum(sx), sum(sy), sum(sxx), sum(sxy), sum(syy)
  from deltas group by scope, epoch, variant, metric order by scope, epoch, variant, metric
  on conflict (scope, epoch, variant, metric, shard) do update set n = r.n + excluded.n, sx = r.sx + excluded.sx,
    sy = r.sy + excluded.sy, sxx = r.sxx + excluded.sxx, sxy = r.sxy + excluded.sxy, syy = r.syy + excluded.syy
${only(`), reported as (
  select scope, epoch, variant, c, pc, segments from folded
), covaried as (${covaried('$12', true)}
), segmented as (${segmented('$12', true)}
), sketched as (${sketched('$12')}
`)}${context(`), weighed as (${weighed('$12', true)}
), featured as (${featured('$12', true)}
`)}), noted as (
  insert into ingest_health as h (scope, epoch, late, crossed, rebuilt)
  select scope, epoch, sum(late), sum(crossed), sum(rebuilt)
  from (select scope, epoch, late::int, crossed::int, 0 rebuilt from fresh where late or crossed
    union all select scope, epoch, 0, 0, 1 from born where rebuilt) t
  group by scope, epoch order by scope, epoch
  on conflict (scope, epoch) do update set late = h.late + excluded.late, crossed = h.crossed + excluded.crossed,
    rebuilt = h.rebuilt + excluded.rebuilt
)
select count(*)::int stored, string_agg(i::text, ',') filter (where late) late,
  string_agg(i::text, ',') filter (where crossed) crossed,
  case when count(*) < cardinality($1::text::int[]) then string_agg(i::text, ',') end taken
from fresh`
}

const judge = `
select t.i::int i, case when k.key is null then 'absent'
  when k.unit <> t.unit or k.scope <> t.scope then 'id_conflict'
  when t.revision > k.revision then 'again'
  when t.revision = k.revision and t.digest <> k.digest then 'id_conflict'
  else 'duplicate' end verdict
from unnest($1::text::int[], $2::text::int[], $3::text::uuid[], $4::text::uuid[], $5::text::int[], $6::text::uuid[])
  with ordinality t(experiment, scope, key, digest, revision, unit, i)
left join lateral (select * from outcome_keys where experiment = t.experiment and key = t.key limit 1) k on true`

// An insert that always conflicts, as in `folded`: the one way to update by index look-ups, in a given order.
const confirm = `
with found as (
  select u.* from (select distinct * from unnest($1::text::int[], $2::text::uuid[], $3::text::int[], $4::text::smallint[])
    m(scope, unit, epoch, variant)) t
  cross join lateral (select * from units where scope = t.scope and unit = t.unit limit 1) u
  where u.rebuilt and u.epoch = t.epoch and u.variant = t.variant
), cleared as (
  insert into units as u (scope, unit, epoch, variant, propensity, exposed, born)
  select scope, unit, epoch, variant, propensity, exposed, born from found order by scope, unit
  on conflict (scope, unit) do update set rebuilt = false where u.rebuilt
  returning u.scope, u.epoch
), noted as (
  insert into ingest_health as h (scope, epoch, rebuilt)
  select scope, epoch, -count(*) from cleared group by scope, epoch order by scope, epoch
  on conflict (scope, epoch) do update set rebuilt = h.rebuilt + excluded.rebuilt
)
select count(*)::int n from cleared`

// What was known already, a history, was counted when the unit was inserted: only what is new now is added.
const confirmObserved = (context: Only): string => `
with found as materialized (
  select distinct on (u.scope, u.unit) u.scope, u.unit, u.epoch, u.variant, u.propensity, u.exposed, u.born,
    u.covariates known, u.segments is not null placed, coalesce(u.segments, t.segments::smallint[]) segments,${context(`
    u.features is not null known_by, coalesce(u.features, t.features::float8[]) features,`)}
    (select array_agg(coalesce(a, b) order by o) from unnest(u.covariates, t.covariates::float8[]) with ordinality z(a, b, o)) covariates
  from unnest($1::text::int[], $2::text::uuid[], $3::text::int[], $4::text::smallint[], $5::text::text[], $6::text::text[]${context(', $8::text::text[]')})
    t(scope, unit, epoch, variant, covariates, segments${context(', features')})
  cross join lateral (select * from units where scope = t.scope and unit = t.unit limit 1) u
  where u.rebuilt and u.epoch = t.epoch and u.variant = t.variant order by u.scope, u.unit, t.covariates, t.segments${context(', t.features')}
), cleared as (
  insert into units as u (scope, unit, epoch, variant, propensity, exposed, born, covariates, segments${context(', features')})
  select scope, unit, epoch, variant, propensity, exposed, born, covariates, segments${context(', features')} from found order by scope, unit
  on conflict (scope, unit) do update set rebuilt = false, covariates = excluded.covariates, segments = excluded.segments${context(', features = excluded.features')} where u.rebuilt
  returning u.scope, u.unit, u.epoch, u.variant, u.c, u.x, u.y${context(', u.propensity')}
), born as materialized (
  select c.*, case when not f.placed then f.segments end segments,${context(` case when not f.known_by then f.features end features, weighed,`)}
    (select array_agg(case when a is null then b end order by o) from unnest(f.known, f.covariates) with ordinality z(a, b, o)) covariates
  from cleared c join found f using (scope, unit) ${context(ofScope('f'))}
), reported as (
  select scope, epoch, variant, c, 0 pc, segments from born
), changes as materialized (
  select f.scope, f.epoch, f.variant, o, least(f.x[o], s.ceilings[o]) x, f.y[o] y, 0::float8 px, 0::float8 py,
    ${countsInMetric('f.x[o]', 'f.y[o]', 's.metrics', 'o')} n, f.covariates[o] u, f.segments${context(`,
    f.propensity, f.features, false weighed, ${isReward('s.metrics', 'o')} reward`)}
  from born f cross join lateral (select ceilings, metrics from scopes where id = f.scope limit 1) s
  cross join lateral generate_series(1, cardinality(f.x)) o
), covaried as (${covaried('$7', true)}
), segmented as (${segmented('$7', true)}
${context(`), featured as (${featured('$7', true)}
`)}), noted as (
  insert into ingest_health as h (scope, epoch, rebuilt)
  select scope, epoch, -count(*) from cleared group by scope, epoch order by scope, epoch
  on conflict (scope, epoch) do update set rebuilt = h.rebuilt + excluded.rebuilt
)
select count(*)::int n from cleared`

/** By what the rows of a batch need. */
export type StatementSets = Record<'plain' | 'observed' | 'contextual' | 'daily' | 'dailyObserved' | 'dailyContextual', Statements>

const setOf = (parts: Parts): Statements => ({
  meet: meet(parts), ingest: ingest(parts), judge, expose: expose(parts),
  confirm: parts.observed ? confirmObserved(onlyIf(parts.contextual)) : confirm,
})

export const statementSets: StatementSets = {
  plain: setOf({ observed: false, contextual: false, daily: false }),
  observed: setOf({ observed: true, contextual: false, daily: false }),
  contextual: setOf({ observed: true, contextual: true, daily: false }),
  daily: setOf({ observed: false, contextual: false, daily: true }),
  dailyObserved: setOf({ observed: true, contextual: false, daily: true }),
  dailyContextual: setOf({ observed: true, contextual: true, daily: true }),
}
