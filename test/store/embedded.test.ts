import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect, type Database, DatabaseUnavailable } from '../../src/store/connect.ts'
import type { Sql, TransactionSql } from '../../src/store/client.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { migratedDirectory } from '../support/stores.ts'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
const opened: Database[] = []

const open = async (dataDir = directory.path): Promise<Database> => {
  const database = await connect({ dataDir })
  opened.push(database)
  return database
}

beforeEach(async () => {
  directory = await migratedDirectory()
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.close()))
  await directory.remove()
})

/** Creating the files takes seconds, so most tests start from a copy. */
const useNewDirectory = async (): Promise<void> => {
  await directory.remove()
  directory = await temporaryDirectory()
}

const numbers = async (database: Database): Promise<number[]> =>
  (await database.api.run((sql) => sql<{ n: number }[]>`select n from acknowledged order by n`)).map(({ n }) => n)

/** Runs for longer than anyone waits. */
const forever = (sql: Sql | TransactionSql) => sql`select count(*) from generate_series(1, 1000000000000)`

const startChild = () => {
  const script = fileURLToPath(new URL('crash-child.ts', import.meta.url))
  const child = spawn(process.execPath, [script, directory.path], { stdio: ['ignore', 'pipe', 'pipe'] })
  let complaint = ''
  child.stderr.on('data', (part: Buffer) => (complaint += part.toString()))
  return { child, lines: createInterface(child.stdout), complaint: () => complaint }
}

describe('the embedded store', () => {
  it('keeps what it has committed over a close and a new start', async () => {
    await useNewDirectory()
    const first = await open()
    await first.api.run((sql) => sql`create table acknowledged (n int)`)
    await first.api.run((sql) => sql`insert into acknowledged values (7)`)
    await first.close()
    expect(await numbers(await open())).toEqual([7])
  })

  it('flushes to the disk once for every commit', async () => {
    const database = await open()
    await database.api.run((sql) => sql`create table acknowledged (n int)`)
    const before = (await database.syncs?.()) ?? 0
    for (let n = 0; n < 20; n++) await database.ingest.begin((tx) => tx`insert into acknowledged values (${n})`)
    expect(await database.syncs?.()).toBe(before + 20)
  })

  it('never flushes, and leaves nothing, in memory', async () => {
    const database = await open('memory:')
    await database.api.run((sql) => sql`create table acknowledged (n int)`)
    await database.api.run((sql) => sql`insert into acknowledged values (1)`)
    expect(await numbers(database)).toEqual([1])
    expect(await database.syncs?.()).toBe(0)
  })

  it('refuses a directory that another process uses, and says which', async () => {
    await useNewDirectory()
    await open()
    const { child, complaint } = startChild()
    const [code] = await once(child, 'close')
    expect(code).not.toBe(0)
    expect(complaint()).toContain(`the data directory ${directory.path} is in use by another process`)
  })

  it('ends work at its deadline, and keeps what was committed', async () => {
    const database = await open()
    await database.api.run((sql) => sql`create table acknowledged (n int)`)
    await database.ingest.begin((tx) => tx`insert into acknowledged values (1)`)
    const transaction = database.api.begin(
      async (tx) => {
        await tx`insert into acknowledged values (2)`
        await forever(tx)
      },
      { deadlineMs: 500 },
    )
    await expect(transaction).rejects.toMatchObject({ mayHaveHappened: false })
    const runaway = database.api.run(forever, { deadlineMs: 3_000 })
    const behind = database.api.run((sql) => sql`select 1`, { deadlineMs: 500 })
    await expect(behind).rejects.toThrow(DatabaseUnavailable)
    await expect(runaway).rejects.toThrow(DatabaseUnavailable)
    expect(await numbers(database)).toEqual([1])
  })

  it('lets a long statement finish although others gave up waiting behind it', async () => {
    const database = await open()
    const long = database.api.run(
      (sql) => sql<{ n: number }[]>`select count(*) as n from generate_series(1, 4000000)`,
      { deadlineMs: 50_000 },
    )
    const impatient = database.ingest.run((sql) => sql`select 1`, { deadlineMs: 5 })
    await expect(impatient).rejects.toThrow(DatabaseUnavailable)
    expect((await long)[0]?.n).toBe(4_000_000)
  })

  it('starts each connection with a clean session', async () => {
    const database = await open()
    const stalled = database.api.begin(
      async (tx) => {
        await tx`create temporary table scratch (n int)`
        await tx`set search_path = pg_catalog`
        await new Promise(() => {})
      },
      { deadlineMs: 500 },
    )
    await expect(stalled).rejects.toThrow(DatabaseUnavailable)
    const [row] = await database.api.run(
      (sql) => sql`select to_regclass('scratch') as scratch, current_setting('search_path') as path`,
    )
    expect(row).toEqual({ scratch: null, path: 'public' })
  })

  it('loses nothing that it has acknowledged when it is killed', async () => {
    let acknowledged = 0
    for (const upTo of [5, 40, 111]) {
      const { child, lines } = startChild()
      for await (const line of lines) {
        acknowledged = Number(line)
        if (acknowledged >= upTo) child.kill('SIGKILL')
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      expect(child.signalCode).toBe('SIGKILL')
      const database = await open()
      const stored = await numbers(database)
      expect(stored.length).toBeGreaterThanOrEqual(acknowledged)
      expect(stored).toEqual(stored.map((_, index) => index + 1))
      await database.close()
    }
  })
})
