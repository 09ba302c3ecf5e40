import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import vectors from '../../stats/vectors/off_policy.json' with { type: 'json' }
import { near } from './near.ts'
import { adminKey, expectProblem, startApp, type TestApp } from './support.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp({ ADMIN_KEY: adminKey })
})
afterAll(() => app.close())

type Valued = { estimate: number; se: number | null; lower: number | null; upper: number | null; gain: Valued }
type Answer = {
  rows: number
  logged: Valued
  weights: { mean: number; max: number; effectiveRows: number }
  estimates: { ipw: Valued; selfNormalised: Valued | null; doublyRobust: Valued | null }
  certain: { lower: number; upper: number } | null
  warnings: string[]
}
const evaluate = async (request: object): Promise<Answer> => (await app.must('POST', '/api/evaluation', request)) as Answer

const row = { reward: 1, propensity: 0.5, target: 0.5 }
const even = Array.from({ length: 400 }, (_, index) => ({ ...row, reward: index % 4 === 0 ? 1 : 0 }))

describe('POST /api/evaluation', () => {
  it('runs the example of its documentation as it is shown', async () => {
    const { components, paths } = (await app.must('GET', '/openapi.json')) as {
      components: { schemas: Record<string, { examples?: object[]; properties?: Record<string, unknown> }> }
      paths: Record<string, { post: { description: string; 'x-scope': string } }>
    }
    const [example] = components.schemas['EvaluationRequest']?.examples ?? []
    expect(paths['/api/evaluation']?.post.description).toContain(JSON.stringify(example))
    expect(paths['/api/evaluation']?.post['x-scope']).toBe('read')
    const answer = await evaluate(example ?? {})
    expect(Object.keys(answer).toSorted()).toEqual(Object.keys(components.schemas['EvaluationAnswer']?.properties ?? {}).toSorted())
    expect(answer.warnings).toEqual([])
  })

  it.each(vectors.cases)('answers $id as another program does', async ({ id, inputs, expected }) => {
    const binary = id.endsWith('binary')
    const at = (list: number[], index: number): number => list[index] ?? Number.NaN
    const rows = inputs.reward.map((reward, index) => ({
      reward, propensity: at(inputs.propensity, index), target: at(inputs.target, index),
      model: at(inputs.model, index), modelValue: at(inputs.model_value, index),
    }))
    const { estimates, logged, certain, weights } = await evaluate({ outcomes: binary ? 'binary' : 'real', rows })
    const { ipw, selfNormalised, doublyRobust } = estimates
    const told = {
      ipw: ipw.estimate, ipw_se: ipw.se, ipw_gain_se: ipw.gain.se,
      self_normalised: selfNormalised?.estimate, self_normalised_se: selfNormalised?.se,
      self_normalised_gain: selfNormalised?.gain.estimate, self_normalised_gain_se: selfNormalised?.gain.se,
      doubly_robust: doublyRobust?.estimate, doubly_robust_se: doublyRobust?.se, doubly_robust_gain_se: doublyRobust?.gain.se,
      logged: logged.estimate, logged_se: logged.se,
      effective: weights.effectiveRows, mean_weight: weights.mean,
      ...certain,
    }
    const { weight_se: _, ...known } = expected
    expect(told).toEqual(near(known))
  })

  it('has wider ranges where the log may be read at any time', async () => {
    const fixed = await evaluate({ outcomes: 'binary', rows: even })
    const sequential = await evaluate({ outcomes: 'binary', method: 'sequential', plannedRows: 400, rows: even })
    const width = ({ lower, upper }: Valued): number => (upper ?? 0) - (lower ?? 0)
    expect(width(sequential.estimates.ipw) / width(fixed.estimates.ipw)).toBeCloseTo(1.55, 1)
    expect(fixed.estimates.ipw).toMatchObject({ estimate: 0.25, gain: { estimate: 0, se: 0, lower: null } })
    expect(fixed.estimates.doublyRobust).toBeNull()
    expect(fixed.certain?.lower).toBeGreaterThan(0.1)
    expect(fixed.certain?.upper).toBeLessThan(0.4)
  })

  it('takes the sums of as many rows as there are', async () => {
    const of = (times: number) => ({
      outcomes: 'binary',
      groups: [
        { n: 600 * times, successes: 60 * times, propensity: 0.6, target: 0.2 },
        { n: 400 * times, successes: 80 * times, propensity: 0.4, target: 0.8 },
      ],
    })
    const [few, many] = [await evaluate(of(1)), await evaluate(of(1_000_000))]
    expect(many.rows).toBe(1_000_000_000)
    expect(many.estimates.ipw.estimate).toBeCloseTo(0.18, 12)
    expect((few.estimates.ipw.se ?? 0) / (many.estimates.ipw.se ?? 1)).toBeCloseTo(1_000, -1)
    expect(many.certain).toBeNull()
  })

  it('takes 50,000 rows, and no more', async () => {
    const answer = await evaluate({ outcomes: 'binary', rows: Array.from({ length: 50_000 }, (_, index) => even[index % 400]) })
    expect(answer.rows).toBe(50_000)
    const more = await app.call('POST', '/api/evaluation', { outcomes: 'binary', rows: Array.from({ length: 50_001 }, () => row) })
    expectProblem(more, 'invalid_definition')
    expect(more.body['errors']).toMatchObject([{ path: 'rows' }])
  })

  it.each([
    ['a propensity of 0', { outcomes: 'binary', rows: [row, { ...row, propensity: 0 }] }, 'rows[1].propensity'],
    ['a propensity above 1', { outcomes: 'binary', rows: [{ ...row, propensity: 1.01 }] }, 'rows[0].propensity'],
    ['a target above 1', { outcomes: 'binary', rows: [{ ...row, target: 1.2 }] }, 'rows[0].target'],
    ['a reward between 0 and 1', { outcomes: 'binary', rows: [{ ...row, reward: 0.5 }] }, 'rows[0].reward'],
    ['a reward outside its bounds', { outcomes: 'bounded', rows: [{ ...row, reward: -0.1 }] }, 'rows[0].reward'],
    ['a model of some rows', { outcomes: 'binary', rows: [{ ...row, model: 0.5, modelValue: 0.5 }, row] }, 'rows[1].model'],
    ['no value of a model', { outcomes: 'binary', rows: [{ ...row, model: 0.5 }] }, 'rows[0].modelValue'],
    ['neither rows nor groups', { outcomes: 'binary' }, 'rows'],
    ['rows and groups', { outcomes: 'binary', rows: [row], groups: [{ n: 1, successes: 1, propensity: 1, target: 1 }] }, 'groups'],
    ['no rows', { outcomes: 'binary', rows: [] }, 'rows'],
    ['more successes than rows', { outcomes: 'binary', groups: [{ n: 2, successes: 3, propensity: 1, target: 1 }] }, 'groups[0].successes'],
    ['squares no data have', { outcomes: 'real', groups: [{ n: 2, sum: 4, sumSquares: 7, propensity: 1, target: 1 }] }, 'groups[0].sumSquares'],
    ['sums of the wrong outcomes', { outcomes: 'binary', groups: [{ n: 2, sum: 1, propensity: 1, target: 1 }] }, 'groups[0].sum'],
    ['sums outside their bounds', { outcomes: 'bounded', groups: [{ n: 2, sum: 3, sumSquares: 5, propensity: 1, target: 1 }] }, 'groups[0].sum'],
    ['a plan of one look', { outcomes: 'binary', plannedRows: 100, rows: [row] }, 'plannedRows'],
    ['an alpha of 1', { outcomes: 'binary', alpha: 1, rows: [row] }, 'alpha'],
  ])('refuses %s, and names it', async (_, request, path) => {
    const answer = await app.call('POST', '/api/evaluation', request)
    expectProblem(answer, 'invalid_definition')
    expect((answer.body['errors'] as { path: string }[]).map((error) => error.path)).toContain(path)
  })

  it('says what speaks against its answer', async () => {
    const warnings = async (rows: object[]): Promise<string[]> => (await evaluate({ outcomes: 'binary', rows })).warnings
    expect(await warnings(even)).toEqual([])
    expect(await warnings([row])).toContain('one row has no standard error.')
    expect(await warnings(even.map((one) => ({ ...one, target: 0 })))).toEqual([expect.stringContaining('says nothing about it')])
    expect(await warnings(even.map((one) => ({ ...one, target: 0.4 })))).toEqual([expect.stringContaining('weights average 0.800')])
    const heavy = [...even.map((one) => ({ ...one, target: 0.4 })), { reward: 1, propensity: 0.001, target: 0.1 }]
    const told = await warnings(heavy)
    expect(told).toContainEqual(expect.stringContaining('one row stands for 23.81 % of all weight (weight 100.0)'))
    expect(told).toContainEqual(expect.stringMatching(/^the log of 401 rows says as much .* as 17 rows/))
    const rare = await warnings(even.map((one, index) => ({ ...one, reward: index < 5 ? 1 : 0 })))
    expect(rare).toEqual([expect.stringContaining('only 5 rewards count')])
    const misled = await warnings(even.map((one, index) => ({ ...one, model: index % 2, modelValue: 0.5 - (index % 2) })))
    expect(misled).toEqual([expect.stringContaining('predicts worse than none')])
  })

  it('is told in the documentation as it answers', async () => {
    const text = readFileSync(new URL('../../stats/README.md', import.meta.url), 'utf8').split('## What another policy would have earned')[1] ?? ''
    const body = /-d '([\s\S]*?)'\n```/.exec(text)?.[1] ?? ''
    const shown = /```json\n([\s\S]*?)```/.exec(text)?.[1] ?? ''
    expect(await evaluate(JSON.parse(body) as object)).toEqual(near(JSON.parse(shown)))
  })
})
