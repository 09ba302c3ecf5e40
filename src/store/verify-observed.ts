import { countsInMetric } from './ingest/counted.ts'

const most = 100

/** Do two sums agree to 1e−9 of the sum of magnitudes behind them? */
export const apart = (stored: string, recounted: string, scale: string): string =>
  `abs(coalesce(${stored}, 0) - coalesce(${recounted}, 0))
    > 1e-9 * greatest(1, abs(coalesce(${stored}, 0)), abs(coalesce(${recounted}, 0)), coalesce(${scale}, 0))`

/** Stored against counted cells, by these keys; `field` names the first sum that differs. */
export const compared = (title: string, keys: readonly string[], counts: readonly string[], sums: readonly string[]): string => `
), compared as (
  select ${keys.join(', ')}, case
    ${counts.map((count) => `when coalesce(s.${count}, 0) <> coalesce(c.${count}, 0) then '${count}'`).join('\n    ')}
    ${sums.map((sum) => `when ${apart(`s.${sum}`, `c.${sum}`, `c.a${sum}`)} then '${sum}'`).join('\n    ')}
  end field, to_jsonb(s) stored, to_jsonb(c) counted
  from stored s full join counted c using (${keys.join(', ')})
)
select count(*)::int total, (select coalesce(jsonb_agg(format(
    '${title} of ${keys.map((key) => `${key} %s`).join(', ')}: %s is %s, recounted %s',
    ${keys.join(', ')}, field, coalesce(stored->>field, 'missing'), coalesce(counted->>field, 'nothing'))), '[]')
  from (select * from compared where field is not null order by ${keys.join(', ')} limit ${most}) d) differences
from compared`

export const summed = (columns: readonly string[]): string => columns.map((column) => `sum(${column}) ${column}`).join(', ')
export const magnitudes = (columns: readonly string[]): string => columns.map((column) => `sum(abs(${column})) a${column}`).join(', ')

export const cell = ['scope', 'epoch', 'variant', 'metric']

const covariateSums = ['su', 'suu', 'sxu', 'syu', 'sxv', 'syv']

/** Roll-ups of covariates from the units that have them. */
export const covariateCells = `
with counted as (
  select scope, epoch, variant, metric, count(*) n, ${summed(covariateSums)}, ${magnitudes(covariateSums)} from (
    select d.*, u su, u * u suu, x * u sxu, y * u syu, x sxv, y syv from (
      select t.scope, t.epoch, t.variant, c.metric, c.u, least(coalesce(t.x[c.metric], 0), s.ceilings[c.metric]) x, coalesce(t.y[c.metric], 0) y
      from units t join scopes s on s.id = t.scope cross join lateral unnest(t.covariates) with ordinality c(u, metric)
      where c.u is not null
    ) d
  ) e group by scope, epoch, variant, metric
), stored as (
  select scope, epoch, variant, metric::bigint, sum(n) n, ${summed(covariateSums)}
  from covariate_rollups where shard >= 0 group by scope, epoch, variant, metric
${compared('covariate', cell, ['n'], covariateSums)}`

const sums = ['sx', 'sy', 'sxx', 'sxy', 'syy']

/** Roll-ups of segments from the units that are in them. */
export const segmentCells = `
with placed as (
  select t.*, g.segment, g.value from units t cross join lateral unnest(t.segments) with ordinality g(value, segment)
), counted as (
  select scope, epoch, variant, metric, segment, value, sum(n) n, ${summed(sums)}, ${magnitudes(sums)} from (
    select scope, epoch, variant, 0 metric, segment, value, 1 n, (c > 0)::int::float8 sx, c::float8 sy, 0::float8 sxx, 0::float8 sxy, 0::float8 syy
    from placed
    union all
    select scope, epoch, variant, metric, segment, value, n, x, y, x * x, x * y, y * y from (
      select t.scope, t.epoch, t.variant, v.metric, t.segment, t.value, least(v.x, s.ceilings[v.metric]) x, v.y,
        ${countsInMetric('v.x', 'v.y', 's.metrics', 'v.metric')} n
      from placed t join scopes s on s.id = t.scope cross join lateral unnest(t.x, t.y) with ordinality v(x, y, metric)
    ) d
  ) e group by scope, epoch, variant, metric, segment, value
), stored as (
  select scope, epoch, variant, metric::bigint, segment::bigint, value, sum(n) n, ${summed(sums)}
  from segment_rollups where shard >= 0 group by scope, epoch, variant, metric, segment, value
${compared('segment', [...cell, 'segment', 'value'], ['n'], sums)}`

/** Sketches from what each outcome's key has counted. */
export const sketchCells = `
with counted as (
  select k.scope, u.epoch, u.variant, code >> 15 metric, (code & 32767) - 16384 bucket, count(*) count
  from outcome_keys k join units u using (scope, unit) cross join lateral unnest(k.b) code
  group by 1, 2, 3, 4, 5
), stored as (
  select scope, epoch, variant, metric::int, bucket::int, sum(count) count from sketches where shard >= 0 group by scope, epoch, variant, metric, bucket
${compared('sketch', [...cell, 'bucket'], ['count'], [])}`
