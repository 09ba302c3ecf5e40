import { afterAll, beforeAll, expect, it } from 'vitest'
import { addCells, conversions, insertRunning } from '../support/experiment-rows.ts'
import { look } from '../support/look.ts'
import { expectReplays } from '../support/replays.ts'
import { adminKey, startApp, type TestApp } from './support.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp({ ADMIN_KEY: adminKey, ENGINE: 'off' })
})
afterAll(() => app.close())

type Entry = { action: string; rule: string; actor: string; status: string; reason: string; epochBefore: number; epochAfter: number; evidence: Record<string, unknown> }

/** The ledger in its order. */
const entriesOf = async (key: string): Promise<Entry[]> =>
  ((await app.must('GET', `/api/experiments/${key}/decisions`))['items'] as Entry[]).toReversed()

const tell = (body: object) => app.must('POST', '/api/signals', body)

it('each change of what signals hold is one entry with what was told, and none where nothing changed', async () => {
  const pool = app.service.database.engine
  const { scope } = await insertRunning(pool, 'told', { signals: [{ name: 'memory', variant: 'qwen', limit: { above: 0.9 } }] })
  await addCells(pool, scope, [...conversions(0, 1_000, 400, 100), ...conversions(1, 1_000, 410, 100)])
  await tell({ experiment: 'told', variant: 'qwen', name: 'memory', value: 0.5 })
  for (let turn = 0; turn < 2; turn++) await look(pool)
  expect(await entriesOf('told')).toEqual([])

  // two at once are one change
  await tell({ experiment: 'told', variant: 'qwen', name: 'memory', value: 0.97, source: 'prometheus' })
  await tell({ model: 'told', name: 'toxicity', status: 'alarm' })
  for (let turn = 0; turn < 2; turn++) await look(pool)
  const both = await entriesOf('told')
  expect(both).toMatchObject([{ action: 'hold', rule: 'hold', actor: 'engine', status: 'applied' }])
  expect(both[0]?.epochAfter).toBe(both[0]?.epochBefore)
  expect(both[0]?.evidence).toMatchObject({
    digest: expect.any(String), lifted: [],
    begun: [
      { reason: 'signal', metric: 'signal:memory', variant: 'qwen', text: 'the signal memory of qwen is above 0.9 (0.97, from prometheus)' },
      { reason: 'signal', metric: 'signal:toxicity', variant: null, text: 'the signal toxicity raises an alarm' },
    ],
  })

  // another value that alarms as well, and the same told again, change nothing
  await tell({ experiment: 'told', variant: 'qwen', name: 'memory', value: 0.99 })
  await tell({ model: 'told', name: 'toxicity', status: 'alarm' })
  for (let turn = 0; turn < 3; turn++) await look(pool)
  expect(await entriesOf('told')).toHaveLength(1)

  // one ends, the other goes on; a third begins later
  await tell({ model: 'told', name: 'toxicity', status: 'ok' })
  for (let turn = 0; turn < 4; turn++) await look(pool)
  const [, ended, ...more] = await entriesOf('told')
  expect(more).toEqual([])
  expect(ended).toMatchObject({ rule: 'hold', reason: 'No longer held: signal (toxicity). Still held: signal (memory of qwen).' })
  expect(ended?.evidence).toMatchObject({ begun: [], lifted: [{ metric: 'signal:toxicity' }], reasons: [{ metric: 'signal:memory', variant: 'qwen' }] })

  await tell({ experiment: 'told', variant: 'qwen', name: 'memory', value: 0.4 })
  for (let turn = 0; turn < 4; turn++) await look(pool)
  const all = await entriesOf('told')
  expect(all.map(({ rule }) => rule)).toEqual(['hold', 'hold', 'hold-lifted'])
  expect(all.at(-1)?.evidence).toMatchObject({ begun: [], lifted: [{ metric: 'signal:memory' }], reasons: [] })
  expect((await app.must('GET', '/api/experiments/told'))['holds']).toEqual([])
  expect(await expectReplays(pool)).toBe(3)
})

it('a signal that expires lets go by itself, and harm is stopped while it holds', async () => {
  const pool = app.service.database.engine
  const { scope } = await insertRunning(pool, 'expiring', {}, undefined, 48, 3)
  await addCells(pool, scope, [...conversions(0, 1_000, 400, 100), ...conversions(1, 1_000, 410, 100), ...conversions(2, 1_000, 410, 400)])
  const before = (await entriesOf('told')).length
  await tell({ experiment: 'expiring', name: 'traffic', status: 'alarm', expiresIn: 'PT3S' })
  await look(pool)
  // what protects comes first, and does not wait for what holds
  expect((await entriesOf('expiring')).map(({ action, rule }) => [action, rule])).toEqual([['kill', 'guardrail-harm']])
  await look(pool)
  expect((await entriesOf('expiring')).at(-1)).toMatchObject({ action: 'hold', rule: 'hold', evidence: { begun: [{ metric: 'signal:traffic' }] } })
  await expect.poll(async () => {
    await look(pool)
    return (await entriesOf('expiring')).at(-1)?.rule
  }).toBe('hold-lifted')
  expect((await entriesOf('expiring')).map(({ action }) => action)).toEqual(['kill', 'hold', 'hold'])
  expect(await entriesOf('told')).toHaveLength(before)
  expect(await expectReplays(pool)).toBe(6)
})

it('a check that a pipeline posts is one entry of the model, however often it is sent, and touches no experiment', async () => {
  const check = { name: 'load', status: 'fail', evidence: { p95: 900 } }
  for (let turn = 0; turn < 2; turn++) await app.call('POST', '/api/models/told/versions/2/checks', { ...check, at: '2026-01-01T00:00:00Z' })
  const audit = (await app.must('GET', '/api/models/told/audit?limit=500'))['items'] as { action: string }[]
  expect(audit.filter(({ action }) => action === 'check')).toMatchObject([{ evidence: { name: 'load', status: 'fail', evidence: { p95: 900 } } }])
  expect(await entriesOf('told')).toHaveLength(3)
})
