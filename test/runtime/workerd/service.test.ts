import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Redis as Client } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy.ts'
import { freshDatabase, type Postgres, startPostgres } from '../../support/postgres.ts'
import { type Redis, startRedis } from '../../support/redis.ts'
import { countedOutcomes, defineDemo, type Service, startService, until } from '../../support/service.ts'
import { type Bundle, bundleWorker, type Edge, edgeAdminKey, startEdge } from '../../support/workerd.ts'

/** One database and one Redis, a Node service and the same service in workerd on both. */
let bundle: Bundle
let postgres: Postgres
let redis: Redis
let proxy: FaultProxy
let databaseUrl: string
let node: Service
let edge: Edge

type Assigned = { variant: string; reason: string; propensity: number; token: string; degraded: string[] }

const units = Array.from({ length: 200 }, (_, index) => `unit-${index}`)
const assignAt = async (at: Pick<Service, 'call'>, unit: string, experiment = 'demo'): Promise<Assigned> => {
  const { status, body } = await at.call('POST', '/assign', { experiment, unit })
  if (status !== 200) throw new Error(`/assign answered ${status}: ${JSON.stringify(body)}`)
  return body as Assigned
}
const reportAt = async (at: Pick<Service, 'call'>, token: string, id: string) =>
  (await at.call('POST', '/outcome', { token, id, measures: { win: true } })).body

const defineMetric = (at: Pick<Service, 'call'>, key: string) =>
  at.call('POST', '/api/metrics', { key, kind: 'conversion', measure: key, direction: 'increase' })

const defineSticky = async (): Promise<void> => {
  const must = async (path: string, body: unknown): Promise<void> => {
    const answer = await edge.call('POST', path, body)
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  }
  await must('/api/models', { key: 'sticky' })
  for (const version of ['1', '2']) await must('/api/models/sticky/versions', { version, payload: null })
  await must('/api/experiments', {
    key: 'sticky', model: 'sticky', unguarded: true, stickiness: 'first-touch', stages: [{ allocation: 'fixed' }],
    variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }],
    metrics: [{ metric: 'win', role: 'decision' }],
  })
  await must('/api/experiments/sticky/actions', { action: 'start', reason: 'test' })
}

beforeAll(async () => {
  ;[bundle, postgres, redis] = await Promise.all([bundleWorker(), startPostgres(), startRedis()])
  databaseUrl = await freshDatabase(postgres.url)
  node = await startService({ DATABASE_URL: databaseUrl, REDIS_URL: redis.url, ENGINE: 'off' })
  proxy = await startFaultProxy({ host: '127.0.0.1', port: postgres.port })
  const through = Object.assign(new URL(databaseUrl), { port: String(proxy.port) }).href
  edge = await startEdge(bundle, { DATABASE_URL: through, REDIS_URL: redis.url })
})

afterAll(async () => {
  await edge?.stop()
  await node?.kill('SIGTERM')
  await proxy?.stop()
  await redis?.stop()
  await postgres?.stop()
  await bundle?.remove()
})

describe('the bundle', () => {
  it('leaves out what cannot run there', () => {
    const packages = /node_modules\/(@electric-sql|pino|prom-client|@hono\/node-server|commander)/
    const ours = /src\/(store\/(embedded|migrate)|entry\/(node|cli|service|metrics|demo))/
    expect(bundle.inputs).toEqual(expect.arrayContaining(['src/entry/worker.ts', 'node_modules/hono/dist/index.js']))
    expect(bundle.inputs.filter((input) => packages.test(input) || ours.test(input))).toEqual([])
  })

  it('asks the runtime only for modules that it has', () => {
    const provided = new Set([
      '<runtime>', 'cloudflare:sockets', 'assert', 'async_hooks', 'buffer', 'crypto', 'diagnostics_channel', 'dns',
      'events', 'net', 'stream', 'tls', 'tty', 'url', 'util', 'zlib',
      'supports-color', // the Redis client's logger tries it, and does without
    ])
    expect(bundle.externals.map((name) => name.replace(/^node:/, '')).filter((name) => !provided.has(name))).toEqual([])
  })
})

describe('the service in workerd', () => {
  it('defines, starts, assigns, takes outcomes once, and reports', async () => {
    await defineDemo(edge)
    const tokens = await Promise.all(units.slice(0, 20).map(async (unit) => (await assignAt(edge, unit)).token))
    for (const [index, token] of tokens.entries()) {
      expect(await reportAt(edge, token, `first-${index}`)).toEqual({ accepted: 1, duplicates: 0 })
    }
    expect(await reportAt(edge, tokens[0]!, 'first-0')).toEqual({ accepted: 0, duplicates: 1 })
    expect(await countedOutcomes(edge)).toBe(20)
    const { body } = await edge.call('GET', '/api/experiments/demo/report')
    expect(body).toMatchObject({ experiment: 'demo', state: 'running', units: 20 })
  })

  it('writes the exposures of units that never report', async () => {
    for (const unit of units.slice(20, 40)) await assignAt(edge, unit)
    await until(async () => (await edge.call('GET', '/api/experiments/demo/report')).body['units'] === 40)
  })

  it('takes a batch of outcomes', async () => {
    const { token } = await assignAt(edge, 'batched')
    const measures = { win: 1 }
    const outcomes = [{ token, id: 'b1', measures }, { token, id: 'b1', measures }, { token: 'x', measures }]
    const { body } = await edge.call('POST', '/outcome/batch', { outcomes })
    expect(body).toMatchObject({ accepted: 1, duplicates: 1, rejected: [{ index: 2, code: 'bad_token' }] })
  })

  it('assigns as Node does', async () => {
    const decided = ({ variant, reason, propensity }: Assigned) => ({ variant, reason, propensity })
    const there = await Promise.all(units.map((unit) => assignAt(node, unit)))
    const here = await Promise.all(units.map((unit) => assignAt(edge, unit)))
    expect(here.map(decided)).toEqual(there.map(decided))
    expect(new Set(here.map(({ variant }) => variant))).toEqual(new Set(['a', 'b']))
  })

  it('takes the tokens of Node, and Node takes its own', async () => {
    const [there, here] = [await assignAt(node, 'cross-1'), await assignAt(edge, 'cross-2')]
    expect(await reportAt(edge, there.token, 'cross-1')).toEqual({ accepted: 1, duplicates: 0 })
    expect(await reportAt(node, there.token, 'cross-1')).toEqual({ accepted: 0, duplicates: 1 })
    expect(await reportAt(node, here.token, 'cross-2')).toEqual({ accepted: 1, duplicates: 0 })
    expect(await reportAt(edge, here.token, 'cross-2')).toEqual({ accepted: 0, duplicates: 1 })
  })

  it('answers the snapshot with an ETag, and 304 while it has not changed', async () => {
    const first = await edge.call('GET', '/snapshot')
    expect(first.status).toBe(200)
    expect(first.body).toMatchObject({ format: 1, experiments: [{ key: 'demo' }] })
    const headers = { 'if-none-match': first.headers.get('etag')! }
    const again = await edge.call('GET', '/snapshot', undefined, { headers })
    expect(again.status).toBe(304)
  })

  it('streams new versions to who listens', async () => {
    const abort = new AbortController()
    const headers = { authorization: `Bearer ${edgeAdminKey}` }
    const response = await fetch(`${edge.url}/snapshot/events`, { headers, signal: abort.signal })
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    const versionIn = async (): Promise<number> => {
      for (let text = ''; ; ) {
        text += (await reader.read()).value ?? ''
        const found = /data: (\d+)\n/.exec(text)
        if (found) return Number(found[1])
      }
    }
    const before = await versionIn()
    await defineMetric(node, 'later')
    expect(await versionIn()).toBeGreaterThan(before)
    abort.abort()
  })

  it('keeps the first variant of a unit in Redis, and says so when Redis is away', async () => {
    await defineSticky()
    const first = await assignAt(edge, 'returning', 'sticky')
    expect(first.reason).toBe('split')
    const client = new Client(redis.url)
    // somebody else gave this unit the other variant first
    await until(async () => {
      const [key] = await client.keys('{u*')
      if (!key) return assignAt(edge, 'returning', 'sticky').then(() => false)
      await client.set(key, first.variant === 'a' ? '1' : '0')
      return true
    })
    await until(async () => (await assignAt(edge, 'returning', 'sticky')).reason === 'sticky')
    await until(async () => (await client.keys('{x*}:served')).length > 0)
    client.disconnect()

    redis.pause()
    const without = await assignAt(edge, 'returning', 'sticky')
    redis.resume()
    expect(without).toMatchObject({ variant: first.variant, reason: 'split', degraded: ['counters'] })
  })

  it('runs the engine when the cron trigger fires', async () => {
    const analyses = async (): Promise<number> =>
      ((await edge.call('GET', '/api/experiments/demo/series')).body['items'] as unknown[]).length
    const before = await analyses()
    expect((await edge.scheduled()).outcome).toBe('ok')
    expect(await analyses()).toBe(before + 1)
  })

  it('takes out a variant whose calls all fail, and lets fewer in where a cap is exceeded, all by itself', async () => {
    const must = async (path: string, body?: unknown) => {
      const answer = await edge.call(body === undefined ? 'GET' : 'POST', path, body)
      if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
      return answer.body
    }
    const started = async (key: string, more: object): Promise<void> => {
      await must('/api/models', { key })
      for (const version of ['1', '2']) await must(`/api/models/${key}/versions`, { version, payload: null })
      await must('/api/experiments', {
        key, model: key, unguarded: true, stages: [{ allocation: 'fixed' }],
        variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }],
        metrics: [{ metric: 'failed', role: 'diagnostic', breaker: true }], ...more,
      })
      await must(`/api/experiments/${key}/actions`, { action: 'start', reason: 'test' })
      await until(async () => (await edge.call('POST', '/assign', { experiment: key, unit: 'first' })).status === 200)
    }
    const actions = async (key: string) =>
      ((await must(`/api/experiments/${key}/decisions`))['items'] as { action: string; variant: string | null; rule: string }[])
        .map(({ action, variant, rule }) => [action, variant, rule])
    await must('/api/metrics', { key: 'failed', kind: 'conversion', measure: 'failed', direction: 'decrease' })
    await started('fragile', {})
    await started('capped', { maxRps: 0.1 })
    expect((await edge.scheduled()).outcome).toBe('ok')

    const calls = await Promise.all(units.slice(0, 80).map(async (unit) => {
      const { variant, token } = await assignAt(edge, unit, 'fragile')
      // so many at once are told to come again where the machine is busy
      const sent = { token, id: `fragile-${unit}`, measures: { failed: variant === 'b' } }
      await until(async () => (await edge.call('POST', '/outcome', sent)).status === 200)
      await assignAt(edge, unit, 'capped')
      return variant
    }))
    expect(calls.filter((variant) => variant === 'b').length).toBeGreaterThanOrEqual(20)
    // calls are written behind the answers: what was on its way to Redis is seen by the next look
    await until(async () => {
      expect((await edge.scheduled()).outcome).toBe('ok')
      return (await actions('fragile')).some(([action, variant, rule]) => action === 'quarantine' && variant === 'b' && rule === 'breaker')
    })
    await until(async () => {
      const served = await Promise.all(units.slice(0, 40).map((unit) => assignAt(edge, unit, 'fragile')))
      return served.every(({ variant }) => variant === 'a')
    })

    // the load is what came between two looks under one epoch, ten seconds apart at least
    await until(async () => {
      await Promise.all(units.slice(80, 120).map((unit) => assignAt(edge, unit, 'capped')))
      expect((await edge.scheduled()).outcome).toBe('ok')
      return (await actions('capped')).some(([action, , rule]) => action === 'throttle' && rule === 'max-rps')
    })
  })

  it('wants a key', async () => {
    const response = await fetch(`${edge.url}/api/experiments`)
    expect(response.status).toBe(401)
    expect(((await response.json()) as { code: string }).code).toBe('unauthenticated')
  })

  it('serves the next 200 after half of 200 were cancelled under way', async () => {
    const tokens = await Promise.all(units.slice(0, 20).map(async (unit) => (await assignAt(edge, unit)).token))
    const crowd = (round: string, signals: (AbortSignal | undefined)[]) =>
      signals.map((signal, index) => {
        const more = signal ? { signal } : {}
        const token = index % 10 === 0 ? tokens[index / 10] : undefined
        return token === undefined
          ? edge.call('POST', '/assign', { experiment: 'demo', unit: `${round}-${index}` }, more)
          : edge.call('POST', '/outcome', { token, id: `${round}-${index}`, measures: { win: 1 } }, more)
      })
    const aborts = Array.from({ length: 200 }, () => new AbortController())
    const first = crowd('first', aborts.map(({ signal }) => signal))
    await Promise.race(first)
    for (const [index, abort] of aborts.entries()) if (index % 20 < 10) abort.abort()
    const settled = await Promise.allSettled(first)
    expect(settled.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0)
    const before = await countedOutcomes(edge)
    const next = await Promise.all(crowd('next', aborts.map(() => undefined)))
    expect(next.filter(({ status }, index) => index % 10 !== 0 && status !== 200).map(({ body }) => body)).toEqual([])
    // on a busy machine an outcome may be told to come again: it is stored, and once
    await until(async () => {
      const answers = await Promise.all(tokens.map((token, index) => reportAt(edge, token, `next-${index * 10}`)))
      return answers.every((answer) => answer['duplicates'] === 1)
    })
    expect((await countedOutcomes(edge)) - before).toBeGreaterThanOrEqual(20)
  })
})

describe('when something is away', () => {
  const faults = ['fin', 'timeout', 'reset'] as const
  it.each(faults)('assigns without PostgreSQL (%s), and outcomes come back later', async (fault) => {
    const { token } = await assignAt(edge, 'before')
    const outcome = () => edge.call('POST', '/outcome', { token, id: `away-${fault}`, measures: { win: 1 } })
    proxy[fault]()
    expect((await assignAt(edge, `meanwhile-${fault}`)).variant).toMatch(/^[ab]$/)
    const refused = await outcome()
    expect(refused.status).toBe(503)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    proxy.pass()
    await until(async () => (await outcome()).status === 200)
    expect((await outcome()).body).toEqual({ accepted: 0, duplicates: 1 })
  })

  it('writes later what could not be written, with the exposures of a later request', async () => {
    const lost = ['lost-1', 'lost-2', 'lost-3']
    const report = (unit: string) =>
      edge.call('POST', '/outcome', { experiment: 'demo', unit, id: `after-${unit}`, measures: { win: 1 } })
    proxy.fin()
    for (const unit of lost) await assignAt(edge, unit)
    proxy.pass()
    // Without a token only a unit whose exposure was written is known.
    await until(async () => {
      await assignAt(edge, 'settled')
      return (await Promise.all(lost.map(report))).every(({ status }) => status === 200)
    })
  })

  it('does not serve without an admin key', async () => {
    const open = await startEdge(bundle, { DATABASE_URL: databaseUrl, ADMIN_KEY: '' })
    expect(await open.call('GET', '/health')).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    await until(async () => open.lines.join('').includes('ADMIN_KEY: required'))
    await open.stop()
  })
})

describe('outcomes forwarded to an origin', () => {
  it('reach it as they are, and its answer comes back; 503 when it is away', async () => {
    const received: { url: string | undefined; key: string | undefined; body: string }[] = []
    const origin = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      received.push({ url: request.url, key: request.headers.authorization, body: Buffer.concat(chunks).toString() })
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"accepted":1,"duplicates":0}')
    })
    await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
    const { port } = origin.address() as AddressInfo
    const OUTCOME_ORIGIN = `http://127.0.0.1:${port}`
    const forwarding = await startEdge(bundle, { DATABASE_URL: databaseUrl, OUTCOME_ORIGIN })
    const outcome = { token: 'whatever', measures: { win: 1 } }
    const answered = await forwarding.call('POST', '/outcome', outcome)
    expect(answered).toMatchObject({ status: 200, body: { accepted: 1, duplicates: 0 } })
    expect(received).toEqual([{ url: '/outcome', key: `Bearer ${edgeAdminKey}`, body: JSON.stringify(outcome) }])
    origin.closeAllConnections()
    await new Promise((resolve) => origin.close(resolve))
    const refused = await forwarding.call('POST', '/outcome', outcome)
    expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    await forwarding.stop()
  })
})
