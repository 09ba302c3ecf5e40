import type { Pool } from '../connect.ts'

/** A running experiment, and a fingerprint that changes with its row, its epoch, or any number still open. */
export type Changeable = { id: number; key: string; fingerprint: string; now: Date }

/**
 * Every running or paused experiment with the fingerprint of its unsealed data, in one statement: what did not change
 * since the last look need not be looked at again. Sums of row hashes do not depend on the order of rows.
 */
export const readChanges = (pool: Pool): Promise<Changeable[]> =>
  pool.run(
    (sql) => sql<Changeable[]>`
    select e.id, e.key, moment() as now,
      concat_ws(':', e.revision, e.epoch, count(r.hash), sum(r.hash)) as fingerprint
    from experiments e
    left join epochs p on p.experiment = e.id and p.scope = e.scope and p.sealed_at is null
    left join lateral (
      select hash_record_extended(u, 0) as hash from rollups u where u.scope = p.scope and u.epoch = p.epoch
    ) r on true
    where e.state in ('running', 'paused')
    group by e.id order by e.id`,
  )
