import { afterAll, beforeAll, expect, it } from 'vitest'
import { adminKey, define, experimentOf, expectProblem, startApp, type TestApp } from './support.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp({ ADMIN_KEY: adminKey })
  await define(app)
})
afterAll(() => app.close())

const checks = '/api/models/m/versions/2/checks'

it('a pipeline tells of a version, and a start that lacks something says what', async () => {
  const sent = { name: 'eval/toxicity', status: 'pass', evidence: { share: 0.002 }, digest: 'sha256:aa', at: '2026-01-01T00:00:00Z' }
  const [first, again] = [await app.call('POST', checks, sent), await app.call('POST', checks, sent)]
  expect([first.status, again.status, again.body]).toEqual([201, 200, first.body])
  expect((await app.must('GET', checks))['items']).toEqual([first.body])
  const audit = (await app.must('GET', '/api/models/m/audit?limit=500'))['items'] as { action: string }[]
  expect(audit.filter(({ action }) => action === 'check')).toMatchObject([{
    reason: 'Version 2: the check eval/toxicity says pass.', actor: first.body['actor'], status: 'applied', experiment: null,
    evidence: { version: '2', name: 'eval/toxicity', status: 'pass', digest: 'sha256:aa', evidence: { share: 0.002 } },
  }])
  expect(await app.must('PATCH', '/api/models/m', { requires: ['load'] })).toMatchObject({ requires: ['load'] })
  await app.must('POST', '/api/experiments', experimentOf('gated', { requires: ['eval/toxicity'], layer: { key: 'l', from: 0, to: 1 } }))
  expect(await app.must('GET', '/api/experiments/gated')).toMatchObject({
    requires: ['eval/toxicity'], missing: [{ variant: 'b', checks: [{ name: 'eval/toxicity', status: 'pass' }, { name: 'load', status: null }].slice(1) }],
  })
  const refused = await app.call('POST', '/api/experiments/gated/actions', { action: 'start', reason: 'now' })
  expectProblem(refused, 'checks_missing')
  expect(refused.body['errors']).toEqual([{ path: 'variants[1].version', message: 'version "2" has not passed a required check: load is missing' }])
  const page = await app.call('GET', '/models/m', undefined, { accept: 'text/html' })
  expect(page.text).toMatch(/<code>load<\/code>.*<b>missing, required<\/b>/)
  const draft = await app.call('GET', '/experiments/gated', undefined, { accept: 'text/html' })
  expect(draft.text).toContain('has not passed a required check: load is missing; the start is refused until then')
})

it('says what is wrong with a check', async () => {
  expectProblem(await app.call('POST', checks, { name: 'load', status: 'passed' }), 'invalid_body')
  expectProblem(await app.call('POST', checks, { name: 'load', status: 'pass', when: 'now' }), 'unknown_field')
  expectProblem(await app.call('POST', '/api/models/m/versions/9/checks', { name: 'load', status: 'pass' }), 'version_not_found')
  expectProblem(await app.call('PATCH', '/api/models/m', { requires: ['load', 'load'] }), 'invalid_definition')
  const reader = await app.must('POST', '/api/keys', { name: 'reader', scopes: ['read', 'operate'] })
  const answer = await app.call('POST', checks, { name: 'load', status: 'pass' }, { authorization: `Bearer ${String(reader['key'])}` })
  expectProblem(answer, 'scope_missing')
})

it('a version that warms is waited for', async () => {
  await app.must('PATCH', '/api/models/m', { requires: [] })
  const variants = [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2', warm: true }]
  await app.must('POST', '/api/models', { key: 'cold' })
  for (const version of ['1', '2']) await app.must('POST', '/api/models/cold/versions', { version })
  await app.must('POST', '/api/experiments', experimentOf('warming', { model: 'cold', variants }))
  expectProblem(await app.call('POST', '/api/experiments/warming/actions', { action: 'start', reason: 'now' }), 'not_ready')
  const { readyAt } = await app.must('POST', '/api/models/cold/versions/2/ready', { ready: true })
  expect(readyAt).toEqual(expect.any(String))
  await app.must('POST', '/api/experiments/warming/actions', { action: 'start', reason: 'now' })
})
