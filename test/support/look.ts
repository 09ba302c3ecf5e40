import { randomUUID } from 'node:crypto'
import { createTick } from '../../src/engine/tick.ts'
import { createEngineStore } from '../../src/entry/engine.ts'
import type { Pool } from '../../src/store/connect.ts'
import { createLease } from '../../src/store/control/lease.ts'

const quiet = { info: () => {}, warn: () => {}, error: () => {} }

/** One look of an engine that leads from now on, whoever led before. */
export const look = async (pool: Pool): Promise<void> => {
  await pool.run((sql) => sql`update lease set expires_at = clock_timestamp()`)
  const leading = await createLease(pool, randomUUID()).acquire()
  await createTick({ store: createEngineStore(pool), log: quiet })(leading?.fence ?? 0)
}
