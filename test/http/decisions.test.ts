import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { chainHeads } from '../../src/store/control/days.ts'
import { createLease } from '../../src/store/control/lease.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { define, expectProblem, startApp, type TestApp } from './support.ts'

let app: TestApp
let directory: Awaited<ReturnType<typeof temporaryDirectory>>
beforeAll(async () => {
  directory = await temporaryDirectory()
  app = await startApp({ DATA_DIR: directory.path })
  await define(app)
})
afterAll(() => directory.remove())

const act = (action: string, variant?: string) =>
  app.must('POST', '/api/experiments/live/actions', { action, reason: 'a good one', ...(variant === undefined ? {} : { variant }) })

it('reads a decision with everything it says, and where to read on', async () => {
  const { decision } = await act('promote', 'b')
  const entry = await app.must('GET', `/api/decisions/${decision}`)
  const { analysis } = entry['evidence'] as { analysis: number }
  expect(entry).toMatchObject({
    id: decision, form: 2, action: 'promote', variant: 'b', status: 'applied', mode: 'manual', seed: null, verdicts: { variants: { b: {} } }, alternatives: [],
    freshness: { asOf: expect.any(String), units: { a: { exposed: 0, matured: 0 } } },
    undo: { text: expect.stringContaining('rollback'), calls: [{ method: 'POST', path: '/api/experiments/live/actions' }] },
    links: { analysis: `/api/experiments/live/report?asOf=${analysis}`, replay: `/api/decisions/${decision}/replay` },
  })
  const links = entry['links'] as Record<string, string>
  expect(await app.must('GET', links['analysis']!)).toMatchObject({ analysis })
  expect(await app.must('GET', links['replay']!)).toMatchObject({ decision, same: true, differences: [], recomputed: { action: 'promote' } })
})

it('takes an action back by the calls that its entry gives', async () => {
  const { items } = (await app.must('GET', '/api/experiments/live/decisions?limit=1')) as { items: { undo: { calls: { method: string; path: string; body: object }[] } }[] }
  for (const { method, path, body } of items[0]!.undo.calls) await app.must(method, path, body)
  expect(await app.must('GET', '/api/experiments/live')).toMatchObject({ state: 'rolled_back' })
  expect(await app.must('GET', '/api/models/m')).toMatchObject({ champion: '1' })
})

it('says of every entry how it is undone, of models and days as well', async () => {
  await app.must('PATCH', '/api/models/m', { enabled: false })
  await app.must('PUT', '/api/models/m/champion', { version: '2', reason: 'test' }).catch(() => null)
  const lease = await createLease(app.service.database.engine, randomUUID()).acquire()
  await chainHeads(app.service.database.engine, lease!.fence)
  const entries = await app.service.database.api.run((sql) => sql<{ chain: string; action: string; undo: { text: string; calls: { method: string; path: string; body: object }[] } | null }[]>`
    select chain, action, entry->'undo' as undo from ledger order by id`)
  for (const { action, undo } of entries) expect(undo?.text, action).toMatch(/\w/)
  expect(new Set(entries.map(({ chain }) => chain.split(':')[0]))).toEqual(new Set(['experiment', 'model', 'days']))
  const disabled = entries.findLast(({ action }) => action === 'disable')
  for (const { method, path, body } of disabled!.undo!.calls) await app.must(method, path, body)
  expect(await app.must('GET', '/api/models/m')).toMatchObject({ enabled: true })
})

it('refuses what is no decision, or one that nothing is stored of', async () => {
  for (const path of ['', '/replay']) {
    expectProblem(await app.call('GET', `/api/decisions/999999${path}`), 'not_found')
    expectProblem(await app.call('GET', `/api/decisions/x${path}`), 'invalid_path')
  }
})

it('lists post-mortems, reads one as JSON and as Markdown, and signs it by the call that it gives', async () => {
  const list = async (query: string) => (await app.must('GET', `/api/post-mortems${query}`))['items'] as { decision: number; locked: string[] }[]
  const [open] = await list('?open=true')
  expect(open).toMatchObject({ action: 'rollback', experiment: 'live', model: 'm', locked: ['2'], signature: null })
  const { links } = (await app.must('GET', `/api/decisions/${open!.decision}`)) as { links: { postMortem: string } }
  const told = (await app.must('GET', links.postMortem)) as { timeline: unknown[]; sign: { method: string; path: string; body: Record<string, unknown> } }
  expect(told).toMatchObject({ decision: open!.decision, stillLocked: ['2'], units: { b: { atDecision: 0, exposed: 0 } } })
  const markdown = await app.call('GET', links.postMortem, undefined, { accept: 'text/markdown, application/json;q=0.5' })
  expect(markdown.headers.get('content-type')).toBe('text/markdown; charset=utf-8')
  expect(markdown.text).toMatch(/^# Post-mortem: rollback in live\n/)
  expect(await list('?open=false')).toEqual([])
  await app.must(told.sign.method, told.sign.path, { ...told.sign.body, reason: 'nothing was wrong' })
  expect(await list('?open=true')).toEqual([])
  expect(await list('')).toMatchObject([{ signature: { by: 'local', note: 'nothing was wrong' } }])
  expectProblem(await app.call('GET', '/api/decisions/1/post-mortem'), 'not_found')
  expectProblem(await app.call('GET', '/api/post-mortems?open=maybe'), 'invalid_query')
})

it('replays on the command line, where the database is at hand', async () => {
  const { items } = (await app.must('GET', '/api/experiments/live/decisions')) as { items: { id: number; action: string }[] }
  await app.close()
  const run = promisify(execFile)
  for (const { id, action } of items) {
    const { stdout } = await run(process.execPath, ['src/entry/cli.ts', 'replay', String(id), '--json'], { env: { ...process.env, DATA_DIR: directory.path } })
    const told = { action, variant: action === 'promote' ? 'b' : null }
    expect(JSON.parse(stdout)).toMatchObject({ decision: id, same: true, differences: [], stored: told, recomputed: told })
  }
})
