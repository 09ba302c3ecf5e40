import type { DrillFact, DrillPolicy, DrillState, DrillType, DrillView } from '../../core/drills/drill.ts'
import type { History, Wishes } from '../../core/drills/due.ts'
import { rehearsalPrefix } from '../../core/drills/keys.ts'
import { wantedDrills, type WantedDrill } from '../../core/drills/wanted.ts'
import type { Sql, TransactionSql } from '../client.ts'
import { before, pageOf, type PageRequest } from '../control/pages.ts'
import type { Pool } from '../pool.ts'

/** Is what has this key there for users, and not for a drill? @param column `m.key` */
export const isReal = (sql: Sql | TransactionSql, column: string) => sql`not starts_with(${sql(column)}, ${rehearsalPrefix})`

/** The same, or of the drill that runs now. */
export const isServed = (sql: Sql | TransactionSql, column: string) =>
  sql`(${isReal(sql, column)} or split_part(${sql(column)}, ':', 2) = (select id::text from drills where state = 'running'))`

/** How the last drill of each type that came to an end went, as of now. */
export const readDrillFacts = (sql: Sql | TransactionSql): Promise<DrillFact[]> =>
  sql<DrillFact[]>`
    select distinct on (type) type, state, ended_at as at from drills where state in ('passed', 'failed') order by type, id desc`

export type DrillRow = {
  id: number; type: DrillType; state: DrillState; actor: string; startedAt: Date; faultAt: Date | null; detectedAt: Date | null; revertedAt: Date | null
  endedAt: Date | null; units: number; decision: number | null; text: string
}

export const drillColumns = (sql: Sql | TransactionSql) => sql`
  id, type, state, actor, started_at as "startedAt", fault_at as "faultAt", detected_at as "detectedAt", reverted_at as "revertedAt", ended_at as "endedAt",
  units, decision, text`

const between = (from: Date | null, to: Date | null): number | null => (from && to ? Math.max(0, to.getTime() - from.getTime()) : null)

export const drillView = ({ startedAt, faultAt, detectedAt, revertedAt, endedAt, ...row }: DrillRow): DrillView => ({
  ...row,
  startedAt: startedAt.toISOString(), faultAt: faultAt?.toISOString() ?? null, detectedAt: detectedAt?.toISOString() ?? null,
  revertedAt: revertedAt?.toISOString() ?? null, endedAt: endedAt?.toISOString() ?? null,
  timeToDetectMs: between(faultAt, detectedAt), timeToRevertMs: between(detectedAt, revertedAt),
})

/** The newest first. */
export const listDrills = (pool: Pick<Pool, 'run'>, { limit, cursor }: PageRequest) =>
  pool.run(async (sql) => {
    const rows = await sql<DrillRow[]>`
      select ${drillColumns(sql)} from drills where ${before(cursor)}::int is null or id < ${before(cursor)} order by id desc limit ${limit + 1}`
    return pageOf(rows, limit, drillView, ({ id }) => id)
  })

export const readDrill = async (pool: Pick<Pool, 'run'>, id: number): Promise<DrillView | null> => {
  const [row] = await pool.run((sql) => sql<DrillRow[]>`select ${drillColumns(sql)} from drills where id = ${id}`)
  return row ? drillView(row) : null
}

/** The last one that came to an end; null where none did. */
export const readLastDrill = async (sql: Sql | TransactionSql): Promise<DrillView | null> => {
  const [row] = await sql<DrillRow[]>`select ${drillColumns(sql)} from drills where state <> 'running' order by id desc limit 1`
  return row ? drillView(row) : null
}

/** What the policies of experiments on a model that have not ended want to be rehearsed. */
export const readWantedDrills = (pool: Pick<Pool, 'run'>, model: string): Promise<WantedDrill[]> =>
  pool.run(async (sql) => {
    const policies = await sql<{ drills: DrillPolicy }[]>`
      select e.definition->'policy'->'drills' as drills from experiments e join models m on m.id = e.model
      where m.key = ${model} and e.ended_at is null and e.state <> 'archived' and jsonb_typeof(e.definition->'policy'->'drills') = 'object'`
    const last = await sql<DrillRow[]>`
      select distinct on (type) ${drillColumns(sql)} from drills where state in ('passed', 'failed') order by type, id desc`
    return wantedDrills(policies.map(({ drills }) => drills), last.map(drillView))
  })

/** All that says whether a drill is due, with the database's time. */
export const readDueFacts = (pool: Pick<Pool, 'run'>): Promise<{ now: Date; running: boolean; underWay: Wishes[]; history: History[] }> =>
  pool.run(async (sql) => {
    const [clock] = await sql<{ now: Date; running: boolean }[]>`
      select moment() as now, exists (select from drills where state = 'running') as running`
    const underWay = await sql<Wishes[]>`
      select definition->'policy'->'drills' as drills, coalesce(definition->'policy'->'freeze', '[]') as freeze from experiments e
      where state in ('running', 'paused', 'baking') and ${isReal(sql, 'e.key')}
        and (definition->'policy'->'drills' is not null or definition->'policy'->'freeze' is not null)`
    const rows = await sql<{ type: DrillType; passedAt: Date | null; state: 'passed' | 'failed' | 'abandoned'; at: Date }[]>`
      select distinct on (type) type, state, ended_at as at,
        (select max(p.ended_at) from drills p where p.type = d.type and p.state = 'passed') as "passedAt"
      from drills d where state <> 'running' order by type, id desc`
    const history = rows.map(({ type, passedAt, state, at }): History => ({ type, passedAt, last: { state, at } }))
    return { now: clock!.now, running: clock!.running, underWay, history }
  })
