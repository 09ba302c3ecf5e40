import { afterAll, beforeAll, expect, it } from 'vitest'
import { refuseRevoked } from '../../src/http/revoked.ts'
import { createAuth } from '../../src/http/auth.ts'
import { adminKey, define, expectProblem, startApp, type TestApp } from './support.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp({ ADMIN_KEY: adminKey })
  await define(app)
})
afterAll(() => app.close())

const newKey = async (): Promise<{ id: string; key: string }> =>
  (await app.must('POST', '/api/keys', { name: 'test', scopes: ['assign', 'outcome', 'read'] })) as { id: string; key: string }

it('a key that was just used is refused with the next request after it was revoked: calls, hot calls and pages', async () => {
  const { id, key } = await newKey()
  const { key: other } = await newKey()
  const bearer = { authorization: `Bearer ${key}` }
  const cookie = (await app.send('POST', '/session', new URLSearchParams({ key }).toString(), {
    authorization: '', 'content-type': 'application/x-www-form-urlencoded', origin: app.url,
  })).headers.get('set-cookie')?.split(';')[0] ?? ''
  const assign = { experiment: 'live', unit: 'anna' }
  const statuses = async (): Promise<number[]> => [
    (await app.call('GET', '/api/models', undefined, bearer)).status,
    (await app.call('POST', '/assign', assign, bearer)).status,
    (await app.call('POST', '/assign/batch', { requests: [assign] }, bearer)).status,
    (await fetch(app.url, { headers: { cookie } })).status,
  ]
  expect(await statuses()).toEqual([200, 200, 200, 200])
  expect((await app.call('DELETE', `/api/keys/${id}`)).status).toBe(204)
  expect(await statuses()).toEqual([401, 401, 401, 401])
  expectProblem(await app.call('POST', '/assign', assign, bearer), 'unauthenticated')
  expect((await app.call('POST', '/assign', assign, { authorization: `Bearer ${other}` })).status).toBe(200)
})

it('a key that is being looked up while it is revoked is refused, too', async () => {
  const { promise: looked, resolve } = Promise.withResolvers<void>()
  const found = { id: 'k', scopes: ['read' as const] }
  const keys = { ...app.service.deps.keys, find: async () => looked.then(() => found), revoke: async () => true }
  const node = refuseRevoked(createAuth({ adminKey: null, authOff: false, keys, now: () => 0 }), keys)
  const asked = node.auth.check('ctd_key', 'read', 'peer')
  expect(await node.keys.revoke('k')).toBe(true)
  resolve()
  await expect(asked).rejects.toMatchObject({ code: 'unauthenticated' })
})
