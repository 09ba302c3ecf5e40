import { join, resolve } from 'node:path'
import postgres from 'postgres'
import { clientOptions } from '../client.ts'
import { endedSocket, holdClose, type HeldSocket } from '../held-socket.ts'
import { endable, type Call, type Opened, type Source } from '../clients.ts'
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
 * work, and no older call be left: statements run in the order in which they came.
 */
export const holdsUp = (expired: Call, others: readonly Call[], busySince: number | null): boolean => {
  if (expired.begun) return true
  if (busySince === null) return false
  return !others.some((other) => other.since < expired.since && !other.expired)
}

const nowhere = { begin: () => {}, send: () => {} }

const clientOf = (host: Host, lasting: boolean, lost: (cause: unknown) => void): Opened => {
  let current: HeldSocket<Session> | undefined
  let over = false

  const socket = async (): Promise<Session> => {
    if (over) return endedSocket(new Session(nowhere))
    current = holdClose(await host.dial(), ({ answered, cause }) => {
      if (!answered && !over) lost(cause ?? new Error('the embedded store did not open'))
    })
    return current.socket
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
  return endable(postgres(options), {
    cut: () => {
      over = true
      current?.socket.destroy()
      // in memory everything would be gone, so there a runaway statement is waited for
      if (lasting && host.busySince() !== null) host.terminate()
    },
    release: () => current?.release(),
  })
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
