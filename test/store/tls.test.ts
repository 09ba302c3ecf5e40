import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect, DatabaseUnavailable } from '../../src/store/connect.ts'
import { tlsModeOf } from '../../src/store/dial.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'

let encrypting: Postgres
let plain: Postgres

beforeAll(async () => {
  ;[encrypting, plain] = await Promise.all([startPostgres({ tls: true }), startPostgres()])
})
afterAll(() => Promise.all([encrypting.stop(), plain.stop()]))

/** Is a connection with this `sslmode` encrypted, as the server sees it? */
const isEncrypted = async (server: Postgres, mode: string): Promise<boolean> => {
  const database = await connect({ databaseUrl: `${server.url}?sslmode=${mode}` })
  try {
    const rows = await database.api.run(
      (sql) => sql<{ ssl: boolean }[]>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`,
    )
    return rows[0]?.ssl ?? false
  } finally {
    await database.close()
  }
}

describe('an encrypted connection to PostgreSQL', () => {
  it.each([
    ['require', true],
    ['prefer', true],
    ['disable', false],
  ])('sslmode=%s: %s', async (mode, expected) => {
    expect(await isEncrypted(encrypting, mode)).toBe(expected)
  })

  it('goes without where the server has none and the address only prefers it', async () => {
    expect(await isEncrypted(plain, 'prefer')).toBe(false)
    await expect(isEncrypted(plain, 'require')).rejects.toThrow(DatabaseUnavailable)
    await expect(isEncrypted(plain, 'require')).rejects.toThrow('the server offers no encryption')
  })

  it('refuses a server that nobody vouches for, when asked to verify', async () => {
    await expect(isEncrypted(encrypting, 'verify-full')).rejects.toThrow('self-signed certificate')
  })
})

describe('tlsModeOf', () => {
  it('names a mode that does not exist', () => {
    expect(() => tlsModeOf('postgres://host/db?sslmode=maybe')).toThrow('sslmode=maybe')
  })
})
