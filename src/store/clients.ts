import { knowArrays } from './arrays.ts'
import { createCircuit } from './circuit.ts'
import type { Sql } from './client.ts'

export type PoolEvent = {
  pool: string
  type: 'deadline' | 'replaced' | 'unavailable' | 'recovered'
  cause?: unknown
}

/** A call under way: since when (milliseconds, performance.now), has its transaction begun, is its time over? */
export type Call = { since: number; begun: boolean; expired: boolean }

/** A client, and how to end it at once, whatever it does. */
export type Opened = {
  sql: Sql
  destroy(): Promise<void>
  /** May a transaction have a connection for itself and be sent whole? Never, where this is missing. */
  whole?: () => Promise<boolean>
}

/** A new client with connections of ours. At its end these are cut, then the client ends, then it may see that. */
export const endable = (sql: Sql, connections: { cut(): void; release(): void }): Opened => ({
  sql: knowArrays(sql),
  destroy: async () => {
    connections.cut()
    await sql.end({ timeout: 0 }).catch(() => {})
    connections.release()
  },
})

export type Source = {
  /** Open a client. `lost` is called when it cannot reach its server any more. */
  open(lost: (cause: unknown) => void): Opened
  /** Milliseconds until an attempt to find the server counts as failed. */
  probeMs: number
  /** Milliseconds for which a replaced client may finish what it does, if its server seems alive. */
  graceMs: number
  /** Did this expired call hold up the database (else it only waited)? Default: yes. */
  blame?(expired: Call, others: readonly Call[]): boolean
}

export type Client = Opened & {
  /** When it last answered, milliseconds. */
  answered: number
  /** Do some work with it; rejects with GivenUp when the client is given up meanwhile. */
  use<T>(work: (sql: Sql) => PromiseLike<T>): Promise<T>
  giveUp(cause: unknown): void
}

/** Why a call ended with the client that it used. */
export class GivenUp extends Error {}

/** What went wrong, in words. */
export const messageOf = (cause: unknown): string => {
  if (cause instanceof GivenUp) return messageOf(cause.cause)
  if (cause instanceof AggregateError) return messageOf(cause.errors[0])
  return cause instanceof Error ? cause.message : String(cause)
}

/** Milliseconds that calls under way have when the database is closed. */
const closingMs = 5_000

/** Settle as `promise` does, or reject with `expired()` after `ms` milliseconds. */
export const within = async <T>(ms: number, promise: Promise<T>, expired: () => Error): Promise<T> => {
  const { promise: deadline, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(expired()), ms)
  try {
    return await Promise.race([promise, deadline])
  } finally {
    clearTimeout(timer)
  }
}

/** The current client of a server: opened when first needed, given up when it fails, looked for again. */
export const createClients = (source: Source, name: string, observe: (event: PoolEvent) => void) => {
  let current: Client | undefined
  let closed = false

  const open = (): Client => {
    // a set, because a promise that lives as long as the client would remember every call that ever raced it
    const waiting = new Set<(error: Error) => void>()
    const opened = source.open((cause) => replace(client, cause, false))
    const client: Client = {
      ...opened,
      answered: 0,
      use: async (work) => {
        const { promise: gone, reject } = Promise.withResolvers<never>()
        waiting.add(reject)
        try {
          const result = await Promise.race([work(opened.sql), gone])
          client.answered = performance.now()
          return result
        } finally {
          waiting.delete(reject)
        }
      },
      giveUp: (cause) => {
        for (const reject of waiting) reject(new GivenUp('the client was replaced', { cause }))
      },
    }
    return client
  }

  const discard = (client: Client, cause: unknown): void => {
    client.giveUp(cause)
    void client.destroy()
  }

  const retire = async (client: Client, cause: unknown, graceMs: number): Promise<void> => {
    await client.sql.end({ timeout: graceMs / 1_000 }).catch(() => {})
    client.giveUp(cause)
    await client.destroy()
  }

  const probe = async (): Promise<void> => {
    const client = open()
    const timeout = (): Error => new Error(`no answer to a first query within ${source.probeMs} ms`)
    try {
      await within(source.probeMs, client.use((sql) => sql`select 1`), timeout)
    } catch (cause) {
      discard(client, cause)
      throw cause
    }
    if (closed) return discard(client, new Error('closed'))
    current = client
  }

  const circuit = createCircuit(probe, (type, cause) => observe({ pool: name, type, cause }))

  /** Take a client out of service and look for the server. With grace, what it does may still finish. */
  const replace = (client: Client, cause: unknown, grace: boolean): void => {
    if (client !== current) return client.giveUp(cause)
    current = undefined
    observe({ pool: name, type: 'replaced', cause })
    if (grace && source.graceMs > 0) void retire(client, cause, source.graceMs)
    else discard(client, cause)
    circuit.trip(cause)
  }

  return {
    /** The client to use now; rejects at once while the server is known to be dead. */
    use: async (): Promise<Client> => {
      await circuit.admit()
      if (closed) throw new Error('the database is closed')
      return (current ??= open())
    },
    replace,
    reachable: (): boolean => circuit.cause === undefined,
    check: probe,
    close: async (): Promise<void> => {
      closed = true
      circuit.stop()
      const client = current
      current = undefined
      if (client) await retire(client, new Error('the database is closed'), closingMs)
    },
  }
}
