import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { define, expectProblem, startApp, type TestApp } from './support.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp()
  await define(app)
})
afterAll(() => app.close())

describe('reading the watch of a model', () => {
  it('counts what champion answers led to, each outcome once, under the version that served', async () => {
    await app.must('POST', '/api/models', { key: 'plain', watch: { metrics: ['win', 'score'] } })
    for (const version of ['1', '2']) await app.must('POST', '/api/models/plain/versions', { version })
    const serve = async (version: string, unit: string): Promise<unknown> => {
      await app.must('PUT', '/api/models/plain/champion', { version, reason: 'test' })
      const answer = await app.must('POST', '/assign', { model: 'plain', unit })
      expect(answer).toMatchObject({ version, reason: 'champion', variant: null })
      return answer['token']
    }
    const outcomes = [
      { token: await serve('1', 'one'), id: 'a', measures: { win: true, score: 10 } },
      { token: await serve('1', 'two'), id: 'b', measures: { win: false, score: 30 } },
      { token: await serve('2', 'one'), id: 'c', measures: { score: 50 } },
    ]
    expect(await app.must('POST', '/outcome/batch', { outcomes })).toEqual({ accepted: 3, duplicates: 0, rejected: [] })
    expect(await app.must('POST', '/outcome/batch', { outcomes })).toEqual({ accepted: 0, duplicates: 3, rejected: [] })

    const { model, days } = (await app.must('GET', '/api/models/plain/watch')) as { model: string; days: Record<string, unknown>[] }
    expect(model).toBe('plain')
    const day = expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/)
    expect(days).toEqual([
      { day, version: '1', units: 2, outcomes: 2, metrics: { win: { estimate: 0.5, n: 2 }, score: { estimate: 20, n: 2 } } },
      { day, version: '2', units: 1, outcomes: 1, metrics: { win: { estimate: 0, n: 1 }, score: { estimate: 50, n: 1 } } },
    ])
  })

  it('knows quantiles of what the champion led to', async () => {
    await app.must('POST', '/api/metrics', { key: 'median', kind: 'quantile', measure: 'score', direction: 'increase', quantile: 0.5 })
    await app.must('POST', '/api/models', { key: 'sketched', watch: { metrics: ['median'] } })
    await app.must('POST', '/api/models/sketched/versions', { version: '1' })
    await app.must('PUT', '/api/models/sketched/champion', { version: '1', reason: 'test' })
    for (const [index, score] of [7, 30, 80].entries()) {
      const { token } = await app.must('POST', '/assign', { model: 'sketched', unit: `unit-${index}` })
      await app.must('POST', '/outcome', { token, id: `s-${index}`, measures: { score } })
    }
    const { days } = (await app.must('GET', '/api/models/sketched/watch')) as { days: { metrics: { median: { estimate: number; n: number } } }[] }
    expect(days[0]!.metrics.median.n).toBe(3)
    expect(Math.abs(days[0]!.metrics.median.estimate / 30 - 1)).toBeLessThanOrEqual(0.005)
  })

  it('refuses days out of range and unknown models', async () => {
    for (const days of ['0', '367', 'x']) expectProblem(await app.call('GET', `/api/models/m/watch?days=${days}`), 'invalid_query')
    expectProblem(await app.call('GET', '/api/models/nobody/watch'), 'model_not_found')
  })

  it('an action without its variant names the field', async () => {
    const answer = await app.call('POST', '/api/experiments/live/actions', { action: 'kill', reason: 'test' })
    expectProblem(answer, 'invalid_definition')
    expect(answer.body['errors']).toEqual([{ path: 'variant', message: 'kill needs the key of a variant' }])
  })
})
