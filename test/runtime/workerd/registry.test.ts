import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { connect } from '../../../src/store/connect.ts'
import { migrate } from '../../../src/store/migrate.ts'
import { type RegistryServer, startRegistry } from '../../registry/registry-server.ts'
import { freshDatabase } from '../../support/postgres.ts'
import { type Bundle, bundleWorker, type Edge, startEdge } from '../../support/workerd.ts'

let bundle: Bundle
let registry: RegistryServer
let edge: Edge

beforeAll(async () => {
  ;[bundle, registry] = await Promise.all([bundleWorker(), startRegistry('support/answers', { 1: {}, 2: {} })])
  const databaseUrl = await freshDatabase(inject('postgresUrl'))
  const database = await connect({ databaseUrl })
  await migrate(database).finally(() => database.close())
  edge = await startEdge(bundle, { DATABASE_URL: databaseUrl, MLFLOW_TRACKING_URI: registry.url })
})
afterAll(async () => {
  await edge?.stop()
  await registry?.close()
  await bundle?.remove()
})

const must = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
  const answer = await edge.call(method, path, body)
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}
const looked = async () => {
  expect((await edge.scheduled()).outcome).toBe('ok')
  return (await must('GET', '/api/models/m'))['registrySync']
}

it('takes versions over from MLflow, tells it the champion, and sees who moves the alias, with no Node service at all', async () => {
  await must('POST', '/api/models', { key: 'm', registry: { mlflow: 'support/answers' } })
  for (const version of ['1', '2']) await must('POST', '/api/models/m/import', { version })
  await must('PUT', '/api/models/m/champion', { version: '1', reason: 'first' })
  expect(await looked()).toMatchObject({ status: 'synced', written: '1', observed: '1' })
  expect(registry.aliases.get('champion')).toBe('1')

  registry.behave('fail')
  await must('PUT', '/api/models/m/champion', { version: '2', reason: 'better' })
  expect(await looked()).toMatchObject({ status: 'pending', error: 'the registry does not answer' })
  registry.behave('well')
  expect(await looked()).toMatchObject({ status: 'synced', written: '2' })

  registry.aliases.set('champion', '1')
  expect(await looked()).toMatchObject({ status: 'drift', observed: '1' })
  expect(registry.writes.length).toBeGreaterThan(0)
  await must('POST', '/api/models/m/registry', { keep: 'ours', reason: 'ours counts' })
  expect(await looked()).toMatchObject({ status: 'synced', written: '2' })
  expect(registry.aliases.get('champion')).toBe('2')
})

it('says that it rehearses nothing', async () => {
  expect((await edge.call('POST', '/api/drills', { type: 'rollback' })).body).toMatchObject({ code: 'conflict', detail: expect.stringContaining('on Node') as string })
})
