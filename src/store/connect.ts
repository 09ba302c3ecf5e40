import type { PoolEvent } from './clients.ts'
import { createServer, type Pool, type PoolOptions, type Server } from './pool.ts'

export type { PoolEvent } from './clients.ts'
export type { CallOptions, Pool } from './pool.ts'
export { codeOf, DatabaseUnavailable } from './unavailable.ts'
export { connectPerRequest } from './per-request.ts'

/** Milliseconds until a readiness probe gives up. */
export const probeDeadlineMs = 500

/**
 * What each kind of work may ask of the database. `/outcome` must answer within 2 s, so its deadline
 * leaves time for the answer itself.
 */
const limits = {
  ingest: { name: 'ingest', deadlineMs: 1_800, maxPending: 1_000 },
  api: { name: 'api', deadlineMs: 10_000, maxPending: 1_000 },
  engine: { name: 'engine', deadlineMs: 10_000, maxPending: 100 },
} satisfies Record<string, PoolOptions>

/** Of `ingest`: single outcomes, two batches, and exposures, all under way at once. */
const connections = { ingest: 4, api: 8, engine: 2 }

export type ConnectConfig = {
  /** PostgreSQL, `postgres://…`; without it the store is embedded. */
  databaseUrl?: string | undefined
  /** The embedded store's directory, or `memory:`. Default `./data`. */
  dataDir?: string | undefined
  /** Told of deadlines, replaced clients, failures and recoveries; for metrics. */
  observe?: (event: PoolEvent) => void
}

export type Database = {
  kind: 'embedded' | 'postgres'
  /** Exposures and outcomes. */
  ingest: Pool
  /** Requests and reports. */
  api: Pool
  /** The engine and its lease. */
  engine: Pool
  /** False from a failure until the database has answered again; costs nothing to ask. */
  reachable(): boolean
  close(): Promise<void>
  /** Only when embedded: how often the store has flushed its files to the disk. */
  syncs?: () => Promise<number>
}

/** On PostgreSQL each pool has a client of its own, so that a report cannot starve ingestion. */
const connectPostgres = async (url: string, observe: (event: PoolEvent) => void): Promise<Database> => {
  const { postgresSource } = await import('./postgres.ts')
  const open = (name: keyof typeof connections): Server =>
    createServer(postgresSource(url, name, connections[name], name === 'ingest'), name, observe)
  const [ingest, api, engine] = [open('ingest'), open('api'), open('engine')]
  const servers = [ingest, api, engine]
  return {
    kind: 'postgres',
    ingest: ingest.pool(limits.ingest),
    api: api.pool(limits.api),
    engine: engine.pool(limits.engine),
    reachable: () => servers.every((server) => server.reachable()),
    close: async () => {
      await Promise.all(servers.map((server) => server.close()))
    },
  }
}

/** The embedded store has one session, so the three pools share it: inside a transaction use only its `tx`. */
const connectEmbedded = async (dataDir: string, observe: (event: PoolEvent) => void): Promise<Database> => {
  // A computed address keeps PGlite, worker threads and SQLite out of bundles for other runtimes.
  const address = new URL(`./embedded/store${import.meta.url.slice(-3)}`, import.meta.url).href
  const { openEmbedded } = (await import(address)) as typeof import('./embedded/store.ts')
  const store = await openEmbedded(dataDir)
  const server = createServer(store.source, 'embedded', observe)
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= server.close().then(store.close))
  try {
    await server.check()
  } catch (error) {
    await close()
    throw error
  }
  return {
    kind: 'embedded',
    ingest: server.pool(limits.ingest),
    api: server.pool(limits.api),
    engine: server.pool(limits.engine),
    reachable: server.reachable,
    close,
    syncs: store.syncs,
  }
}

/**
 * Open the store. PostgreSQL is not contacted yet: a service whose database is down still starts. The
 * embedded store is opened at once, which takes some seconds the first time.
 *
 * @throws {Error} when another process uses the embedded store's directory, or it cannot be opened
 */
export const connect = async (config: ConnectConfig): Promise<Database> => {
  const { databaseUrl, dataDir = './data', observe = () => {} } = config
  return databaseUrl ? connectPostgres(databaseUrl, observe) : connectEmbedded(dataDir, observe)
}
