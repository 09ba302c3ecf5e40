import { afterAll, beforeAll, expect, it } from 'vitest'
import { names, type Served, type Staged, startStaged } from '../support/staged.ts'
import { expectReplays } from '../support/replays.ts'
import { expectProblem } from '../http/support.ts'

let app: Staged
beforeAll(async () => {
  app = await startStaged()
})
afterAll(() => app.close())

const step = (coverage: number, more: object = {}) => ({ coverage, hold: 'PT10M', minUnits: 40, ...more })
const canary = [{ allocation: 'steps', steps: [step(0.2), step(0.5), step(1)] }]

type Stage = { words: string; coverage: number; next: string | null; step: { number: number; of: number } }
type Report = { state: string; stage?: Stage; summary: { next: string; conditions: { text: string; met: boolean; current: string; needed: string; wait?: string }[] } }
const reportOf = async (key: string): Promise<Report> => (await app.must('GET', `/api/experiments/${key}/report`)) as Report
const standing = async (key: string) => app.must('GET', `/api/experiments/${key}`)
type Entry = { action: string; rule: string; status: string; reason: string; actor: string; evidence: Record<string, unknown>; epochBefore: number; epochAfter: number }
const entries = async (key: string): Promise<Entry[]> => (await app.must('GET', `/api/experiments/${key}/decisions`))['items'] as Entry[]
const scopes = async (key: string): Promise<number[]> => ((await app.must('GET', `/api/experiments/${key}/epochs`))['items'] as { scope: number }[]).map(({ scope }) => scope)
const arms = (served: readonly Served[]): Map<string, string> => new Map(served.flatMap(({ unit, variant }) => (variant === null ? [] : [[unit, variant]])))

it('goes on to the next step once its time is over and enough have come new, and nobody changes variant on the way', async () => {
  await app.begin('canary', canary)
  expect(await standing('canary')).toMatchObject({ stage: 0, step: 0, since: { stage: expect.any(String), step: expect.any(String) }, gates: [] })
  const first = await app.serve('canary', names(1_000))
  expect(arms(first).size / 1_000).toBeCloseTo(0.2, 1)

  await app.pass(6)
  await app.look()
  const early = await reportOf('canary')
  expect(early.stage).toMatchObject({ words: 'step 1 of 3', coverage: 0.2, next: 'step 2 of 3', step: { number: 1, of: 3 } })
  expect(early.summary.next).toMatch(/^It is at step 1 of 3: 20 % of the users take part\. It goes on by itself once the open condition is met: to step 2 of 3, with 50 % of the users\./)
  expect(early.summary.conditions.filter(({ met }) => !met)).toEqual([
    { text: 'step 1 of 3 has lasted', met: false, current: expect.stringMatching(/^6/), needed: '10 min', wait: expect.stringMatching(/^about \d min/) },
  ])
  expect(await standing('canary')).toMatchObject({ step: 0 })

  await app.pass(5)
  await app.look()
  expect(await standing('canary')).toMatchObject({ stage: 0, step: 1, state: 'running' })
  const [ramp] = await entries('canary')
  expect(ramp).toMatchObject({
    action: 'ramp', rule: 'next-step', status: 'applied', actor: 'engine', epochBefore: 1, epochAfter: 2,
    evidence: { ramp: { from: { stage: 0, step: 0, coverage: 0.2 }, to: { stage: 0, step: 1, coverage: 0.5 } }, position: { stage: 0, step: 0 } },
  })
  expect(new Set(await scopes('canary')).size).toBe(1)

  // time alone is not enough: those who took part before are not new
  await app.pass(11)
  await app.serve('canary', names(1_000).filter(({ unit }) => arms(first).has(unit)))
  await app.look()
  expect((await reportOf('canary')).summary.conditions.filter(({ met }) => !met)).toMatchObject([{ text: 'new users of each variant at step 2 of 3', current: '0', needed: '40' }])
  expect(await standing('canary')).toMatchObject({ step: 1 })

  const second = await app.serve('canary', names(1_000))
  await app.look()
  expect(await standing('canary')).toMatchObject({ step: 2 })
  const third = await app.serve('canary', names(1_000))
  expect(arms(second).size / 1_000).toBeCloseTo(0.5, 1)
  expect(arms(third).size).toBe(1_000)
  for (const [before, after] of [[first, second], [second, third]] as const) {
    for (const [unit, variant] of arms(before)) expect(arms(after).get(unit)).toBe(variant)
  }
  expect(new Set(await scopes('canary')).size).toBe(1)
  expect((await app.call('POST', '/api/experiments/canary/actions', { action: 'ramp', reason: 'more' })).body).toMatchObject({ code: 'conflict' })
})

it('promotes by itself at the last step alone, which must have lasted as well', async () => {
  const last = await reportOf('canary')
  expect(last.stage).toMatchObject({ words: 'step 3 of 3', next: null })
  expect(last.summary.conditions.map(({ text }) => text)).toEqual(expect.arrayContaining(['step 3 of 3 has lasted', 'new users of each variant at step 3 of 3']))
  await app.serve('canary', names(4_000, 1_000))
  await app.pass(60)
  await app.look()
  expect(await standing('canary')).toMatchObject({ state: 'running' })
  await app.serve('canary', names(200, 5_000))
  await app.look()
  expect(await standing('canary')).toMatchObject({ state: 'promoted', winner: 'new' })
})

it('a person goes on before time and numbers allow it, but never past a gate; what is rejected stays until it is approved', async () => {
  await app.begin('gated', [{ allocation: 'steps', steps: [step(0.1), step(0.5, { gate: 'legal' }), step(1)] }])
  expect(await standing('gated')).toMatchObject({ gates: [{ name: 'legal', stage: 0, step: 1, state: 'open' }] })
  expectProblem(await app.act('gated', 'approve'), 'conflict')
  expect((await app.act('gated', 'ramp')).body).toMatchObject({ state: 'running', epoch: 2 })

  const refused = await app.act('gated', 'ramp')
  expectProblem(refused, 'conflict')
  expect(refused.body['detail']).toContain('the gate "legal" is not approved yet')
  expectProblem(await app.act('gated', 'promote', { variant: 'new' }), 'conflict')

  await app.serve('gated', names(400))
  await app.pass(11)
  await app.look()
  expect(await standing('gated')).toMatchObject({ step: 1 })
  expect((await entries('gated'))[0]).toMatchObject({ action: 'ramp', status: 'held', reason: expect.stringMatching(/the gate "legal" is approved \(now nobody has said anything since [\d-]+ [\d:]+ UTC, needed approved\)/) })
  await app.look()
  expect((await entries('gated')).filter(({ status }) => status === 'held')).toHaveLength(1)

  expect((await app.act('gated', 'reject')).status).toBe(200)
  expectProblem(await app.act('gated', 'reject'), 'conflict')
  await app.look()
  expect(await standing('gated')).toMatchObject({ step: 1, gates: [{ state: 'rejected' }] })
  expect((await app.act('gated', 'approve', { gate: 'lawyers' })).body).toMatchObject({ errors: [{ path: 'gate' }] })
  expect((await app.act('gated', 'approve', { gate: 'legal' })).status).toBe(200)
  await app.look()
  expect(await standing('gated')).toMatchObject({ step: 2, gates: [{ name: 'legal', state: 'approved' }] })
})

it('harm on the way rolls back, and pausing or a freeze window keeps every step where it is', async () => {
  await app.begin('harmful', canary, { policy: { minDuration: 'PT1H', minUnits: 100, freeze: [{ from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z', reason: 'holidays' }] } })
  await app.serve('harmful', names(1_000))
  await app.pass(11)
  await app.look()
  expect(await standing('harmful')).toMatchObject({ step: 0 })
  expect((await entries('harmful'))[0]).toMatchObject({ action: 'ramp', status: 'held', reason: expect.stringContaining('holidays') })
  expect((await app.act('harmful', 'pause')).status).toBe(200)
  expectProblem(await app.act('harmful', 'ramp'), 'illegal_transition')
  expect((await app.act('harmful', 'resume')).status).toBe(200)
  expect((await app.act('harmful', 'ramp')).status).toBe(200)

  await app.serve('harmful', names(4_000), ({ variant }, index) => ({ win: true, failed: variant === 'new' && index % 3 === 0 }))
  await app.pass(11)
  await app.look()
  expect(await standing('harmful')).toMatchObject({ state: 'rolled_back', step: 1 })
  expect((await entries('harmful'))[0]).toMatchObject({ action: 'rollback', rule: 'guardrail-harm' })
})

it('refuses steps by which units would leave, and says where', async () => {
  const rule = { '==': [{ var: 'site' }, 'a'] }
  for (const [steps, path] of [
    [[step(0.5), step(0.2)], 'stages[0].steps[1].coverage'],
    [[step(0.5), step(0.5, { audience: rule })], 'stages[0].steps[1].audience'],
    [[step(0.5, { audience: { nonsense: [1] } })], 'stages[0].steps[0].audience.nonsense'],
    [[step(0.5, { gate: 'Not A Key' })], 'stages[0].steps[0].gate'],
  ] as const) {
    const answer = await app.call('POST', '/api/experiments', {
      key: 'refused', model: 'canary', unguarded: true, metrics: [], stages: [{ allocation: 'steps', steps }],
      variants: [{ key: 'old', version: '1', control: true }, { key: 'new', version: '2' }],
    })
    expect(answer.body['errors']).toMatchObject([{ path }])
  }
})

it('every decision leads to the very same entry when it is taken again', async () => {
  expect(await expectReplays(app.service.database.engine)).toBeGreaterThan(10)
})
