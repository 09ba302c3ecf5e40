import { afterAll, beforeAll, expect, it } from 'vitest'
import { expectReplays } from '../support/replays.ts'
import { names, type Staged, startStaged } from '../support/staged.ts'

let app: Staged
beforeAll(async () => {
  app = await startStaged()
})
afterAll(() => app.close())

const step = { coverage: 0.5, hold: 'PT10M', minUnits: 40 }
const canary = (more: object) => ({ allocation: 'steps', steps: [step, { ...step, coverage: 1 }], deadline: 'PT1H', ...more })

type Entry = { action: string; rule: string; status: string; reason: string; evidence: Record<string, unknown> }
const entries = async (key: string): Promise<Entry[]> => (await app.must('GET', `/api/experiments/${key}/decisions`))['items'] as Entry[]
const standing = (key: string) => app.must('GET', `/api/experiments/${key}`)
const nextOf = async (key: string) => ((await app.must('GET', `/api/experiments/${key}/report`))['summary'] as { next: string }).next
const at = /\d{4}-\d\d-\d\d \d\d:\d\d UTC/.source

it('holds a stage that takes too long, says what it lacks and since when, and goes on once that is there', async () => {
  await app.begin('late', [canary({}), { allocation: 'fixed' }])
  await app.serve('late', names(4))
  await app.pass(40)
  await app.look()
  expect(await standing('late')).toMatchObject({ step: 0, holds: [] })
  expect(await nextOf('late')).toMatch(new RegExp(`The stage has until ${at}; then it is held, and people are told\\.$`))

  await app.pass(21)
  await app.look()
  const lacks = `its stage was to be over by ${at}, and still lacks, since ${at}: new users of each variant at step 1 of 2 in stage 1 of 2 \\(now \\d, needed 40\\)`
  const held = await standing('late')
  expect(held).toMatchObject({ state: 'running', step: 0, holds: [{ reason: 'stage_deadline', variant: null, text: expect.stringMatching(lacks) }] })
  expect((await entries('late'))[0]).toMatchObject({ action: 'hold', rule: 'hold', status: 'applied', reason: expect.stringMatching(lacks) })
  expect(await nextOf('late')).toMatch(new RegExp(`^Held: ${lacks}`))
  await app.look()
  expect((await entries('late')).filter(({ action }) => action === 'hold')).toHaveLength(1)
  // what webhooks are sent
  const told = await app.service.database.api.run((sql) => sql<{ topic: string }[]>`select topic from outbox order by id desc limit 1`)
  expect(told).toEqual([{ topic: 'decision.hold' }])

  await app.serve('late', names(400))
  for (let looks = 0; looks < 4; looks++) await app.look()
  expect((await entries('late')).slice(0, 2)).toMatchObject([{ action: 'ramp', rule: 'next-step' }, { action: 'hold', rule: 'hold-lifted' }])
})

it('a person goes on all the same, and the next stage has a time of its own', async () => {
  await app.begin('led', [canary({}), { allocation: 'fixed', deadline: 'P1D' }])
  await app.serve('led', names(4))
  await app.pass(61)
  await app.look()
  expect(await standing('led')).toMatchObject({ holds: [{ reason: 'stage_deadline' }] })
  for (const _ of [1, 2]) expect((await app.act('led', 'ramp')).status).toBe(200)
  for (let looks = 0; looks < 4; looks++) await app.look()
  expect(await standing('led')).toMatchObject({ stage: 1, holds: [] })
})

it('ends without a winner where the stage says so, and the champion stays; not while somebody has paused it', async () => {
  await app.begin('ending', [canary({ onDeadline: 'stop' }), { allocation: 'fixed' }])
  await app.serve('ending', names(4))
  expect(await nextOf('ending')).toContain('then it ends without a winner')
  expect((await app.act('ending', 'pause')).status).toBe(200)
  await app.pass(61)
  await app.look()
  expect(await standing('ending')).toMatchObject({ state: 'paused' })
  expect((await app.act('ending', 'resume')).status).toBe(200)
  await app.look()
  expect(await standing('ending')).toMatchObject({ state: 'inconclusive' })
  expect((await entries('ending'))[0]).toMatchObject({
    action: 'conclude', rule: 'stage-deadline', status: 'applied', reason: expect.stringMatching(/^No winner: its stage was to be over by .*The champion stays\.$/),
    evidence: { deadline: expect.any(String), conditions: [{ kind: 'step-units', met: false }] },
  })
  expect((await app.must('GET', '/api/models/ending'))['champion']).toBe('1')
})

it('a gate that nobody opens waits for ever, and says since when', async () => {
  await app.begin('shut', [{ allocation: 'switch', gate: 'release', deadline: 'PT1H' }])
  await app.look()
  expect((await entries('shut'))[0]).toMatchObject({ status: 'held', reason: expect.stringMatching(`nobody has said anything since ${at}`) })
  await app.pass(61)
  await app.look()
  expect(await standing('shut')).toMatchObject({ state: 'running', holds: [
    { reason: 'no_traffic' }, { reason: 'stage_deadline', text: expect.stringMatching('and still lacks, since [^:]*:[^:]*: the gate "release" is approved \\(now nobody has said anything since') },
  ] })
  expect((await app.act('shut', 'approve')).status).toBe(200)
  await app.serve('shut', names(20))
  for (let looks = 0; looks < 4; looks++) await app.look()
  expect(await standing('shut')).toMatchObject({ state: 'baking' })
})

it('refuses a deadline that no stage could keep', async () => {
  const variants = [{ key: 'old', version: '1', control: true }, { key: 'new', version: '2' }]
  for (const [stages, path] of [
    [[canary({ deadline: 'PT20M' })], 'stages[0].deadline'],
    [[{ allocation: 'fixed', deadline: 'PT0S' }], 'stages[0].deadline'],
    [[{ allocation: 'fixed', onDeadline: 'stop' }], 'stages[0].onDeadline'],
    [[{ allocation: 'fixed' }, { allocation: 'switch', deadline: 'PT1H' }], 'stages[1].deadline'],
  ] as const) {
    const answer = await app.call('POST', '/api/experiments', { key: 'refused', model: 'late', unguarded: true, metrics: [], stages, variants })
    expect(answer.body['errors']).toMatchObject([{ path }])
  }
})

it('every decision leads to the very same entry when it is taken again', async () => {
  expect(await expectReplays(app.service.database.engine)).toBeGreaterThan(8)
})
