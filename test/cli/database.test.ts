import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { contender } from '../support/command.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { freshPostgres } from '../support/fresh.ts'
import { defineDemo, type Service, startService } from '../support/service.ts'

let directory: { path: string; remove(): Promise<void> }
let service: Service
let env: Record<string, string>
beforeAll(async () => {
  directory = await temporaryDirectory()
  env = { DATA_DIR: join(directory.path, 'data') }
  service = await startService({ ...env, LOG_LEVEL: 'error' })
  await defineDemo(service)
})
afterAll(async () => {
  await service.kill('SIGTERM')
  await directory.remove()
})

const doctor = async (more: Record<string, string>) => {
  const { code, stdout } = await contender(['doctor', '--json'], { env: { ...env, ...more } })
  const { checks } = JSON.parse(stdout) as { checks: { name: string; result: string; text: string; fix?: string }[] }
  return { code, checks, of: (name: string) => checks.find((check) => check.name === name) }
}

it('asks the service that has the database, and reads it when that has ended', async () => {
  const port = new URL(service.url).port
  expect(await contender(['replay', '1'], { env: { ...env, PORT: port } })).toMatchObject({ code: 1, stderr: expect.stringContaining('(GET /api/decisions/1/replay)') })
  const held = await contender(['verify'], { env })
  expect(held).toMatchObject({ code: 3, stdout: '' })
  expect(held.stderr).toMatch(/^error: the data directory .* is in use by another process.*\n {2}fix: stop that process/)

  const running = await doctor({ PORT: port })
  expect(running.code).toBe(0)
  expect(running.of('service')).toMatchObject({ result: 'ok', text: 'ready' })
  expect(running.of('database')).toMatchObject({ result: 'ok', text: expect.stringContaining('the service that runs here') })
  const elsewhere = await doctor({ PORT: '0' })
  expect(elsewhere).toMatchObject({ code: 1 })
  expect(elsewhere.of('database')).toMatchObject({ result: 'wrong', fix: expect.stringContaining('stop that process') })

  await service.kill('SIGTERM')
  expect(await contender(['migrate'], { env })).toMatchObject({ code: 0, stdout: expect.stringMatching(/^the database is at migration \d+\n$/) })
  expect(await contender(['verify'], { env })).toMatchObject({ code: 0, stdout: expect.stringContaining('every chain intact') })
  expect(JSON.parse((await contender(['verify', '--json'], { env })).stdout)).toMatchObject({ holds: true, ledger: { breaks: [] } })
  expect(await contender(['retain', '--days', '30'], { env })).toMatchObject({ code: 0, stdout: expect.stringContaining('"dropped"') })
  expect(await contender(['retain', '--days', 'few'], { env })).toMatchObject({ code: 2 })
  expect(await contender(['keys', 'create', 'first', '--scopes', 'admin'], { env })).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ctd_/) })
  const rested = await doctor({ PORT: '0' })
  expect(rested.code).toBe(0)
  expect(rested.of('migrations')).toMatchObject({ result: 'ok' })
  expect(rested.of('clock')).toMatchObject({ result: 'ok' })
}, 240_000) // each of these commands opens the embedded database anew

it('says that there is no database rather than making one', async () => {
  const { code, stderr } = await contender(['verify'], { env: { DATA_DIR: join(directory.path, 'none') } })
  expect(code).toBe(3)
  expect(stderr).toMatch(/^error: there is no database yet \(.*none\)\n {2}fix: /)
})

it('says where a database does not answer, and what to do', async () => {
  const { code, stderr } = await contender(['verify'], { env: { DATABASE_URL: 'postgres://user:secret@127.0.0.1:9/app' } })
  expect(code).toBe(3)
  expect(stderr).toBe('error: DATABASE_URL does not answer (127.0.0.1:9, connection refused)\n  fix: start PostgreSQL, or unset DATABASE_URL to use the embedded database\n')
})

it('doctor tells each thing that is wrong, with its fix', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const url = await freshPostgres()
  const behind = postgres(url, { max: 1 })
  await behind`delete from drizzle.__drizzle_migrations where id = (select max(id) from drizzle.__drizzle_migrations)`
  await behind.end()
  const { code, of } = await doctor({ DATABASE_URL: url, REDIS_URL: 'redis://127.0.0.1:9', PORT: String(port) })
  other.close()
  expect(code).toBe(1)
  expect(of('node')).toMatchObject({ result: 'ok' })
  expect(of('database')).toMatchObject({ result: 'ok', text: expect.stringContaining('PostgreSQL at 127.0.0.1:') })
  expect(of('migrations')).toMatchObject({ result: 'wrong', text: expect.stringMatching(/at migration \d+ of \d+/), fix: expect.stringContaining('contender migrate') })
  expect(of('redis')).toMatchObject({ result: 'wrong', text: expect.stringMatching(/^REDIS_URL does not answer \(127\.0\.0\.1:9, .+\)$/), fix: expect.stringContaining('start Redis') })
  expect(of('port')).toMatchObject({ result: 'wrong', text: expect.stringContaining('taken by another program'), fix: expect.stringContaining('PORT=') })

  const bad = await contender(['doctor'], { env: { PORT: 'eighty' } })
  expect(bad.code).toBe(1)
  expect(bad.stdout).toMatch(/✗ {2}config +PORT: expected a port, 0 to 65535\n {5}fix: correct the variable/)
})
