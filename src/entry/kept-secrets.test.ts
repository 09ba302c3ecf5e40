import { expect, it } from 'vitest'
import { keepSecrets } from './kept-secrets.ts'

const away = async (): Promise<string> => {
  throw new Error('away')
}

it('tells while the database is away what it last told, to who knows its URL; what lies on disk alone tells nothing', async () => {
  let text = 'null'
  const files = { write: (_: string, value: unknown) => void (text = JSON.stringify(value)), read: (): unknown => JSON.parse(text) }
  const url = 'postgres://me:word@db/contender'
  await expect(keepSecrets(away, files, url)('unit_key')).rejects.toThrow('away')
  expect(await keepSecrets(async (key) => `the secret of ${key}`, files, url)('unit_key')).toBe('the secret of unit_key')
  expect(text).not.toContain('the secret')
  expect(await keepSecrets(away, files, url)('unit_key')).toBe('the secret of unit_key')
  await expect(keepSecrets(away, files, url)('token_secret')).rejects.toThrow('away')
  await expect(keepSecrets(away, files, 'postgres://me:other@db/contender')('unit_key')).rejects.toThrow('away')
})
