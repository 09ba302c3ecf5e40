import { afterAll, beforeAll, expect, it } from 'vitest'
import { adminKey, define, startApp, type TestApp } from '../http/support.ts'
import { freshDatabase, type Postgres, startPostgres } from '../support/postgres.ts'

let postgres: Postgres
let app: TestApp
let aheadMs = 0

beforeAll(async () => {
  // a server of its own, because it is stopped
  postgres = await startPostgres()
  app = await startApp({ ADMIN_KEY: adminKey, DATABASE_URL: await freshDatabase(postgres.url) }, () => Date.now() + aheadMs)
  await define(app)
})
afterAll(async () => {
  await app.close()
  await postgres.stop()
})

const sessionOf = async (key: string): Promise<string> => {
  const signedIn = await app.send('POST', '/session', new URLSearchParams({ key }).toString(), {
    authorization: '', 'content-type': 'application/x-www-form-urlencoded', origin: app.url,
  })
  return signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
}

it('who signed in sees the last report while the database is away, for an hour; nothing is written, and strangers see nothing', async () => {
  const { key } = (await app.must('POST', '/api/keys', { name: 'reader', scopes: ['read', 'operate'] })) as { key: string }
  const cookie = await sessionOf(key)
  const page = (headers: Record<string, string>) => fetch(`${app.url}/experiments/live`, { headers })
  expect((await page({ cookie })).status).toBe(200)
  await postgres.stop()

  // far longer than a key is trusted without being looked up
  aheadMs = 10 * 60_000
  const stale = await page({ cookie })
  expect([stale.status, /last report that could be made/.test(await stale.text())]).toEqual([503, true])
  const stranger = await (await page({ cookie: 'ctd_session=ctd_stranger' })).text()
  expect(stranger).not.toContain('last report that could be made')
  const act = await app.call('POST', '/api/experiments/live/actions', { action: 'pause', reason: 'no' }, { authorization: `Bearer ${key}` })
  expect([act.status, act.body['code']]).toEqual([503, 'unavailable'])

  aheadMs = 2 * 3_600_000
  const later = await page({ cookie })
  expect([later.status, /last report that could be made/.test(await later.text())]).toEqual([503, false])
})
