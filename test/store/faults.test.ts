import { EventEmitter, once } from 'node:events'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connect, connectPerRequest, DatabaseUnavailable } from '../../src/store/connect.ts'
import type { Database, Pool, PoolEvent } from '../../src/store/connect.ts'
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts'
import { freshDatabase, type Postgres, startPostgres } from '../support/postgres.ts'

/** A server of its own, because these tests stop and stall it. */
let server: Postgres
let proxy: FaultProxy
let database: Database
let throughProxy: string

/** What the pools report: `ingest recovered` and the like. */
let events: EventEmitter

beforeAll(async () => {
  server = await startPostgres()
  proxy = await startFaultProxy({ host: '127.0.0.1', port: server.port })
})
afterAll(async () => {
  await proxy.stop()
  await server.stop()
})
beforeEach(async () => {
  const address = new URL(await freshDatabase(server.url, { migrated: false }))
  address.port = String(proxy.port)
  throughProxy = address.href
  events = new EventEmitter()
  const observe = ({ pool, type }: PoolEvent): void => void events.emit(`${pool} ${type}`)
  database = await connect({ databaseUrl: throughProxy, observe })
  await database.ingest.run((sql) => sql`create table notes (n int primary key)`)
})
afterEach(async () => {
  proxy.pass()
  await database.close()
})

const select = () => database.ingest.run((sql) => sql`select 1`)
const failure = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'answered',
    (error: unknown) => error,
  )

/** Calls fail in bounded time while the fault lasts, then at once; after it the pool comes back by itself. */
const failsAndRecovers = async (repair: () => unknown): Promise<void> => {
  const first = await Promise.all([select(), select(), select()].map(failure))
  expect(first).toEqual(first.map(() => expect.any(DatabaseUnavailable)))
  await expect(select()).rejects.toThrow(DatabaseUnavailable)
  expect(database.reachable()).toBe(false)
  const recovered = once(events, 'ingest recovered')
  await repair()
  await recovered
  expect(await select()).toEqual([{ '?column?': 1 }])
}

describe('when PostgreSQL fails', () => {
  it('stopped and started', async () => {
    await server.stop()
    await failsAndRecovers(server.restart)
    expect(database.reachable()).toBe(true)
  })

  it('killed and started', async () => {
    await server.kill('SIGKILL')
    await failsAndRecovers(server.restart)
  })

  it('hung, with connections open', async () => {
    await server.kill('SIGSTOP')
    await failsAndRecovers(() => server.kill('SIGCONT'))
  })

  it('behind a proxy that hangs', async () => {
    proxy.timeout()
    await failsAndRecovers(proxy.pass)
  })

  it('behind a proxy that resets', async () => {
    proxy.reset()
    await failsAndRecovers(proxy.pass)
  })

  it('behind a proxy that accepts and closes, without a storm of connections', async () => {
    proxy.fin()
    const before = proxy.connections()
    await failsAndRecovers(proxy.pass)
    expect(proxy.connections() - before).toBeLessThan(30)
  })

  it('in the middle of transactions, which then clean up after themselves', async () => {
    const lose = (pool: Pool) =>
      pool.transaction(async (db) => {
        await db.execute('insert into notes values (1)')
        proxy.reset()
        await db.transaction((inner) => inner.execute('select 1')).catch(() => {})
        await db.execute('select 1')
      })
    const errors = await Promise.all([database.ingest, database.api, database.engine].map(lose).map(failure))
    expect(errors).toEqual(errors.map(() => expect.objectContaining({ mayHaveHappened: false })))
    await failsAndRecovers(proxy.pass)
    expect(await database.ingest.run((sql) => sql`select n from notes`)).toEqual([])
  })

  it('not there from the beginning', async () => {
    proxy.fin()
    const early = await connect({ databaseUrl: throughProxy })
    await expect(early.api.run((sql) => sql`select 1`)).rejects.toThrow(DatabaseUnavailable)
    await early.close()
  })

  it('loses one connection: the next caller does not notice', async () => {
    const [mine] = await database.ingest.run((sql) => sql<{ pid: number }[]>`select pg_backend_pid() as pid`)
    const sleeping = failure(database.ingest.begin((tx) => tx`select pg_sleep(30)`))
    await database.engine.run(async (sql) => {
      const others = sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'contender-ingest'`
      expect((await others).length).toBeGreaterThan(0)
    })
    expect(await sleeping).toBeInstanceOf(DatabaseUnavailable)
    const [next] = await database.ingest.run((sql) => sql<{ pid: number }[]>`select pg_backend_pid() as pid`)
    expect(next?.pid).not.toBe(mine?.pid)
  })
})

describe('what a failed call says about its work', () => {
  it('may have happened: a statement without an answer', async () => {
    await server.kill('SIGSTOP')
    const error = await failure(database.ingest.run((sql) => sql`insert into notes values (1)`))
    expect(error).toMatchObject({ mayHaveHappened: true, retryAfterSeconds: 1 })
    await once(events, 'ingest unavailable')
    const recovered = once(events, 'ingest recovered')
    await server.kill('SIGCONT')
    await recovered
  })

  it('has not happened: a transaction whose work did not finish, or a call that was never started', async () => {
    const unfinished = database.ingest.begin(async (tx) => {
      await tx`insert into notes values (2)`
      proxy.timeout()
      await tx`insert into notes values (3)`
    })
    expect(await failure(unfinished)).toMatchObject({ mayHaveHappened: false })
    expect(await failure(select())).toMatchObject({ mayHaveHappened: false })
    const recovered = once(events, 'ingest recovered')
    proxy.pass()
    await recovered
    expect(await database.ingest.run((sql) => sql`select n from notes`)).toEqual([])
  })

  it('is the database’s own answer when there is one', async () => {
    await expect(database.ingest.run((sql) => sql`select 1 / 0`)).rejects.toMatchObject({ code: '22012' })
    const wrapped = database.ingest.query((db) => db.execute('select 1 / 0'))
    await expect(wrapped).rejects.toMatchObject({ cause: { code: '22012' } })
    expect(database.reachable()).toBe(true)
  })
})

describe('a slow server', () => {
  it('ends a statement that outlives the server’s limit, and keeps the client', async () => {
    let replaced = 0
    events.on('api replaced', () => replaced++)
    await expect(database.api.run((sql) => sql`select pg_sleep(30)`)).rejects.toMatchObject({ code: '57014' })
    expect(replaced).toBe(0)
  })

  it('lets others finish when one call passes its deadline', async () => {
    const longer = database.api.run((sql) => sql`select pg_sleep(2), 7 as n`)
    await database.api.run((sql) => sql`select 1`)
    const shorter = failure(database.api.run((sql) => sql`select pg_sleep(2)`, { deadlineMs: 500 }))
    await database.api.run((sql) => sql`select 1`)
    expect(await shorter).toBeInstanceOf(DatabaseUnavailable)
    expect(await longer).toMatchObject([{ n: 7 }])
    await database.api.run((sql) => sql`select 1`)
  })
})

describe('a connection for one request', () => {
  it('works, and leaves nothing open', async () => {
    const connection = connectPerRequest(throughProxy)
    expect(await connection.pool.run((sql) => sql`select 5::int8 as n`)).toEqual([{ n: 5 }])
    await connection.close()
    const [row] = await database.api.run(
      (sql) => sql<{ n: number }[]>`select count(*) as n from pg_stat_activity
        where application_name = 'contender-edge' and datname = current_database()`,
    )
    expect(row?.n).toBe(0)
  })

  it('fails in bounded time', async () => {
    proxy.timeout()
    const connection = connectPerRequest(throughProxy)
    await expect(connection.pool.run((sql) => sql`select 1`)).rejects.toThrow(DatabaseUnavailable)
    await connection.close()
  })
})
