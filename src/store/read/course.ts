import type { Course, LinkState, SeriesPoint } from '../../core/views.ts'
import { notFound } from '../../errors.ts'
import type { Pool } from '../connect.ts'

export type CourseRequest = {
  /** Whose differences. */
  metric: string
  /** Nothing after this moment. */
  until: Date
  /** Analyses at most, at least 2. */
  most: number
}

type Point = Omit<SeriesPoint, 'at'> & { at: Date; total: number }
type Epoch = { epoch: number; scope: number; coverage: number; weights: number[]; startedAt: Date; endedAt: Date | null }

/**
 * Stored analyses and epochs up to a moment, the oldest first; of more than `most` analyses some evenly spread ones, the
 * first and the last among them. An epoch that ended later is open.
 *
 * @throws {ServiceError} experiment_not_found
 */
export const readCourse = (pool: Pool, experiment: string, { metric, until, most }: CourseRequest): Promise<Course> =>
  pool.run(async (sql) => {
    const [row] = await sql<{ id: number; keys: string[] }[]>`
      select id, array(select v->>'key' from jsonb_array_elements(variants) v) as keys from experiments where key = ${experiment}`
    if (!row) throw notFound('experiment', experiment)
    const spread = (place: string) => sql.unsafe(`floor((${place}) * ${Math.max(1, Math.floor(most) - 1)}::float8 / (total - 1))`)
    const analyses = sql<Point[]>`
      with counted as (
        select id, row_number() over (order by id) - 1 as place, count(*) over () as total
        from analyses where experiment = ${row.id} and at <= ${until}),
      chosen as (
        select id, total from counted where total <= ${most} or place = 0 or ${spread('place')} > ${spread('place - 1')})
      select a.id as analysis, a.at, a.epoch, (a.report->>'units')::float8 as units, c.total, v.weights, v."probabilityBest",
        coalesce((select jsonb_agg(o) from jsonb_array_elements(a.report->'comparisons') o where o->>'metric' = ${metric}), '[]') as comparisons
      from chosen c join analyses a on a.id = c.id cross join lateral (
        select coalesce(jsonb_object_agg(one->>'key', one->'weight'), '{}') as weights,
          coalesce(jsonb_object_agg(one->>'key', one->'probabilityBest'), '{}') as "probabilityBest"
        from jsonb_array_elements(a.report->'variants') one) v order by a.id`
    const epochs = sql<Epoch[]>`
      select epoch, scope, coverage, weights, started_at as "startedAt", case when ended_at <= ${until} then ended_at end as "endedAt"
      from epochs where experiment = ${row.id} and started_at <= ${until} order by epoch`
    const [seen, moved] = await Promise.all([analyses, epochs])
    return {
      analyses: seen[0]?.total ?? 0,
      series: seen.map(({ analysis, at, epoch, units, weights, comparisons, probabilityBest }) => ({ analysis, at: at.toISOString(), epoch, units, weights, comparisons, probabilityBest })),
      epochs: moved.map(({ weights, startedAt, endedAt, ...epoch }) => ({
        ...epoch,
        weights: Object.fromEntries(row.keys.map((key, arm) => [key, weights[arm] ?? 0])),
        startedAt: startedAt.toISOString(),
        endedAt: endedAt?.toISOString() ?? null,
      })),
    }
  })

/** Units looked through for the latest exposure: where nothing was reported yet, there are seldom more. */
const mostLookedThrough = 100_000

/** How far requests got in the current scope, by what is stored. Null when there is no such experiment. */
export const readLinks = (pool: Pool, experiment: string): Promise<(Omit<LinkState, 'answered'> & { id: number }) | null> =>
  pool.run(async (sql) => {
    const [row] = await sql<{ id: number; arms: number; exposed: Date | null; received: Date | null }[]>`
      select e.id, jsonb_array_length(e.variants) as arms,
        (select max(exposed) from (select exposed from units where scope = e.scope limit ${mostLookedThrough}) u) as exposed,
        (select max(received) from outcomes where experiment = e.id and day >= current_date - 1) as received
      from experiments e where e.key = ${experiment}`
    if (!row) return null
    const counts = await sql<{ variant: number; units: number; outcomes: number }[]>`
      select variant, sum(n)::float8 as units, sum(sy) as outcomes from rollups
      where scope = (select scope from experiments where id = ${row.id}) and metric = 0 group by variant`
    const by = (of: 'units' | 'outcomes'): number[] =>
      Array.from({ length: row.arms }, (_, arm) => counts.find(({ variant }) => variant === arm)?.[of] ?? 0)
    return {
      id: row.id,
      exposures: { units: by('units'), last: row.exposed?.toISOString() ?? null },
      outcomes: { counted: by('outcomes'), last: row.received?.toISOString() ?? null },
    }
  })
