import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { define, expectProblem, startApp, startExperiment, type TestApp } from './support.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp()
  await define(app)
})
afterAll(() => app.close())

type Report = { units: number; variants: { key: string; units: number; outcomes: number; metrics: Record<string, { estimate: number; n: number }> }[] }
const reportOf = async (key: string): Promise<Report> => (await app.must('GET', `/api/experiments/${key}/report`)) as unknown as Report

describe('from an assignment to the report', () => {
  it('counts every unit and outcome, once, in its variant', async () => {
    const units = Array.from({ length: 60 }, (_, index) => `unit-${index}`)
    const { results } = (await app.must('POST', '/assign/batch', { requests: units.map((unit) => ({ experiment: 'live', unit })) })) as {
      results: { variant: string; token: string; reason: string }[]
    }
    expect(results.every((result) => result.reason === 'split')).toBe(true)
    const outcomes = results.map(({ token }, index) => ({ token, id: `o-${index}`, measures: { win: index % 3 === 0, score: index } }))
    expect(await app.must('POST', '/outcome/batch', { outcomes })).toEqual({ accepted: 60, duplicates: 0, rejected: [] })
    expect(await app.must('POST', '/outcome/batch', { outcomes })).toEqual({ accepted: 0, duplicates: 60, rejected: [] })

    const report = await reportOf('live')
    expect(report.units).toBe(60)
    for (const key of ['a', 'b']) {
      const mine = results.flatMap((result, index) => (result.variant === key ? [index] : []))
      const variant = report.variants.find((one) => one.key === key)
      expect(variant).toMatchObject({ units: mine.length, outcomes: mine.length })
      expect(variant?.metrics['win']).toMatchObject({ n: mine.length })
      expect(variant?.metrics['win']?.estimate).toBeCloseTo(mine.filter((index) => index % 3 === 0).length / mine.length, 12)
      expect(variant?.metrics['score']?.estimate).toBeCloseTo(mine.reduce((sum, index) => sum + index, 0) / mine.length, 9)
    }
  })

  it('rejects what is wrong in a batch, and stores the rest', async () => {
    const { token } = await app.must('POST', '/assign', { experiment: 'live', unit: 'batch' })
    const outcomes = [
      { token, id: 'good', measures: { win: 1 } }, { token: 'bad', id: 'b', measures: { win: 1 } },
      { token, id: 'c', measures: { nothing: 1 } }, { token, id: 'good', measures: { win: 1 } },
      { token, id: 'good', measures: { win: 0 } },
    ]
    const answer = await app.must('POST', '/outcome/batch', { outcomes })
    expect(answer).toMatchObject({ accepted: 1, duplicates: 1 })
    expect((answer['rejected'] as { index: number; code: string }[]).map(({ index, code }) => [index, code])).toEqual([
      [1, 'bad_token'], [2, 'unknown_measure'], [4, 'id_conflict'],
    ])
  })

  it('a higher revision replaces what was said', async () => {
    await startExperiment(app, 'revised')
    const { token, variant } = await app.must('POST', '/assign', { experiment: 'revised', unit: 'u' })
    await app.must('POST', '/outcome', { token, id: 'r', measures: { score: 10 } })
    expect(await app.must('POST', '/outcome', { token, id: 'r', revision: 1, measures: { score: 30 } })).toEqual({ accepted: 1, duplicates: 0 })
    const report = await reportOf('revised')
    expect(report.variants.find((one) => one.key === variant)).toMatchObject({ outcomes: 1, metrics: { score: { estimate: 30 } } })
  })

  it('a new metric counts at once, a model without an experiment answers its champion', async () => {
    await app.must('POST', '/api/metrics', { key: 'cost', kind: 'total', measure: 'cost_usd', direction: 'decrease' })
    const { token } = await app.must('POST', '/assign', { experiment: 'live', unit: 'cost' })
    expect(await app.must('POST', '/outcome', { token, id: 'cost', measures: { cost_usd: 0.25 } })).toEqual({ accepted: 1, duplicates: 0 })

    await app.must('POST', '/api/models', { key: 'plain' })
    await app.must('POST', '/api/models/plain/versions', { version: '7', payload: { url: 'x' } })
    expectProblem(await app.call('POST', '/assign', { model: 'plain', unit: 'u' }), 'not_running')
    await app.must('PUT', '/api/models/plain/champion', { version: '7', reason: 'first' })
    const served = await app.must('POST', '/assign', { model: 'plain', unit: 'u' })
    expect(served).toMatchObject({ experiment: null, variant: null, version: '7', payload: { url: 'x' }, reason: 'champion', epoch: null })
    expect(await app.must('POST', '/outcome', { token: served['token'], measures: { win: 1 } })).toEqual({ accepted: 1, duplicates: 0 })
  })

  it('an experiment that was stopped answers the champion, and its outcomes still count', async () => {
    await startExperiment(app, 'stopped')
    const { token } = await app.must('POST', '/assign', { experiment: 'stopped', unit: 'u' })
    const done = await app.must('POST', '/api/experiments/stopped/actions', { action: 'stop', reason: 'test' })
    expect(done).toMatchObject({ state: 'stopped', decision: expect.any(Number) })
    expect(await app.must('GET', `/api/decisions/${done['decision']}`)).toMatchObject({ action: 'stop', actor: 'local', experiment: 'stopped' })
    expect(await app.must('POST', '/assign', { experiment: 'stopped', unit: 'u' })).toMatchObject({ variant: null, reason: 'champion' })
    expect(await app.must('POST', '/outcome', { token, measures: { win: 1 } })).toEqual({ accepted: 1, duplicates: 0 })
    expect((await reportOf('stopped')).units).toBe(1)
  })
})

describe('local evaluation', () => {
  type Event = { event: string; data: string }
  const events = async function* (body: ReadableStream<Uint8Array>): AsyncGenerator<Event> {
    const decoder = new TextDecoder()
    let text = ''
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true })
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const fields = Object.fromEntries(text.slice(0, end).split('\n').map((line) => line.split(': ', 2)))
        text = text.slice(end + 2)
        if ('event' in fields) yield fields as Event
      }
    }
  }

  it('gets the snapshot once, then hears of changes', async () => {
    const first = await app.call('GET', '/snapshot')
    const etag = first.headers.get('etag')!
    expect(first.body).toMatchObject({ format: 1, experiments: expect.arrayContaining([expect.objectContaining({ key: 'live' })]) })
    expect((await app.call('GET', '/snapshot', undefined, { 'if-none-match': etag })).status).toBe(304)

    const stream = await fetch(`${app.url}/snapshot/events`)
    const heard = events(stream.body!)
    expect((await heard.next()).value).toMatchObject({ event: 'version', data: String(first.body['version']) })
    await startExperiment(app, 'heard')
    const next = (await heard.next()).value as Event
    expect(Number(next.data)).toBeGreaterThan(first.body['version'] as number)
    await heard.return(undefined)
    expect((await app.call('GET', '/snapshot', undefined, { 'if-none-match': etag })).status).toBe(200)
  })

  it('reports what it assigned, and is believed only where the service agrees', async () => {
    const assigned = await app.must('POST', '/assign', { experiment: 'live', unit: 'local' })
    const { epoch } = assigned
    const other = assigned['variant'] === 'a' ? 'b' : 'a'
    const exposure = { experiment: 'live', unit: 'local', epoch, at: new Date().toISOString() }
    const { results } = await app.must('POST', '/exposures', {
      exposures: [
        { ...exposure, variant: assigned['variant'] }, { ...exposure, variant: other }, { ...exposure, variant: 'a', epoch: 99 },
        { ...exposure, variant: 'a', experiment: 'nothing' },
      ],
    })
    expect(results).toMatchObject([
      { token: expect.stringMatching(/^v1\./) }, { error: { code: 'conflict' } }, { error: { code: 'stale' } },
      { error: { code: 'experiment_not_found' } },
    ])
    const { token } = (results as { token: string }[])[0]!
    expect(await app.must('POST', '/outcome', { token, measures: { win: 1 } })).toEqual({ accepted: 1, duplicates: 0 })
  })
})

describe('operations', () => {
  it('is ready with a snapshot, healthy always, and counts what it does', async () => {
    expect(await app.must('GET', '/health')).toEqual({ status: 'ok' })
    expect(await app.must('GET', '/ready')).toMatchObject({ ready: true, snapshot: { version: expect.any(Number) }, checks: { database: 'ok' } })
    await app.must('POST', '/assign', { experiment: 'live', unit: 'counted' })
    const { text } = await app.call('GET', '/metrics')
    expect(text).toMatch(/contender_http_requests_total\{route="\/assign",method="POST",status="200"\} \d+/)
    expect(text).toMatch(/contender_assignments_total\{experiment="live",variant="[ab]",reason="split"\} \d+/)
    expect(text).toMatch(/^contender_snapshot_version \d+$/m)
    expect(text).not.toContain('counted')
  })
})
