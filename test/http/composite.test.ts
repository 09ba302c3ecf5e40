import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verify } from '../../src/store/verify.ts'
import { until } from '../support/service.ts'
import { define, expectProblem, experimentOf, startApp, type TestApp } from './support.ts'

type Assigned = { variant: 'a' | 'b'; token: string; propensity: number }
type Report = {
  variants: { key: string; metrics: Record<string, { estimate: number; n: number }> }[]
  comparisons: { metric: string; difference: { estimate: number; lower: number; upper: number }; verdict: string }[]
}

const terms = [{ measure: 'quality', weight: 1 }, { measure: 'cost', weight: -0.5 }]
const metrics = [
  { metric: 'worth', role: 'decision' }, { metric: 'spent', role: 'diagnostic' }, { metric: 'quality', role: 'diagnostic' },
]

describe('a metric made of several measures', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await startApp({ ENGINE: 'on', ENGINE_INTERVAL_MS: '100' })
    await define(app)
    await app.must('POST', '/api/metrics', { key: 'worth', kind: 'mean', terms, direction: 'increase', min: -2, max: 1 })
    await app.must('POST', '/api/metrics', { key: 'spent', kind: 'total', terms: [{ measure: 'cost', weight: 1 }, { measure: 'tokens', weight: 0.01 }], direction: 'decrease' })
    await app.must('POST', '/api/metrics', { key: 'quality', kind: 'mean', measure: 'quality', direction: 'increase', min: 0, max: 1 })
  })
  afterAll(() => app.close())

  const start = async (key: string, more: object): Promise<void> => {
    await app.must('POST', '/api/models', { key })
    for (const version of ['1', '2']) await app.must('POST', `/api/models/${key}/versions`, { version })
    await app.must('POST', '/api/experiments', experimentOf(key, { model: key, metrics, ...more }))
    await app.must('POST', `/api/experiments/${key}/actions`, { action: 'start', reason: 'test' })
  }
  const assign = async (experiment: string, units: string[]): Promise<Assigned[]> =>
    ((await app.must('POST', '/assign/batch', { requests: units.map((unit) => ({ experiment, unit })) })) as { results: Assigned[] }).results
  const named = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${prefix}-${index}`)

  it('is refused where it contradicts itself, and shown as it was declared', async () => {
    const bad = await app.call('POST', '/api/metrics', { key: 'bad', kind: 'conversion', terms, direction: 'increase' })
    expectProblem(bad, 'invalid_definition')
    expect(bad.body['errors']).toMatchObject([{ path: 'terms' }])
    const one = await app.call('POST', '/api/metrics', { key: 'bad', kind: 'mean', terms: terms.slice(1), direction: 'increase' })
    expect(one.status).toBe(422)
    expect(await app.must('GET', '/api/metrics/worth')).toEqual({ key: 'worth', kind: 'mean', terms, direction: 'increase', min: -2, max: 1 })
  })

  it('takes an outcome whole or not at all where it is a mean, in parts where it is a total, and stays within its bounds', async () => {
    await start('parts', { stages: [{ allocation: 'fixed' }] })
    const [first] = await assign('parts', ['u'])
    const report = (id: string, measures: object) => app.call('POST', '/outcome', { token: first!.token, id, measures })
    const partial = await report('partial', { quality: 1 })
    expectProblem(partial, 'missing_measure')
    expect(partial.body['errors']).toMatchObject([{ path: 'measures.cost', message: expect.stringContaining('"worth"') }])
    const beyond = await report('beyond', { quality: 0, cost: 5 })
    expectProblem(beyond, 'out_of_range')
    expect(beyond.body['detail']).toContain('-2.5 of "worth"')
    for (const [id, measures] of [['whole', { quality: 1, cost: 1 }], ['tokens', { tokens: 300 }]] as const) expect((await report(id, measures)).status).toBe(200)
    const { variants } = (await app.must('GET', '/api/experiments/parts/report')) as Report
    const own = variants.find(({ key }) => key === first!.variant)?.metrics
    expect(own?.['worth']).toMatchObject({ estimate: 0.5, n: 1 })
    expect(own?.['spent']?.estimate).toBeCloseTo(4, 12)
  })

  it('is what a bandit follows: the version of less quality and still less cost gets the traffic', async () => {
    const policy = { maxDuration: 'PT8M', minDuration: 'PT8M' }
    await start('frugal', { stages: [{ allocation: 'bandit', interval: 'PT1S', maxStep: 0.4 }], policy })
    const first = await assign('frugal', named('early', 600))
    const outcomes = first.map(({ token, variant }, index) => ({
      token, id: `o-${index}`,
      measures: variant === 'a' ? { quality: Number(index % 10 < 7), cost: 1.5 + (index % 5) / 10 } : { quality: Number(index % 10 < 6), cost: 0.5 + (index % 5) / 10 },
    }))
    await app.must('POST', '/outcome/batch', { outcomes })
    const worth = (key: string): number => {
      const own = outcomes.filter((_, index) => first[index]!.variant === key).map(({ measures: { quality, cost } }) => quality - 0.5 * cost)
      return own.reduce((sum, value) => sum + value, 0) / own.length
    }
    let late: Assigned | undefined
    let probe = 0
    await until(async () => {
      ;[late] = await assign('frugal', [`probe-${probe++}`])
      return late?.propensity !== 0.5
    })
    expect((await assign('frugal', named('late', 300))).filter(({ variant }) => variant === 'b').length).toBeGreaterThan(220)
    const { comparisons } = (await app.must('GET', '/api/experiments/frugal/report')) as Report
    const compared = comparisons.find(({ metric }) => metric === 'worth')!
    expect(compared.difference.estimate).toBeCloseTo(worth('b') - worth('a'), 1)
    expect(compared.difference.lower).toBeGreaterThan(0)
    expect(comparisons.find(({ metric }) => metric === 'quality')!.difference.estimate).toBeLessThan(0)
    expect((await verify(app.service.database.api)).differences).toEqual([])
  })
})
