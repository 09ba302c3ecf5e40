import { expect, it } from 'vitest'
import { edgeConfig, environmentDigest } from './environment.ts'

const DATABASE_URL = 'postgres://app@db.example/contender'
const ADMIN_KEY = 'an-admin-key-of-some-length'

it('requires an admin key and a database, and names what is missing', () => {
  expect(() => edgeConfig({ DATABASE_URL })).toThrow('ADMIN_KEY')
  expect(() => edgeConfig({ ADMIN_KEY })).toThrow('DATABASE_URL')
  expect(edgeConfig({ ADMIN_KEY, DATABASE_URL })).toMatchObject({ adminKey: ADMIN_KEY, databaseUrl: DATABASE_URL })
})

it('connects through Hyperdrive where it is bound', () => {
  const HYPERDRIVE = { connectionString: 'postgres://pooled@hyperdrive.local/contender' }
  expect(edgeConfig({ ADMIN_KEY, DATABASE_URL, HYPERDRIVE }).databaseUrl).toBe(HYPERDRIVE.connectionString)
  expect(edgeConfig({ ADMIN_KEY, HYPERDRIVE }).databaseUrl).toBe(HYPERDRIVE.connectionString)
})

it('tells environments apart by what they configure', () => {
  const digest = environmentDigest({ ADMIN_KEY, DATABASE_URL })
  expect(environmentDigest({ ADMIN_KEY, DATABASE_URL, ASSETS: { fetch: () => {} } })).toBe(digest)
  expect(environmentDigest({ ADMIN_KEY: `${ADMIN_KEY}2`, DATABASE_URL })).not.toBe(digest)
})
