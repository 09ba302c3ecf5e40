import { afterAll, beforeAll, expect, it } from 'vitest'
import { verify } from '../../src/store/verify.ts'
import { expectReplays } from '../support/replays.ts'
import { type Served, type Staged, startStaged } from '../support/staged.ts'

// Every kind of stage goes on elsewhere: whatever its figures are made from is taken along.

let source: Staged
let target: Staged
beforeAll(async () => {
  source = await startStaged()
  target = await startStaged()
  for (const { must } of [source, target]) {
    await must('POST', '/api/metrics', { key: 'score', kind: 'mean', measure: 'score', direction: 'increase' })
    await must('POST', '/api/metrics', { key: 'all', kind: 'conversion', measure: 'win', direction: 'increase', reports: 'every' })
  }
})
afterAll(async () => {
  await source.close()
  await target.close()
})

const guardrail = { metric: 'failed', role: 'guardrail', margin: 0.05 }
const policy = { minDuration: 'PT1H', minUnits: 100 }
const kinds: [string, object[], object][] = [
  ['steps', [{ allocation: 'steps', steps: [{ coverage: 0.5, minUnits: 100 }, { coverage: 1, minUnits: 100 }] }], {}],
  ['bandit', [{ allocation: 'bandit', floor: 0.1, interval: 'PT5M', minOutcomes: 50 }], { metrics: [{ metric: 'win', role: 'decision' }, guardrail] }],
  ['contextual', [{ allocation: 'bandit', algorithm: 'contextual', context: { numeric: [{ attribute: 'size' }] }, floor: 0.1, minOutcomes: 50 }], { metrics: [{ metric: 'win', role: 'decision' }], unguarded: true }],
  ['shadow', [{ allocation: 'shadow' }, { allocation: 'fixed' }], { metrics: [guardrail, { metric: 'score', role: 'diagnostic' }] }],
  ['window', [{ allocation: 'fixed' }], { window: 'PT30M', metrics: [{ metric: 'all', role: 'decision', covariate: { attribute: 'size' } }, guardrail], segments: ['size'] }],
  ['planned', [{ allocation: 'fixed' }], { metrics: [{ metric: 'win', role: 'decision' }, guardrail], policy: { ...policy, method: 'group-sequential', plannedUnits: 2_000 } }],
]

/** What a store tells of how it is, and of what was delivered to it. */
const ofTheStore = new Set(['duplicates', 'rejected', 'freshness', 'service'])

const measures = ({ unit, variant }: Served, index: number): object => {
  const number = Number(unit.slice(5))
  return { win: number % (variant === 'new' ? 2 : 3) === 0, failed: (number + index) % 12 === 0, ...(number % 3 > 0 && { score: Math.sqrt(number) / 7 }) }
}
const units = (from: number, count: number) => Array.from({ length: count }, (_, index) => ({ unit: `unit-${from + index}`, attributes: { size: (from + index) % 4 } }))
const figuresOf = async ({ must }: Staged, key: string): Promise<Record<string, unknown>> => {
  const { experiment: _e, epoch: _p, asOf: _a, analysis: _n, latestDecision: _l, ...figures } = await must('GET', `/api/experiments/${key}/report`)
  const { health } = figures as { health?: { check: string }[] }
  return { ...figures, health: health?.filter(({ check }) => !ofTheStore.has(check)) }
}
const weightsOf = async ({ must }: Staged, key: string): Promise<unknown> => ((await must('GET', `/api/experiments/${key}/epochs?limit=1`))['items'] as { weights: unknown }[])[0]?.weights

it.each(kinds)('%s', async (key, stages, more) => {
  await source.begin(key, stages, more)
  await source.serve(key, units(0, 500), measures)
  for (const app of [source, target]) await app.pass(61)
  await source.look()
  await source.look()
  await source.serve(key, units(500, 300), measures)
  await source.look()

  const { must } = target
  await must('POST', '/api/models', { key })
  for (const version of ['1', '2']) await must('POST', `/api/models/${key}/versions`, { version, payload: { version } })
  await must('POST', '/api/experiments', {
    key, model: key, stages, variants: [{ key: 'old', version: '1', control: true }, { key: 'new', version: '2' }], metrics: [guardrail], policy, ...more,
  })
  const state = await source.must('GET', `/api/experiments/${key}/state`)
  const done = await must('PUT', `/api/experiments/${key}/state`, state)
  expect(done['epoch']).toBe((state['epoch'] as number) + 1)

  const figures = await figuresOf(source, key)
  expect(figures['units']).toBeGreaterThan(100)
  expect(await figuresOf(target, key)).toEqual(figures)
  expect(await weightsOf(target, key)).toEqual(await weightsOf(source, key))

  // from the same evidence both decide the same
  for (const app of [source, target]) {
    await app.pass(61)
    await app.look()
  }
  const [here, there] = [await source.must('GET', `/api/experiments/${key}`), await target.must('GET', `/api/experiments/${key}`)]
  for (const field of ['state', 'stage', 'step', 'winner']) expect(there[field], field).toEqual(here[field])
  expect(await weightsOf(target, key)).toEqual(await weightsOf(source, key))
  expect((await verify(target.service.database.api)).differences).toEqual([])
})

it('what distributions are compared with is taken along', async () => {
  const drift = [{ measure: 'score', kind: 'numeric' }]
  await source.begin('spread', [{ allocation: 'fixed' }], { drift, window: 'PT10M' })
  await source.serve('spread', units(0, 2_000), measures)
  for (const minutes of [61, 11]) {
    await source.pass(minutes)
    await source.look()
  }
  const { must } = target
  await must('POST', '/api/models', { key: 'spread' })
  for (const version of ['1', '2']) await must('POST', '/api/models/spread/versions', { version, payload: { version } })
  const draft = {
    key: 'spread', model: 'spread', window: 'PT10M', stages: [{ allocation: 'fixed' }], metrics: [guardrail], policy,
    variants: [{ key: 'old', version: '1', control: true }, { key: 'new', version: '2' }],
  }
  const state = await source.must('GET', '/api/experiments/spread/state')
  await must('POST', '/api/experiments', draft)
  expect(await target.call('PUT', '/api/experiments/spread/state', state)).toMatchObject({ status: 409, body: { errors: [{ path: 'drift' }, { path: 'metrics' }] } })

  await must('PUT', '/api/experiments/spread', { ...draft, drift })
  await must('PUT', '/api/experiments/spread/state', state)
  const { tracks } = state['drift'] as { tracks: object }
  expect(tracks).toMatchObject({ score: [{ reference: { n: expect.any(Number) as number } }, { reference: { n: expect.any(Number) as number } }] })
  expect(await must('GET', '/api/experiments/spread/state')).toMatchObject({ drift: { tracks } })
})

it('what has ended is there to be read, and a bandit starts from it', async () => {
  await source.begin('over', [{ allocation: 'fixed' }], { metrics: [{ metric: 'win', role: 'decision' }], unguarded: true })
  await source.serve('over', units(0, 400), measures)
  await source.act('over', 'stop')
  const { must } = target
  await must('POST', '/api/models', { key: 'over' })
  for (const version of ['1', '2']) await must('POST', `/api/models/over/versions`, { version, payload: { version } })
  const draft = (key: string, stages: object[]) => must('POST', '/api/experiments', {
    key, model: 'over', stages, variants: [{ key: 'old', version: '1', control: true }, { key: 'new', version: '2' }],
    metrics: [{ metric: 'win', role: 'decision' }], policy, unguarded: true,
  })
  await draft('over', [{ allocation: 'fixed' }])
  expect(await must('PUT', '/api/experiments/over/state', await source.must('GET', '/api/experiments/over/state'))).toMatchObject({ state: 'stopped' })
  expect(await figuresOf(target, 'over')).toEqual(await figuresOf(source, 'over'))
  expect((await must('GET', '/api/models/over'))['champion']).toBeNull()

  await draft('after', [{ allocation: 'bandit', priors: { from: 'over', discount: 0.5 } }])
  await must('POST', '/api/experiments/after/actions', { action: 'start', reason: 'test' })
  expect(await expectReplays(target.service.database.engine)).toBeGreaterThan(3)
  const { frozen } = await must('GET', '/api/experiments/after/state')
  expect(frozen).toMatchObject({ priors: [{ n: expect.any(Number) }, { n: expect.any(Number) }] })
})
