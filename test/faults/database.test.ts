import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts'
import { freshDatabase, type Postgres, startPostgres } from '../support/postgres.ts'
import { defineDemo, type Service, startService, until } from '../support/service.ts'

/** A server of its own, because these tests stop and stall it. */
let postgres: Postgres
let proxy: FaultProxy
let service: Service
let token: string
let nextId = 0

const assign = () => service.call('POST', '/assign', { experiment: 'demo', unit: `unit-${nextId++}` })
const outcome = (id = `o-${nextId++}`) => service.call('POST', '/outcome', { token, id, measures: { win: 1 } })

/** While the database is away: assignments answer, outcomes say when to come back, in bounded time. */
const degraded = async (): Promise<void> => {
  for (let round = 0; round < 3; round++) {
    expect((await assign()).status).toBe(200)
    const asked = performance.now()
    const refused = await outcome()
    expect(refused.status).toBe(503)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(refused.body['code']).toBe('unavailable')
    // after 2 s, on a machine that has time; a driver left alone would wait for half a minute and longer
    expect(performance.now() - asked, 'answered in bounded time').toBeLessThan(20_000)
  }
  expect((await service.call('GET', '/health')).status).toBe(200)
}

/** Back by itself: the same outcome sent again is stored exactly once. */
const recovered = async (id: string): Promise<void> => {
  await until(async () => (await outcome(id)).status === 200)
  expect((await outcome(id)).body).toEqual({ accepted: 0, duplicates: 1 })
}

beforeAll(async () => {
  postgres = await startPostgres()
  const url = new URL(await freshDatabase(postgres.url))
  proxy = await startFaultProxy({ host: '127.0.0.1', port: Number(url.port) })
  url.port = String(proxy.port)
  service = await startService({ DATABASE_URL: url.href })
  await defineDemo(service)
  token = (await assign()).body['token'] as string
  return async () => {
    await service.kill('SIGTERM')
    await proxy.stop()
    await postgres.stop()
  }
})

afterEach(() => proxy.pass())

describe('while PostgreSQL is away, /assign goes on and /outcome says when to come back', () => {
  it('stopped', async () => {
    await postgres.stop()
    await degraded()
    await postgres.restart()
    await recovered('after-stop')
  })

  it('hung', async () => {
    postgres.kill('SIGSTOP')
    await degraded()
    postgres.kill('SIGCONT')
    await recovered('after-hang')
  })

  it('behind a proxy that accepts and closes', async () => {
    proxy.fin()
    const before = proxy.connections()
    await degraded()
    expect(proxy.connections() - before, 'no storm of reconnects').toBeLessThan(100)
    proxy.pass()
    await recovered('after-fin')
  })
})
