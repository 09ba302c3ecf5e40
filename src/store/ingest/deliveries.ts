import type { TransactionSql } from '../client.ts'
import type { Pool } from '../pool.ts'

/** So many outcomes of a scope with one result; scope 0: they named no assignment of ours. */
export type Delivered = { scope: number; result: string; n: number }

/** Rows in order, so that nodes do not wait for each other in a circle. */
const inOrder = (one: Delivered, other: Delivered): number => one.scope - other.scope || (one.result < other.result ? -1 : 1)

/** Add to what is counted of today. */
export const addDeliveries = (pool: Pick<Pool, 'run'>, delivered: readonly Delivered[]): Promise<void> =>
  pool.run(async (sql) => {
    const rows = delivered.toSorted(inOrder)
    await sql`
      insert into deliveries as d (scope, day, result, n, last_at)
      select scope, (moment() at time zone 'UTC')::date, result, n, moment()
      from json_to_recordset(${JSON.stringify(rows)}::text::json) r(scope int, result text, n bigint) order by scope, result
      on conflict (scope, day, result) do update set n = d.n + excluded.n, last_at = greatest(d.last_at, excluded.last_at)`
  })

type Counted = { stray: boolean; result: string; n: number; at: Date }

/** What became of the outcomes of a scope, and of today's that named no assignment. */
export const readDeliveries = async (tx: TransactionSql, scope: number | null) => {
  const rows = await tx<Counted[]>`
    select scope = 0 as stray, result, sum(n)::float8 as n, max(last_at) as at from deliveries
    where scope = ${scope} or (scope = 0 and day = (moment() at time zone 'UTC')::date) group by 1, 2`
  const of = (stray: boolean): Record<string, number> => Object.fromEntries(rows.filter((row) => row.stray === stray).map(({ result, n }) => [result, n]))
  const newest = rows.filter(({ stray, result }) => !stray && (result === 'accepted' || result === 'late' || result === 'crossed')).map(({ at }) => at.getTime())
  return { counted: of(false), stray: of(true), lastAt: newest.length > 0 ? new Date(Math.max(...newest)) : null }
}
