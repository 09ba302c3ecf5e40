import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config.ts'
import { adminKey, type Called, define, expectProblem, startApp, type TestApp } from './support.ts'

const names = ['assign', 'outcome', 'read', 'define', 'operate', 'admin'] as const
type Scope = (typeof names)[number]

let app: TestApp
const keys = {} as Record<Scope | 'revoked' | 'expired', string>

const newKey = async (scopes: Scope[], more: object = {}): Promise<{ id: string; key: string }> =>
  (await app.must('POST', '/api/keys', { name: 'test', scopes, ...more })) as { id: string; key: string }

beforeAll(async () => {
  app = await startApp({ ADMIN_KEY: adminKey })
  await define(app)
  for (const scope of names) keys[scope] = (await newKey([scope])).key
  const { id, key } = await newKey(['read', 'assign', 'outcome', 'define', 'operate', 'admin'])
  keys.revoked = key
  expect((await app.call('DELETE', `/api/keys/${id}`)).status).toBe(204)
})
afterAll(() => app.close())

const as = (key: string): Record<string, string> => ({ authorization: key })
const bearer = (key: string): Record<string, string> => as(`Bearer ${key}`)

type Call = { name: string; method: string; path: string; scope: string }
const calls = async (): Promise<Call[]> => {
  const { paths } = await app.must('GET', '/openapi.json')
  return Object.entries(paths as Record<string, Record<string, { 'x-scope': string }>>).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      name: `${method} ${path}`,
      method: method.toUpperCase(),
      path: path.replace('{key}', 'nothing').replace('{version}', '1').replace('{id}', '999999'),
      scope: operation['x-scope'],
    })),
  )
}

/** Ask without reading a stream to its end. */
const ask = async ({ method, path }: Call, headers: Record<string, string>): Promise<Called> => {
  if (path !== '/snapshot/events') return app.call(method, path, method === 'GET' || method === 'DELETE' ? undefined : {}, headers)
  const response = await fetch(app.url + path, { headers })
  const text = response.ok ? '' : await response.text()
  await response.body?.cancel().catch(() => {})
  return { status: response.status, headers: response.headers, text, body: text === '' ? {} : JSON.parse(text) }
}

describe('every route', () => {
  it('21 and 22 without a key, with a wrong one, or with Basic, is 401', async () => {
    for (const call of await calls()) {
      if (call.scope === 'public') continue
      for (const authorization of ['', 'Basic YTpi', 'Bearer', 'Bearer ctd wrong']) {
        const answer = await ask(call, as(authorization))
        expectProblem(answer, 'unauthenticated')
        expect(answer.headers.get('www-authenticate'), call.name).toMatch(/^Bearer/)
      }
    }
  })

  it('25 with another scope is 403, and with its own anything else', async () => {
    for (const call of await calls()) {
      if (call.scope === 'public') continue
      for (const scope of names) {
        const answer = await ask(call, bearer(keys[scope]))
        if (scope === call.scope) expect([401, 403], `${call.name} as ${scope}`).not.toContain(answer.status)
        else expectProblem(answer, 'scope_missing')
      }
    }
  })

  it('that is public needs no key', async () => {
    for (const call of (await calls()).filter((one) => one.scope === 'public')) {
      expect((await ask(call, as(''))).status, call.name).toBe(200)
    }
  })
})

describe('keys', () => {
  it('28 and 48 that are unknown are refused, and guessing is slowed down, whatever address is claimed', async () => {
    const other = await startApp({ ADMIN_KEY: adminKey })
    try {
      const known = (await other.must('POST', '/api/keys', { name: 'known', scopes: ['read'] }))['key'] as string
      expect((await other.call('GET', '/api/models', undefined, bearer(known))).status).toBe(200)
      const statuses: number[] = []
      for (let guess = 0; guess < 20; guess++) {
        statuses.push((await other.call('GET', '/api/models', undefined, bearer(`ctd_${guess}`))).status)
      }
      expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401))
      expect(statuses.slice(10)).toEqual(Array.from({ length: 10 }, () => 429))
      const late = await other.call('GET', '/api/models', undefined, { ...bearer('ctd_x'), 'x-forwarded-for': '203.0.113.9' })
      expectProblem(late, 'rate_limited')
      expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0)
      expect((await other.call('GET', '/api/models', undefined, bearer(known))).status).toBe(200)
    } finally {
      await other.close()
    }
  })

  it('24 revoked are refused', async () => {
    expectProblem(await app.call('GET', '/api/models', undefined, bearer(keys.revoked)), 'unauthenticated')
  })

  it('are shown once and stored as hashes', async () => {
    expect(keys.read).toMatch(/^ctd_[\w-]{43}[0-9a-f]{6}$/)
    const { items } = await app.must('GET', '/api/keys')
    expect(JSON.stringify(items)).not.toContain(keys.read)
    const rows = await app.service.database.api.run((sql) => sql<{ row: string }[]>`select row_to_json(k)::text as row from api_keys k`)
    for (const { row } of rows) for (const key of Object.values(keys)) expect(row).not.toContain(key)
  })

  it('can not expire in the past, nor have scopes that do not exist', async () => {
    expectProblem(await app.call('POST', '/api/keys', { name: 'x', scopes: ['read'], expiresAt: '2020-01-01T00:00:00Z' }), 'out_of_range')
    expectProblem(await app.call('POST', '/api/keys', { name: 'x', scopes: ['everything'] }), 'invalid_body')
    expectProblem(await app.call('DELETE', '/api/keys/key_nothing'), 'not_found')
  })

  it('23 of a megabyte are refused by the parser', async () => {
    const answer = await app.call('GET', '/api/models', undefined, bearer('x'.repeat(1_000_000))).catch((error: unknown) => error)
    expect(answer instanceof Error || (answer as Called).status === 431).toBe(true)
  })
})

describe('pages', () => {
  const form = (key: string, headers: Record<string, string> = {}) =>
    app.send('POST', '/session', new URLSearchParams({ key }).toString(), {
      authorization: '', 'content-type': 'application/x-www-form-urlencoded', origin: app.url, ...headers,
    })

  it('ask for a key, keep it where scripts and other sites can not reach it, and forget it', async () => {
    const closed = await app.call('GET', '/', undefined, as(''))
    expect(closed.status).toBe(401)
    expect(closed.text).toContain('<form method="post" action="/session"')
    const opened = await form(keys.read)
    expect(opened.status).toBe(303)
    const cookie = opened.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/)
    const session = { authorization: '', cookie: cookie.split(';')[0]! }
    const home = await fetch(app.url, { headers: { cookie: session.cookie } })
    expect(home.status).toBe(200)
    expect(await home.text()).toContain('live')
    const ended = await app.send('POST', '/session/end', '', { authorization: '', origin: app.url })
    expect(ended.headers.get('set-cookie')).toMatch(/Max-Age=0/)
  })

  it('refuse a wrong key, a key that may not read, and a form of another site', async () => {
    expect((await form('wrong')).status).toBe(401)
    expect((await form(keys.outcome)).status).toBe(401)
    expectProblem(await form(keys.read, { origin: 'https://evil.example' }), 'cross_site')
    expectProblem(await form(keys.read, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }), 'cross_site')
  })
})

describe('without an admin key', () => {
  it('only loopback is served', () => {
    expect(() => parseConfig({ HOST: '0.0.0.0' })).toThrow(/ADMIN_KEY/)
    expect(parseConfig({ HOST: '0.0.0.0', ADMIN_KEY: adminKey }).adminKey).toBe(adminKey)
  })
})
