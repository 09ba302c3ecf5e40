import type { Report } from '../../core/analyze/report.ts'
import type { Latest, SeriesPoint } from '../../core/tell/views.ts'
import { notFound } from '../../errors.ts'
import type { Sql } from '../client.ts'
import type { Pool } from '../connect.ts'

/**
 * The stored analysis with this id, or the latest at or before this time; null when there is none.
 *
 * @throws {ServiceError} experiment_not_found
 */
export const readAnalysis = (
  pool: Pool,
  experiment: string,
  at: { analysis: number } | { time: Date },
): Promise<Report | null> =>
  pool.run(async (sql) => {
    const id = await idOf(sql, experiment)
    const [row] = await sql<{ id: number; report: Report }[]>`
      select id, report from analyses where experiment = ${id}
        and ${'analysis' in at ? sql`id = ${at.analysis}` : sql`at <= ${at.time}`}
      order by at desc, id desc limit 1`
    return row ? { ...row.report, analysis: row.id } : null
  })

/**
 * Stored analyses from the oldest on, `limit` at a time; `cursor` is what the page before answered as `next`.
 *
 * @throws {ServiceError} experiment_not_found
 */
export const readSeries = (
  pool: Pool,
  experiment: string,
  { limit, cursor }: { limit: number; cursor: string | null },
): Promise<{ items: SeriesPoint[]; next: string | null }> =>
  pool.run(async (sql) => {
    const id = await idOf(sql, experiment)
    const after = cursor === null ? 0 : Number(cursor)
    const rows = await sql<(Omit<SeriesPoint, 'at'> & { at: Date })[]>`
      select id as analysis, at, epoch, (report->>'units')::float8 as units, report->'comparisons' as comparisons,
        (select coalesce(jsonb_object_agg(one->>'key', one->'weight'), '{}') from jsonb_array_elements(report->'variants') one) as weights,
        (select coalesce(jsonb_object_agg(one->>'key', one->'probabilityBest'), '{}') from jsonb_array_elements(report->'variants') one) as "probabilityBest"
      from analyses where experiment = ${id} and id > ${Number.isSafeInteger(after) ? after : 0}
      order by id limit ${limit + 1}`
    const items = rows.slice(0, limit).map((row) => ({ ...row, at: row.at.toISOString() }))
    return { items, next: rows.length > limit ? String(items.at(-1)?.analysis ?? '') : null }
  })

/** Where an experiment stands. @throws {ServiceError} experiment_not_found */
export const readLatest = (pool: Pool, experiment: string): Promise<Latest> =>
  pool.run(async (sql) => {
    const [row] = await sql<Latest[]>`
      select state, epoch, (select id from analyses where experiment = e.id order by at desc, id desc limit 1) as analysis,
        (select id from ledger where experiment = e.id order by seq desc limit 1) as decision
      from experiments e where key = ${experiment}`
    if (!row) throw notFound('experiment', experiment)
    return { ...row }
  })

const idOf = async (sql: Sql, experiment: string): Promise<number> => {
  const [row] = await sql<{ id: number }[]>`select id from experiments where key = ${experiment}`
  if (!row) throw notFound('experiment', experiment)
  return row.id
}
