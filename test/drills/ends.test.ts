import { afterAll, afterEach, describe, expect, it } from 'vitest'
import type { DrillView } from '../../src/core/drills/drill.ts'
import { connect } from '../../src/store/connect.ts'
import { createWebhookQueue } from '../../src/store/control/webhook-queue.ts'
import { verifyChains } from '../../src/store/control/ledger.ts'
import { verify } from '../../src/store/verify.ts'
import { experimentOf, startApp, type TestApp } from '../http/support.ts'
import { contender } from '../support/command.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { freshPostgres } from '../support/fresh.ts'
import { startRedis } from '../support/redis.ts'
import { type Service, startService, until } from '../support/service.ts'

/** Milliseconds: drills wait for looks of an engine that shares its machine. */
const patience = 240_000

const closing: (() => Promise<unknown>)[] = []
const closeAll = async (): Promise<void> => {
  for (const close of closing.splice(0).toReversed()) await close()
}
afterEach(closeAll)
afterAll(closeAll)

const open = async (environment: Record<string, string>): Promise<TestApp> => {
  const app = await startApp(environment)
  closing.push(app.close)
  return app
}

const latest = async (app: Pick<TestApp, 'must'>): Promise<DrillView | undefined> =>
  ((await app.must('GET', '/api/drills'))['items'] as DrillView[])[0]

const sound = async (app: TestApp): Promise<void> => {
  expect((await verifyChains(app.service.database.api)).breaks).toEqual([])
  expect((await verify(app.service.database.api)).differences).toEqual([])
}

describe('a drill that does not pass', () => {
  it('says what was missing, and is the only thing that webhooks hear of', async () => {
    const app = await open({ ENGINE: 'off' })
    await app.must('POST', '/api/webhooks', { url: 'https://example.com/hook' })
    await app.must('POST', '/api/drills', { type: 'rollback', limit: 'PT3S' })
    await until(async () => (await latest(app))?.state !== 'running')
    const drill = await latest(app)
    expect(drill).toMatchObject({
      state: 'failed', faultAt: null, detectedAt: null, timeToDetectMs: null, decision: null,
      text: expect.stringMatching(/^The engine did not look at healthy traffic within \d\.\d s\.$/),
    })
    const pool = app.service.database.api
    await until(async () => (await pool.run((sql) => sql`select cleared_at from drills`))[0]?.['cleared_at'] !== null)
    expect(await pool.run((sql) => sql`select state from experiments`)).toEqual([{ state: 'archived' }])

    await createWebhookQueue(pool).handOut()
    const told = await pool.run((sql) => sql<{ payload: string }[]>`select payload from outbox where payload is not null`)
    expect(told.map(({ payload }) => JSON.parse(payload) as object)).toMatchObject([
      { type: 'drill.failed', text: expect.stringContaining(`The rollback drill ${drill?.id} failed: The engine did not look`), data: { experiment: null } },
    ])
    await sound(app)
  }, patience)

  it('is abandoned when its process is killed: whoever leads next ends its experiment and clears what it counted', async () => {
    const { path, remove } = await temporaryDirectory()
    closing.push(remove)
    const environment = { DATA_DIR: path, LOG_LEVEL: 'error', ENGINE_INTERVAL_MS: '400' }
    const drillIn = async (service: Service) => ((await service.call('GET', '/api/drills')).body['items'] as DrillView[])[0]
    const first = await startService(environment)
    await first.call('POST', '/api/drills', { type: 'rollback' })
    await until(async () => ((await drillIn(first))?.units ?? 0) > 0)
    await first.kill('SIGKILL')

    const second = await startService(environment)
    await until(async () => (await drillIn(second))?.state === 'abandoned')
    const drill = await drillIn(second)
    expect(drill?.text).toBe('The process that ran it ended in the middle.')
    const { units } = drill!
    await second.kill('SIGTERM')

    const database = await connect({ dataDir: path })
    closing.push(database.close)
    const [left] = await database.api.run((sql) => sql`
      select (select state from experiments) as state, (select count(*) from epochs where ended_at is null)::int as open,
        (select count(*) from units)::int as units, (select units from drills) as sent, (select cleared_at is not null from drills) as cleared`)
    expect(left).toEqual({ state: 'archived', open: 0, units: 0, sent: units, cleared: true })
    expect((await verifyChains(database.api)).breaks).toEqual([])
  }, patience)
})

describe('due drills', () => {
  it('are started by the leader where a policy wants them', async () => {
    const app = await open({ ENGINE: 'on', ENGINE_INTERVAL_MS: '300' })
    await app.must('POST', '/api/models', { key: 'm' })
    for (const version of ['1', '2']) await app.must('POST', '/api/models/m/versions', { version })
    await app.must('POST', '/api/metrics', { key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' })
    const draft = (drills: object) => experimentOf('wants', { metrics: [{ metric: 'win', role: 'decision' }], policy: { drills } })
    const refused = await app.call('POST', '/api/experiments', draft({ every: 'PT1M' }))
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ path: 'policy.drills.every' }] } })
    await app.must('POST', '/api/experiments', draft({ types: ['breaker'] }))
    expect((await app.must('GET', '/api/experiments/wants'))['policy']).toMatchObject({ drills: { every: 'P30D', types: ['breaker'], required: false } })
    const page = async (): Promise<string> => (await app.call('GET', '/models/m', undefined, { accept: 'text/html' })).text
    expect(await page()).toContain('<p class="problem">Breaker was never rehearsed; wanted within 30 days.</p>')
    await app.must('POST', '/api/experiments/wants/actions', { action: 'start', reason: 'test' })
    await until(async () => (await latest(app))?.state === 'passed')
    expect(await latest(app)).toMatchObject({ type: 'breaker', actor: 'engine' })
    await until(async () => {
      const { health } = (await app.must('GET', '/api/experiments/wants/report')) as { health: { check: string; verdict: string }[] }
      return health.some(({ check, verdict }) => check === 'drills' && verdict === 'PASS')
    })
    expect((await app.must('GET', '/api/drills'))['items']).toHaveLength(1)
    expect(await page()).toMatch(/<p>Breaker passed (just now|\d+ min ago), detected in [\d.]+ s, reverted in [\d.]+ s\.<\/p>/)
  }, patience)
})

describe('on PostgreSQL and Redis', () => {
  it('passes on whatever node is asked, and `contender drill` says so', async () => {
    const redis = await startRedis()
    closing.push(redis.stop)
    const shared = { DATABASE_URL: await freshPostgres(), REDIS_URL: redis.url, ENGINE_INTERVAL_MS: '400' }
    await open({ ...shared, ENGINE: 'on' })
    const asked = await open({ ...shared, ENGINE: 'off' })
    const { code, stdout, stderr } = await contender(['drill', 'rollback', '--url', asked.url])
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^rollback drill 1 passed: The candidate began to fail, and it was rolled back after [\s\S]*\n {2}time to revert +[\d.]+ s\n/) })
    expect(stderr).toMatch(/^rollback drill 1 · [\d,]+ units? · /)

    const breaker = await contender(['drill', 'breaker', '--json', '--url', asked.url])
    expect([breaker.code, JSON.parse(breaker.stdout)]).toMatchObject([0, { type: 'breaker', state: 'passed' }])
    await sound(asked)
  }, patience)

  it('`contender drill` ends with 1 where it fails, and with 2 where nobody knows the type', async () => {
    const app = await open({ ENGINE: 'off' })
    const failed = await contender(['drill', 'silence', '--limit', 'PT2S', '--json', '--url', app.url])
    expect([failed.code, JSON.parse(failed.stdout)]).toMatchObject([1, { state: 'failed' }])
    const wrong = await contender(['drill', 'rolback', '--url', app.url])
    expect(wrong).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('did you mean rollback?') })
  }, patience)
})
