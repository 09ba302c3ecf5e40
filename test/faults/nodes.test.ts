import { describe, expect, it } from 'vitest'
import { freshPostgres } from '../support/fresh.ts'
import { startRedis } from '../support/redis.ts'
import { type Service, call, defineDemo, startService, until } from '../support/service.ts'

const leads = async (service: Service): Promise<boolean> => {
  const response = await fetch(`${service.url}/metrics`)
  return /^contender_engine_leader(\{[^}]*\})? 1$/m.test(await response.text())
}

describe('two nodes on one PostgreSQL and one Redis', () => {
  it('have one leader, assign alike, follow a change at once, and replace a leader that dies', async () => {
    const redis = await startRedis()
    const environment = { DATABASE_URL: await freshPostgres(), REDIS_URL: redis.url }
    const first = await startService(environment)
    await until(() => leads(first))
    const second = await startService(environment)
    await defineDemo(first)

    await until(async () => (await second.call('POST', '/assign', { experiment: 'demo', unit: 'u' })).body['variant'] !== undefined)
    for (let index = 0; index < 300; index++) {
      const request = { experiment: 'demo', unit: `unit-${index}` }
      const [a, b] = await Promise.all([first, second].map((node) => call(node.url, 'POST', '/assign', request)))
      expect(a!.body['variant']).toBe(b!.body['variant'])
      expect(a!.body['reason']).toBe('split')
      // What one node assigned, the other can count.
      const outcome = await second.call('POST', '/outcome', { token: a!.body['token'], measures: { win: 1 } })
      expect(outcome.body).toEqual({ accepted: 1, duplicates: 0 })
    }
    expect(await leads(second)).toBe(false)

    await first.kill('SIGKILL')
    await until(() => leads(second))
    await second.kill('SIGTERM')
    await redis.stop()
  })
})
