import type { Database } from '../../store/connect.ts'

/**
 * A clock that can be moved forward: the node's and the database's together. For a database with one session, which is
 * the embedded one: there a session's setting is everybody's.
 */
export const createMovableClock = () => {
  let offsetMs = 0
  return {
    now: (): number => Date.now() + offsetMs,
    async advance(database: Pick<Database, 'api'>, ms: number): Promise<void> {
      offsetMs += ms
      await database.api.run((sql) => sql`select set_config('contender.clock_offset', ${`${offsetMs} milliseconds`}, false)`)
    },
  }
}
