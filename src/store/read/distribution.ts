import type { Distribution } from '../../core/tell/views.ts'
import { notFound } from '../../errors.ts'
import type { Pool } from '../pool.ts'

type Row = { metric: string | null; quantile: number | null; keys: string[]; arms: { variant: number; buckets: number[]; counts: number[] }[] }

/**
 * How the values of a metric are spread in the current scope of an experiment: the sketches that its quantile is read from,
 * summed over epochs. A sketch has a few thousand buckets at most. Null where the metric is no quantile.
 *
 * @param metric null: the first one that is
 * @throws {ServiceError} experiment_not_found
 */
export const readDistribution = (pool: Pool, experiment: string, metric: string | null): Promise<Distribution | null> =>
  pool.run(async (sql) => {
    const [row] = await sql<Row[]>`
      with chosen as (
        select e.scope, e.variants, p.* from experiments e left join lateral (
          select plan->>'key' as metric, (plan->>'quantile')::float8 as quantile, place
          from scopes s, jsonb_array_elements(s.metrics) with ordinality m(plan, place)
          where s.id = e.scope and plan->>'kind' = 'quantile' and (${metric}::text is null or plan->>'key' = ${metric}) order by place limit 1
        ) p on true where e.key = ${experiment}),
      summed as (
        select s.variant, s.bucket, sum(s.count)::float8 as n from chosen c join sketches s on s.scope = c.scope and s.metric = c.place
        group by s.variant, s.bucket having sum(s.count) > 0)
      select metric, quantile, array(select v->>'key' from jsonb_array_elements(variants) v) as keys,
        coalesce((select json_agg(a) from (
          select variant, json_agg(bucket order by bucket) as buckets, json_agg(n order by bucket) as counts from summed group by variant) a), '[]') as arms
      from chosen`
    if (!row) throw notFound('experiment', experiment)
    const { metric: found, quantile, keys, arms } = row
    if (found === null) return null
    return {
      metric: found, quantile: quantile ?? 0.5,
      variants: keys.map((key, ordinal) => {
        const { buckets = [], counts = [] } = arms.find(({ variant }) => variant === ordinal) ?? {}
        return { key, buckets, counts }
      }),
    }
  })
