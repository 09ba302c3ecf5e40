import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { simulationExample } from '../../src/http/routes/simulations.ts'
import { define, expectProblem, experimentOf, startApp, type TestApp } from './support.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp({ ENGINE: 'on' })
  await define(app)
})
afterAll(() => app.close())

const policy = { maxDuration: 'P2D', minDuration: 'PT6H' }
const asked = (more: object = {}) => ({
  experiment: experimentOf('planned', { policy, overrides: { 'user-in-clear': 'b' } }),
  traffic: { unitsPerDay: 2_000 },
  truth: { win: { baseline: 0.2, effects: { b: 0.15 } }, score: { baseline: 50, spread: 10 } },
  runs: 20,
  ...more,
})

const ended = (id: unknown) =>
  vi.waitFor(async () => {
    const simulation = await app.must('GET', `/api/simulations/${String(id)}`)
    expect(simulation['state']).not.toMatch(/queued|running/)
    return simulation
  }, { timeout: 240_000, interval: 200 })

type Result = { rates: { promoted: Record<string, { estimate: number; error: number }>; wrongPromotion: { estimate: number } }; runs: number }

describe('a simulation', () => {
  it('runs in the background and tells what the policy would do', async () => {
    const made = await app.call('POST', '/api/simulations', asked())
    expect(made.status).toBe(202)
    expect(made.headers.get('location')).toBe(`/api/simulations/${String(made.body['id'])}`)
    const done = await ended(made.body['id'])
    expect(done).toMatchObject({ state: 'done', progress: { done: 20, total: 20 }, error: null })
    const result = done['result'] as Result
    expect(result.runs).toBe(20)
    expect(result.rates.promoted['b']!.estimate).toBeGreaterThan(0.7)
    expect(result.rates.wrongPromotion.estimate).toBe(0)
  })

  it('gives the same figures for the same seed, of a stored experiment too, and keeps no unit in clear', async () => {
    const { id: first } = await app.must('POST', '/api/simulations', asked({ seed: 5 }))
    const { id: second } = await app.must('POST', '/api/simulations', asked({ seed: 5 }))
    expect((await ended(second))['result']).toEqual((await ended(first))['result'])
    const stored = await app.must('POST', '/api/simulations', asked({ experiment: 'drafted', runs: 10, traffic: { unitsPerDay: 200 } }))
    expect((await ended(stored['id']))['state']).toBe('done')
    const list = await app.call('GET', '/api/simulations?limit=2')
    expect((list.body['items'] as unknown[]).length).toBe(2)
    expect(list.body['next']).not.toBeNull()
    expect((await app.call('GET', '/api/simulations')).text).not.toContain('user-in-clear')
  })

  it('can be cancelled, and the next one begins', async () => {
    const long = await app.must('POST', '/api/simulations', asked({ runs: 4_000, traffic: { unitsPerDay: 20_000 } }))
    await expect.poll(() => app.must('GET', `/api/simulations/${String(long['id'])}`)).toMatchObject({ state: 'running' })
    expect(await app.must('DELETE', `/api/simulations/${String(long['id'])}`)).toMatchObject({ state: 'cancelled' })
    expectProblem(await app.call('DELETE', `/api/simulations/${String(long['id'])}`), 'illegal_transition')
    const { id } = await app.must('POST', '/api/simulations', asked({ runs: 10 }))
    expect((await ended(id))['state']).toBe('done')
    expect(await app.must('GET', `/api/simulations/${String(long['id'])}`)).toMatchObject({ state: 'cancelled', result: null })
  })
})

it('the example of the documentation runs as it stands there', async () => {
  await app.must('POST', '/api/metrics', { key: 'liked', kind: 'conversion', measure: 'thumbs_up', direction: 'increase' })
  const { id } = await app.must('POST', '/api/simulations', simulationExample)
  const { rates } = (await ended(id))['result'] as Result
  expect(rates.promoted['new']!.estimate).toBeGreaterThan(0.9)
})

describe('what cannot be simulated', () => {
  it('is refused: 10⁹ units, what is unknown, what makes no sense', async () => {
    const many = await app.call('POST', '/api/simulations', asked({ traffic: { unitsPerDay: 1e9 } }))
    expectProblem(many, 'invalid_definition')
    expect(many.body['errors']).toMatchObject([{ path: 'runs' }])
    const nothing = await app.call('POST', '/api/simulations', asked({ truth: { win: { baseline: 2 } } }))
    expectProblem(nothing, 'invalid_definition')
    expect(nothing.body['errors']).toMatchObject([{ path: 'truth.win.baseline' }, { path: 'truth.score' }])
    const broken = await app.call('POST', '/api/simulations', asked({ experiment: experimentOf('x', { metrics: [{ metric: 'wins', role: 'decision' }] }) }))
    expect(broken.body['errors']).toMatchObject([{ path: 'experiment.metrics[0].metric' }, { path: 'truth.win' }, { path: 'truth.score' }])
    expectProblem(await app.call('POST', '/api/simulations', asked({ experiment: 'unknown' })), 'experiment_not_found')
    expectProblem(await app.call('GET', '/api/simulations/nothing'), 'not_found')
  })
})
