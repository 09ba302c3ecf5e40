import { expect } from 'vitest'
import { replayDecision } from '../../src/engine/replay.ts'
import type { Pool } from '../../src/store/connect.ts'
import { verifyChains } from '../../src/store/control/ledger.ts'

/** Take every decision again that has stored inputs: each leads to the very same entry. Answers how many there were. */
export const expectReplays = async (pool: Pool): Promise<number> => {
  const rows = await pool.run((sql) => sql<{ id: number }[]>`select ledger as id from decision_inputs order by ledger`)
  for (const { id } of rows) expect(await replayDecision(pool, id)).toMatchObject({ decision: id, differences: [], same: true })
  expect((await verifyChains(pool)).breaks).toEqual([])
  return rows.length
}
