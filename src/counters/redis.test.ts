import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Redis, startRedis, startRedisCluster } from '../../test/support/redis.ts'
import { countersContract } from './contract.ts'
import type { Counters } from './port.ts'
import { createRedisCounters } from './redis.ts'

/** What is tested is what it answers, not whether a busy machine lets it in time. */
const patienceMs = 2_000

const unit = 'a'.repeat(32)

/** Generously more than any call may take, and less than any time-out that a driver has by itself. */
const soon = <T>(call: Promise<T>): Promise<T | 'late'> =>
  Promise.race([call, new Promise<'late'>((resolve) => setTimeout(resolve, 5_000, 'late'))])

const degraded = (counters: Counters) => expect.poll(() => counters.health()).toBe('degraded')
const well = (counters: Counters, experiment: number) =>
  vi.waitFor(async () => expect(await counters.firstTouch(experiment, unit, 1, 600)).toBe(1), 60_000)

/** Every awaited call gives its fallback, soon. */
const fallsBack = async (counters: Counters): Promise<void> => {
  await expect.poll(() => soon(counters.firstTouch(1, unit, 0, 60))).toBeNull()
  await degraded(counters)
  expect(await soon(counters.reassign(1, unit, 0, 1, 60))).toBeNull()
  expect(await soon(counters.servedCounts(1))).toBeNull()
  expect(await soon(counters.recent(1, 2, 0))).toBeNull()
  const key = `alone-${Math.random()}`
  const limited = []
  for (let call = 0; call < 4; call++) limited.push(await soon(counters.allow(key, 1, 3, 0)))
  expect(limited).toEqual([{ allowed: true }, { allowed: true }, { allowed: true }, { allowed: false, retryAfterSeconds: 1 }])
  expect(await soon(counters.publish(1))).toBeUndefined()
  counters.served(1, 0)
  counters.observe(1, 0, 2, 1, 0)
  await expect.poll(() => counters.dropped()).toBeGreaterThanOrEqual(3)
}

describe('counters in Redis', () => {
  let redis: Redis
  beforeAll(async () => {
    redis = await startRedis()
    return () => redis.stop()
  })
  countersContract(async () => createRedisCounters({ url: redis.url, budgetMs: patienceMs }))

  it('answer the first call on a connection that is only being made', async () => {
    // a busy machine may need more than the budget now and then; one that never waits would never answer
    await expect.poll(async () => {
      const counters = createRedisCounters({ url: redis.url })
      const answer = await counters.firstTouch(21, unit, 1, 60)
      await counters.close()
      return answer
    }).toBe(1)
  })

  it('write what is pending before they close, even when they just opened', async () => {
    const brief = createRedisCounters({ url: redis.url })
    brief.served(22, 1)
    await brief.close()
    expect(brief.dropped()).toBe(0)
    const later = createRedisCounters({ url: redis.url })
    await expect.poll(() => later.servedCounts(22)).toEqual([0, 1])
    await later.close()
  })
})

describe('counters in a Redis Cluster', () => {
  let cluster: Awaited<ReturnType<typeof startRedisCluster>>
  beforeAll(async () => {
    cluster = await startRedisCluster()
    return () => cluster.stop()
  })
  countersContract(async () => createRedisCounters({ url: cluster.url, budgetMs: patienceMs }))

  it('survive its nodes hanging, then all of them being replaced', async () => {
    const counters = createRedisCounters({ url: cluster.url })
    const heard: number[] = []
    counters.subscribe((version) => heard.push(version))
    await well(counters, 31)
    for (const node of cluster.nodes) node.pause()
    await fallsBack(counters)
    for (const node of cluster.nodes) node.resume()
    await well(counters, 32)
    await Promise.all(cluster.nodes.map((node) => node.restart()))
    await well(counters, 33)
    await expect.poll(async () => {
      await counters.publish(61)
      return heard.includes(61)
    }).toBe(true)
    await counters.close()
  })

  it('hear publications through another node when the first is gone', async () => {
    const [first, ...others] = cluster.nodes
    const url = ['redis://127.0.0.1:1', ...others.map((node) => node.url), first?.url].join(',')
    const counters = createRedisCounters({ url })
    const heard: number[] = []
    counters.subscribe((version) => heard.push(version))
    await expect.poll(async () => {
      await counters.publish(62)
      return heard.includes(62)
    }).toBe(true)
    await counters.close()
  })
})

describe('a Redis that is away', () => {
  let redis: Redis
  let counters: Counters

  beforeAll(async () => {
    redis = await startRedis()
    counters = createRedisCounters({ url: redis.url })
    await well(counters, 1)
  })
  afterAll(async () => {
    await counters.close()
    await redis.stop()
  })

  it('hung: answers fall back, and it is used again when it comes to', async () => {
    redis.pause()
    await fallsBack(counters)
    redis.resume()
    await well(counters, 2)
    expect(counters.health()).toBe('ok')
  })

  it('stopped: answers fall back, and another server is taken as it is, listeners included', async () => {
    const heard: number[] = []
    const leave = counters.subscribe((version) => heard.push(version))
    await redis.stop()
    await fallsBack(counters)
    await redis.restart()
    await well(counters, 3)
    await expect.poll(async () => {
      await counters.publish(71)
      return heard.includes(71)
    }).toBe(true)
    leave()
    await expect.poll(() => counters.firstTouch(1, unit, 4, 60)).toBe(4)
  })

  it('never there: everything falls back, and closing ends', async () => {
    const lonely = createRedisCounters({ url: 'redis://127.0.0.1:1' })
    await fallsBack(lonely)
    lonely.served(1, 0)
    expect(await soon(lonely.close())).toBeUndefined()
    expect(lonely.dropped()).toBeGreaterThanOrEqual(4)
  })
})
