import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Called, define, startApp, type TestApp } from './support.ts'

const outcomesIn = ({ body }: Called): number =>
  (body['variants'] as { outcomes: number }[]).reduce((sum, { outcomes }) => sum + outcomes, 0)

describe('a report asked for again', () => {
  let app: TestApp
  const path = '/api/experiments/live/report'

  beforeAll(async () => {
    app = await startApp()
    await define(app)
  })
  afterAll(() => app.close())

  it('is 304 without a body while it says the same, and itself as soon as anything counts', async () => {
    const assigned = await Promise.all(['first', 'second'].map((unit) => app.must('POST', '/assign', { experiment: 'live', unit })))
    const [first, second] = assigned.map(({ token }) => ({ token, measures: { win: true, score: 1 } }))
    await app.must('POST', '/outcome', first)
    // ended, so that no sentence tells of the time that passes; outcomes within their window still count
    await app.must('POST', '/api/experiments/live/actions', { action: 'stop', reason: 'enough' })
    const before = await app.call('GET', path)
    const etag = before.headers.get('etag') ?? ''
    expect([etag.startsWith('W/"'), outcomesIn(before)]).toEqual([true, 1])
    const same = await app.call('GET', path, undefined, { 'if-none-match': etag })
    expect([same.status, same.text, same.headers.get('etag')]).toEqual([304, '', etag])
    expect((await app.call('GET', path)).status).toBe(200)

    await app.must('POST', '/outcome', second)
    const more = await app.call('GET', path, undefined, { 'if-none-match': etag })
    expect([more.status, outcomesIn(more)]).toEqual([200, 2])
    expect(more.headers.get('etag')).not.toBe(etag)
  })

  it('is asked who asks before anything else', async () => {
    const { headers } = await app.call('GET', path)
    const guarded = await startApp({ ADMIN_KEY: 'an-admin-key-of-tests' })
    try {
      const answer = await fetch(guarded.url + path, { headers: { 'if-none-match': headers.get('etag') ?? '' } })
      expect(answer.status).toBe(401)
    } finally {
      await guarded.close()
    }
  })
})
