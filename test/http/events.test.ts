import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminKey, define, startApp, type TestApp } from './support.ts'

/** The stream's text from here on, as it comes. */
const listen = async (url: string) => {
  const leave = new AbortController()
  const response = await fetch(url, { headers: { authorization: `Bearer ${adminKey}` }, signal: leave.signal })
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return {
    response,
    leave: () => leave.abort(),
    /** Waits until the stream has said this. */
    async heard(words: RegExp): Promise<string> {
      while (!words.test(text)) {
        const { done, value } = await reader.read()
        if (done) throw new Error(`the stream ended after: ${text}`)
        text += value
      }
      return text
    },
    async ended(): Promise<void> {
      while (!(await reader.read()).done);
    },
  }
}

describe('news of an experiment', () => {
  let app: TestApp

  beforeAll(async () => {
    app = await startApp({ ADMIN_KEY: adminKey })
    await define(app)
  })
  afterAll(() => app.close())

  const latest = () => app.service.deps.reports.latest('live')
  const path = async (): Promise<string> => {
    const { analysis, decision } = await latest()
    return `${app.url}/experiments/live/events?analysis=${analysis ?? 0}&decision=${decision ?? 0}`
  }

  it('are heard when somebody acts, with where it stands now', async () => {
    const stream = await listen(await path())
    expect([stream.response.status, stream.response.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    await stream.heard(/: here/)
    await app.must('POST', '/api/experiments/live/actions', { action: 'pause', reason: 'test' })
    const said = await stream.heard(/event: news[\s\S]*\n\n/)
    expect(JSON.parse(/data: (.*)/.exec(said)![1]!)).toEqual(await latest())
    stream.leave()
  })

  it('need a key, and an experiment that exists', async () => {
    expect((await app.call('GET', '/experiments/live/events', undefined, { authorization: '' })).status).toBe(401)
    expect((await app.call('GET', '/experiments/nothing/events')).status).toBe(404)
  })

  it('end when the service stops', async () => {
    const stream = await listen(await path())
    await stream.heard(/: here/)
    app.service.stop()
    await stream.ended()
  })
})
