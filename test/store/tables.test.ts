import { readdir } from 'node:fs/promises'
import { getTableName, is } from 'drizzle-orm'
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import { describe, expect, it } from 'vitest'
import { describeStores } from '../support/stores.ts'

/** Written and read by statements of their own only (src/store/ingest), so that no table describes them. */
const withoutTable = [
  'covariate_rollups', 'covariate_sources', 'deliveries', 'feature_rollups', 'ingest_health', 'outcome_keys', 'outcomes', 'outcomes_default', 'rollups',
  'segment_rollups', 'segment_values', 'sketches', 'units', 'weighted_rollups',
]

const directory = new URL('../../src/store/tables/', import.meta.url)
const families = (await readdir(directory)).filter((name) => name.endsWith('.ts'))
const modules = await Promise.all(families.map((name) => import(new URL(name, directory).href) as Promise<object>))
const tables = modules
  .flatMap((module): unknown[] => Object.values(module))
  .filter((value): value is PgTable => is(value, PgTable))

type Column = { name: string; type: string; notNull: boolean; identity: boolean; hasDefault: boolean; generated: boolean }
type Shape = { columns: Column[]; primaryKey: string[]; unique: string[][] }

const byName = <T extends { name: string }>(columns: T[]): T[] => columns.toSorted((a, b) => (a.name < b.name ? -1 : 1))
const sorted = (lists: string[][]): string[][] => lists.toSorted((a, b) => (a.join() < b.join() ? -1 : 1))

const declared = (table: PgTable): Shape => {
  const { columns, primaryKeys, uniqueConstraints } = getTableConfig(table)
  const own = columns.filter(({ primary }) => primary).map(({ name }) => name)
  const composite = primaryKeys.flatMap((key) => key.columns.map(({ name }) => name))
  return {
    columns: byName(columns.map((column) => ({
      name: column.name,
      type: column.getSQLType(),
      notNull: column.notNull,
      identity: column.generatedIdentity !== undefined,
      hasDefault: column.hasDefault && column.generatedIdentity === undefined,
      generated: column.generated !== undefined,
    }))),
    primaryKey: [...own, ...composite],
    unique: sorted([
      ...columns.filter(({ isUnique }) => isUnique).map(({ name }) => [name]),
      ...uniqueConstraints.map((constraint) => constraint.columns.map(({ name }) => name)),
    ]),
  }
}

describeStores('the tables that queries are written with', (store) => {
  const stored = async (table: string): Promise<Shape> => {
    const [columns, keys] = await store.database.api.run((sql) =>
      Promise.all([
        sql<Column[]>`
          select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as "notNull",
            a.attidentity <> '' as identity, d.adbin is not null and a.attgenerated = '' as "hasDefault", a.attgenerated <> '' as generated
          from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
          where a.attrelid = ${table}::text::regclass and a.attnum > 0 and not a.attisdropped`,
        sql<{ kind: 'p' | 'u'; columns: string[] }[]>`
          select c.contype as kind, array(select a.attname::text from unnest(c.conkey) with ordinality k(attnum, position)
            join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.attnum order by k.position) as columns
          from pg_constraint c where c.conrelid = ${table}::text::regclass and c.contype in ('p', 'u')`,
      ]),
    )
    return {
      columns: byName([...columns]),
      primaryKey: keys.find(({ kind }) => kind === 'p')?.columns ?? [],
      unique: sorted(keys.filter(({ kind }) => kind === 'u').map((key) => key.columns)),
    }
  }

  it.each(tables.map((table) => [getTableName(table), table] as const))('%s is as the migrations make it', async (name, table) => {
    expect(declared(table)).toEqual(await stored(name))
  })

  it('are all there are, but for those of ingestion', async () => {
    const rows = await store.database.api.run((sql) => sql<{ name: string }[]>`
      select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')`)
    const known = [...tables.map((table) => getTableName(table)), ...withoutTable]
    expect(rows.map(({ name }) => name).toSorted()).toEqual(known.toSorted())
  })
})

describe('the list of tables', () => {
  it('names each once', () => {
    const names = tables.map((table) => getTableName(table))
    expect(new Set(names).size).toBe(names.length)
  })
})
