import { expect, it } from 'vitest'
import { parseConfig } from '../config.ts'
import { banner } from './banner.ts'

it('what to try first works as it stands, with the key where one is set, which is never printed', () => {
  expect(banner(parseConfig({}), 3_000)).toContain("curl -s http://127.0.0.1:3000/api/models -H 'content-type")
  const keyed = banner(parseConfig({ ADMIN_KEY: 'a-key-of-many-letters-0123456789' }), 3_000)
  expect(keyed).toContain('/api/models -H "authorization: Bearer $ADMIN_KEY" -H \'content-type')
  expect(keyed).not.toContain('a-key-of-many')
})
