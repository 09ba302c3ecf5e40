import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DrillView } from '../../src/core/drills/drill.ts'
import { verifyChains } from '../../src/store/control/ledger.ts'
import { verify } from '../../src/store/verify.ts'
import { expectProblem, startApp, type TestApp } from '../http/support.ts'
import { until } from '../support/service.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp({ ENGINE: 'on', ENGINE_INTERVAL_MS: '400' })
})
afterAll(() => app.close())

/** Milliseconds: drills wait for looks of an engine that shares its machine. */
const patience = 240_000

const drillOf = async (id: number) => (await app.must('GET', `/api/drills/${id}`)) as DrillView

const ended = async (id: number): Promise<DrillView> => {
  await until(async () => (await drillOf(id)).state !== 'running')
  return drillOf(id)
}

const perform = async (type: string): Promise<DrillView> => {
  const begun = await app.call('POST', '/api/drills', { type })
  expect(begun).toMatchObject({ status: 202, body: { type, state: 'running', actor: 'local', faultAt: null, timeToDetectMs: null } })
  return ended(begun.body['id'] as number)
}

/** Nothing that a drill counted is left. */
const cleared = async (id: number): Promise<void> => {
  const { database } = app.service
  await until(async () => {
    const [row] = await database.api.run((sql) => sql`select cleared_at from drills where id = ${id}`)
    return row?.['cleared_at'] !== null
  })
  const [left] = await database.api.run((sql) => sql`
    select (select count(*) from units) + (select count(*) from rollups) + (select count(*) from outcomes) + (select count(*) from outcome_keys)
      + (select count(*) from analyses) + (select count(*) from post_mortems) + (select count(*) from metrics) as left`)
  expect(Number(left!['left'])).toBe(0)
}

const fine = { state: 'passed', faultAt: expect.any(String), detectedAt: expect.any(String), endedAt: expect.any(String), units: expect.any(Number) }

describe('a drill', () => {
  it.each([
    ['rollback', 'rollback', /^The candidate began to fail, and it was rolled back after [\d.]+ s; version 1 was answered [\d.]+ s later\.$/],
    ['breaker', 'quarantine', /^Every call of the candidate failed, and it was quarantined after [\d.]+ s; version 1 was answered [\d.]+ s later\.$/],
    ['fallback', 'fallback', /^Every call of the control failed, and a fallback stood in for it after [\d.]+ s; version 0 was answered [\d.]+ s later\.$/],
    ['silence', 'rollback', /^The candidate reported nothing, and it was rolled back after .* Nobody reported anything, and everything was held after .*, and nobody was rolled back\.$/],
  ])('%s passes where the engine runs, and leaves nothing but the ledger', async (type, action, text) => {
    const drill = await perform(type)
    expect(drill).toMatchObject({ ...fine, type, revertedAt: expect.any(String), text: expect.stringMatching(text) })
    expect(drill.timeToDetectMs).toBe(Date.parse(drill.detectedAt!) - Date.parse(drill.faultAt!))
    expect(drill.timeToRevertMs).toBe(Math.max(0, Date.parse(drill.revertedAt!) - Date.parse(drill.detectedAt!)))
    const decision = await app.must('GET', `/api/decisions/${drill.decision}`)
    expect(decision).toMatchObject({ action, actor: 'engine', status: 'applied' })
    expect(Date.parse(decision['at'] as string)).toBe(Date.parse(drill.detectedAt!))
    await cleared(drill.id)
    expect(await app.must('GET', `/api/decisions/${drill.decision}/replay`)).toMatchObject({ same: true })
    expect((await verifyChains(app.service.database.api)).breaks).toEqual([])
    expect((await verify(app.service.database.api)).differences).toEqual([])
  }, patience)

  it('is one at a time, and nobody sees what it rehearses on', async () => {
    const begun = await app.call('POST', '/api/drills', { type: 'breaker' })
    const id = begun.body['id'] as number
    const second = await app.call('POST', '/api/drills', { type: 'rollback' })
    expectProblem(second, 'conflict')
    expect(second.body['detail']).toBe(`the breaker drill ${id} is running; one at a time`)
    await until(async () => app.service.live.current()?.experiments.has(`drill:${id}:breaker`) ?? false)
    expect((await app.call('GET', '/metrics')).text).not.toMatch(/drill:\d/)
    for (const path of ['/api/models', '/api/experiments', '/api/metrics', '/api/post-mortems']) {
      expect(await app.must('GET', path), path).toMatchObject({ items: [] })
    }
    expect(JSON.stringify(await app.must('GET', '/api/export'))).not.toContain('drill')
    expect((await app.must('GET', '/snapshot'))).toMatchObject({ models: [], experiments: [], dormant: [] })
    expect((await app.call('GET', '/')).text).not.toMatch(/drill:\d/)
    for (const path of ['models', 'experiments']) expect((await app.call('GET', `/${path}/drill:${id}:breaker`)).status).toBe(404)
    expectProblem(await app.call('POST', '/assign', { experiment: `drill:${id}:breaker`, unit: 'u' }), 'invalid_body')
    expect((await app.call('GET', `/api/experiments/drill:${id}:breaker`)).status).toBeGreaterThanOrEqual(400)
    expect(await app.call('POST', '/api/models', { key: `drill:${id}:mine` })).toMatchObject({ status: 400, body: { errors: [{ path: 'key' }] } })

    expect(await ended(id)).toMatchObject({ state: 'passed' })
    await cleared(id)
    await app.service.live.refresh()
    expect(app.service.live.source()).toMatchObject({ models: [], experiments: [], dormant: [] })
    expect((await app.call('GET', '/')).text).toMatch(/Last drill: breaker passed just now, detected in [\d.]+ s, reverted in [\d.]+ s\./)
  }, patience)

  it('that does not exist is told so, and one that nobody knows is refused', async () => {
    expectProblem(await app.call('GET', '/api/drills/999'), 'not_found')
    expectProblem(await app.call('POST', '/api/drills', { type: 'fire' }), 'invalid_body')
    expect((await app.must('GET', '/api/drills?limit=1'))['items']).toHaveLength(1)
  })
})
