import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { define, expectProblem, experimentOf, startApp, startExperiment, type TestApp } from '../support.ts'
import { json, refuses, stored } from './support.ts'

/** Numbers are those of the list of bad inputs. */
let app: TestApp
beforeAll(async () => {
  app = await startApp()
  await define(app)
})
afterAll(() => app.close())

const variants = (count: number) => Array.from({ length: count }, (_, i) => ({ key: `v${i}`, version: '1', ...(i === 0 ? { control: true } : {}) }))
const [a, b] = experimentOf('x')['variants'] as [object, object]

const badExperiment: [number: number, what: string, code: string, more: Record<string, unknown>][] = [
  [82, 'no control', 'invalid_definition', { variants: [{ ...a, control: false }, b] }],
  [82, 'two controls', 'invalid_definition', { variants: [a, { ...b, control: true }] }],
  [83, 'the same variant twice', 'invalid_definition', { variants: [a, { ...b, key: 'a' }] }],
  [84, 'weights of 0', 'invalid_definition', { stages: [{ allocation: 'fixed', weights: { a: 0, b: 0 } }] }],
  [84, 'negative weights', 'invalid_definition', { stages: [{ allocation: 'fixed', weights: { a: 1.5, b: -0.5 } }] }],
  [84, 'weights that do not sum to 1', 'invalid_definition', { stages: [{ allocation: 'fixed', weights: { a: 0.3, b: 0.3 } }] }],
  [85, 'alpha of 0', 'invalid_definition', { policy: { alpha: 0 } }],
  [85, 'alpha of 1', 'invalid_definition', { policy: { alpha: 1 } }],
  [85, 'alpha as text', 'invalid_body', { policy: { alpha: '0.05' } }],
  [86, 'a negative duration', 'invalid_definition', { policy: { minDuration: 'P-1D' } }],
  [86, 'a duration of years', 'invalid_definition', { policy: { maxDuration: 'P99999Y' } }],
  [87, 'less time than it needs', 'invalid_definition', { policy: { minDuration: 'P2D', maxDuration: 'P1D' } }],
  [88, '1,000 variants', 'invalid_definition', { variants: variants(1_000) }],
  [90, 'a guardrail without a margin', 'invalid_definition', { metrics: [{ metric: 'win', role: 'guardrail' }] }],
  [91, 'an unknown metric', 'invalid_definition', { metrics: [{ metric: 'nothing', role: 'decision' }] }],
  [98, 'an unknown operator', 'invalid_definition', { audience: { regex: ['x'] } }],
  [92, 'an existing key', 'already_exists', { key: 'live' }],
]

describe('/api/experiments', () => {
  it.each(badExperiment)('%i refuses %s', async (_number, _what, code, more) => {
    await refuses(app, code, () => app.call('POST', '/api/experiments', experimentOf('bad', more)))
  })

  it('98 refuses a rule of 10,000 levels', async () => {
    const rule = `${'{"!":['.repeat(10_000)}1${']}'.repeat(10_000)}`
    const body = JSON.stringify(experimentOf('bad', { audience: '?' })).replace('"?"', rule)
    await refuses(app, 'invalid_definition', () => app.send('POST', '/api/experiments', body, json))
  })

  it('89 refuses a megabyte of payload', async () => {
    const body = experimentOf('bad', { variants: [{ ...a, payload: 'x'.repeat(1_100_000) }, b] })
    await refuses(app, 'too_large', () => app.call('POST', '/api/experiments', body))
  })

  it.each([
    [93, 'PUT of a running one', 'PUT', '/api/experiments/live', experimentOf('live')],
    [93, 'DELETE of a running one', 'DELETE', '/api/experiments/live', undefined],
    [95, 'start twice', 'POST', '/api/experiments/live/actions', { action: 'start', reason: 'again' }],
    [94, 'kill of the control', 'POST', '/api/experiments/live/actions', { action: 'kill', variant: 'a', reason: 'test' }],
  ])('%i refuses %s with 409', async (_number, _what, method, path, body) => {
    const before = await stored(app)
    const answer = await app.call(method, path, body)
    expect(answer.status).toBe(409)
    expectProblem(answer, answer.body['code'] as string)
    expect(await stored(app)).toEqual(before)
  })

  it.each([
    ['without a reason', { action: 'pause' }],
    ['with an empty reason', { action: 'pause', reason: ' ' }],
    ['with 10 KB of reason', { action: 'pause', reason: 'x'.repeat(10_000) }],
    ['of another name', { action: 'explode', reason: 'test' }],
  ])('97 refuses an action %s', async (_, body) => {
    await refuses(app, 'invalid_body', () => app.call('POST', '/api/experiments/live/actions', body))
  })

  it('96 lets one of two promotions at once win', async () => {
    await startExperiment(app, 'race')
    const promote = { action: 'promote', variant: 'b', reason: 'race' }
    const answers = await Promise.all([1, 2].map(() => app.call('POST', '/api/experiments/race/actions', promote)))
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([200, 409])
    const { items } = await app.must('GET', '/api/models/race/champion/history')
    expect((items as { version: string }[]).filter((one) => one.version === '2')).toHaveLength(1)
  })

  it.each([['limit=-1'], ['limit=501'], ['limit=x'], ["cursor=';DROP TABLE models"], ['cursor='], ['lmit=5']])('102 refuses a list with ?%s', async (query) => {
    expectProblem(await app.call('GET', `/api/experiments?${query}`), 'invalid_query')
  })

  it('refuses a moment that is none', async () => {
    expectProblem(await app.call('GET', '/api/experiments/live/report?asOf=yesterday'), 'invalid_query')
  })
})

describe('pages', () => {
  it('103 escapes what people wrote, and lets nothing run', async () => {
    await app.must('POST', '/api/models', { key: 'marked', description: '<script>alert(1)</script>"\'&' })
    const { text, headers } = await app.call('GET', '/')
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;')
    expect(text).not.toContain('<script>alert')
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'/)
  })

  it('104 does not repeat a foreign path', async () => {
    const answer = await app.call('GET', '/experiments/<svg onload=alert(1)>')
    expect(answer.status).toBe(404)
    expect(answer.text).not.toContain('<svg')
  })

  it('106 takes a malformed If-None-Match for none', async () => {
    expect((await app.call('GET', '/snapshot', undefined, { 'if-none-match': '"\\,,W/' })).status).toBe(200)
  })
})

describe('/snapshot/events', () => {
  it('107 refuses a key its 101st stream, and gives it one when another has ended', async () => {
    const ends: AbortController[] = []
    const open = async (): Promise<number> => {
      const end = new AbortController()
      const response = await fetch(`${app.url}/snapshot/events`, { signal: end.signal })
      if (response.ok) ends.push(end)
      else {
        const text = await response.text()
        expectProblem({ status: response.status, headers: response.headers, text, body: JSON.parse(text) }, 'rate_limited')
        expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
      }
      return response.status
    }
    for (let stream = 0; stream < 100; stream++) expect(await open()).toBe(200)
    expect(await open()).toBe(429)
    ends.pop()?.abort()
    await expect.poll(open).toBe(200)
    expect(await open()).toBe(429)
    for (const end of ends) end.abort()
  })
})
