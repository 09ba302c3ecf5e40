import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../support/directory.ts'
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts'
import { freshPostgres } from '../support/fresh.ts'
import { type Redis, startRedis } from '../support/redis.ts'
import { countedOutcomes, defineDemo, type Service, startService, until } from '../support/service.ts'

/** A node that serves and another that decides, on one PostgreSQL and one Redis, each behind a proxy. */
let database: FaultProxy
let redis: Redis
let counters: FaultProxy
let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let serving: Service
let deciding: Service

type Part = 'redis' | 'postgres' | 'engine'
/** Closed connections and a dead process, or ones that stay and say nothing. */
type Fault = 'gone' | 'hung'

const proxyOf = (part: Part): FaultProxy | null => (part === 'redis' ? counters : part === 'postgres' ? database : null)
const end = (part: Part, fault: Fault): void => {
  const proxy = proxyOf(part)
  if (proxy) proxy[fault === 'gone' ? 'fin' : 'timeout']()
  else deciding.child.kill(fault === 'gone' ? 'SIGKILL' : 'SIGSTOP')
}

let environment: Record<string, string>
const startServing = (path?: string): Promise<Service> => startService({ ...environment, ENGINE: 'off' }, path)
const startDeciding = (): Promise<Service> => startService({ ...environment, ENGINE: 'on', DATA_DIR: 'memory:' })

/** Tokens of the outcomes that were sent since the last check, and which of them were acknowledged: a write that timed out may have happened. */
const sent = new Map<string, string>()
const acknowledged = new Set<string>()
/** How many were sent from the beginning on. */
let all = 0

const report = (id: string) => serving.call('POST', '/outcome', { token: sent.get(id), id, measures: { win: 1, failed: 0 } })

type Seen = { assigned: number[]; degraded: unknown[]; reported: number[]; late: (string | null)[] }

/** One caller: an assignment and its outcome, again and again. */
const caller = async (rounds: number, seen: Seen): Promise<void> => {
  for (let round = 0; round < rounds; round++) {
    const id = `o-${all++}`
    const { status, body } = await serving.call('POST', '/assign', { experiment: 'demo', unit: id })
    seen.assigned.push(status)
    seen.degraded.push(body['degraded'])
    sent.set(id, body['token'] as string)
    const outcome = await report(id)
    seen.reported.push(outcome.status)
    if (outcome.status === 200) acknowledged.add(id)
    else seen.late.push(outcome.headers.get('retry-after'))
  }
}

/** Eight at once. */
const load = async (rounds: number): Promise<Seen> => {
  const seen: Seen = { assigned: [], degraded: [], reported: [], late: [] }
  await Promise.all(Array.from({ length: 8 }, () => caller(rounds, seen)))
  return seen
}

/** Every assignment was answered, and whoever reported in vain was told when to come back. */
const expectAnswered = (...loads: Seen[]): void => {
  const all = (of: (seen: Seen) => unknown[]): unknown[] => loads.flatMap(of)
  expect(all(({ assigned }) => assigned).filter((status) => status !== 200)).toEqual([])
  expect(all(({ reported }) => reported).filter((status) => status !== 200 && status !== 503)).toEqual([])
  expect(all(({ late }) => late).filter((after) => !(Number(after) > 0))).toEqual([])
}

/** Sent again, each outcome counts once, whether or not it was acknowledged, and no traffic was moved by anybody. */
const expectRecovered = async (): Promise<void> => {
  for (const proxy of [database, counters]) proxy.pass()
  for (const id of sent.keys()) {
    const again = async () => (await report(id)).body
    if (!acknowledged.has(id)) await until(async () => (await report(id)).status === 200)
    expect(await again()).toEqual({ accepted: 0, duplicates: 1 })
  }
  sent.clear()
  acknowledged.clear()
  await until(async () => (await countedOutcomes(serving)) === all)
  expect(await actions()).toEqual(['start'])
}

const actions = async (): Promise<unknown[]> =>
  ((await serving.call('GET', '/api/experiments/demo/decisions')).body['items'] as { action: string }[]).map(({ action }) => action).filter((action) => action !== 'hold')

beforeAll(async () => {
  const url = new URL(await freshPostgres())
  redis = await startRedis()
  database = await startFaultProxy({ host: '127.0.0.1', port: Number(url.port) })
  counters = await startFaultProxy({ host: '127.0.0.1', port: redis.port })
  url.port = String(database.port)
  directory = await temporaryDirectory()
  environment = { DATABASE_URL: url.href, REDIS_URL: `redis://127.0.0.1:${counters.port}`, DATA_DIR: directory.path }
  serving = await startServing()
  deciding = await startDeciding()
  // whatever the outage did to the numbers could promote somebody at once, or stop who fails or falls silent
  await serving.call('POST', '/api/metrics', { key: 'failed', kind: 'mean', measure: 'failed', direction: 'decrease', min: 0, max: 1 })
  await defineDemo(serving, {
    unguarded: false, reportBy: 'PT2S', metrics: [{ metric: 'win', role: 'decision' }, { metric: 'failed', role: 'guardrail', margin: 0.01 }],
    policy: { minUnits: 1, minDuration: 'PT0S' },
  })
  await load(10)
  return async () => {
    deciding.child.kill('SIGCONT')
    await deciding.kill('SIGKILL')
    await serving.kill('SIGTERM')
    await Promise.all([database.stop(), counters.stop()])
    await redis.stop()
    await directory.remove()
  }
})

afterEach(async () => {
  for (const proxy of [database, counters]) proxy.pass()
  deciding.child.kill('SIGCONT')
  if (deciding.child.signalCode !== null || deciding.child.exitCode !== null) deciding = await startDeciding()
})

const combinations: Part[][] = [
  ['redis'], ['postgres'], ['engine'], ['redis', 'engine'], ['redis', 'postgres'], ['postgres', 'engine'], ['redis', 'postgres', 'engine'],
]

describe.each(combinations.map((parts) => [parts.join(' and '), parts] as const))('under load, without %s', (_, parts) => {
  it.each(['gone', 'hung'] as const)('(%s) every assignment is answered, no acknowledged outcome is lost, and nobody is promoted or stopped', async (fault) => {
    const before = load(4)
    for (const part of parts) end(part, fault)
    const during = await load(3)
    expectAnswered(await before, during)
    if (parts.includes('postgres')) expect(during.reported).toContain(503)
    else expect(during.reported.filter((status) => status !== 200)).toEqual([])
    await expectRecovered()
  })
})

describe('a node that starts while PostgreSQL is away', () => {
  it.each(['gone', 'hung'] as const)('(%s) answers every assignment from what it kept, takes no outcome, and goes on by itself', async (fault) => {
    await serving.kill('SIGKILL')
    end('postgres', fault)
    serving = await startServing('/health')
    const during = await load(3)
    expectAnswered(during)
    expect(during.degraded.filter((parts) => !(parts as string[]).includes('database'))).toEqual([])
    expect(during.reported.filter((status) => status !== 503)).toEqual([])
    await expectRecovered()
  })
})
