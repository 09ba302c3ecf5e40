import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { connect, type Database } from '../../../src/store/connect.ts'
import { statements, type Statements } from '../../../src/store/ingest/statements.ts'
import { verify } from '../../../src/store/verify.ts'
import { migratedDirectory } from '../../support/stores.ts'
import { freshDatabase } from '../../support/postgres.ts'
import { ingestOn } from './clients.ts'
import { play, randomHistory } from './history.ts'
import { differences } from './recount.ts'
import { createWorld } from './world.ts'

const nodes = 5

/** A history played by several nodes at once, and what is wrong afterwards. */
const outcomeOf = async (databases: readonly Database[], seed: number, size: number, statementsUsed: Statements = statements) => {
  const [first] = databases
  if (!first) throw new Error('a history needs a database')
  const worlds = await createWorld(first.api)
  const steps = randomHistory(seed, worlds, size)
  const clients = databases.map((database, index) =>
    ingestOn(database.ingest, { shard: index % 8, most: 200, statements: statementsUsed, exposures: { waitMs: 1 } }),
  )
  const log = await play(steps, clients)
  const unwritten = await Promise.all(clients.map((client) => client.drain()))
  return {
    wrong: await differences(first.api, worlds, steps, log),
    verified: (await verify(first.api)).differences,
    unwritten: unwritten.reduce((sum, count) => sum + count, 0),
    deadlocks: clients.reduce((sum, client) => sum + client.stats().deadlocks, 0),
    answers: Object.groupBy(log, ({ answer }) => String(answer)),
  }
}

/** Several nodes, each with its two connections, on a database of their own. */
const onPostgres = async <T>(work: (databases: Database[]) => Promise<T>): Promise<T> => {
  const url = await freshDatabase(inject('postgresUrl'))
  const admin = await connect({ databaseUrl: url })
  // deadlocks are found by waiting: not for a whole second here
  await admin.api.run((sql) => sql.unsafe(`alter database ${new URL(url).pathname.slice(1)} set deadlock_timeout = '30ms'`))
  await admin.close()
  const databases = await Promise.all(Array.from({ length: nodes }, () => connect({ databaseUrl: url })))
  try {
    return await work(databases)
  } finally {
    await Promise.all(databases.map((database) => database.close()))
  }
}

describe('random histories', () => {
  it.each([1, 2, 3, 4])('are counted exactly by ten connections to PostgreSQL (seed %i)', async (seed) => {
    const result = await onPostgres((databases) => outcomeOf(databases, seed, 3_000))
    expect(result.wrong).toEqual([])
    expect(result.verified).toEqual([])
    expect(result.unwritten).toBe(0)
    expect(Object.keys(result.answers).sort()).toEqual(['accepted', 'crossed', 'duplicate', 'id_conflict', 'late'])
  })
})

describe('random histories when embedded', () => {
  let database: Database
  let directory: Awaited<ReturnType<typeof migratedDirectory>>
  beforeAll(async () => {
    directory = await migratedDirectory()
    database = await connect({ dataDir: directory.path })
  })
  afterAll(async () => {
    await database.close()
    await directory.remove()
  })

  it('are counted exactly', async () => {
    const result = await outcomeOf([database, database, database], 5, 2_000)
    expect(result.wrong).toEqual([])
    expect(result.verified).toEqual([])
    expect(result.unwritten).toBe(0)
  })
})

/** The statements with a mistake in one. */
const mutant = (name: keyof Statements, right: string, wrong: string): Statements => {
  if (!statements[name].includes(right)) throw new Error(`there is no "${right}" in ${name}`)
  return { ...statements, [name]: statements[name].replaceAll(right, wrong) }
}

describe('the checker sees', () => {
  it.each([
    ['a previous value that is not taken back', mutant('ingest', 'px = k.x, py = k.y,', 'px = null, py = null,')],
    ['revisions that are not compared', mutant('ingest', 'excluded.revision > k.revision and ', '')],
    ['ids that are shared by units', mutant('ingest', ' and excluded.unit = k.unit', '')],
    ['ceilings that are ignored', mutant('ingest', 'least(f.x[o], s.ceilings[o])', 'f.x[o]')],
    ['units that are counted whoever exposed them', mutant('ingest', 'born = $15::text::uuid', 'born = $15::text::uuid or true')],
    ['tokens of another variant that count', mutant('ingest', 't.variant <> u.variant crossed', 'false crossed')],
    ['deadlines that are ignored', mutant('ingest', '(select moment()) > u.exposed + s.late_after late', 'false late')],
    ['exposures that are not counted', mutant('expose', 'count(*), 0', '0, 0')],
    ['conflicts that pass for duplicates', mutant('judge', 't.digest <> k.digest', 'false')],
  ])('%s', async (_, mutated) => {
    const { wrong } = await onPostgres((databases) => outcomeOf(databases, 11, 800, mutated))
    expect(wrong).not.toEqual([])
  })

  it('locks that are taken in any order, as deadlocks', async () => {
    const anyOrder = mutant('ingest', 'from input order by experiment, key', 'from input order by random()')
    const { deadlocks } = await onPostgres((databases) => outcomeOf(databases, 12, 3_000, anyOrder))
    expect(deadlocks).toBeGreaterThan(0)
  })
})
