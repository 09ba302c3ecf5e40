import { afterAll, beforeAll, expect, it } from 'vitest'
import { startApp, type TestApp } from '../http/support.ts'
import { type MlflowServer, startMlflow } from '../support/mlflow.ts'

let mlflow: MlflowServer
let app: TestApp
// the first time on a machine it has to be installed
beforeAll(async () => {
  mlflow = await startMlflow()
  app = await startApp({ ENGINE: 'on', ENGINE_INTERVAL_MS: '100', MLFLOW_TRACKING_URI: mlflow.url })
}, 1_200_000)
afterAll(async () => {
  await app?.close()
  await mlflow?.stop()
})

it('speaks with a real MLflow: import, champion, tags, drift', async () => {
  await mlflow.call('POST', 'registered-models/create', { name: 'answers' })
  for (const version of ['1', '2']) {
    const { model_version: made } = await mlflow.call('POST', 'model-versions/create', { name: 'answers', source: `s3://models/answers/${version}` })
    expect(made).toMatchObject({ version, status: 'READY' })
  }
  await app.must('POST', '/api/models', { key: 'm', registry: { mlflow: 'answers' } })
  expect((await app.call('POST', '/api/models/m/import', { version: '7' })).status).toBe(422)
  expect((await app.call('POST', '/api/models/m/import', { alias: 'champion' })).body).toMatchObject({ errors: [{ path: 'alias' }] })
  for (const version of ['1', '2']) expect(await app.must('POST', '/api/models/m/import', { version })).toMatchObject({ version, artifact: `models:/answers/${version}` })

  const syncs = (sync: object) => expect.poll(async () => (await app.must('GET', '/api/models/m'))['registrySync']).toMatchObject(sync)
  await app.must('PUT', '/api/models/m/champion', { version: '1', reason: 'first' })
  await syncs({ status: 'synced', written: '1' })
  await app.must('PUT', '/api/models/m/champion', { version: '2', reason: 'better' })
  await syncs({ status: 'synced', written: '2' })
  const aliased = async (alias: string) => (await mlflow.call('GET', 'registered-models/alias', { name: 'answers', alias }))['model_version']
  expect(await aliased('champion')).toMatchObject({ version: '2' })
  expect(await aliased('previous_champion')).toMatchObject({ version: '1' })

  await mlflow.call('POST', 'registered-models/alias', { name: 'answers', alias: 'champion', version: '1' })
  await app.must('PATCH', '/api/models/m', { fallbacks: [] })
  await syncs({ status: 'drift', written: '2', observed: '1' })
  expect(await aliased('champion')).toMatchObject({ version: '1' })
}, 600_000)
