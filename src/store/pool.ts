import type { Sql, TransactionSql } from './client.ts'
import { type Call, type Client, createClients, GivenUp, messageOf, type PoolEvent, type Source, within } from './clients.ts'
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

export type PoolOptions = { name: string; deadlineMs: number; maxPending: number }

/** A call as the pool follows it. `done`: its transaction's work has ended, so a commit may be under way. */
type Tracked = Call & { started: boolean; done: boolean }

class Expired extends Error {}

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
