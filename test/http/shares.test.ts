import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminKey, type Called, define, startApp, type TestApp } from './support.ts'

const nobody = { authorization: '' }
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

describe('a shared report', () => {
  let app: TestApp
  let link: URL

  const share = (fields: string, headers: Record<string, string> = {}): Promise<Called> =>
    app.send('POST', '/experiments/live/share', fields, { ...FORM, ...headers })
  const cookieOf = (answer: Called): string => answer.headers.get('set-cookie')?.split(';')[0] ?? ''

  beforeAll(async () => {
    app = await startApp({ ADMIN_KEY: adminKey })
    await define(app)
    const made = await share('days=7')
    expect(made.status).toBe(200)
    link = new URL(/value="([^"]+)"/.exec(made.text)![1]!)
  })
  afterAll(() => app.close())

  it('is read by whoever follows the link, without a key, and without the link staying in the address', async () => {
    const followed = await app.call('GET', link.pathname, undefined, nobody)
    expect([followed.status, followed.headers.get('location')]).toEqual([303, '/experiments/live'])
    expect(followed.headers.get('set-cookie')).toMatch(/; Path=\/experiments\/live; HttpOnly; SameSite=Lax; Max-Age=604\d{3}$/)
    const read = await app.call('GET', '/experiments/live/report.csv', undefined, { ...nobody, cookie: cookieOf(followed) })
    expect([read.status, read.text.split(',')[0]]).toEqual([200, 'experiment'])
  })

  it('leads on to the decisions of its ledger and to them taken again, and to no others', async () => {
    const cookie = cookieOf(await app.call('GET', link.pathname, undefined, nobody))
    const read = (path: string): Promise<Called> => app.call('GET', path, undefined, { ...nobody, cookie })
    const report = await read('/experiments/live')
    const [path = ''] = /\/experiments\/live\/decisions\/\d+(?=")/.exec(report.text) ?? []
    const [decision, again] = [await read(path), await read(`${path}/replay`)]
    expect([decision.status, again.status]).toEqual([200, 200])
    expect(again.text).toContain(`href="${path}"`)
    for (const { text } of [decision, again]) expect(text).not.toMatch(/href="\/(api|decisions)\//)
    expect((await read(path.replace('/experiments/live', ''))).status).toBe(401)
    expect((await read(path.replace('live', 'drafted'))).status).toBe(401)
    expect((await app.call('GET', path.replace('live', 'drafted'))).status).toBe(404)
    expect((await read('/experiments/live/decisions/999999')).status).toBe(404)
  })

  it('opens nothing else: no other experiment, no list, no API, no form', async () => {
    const cookie = cookieOf(await app.call('GET', link.pathname, undefined, nobody))
    for (const path of ['/experiments/drafted/report.csv', '/', '/experiments/live/share', '/api/experiments/live/report']) {
      expect((await app.call('GET', path, undefined, { ...nobody, cookie })).status, path).toBe(401)
    }
    expect((await share('days=7', { ...nobody, cookie })).status).toBe(401)
  })

  it('is refused for another experiment, when changed, and when it is over', async () => {
    const [, , , token = ''] = link.pathname.split('/')
    for (const path of [`/share/drafted/${token}`, `/share/live/${token.slice(0, -2)}AA`, '/share/live/x']) {
      const followed = await app.call('GET', path, undefined, nobody)
      expect([followed.status, followed.headers.get('set-cookie')], path).toEqual([303, null])
    }
    const over = app.service.deps.shares.sign('live', Date.now() - 1_000)
    expect((await app.call('GET', '/experiments/live/report.csv', undefined, { ...nobody, cookie: `contender_share=${over}` })).status).toBe(401)
  })

  it('is made by who may operate, for one of the times offered, of an experiment that exists', async () => {
    const { key } = await app.must('POST', '/api/keys', { name: 'reader', scopes: ['read'] })
    const reader = { authorization: `Bearer ${String(key)}` }
    expect((await app.call('GET', '/experiments/live/share', undefined, reader)).text).toContain('Sharing needs a key with the scope')
    expect((await share('days=7', reader)).status).toBe(403)
    expect((await share('days=7', { origin: 'https://elsewhere.example' })).status).toBe(403)
    const wrong = await share('days=4000')
    expect([wrong.status, wrong.text]).toEqual([400, expect.stringContaining('1, 7, 30, 90')])
    expect((await app.call('GET', '/experiments/lvie/share')).status).toBe(404)
  })
})
