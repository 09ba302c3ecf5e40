import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTick } from '../../src/engine/tick.ts'
import { createEngineStore } from '../../src/entry/engine.ts'
import { createLease } from '../../src/store/control/lease.ts'
import { addCells, conversions, insertRunning } from '../support/experiment-rows.ts'
import { adminKey, expectProblem, startApp, type TestApp } from './support.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp({ ADMIN_KEY: adminKey })
  await app.must('POST', '/api/metrics', { key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' })
  await app.must('POST', '/api/metrics', { key: 'slow', kind: 'conversion', measure: 'slow', direction: 'decrease' })
  const { engine } = app.service.database
  const better = await insertRunning(engine, 'summary', { policy: { mode: 'observe' } })
  const tick = createTick({ store: createEngineStore(engine), log: { info: () => {}, warn: () => {}, error: () => {} } })
  const lease = await createLease(engine, randomUUID()).acquire()
  for (const cells of [[...conversions(0, 6_000, 2_400, 600), ...conversions(1, 6_000, 2_900, 600)], conversions(1, 1, 1, 0)]) {
    await addCells(engine, better.scope, cells)
    await tick(lease?.fence ?? 0)
  }
  const worse = await insertRunning(engine, 'worse')
  await addCells(engine, worse.scope, [...conversions(0, 6_000, 2_400, 300), ...conversions(1, 6_000, 2_400, 1_800)])
  await insertRunning(engine, 'unknown')
})
afterAll(() => app.close())

/** What Flagger posts. */
const hook = { name: 'summarizer', namespace: 'models', phase: 'Progressing', checksum: '85d557f47b', metadata: { test: 'all', token: '16688eb5e9f289f1991c' } }

describe('a gate', () => {
  it('opens for what is known to be better, and only waits for what is not known', async () => {
    const open = await app.call('POST', '/api/gates/summary:qwen', hook)
    expect([open.status, open.body]).toEqual([200, {
      gate: 'summary:qwen', ask: 'promote', open: true, result: 'pass', reason: 'qwen has passed everything', experiment: 'summary', variant: 'qwen',
      state: 'running', asOf: expect.any(String),
    }])
    expect(await app.call('GET', '/api/gates/summary')).toMatchObject({ status: 200, body: { variant: 'qwen' } })
    expect(await app.call('GET', '/api/gates/unknown')).toMatchObject({ status: 403, body: { open: false, result: 'wait' } })
    expect(await app.call('GET', '/api/gates/unknown?ask=rollback')).toMatchObject({ status: 403, body: { result: 'wait' } })
    const harmful = await app.call('POST', '/api/gates/worse:qwen', { ...hook, metadata: null })
    expect([harmful.status, harmful.body['result'], harmful.body['reason']]).toEqual([403, 'fail', expect.stringContaining('slow')])
    expect(await app.call('POST', '/api/gates/worse?ask=rollback', hook)).toMatchObject({ status: 200, body: { result: 'pass' } })
    expect(await app.call('POST', '/api/gates/worse?ask=safe', hook)).toMatchObject({ status: 403 })
  })

  it('waits where the engine would, as for a version that is locked', async () => {
    const lock = (json: string | null) => app.service.database.engine.run((sql) => sql`
      update versions set lock = ${json}::text::jsonb where version = '2' and model = (select model from experiments where key = 'summary')`)
    await lock(JSON.stringify({ at: '2026-01-01T00:00:00Z', actor: 'ada', reason: 'it failed', experiment: 'before' }))
    for (const ask of ['promote', 'safe']) {
      expect(await app.call('GET', `/api/gates/summary?ask=${ask}`)).toMatchObject({ status: 403, body: { result: 'wait', reason: expect.stringContaining('locked since before') } })
    }
    await lock(null)
    expect(await app.call('GET', '/api/gates/summary')).toMatchObject({ status: 200 })
  })

  it('answers a value to those who take any other status as an error', async () => {
    for (const [gate, result] of [['summary', 'pass'], ['worse', 'fail'], ['unknown', 'wait']]) {
      expect(await app.call('GET', `/api/gates/${gate}?answer=value`)).toMatchObject({ status: 200, body: { result } })
    }
  })

  it('says what is wrong with a question', async () => {
    expectProblem(await app.call('GET', '/api/gates/nobody'), 'experiment_not_found')
    expectProblem(await app.call('GET', '/api/gates/summary:nobody'), 'not_found')
    expectProblem(await app.call('GET', '/api/gates/summary:gemma'), 'not_found')
    expectProblem(await app.call('GET', '/api/gates/summary:qwen:x'), 'invalid_path')
    expectProblem(await app.call('GET', '/api/gates/summary?ask=love'), 'invalid_query')
    const { key } = await app.must('POST', '/api/keys', { name: 'other', scopes: ['assign'] })
    expectProblem(await app.call('GET', '/api/gates/summary', undefined, { authorization: `Bearer ${String(key)}` }), 'scope_missing')
  })

  it('is where the guide says', async () => {
    const guide = await readFile(new URL('../../src/KUBERNETES.md', import.meta.url), 'utf8')
    const urls = [...guide.matchAll(/url: http:\/\/[a-z.-]+(\/api\/\S+)/g)].map(([, path = '']) => path.replace('{{args.gate}}', 'summary:qwen'))
    expect(urls).toHaveLength(4)
    const statuses = await Promise.all(urls.map(async (path) => (await app.call(path.includes('value') ? 'GET' : 'POST', path, path.includes('value') ? undefined : hook)).status))
    expect(statuses).toEqual([200, 200, 403, 200])
    const bodies = [...guide.matchAll(/```json\n(.*)\n```/g)].map(([, text = '']) => JSON.parse(text) as Record<string, unknown>)
    const [signal, declared, check] = bodies
    expect(await app.call('POST', '/api/signals', signal)).toMatchObject({ status: 200, body: { changed: true, status: 'alarm', variant: 'qwen' } })
    expect((await app.must('GET', '/api/signals?experiment=summary'))['items']).toMatchObject([{ name: 'gpu-memory' }])
    expect(await app.call('POST', '/api/models/summary/versions/2/checks', check)).toMatchObject({ status: 201 })
    const draft = { key: 'declared', model: 'summary', unguarded: true, variants: [{ key: 'gemma', version: '1', control: true }, { key: 'qwen', version: '2' }],
      metrics: [{ metric: 'win', role: 'decision' }], stages: [{ allocation: 'fixed' }], ...declared }
    expect(await app.call('POST', '/api/experiments', draft)).toMatchObject({ status: 201, body: declared })
    const twice = { ...draft, key: 'twice', signals: [{ name: 'x' }, { name: 'x' }, { name: 'y', variant: 'nobody' }] }
    expect((await app.call('POST', '/api/experiments', twice)).body['errors']).toMatchObject([{ path: 'signals[2].variant' }, { path: 'signals[1].name' }])
    expectProblem(await app.call('GET', '/api/signals'), 'invalid_query')
  })
})
