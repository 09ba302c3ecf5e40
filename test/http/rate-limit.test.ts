import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Redis, startRedis } from '../support/redis.ts'
import { adminKey, type Called, define, expectProblem, startApp, type TestApp } from './support.ts'

/** So slow that nothing comes back while a test runs. */
const RATE_LIMITS = 'assign=1/h:3,outcome=1/h:3,api=1/h:40,pages=1/h:3,session=1/h:2'

const expectLimited = (answer: Called): void => {
  expectProblem(answer, 'rate_limited')
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
}

const refusedAt = async (app: TestApp): Promise<Record<string, number>> => {
  const { text } = await app.call('GET', '/metrics')
  const found = text.matchAll(/^contender_rate_limited_total\{route="([^"]+)"\} (\d+)$/gm)
  return Object.fromEntries([...found].map(([, route, count]) => [route!, Number(count)]))
}

const slowly = (body: object): ReadableStream =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(JSON.stringify(body)))
      controller.close()
    },
  })

describe('limits of calls', () => {
  let app: TestApp
  const keys: string[] = []
  let token = ''

  const as = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` })
  const assign = { experiment: 'live', unit: 'u' }
  const stored = async (): Promise<number> => {
    const [row] = await app.service.database.api.run((sql) => sql<{ n: number }[]>`select count(*)::int as n from outcome_keys`)
    return row!.n
  }

  beforeAll(async () => {
    app = await startApp({ ADMIN_KEY: adminKey, RATE_LIMITS })
    await define(app)
    for (const name of ['one', 'other', 'third']) {
      const made = await app.must('POST', '/api/keys', { name, scopes: ['assign', 'outcome', 'read'] })
      keys.push(made['key'] as string)
    }
    token = (await app.must('POST', '/assign', assign))['token'] as string
  })
  afterAll(() => app.close())

  it('48 /assign beyond the limit is 429 with Retry-After, whichever way the body comes; other keys go on', async () => {
    const [one, other] = keys as [string, string]
    expect((await app.call('POST', '/assign', assign, as(one))).status).toBe(200)
    expect((await app.call('POST', '/assign/batch', { requests: [assign, assign, assign, assign] }, as(one))).status).toBe(200)
    const json = { 'content-type': 'application/json', ...as(one) }
    expect((await app.send('POST', '/assign', slowly(assign), json)).status).toBe(200)
    expectLimited(await app.call('POST', '/assign', assign, as(one)))
    expectLimited(await app.send('POST', '/assign', slowly(assign), json))
    expectLimited(await app.call('POST', '/assign/batch', { requests: [assign] }, as(one)))
    expect((await app.call('POST', '/assign', assign, as(other))).status).toBe(200)
    expect(await refusedAt(app)).toMatchObject({ '/assign': 2, '/assign/batch': 1 })
  })

  it('an outcome that was refused is not stored, and counts once when it is sent again later', async () => {
    const [one, other] = keys as [string, string]
    const outcome = (id: string) => ({ token, id, measures: { win: 1 } })
    for (const id of ['1', '2']) expect((await app.call('POST', '/outcome', outcome(id), as(one))).status).toBe(200)
    expect((await app.call('POST', '/outcome/batch', { outcomes: [outcome('3')] }, as(one))).status).toBe(200)
    const before = await stored()
    expectLimited(await app.call('POST', '/outcome', outcome('4'), as(one)))
    expectLimited(await app.call('POST', '/outcome/batch', { outcomes: [outcome('4')] }, as(one)))
    expect(await stored()).toBe(before)
    expect((await app.call('POST', '/outcome', outcome('4'), as(other))).body).toEqual({ accepted: 1, duplicates: 0 })
  })

  it('the control plane has one limit a key, over all its calls', async () => {
    const [one, , third] = keys as [string, string, string]
    const paths = ['/api/models', '/api/experiments/live', '/api/experiments/nothing', '/api/metrics?limit=-1']
    for (let call = 0; call < 40; call++) expect((await app.call('GET', paths[call % 4]!, undefined, as(third))).status).not.toBe(429)
    for (const path of paths) expectLimited(await app.call('GET', path, undefined, as(third)))
    expect((await app.call('GET', '/api/models', undefined, as(one))).status).toBe(200)
  })

  it('without a key an address has its own: for pages, and few attempts to hand in a key', async () => {
    const form = (key: string) => app.send('POST', '/session', new URLSearchParams({ key }).toString(), {
      authorization: '', 'content-type': 'application/x-www-form-urlencoded', origin: app.url,
    })
    expect((await form('wrong')).status).toBe(401)
    expect((await form(keys[0]!)).status).toBe(303)
    expectLimited(await form(keys[0]!))
    for (let page = 0; page < 3; page++) expect((await app.call('GET', '/docs')).status).toBe(200)
    // an address that callers may write themselves is nobody's
    expectLimited(await app.call('GET', '/docs', undefined, { 'x-forwarded-for': '203.0.113.9' }))
  })

  it('probes and metrics answer whatever goes on', async () => {
    for (let call = 0; call < 50; call++) expect((await app.call('GET', '/health', undefined, { authorization: '' })).status).toBe(200)
    expect((await app.call('GET', '/ready')).status).toBe(200)
    expect((await app.call('GET', '/metrics')).status).toBe(200)
  })
})

describe('limits with Redis', () => {
  let redis: Redis
  let nodes: [TestApp, TestApp]

  beforeAll(async () => {
    redis = await startRedis()
    const environment = { REDIS_URL: redis.url, RATE_LIMITS: 'assign=1/h:6,pages=1/h:3' }
    nodes = [await startApp(environment), await startApp(environment)]
    for (const node of nodes) await define(node)
  })
  afterAll(async () => {
    redis.resume()
    await Promise.all(nodes.map((node) => node.close()))
    await redis.stop()
  })

  const assignAt = async (node: TestApp): Promise<number> =>
    (await node.call('POST', '/assign', { experiment: 'live', unit: 'u' })).status

  /** A call whose limit Redis knows of: on a busy machine the first ones may have gone without. */
  const shared = async (): Promise<void> => {
    await expect.poll(() => nodes.map((node) => node.service.deps.health.checks()['counters'])).toEqual(['ok', 'ok'])
  }

  it('are shared by nodes', async () => {
    await shared()
    const statuses: number[] = []
    for (let call = 0; call < 12; call++) statuses.push(await assignAt(nodes[call % 2]!))
    expect(statuses.slice(0, 6)).toEqual([200, 200, 200, 200, 200, 200])
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0)
    expect(await assignAt(nodes[1])).toBe(429)
  })

  it('are each node\'s own while Redis hangs, and answers do not wait for it', async () => {
    redis.pause()
    const docs = async (node: TestApp): Promise<number> => (await node.call('GET', '/docs')).status
    for (const node of nodes) {
      const statuses = []
      for (let call = 0; call < 4; call++) statuses.push(await docs(node))
      expect(statuses).toEqual([200, 200, 200, 429])
    }
    redis.resume()
  })
})
