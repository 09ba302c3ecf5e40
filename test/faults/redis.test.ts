import { beforeAll, describe, expect, it } from 'vitest'
import { freshPostgres } from '../support/fresh.ts'
import { type Redis, startRedis } from '../support/redis.ts'
import { call, defineDemo, type Service, startService } from '../support/service.ts'

let redis: Redis
let service: Service

beforeAll(async () => {
  redis = await startRedis()
  service = await startService({ DATABASE_URL: await freshPostgres(), REDIS_URL: redis.url })
  await defineDemo(service, { stickiness: 'first-touch' })
  return async () => {
    await service.kill('SIGTERM')
    await redis.stop()
  }
})

const serveAll = async (prefix: string): Promise<string[][]> => {
  const degraded: string[][] = []
  for (let index = 0; index < 60; index++) {
    const assigned = await call(service.url, 'POST', '/assign', { experiment: 'demo', unit: `${prefix}-${index}` })
    expect(assigned.status).toBe(200)
    degraded.push(assigned.body['degraded'] as string[])
    const outcome = await call(service.url, 'POST', '/outcome', { token: assigned.body['token'], measures: { win: index % 2 } })
    expect(outcome).toMatchObject({ status: 200, body: { accepted: 1, duplicates: 0 } })
  }
  return degraded
}

describe('Redis never fails an answer', () => {
  it('while it is well, it remembers who got what: an answer in 25 ms is the rule, even on a busy machine', async () => {
    const answers = await serveAll('well')
    expect(answers.filter((parts) => parts.length === 0).length).toBeGreaterThan(answers.length / 2)
  })

  it('hung: first touch falls back to the hash and says so', async () => {
    redis.pause()
    expect((await serveAll('hung')).every((parts) => parts.includes('counters'))).toBe(true)
    redis.resume()
  })

  it('stopped', async () => {
    await redis.stop()
    expect((await serveAll('stopped')).every((parts) => parts.includes('counters'))).toBe(true)
  })
})
