import { afterAll, beforeAll, expect, it } from 'vitest'
import { contender } from '../support/command.ts'
import { type Service, startService } from '../support/service.ts'

const adminKey = 'an-admin-key-of-some-length'
let service: Service
beforeAll(async () => {
  service = await startService({ DATA_DIR: 'memory:', LOG_LEVEL: 'error', ADMIN_KEY: adminKey })
})
afterAll(() => service.kill('SIGTERM'))

it('a key made with the admin key opens what its scopes say, and no more', async () => {
  const at = { CONTENDER_URL: service.url }
  const without = await contender(['decisions', 'demo'], { env: at })
  expect(without).toMatchObject({ code: 1, stdout: '' })
  expect(without.stderr).toMatch(/^error: .*\(GET \/api\/experiments\/demo\/decisions\?limit=50\)\n {2}fix: set CONTENDER_KEY, or give --key/)
  const { code, stdout } = await contender(['keys', 'create', 'reader', '--scopes', 'read'], { env: { ...at, ADMIN_KEY: adminKey } })
  expect(code).toBe(0)
  const key = stdout.trim()
  expect(await contender(['decisions', 'demo'], { env: { ...at, CONTENDER_KEY: key } })).toMatchObject({ code: 1, stderr: expect.stringContaining('fix: no experiment exists yet') })
  expect(await contender(['keys', 'create', 'more', '--key', key], { env: at })).toMatchObject({ code: 1, stderr: expect.stringContaining('lacks the scope "admin"') })
})
