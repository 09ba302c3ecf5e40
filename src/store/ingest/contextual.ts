/**
 * Parts of the statements for units that were drawn each with a chance of its own, by their attributes: sums weighted by the
 * inverse of the propensity, w, for every metric; and of the features frozen with a unit Σφφᵀ, and Σφx and Σφy of the
 * metric that a bandit follows. Each roll-up reads CTEs with these columns, beside those that observed.ts tells of:
 *
 * - `born`: propensity, weighed (does the scope keep such sums?), features (null: not known, or counted already)
 * - `changes`: propensity, weighed, reward (is it the metric that is followed?), features
 */

/** Does a scope keep weighted sums? All of its metrics say so. `metrics` is its plans. */
export const weighs = (metrics: string): string => `coalesce((${metrics} -> 0 ->> 'weighed')::boolean, false)`
export const isReward = (metrics: string, ordinal: string): string => `coalesce((${metrics} -> (${ordinal}::int - 1) ->> 'reward')::boolean, false)`

const sums = ['w', 'ww', 'wx', 'wy', 'wwx', 'wwy', 'wwxx', 'wwxy', 'wwyy']

const bornWeights = `
    select scope, epoch, variant, 0 metric, 1 / propensity w, 1 / propensity ^ 2 ww, 0::float8 wx, 0::float8 wy, 0::float8 wwx, 0::float8 wwy,
      0::float8 wwxx, 0::float8 wwxy, 0::float8 wwyy
    from born where weighed`

const changedWeights = `
    select scope, epoch, variant, o, 0, 0, (x - px) / propensity, (y - py) / propensity, (x - px) / propensity ^ 2, (y - py) / propensity ^ 2,
      (x * x - px * px) / propensity ^ 2, (x * y - px * py) / propensity ^ 2, (y * y - py * py) / propensity ^ 2
    from changes where weighed`

/** Weighted sums; of metric 0 the weights of the units alone. @param shard the parameter that holds it */
export const weighed = (shard: string, reported: boolean): string => `
  insert into weighted_rollups as r (scope, epoch, variant, metric, shard, ${sums.join(', ')})
  select scope, epoch, variant, metric, ${shard}::text::smallint, ${sums.map((sum) => `sum(${sum})`).join(', ')}
  from (${reported ? `${bornWeights}\n    union all${changedWeights}` : bornWeights}) d
  group by scope, epoch, variant, metric order by scope, epoch, variant, metric
  on conflict (scope, epoch, variant, metric, shard) do update set ${sums.map((sum) => `${sum} = r.${sum} + excluded.${sum}`).join(', ')}`

const bornGrams = `
    select scope, epoch, variant, 0 part, a.i * (a.i - 1) / 2 + b.i i, a.v * b.v v
    from born cross join lateral unnest(features) with ordinality a(v, i) cross join lateral unnest(features) with ordinality b(v, i)
    where weighed and b.i <= a.i`

const changedResponses = `
    select scope, epoch, variant, p.part, a.i, a.v * p.change
    from changes cross join lateral unnest(features) with ordinality a(v, i)
    cross join lateral (values (1, x - px), (2, y - py)) p(part, change) where reward`

const parts = ['gram', 'x', 'y']

/** Sums of features: the lower triangle of Σφφᵀ by rows, Σφx, Σφy. */
export const featured = (shard: string, reported: boolean): string => `
  insert into feature_rollups as r (scope, epoch, variant, shard, ${parts.join(', ')})
  select scope, epoch, variant, ${shard}::text::smallint,
    ${parts.map((_, part) => `array_agg(v order by i) filter (where part = ${part})`).join(', ')}
  from (select scope, epoch, variant, part, i, sum(v) v
    from (${reported ? `${bornGrams}\n    union all${changedResponses}` : bornGrams}) d group by scope, epoch, variant, part, i) s
  group by scope, epoch, variant order by scope, epoch, variant
  on conflict (scope, epoch, variant, shard) do update set ${parts.map((part) => `
    ${part} = case when r.${part} is null then excluded.${part} when excluded.${part} is null then r.${part}
      else (select array_agg(a + b order by o) from unnest(r.${part}, excluded.${part}) with ordinality z(a, b, o)) end`).join(',')}`
