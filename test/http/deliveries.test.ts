import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../support/service.ts'
import { define, startApp, type TestApp } from './support.ts'

let app: TestApp
let tokens: string[]

type Health = Record<string, { verdict: string; text: string }>
const health = async (key = 'live'): Promise<Health> => {
  const report = (await app.must('GET', `/api/experiments/${key}/report`)) as { health: { check: string; verdict: string; text: string }[] }
  return Object.fromEntries(report.health.map(({ check, ...rest }) => [check, rest]))
}
const outcome = (body: object) => app.call('POST', '/outcome', body)

beforeAll(async () => {
  app = await startApp()
  await define(app)
  const requests = Array.from({ length: 8 }, (_, index) => ({ experiment: 'live', unit: `u-${index}` }))
  const { results } = (await app.must('POST', '/assign/batch', { requests })) as { results: { token: string }[] }
  tokens = results.map(({ token }) => token)
})
afterAll(() => app?.close())

describe('what became of outcomes is told in the report', () => {
  it('repeats, refusals by code, those that name no assignment, and when the newest came', async () => {
    const [first, second] = tokens as [string, string]
    const sent = { token: first, id: 'one', measures: { win: true } }
    for (const expected of [200, 200, 200]) expect((await outcome(sent)).status).toBe(expected)
    expect((await outcome({ ...sent, measures: { win: false } })).status).toBe(409)
    expect((await outcome({ token: first, id: 'two', measures: { score: 101 } })).status).toBe(422)
    expect((await outcome({ token: first, id: 'two', measures: { nothing: 1 } })).status).toBe(422)
    expect((await outcome({ token: 'no token', measures: { win: true } })).status).toBe(422)
    const many = { outcomes: [
      { token: second, id: 'three', measures: { win: true } }, { token: second, id: 'three', measures: { win: true } },
      { token: second, id: 'four', measures: { score: -1 } }, { token: 'no token', measures: { win: true } },
    ] }
    expect((await app.call('POST', '/outcome/batch', many)).body).toMatchObject({ accepted: 1, duplicates: 1, rejected: [{ index: 2 }, { index: 3 }] })

    await until(async () => (await health())['duplicates']?.text.startsWith('3 of 9') === true)
    expect(await health()).toMatchObject({
      duplicates: { verdict: 'PASS', text: '3 of 9 outcomes sent (33.3 %) were sent before; each counts once.' },
      rejected: {
        verdict: 'PASS',
        text: '4 of 9 outcomes sent (44.4 %) were refused: out_of_range 2, id_conflict 1, unknown_measure 1. ' +
          'Today 2 outcomes that named no assignment were refused, whatever the experiment: bad_token 2.',
      },
      freshness: { verdict: 'PASS', text: 'The newest outcome came less than a minute ago; nothing was analysed before.' },
      service: { verdict: 'PASS', text: 'Database, counters and engine answer.' },
    })
  })

  it('fails where many are refused, and nothing is held by it', async () => {
    expect((await outcome({ token: tokens[2], measures: { score: 1_000 } })).status).toBe(422)
    await until(async () => (await health())['rejected']?.verdict === 'FAIL')
    const page = await app.send('GET', '/experiments/live', undefined, { accept: 'text/html' })
    expect(page.text).toContain('<h3>Refused outcomes: 5 of 10 outcomes sent (50 %) were refused: out_of_range 3')
    const { comparisons } = (await app.must('GET', '/api/experiments/live/report')) as { comparisons: { verdict: string }[] }
    expect(comparisons.map(({ verdict }) => verdict)).not.toContain('ERROR')
  })

  it('leaves the tag of a report alone while only time goes by', async () => {
    const tag = (await app.call('GET', '/api/experiments/live/report')).headers.get('etag')!
    expect((await app.call('GET', '/api/experiments/live/report', undefined, { 'if-none-match': tag })).status).toBe(304)
  })
})
