import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectProblem, startApp, type TestApp } from '../http/support.ts'
import { type RegistryServer, startRegistry } from './registry-server.ts'

let registry: RegistryServer
let app: TestApp
beforeAll(async () => {
  registry = await startRegistry('support/answers', { 1: {}, 2: { run: 'r2' }, 3: {}, 4: { status: 'PENDING_REGISTRATION' } })
  app = await startApp({ ENGINE: 'on', ENGINE_INTERVAL_MS: '100', MLFLOW_TRACKING_URI: registry.url })
  await app.must('POST', '/api/models', { key: 'm', registry: { mlflow: 'support/answers' } })
})
afterAll(async () => {
  await app.close()
  await registry.close()
})

type Sync = { status: string; written: string | null; observed: string | null; error: string | null } | null
const syncOf = async (): Promise<Sync> => (await app.must('GET', '/api/models/m'))['registrySync'] as Sync
/** Any publication makes the engine look at the registry at once. */
const touch = () => app.must('PATCH', '/api/models/m', { fallbacks: [] })
const settles = (sync: object) => expect.poll(syncOf).toMatchObject(sync)

describe('importing from the registry', () => {
  it('takes a version over with what its run tells, once', async () => {
    const made = await app.must('POST', '/api/models/m/import', { version: '2', payload: { at: 'two' } })
    expect(made).toMatchObject({
      version: '2', artifact: 'models:/support/answers/2', owner: 'ada', evaluation: { f1: 0.81 }, parameters: { epochs: '3' }, codeVersion: 'abc123',
      dataset: 'tickets (d1)', payload: { at: 'two' }, trainedAt: '2025-10-09T08:53:20.000Z',
    })
    expect(await app.must('POST', '/api/models/m/import', { version: '2' })).toEqual(made)
    registry.aliases.set('challenger', '3')
    expect(await app.must('POST', '/api/models/m/import', { alias: 'challenger' })).toMatchObject({ version: '3', artifact: 'models:/support/answers/3' })
    await app.must('POST', '/api/models/m/import', { version: '1' })
  })

  it('refuses what is not READY, not there, or not said', async () => {
    expectProblem(await app.call('POST', '/api/models/m/import', { version: '4' }), 'conflict')
    expect((await app.call('POST', '/api/models/m/import', { version: '9' })).body).toMatchObject({ code: 'invalid_definition', errors: [{ path: 'version' }] })
    expect((await app.call('POST', '/api/models/m/import', { alias: 'nobody' })).body).toMatchObject({ code: 'invalid_definition', errors: [{ path: 'alias' }] })
    expectProblem(await app.call('POST', '/api/models/m/import', { version: '1', alias: 'challenger' }), 'invalid_definition')
    await app.must('POST', '/api/models', { key: 'apart' })
    expectProblem(await app.call('POST', '/api/models/apart/import', { version: '1' }), 'conflict')
  })
})

describe('a champion', () => {
  it('is told to the registry, with the experiment and the decision that made it', async () => {
    await app.must('PUT', '/api/models/m/champion', { version: '1', reason: 'first' })
    await settles({ status: 'synced', written: '1', observed: '1' })
    await app.must('POST', '/api/metrics', { key: 'win', kind: 'conversion', measure: 'won', direction: 'increase' })
    await app.must('POST', '/api/experiments', {
      key: 'e', model: 'm', unguarded: true, variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }],
      metrics: [{ metric: 'win', role: 'decision' }], stages: [{ allocation: 'fixed' }],
    })
    await app.must('POST', '/api/experiments/e/actions', { action: 'start', reason: 'go' })
    const { decision } = await app.must('POST', '/api/experiments/e/actions', { action: 'promote', variant: 'b', reason: 'better' })
    await settles({ status: 'synced', written: '2' })
    expect(Object.fromEntries(registry.aliases)).toMatchObject({ champion: '2', previous_champion: '1' })
    expect(registry.tags.get('2')).toEqual({ experiment: 'e', decision: String(decision) })
  })

  it('is served whatever the registry does; what it has not heard is pending, and told when it is back', async () => {
    for (const how of ['fail', 'hang'] as const) {
      registry.behave(how)
      const version = how === 'fail' ? '1' : '2'
      await app.must('PUT', '/api/models/m/champion', { version, reason: 'back' })
      expect(await app.must('POST', '/assign', { model: 'm', unit: 'u' })).toMatchObject({ version })
      await settles({ status: 'pending', error: 'the registry does not answer' })
      expect((await app.call('POST', '/api/models/m/import', { version: '3' })).status).toBe(503)
      registry.behave('well')
      await touch()
      await settles({ status: 'synced', written: version })
    }
  })
})

describe('somebody who moves the alias in the registry', () => {
  it('is not overruled: it holds the experiments on the model until a person says which one counts', async () => {
    await app.must('POST', '/api/experiments', {
      key: 'held', model: 'm', unguarded: true, variants: [{ key: 'a', version: '2', control: true }, { key: 'b', version: '3' }],
      metrics: [{ metric: 'win', role: 'decision' }], stages: [{ allocation: 'fixed' }],
    })
    await app.must('POST', '/api/experiments/held/actions', { action: 'start', reason: 'go' })
    const { token } = await app.must('POST', '/assign', { experiment: 'held', unit: 'u' })
    await app.must('POST', '/outcome', { token, measures: { won: true } })
    registry.aliases.set('champion', '3')
    registry.writes.length = 0
    await touch()
    await settles({ status: 'drift', written: '2', observed: '3' })
    const holds = async () => (await app.must('GET', '/api/experiments/held'))['holds']
    await expect.poll(holds).toMatchObject([{ reason: 'registry_drift', text: expect.stringContaining('to version 3, from 2') }])
    expect(registry.writes).toEqual([])
    expect(await app.must('POST', '/assign', { model: 'm', unit: 'other' })).not.toMatchObject({ reason: 'champion' })
    expect(await app.must('GET', '/api/models/m')).toMatchObject({ champion: '2' })

    await app.must('POST', '/api/models/m/registry', { keep: 'ours', reason: 'it was a slip' })
    await settles({ status: 'synced', written: '2' })
    expect(registry.aliases.get('champion')).toBe('2')
    await expect.poll(holds).toEqual([])
    expectProblem(await app.call('POST', '/api/models/m/registry', { keep: 'ours', reason: 'again' }), 'conflict')
  })

  it('is followed where a person wants that', async () => {
    await app.must('POST', '/api/experiments/held/actions', { action: 'stop', reason: 'enough' })
    registry.aliases.set('champion', '3')
    await touch()
    await settles({ status: 'drift', observed: '3' })
    expect(await app.must('POST', '/api/models/m/registry', { keep: 'registry', reason: 'they are right' })).toMatchObject({ champion: '3', registrySync: { status: 'synced', written: '3' } })
    const audit = (await app.must('GET', '/api/models/m/audit?limit=500'))['items'] as { action: string; reason: string }[]
    expect(audit.filter(({ action }) => action === 'registry').map(({ reason }) => reason)).toEqual([
      expect.stringContaining('nothing was overwritten'), 'it was a slip', expect.stringContaining('nothing was overwritten'), 'they are right',
    ])
  })
})
