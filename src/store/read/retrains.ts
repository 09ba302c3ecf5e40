import { retrainAction, type RetrainEvent } from '../../core/models/retrain.ts'
import type { Pool } from '../pool.ts'

/** So many are shown at most; all of them are in the ledger. */
const most = 100

/** When a version of the model was to be trained again, the latest first. */
export const readRetrains = (pool: Pool, model: string): Promise<RetrainEvent[]> =>
  pool.run(async (sql) => {
    const rows = await sql<(Omit<RetrainEvent, 'at'> & { at: Date })[]>`
      select l.id as decision, l.at, l.entry->'evidence'->>'cause' as cause, l.entry->'evidence'->>'version' as version, l.entry->>'reason' as reason
      from models m join ledger l on l.chain = 'model:' || m.id
      where m.key = ${model} and l.action = ${retrainAction} order by l.seq desc limit ${most}`
    return rows.map(({ at, ...row }) => ({ ...row, at: at.toISOString() }))
  })
