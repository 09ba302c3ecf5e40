import { afterAll, beforeAll, expect, it } from 'vitest'
import { define, expectProblem, startApp, type TestApp } from './support.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp()
  await define(app)
})
afterAll(() => app.close())

it('a rolled back version is shown as locked, refused as champion with the action that helps, and free after it', async () => {
  const act = (action: string, variant?: string) => app.must('POST', '/api/experiments/live/actions', { action, reason: 'it broke', ...(variant ? { variant } : {}) })
  await act('promote', 'b')
  await act('rollback')
  const version = () => app.must('GET', '/api/models/m/versions/2')
  expect(await version()).toMatchObject({ lock: { actor: 'local', reason: 'it broke', experiment: 'live', at: expect.any(String) } })
  const champion = { version: '2', reason: 'again' }
  const refused = await app.call('PUT', '/api/models/m/champion', champion)
  expectProblem(refused, 'version_locked')
  expect(refused.body['detail']).toContain('send the action acknowledge to the experiment "live" first')
  expect(await act('acknowledge')).toMatchObject({ state: 'rolled_back' })
  expect(await version()).toMatchObject({ lock: null })
  expect(await app.must('PUT', '/api/models/m/champion', champion)).toMatchObject({ version: '2', previous: '1', kind: 'set' })
  expect(await app.must('POST', '/api/models/m/rollback', { reason: 'no' })).toMatchObject({ version: '1', kind: 'rollback' })
  expectProblem(await app.call('POST', '/api/models/m/rollback', { reason: 'no' }), 'conflict')
})
