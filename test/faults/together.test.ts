import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts'
import { freshPostgres } from '../support/fresh.ts'
import { type Redis, startRedis } from '../support/redis.ts'
import { countedOutcomes, defineDemo, type Service, startService, until } from '../support/service.ts'

/** A node that serves and another that decides, on one PostgreSQL and one Redis, each behind a proxy. */
let database: FaultProxy
let redis: Redis
let counters: FaultProxy
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
const startDeciding = (): Promise<Service> => startService({ ...environment, ENGINE: 'on' })

/** Outcomes that were acknowledged, and all that were sent: a write that timed out may have happened. */
const acknowledged = new Map<string, string>()
const sent = new Map<string, string>()
let nextId = 0

/** One caller: an assignment and its outcome, again and again. */
const caller = async (rounds: number): Promise<{ assigned: number[]; reported: number[]; late: (string | null)[] }> => {
  const seen = { assigned: [] as number[], reported: [] as number[], late: [] as (string | null)[] }
  for (let round = 0; round < rounds; round++) {
    const id = `o-${nextId++}`
    const assigned = await serving.call('POST', '/assign', { experiment: 'demo', unit: id })
    seen.assigned.push(assigned.status)
    const token = assigned.body['token'] as string
    sent.set(id, token)
    const outcome = await serving.call('POST', '/outcome', { token, id, measures: { win: 1 } })
    seen.reported.push(outcome.status)
    if (outcome.status === 200) acknowledged.set(id, token)
    else seen.late.push(outcome.headers.get('retry-after'))
  }
  return seen
}

/** Eight at once. */
const load = async (rounds: number) => {
  const callers = await Promise.all(Array.from({ length: 8 }, () => caller(rounds)))
  return { assigned: callers.flatMap(({ assigned }) => assigned), reported: callers.flatMap(({ reported }) => reported), late: callers.flatMap(({ late }) => late) }
}

const actions = async (): Promise<unknown[]> =>
  ((await serving.call('GET', '/api/experiments/demo/decisions')).body['items'] as { action: string }[]).map(({ action }) => action).filter((action) => action !== 'hold')

beforeAll(async () => {
  const url = new URL(await freshPostgres())
  redis = await startRedis()
  database = await startFaultProxy({ host: '127.0.0.1', port: Number(url.port) })
  counters = await startFaultProxy({ host: '127.0.0.1', port: redis.port })
  url.port = String(database.port)
  environment = { DATABASE_URL: url.href, REDIS_URL: `redis://127.0.0.1:${counters.port}` }
  serving = await startService({ ...environment, ENGINE: 'off' })
  deciding = await startDeciding()
  // whatever the outage did to the numbers could promote or stop somebody at once
  const policy = { minUnits: 1, minDuration: 'PT0S' }
  await defineDemo(serving, { policy })
  await load(10)
  return async () => {
    deciding.child.kill('SIGCONT')
    await deciding.kill('SIGKILL')
    await serving.kill('SIGTERM')
    await Promise.all([database.stop(), counters.stop()])
    await redis.stop()
  }
})

afterEach(async () => {
  for (const proxy of [database, counters]) proxy.pass()
  deciding.child.kill('SIGCONT')
  if (deciding.child.signalCode !== null || deciding.child.exitCode !== null) deciding = await startDeciding()
})

const combinations: Part[][] = [
  ['engine'], ['redis', 'engine'], ['redis', 'postgres'], ['postgres', 'engine'], ['redis', 'postgres', 'engine'],
]

describe.each(combinations.map((parts) => [parts.join(' and '), parts] as const))('under load, without %s', (_, parts) => {
  it.each(['gone', 'hung'] as const)('(%s) every assignment is answered, no acknowledged outcome is lost, and nobody is promoted or stopped', async (fault) => {
    const before = load(4)
    for (const part of parts) end(part, fault)
    const during = await load(3)
    const first = await before
    expect([...first.assigned, ...during.assigned].filter((status) => status !== 200)).toEqual([])
    expect([...first.reported, ...during.reported].filter((status) => status !== 200 && status !== 503)).toEqual([])
    expect([...first.late, ...during.late].filter((after) => !(Number(after) > 0))).toEqual([])
    if (parts.includes('postgres')) expect(during.reported).toContain(503)
    else expect(during.reported.filter((status) => status !== 200)).toEqual([])

    for (const proxy of [database, counters]) proxy.pass()
    // sent again, each counts once, whether or not it was acknowledged
    await until(async () => (await serving.call('POST', '/outcome', { token: [...sent.values()][0], id: 'o-0', measures: { win: 1 } })).status === 200, 30_000)
    for (const [id, token] of acknowledged) {
      const again = await serving.call('POST', '/outcome', { token, id, measures: { win: 1 } })
      expect(again).toMatchObject({ status: 200, body: { accepted: 0, duplicates: 1 } })
    }
    for (const [id, token] of sent) if (!acknowledged.has(id)) {
      await until(async () => (await serving.call('POST', '/outcome', { token, id, measures: { win: 1 } })).status === 200, 30_000)
      acknowledged.set(id, token)
    }
    await until(async () => (await countedOutcomes(serving)) === sent.size, 30_000)
    expect(await actions()).toEqual(['start'])
  }, 240_000)
})
