/**
 * Parts of the statements for units of which more is known than their variant: covariates, segments, and values that
 * quantiles count. Each roll-up reads CTEs with these columns:
 *
 * - `born`, units that become known: scope, epoch, variant, covariates, segments
 * - `reported`, units whose outcomes changed: scope, epoch, variant, c, pc, segments
 * - `changes`, metrics of them: scope, epoch, variant, o (ordinal), n, x, y, px, py, u (covariate), segments
 */

const changed = (table: string, columns: string, keys: string, sums: readonly string[], shard: string, deltas: string): string => `
  insert into ${table} as r (${columns}, shard, ${sums.join(', ')})
  select ${columns}, ${shard}::text::smallint, ${sums.map((sum) => `sum(${sum})`).join(', ')}
  from (${deltas}) d group by ${columns} order by ${columns}
  on conflict (${keys}) do update set ${sums.map((sum) => `${sum} = r.${sum} + excluded.${sum}`).join(', ')}`

const bornCovariates = `
    select scope, epoch, variant, c.metric, 1 n, c.u su, c.u * c.u suu, 0::float8 sxu, 0::float8 syu, 0::float8 sxv, 0::float8 syv
    from born cross join lateral unnest(covariates) with ordinality c(u, metric) where c.u is not null`

const changedCovariates = `
    select scope, epoch, variant, o, 0, 0, 0, (x - px) * u, (y - py) * u, x - px, y - py from changes where u is not null`

/** Roll-ups of covariates. @param shard the parameter that holds it */
export const covaried = (shard: string, reported: boolean): string =>
  changed('covariate_rollups', 'scope, epoch, variant, metric', 'scope, epoch, variant, metric, shard',
    ['n', 'su', 'suu', 'sxu', 'syu', 'sxv', 'syv'], shard,
    reported ? `${bornCovariates}\n    union all${changedCovariates}` : bornCovariates)

const inSegments = 'cross join lateral unnest(segments) with ordinality s(value, segment)'

const bornSegments = `
    select scope, epoch, variant, 0 metric, s.segment, s.value, 1 n, 0::float8 sx, 0::float8 sy, 0::float8 sxx, 0::float8 sxy, 0::float8 syy
    from born ${inSegments}`

const changedSegments = `
    select scope, epoch, variant, 0, s.segment, s.value, 0, (c > 0)::int - (pc > 0)::int, c - pc, 0, 0, 0 from reported ${inSegments}
    union all
    select scope, epoch, variant, o, s.segment, s.value, n, x - px, y - py, x * x - px * px, x * y - px * py, y * y - py * py
    from changes ${inSegments}`

/** The roll-ups once more, for each segment and value. */
export const segmented = (shard: string, reported: boolean): string =>
  changed('segment_rollups', 'scope, epoch, variant, metric, segment, value', 'scope, epoch, variant, metric, segment, value, shard',
    ['n', 'sx', 'sy', 'sxx', 'sxy', 'syy'], shard,
    reported ? `${bornSegments}\n    union all${changedSegments}` : bornSegments)

/** Counts of values: those of outcomes that count, less what they replaced. */
export const sketched = (shard: string): string => `
  insert into sketches as r (scope, epoch, variant, metric, bucket, shard, count)
  select scope, epoch, variant, code >> 15, (code & 32767) - 16384, ${shard}::text::smallint, sum(d)
  from (select scope, epoch, variant, code, 1 d from fresh cross join lateral unnest(b) code where x is not null
    union all select scope, epoch, variant, code, -1 from fresh cross join lateral unnest(pb) code where x is not null) t
  group by scope, epoch, variant, code having sum(d) <> 0 order by scope, epoch, variant, code
  on conflict (scope, epoch, variant, metric, bucket, shard) do update set count = r.count + excluded.count`

/**
 * Covariates of a new unit `t`: what its exposure says, or what the unit did in earlier experiments, by one look into
 * each of their scopes: whether it converted; its total, or its mean or ratio, over all of them; null where it was in
 * none, or its mean has no denominator.
 */
export const covariatesOf = (t: string): string => `(
    select array_agg(coalesce(h.value, g.value) order by g.metric)
    from unnest(${t}.covariates::float8[]) with ordinality g(value, metric)
    cross join lateral (
      select case when abs(p.value) > 1e100 then null when abs(p.value) < 1e-100 then 0 else p.value end value
      from (
        select case min(s.kind) when 'conversion' then max(least(coalesce(e.x, 0), 1)) when 'total' then sum(least(coalesce(e.x, 0), s.ceiling))
          else case when sum(e.y) > 0 then sum(e.x + s.center * e.y) / sum(e.y) end end value
        from covariate_sources s
        cross join lateral (select x[s.ordinal] x, y[s.ordinal] y from units where scope = s.source and unit = ${t}.unit limit 1) e
        where s.scope = ${t}.scope and s.metric = g.metric
      ) p
    ) h)`
