import { afterAll, beforeAll, expect, it } from 'vitest'
import { expectReplays } from '../support/replays.ts'
import { names, sharesOf, type Staged, startStaged } from '../support/staged.ts'
import { expectProblem } from '../http/support.ts'

let app: Staged
beforeAll(async () => {
  app = await startStaged()
})
afterAll(() => app.close())

type Entry = { action: string; rule: string; status: string; reason: string; variant: string | null }
const entries = async (key: string): Promise<Entry[]> => (await app.must('GET', `/api/experiments/${key}/decisions`))['items'] as Entry[]
const standing = (key: string) => app.must('GET', `/api/experiments/${key}`)
const champion = async (key: string) => (await app.must('GET', `/api/models/${key}`))['champion']

it('blue/green: nobody gets the new version before the gate opens, then everybody but what the bake keeps; one call reverts', async () => {
  await app.begin('green', [{ allocation: 'switch', gate: 'release', bake: { units: 400, keep: 0.1 } }])
  expect(sharesOf(await app.serve('green', names(200)))).toEqual({ 1: expect.closeTo(1, 9) })
  await app.look()
  expect(await standing('green')).toMatchObject({ state: 'running', stage: 0 })
  expect((await entries('green'))[0]).toMatchObject({ action: 'promote', status: 'held', reason: expect.stringContaining('The switch waits: the gate "release" is approved') })
  const waiting = (await app.must('GET', '/api/experiments/green/report')) as { summary: { headline: string; conditions: { text: string; met: boolean }[] } }
  expect(waiting.summary.headline).toBe('Everybody gets old until the switch to new.')
  expect(waiting.summary.conditions.filter(({ met }) => !met)).toMatchObject([{ text: 'the gate "release" is approved' }])
  expectProblem(await app.act('green', 'promote', { variant: 'new' }), 'conflict')
  expectProblem(await app.act('green', 'ramp'), 'conflict')

  expect((await app.act('green', 'approve')).status).toBe(200)
  await app.look()
  expect(await standing('green')).toMatchObject({ state: 'baking', winner: 'new' })
  expect((await entries('green'))[0]).toMatchObject({ action: 'promote', variant: 'new', rule: 'switch', status: 'applied' })
  expect(await champion('green')).toBe('2')
  const baking = await app.serve('green', names(600))
  expect(sharesOf(baking)['1']).toBeCloseTo(0.1, 1)
  await app.look()
  expect(await standing('green')).toMatchObject({ state: 'promoted' })
  expect(sharesOf(await app.serve('green', names(200)))).toEqual({ 2: expect.closeTo(1, 9) })

  expect((await app.act('green', 'rollback')).body).toMatchObject({ state: 'rolled_back' })
  expect(await champion('green')).toBe('1')
  expect(sharesOf(await app.serve('green', names(200)))).toEqual({ 1: expect.closeTo(1, 9) })
})

it('a rollback of a promotion restores version, payload, checkpoint and weights, and keeps what was learned', async () => {
  await app.must('POST', '/api/models', { key: 'back' })
  for (const version of ['1', '2']) await app.must('POST', '/api/models/back/versions', { version, payload: { endpoint: `v${version}` }, checkpoint: { id: `ckpt-${version}` } })
  await app.must('POST', '/api/experiments', {
    key: 'back', model: 'back', stages: [{ allocation: 'fixed' }], metrics: [{ metric: 'win', role: 'decision' }, { metric: 'failed', role: 'guardrail', margin: 0.05 }],
    variants: [{ key: 'old', version: '1', control: true }, { key: 'new', version: '2' }],
  })
  await app.act('back', 'start')
  const served = async () => {
    const ask = (body: object) => app.must('POST', '/assign', { unit: 'anybody', ...body })
    const { version, payload, reason } = await ask({ experiment: 'back' })
    expect(await ask({ model: 'back' })).toMatchObject({ version, payload })
    return { version, payload, reason }
  }
  const learned = async () => {
    const { units, variants, comparisons } = await app.must('GET', '/api/experiments/back/report')
    return { units, variants, comparisons }
  }
  const kept = async () => (await app.must('GET', '/api/experiments/back/state'))['tables']

  await app.serve('back', names(1_000), ({ variant }, index) => ({ win: index % (variant === 'new' ? 2 : 3) === 0, failed: index % 20 === 0 }))
  const [before, state] = [await learned(), await kept()]
  await app.act('back', 'promote', { variant: 'new' })
  expect(await served()).toEqual({ version: '2', payload: { endpoint: 'v2' }, reason: 'champion' })
  expect(await app.must('GET', '/api/models/back')).toMatchObject({ champion: '2', checkpoint: { id: 'ckpt-2' } })

  expect((await app.act('back', 'rollback')).body).toMatchObject({ state: 'rolled_back' })
  expect(await served()).toEqual({ version: '1', payload: { endpoint: 'v1' }, reason: 'champion' })
  expect(await app.must('GET', '/api/models/back')).toMatchObject({ champion: '1', checkpoint: { id: 'ckpt-1' } })
  expect(sharesOf(await app.serve('back', names(200)))).toEqual({ 1: expect.closeTo(1, 9) })
  expect(await learned()).toEqual(before)
  expect(await kept()).toEqual(state)
})

it('harm after the switch brings the old version back by itself', async () => {
  await app.begin('spoilt', [{ allocation: 'switch' }], { metrics: [{ metric: 'failed', role: 'guardrail', margin: 0.02 }] })
  await app.look()
  expect(await standing('spoilt')).toMatchObject({ state: 'baking', stages: [{ allocation: 'switch', gate: null, bake: { units: 20_000, keep: 0.05 } }] })
  await app.serve('spoilt', names(3_000), ({ version }, index) => ({ win: true, failed: version === '2' && index % 2 === 0 }))
  await app.look()
  expect(await standing('spoilt')).toMatchObject({ state: 'rolled_back' })
  expect(await champion('spoilt')).toBe('1')
})

it('switches to nobody while more than one candidate is left; a person may choose', async () => {
  await app.must('POST', '/api/models', { key: 'two' })
  for (const version of ['1', '2', '3']) await app.must('POST', '/api/models/two/versions', { version })
  await app.must('POST', '/api/experiments', {
    key: 'two', model: 'two', stages: [{ allocation: 'switch' }], metrics: [{ metric: 'failed', role: 'guardrail', margin: 0.05 }],
    variants: [{ key: 'old', version: '1', control: true }, { key: 'b', version: '2' }, { key: 'c', version: '3' }],
  })
  await app.act('two', 'start')
  await app.look()
  expect(await standing('two')).toMatchObject({ state: 'running' })
  expect((await entries('two'))[0]).toMatchObject({ status: 'held', reason: expect.stringContaining('one candidate is left to switch to (now 2') })
  expect((await app.act('two', 'promote', { variant: 'c' })).body).toMatchObject({ state: 'baking' })
  expect(await champion('two')).toBe('3')
})

it('after steps the switch is how they promote: its gate is one more condition, and its bake follows', async () => {
  const steps = { allocation: 'steps', steps: [{ coverage: 0.5, hold: 'PT10M', minUnits: 40 }, { coverage: 1, hold: 'PT10M', minUnits: 40 }] }
  await app.begin('rolled', [steps, { allocation: 'switch', gate: 'release', bake: { units: 300, keep: 0.05 } }], { policy: { minDuration: 'PT10M', minUnits: 100 } })
  await app.serve('rolled', names(1_000))
  await app.pass(11)
  await app.look()
  expect(await standing('rolled')).toMatchObject({ stage: 0, step: 1 })
  for (const from of [1_000, 3_000, 5_000]) {
    await app.serve('rolled', names(2_000, from))
    await app.pass(6)
    await app.look()
  }
  expect(await standing('rolled')).toMatchObject({ state: 'running', step: 1 })
  expect((await entries('rolled'))[0]).toMatchObject({ action: 'promote', status: 'held', reason: expect.stringContaining('the gate "release" is approved') })
  expect((await app.act('rolled', 'approve')).status).toBe(200)
  await app.look()
  expect(await standing('rolled')).toMatchObject({ state: 'baking', winner: 'new' })
})

it('refuses a switch that something follows, a second bake, and gates that cannot be told apart', async () => {
  const variants = [{ key: 'old', version: '1', control: true }, { key: 'new', version: '2' }]
  for (const [stages, more, path] of [
    [[{ allocation: 'switch' }, { allocation: 'fixed' }], {}, 'stages[0]'],
    [[{ allocation: 'switch' }], { policy: { bake: { units: 10 } } }, 'policy.bake'],
    [[{ allocation: 'steps', steps: [{ gate: 'go' }] }, { allocation: 'switch', gate: 'go' }], {}, 'stages[1].gate'],
  ] as const) {
    const answer = await app.call('POST', '/api/experiments', { key: 'refused', model: 'green', unguarded: true, metrics: [], stages, variants, ...more })
    expect(answer.body['errors']).toMatchObject([{ path }])
  }
})

it('every decision leads to the very same entry when it is taken again', async () => {
  expect(await expectReplays(app.service.database.engine)).toBeGreaterThan(10)
})
