import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import type { Sql, TransactionSql } from './client.ts'

/** Drizzle over a client or a transaction. */
export type Db = PostgresJsDatabase

const known = new WeakMap<object, Db>()

/**
 * Drizzle over `sql`, a client or a transaction's own; a transaction within a transaction is a savepoint.
 * Drizzle rewrites the parsers of the client it is given, which would turn every Date of the plain queries
 * into a string: so it gets a copy to rewrite.
 */
export const orm = (sql: Sql | TransactionSql): Db => {
  const existing = known.get(sql)
  if (existing) return existing
  const options = { parsers: {}, serializers: {} }
  const facade = new Proxy(sql, {
    get: (target, property) => {
      if (property === 'options') return options
      if (property === 'begin' && 'savepoint' in target) return target.savepoint
      return Reflect.get(target, property)
    },
  })
  const db = drizzle(facade as Sql)
  known.set(sql, db)
  return db
}
