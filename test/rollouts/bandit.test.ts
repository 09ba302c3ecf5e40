import { afterAll, beforeAll, expect, it } from 'vitest'
import { verify } from '../../src/store/verify.ts'
import { until } from '../support/service.ts'
import { define, expectProblem, experimentOf, startApp, type TestApp } from '../http/support.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp({ ENGINE: 'on', ENGINE_INTERVAL_MS: '100' })
  await define(app)
})
afterAll(() => app.close())

type Answer = { variant: string; token: string; epoch: number; propensity: number; reason: string }
const assign = async (experiment: string, units: string[]): Promise<Answer[]> =>
  ((await app.must('POST', '/assign/batch', { requests: units.map((unit) => ({ experiment, unit })) })) as { results: Answer[] }).results
const named = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${prefix}-${index}`)

const quick = { stages: [{ allocation: 'bandit', interval: 'PT1S', maxStep: 0.4 }], policy: { maxDuration: 'PT8M', minDuration: 'PT8M' } }

it('a bandit is defined as documented, and refused where it cannot run', async () => {
  const created = await app.must('POST', '/api/experiments', experimentOf('plain-bandit', { stages: [{ allocation: 'bandit' }] }))
  expect(created).toMatchObject({
    stickiness: 'first-touch',
    stages: [{ allocation: 'bandit', algorithm: 'thompson', floor: 0.02, cap: 1, maxStep: 0.1, interval: 'PT5M', minOutcomes: 100, halfLife: null, priors: null }],
  })
  for (const [more, path] of [
    [{ stages: [{ allocation: 'bandit', algorithm: 'contextual' }] }, 'stages[0].context'],
    [{ stages: [{ allocation: 'bandit', floor: 0.5 }], variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }, { key: 'c', version: '2' }] }, 'stages[0].floor'],
    [{ stages: [{ allocation: 'bandit' }], metrics: [{ metric: 'win', role: 'diagnostic' }] }, 'metrics'],
    [{ stages: [{ allocation: 'bandit' }], stickiness: 'hash' }, 'stickiness'],
  ] as const) {
    const answer = await app.call('POST', '/api/experiments', experimentOf('refused', more))
    expectProblem(answer, 'invalid_definition')
    expect(answer.status).toBe(422)
    expect(answer.body['errors']).toMatchObject([{ path }])
  }
  const unknown = await app.call('POST', '/api/experiments', experimentOf('refused', { stages: [{ allocation: 'bandit', algoritm: 'thompson' }] }))
  expectProblem(unknown, 'unknown_field')
})

it('new units follow the moved weights, returning ones keep what they got and count where they were first exposed', async () => {
  await app.must('POST', '/api/models', { key: 'moving' })
  for (const version of ['1', '2']) await app.must('POST', '/api/models/moving/versions', { version, payload: { version } })
  await app.must('POST', '/api/experiments', experimentOf('moving', { model: 'moving', ...quick }))
  await app.must('POST', '/api/experiments/moving/actions', { action: 'start', reason: 'test' })

  const early = named('early', 800)
  const first = await assign('moving', early)
  expect(new Set(first.map(({ propensity }) => propensity))).toEqual(new Set([0.5]))
  const outcomes = first.map(({ token, variant }, index) => ({ token, id: `e-${index}`, measures: { win: index % 10 < (variant === 'b' ? 6 : 3), score: 1 } }))
  await app.must('POST', '/outcome/batch', { outcomes })

  let late: Answer | undefined
  let probe = 0
  await until(async () => {
    ;[late] = await assign('moving', [`probe-${probe++}`])
    return (late?.epoch ?? 1) > 1 && late?.propensity !== 0.5
  })

  const { items: moves } = (await app.must('GET', '/api/experiments/moving/decisions')) as {
    items: { action: string; weightsAfter: number[]; epochAfter: number; evidence: { probabilityBest: Record<string, number>; propensities: Record<string, number> } }[]
  }
  const move = moves.find(({ action }) => action === 'reallocate')
  expect(move?.evidence.probabilityBest['b']).toBeGreaterThan(0.99)
  expect(move?.weightsAfter[1]).toBeGreaterThan(0.8)

  const fresh = await assign('moving', named('late', 1_000))
  const { items: epochs } = (await app.must('GET', '/api/experiments/moving/epochs')) as { items: { epoch: number; scope: number; weights: Record<string, number> }[] }
  expect(new Set(epochs.map(({ scope }) => scope)).size).toBe(1)
  for (const { weights } of epochs) expect(Math.min(...Object.values(weights))).toBeGreaterThanOrEqual(0.02)
  for (const { variant, propensity, epoch } of fresh) expect(propensity).toBe(epochs.find((one) => one.epoch === epoch)?.weights[variant])
  expect(fresh.filter(({ variant }) => variant === 'b').length).toBeGreaterThan(750)

  const again = await assign('moving', early)
  expect(again.map(({ variant }) => variant)).toEqual(first.map(({ variant }) => variant))
  const told = again.map(({ token }, index) => ({ token, id: `again-${index}`, measures: { score: 2 } }))
  expect(await app.must('POST', '/outcome/batch', { outcomes: told })).toMatchObject({ accepted: 800, rejected: [] })
  const { database } = app.service
  const exposed = await database.api.run((sql) => sql<{ epoch: number; propensity: number; units: number }[]>`
    select epoch, propensity, count(*)::int as units from units where scope = ${epochs[0]?.scope ?? 0} and epoch = 1 group by epoch, propensity`)
  expect(exposed).toMatchObject([{ epoch: 1, propensity: 0.5 }])
  expect(exposed[0]?.units).toBeGreaterThanOrEqual(800)
  expect((await verify(database.api)).differences).toEqual([])
  const { variants, sampleRatio } = (await app.must('GET', '/api/experiments/moving/report')) as unknown as {
    variants: { key: string; units: number; weight: number; probabilityBest: number }[]
    sampleRatio: { verdict: string }
  }
  expect(variants.reduce((sum, { units }) => sum + units, 0)).toBe(800 + 1_000 + probe)
  expect(sampleRatio.verdict).toBe('PASS')
  expect(variants[1]?.probabilityBest).toBeGreaterThan(0.9)
})

it('starts from what an earlier experiment of the model learnt, and not from one that is not there', async () => {
  await app.must('POST', '/api/experiments/moving/actions', { action: 'stop', reason: 'known' })
  const from = (key: string) => ({ model: 'moving', stages: [{ allocation: 'bandit', priors: { from: key } }] })
  await app.must('POST', '/api/experiments', experimentOf('lost', from('nobody')))
  const refused = await app.call('POST', '/api/experiments/lost/actions', { action: 'start', reason: 'test' })
  expectProblem(refused, 'invalid_definition')
  expect(refused.body['errors']).toEqual([{ path: 'stages[0].priors.from', message: 'there is no experiment "nobody"' }])

  await app.must('POST', '/api/experiments', experimentOf('next', from('moving')))
  await app.must('POST', '/api/experiments/next/actions', { action: 'start', reason: 'test' })
  const [row] = await app.service.database.api.run((sql) => sql<{ priors: { n: number; sum: number }[] }[]>`
    select frozen->'priors' as priors from experiments where key = 'next'`)
  const [a, b] = (row?.priors ?? []).map(({ n, sum }) => sum / n)
  expect((b ?? 0) - (a ?? 0)).toBeGreaterThan(0.1)
})
