import { inject } from 'vitest'
import { dayAt, dayMs } from '../../../src/core/analyze/generations.ts'
import { connect, type Database } from '../../../src/store/connect.ts'
import type { Statements, StatementSets } from '../../../src/store/ingest/statements.ts'
import { verify } from '../../../src/store/verify.ts'
import { migratedDirectory } from '../../support/stores.ts'
import { findDeadlocksSoon, freshDatabase } from '../../support/postgres.ts'
import { ingestOn } from './clients.ts'
import { play, randomHistory } from './history.ts'
import { differences } from './recount.ts'
import { contextualDifferences } from './recount-contextual.ts'
import { dailyDifferences } from './recount-daily.ts'
import { observedDifferences } from './recount-observed.ts'
import { createWorld, type observedScopes } from './world.ts'

const nodes = 5

/** A history played by several nodes at once, and what is wrong afterwards. */
export const outcomeOf = async (
  databases: readonly Database[], seed: number, size: number,
  { scopes, ...used }: { scopes?: typeof observedScopes; statements?: StatementSets } = {},
) => {
  const [first] = databases
  if (!first) throw new Error('a history needs a database')
  const worlds = await createWorld(first.api, scopes)
  const steps = randomHistory(seed, worlds, size)
  // every other node has not reached today yet
  const now = (index: number): number => Date.now() - (index % 2) * dayMs
  const clients = databases.map((database, index) =>
    ingestOn(database.ingest, { shard: index % 8, most: 200, ...used, exposures: { waitMs: 1 }, now: () => now(index) }),
  )
  const log = await play(steps, clients)
  const unwritten = await Promise.all(clients.map((client) => client.drain()))
  return {
    wrong: [
      ...(await differences(first.api, worlds, steps, log)), ...(await observedDifferences(first.api, worlds, log)),
      ...(await contextualDifferences(first.api, worlds, log)),
      ...(await dailyDifferences(first.api, worlds, steps, log, (client) => dayAt(now(client)))),
    ],
    worlds,
    verified: (await verify(first.api)).differences,
    unwritten: unwritten.reduce((sum, count) => sum + count, 0),
    deadlocks: clients.reduce((sum, client) => sum + client.stats().deadlocks, 0),
    answers: Object.groupBy(log, ({ answer }) => String(answer)),
  }
}

/** Several nodes, each with its two connections, on a database of their own. */
export const onPostgres = async <T>(work: (databases: Database[]) => Promise<T>): Promise<T> => {
  const url = await freshDatabase(inject('postgresUrl'))
  await findDeadlocksSoon(url)
  const databases = await Promise.all(Array.from({ length: nodes }, () => connect({ databaseUrl: url })))
  try {
    return await work(databases)
  } finally {
    await Promise.all(databases.map((database) => database.close()))
  }
}

/** One connection to an embedded database of its own. */
export const embedded = async <T>(work: (database: Database) => Promise<T>): Promise<T> => {
  const directory = await migratedDirectory()
  const database = await connect({ dataDir: directory.path })
  try {
    return await work(database)
  } finally {
    await database.close()
    await directory.remove()
  }
}

/** The statements with a mistake in one. */
export const mutantOf = (statements: Statements, name: keyof Statements, right: string, wrong: string): Statements => {
  if (!statements[name].includes(right)) throw new Error(`there is no "${right}" in ${name}`)
  return { ...statements, [name]: statements[name].replaceAll(right, wrong) }
}
