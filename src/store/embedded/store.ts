import { join, resolve } from 'node:path'
import postgres from 'postgres'
import { clientOptions } from '../client.ts'
import type { Call, Source } from '../pool.ts'
import { createHost, type Host } from './host.ts'
import { lockDirectory } from './lock.ts'
import { Session } from './session.ts'

export type EmbeddedStore = {
  source: Source
  /** How often a file or directory was flushed to the disk since the engine was opened. */
  syncs(): Promise<number>
  close(): Promise<void>
}

/** The first opening creates the files, which takes seconds on a busy machine. */
const openingMs = 60_000

/**
 * Did this expired call hold up the one session? An open transaction did. Otherwise the engine must be at
 * work on something given to it since the call began, and no earlier call be left to which that could belong.
 */
export const holdsUp = (expired: Call, others: readonly Call[], busySince: number | null): boolean => {
  if (expired.begun) return true
  if (busySince === null) return false
  return !others.some((other) => other.since <= busySince && !other.expired)
}

const deadSession = (): Session => {
  const session = new Session({ begin: () => {}, send: () => {} })
  setImmediate(() => session.destroy())
  return session
}

const clientOf = (host: Host, lasting: boolean, lost: (cause: unknown) => void): ReturnType<Source['open']> => {
  let current: Session | undefined
  let destroyed = false

  const socket = async (): Promise<Session> => {
    if (destroyed) return deadSession()
    const session = await host.dial()
    let failure: unknown
    session.once('error', (error) => (failure = error))
    session.once('close', () => {
      if (!session.answered && !destroyed) lost(failure ?? new Error('the embedded store did not open'))
    })
    current = session
    return session
  }
  const options = {
    ...clientOptions,
    socket,
    max: 1,
    user: 'postgres',
    database: 'postgres',
    connect_timeout: openingMs / 1_000,
    idle_timeout: 0,
    max_lifetime: null,
  }
  return {
    sql: postgres(options),
    destroy: () => {
      destroyed = true
      current?.destroy()
      // in memory everything would be gone, so there a runaway statement is waited for
      if (lasting && host.busySince() !== null) host.terminate()
    },
  }
}

/**
 * Open PGlite, PostgreSQL in this process, behind the ordinary driver.
 *
 * @param dataDir a directory, created if need be, or `memory:` to keep nothing
 * @throws {Error} when another process uses the directory
 */
export const openEmbedded = async (dataDir: string): Promise<EmbeddedStore> => {
  const inMemory = dataDir === 'memory:'
  const directory = resolve(dataDir)
  const lock = inMemory ? undefined : lockDirectory(directory)
  const host = createHost({ directory: inMemory ? null : join(directory, 'pg') })
  return {
    source: {
      probeMs: openingMs,
      graceMs: 0,
      open: (lost) => clientOf(host, !inMemory, lost),
      blame: (expired, others) => holdsUp(expired, others, host.busySince()),
    },
    syncs: host.syncs,
    close: async () => {
      await host.close()
      lock?.release()
    },
  }
}
