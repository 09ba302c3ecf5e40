import { isReward, weighs } from './ingest/contextual.ts'
import { cell, compared, magnitudes, summed } from './verify-observed.ts'

const weights = ['w', 'ww', 'wx', 'wy', 'wwx', 'wwy', 'wwxx', 'wwxy', 'wwyy']

const ofWeighed = `units t join scopes s on s.id = t.scope and ${weighs('s.metrics')}`

/** Sums weighted by propensities, from the units that were drawn with them. */
export const weightedCells = `
with counted as (
  select scope, epoch, variant, metric, ${summed(weights)}, ${magnitudes(weights)} from (
    select t.scope, t.epoch, t.variant, 0 metric, 1 / t.propensity w, 1 / t.propensity ^ 2 ww, 0::float8 wx, 0::float8 wy, 0::float8 wwx,
      0::float8 wwy, 0::float8 wwxx, 0::float8 wwxy, 0::float8 wwyy
    from ${ofWeighed}
    union all
    select scope, epoch, variant, metric, 0, 0, w * x, w * y, w * w * x, w * w * y, w * w * x * x, w * w * x * y, w * w * y * y from (
      select t.scope, t.epoch, t.variant, v.metric, 1 / t.propensity w, least(v.x, s.ceilings[v.metric]) x, v.y
      from ${ofWeighed} cross join lateral unnest(t.x, t.y) with ordinality v(x, y, metric)
    ) d
  ) e group by scope, epoch, variant, metric
), stored as (
  select scope, epoch, variant, metric::bigint, ${summed(weights)} from weighted_rollups where shard >= 0 group by scope, epoch, variant, metric
${compared('weighted sums', cell, [], weights)}`

const parts = ['gram', 'x', 'y']

/** Sums of features, from the units whose features are known; parts 0 to 2 are products, and those with X and Y. */
export const featureCells = `
with followed as (
  select t.scope, t.epoch, t.variant, t.features, least(coalesce(t.x[m.o], 0), s.ceilings[m.o]) x, coalesce(t.y[m.o], 0) y
  from ${ofWeighed} cross join lateral generate_series(1, jsonb_array_length(s.metrics)) m(o)
  where t.features is not null and ${isReward('s.metrics', 'm.o')}
), counted as (
  select scope, epoch, variant, part, i, sum(v) v, sum(abs(v)) av from (
    select scope, epoch, variant, 0 part, a.i * (a.i - 1) / 2 + b.i i, a.v * b.v v
    from followed cross join lateral unnest(features) with ordinality a(v, i) cross join lateral unnest(features) with ordinality b(v, i)
    where b.i <= a.i
    union all
    select scope, epoch, variant, p.part, a.i, a.v * p.value
    from followed cross join lateral unnest(features) with ordinality a(v, i) cross join lateral (values (1, x), (2, y)) p(part, value)
  ) d group by scope, epoch, variant, part, i
), stored as (
  ${parts.map((part, index) => `select scope, epoch, variant, ${index} part, a.i, sum(a.v) v
  from feature_rollups cross join lateral unnest(${part}) with ordinality a(v, i) where shard >= 0 group by scope, epoch, variant, a.i`).join('\n  union all\n  ')}
${compared('sums of features', ['scope', 'epoch', 'variant', 'part', 'i'], [], ['v'])}`
