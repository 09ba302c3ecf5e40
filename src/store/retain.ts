import type { TransactionSql } from './client.ts'
import type { Pool } from './pool.ts'

export type Retained = {
  /** Partitions of `outcomes` made for days that begin soon, and those dropped, by name. */
  created: string[]
  dropped: string[]
  /** Rows of the default partition that went to a partition of their day, and those too old. */
  moved: number
  deleted: number
}

const prefix = 'outcomes_d'
const nameOf = (day: string): string => prefix + day.replaceAll('-', '')
const dayMs = 86_400_000

/** The next days, as `2026-01-31`, beginning with this one. */
const daysFrom = (today: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => new Date(Date.parse(today) + index * dayMs).toISOString().slice(0, 10))

const todayOf = async (tx: TransactionSql): Promise<string> => {
  const [row] = await tx<{ today: string }[]>`select ((moment() at time zone 'UTC')::date)::text today`
  return row?.today ?? ''
}

const partitionsOf = async (tx: TransactionSql): Promise<string[]> => {
  const rows = await tx<{ name: string }[]>`
    select c.relname name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'outcomes'::regclass and c.relname like ${`${prefix}________`} order by 1`
  return rows.map(({ name }) => name)
}

/** The default partition may hold rows of the day already: they move first, while nobody adds more. */
const createPartition = async (tx: TransactionSql, day: string): Promise<number> => {
  const name = tx(nameOf(day))
  await tx`lock table outcomes_default in access exclusive mode`
  await tx`create table ${name} (like outcomes including defaults)`
  const moved = await tx`
    with taken as (delete from outcomes_default where day = ${day}::date returning *) insert into ${name} select * from taken`
  const next = new Date(Date.parse(day) + dayMs).toISOString().slice(0, 10)
  await tx.unsafe(`alter table outcomes attach partition ${nameOf(day)} for values from ('${day}') to ('${next}')`)
  return moved.count
}

/**
 * Keep the raw outcomes of the last `keepDays` days and drop those of older ones; statistics do not read them. Makes
 * the partitions of today and the days ahead. Days without a partition fall into the default one, so that a run that
 * was missed costs nothing. Each step is a transaction of its own and waits for locks a second at most: run it again
 * if it rejects.
 *
 * @param keepDays whole days besides today, at least 0
 * @param ahead    days after today that get a partition
 * @throws {RangeError} when keepDays or ahead is not a whole number of at least 0
 */
export const retain = async (
  pool: Pick<Pool, 'begin'>,
  { keepDays, ahead = 3 }: { keepDays: number; ahead?: number },
): Promise<Retained> => {
  for (const days of [keepDays, ahead]) {
    if (!Number.isSafeInteger(days) || days < 0) throw new RangeError(`days must be a whole number of at least 0, got ${days}`)
  }
  const patiently = <T>(work: (tx: TransactionSql) => Promise<T>): Promise<T> =>
    pool.begin(
      async (tx) => {
        await tx`set local statement_timeout = 0`
        await tx`set local lock_timeout = '1s'`
        return work(tx)
      },
      { deadlineMs: 600_000 },
    )

  const retained: Retained = { created: [], dropped: [], moved: 0, deleted: 0 }
  const { today, present } = await patiently(async (tx) => ({ today: await todayOf(tx), present: await partitionsOf(tx) }))
  for (const day of daysFrom(today, ahead + 1)) {
    if (present.includes(nameOf(day))) continue
    retained.moved += await patiently((tx) => createPartition(tx, day))
    retained.created.push(nameOf(day))
  }
  const oldest = new Date(Date.parse(today) - keepDays * dayMs).toISOString().slice(0, 10)
  for (const name of present.filter((partition) => partition < nameOf(oldest))) {
    await patiently((tx) => tx`drop table ${tx(name)}`)
    retained.dropped.push(name)
  }
  const deleted = await patiently((tx) => tx`delete from outcomes_default where day < ${oldest}::date`)
  return { ...retained, deleted: deleted.count }
}
