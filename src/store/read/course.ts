import type { Course, CoursePoint, LinkState } from '../../core/views.ts'
import { notFound } from '../../errors.ts'
import type { Pool } from '../connect.ts'

export type CourseRequest = {
  /** Whose differences. */
  metric: string
  /** Nothing after this moment. */
  until: Date
  /** Points and changes of traffic at most, at least 2. */
  most: number
}

type Timed<T> = Omit<T, 'at'> & { at: Date }
const told = <T extends { at: Date }>(row: T) => ({ ...row, at: row.at.toISOString() })

/**
 * Stored analyses and changes of traffic up to a moment, the oldest first; of more than `most` some evenly spread ones,
 * the first and the last among them.
 *
 * @throws {ServiceError} experiment_not_found
 */
export const readCourse = (pool: Pool, experiment: string, { metric, until, most }: CourseRequest): Promise<Course> =>
  pool.run(async (sql) => {
    const [row] = await sql<{ id: number }[]>`select id from experiments where key = ${experiment}`
    if (!row) throw notFound('experiment', experiment)
    const points = sql<(Timed<CoursePoint> & { analyses: number })[]>`
      with counted as (
        select id, row_number() over (order by id) - 1 as place, count(*) over () as total
        from analyses where experiment = ${row.id} and at <= ${until}),
      chosen as (
        select id, total from counted
        where total <= ${most} or place = total - 1 or floor(place * ${most - 1}::float8 / (total - 1)) > floor((place - 1) * ${most - 1}::float8 / (total - 1)))
      select a.at, a.epoch, coalesce(p.scope, 0) as scope, c.total as analyses,
        coalesce((select jsonb_agg(jsonb_build_object('variant', o->'variant', 'difference', o->'difference', 'evidence', o->'evidence'))
          from jsonb_array_elements(a.report->'comparisons') o where o->>'metric' = ${metric}), '[]') as contrasts,
        coalesce((select jsonb_agg(v->'probabilityBest') from jsonb_array_elements(a.report->'variants') v), '[]') as chances
      from chosen c join analyses a on a.id = c.id left join epochs p on p.experiment = a.experiment and p.epoch = a.epoch order by a.id`
    const traffic = sql<Timed<Course['traffic'][number]>[]>`
      with changed as (
        select epoch, started_at as at, coverage, weights from (
          select *, lag(weights) over w as weights_before, lag(coverage) over w as coverage_before
          from epochs where experiment = ${row.id} and started_at <= ${until} window w as (order by epoch)) e
        where weights is distinct from weights_before or coverage is distinct from coverage_before),
      counted as (select *, row_number() over (order by epoch) - 1 as place, count(*) over () as total from changed)
      select at, epoch, coverage, weights from counted
      where total <= ${most} or place = total - 1 or floor(place * ${most - 1}::float8 / (total - 1)) > floor((place - 1) * ${most - 1}::float8 / (total - 1))
      order by epoch`
    const [seen, moved] = await Promise.all([points, traffic])
    return {
      analyses: seen[0]?.analyses ?? 0,
      points: seen.map(({ analyses: _, ...point }) => told(point)),
      traffic: moved.map(told),
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
