import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config.ts'
import { define, expectProblem, startApp, type TestApp } from './support.ts'
import { refuses } from './abuse/support.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp()
  await define(app)
})
afterAll(() => app.close())

const url = 'https://example.com/hook'
type Webhook = { id: string; secret: string } & Record<string, unknown>
const create = async (more: object = {}): Promise<Webhook> => (await app.must('POST', '/api/webhooks', { url, ...more })) as Webhook
const countOf = async (): Promise<unknown> => app.service.database.api.run((sql) => sql`select count(*) from webhooks`)

describe('/api/webhooks', () => {
  it('shows a secret once, and keeps the rest', async () => {
    const made = await create({ description: 'chat', events: ['experiment.*', 'decision.held', 'experiment.*'] })
    expect(made).toMatchObject({ url, description: 'chat', events: ['experiment.*', 'decision.held'], enabled: true, disabledBecause: null, createdBy: 'local' })
    expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    const { secret: _secret, ...known } = made
    expect(await app.must('GET', `/api/webhooks/${made.id}`)).toEqual(known)
    expect((await app.must('GET', '/api/webhooks'))['items']).toContainEqual(known)
    expect((await app.call('GET', '/api/webhooks')).text).not.toContain('whsec_')
  })

  it('is for everything unless told, and changes', async () => {
    const { id, events } = await create()
    expect(events).toEqual(['*'])
    const changed = await app.must('PATCH', `/api/webhooks/${id}`, { url: 'https://example.com/other', events: ['model.*'], description: 'x', enabled: false })
    expect(changed).toMatchObject({ url: 'https://example.com/other', events: ['model.*'], description: 'x', enabled: false, disabledBecause: 'asked' })
    expect(changed).not.toHaveProperty('secret')
    expectProblem(await app.call('POST', `/api/webhooks/${id}/test`), 'conflict')
    expect(await app.must('PATCH', `/api/webhooks/${id}`, { enabled: true })).toMatchObject({ enabled: true, disabledBecause: null })
  })

  it('rotates the secret, with an overlap or without', async () => {
    const { id, secret } = await create()
    const rotated = await app.must('PATCH', `/api/webhooks/${id}`, { rotateSecret: true })
    expect(rotated['secret']).toMatch(/^whsec_/)
    expect(rotated['secret']).not.toBe(secret)
    const hours = (Date.parse(rotated['previousSecretUntil'] as string) - Date.now()) / 3_600_000
    expect(Math.round(hours)).toBe(24)
    expect(await app.must('PATCH', `/api/webhooks/${id}`, { rotateSecret: true, overlap: 'PT0S' })).toMatchObject({ previousSecretUntil: null })
  })

  it('queues a test, lists it, and replays it', async () => {
    const { id } = await create({ events: ['model.*'] })
    const queued = await app.call('POST', `/api/webhooks/${id}/test`)
    expect(queued.status).toBe(202)
    expect(queued.body).toMatchObject({ type: 'webhook.test', state: 'waiting', decision: null, attempts: [], message: expect.stringMatching(/^msg_[0-9a-f]{32}$/) })
    expect(await app.must('GET', `/api/webhooks/${id}/deliveries`)).toEqual({ items: [queued.body], next: null })
    expect(await app.must('GET', `/api/webhooks/${id}/deliveries?state=failed&limit=5`)).toEqual({ items: [], next: null })
    expect((await app.call('POST', `/api/webhooks/${id}/deliveries/${queued.body['id']}/replay`)).status).toBe(202)
    expectProblem(await app.call('POST', `/api/webhooks/${id}/deliveries/999999/replay`), 'not_found')
    expectProblem(await app.call('POST', `/api/webhooks/${id}/deliveries/x/replay`), 'invalid_path')
    expectProblem(await app.call('GET', `/api/webhooks/${id}/deliveries?state=lost`), 'invalid_query')
  })

  it('deletes, and knows nothing of it afterwards', async () => {
    const { id } = await create()
    expect((await app.call('DELETE', `/api/webhooks/${id}`)).status).toBe(204)
    for (const [method, path] of [['GET', ''], ['DELETE', ''], ['GET', '/deliveries'], ['POST', '/test']] as const) {
      expectProblem(await app.call(method, `/api/webhooks/${id}${path}`), 'not_found')
    }
    expectProblem(await app.call('PATCH', `/api/webhooks/${id}`, { enabled: true }), 'not_found')
  })
})

describe('bad input', () => {
  const refusesAll = async (code: string, call: Parameters<typeof refuses>[2]): Promise<void> => {
    const before = await countOf()
    await refuses(app, code, call)
    expect(await countOf()).toEqual(before)
  }

  it.each([
    'http://169.254.169.254', 'https://[::1]', 'https://127.0.0.1', 'https://2130706433', 'https://0x7f000001', 'https://017700000001', 'https://127.1',
    'https://[::ffff:169.254.169.254]', 'https://[::ffff:7f00:1]', 'https://10.0.0.1', 'https://[fd00::1]', 'https://[64:ff9b::a9fe:a9fe]', 'https://localhost',
    'https://metadata.google.internal', 'http://example.com', 'https://example.com:8080', 'https://user:pass@example.com', 'ftp://example.com', 'file:///etc/passwd',
  ])('105 refuses the URL %s', (bad) => refusesAll('url_not_allowed', () => app.call('POST', '/api/webhooks', { url: bad })))

  it('105 refuses such a URL also as a change', async () => {
    const { id } = await create()
    await refusesAll('url_not_allowed', () => app.call('PATCH', `/api/webhooks/${id}`, { url: 'https://[::1]' }))
    expect(await app.must('GET', `/api/webhooks/${id}`)).toMatchObject({ url })
  })

  it.each([
    [{}, 'invalid_body'], [{ url: 'nonsense' }, 'invalid_body'], [{ url: 5 }, 'invalid_body'], [{ url: `https://example.com/${'x'.repeat(2_048)}` }, 'invalid_body'],
    [{ url, events: [] }, 'invalid_body'], [{ url, events: ['experiment.exploded'] }, 'invalid_body'], [{ url, events: 'all' }, 'invalid_body'],
    [{ url, events: ['webhook.test'] }, 'invalid_body'], [{ url, secret: 'mine' }, 'unknown_field'], [{ url, description: 'x'.repeat(501) }, 'invalid_body'],
    [{ url, description: 'a\0b' }, 'invalid_text'],
  ])('refuses %o', (body, code) => refusesAll(code, () => app.call('POST', '/api/webhooks', body)))

  it.each([
    [{}, 'invalid_body'], [{ rotateSecret: false }, 'invalid_body'], [{ overlap: 'PT1H' }, 'invalid_body'], [{ rotateSecret: true, overlap: 'P8D' }, 'invalid_body'],
    [{ rotateSecret: true, overlap: 'soon' }, 'invalid_body'], [{ enabled: 'yes' }, 'invalid_body'], [{ id: 'other' }, 'unknown_field'],
  ])('refuses the change %o', async (body, code) => {
    const { id } = await create()
    await refusesAll(code, () => app.call('PATCH', `/api/webhooks/${id}`, body))
  })
})

describe('WEBHOOK_ALLOW_PRIVATE', () => {
  it('lets webhooks into the networks it names, and nowhere else', async () => {
    const inside = await startApp({ WEBHOOK_ALLOW_PRIVATE: '127.0.0.0/8, fd00::/8' })
    try {
      for (const good of ['http://127.0.0.1:9000/hook', 'http://[fd00::7]/', 'https://receiver.internal:8443']) {
        expect((await inside.call('POST', '/api/webhooks', { url: good })).status, good).toBe(201)
      }
      for (const bad of ['http://169.254.169.254', 'http://[::1]', 'http://10.0.0.1', 'http://8.8.8.8']) {
        expectProblem(await inside.call('POST', '/api/webhooks', { url: bad }), 'url_not_allowed')
      }
    } finally {
      await inside.close()
    }
  })

  it.each(['true', '10.0.0.0/33', 'localhost'])('"%s" stops the start and names the variable', (value) => {
    expect(() => parseConfig({ WEBHOOK_ALLOW_PRIVATE: value })).toThrow(/^WEBHOOK_ALLOW_PRIVATE: expected networks such as/)
  })
})
