import { knowArrays } from './arrays.ts'
import { createCircuit } from './circuit.ts'
import type { Sql, TransactionSql } from './client.ts'
import { orm, type Db } from './orm.ts'
import { DatabaseUnavailable, isConnectionFailure } from './unavailable.ts'

export type CallOptions = {
  /** Milliseconds until the caller gets an answer, whatever the database does. */
  deadlineMs?: number
}

export type TransactionOptions = CallOptions & {
  /**
   * Statements (`set local …`) that open the transaction. `work` sends all of its own at once, needing none of their
   * answers: then the whole of it, begin to commit, is sent in one journey where the client can. After an error the
   * server skips the rest and rolls back. Once it is sent whole, it may have happened.
   */
  together?: string
}

/**
 * A database client that outlives its connections. Never keep the `sql` of a call: a client that stops
 * answering is replaced. Every call settles within its deadline; rejects with DatabaseUnavailable when the
 * database does not serve, with the database's own PostgresError otherwise.
 */
export type Pool = {
  /** Run one statement, or several that need no transaction. */
  run<T>(work: (sql: Sql) => Promise<T> | PromiseLike<T>, options?: CallOptions): Promise<T>
  /** The same with drizzle. */
  query<T>(work: (db: Db) => Promise<T> | PromiseLike<T>, options?: CallOptions): Promise<T>
  /** One transaction: committed when `work` resolves, rolled back when it throws. Use only its own `tx` inside. */
  begin<T>(work: (tx: TransactionSql) => Promise<T> | PromiseLike<T>, options?: TransactionOptions): Promise<T>
  /** The same with drizzle. */
  transaction<T>(work: (db: Db) => Promise<T> | PromiseLike<T>, options?: CallOptions): Promise<T>
}

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

export type PoolOptions = { name: string; deadlineMs: number; maxPending: number }

type Client = Opened & {
  /** When it last answered, milliseconds. */
  answered: number
  /** Do some work with it; rejects with GivenUp when the client is given up meanwhile. */
  use<T>(work: (sql: Sql) => PromiseLike<T>): Promise<T>
  giveUp(cause: unknown): void
}

class Expired extends Error {}
class GivenUp extends Error {}

const messageOf = (cause: unknown): string => {
  if (cause instanceof GivenUp) return messageOf(cause.cause)
  if (cause instanceof AggregateError) return messageOf(cause.errors[0])
  return cause instanceof Error ? cause.message : String(cause)
}

/** Milliseconds that calls under way have when the database is closed. */
const closingMs = 5_000

/** Settle as `promise` does, or reject with `expired()` after `ms` milliseconds. */
const within = async <T>(ms: number, promise: Promise<T>, expired: () => Error): Promise<T> => {
  const { promise: deadline, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(expired()), ms)
  try {
    return await Promise.race([promise, deadline])
  } finally {
    clearTimeout(timer)
  }
}

/** The current client of a server: opened when first needed, given up when it fails, looked for again. */
const createClients = (source: Source, name: string, observe: (event: PoolEvent) => void) => {
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

/** A transaction in one journey: see `together`. */
const sendWhole = async <T>(sql: Sql, tracked: Tracked, opening: string, work: (tx: TransactionSql) => PromiseLike<T>): Promise<T> => {
  const connection = await sql.reserve()
  if (tracked.expired) {
    connection.release()
    throw new Expired('expired before it began')
  }
  tracked.done = true
  // by itself a statement leaves when it is awaited, which would be after the commit
  const unsafe = ((...statement: Parameters<Sql['unsafe']>) => connection.unsafe(...statement).execute()) as TransactionSql['unsafe']
  const opened = unsafe(`begin; ${opening}`)
  const worked = work({ unsafe } as TransactionSql)
  const ended = unsafe('commit')
  const settled = await Promise.allSettled([opened, worked, ended])
  const failed = settled.find((one) => one.status === 'rejected')
  // a connection that was lost goes with its client
  if (!isConnectionFailure(failed?.reason)) connection.release()
  if (failed) throw failed.reason
  return worked
}

/** A call as the pool follows it. `done`: its transaction's work has ended, so a commit may be under way. */
type Tracked = Call & { started: boolean; done: boolean }

export type Server = {
  /** A pool over this server's client, with a name and limits of its own. */
  pool(options: PoolOptions): Pool
  /** Connect now, and reject when that fails; without it the first call connects. */
  check(): Promise<void>
  /** False from a failure until the server has answered again. */
  reachable(): boolean
  close(): Promise<void>
}

/** Pools over one server's client. Several pools may share it; then one's failure is everybody's. */
export const createServer = (source: Source, name: string, observe: (event: PoolEvent) => void): Server => {
  const clients = createClients(source, name, observe)
  const calls = new Set<Tracked>()

  const call = async <T>(
    options: PoolOptions,
    deadlineMs: number,
    transactional: boolean,
    work: (sql: Sql, tracked: Tracked, client: Client) => PromiseLike<T>,
  ): Promise<T> => {
    const tracked: Tracked = { since: performance.now(), started: false, begun: false, done: false, expired: false }
    let client: Client | undefined

    const unavailable = (cause: unknown): DatabaseUnavailable => {
      const mayHaveHappened = transactional ? tracked.done : tracked.started
      const message = `the database is not available (${options.name}): ${messageOf(cause)}`
      return new DatabaseUnavailable(message, { mayHaveHappened, cause })
    }
    const attempt = async (): Promise<T> => {
      const used = await clients.use()
      client = used
      if (tracked.expired) throw new Expired()
      tracked.started = true
      return used.use((sql) => work(sql, tracked, used))
    }
    const expire = (): Error => {
      tracked.expired = true
      return new Expired(`no answer within ${deadlineMs} ms`)
    }

    if (calls.size >= options.maxPending) throw unavailable(new Error(`${calls.size} calls wait already`))
    calls.add(tracked)
    try {
      return await within(deadlineMs, attempt(), expire)
    } catch (error) {
      if (!client || error instanceof GivenUp) throw unavailable(error)
      if (error instanceof Expired) {
        observe({ pool: options.name, type: 'deadline', cause: error })
        const others = [...calls].filter((other) => other !== tracked)
        const blamed = source.blame?.(tracked, others) ?? true
        if (blamed) clients.replace(client, error, client.answered > tracked.since)
        throw unavailable(error)
      }
      if (isConnectionFailure(error)) {
        clients.replace(client, error, true)
        throw unavailable(error)
      }
      client.answered = performance.now()
      throw error
    } finally {
      calls.delete(tracked)
    }
  }

  const pool = (options: PoolOptions): Pool => {
    const run: Pool['run'] = (work, { deadlineMs = options.deadlineMs } = {}) =>
      call(options, deadlineMs, false, async (sql) => work(sql))

    const begin: Pool['begin'] = <T>(
      work: (tx: TransactionSql) => PromiseLike<T> | Promise<T>,
      { deadlineMs = options.deadlineMs, together }: TransactionOptions = {},
    ) =>
      call(options, deadlineMs, true, async (sql, tracked, client) => {
        if (together !== undefined && (await client.whole?.())) return sendWhole(sql, tracked, together, work)
        let result: T | undefined
        await sql.begin(async (tx) => {
          if (tracked.expired) throw new Expired('expired before it began')
          tracked.begun = true
          const opened = together === undefined ? null : tx.unsafe(together).execute()
          ;[result] = await Promise.all([work(tx), opened])
          if (tracked.expired) throw new Expired('expired before it could commit')
          tracked.done = true
        })
        return result as T
      })

    return {
      run,
      begin,
      query: (work, asked) => run((sql) => work(orm(sql)), asked),
      transaction: (work, asked) => begin((tx) => work(orm(tx)), asked),
    }
  }

  return { pool, check: clients.check, reachable: clients.reachable, close: clients.close }
}
