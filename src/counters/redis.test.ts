import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Redis, startRedis, startRedisCluster } from '../../test/support/redis.ts'
import { countersContract } from './contract.ts'
import type { Counters } from './port.ts'
import { createRedisCounters } from './redis.ts'

describe('counters in Redis', () => {
  let redis: Redis
  beforeAll(async () => {
    redis = await startRedis()
    return () => redis.stop()
  })
  countersContract(async () => createRedisCounters({ url: redis.url }))
})

describe('counters in a Redis Cluster', () => {
  let cluster: Awaited<ReturnType<typeof startRedisCluster>>
  beforeAll(async () => {
    cluster = await startRedisCluster()
    return () => cluster.stop()
  })
  countersContract(async () => createRedisCounters({ url: cluster.url }))
})

describe('a Redis that is away', () => {
  let redis: Redis
  let counters: Counters
  const unit = 'a'.repeat(32)
  const well = () => vi.waitFor(async () => expect(await counters.firstTouch(1, unit, 1, 600)).toBe(1), 10_000)

  /** Every awaited call gives its fallback. */
  const fallbacks = async (): Promise<void> => {
    await expect.poll(() => counters.firstTouch(1, unit, 0, 60)).toBeNull()
    expect(await counters.reassign(1, unit, 0, 1, 60)).toBeNull()
    expect(await counters.servedCounts(1)).toBeNull()
    expect(await counters.window(1, 2, 0)).toBeNull()
    expect(await counters.allow('k', 1, 1, 0)).toEqual({ allowed: true })
    await counters.publish(1)
    counters.served(1, 0)
    expect(counters.health()).toBe('degraded')
  }

  beforeAll(async () => {
    redis = await startRedis()
    counters = createRedisCounters({ url: redis.url })
    await well()
  })
  afterAll(async () => {
    await counters.close()
    await redis.stop()
  })

  it('hung: answers fall back, and it is used again when it comes to', async () => {
    redis.pause()
    await fallbacks()
    redis.resume()
    await well()
    expect(counters.health()).toBe('ok')
  })

  it('stopped: answers fall back, and another server is taken as it is', async () => {
    await redis.stop()
    await fallbacks()
    redis = await startRedis(['--port', String(redis.port)])
    await expect.poll(() => counters.firstTouch(2, unit, 3, 60), { timeout: 10_000 }).toBe(3)
  })
})
