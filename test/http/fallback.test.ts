import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verify } from '../../src/store/verify.ts'
import { freshPostgres } from '../support/fresh.ts'
import { look } from '../support/look.ts'
import { expectReplays } from '../support/replays.ts'
import { define, expectProblem, experimentOf, startApp, type TestApp } from './support.ts'

type Answer = { variant: string | null; version: string; reason: string }

describe.each(['embedded', 'PostgreSQL'])('fallback and roll-through by a person (%s)', (kind) => {
  let app: TestApp
  beforeAll(async () => {
    app = await startApp(kind === 'embedded' ? {} : { DATABASE_URL: await freshPostgres() })
    await define(app)
  })
  afterAll(() => app.close())

  const act = (key: string, action: string, more: object = {}) => app.call('POST', `/api/experiments/${key}/actions`, { action, reason: 'it is rude', ...more })

  /** A running experiment of versions 1 to 3 on a model of its own, whose champion was version 0 before. */
  const start = async (key: string, more: object = {}): Promise<void> => {
    await app.must('POST', '/api/models', { key })
    for (const version of ['0', '1', '2', '3']) await app.must('POST', `/api/models/${key}/versions`, { version, payload: { version } })
    for (const version of ['0', '1']) await app.must('PUT', `/api/models/${key}/champion`, { version, reason: 'test' })
    await app.must('POST', '/api/experiments', experimentOf(key, {
      model: key, salt: key, variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }, { key: 'c', version: '3' }],
      stages: [{ allocation: 'fixed', coverage: 0.8 }], ...more,
    }))
    expect((await act(key, 'start')).status).toBe(200)
  }

  /** What forty units get. */
  const served = async (key: string): Promise<Answer[]> =>
    (await app.must('POST', '/assign/batch', { requests: Array.from({ length: 40 }, (_, unit) => ({ experiment: key, unit: `unit-${unit}` })) }))['results'] as Answer[]
  const kinds = (answers: readonly Answer[]): string[] => [...new Set(answers.map(({ variant, version, reason }) => `${variant} ${version} ${reason}`))].toSorted()
  const last = async (key: string): Promise<Record<string, unknown>> =>
    ((await app.must('GET', `/api/experiments/${key}/decisions?limit=1`))['items'] as Record<string, unknown>[])[0]!

  it('takes the control out without any breaker: the champion before stands in, for who takes no part as well, and nobody else moves', async () => {
    await start('out')
    const before = await served('out')
    expect(kinds(before)).toEqual(['a 1 split', 'b 2 split', 'c 3 split', 'null 1 not_enrolled'])
    const done = await act('out', 'fallback')
    expect(done).toMatchObject({ status: 200, body: { state: 'running', epoch: 2, decision: expect.any(Number) } })
    const after = await served('out')
    expect(kinds(after)).toEqual(['b 2 split', 'c 3 split', 'null 0 fallback'])
    before.forEach(({ variant, version }, unit) => expect(after[unit]!.version).toBe(variant === null || variant === 'a' ? '0' : version))
    expect(await app.must('GET', '/api/experiments/out')).toMatchObject({
      fallback: { version: '0', manual: true }, variants: [{ status: 'quarantined', breaker: { state: 'open', until: null, openings: 0, probes: 0 } }, {}, {}],
    })
    expect(await app.must('GET', `/api/decisions/${String(done.body['decision'])}`)).toMatchObject({
      action: 'fallback', variant: 'a', actor: 'local', mode: 'manual', rule: 'manual', reason: 'it is rude', evidence: { fallback: { from: '1', to: '0' } },
      runbook: { next: expect.stringContaining('enable with the key of the control'), undo: 'enable lets a serve again; nothing else does.' },
      undo: { calls: [{ method: 'POST', path: '/api/experiments/out/actions', body: { action: 'enable', variant: 'a' } }] },
    })
    expectProblem(await act('out', 'fallback'), 'conflict')
  })

  it('holds gains and needs somebody as long as it is in force, which looks do not end', async () => {
    const pool = app.service.database.engine
    for (let time = 0; time < 4; time++) await look(pool)
    const said = 'a person took a out, and version 0 serves instead until somebody lets a back in'
    expect(await app.must('GET', '/api/experiments/out')).toMatchObject({ fallback: { version: '0' }, holds: expect.arrayContaining([expect.objectContaining({ reason: 'breaker', variant: 'a', text: said })]) })
    const { health, sampleRatio } = (await app.must('GET', '/api/experiments/out/report')) as { health: object[]; sampleRatio: object }
    expect(health).toContainEqual({ check: 'fallback', verdict: 'FAIL', text: `A${said.slice(1)}.` })
    expect(sampleRatio).toMatchObject({ verdict: 'PASS' })
    const page = await app.call('GET', '/', undefined, { accept: 'text/html' })
    expect(page.text).toContain('person took a out')
  })

  it('ends by enable with the control, and everybody gets what they got before', async () => {
    expectProblem(await act('out', 'disable', { variant: 'a' }), 'conflict')
    expect(await act('out', 'enable', { variant: 'a' })).toMatchObject({ status: 200, body: { epoch: 3 } })
    expect(kinds(await served('out'))).toEqual(['a 1 split', 'b 2 split', 'c 3 split', 'null 1 not_enrolled'])
    expect(await app.must('GET', '/api/experiments/out')).not.toHaveProperty('fallback')
    expect(await last('out')).toMatchObject({ action: 'enable', variant: 'a', undo: { calls: [{ body: { action: 'fallback' } }] } })
    expectProblem(await act('out', 'enable', { variant: 'a' }), 'conflict')
  })

  it('is refused where nothing can stand in, with the field that helps; with that it is done, of a paused experiment as well', async () => {
    const refused = await act('live', 'fallback')
    expectProblem(refused, 'conflict')
    expect(refused.body['detail']).toContain('name versions in fallbacks of the model m')
    expectProblem(await act('live', 'fallback', { variant: 'b' }), 'invalid_definition')
    await app.must('PATCH', '/api/models/m', { fallbacks: ['2'] })
    await app.must('POST', '/api/experiments/live/actions', { action: 'pause', reason: 'test' })
    expect((await act('live', 'fallback')).status).toBe(200)
    expect(kinds(await served('live'))).toEqual(['b 2 split', 'null 2 fallback'])
  })

  it('outlives the experiment: what stands in becomes champion, and the control’s version does not come back by itself', async () => {
    expect((await act('live', 'stop')).body).toMatchObject({ state: 'stopped' })
    expect(await app.must('GET', '/api/models/m')).toMatchObject({ champion: '2' })
    expect(await app.must('GET', '/api/models/m/champion/history')).toMatchObject({ items: [{ version: '2', previous: '1', kind: 'rollback', experiment: 'live' }, {}] })
    expect(kinds(await served('live'))).toEqual(['null 2 champion'])
  })

  it('hands the traffic of a candidate on to the one that waits, kills and locks it, and opens a post-mortem', async () => {
    expectProblem(await act('out', 'roll-through'), 'conflict')
    await start('on', { policy: { onHarm: 'roll-through', next: 'c' }, stages: [{ allocation: 'fixed', weights: { a: 0.5, b: 0.5, c: 0 } }] })
    expect(kinds(await served('on'))).toEqual(['a 1 split', 'b 2 split'])
    expect((await act('on', 'roll-through')).body).toMatchObject({ state: 'running', epoch: 2 })
    expect(kinds(await served('on'))).toEqual(['a 1 split', 'c 3 split'])
    expect(await last('on')).toMatchObject({ action: 'roll-through', variant: null, rule: 'manual', weightsBefore: [0.5, 0.5, 0], weightsAfter: [0.5, 0, 0.5], evidence: { locked: ['2'], next: 'c' } })
    expect(await app.must('GET', '/api/models/on/versions/2')).toMatchObject({ lock: { actor: 'local', reason: 'it is rude', experiment: 'on' } })
    expect((await app.must('GET', '/api/post-mortems'))['items']).toMatchObject([{ action: 'roll-through', experiment: 'on', locked: ['2'], signature: null }])
    const again = await act('on', 'roll-through')
    expectProblem(again, 'conflict')
    expect(again.body['detail']).toContain('policy.next, "c", has traffic already')
  })

  it('leaves a ledger that can be taken again, and counts that are those of its units', async () => {
    const { database } = app.service
    expect(await expectReplays(database.engine)).toBeGreaterThan(8)
    expect((await verify(database.api)).differences).toEqual([])
  })
})
