import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminKey, expectProblem, startApp, type TestApp } from './support.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp({ ADMIN_KEY: adminKey })
})
afterAll(() => app.close())

const share = { kind: 'conversion', baseline: 0.34, effect: 0.003 }

describe('POST /api/power', () => {
  it('answers sizes, times and what they rest on', async () => {
    const plan = await app.must('POST', '/api/power', { ...share, method: 'fixed', unitsPerDay: 100_000 })
    expect(plan).toMatchObject({
      method: 'fixed', level: 0.05, sides: 2, effect: { absolute: 0.003 }, detectable: null,
      sample: { units: 784_454, perVariant: [392_227, 392_227], fixed: 784_454, inflation: 1, duration: { iso: 'P7DT21H' } },
    })
    expect(plan['assumptions']).toContainEqual(expect.stringContaining('Read once'))
    const sequence = await app.must('POST', '/api/power', { ...share, units: 2_000_000 })
    expect(sequence).toMatchObject({ method: 'sequential', sample: { plannedUnits: 784_454 }, detectable: { units: 2_000_000 } })
  })

  it('runs the example of its documentation as it is shown', async () => {
    const { components, paths } = (await app.must('GET', '/openapi.json')) as {
      components: { schemas: Record<string, { examples?: unknown[]; properties?: Record<string, unknown> }> }
      paths: Record<string, { post: { description: string; 'x-scope': string } }>
    }
    const [example] = components.schemas['PowerRequest']?.examples ?? []
    expect(paths['/api/power']?.post.description).toContain(JSON.stringify(example))
    expect(paths['/api/power']?.post['x-scope']).toBe('read')
    const plan = await app.must('POST', '/api/power', example)
    expect(Object.keys(plan).toSorted()).toEqual(Object.keys(components.schemas['PowerPlan']?.properties ?? {}).toSorted())
    expect((await app.call('GET', '/docs')).text).toContain('/api/power')
  })

  it.each([
    ['an effect of 0', 'invalid_definition', 'effect', { effect: 0 }],
    ['no effect, and no size', 'invalid_definition', 'effect', { effect: undefined }],
    ['an effect no sample finds', 'invalid_definition', 'effect', { effect: 1e-300 }],
    ['a share above 1', 'invalid_definition', 'baseline', { baseline: 34 }],
    ['a level of 1', 'invalid_definition', 'alpha', { alpha: 1 }],
    ['weights that do not sum to 1', 'invalid_definition', 'weights', { weights: [0.5, 0.6] }],
    ['a method that plans nothing', 'invalid_body', 'method', { method: 'hunch' }],
    ['text for a number', 'invalid_body', 'power', { power: '0.8' }],
    ['a duration of years', 'invalid_definition', 'window', { window: 'P99999Y' }],
    ['a field nobody knows', 'unknown_field', 'efect', { efect: 1 }],
  ])('refuses %s', async (_, code, field, more) => {
    const answer = await app.call('POST', '/api/power', { ...share, ...more })
    expectProblem(answer, code)
    expect((answer.body['errors'] as { path: string }[]).map(({ path }) => path)).toContain(field)
  })

  it('needs a key that may read', async () => {
    expectProblem(await app.call('POST', '/api/power', share, { authorization: '' }), 'unauthenticated')
    const key = async (scopes: string[]): Promise<Record<string, string>> => {
      const { key: secret } = await app.must('POST', '/api/keys', { name: scopes.join('-'), scopes })
      return { authorization: `Bearer ${secret}` }
    }
    expect((await app.call('POST', '/api/power', share, await key(['read']))).status).toBe(200)
    expectProblem(await app.call('POST', '/api/power', share, await key(['assign'])), 'scope_missing')
  })
})
