import { cp, mkdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, inject } from 'vitest'
import { connect, type Database } from '../../src/store/connect.ts'
import { migrate } from '../../src/store/migrate.ts'
import { temporaryDirectory } from './directory.ts'
import { migrationsDigest } from './migrations.ts'
import { freshDatabase } from './postgres.ts'

export type StoreUnderTest = {
  kind: Database['kind']
  /** The store, opened and migrated; for use inside tests and hooks. */
  readonly database: Database
}

/** A data directory with the migrations applied: made once per machine, then copied. */
export const migratedDirectory = async (): Promise<{ path: string; remove(): Promise<void> }> => {
  const template = join(tmpdir(), `contender-embedded-${await migrationsDigest()}`)
  const directory = await temporaryDirectory()
  const copy = (): Promise<void> => cp(join(template, 'pg'), join(directory.path, 'pg'), { recursive: true })
  await copy().catch(async () => {
    const draft = `${template}-${randomUUID()}`
    await mkdir(draft)
    const database = await connect({ dataDir: draft })
    await migrate(database).finally(() => database.close())
    await rename(draft, template).catch(() => rm(draft, { recursive: true, force: true }))
    await copy()
  })
  return directory
}

const open = async (kind: Database['kind']): Promise<{ database: Database; close(): Promise<void> }> => {
  if (kind === 'postgres') {
    const database = await connect({ databaseUrl: await freshDatabase(inject('postgresUrl')) })
    return { database, close: database.close }
  }
  const directory = await migratedDirectory()
  const database = await connect({ dataDir: directory.path })
  const close = async (): Promise<void> => {
    await database.close()
    await directory.remove()
  }
  return { database, close }
}

/** Run the same tests on both stores, each with a migrated database of this suite alone. */
export const describeStores = (title: string, suite: (store: StoreUnderTest) => void): void => {
  describe.each(['embedded', 'postgres'] as const)(`${title} (%s)`, (kind) => {
    let opened: Awaited<ReturnType<typeof open>> | undefined
    beforeAll(async () => {
      opened = await open(kind)
    })
    afterAll(() => opened?.close())
    suite({
      kind,
      get database() {
        if (!opened) throw new Error('the store is open inside tests and hooks only')
        return opened.database
      },
    })
  })
}
