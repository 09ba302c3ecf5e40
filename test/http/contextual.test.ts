import { afterAll, beforeAll, expect, it } from 'vitest'
import { seededRandom } from '../../stats/index.ts'
import { verify } from '../../src/store/verify.ts'
import { until } from '../support/service.ts'
import { define, expectProblem, experimentOf, startApp, type TestApp } from './support.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp({ ENGINE: 'on', ENGINE_INTERVAL_MS: '100' })
  await define(app)
})
afterAll(() => app.close())

type Answer = { variant: 'a' | 'b'; token: string; epoch: number; propensity: number; reason: string }
type Unit = { unit: string; attributes: { plan: string; age: number } }
type Comparison = { metric: string; difference: { estimate: number; lower: number; upper: number } }
type Report = {
  guardrails: { metric: string }[]; warnings: string[]; comparisons: Comparison[]; sampleRatio: { verdict: string }; variants: { key: string; weight: number; probabilityBest: number }[]
}

const context = { numeric: [{ attribute: 'age', center: 40, scale: 10 }], categorical: [{ attribute: 'plan', values: ['pro'] }] }
const stage = { allocation: 'bandit', algorithm: 'contextual', context, interval: 'PT1S', maxStep: 1, floor: 0.05 }
const policy = { maxDuration: 'PT8M', minDuration: 'PT8M' }

const assign = async (experiment: string, units: Unit[]): Promise<Answer[]> =>
  ((await app.must('POST', '/assign/batch', { requests: units.map((unit) => ({ experiment, ...unit })) })) as { results: Answer[] }).results

it('is declared with its attributes, and refused where it cannot run', async () => {
  const created = await app.must('POST', '/api/experiments', experimentOf('plain-context', { stages: [{ allocation: 'bandit', algorithm: 'contextual', context }] }))
  expect(created).toMatchObject({ stickiness: 'first-touch', stages: [{ context: { numeric: [{ attribute: 'age', center: 40, scale: 10 }] } }] })
  const many = Array.from({ length: 20 }, (_, index) => String(index))
  for (const [stages, more, path] of [
    [{ context: undefined }, {}, 'stages[0].context'],
    [{ context: {} }, {}, 'stages[0].context'],
    [{ algorithm: 'thompson' }, {}, 'stages[0].context'],
    [{ context: { categorical: [{ attribute: 'x', values: many }, { attribute: 'y', values: many }] } }, {}, 'stages[0].context'],
    [{ context: { numeric: [{ attribute: 'x' }], categorical: [{ attribute: 'x', values: ['1'] }] } }, {}, 'stages[0].context.categorical[0].attribute'],
    [{ context: { numeric: [{ attribute: 'x', min: 1, max: 2 }] } }, {}, 'stages[0].context.numeric[0].center'],
    [{}, { segments: ['plan'] }, 'segments'],
    [{}, { policy: { method: 'bayesian' } }, 'policy.method'],
    [{}, { stickiness: 'hash' }, 'stickiness'],
  ] as const) {
    const answer = await app.call('POST', '/api/experiments', experimentOf('refused', { stages: [{ ...stage, ...stages }], ...more }))
    expectProblem(answer, 'invalid_definition')
    expect(answer.body['errors']).toMatchObject([{ path }])
  }
})

it('gives every segment what is best for it, and still tells by how much the variants differ over all', async () => {
  await app.must('POST', '/api/models', { key: 'apart' })
  for (const version of ['1', '2']) await app.must('POST', '/api/models/apart/versions', { version })
  await app.must('POST', '/api/experiments', experimentOf('apart', { model: 'apart', stages: [stage], policy }))
  await app.must('POST', '/api/experiments/apart/actions', { action: 'start', reason: 'test' })

  const random = seededRandom(3)
  // 40 % are pro, for whom b wins more; for the others a does. Over all b is worse by .4 · .3 − .6 · .3 = −.06
  const chance = (variant: string, plan: string): number => ((variant === 'b') === (plan === 'pro') ? 0.6 : 0.3)
  const effect = -0.06
  const served = { pro: [0, 0], free: [0, 0] }
  let wins = 0
  let count = 0
  const wave = async (name: string, size: number): Promise<Answer[]> => {
    const units = Array.from({ length: size }, (_, index): Unit => ({
      unit: `${name}-${index}`, attributes: { plan: random.uniform() < 0.4 ? 'pro' : 'free', age: 30 + Math.floor(20 * random.uniform()) },
    }))
    const answers = await assign('apart', units)
    const outcomes = answers.map(({ token, variant }, index) => {
      const { plan } = units[index]!.attributes
      const win = Number(random.uniform() < chance(variant, plan))
      if (name !== 'wave-0') {
        const own = served[plan as 'pro' | 'free']
        own[0]! += Number((variant === 'b') === (plan === 'pro'))
        own[1]! += 1
        wins += win
        count += 1
      }
      return { token, id: `${name}-${index}`, measures: { win, score: 10 * win } }
    })
    await app.must('POST', '/outcome/batch', { outcomes })
    return answers
  }

  const first = await wave('wave-0', 1_000)
  expect(new Set(first.map(({ propensity }) => propensity))).toEqual(new Set([0.5]))
  for (let number = 1; number <= 4; number++) {
    await until(async () => {
      const { items } = (await app.must('GET', '/api/experiments/apart/decisions')) as { items: { action: string; epochAfter: number }[] }
      const moves = items.filter(({ action }) => action === 'reallocate')
      if (moves.length < number) return false
      const [probe] = await assign('apart', [{ unit: `probe-${number}`, attributes: { plan: 'pro', age: 40 } }])
      return (probe?.epoch ?? 0) >= moves[0]!.epochAfter
    })
    const answers = await wave(`wave-${number}`, 1_000)
    expect(new Set(answers.map(({ propensity }) => propensity)).size).toBeGreaterThan(2)
  }
  for (const [best, all] of Object.values(served)) expect(best! / all!).toBeGreaterThan(0.7)
  // the best single variant wins .3 · .4 + .6 · .6 = .48
  expect(wins / count).toBeGreaterThan(0.51)

  const report = (await app.must('GET', '/api/experiments/apart/report')) as unknown as Report
  const compared = report.comparisons.find(({ metric }) => metric === 'win')!
  expect(compared.difference.lower).toBeLessThan(effect)
  expect(compared.difference.upper).toBeGreaterThan(effect)
  expect(Math.abs(compared.difference.estimate - effect)).toBeLessThan(0.06)
  expect(report.sampleRatio.verdict).toBe('PASS')
  expect(report.guardrails.map(({ metric }) => metric)).not.toContain('completeness')
  expect(report.warnings).toContainEqual(expect.stringMatching(/^Silence is not compared between variants here/))
  expect(report.variants.reduce((sum, { probabilityBest }) => sum + probabilityBest, 0)).toBeCloseTo(1, 6)
  expect(report.variants.find(({ key }) => key === 'a')!.probabilityBest).toBeGreaterThan(0.45)
  expect((await verify(app.service.database.api)).differences).toEqual([])

  const { items } = (await app.must('GET', '/api/experiments/apart/decisions')) as { items: { action: string; rule: string; status: string }[] }
  expect(items.filter(({ action, status }) => status === 'applied' && action !== 'start' && action !== 'reallocate')).toEqual([])
  expect(items.find(({ action }) => action === 'reallocate')?.rule).toBe('bandit-contextual')
})
