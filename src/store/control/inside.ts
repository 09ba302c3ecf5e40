import type { Sql, TransactionSql } from '../client.ts'
import { orm } from '../orm.ts'
import type { Pool } from '../pool.ts'

/** A pool whose every call is part of this transaction: several writes that happen together, or not at all. */
export const inside = (tx: TransactionSql): Pool => ({
  // a transaction answers every query that a client does
  run: async (work) => work(tx as unknown as Sql),
  begin: async (work) => work(tx),
  query: async (work) => work(orm(tx)),
  transaction: async (work) => work(orm(tx)),
})
