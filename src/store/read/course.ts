import type { Course, LinkState, SeriesPoint } from '../../core/tell/views.ts'
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

type Epoch = Course['epochs'][number]
type Known = { points: Map<number, SeriesPoint>; epochs: Epoch[] }

/**
 * What was read before, by experiment and metric: stored analyses, which never change, and epochs that have ended. Kept in
 * memory between readings.
 */
export type KeptCourses = Map<string, Known>

const [mostCourses, mostPoints] = [200, 2_000]

const keptOf = (kept: KeptCourses, name: string): Known => {
  const before = kept.get(name)
  // another one, and not the same emptied: a reading under way still needs its points
  const known: Known = before && before.points.size <= mostPoints ? before : { points: new Map(), epochs: before?.epochs ?? [] }
  kept.delete(name)
  kept.set(name, known)
  const oldest = kept.keys().next().value
  if (kept.size > mostCourses && oldest !== undefined) kept.delete(oldest)
  return known
}

type Row = {
  analyses: number
  chosen: number[]
  /** Of those chosen, the ones that were not known. */
  fresh: SeriesPoint[]
  /** After those that were known. */
  epochs: (Omit<Epoch, 'weights'> & { weights: number[] })[]
}

const isoOf = (moment: string): string => new Date(moment).toISOString()

/**
 * Stored analyses and epochs up to a moment, the oldest first; of more than `most` analyses every second, third … and the
 * last. An epoch that ended later is open. One statement, each list in one value: of hundreds of rows the client would
 * parse every column by itself.
 *
 * @param kept what was read before; what is new is added
 * @throws {ServiceError} experiment_not_found
 */
export const readCourse = (pool: Pool, experiment: string, { metric, until, most }: CourseRequest, kept: KeptCourses = new Map()): Promise<Course> =>
  pool.run(async (sql) => {
    const known = keptOf(kept, JSON.stringify([experiment, metric]))
    const before = known.epochs // as it is now: another reading may add to it meanwhile
    const gaps = Math.max(1, Math.floor(most) - 1)
    const [row] = await sql<(Row & { keys: string[] })[]>`
      with counted as (
        select a.id, row_number() over (order by a.id) - 1 as place, count(*) over () as total
        from analyses a join experiments e on e.id = a.experiment where e.key = ${experiment} and a.at <= ${until}),
      chosen as (
        -- every so-manieth from the first, so that of one look to the next nearly all are the same, and known
        select id from counted where place = total - 1 or place % greatest(ceil((total - 1) / ${gaps}::float8), 1)::bigint = 0),
      points as materialized (
        -- each field taken from the report by itself would unpack all of it
        select a.id, a.at, a.epoch, r.* from chosen c join analyses a on a.id = c.id,
          jsonb_to_record(a.report) as r(units float8, comparisons jsonb, variants jsonb)
        where a.id <> all(${`{${[...known.points.keys()].join()}}`}::text::bigint[]))
      select array(select v->>'key' from jsonb_array_elements(e.variants) v) as keys,
        coalesce((select total from counted limit 1), 0)::int as analyses,
        coalesce((select json_agg(id order by id) from chosen), '[]') as chosen,
        (select coalesce(json_agg(json_build_object('analysis', p.id, 'at', p.at, 'epoch', p.epoch, 'units', p.units,
            'comparisons', jsonb_path_query_array(p.comparisons, '$[*] ? (@.metric == $metric)', jsonb_build_object('metric', ${metric}::text)),
            'weights', (select coalesce(jsonb_object_agg(v->>'key', v->'weight'), '{}') from jsonb_array_elements(p.variants) v),
            'probabilityBest', (select coalesce(jsonb_object_agg(v->>'key', v->'probabilityBest'), '{}') from jsonb_array_elements(p.variants) v)
          )), '[]') from points p) as fresh,
        (select coalesce(json_agg(json_build_object('epoch', p.epoch, 'scope', p.scope, 'coverage', p.coverage, 'weights', p.weights,
            'startedAt', p.started_at, 'endedAt', p.ended_at) order by p.epoch), '[]')
          from epochs p where p.experiment = e.id and p.epoch > ${before.at(-1)?.epoch ?? 0}) as epochs
      from experiments e where e.key = ${experiment}`
    if (!row) throw notFound('experiment', experiment)
    const { analyses, keys, chosen, fresh, epochs } = row
    for (const point of fresh) known.points.set(point.analysis, { ...point, at: isoOf(point.at) })
    const later = epochs.map(({ weights, startedAt, endedAt, ...epoch }): Epoch => ({
      ...epoch,
      weights: Object.fromEntries(keys.map((key, arm) => [key, weights[arm] ?? 0])),
      startedAt: isoOf(startedAt),
      endedAt: endedAt === null ? null : isoOf(endedAt),
    }))
    const all = [...before, ...later]
    known.epochs = all.filter(({ endedAt }) => endedAt !== null)
    const moment = until.toISOString()
    return {
      analyses,
      series: chosen.flatMap((id) => known.points.get(id) ?? []),
      epochs: all.filter(({ startedAt }) => startedAt <= moment)
        .map((epoch) => (epoch.endedAt === null || epoch.endedAt <= moment ? epoch : { ...epoch, endedAt: null })),
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
