import type { LedgerEntry } from '../../core/decide/ledger.ts'
import { notFound } from '../../errors.ts'
import { after, pageOf, type PageRequest } from '../control/pages.ts'
import type { Pool } from '../pool.ts'

/**
 * Every entry of the ledger that is about a model: its own, and those of all experiments on it; the oldest first. Each
 * carries the hashes of its chain, so that a copy can be checked by itself.
 *
 * @throws {ServiceError} model_not_found
 */
export const readAudit = (pool: Pool, key: string, { limit, cursor }: PageRequest) =>
  pool.run(async (sql) => {
    const [model] = await sql<{ id: number }[]>`select id from models where key = ${key}`
    if (!model) throw notFound('model', key)
    const rows = await sql<{ id: number; entry: LedgerEntry }[]>`
      select id, entry from ledger where model = ${model.id} and id > ${after(cursor)} order by id limit ${limit + 1}`
    return pageOf(rows, limit, ({ id, entry }) => ({ ...entry, id }), ({ id }) => id)
  })
