import type { Sql as PostgresSql, TransactionSql as PostgresTransactionSql } from 'postgres'

export type Sql = PostgresSql
export type TransactionSql = PostgresTransactionSql

/** Counts and ids are int8; as numbers they are exact up to 2⁵³ − 1, which no count of ours reaches. */
const bigint = {
  to: 20,
  from: [20],
  parse: (text: string): number => Number(text),
  serialize: (value: unknown): string => String(value),
}

/** A string is taken as JSON text already, which is what drizzle sends; anything else is serialised. */
const json = {
  to: 3802,
  from: [114, 3802],
  parse: (text: string): unknown => JSON.parse(text),
  serialize: (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value)),
}

/**
 * What every client of ours shares. int8 arrives as number, date and timestamptz as Date, numeric as
 * string, float8 as number. Arrays may be passed as JavaScript arrays (those of booleans and dates through
 * `sql.array`, because the driver takes them for their first element) or, faster, as literals: `'{1,2}'`.
 */
export const clientOptions = {
  types: { bigint, json },
  fetch_types: false, // see arrays.ts
  onnotice: () => {},
}
