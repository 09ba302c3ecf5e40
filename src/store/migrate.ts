import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { migrate as applyFiles } from 'drizzle-orm/postgres-js/migrator'
import { orm } from './orm.ts'
import type { Pool } from './pool.ts'
import { codeOf } from './unavailable.ts'

/** The migrations that come with this version: SQL files, and `meta/_journal.json` with their order. */
export const migrationsDirectory = fileURLToPath(new URL('../../drizzle', import.meta.url))

/** Any number, the same in every version: whoever holds this advisory lock migrates. */
const lockKey = 7_190_224

/** Lock not available, deadlock: somebody serves from the table just now, so try again. */
const busyTable = new Set(['55P03', '40P01'])

const attempts = 30

/**
 * Apply the migrations that are missing, all in one transaction. Several replicas may call it at once: one
 * migrates, the others wait and find nothing to do. A table lock is waited for at most a second at a time, so
 * that requests queue behind it no longer than that.
 *
 * @returns how many migrations are applied now
 * @throws {Error} when the directory has no journal, or a statement fails; then nothing has changed
 */
export const migrate = async (database: { engine: Pool }, directory = migrationsDirectory): Promise<number> => {
  const once = (): Promise<void> =>
    database.engine.begin(
      async (tx) => {
        await tx`set local statement_timeout = 0`
        await tx`set local idle_in_transaction_session_timeout = 0`
        await tx`set local lock_timeout = 0`
        await tx`select pg_advisory_xact_lock(${lockKey})`
        await tx`set local lock_timeout = '1s'`
        await applyFiles(orm(tx), { migrationsFolder: directory })
      },
      { deadlineMs: 600_000 },
    )
  for (let attempt = 1; ; attempt++) {
    try {
      await once()
      return await schemaVersion(database)
    } catch (error) {
      if (attempt === attempts || !busyTable.has(codeOf(error) ?? '')) throw error
    }
  }
}

/** How many migrations a database has; 0 for an empty one. */
export const schemaVersion = async (database: { engine: Pool }): Promise<number> =>
  database.engine.run(async (sql) => {
    const [known] = await sql`select to_regclass('drizzle.__drizzle_migrations') is not null as known`
    if (!known?.['known']) return 0
    const [row] = await sql<{ count: number }[]>`select count(*) from drizzle.__drizzle_migrations`
    return row?.count ?? 0
  })

/** How many migrations this version brings: what schemaVersion must have reached before it serves. */
export const expectedSchemaVersion = async (directory = migrationsDirectory): Promise<number> => {
  const journal = JSON.parse(await readFile(join(directory, 'meta/_journal.json'), 'utf8')) as { entries: unknown[] }
  return journal.entries.length
}
