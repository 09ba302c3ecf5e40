import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config.ts'
import type { Slot } from '../../src/core/breaker/calls.ts'
import { createBreakers } from '../../src/engine/breakers.ts'
import { createTick } from '../../src/engine/tick.ts'
import { createEngineStore } from '../../src/entry/engine.ts'
import { openService, type Service } from '../../src/entry/service.ts'
import { slotMs } from '../../src/counters/port.ts'
import { createLease } from '../../src/store/control/lease.ts'
import { verify } from '../../src/store/verify.ts'
import { freshPostgres } from '../support/fresh.ts'
import { type Redis, startRedis } from '../support/redis.ts'
import { expectReplays } from '../support/replays.ts'

const quiet = { info: () => {}, warn: () => {}, error: console.error }

type Assigned = { variant: string | null; version: string; reason: string; token: string; propensity: number | null }
type Entry = { action: string; variant: string; status: string; rule: string; reason: string; epochAfter: number; weightsAfter: number[] }
type Fails = (served: Assigned) => boolean

/** The whole service under a clock that only we move, its breakers looked at when we say so. */
const open = async (environment: Record<string, string>) => {
  let offsetMs = 0
  const config = parseConfig({ HOST: '127.0.0.1', DATA_DIR: 'memory:', ENGINE: 'off', ...environment })
  const service: Service = await openService(config, quiet, () => Date.now() + offsetMs)
  const { database, app, live } = service
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await app.hono.request(`http://localhost${path}`, {
      method,
      headers: { 'content-type': 'application/json', host: 'localhost' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const must = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
    const { status, body: answer } = await call(method, path, body)
    if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${JSON.stringify(answer)}`)
    return answer
  }
  /** The database's clock and the node's. */
  const advance = async (seconds: number): Promise<void> => {
    offsetMs += seconds * 1_000
    await database.api.run((sql) => sql.unsafe(
      `create or replace function moment() returns timestamptz stable language sql as $$ select now() + interval '${offsetMs} milliseconds' $$`,
    ))
  }
  const fence = (await createLease(database.engine, randomUUID()).acquire())!.fence
  let away = false
  /** What the counters hold. On a busy machine they may not answer in time; then they are asked again, unless they are away. */
  const recent = async (id: number, arms: number): Promise<readonly Slot[] | null> => {
    let slots: readonly Slot[] | null = null
    if (away) return service.breakers.recent(id, arms)
    await expect.poll(async () => (slots = await service.breakers.recent(id, arms))).not.toBeNull()
    return slots
  }
  const newLeader = () => createBreakers({ watched: service.breakers.watched, recent, store: createEngineStore(database.engine), log: quiet })
  let leader = newLeader()
  let units = 0
  let reported = 0

  /** Calls that the counters hold from a moment on. */
  const callsFrom = async (experiment: string, from: number): Promise<number | null> => {
    const slots = await recent(live.current()!.experiments.get(experiment)!.id, 4)
    return slots && slots.reduce((sum, { start, arms }) => sum + (start >= from ? arms.reduce((calls, arm) => calls + arm.calls, 0) : 0), 0)
  }

  return {
    service, fence, call, must, advance, callsFrom, recent,
    /** Nobody counts any more. */
    lose: () => {
      away = true
    },
    look: async (): Promise<number> => {
      await createLease(database.engine, randomUUID()).renew(fence).catch(() => false)
      await database.engine.run((sql) => sql`update lease set expires_at = clock_timestamp() + interval '1 minute'`)
      const written = await leader(fence)
      await live.refresh()
      return written
    },
    /** Another engine takes over; it knows what the database says. */
    handOver: () => {
      leader = newLeader()
    },
    /** So many requests, each with its outcome; all of them counted, where somebody counts. */
    serve: async (experiment: string, requests: number, fails: Fails, attributes = {}): Promise<Assigned[]> => {
      const served: Assigned[] = []
      const from = Math.floor((Date.now() + offsetMs) / slotMs) * slotMs
      const before = away ? 0 : await callsFrom(experiment, from)
      for (let request = 0; request < requests; request++) {
        const assigned = (await must('POST', '/assign', { experiment, unit: `unit-${units++}`, attributes })) as unknown as Assigned
        served.push(assigned)
        await must('POST', '/outcome', { token: assigned.token, id: `outcome-${reported++}`, measures: { failed: fails(assigned) } })
      }
      const called = served.filter(({ reason }) => reason === 'split' || reason === 'fallback').length
      if (!away) await expect.poll(() => callsFrom(experiment, from)).toBe((before ?? 0) + called)
      return served
    },
    decisions: async (experiment: string): Promise<Entry[]> =>
      ((await must('GET', `/api/experiments/${experiment}/decisions`)) as { items: Entry[] }).items.toReversed(),
    close: service.close,
  }
}

type World = Awaited<ReturnType<typeof open>>

const define = async ({ must }: World, key: string, more: object = {}): Promise<void> => {
  await must('POST', '/api/models', { key })
  for (const version of ['0', '1', '2', '3']) await must('POST', `/api/models/${key}/versions`, { version, payload: { version } })
  for (const version of ['0', '1']) await must('PUT', `/api/models/${key}/champion`, { version, reason: 'test' })
  await must('POST', '/api/experiments', {
    // the same units in every run: with a fifth of the traffic a variant may else be drawn too seldom
    key, model: key, salt: key, unguarded: true, stages: [{ allocation: 'fixed' }],
    variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }],
    metrics: [{ metric: 'failed', role: 'diagnostic', breaker: true }],
    ...more,
  })
  await must('POST', `/api/experiments/${key}/actions`, { action: 'start', reason: 'test' })
}

const never: Fails = () => false
const failing = (...variants: (string | null)[]): Fails => ({ variant }) => variants.includes(variant)

describe.each(['embedded', 'PostgreSQL and Redis'])('breakers (%s)', (kind) => {
  let world: World
  let redis: Redis | undefined
  beforeAll(async () => {
    if (kind !== 'embedded') redis = await startRedis()
    world = await open(redis ? { DATABASE_URL: await freshPostgres(), REDIS_URL: redis.url } : {})
    await world.must('POST', '/api/metrics', { key: 'failed', kind: 'conversion', measure: 'failed', direction: 'decrease' })
  })
  afterAll(async () => {
    await world.close()
    await redis?.stop()
  })

  /** Twenty requests a second, and a look at the end of each, until `holds` or the time is over. Answers what was served. */
  const live = async (experiment: string, seconds: number, fails: Fails, holds: () => Promise<boolean>, attributes = {}): Promise<Assigned[]> => {
    const served: Assigned[] = []
    for (let second = 0; second < seconds; second++) {
      const now = await world.serve(experiment, 20, fails, attributes)
      served.push(...now)
      await world.look()
      await world.advance(1)
      if (await holds()) return served
    }
    throw new Error(`did not happen within ${seconds} seconds: ${JSON.stringify(await world.decisions(experiment))}`)
  }
  const lastAction = async (experiment: string): Promise<string | undefined> => (await world.decisions(experiment)).at(-1)?.action

  it('quarantines a variant whose calls all fail within 20 of them and a tick, and gives its units to the control', async () => {
    await define(world, 'failing')
    const served = await live('failing', 10, failing('b'), async () => (await lastAction('failing')) === 'quarantine')
    const failed = served.filter(({ variant }) => variant === 'b').length
    expect(failed).toBeGreaterThanOrEqual(20)
    expect(failed).toBeLessThanOrEqual(20 + 20)
    expect((await world.decisions('failing')).at(-1)).toMatchObject({ rule: 'breaker', status: 'applied', weightsAfter: [0.5, 0] })

    const after = await world.serve('failing', 40, failing('b'))
    const moved = after.filter(({ reason }) => reason === 'quarantined')
    expect(moved.length).toBeGreaterThan(5)
    for (const { variant, version, propensity } of moved) expect([variant, version, propensity]).toEqual(['a', '1', null])
    expect(after.some(({ variant, reason }) => variant === 'b' || (reason !== 'split' && reason !== 'quarantined'))).toBe(false)
    const { database } = world.service
    expect((await verify(database.api)).differences).toEqual([])
    const report = (await world.must('GET', '/api/experiments/failing/report')) as unknown as { variants: { units: number }[]; sampleRatio: { verdict: string } }
    const counted = [...served, ...after].filter(({ reason }) => reason === 'split').length
    expect(report.variants.reduce((sum, { units }) => sum + units, 0)).toBe(counted)
    expect(report.sampleRatio.verdict).toBe('PASS')
  })

  it('tells of it in the experiment, the report and the metrics', async () => {
    const { variants, fallback } = (await world.must('GET', '/api/experiments/failing')) as { variants: object[]; fallback: unknown }
    expect(variants).toMatchObject([{ status: 'live' }, { status: 'quarantined', breaker: { state: 'open', openings: 1, probes: 0 } }])
    expect(variants[0]).not.toHaveProperty('breaker')
    expect(fallback).toBeNull()
    const lookAtAll = createTick({ store: createEngineStore(world.service.database.engine), log: quiet })
    await lookAtAll(world.fence)
    expect((await world.must('GET', '/api/experiments/failing'))['holds']).toMatchObject([{ reason: 'breaker', variant: 'b' }])
    const { health } = (await world.must('GET', '/api/experiments/failing/report')) as { health: { check: string; verdict: string; text: string }[] }
    const check = health.find((one) => one.check === 'breaker')
    expect(check).toMatchObject({ verdict: 'FAIL', text: expect.stringMatching(/^b is quarantined: a serves its users until 20/) })
    const metrics = await (await world.service.app.hono.request('http://localhost/metrics', { headers: { host: 'localhost' } })).text()
    expect(metrics).toContain('contender_breaker_open{experiment="failing",variant="a"} 0\ncontender_breaker_open{experiment="failing",variant="b"} 1\n')
  })

  it('lets probes through after 30 seconds, whoever leads then, and gives the variant back when they are well', async () => {
    await world.advance(31)
    world.handOver()
    await world.look()
    expect(await lastAction('failing')).toBe('probe')
    await world.advance(5)
    const probes: Assigned[] = []
    const served = await live('failing', 40, (one) => (one.variant === 'b' && probes.push(one), false), async () => (await lastAction('failing')) === 'release')
    expect(probes.length).toBeGreaterThanOrEqual(10)
    expect(probes.length).toBeLessThan(served.length / 2)
    for (const { propensity } of probes) expect(propensity).toBeLessThan(0.5)
    expect((await world.serve('failing', 60, never)).some(({ reason }) => reason === 'quarantined')).toBe(false)
    const { items } = (await world.must('GET', '/api/experiments/failing/epochs')) as { items: { scope: number; weights: Record<string, number> }[] }
    expect(new Set(items.map(({ scope }) => scope)).size).toBe(1)
    expect(items[0]?.weights).toEqual({ a: 0.5, b: 0.5 })
    expect((await world.must('GET', '/api/experiments/failing/report'))['sampleRatio']).toMatchObject({ verdict: 'PASS' })
  })

  it('stops a variant at the third opening', async () => {
    const key = 'hopeless'
    await define(world, key)
    await live(key, 10, failing('b'), async () => (await lastAction(key)) === 'quarantine')
    for (const wait of [31, 61]) {
      await world.advance(wait)
      await world.look()
      expect(await lastAction(key)).toBe('probe')
      await world.advance(5)
      await live(key, 60, failing('b'), async () => (await lastAction(key)) !== 'probe')
    }
    expect((await world.decisions(key)).map(({ action }) => action)).toEqual(['start', 'quarantine', 'probe', 'quarantine', 'probe', 'kill'])
    expect(await world.must('GET', `/api/experiments/${key}`)).toMatchObject({ state: 'killed', variants: [{ status: 'live' }, { status: 'killed' }] })
    expect(await expectReplays(world.service.database.api)).toBeGreaterThan(8)
  })

  it('lets the previous champion stand in for a control that fails, for everybody, until it is well again', async () => {
    const key = 'together'
    await define(world, key)
    const weights = async () => (await world.decisions(key)).at(-1)?.weightsAfter
    await live(key, 10, failing('a', 'b'), async () => (await weights())?.every((weight) => weight === 0) ?? false)
    expect((await world.decisions(key)).map(({ action, variant }) => `${action} ${variant}`).slice(0, 2)).toEqual(['start null', 'fallback a'])
    for (const { variant, version, reason } of await world.serve(key, 30, never)) expect([variant, version, reason]).toEqual([null, '0', 'fallback'])

    await world.advance(31)
    await world.look()
    await world.advance(5)
    await live(key, 60, never, async () => (await world.decisions(key)).some(({ action }) => action === 'release'))
    await world.advance(270)
    await live(key, 120, never, async () => (await lastAction(key)) === 'restore')
    expect((await world.serve(key, 30, never)).every(({ reason }) => reason === 'split')).toBe(true)
    expect((await world.decisions(key)).some(({ action }) => action === 'kill')).toBe(false)
  })

  describe('while a promotion bakes', () => {
    /** Promoted by a person, and baking: `a` keeps a fifth, so that both have calls enough. */
    const bake = async (key: string): Promise<void> => {
      await define(world, key, { policy: { bake: { units: 100_000, keep: 0.2 } } })
      await world.must('POST', `/api/experiments/${key}/actions`, { action: 'promote', variant: 'b', reason: 'test' })
      await world.service.live.refresh()
      await world.advance(5)
    }
    const stateOf = async (key: string) => (await world.must('GET', `/api/experiments/${key}`))['state']

    it('gives the traffic back to the former champion as soon as the winner fails, reversibly', async () => {
      const key = 'baking'
      await bake(key)
      const first = await live(key, 5, failing('b'), async () => (await lastAction(key)) === 'quarantine')
      expect(new Set(first.map(({ variant }) => variant))).toEqual(new Set(['a', 'b']))
      expect(first.length).toBeLessThanOrEqual(60)
      for (const { version, variant } of await world.serve(key, 30, never)) expect([version, variant]).toEqual(['1', 'a'])
      expect(await stateOf(key)).toBe('baking')
      const report = await world.must('GET', `/api/experiments/${key}/report`)
      expect(report).toMatchObject({ summary: { headline: 'b is quarantined: a serves instead.' } })
      const ended = await world.call('POST', `/api/experiments/${key}/actions`, { action: 'promote', reason: 'test' })
      expect(ended).toMatchObject({ status: 409 })

      await world.advance(31)
      await world.look()
      await world.advance(5)
      await live(key, 60, never, async () => (await lastAction(key)) === 'release')
      expect((await world.decisions(key)).map(({ action }) => action)).toEqual(['start', 'promote', 'quarantine', 'probe', 'release'])
      expect((await world.decisions(key)).at(-1)?.weightsAfter).toEqual([0.2, 0.8])
      const again = await world.serve(key, 60, never)
      expect(again.every(({ reason }) => reason === 'split')).toBe(true)
      expect(again.filter(({ version }) => version === '2').length).toBeGreaterThan(35)
      expect(again.every(({ propensity }) => propensity !== null && propensity > 0.15 && propensity < 0.65)).toBe(true)
      expect((await verify(world.service.database.api)).differences).toEqual([])
    })

    it('serves the former champion where the experiment does not reach, too', async () => {
      const key = 'outside'
      await define(world, key, { audience: { '==': [{ var: 'plan' }, 'pro'] }, policy: { bake: { units: 100_000, keep: 0.2 } } })
      await world.must('POST', `/api/experiments/${key}/actions`, { action: 'promote', variant: 'b', reason: 'test' })
      await world.service.live.refresh()
      await world.advance(5)
      const outside = async () => world.must('POST', '/assign', { model: key, unit: 'elsewhere', attributes: { plan: 'free' } })
      expect(await outside()).toMatchObject({ version: '2', reason: 'not_targeted' })
      await live(key, 5, failing('b'), async () => (await lastAction(key)) === 'quarantine', { plan: 'pro' })
      expect(await outside()).toMatchObject({ version: '1', reason: 'fallback' })
    })

    it('rolls the promotion back at the third opening', async () => {
      const key = 'relapsing'
      await bake(key)
      await live(key, 300, failing('b'), async () => (await stateOf(key)) === 'rolled_back')
      const decisions = await world.decisions(key)
      expect(decisions.map(({ action }) => action)).toEqual(['start', 'promote', 'quarantine', 'probe', 'quarantine', 'probe', 'rollback'])
      expect(decisions.at(-1)).toMatchObject({ action: 'rollback', variant: 'b', rule: 'breaker', status: 'applied' })
      expect(await world.must('GET', `/api/models/${key}`)).toMatchObject({ champion: '1' })
      expect(await world.must('GET', `/api/models/${key}/versions/2`)).toMatchObject({ lock: { experiment: key } })
    })

    it('lets the winner stand in for what the former champion kept', async () => {
      const key = 'kept'
      await bake(key)
      await live(key, 30, failing('a'), async () => (await lastAction(key)) === 'fallback')
      expect((await world.serve(key, 30, never)).every(({ version }) => version === '2')).toBe(true)
      expect(await stateOf(key)).toBe('baking')
    })

    it('blames nobody while both fail', async () => {
      const key = 'both'
      await bake(key)
      for (let second = 0; second < 10; second++) {
        await world.serve(key, 20, failing('a', 'b'))
        await world.look()
        await world.advance(1)
      }
      const actions = (await world.decisions(key)).filter(({ status, action }) => status === 'applied' && action !== 'fallback')
      expect(actions.map(({ action }) => action)).toEqual(['start', 'promote'])
    })
  })

  it('counts an outcome once, however often it is sent', async () => {
    const key = 'repeated'
    await define(world, key)
    const tokens = (await world.serve(key, 20, never)).filter(({ variant }) => variant === 'b').slice(0, 4)
    for (const { token } of tokens) {
      for (let time = 0; time < 10; time++) await world.must('POST', '/outcome', { token, id: `again-${token.slice(-12)}`, measures: { failed: true } })
    }
    await expect.poll(() => world.callsFrom(key, 0)).toBe(20 + tokens.length)
    const slots = await world.recent(world.service.live.current()!.experiments.get(key)!.id, 2)
    expect(slots?.reduce((sum, { arms }) => sum + (arms[1]?.errors ?? 0), 0)).toBe(tokens.length)
    expect(await world.look()).toBe(0)
  })

  it('is refused where failures cannot be told', async () => {
    await world.must('POST', '/api/metrics', { key: 'latency', kind: 'mean', measure: 'latency', direction: 'decrease' })
    await world.must('POST', '/api/metrics', { key: 'won', kind: 'conversion', measure: 'won', direction: 'increase' })
    for (const metric of ['latency', 'won']) {
      const refused = await world.call('POST', '/api/experiments', {
        key: 'refused', model: 'failing', unguarded: true, stages: [{ allocation: 'fixed' }], fallbacks: ['1'],
        variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }],
        metrics: [{ metric, role: 'diagnostic', breaker: true }],
      })
      expect(refused).toMatchObject({ status: 422, body: { errors: [{ path: 'fallbacks[0]' }, { path: 'metrics[0].breaker' }] } })
    }
  })

  if (kind !== 'embedded') {
    it('rests while Redis is away', async () => {
      const key = 'resting'
      await define(world, key)
      await redis!.stop()
      world.lose()
      await world.serve(key, 60, failing('b'))
      expect(await world.look()).toBe(0)
      expect(await lastAction(key)).toBe('start')
      expect((await world.serve(key, 30, never)).every(({ reason }) => reason === 'split')).toBe(true)
    })
  }
})
