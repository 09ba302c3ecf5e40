import type { Pool } from '../pool.ts'

/** Life of the lease: a leader that is silent for as long has lost it. A standby takes over within 10 s. */
const life = '8 seconds'

/**
 * The engine's lease, timed by the database alone. `fence` rises with every takeover; whoever writes with an older one
 * is refused (M. Kleppmann, "How to do distributed locking", 2016: fencing tokens).
 *
 * @param holder uuid of this process
 */
export const createLease = (pool: Pool, holder: string) => ({
  acquire: (): Promise<{ fence: number } | null> =>
    pool.run(async (sql) => {
      const [row] = await sql<{ fence: number }[]>`
        insert into lease as l (name, holder, fence, expires_at) values ('engine', ${holder}, 1, clock_timestamp() + ${life}::interval)
        on conflict (name) do update set holder = excluded.holder, fence = l.fence + 1, expires_at = excluded.expires_at
          where l.expires_at <= clock_timestamp()
        returning fence`
      return row ?? null
    }),
  renew: (fence: number): Promise<boolean> =>
    pool.run(async (sql) => {
      const [row] = await sql`
        update lease set expires_at = clock_timestamp() + ${life}::interval
        where name = 'engine' and holder = ${holder} and fence = ${fence} returning fence`
      return row !== undefined
    }),
  release: async (fence: number): Promise<void> => {
    await pool.run((sql) => sql`
      update lease set expires_at = clock_timestamp() where name = 'engine' and holder = ${holder} and fence = ${fence}`)
  },
})

/**
 * Note when a look at everything began that is done. By the machine's clock, which nothing moves: it is about the engine itself.
 *
 * @param tookMs how long the look took: what came meanwhile may have been missed by it
 */
export const noteTick = (pool: Pool, fence: number, tookMs: number): Promise<unknown> =>
  pool.run((sql) => sql`
    update lease set ticked_at = clock_timestamp() - ${`${tookMs} milliseconds`}::interval where name = 'engine' and fence = ${fence}`)
