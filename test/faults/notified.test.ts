import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config.ts'
import { openService, type Service } from '../../src/entry/service.ts'
import { freshPostgres } from '../support/fresh.ts'

const silent = { info: () => {}, warn: () => {}, error: console.error }
const hour = 3_600_000

describe('two nodes on one PostgreSQL without Redis, neither of which polls', () => {
  let one: Service
  let other: Service

  beforeAll(async () => {
    const config = parseConfig({ DATABASE_URL: await freshPostgres(), ENGINE: 'off' })
    one = await openService(config, silent, Date.now, hour)
    other = await openService(config, silent, Date.now, hour)
  })
  afterAll(() => Promise.all([one?.close(), other?.close()]))

  const define = async (key: string): Promise<void> => {
    const response = await one.app.hono.fetch(new Request('http://localhost/api/models', {
      method: 'POST', headers: { 'content-type': 'application/json', host: 'localhost' }, body: JSON.stringify({ key }),
    }))
    expect(response.status).toBe(201)
  }
  const seen = (service: Service, key: string): boolean => service.live.current()?.models.has(key) ?? false

  it('what one is told, the other serves', async () => {
    for (const key of ['first', 'second', 'third']) {
      await define(key)
      expect(seen(one, key)).toBe(true)
      await expect.poll(() => seen(other, key)).toBe(true)
    }
  })

  it('what was changed in the database itself is served by both, and told on', async () => {
    const heard: number[] = []
    other.live.subscribe((version) => heard.push(version))
    const before = other.live.current()?.version ?? 0
    await one.database.api.run((sql) => sql`
      with published as (update publication set version = version + 1 returning version)
      select pg_notify('contender_snapshot', version::text) from published`)
    await expect.poll(() => [one, other].map(({ live }) => live.current()?.version)).toEqual([before + 1, before + 1])
    expect(heard).toEqual([before + 1])
  })
})
