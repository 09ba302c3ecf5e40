import { randomUUID } from 'node:crypto'
import { type Api, createApi, ensure } from '../../src/client/api.ts'
import { parseConfig } from '../../src/config.ts'
import { createBreakers } from '../../src/engine/breakers.ts'
import { createSimulator } from '../../src/engine/simulator.ts'
import { createTick } from '../../src/engine/tick.ts'
import { createMovableClock } from '../../src/entry/demo/clock.ts'
import { createEngineStore } from '../../src/entry/engine.ts'
import { createLog } from '../../src/entry/log.ts'
import { listen } from '../../src/entry/serve.ts'
import { openService } from '../../src/entry/service.ts'
import type { Pool } from '../../src/store/connect.ts'
import { createLease } from '../../src/store/control/lease.ts'
import { createSimulationQueue } from '../../src/store/control/simulations.ts'

type Measures = Record<string, number | boolean>

/** One request and what comes of it: what a variant that is called reports, shadows included, or null when nothing. */
export type Arrival = {
  experiment: string
  unit: string
  attributes?: Record<string, string | number | boolean>
  outcome(variant: string): Measures | null
  /** What a version reports that answers as the champion, outside of any split; nothing unless told. */
  champion?(version: string): Measures | null
}

/** Who answered: `variant` is null where the champion did, outside of the split. */
export type Answered = { variant: string | null; version: string }

/** The whole service in this process, over real HTTP, with a clock that moves when it is told to and an engine that looks when it is told to. */
export type World = {
  url: string
  api: Api
  pool: Pool
  advance(ms: number): Promise<void>
  /** One look of the engine at everything, breakers included. */
  tick(): Promise<void>
  /** Assign and report; answers the variants in order, null where the champion answered outside the split. */
  serve(arrivals: readonly Arrival[]): Promise<(string | null)[]>
  /** The same; answers the versions as well. */
  answer(arrivals: readonly Arrival[]): Promise<Answered[]>
  close(): Promise<void>
}

type Assigned = Answered & { token: string; shadow: { variant: string; token: string }[]; error?: { code: string } }

const mostRequests = 1_000
/** What a machine that has much else to do takes within the deadline of one commit. */
const mostOutcomes = 250
/** How often it is asked again when it was too busy: for two minutes. */
const patience = 8

/**
 * @param databaseUrl a PostgreSQL, whose clock cannot be moved; unset: in memory
 * @param environment what else the service is started with
 */
export const openWorld = async (databaseUrl?: string, environment: Record<string, string> = {}): Promise<World> => {
  const config = {
    ...parseConfig({ LOG_LEVEL: 'error', RATE_LIMITS: 'api=off', ...environment, ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }) }),
    ...(databaseUrl === undefined && { dataDir: 'memory:' }),
    engine: false,
  }
  const clock = createMovableClock()
  const log = createLog(config.logLevel)
  const service = await openService(config, log, clock.now)
  const { port, drain } = await listen(service.app.hono.fetch, { host: config.host, port: 0 }, service.app.hot)
  const url = `http://${config.host}:${port}`
  const api = createApi(url, undefined, { retries: patience })
  const lease = createLease(service.database.engine, randomUUID())
  const leading = await lease.acquire()
  if (!leading) throw new Error('another engine leads this database')
  const store = createEngineStore(service.database.engine)
  const tick = createTick({ store, log })
  const breakers = createBreakers({ ...service.breakers, store, log })
  const simulator = createSimulator({ queue: createSimulationQueue(service.database.engine, randomUUID()), log, pollMs: 100 })
  simulator.start()

  const serveSome = async (arrivals: readonly Arrival[]): Promise<Answered[]> => {
    const { results } = await api<{ results: Assigned[] }>('POST', '/assign/batch', {
      requests: arrivals.map(({ experiment, unit, attributes }) => ({ experiment, unit, ...(attributes && { attributes }) })),
    })
    const outcomes = results.flatMap(({ variant, version, token, shadow, error }, index) => {
      if (error) throw new Error(`assigning was refused: ${error.code}`)
      const arrival = arrivals[index]
      const own = { token, measures: variant === null ? arrival?.champion?.(version) : arrival?.outcome(variant) }
      return [own, ...shadow.map((one) => ({ token: one.token, measures: arrival?.outcome(one.variant) }))].filter(({ measures }) => measures)
    })
    for (let from = 0; from < outcomes.length; from += mostOutcomes) {
      const { rejected } = await api<{ rejected: { message: string }[] }>('POST', '/outcome/batch', { outcomes: outcomes.slice(from, from + mostOutcomes) })
      if (rejected[0]) throw new Error(`an outcome was rejected: ${rejected[0].message}`)
    }
    return results
  }
  const answer = async (arrivals: readonly Arrival[]): Promise<Answered[]> => {
    const answered: Answered[] = []
    for (let from = 0; from < arrivals.length; from += mostRequests) answered.push(...(await serveSome(arrivals.slice(from, from + mostRequests))))
    return answered
  }

  return {
    url,
    api,
    pool: service.database.engine,
    advance: (ms) => clock.advance(service.database, ms),
    async tick() {
      await lease.renew(leading.fence)
      await tick(leading.fence)
      await breakers(leading.fence)
      await service.live.refresh()
    },
    serve: async (arrivals) => (await answer(arrivals)).map(({ variant }) => variant),
    answer,
    async close() {
      await simulator.stop()
      await lease.release(leading.fence)
      service.stop()
      await drain()
      await service.close()
    },
  }
}

/** The work in a world of its own, which ends with it. */
export const inWorld = async <T>(work: (world: World) => Promise<T>, databaseUrl?: string, environment?: Record<string, string>): Promise<T> => {
  const world = await openWorld(databaseUrl, environment)
  try {
    return await work(world)
  } finally {
    await world.close()
  }
}

/** `win` decides; `error` guards: both shares of units. */
export const winMetric = { key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' }
export const errorMetric = { key: 'error', kind: 'conversion', measure: 'error', direction: 'decrease' }

/** A running experiment on a model of its own, both by this key: control `a`, candidates `b`, `c` … */
export const begin = async ({ api }: Pick<World, 'api'>, key: string, draft: Record<string, unknown>, variants = ['a', 'b'], start = true): Promise<void> => {
  for (const metric of [winMetric, errorMetric]) await ensure(api, '/api/metrics', metric)
  await api('POST', '/api/models', { key })
  for (const [index] of variants.entries()) await api('POST', `/api/models/${key}/versions`, { version: String(index + 1) })
  await api('POST', '/api/experiments', {
    key,
    model: key,
    variants: variants.map((variant, index) => ({ key: variant, version: String(index + 1), ...(index === 0 && { control: true }) })),
    metrics: [{ metric: 'win', role: 'decision', smallestEffect: 0.03 }, { metric: 'error', role: 'guardrail', margin: 0.01 }],
    stages: [{ allocation: 'fixed' }],
    ...draft,
  })
  if (start) await api('POST', `/api/experiments/${key}/actions`, { action: 'start', reason: 'acceptance' })
}

export type Entry = {
  id: number; seq: number; at: string; actor: string; action: string; variant: string | null; status: string; rule: string | null; reason: string
}

/** The ledger of an experiment, the first entry first. */
export const entriesOf = async ({ api }: Pick<World, 'api'>, key: string): Promise<Entry[]> => {
  const { items } = await api<{ items: Entry[] }>('GET', `/api/experiments/${key}/decisions?limit=100`)
  return items.toReversed()
}

/** What the engine did by itself, in order. */
export const actedOn = async (world: Pick<World, 'api'>, key: string): Promise<Entry[]> =>
  (await entriesOf(world, key)).filter(({ actor, status }) => actor === 'engine' && status === 'applied')

export const stateOf = async ({ api }: Pick<World, 'api'>, key: string): Promise<string> =>
  (await api<{ state: string }>('GET', `/api/experiments/${key}`)).state

/** Experiments that do not run any more, with how they ended. */
export const endedOf = async ({ api }: Pick<World, 'api'>): Promise<Map<string, string>> => {
  const found = new Map<string, string>()
  let cursor: string | null = ''
  while (cursor !== null) {
    const page: { items: { key: string; state: string }[]; next: string | null } = await api(
      'GET', `/api/experiments?limit=100${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    )
    for (const { key, state } of page.items) if (state !== 'running') found.set(key, state)
    cursor = page.next
  }
  return found
}
