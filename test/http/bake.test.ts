import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { define, expectProblem, startApp, experimentOf, type TestApp } from './support.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp()
  await define(app)
  await app.must('POST', '/api/metrics', { key: 'failed', kind: 'conversion', measure: 'failed', direction: 'decrease' })
})
afterAll(() => app.close())

const act = (key: string, action: string) => app.call('POST', `/api/experiments/${key}/actions`, { action, reason: 'test', ...(action === 'promote' ? { variant: 'b' } : {}) })

/** A running experiment that bakes, on a model of its own. */
const start = async (key: string, more: object = {}): Promise<void> => {
  await app.must('POST', '/api/models', { key })
  for (const version of ['1', '2']) await app.must('POST', `/api/models/${key}/versions`, { version, payload: { version } })
  await app.must('POST', '/api/experiments', experimentOf(key, {
    model: key, policy: { bake: { units: 500, keep: 0.1 } },
    metrics: [{ metric: 'win', role: 'decision' }, { metric: 'failed', role: 'guardrail', margin: 0.05 }], ...more,
  }))
  await app.must('POST', `/api/experiments/${key}/actions`, { action: 'start', reason: 'test' })
}

type Answer = { variant: string | null; version: string; reason: string; token: string; propensity: number | null }
const assignAll = async (key: string, units: number): Promise<Answer[]> =>
  ((await app.must('POST', '/assign/batch', { requests: Array.from({ length: units }, (_, unit) => ({ experiment: key, unit: `unit-${unit}` })) }))['results'] as Answer[])

describe('a bake over HTTP', () => {
  it('serves the winner but for what the control keeps, counts outcomes of all, and stays in the report', async () => {
    await start('baked')
    const before = await assignAll('baked', 1_000)
    expect((await act('baked', 'promote')).body).toMatchObject({ state: 'baking' })
    expect(await app.must('GET', '/api/models/baked')).toMatchObject({ champion: '2' })

    const answers = await assignAll('baked', 1_000)
    expect(new Set(answers.map(({ reason }) => reason))).toEqual(new Set(['split']))
    const kept = answers.filter(({ variant }) => variant === 'a')
    expect(kept.length).toBeGreaterThan(60)
    expect(kept.length).toBeLessThan(140)
    expect(answers.every(({ variant, version }) => version === (variant === 'a' ? '1' : '2'))).toBe(true)
    expect(new Set(answers.map(({ variant, propensity }) => `${variant} ${propensity?.toFixed(6)}`))).toEqual(new Set(['a 0.100000', 'b 0.100000', 'b 0.800000']))
    // whoever keeps the control had it before
    expect(kept.every((_, index) => before[answers.indexOf(kept[index]!)]?.variant === 'a')).toBe(true)
    expect((await assignAll('baked', 1_000)).map(({ variant }) => variant)).toEqual(answers.map(({ variant }) => variant))

    const outcomes = answers.map(({ token }, index) => ({ token, id: `o-${index}`, measures: { win: true, failed: index % 20 === 0 } }))
    expect(await app.must('POST', '/outcome/batch', { outcomes })).toEqual({ accepted: 1_000, duplicates: 0, rejected: [] })
    const report = await app.must('GET', '/api/experiments/baked/report')
    expect(report).toMatchObject({
      state: 'baking', units: 1_000, sampleRatio: { verdict: 'PASS' },
      bake: { variant: 'b', control: 'a', keep: 0.1, units: 1_000, needed: 500, detectable: [{ metric: 'failed', harm: expect.any(Number) }] },
    })
    expect((report['variants'] as { units: number; outcomes: number }[]).map(({ units, outcomes: told }) => [units, told])).toEqual([
      [kept.length, kept.length], [1_000 - kept.length, 1_000 - kept.length],
    ])
    const [epoch] = (await app.must('GET', '/api/experiments/baked/epochs'))['items'] as { weights: object }[]
    expect(epoch?.weights).toEqual({ a: 0.1, b: 0.9 })

    const { text } = await app.call('GET', '/metrics')
    expect(text).toMatch(/contender_assignments_total\{experiment="baked",variant="b",reason="split"\}/)
  })

  it('takes an outcome without its token, also of a unit that is only counted', async () => {
    const answers = await assignAll('baked', 40)
    const unit = answers.findIndex(({ propensity }) => propensity !== null && propensity > 0.5)
    expect(await app.must('POST', '/outcome', { experiment: 'baked', unit: `unit-${unit}`, id: 'lost', measures: { win: true } })).toEqual({ accepted: 1, duplicates: 0 })
  })

  it('believes local evaluation of a bake', async () => {
    const [assigned] = (await assignAll('baked', 1)) as (Answer & { epoch: number })[]
    const exposure = { experiment: 'baked', unit: 'unit-0', epoch: assigned?.epoch, at: new Date().toISOString() }
    const { results } = await app.must('POST', '/exposures', { exposures: [{ ...exposure, variant: assigned?.variant }] })
    expect(results).toMatchObject([{ token: expect.stringMatching(/^v1\./) }])
  })

  it('refuses what a bake does not know, ends when asked, and is undone even then', async () => {
    for (const action of ['pause', 'stop', 'archive', 'disable']) expectProblem(await act('baked', action), 'illegal_transition')
    // the request that began it, sent once more
    expectProblem(await act('baked', 'promote'), 'conflict')
    expect(await app.must('POST', '/api/experiments/baked/actions', { action: 'promote', reason: 'sure' })).toMatchObject({ state: 'promoted' })
    expect(await app.must('POST', '/assign', { experiment: 'baked', unit: 'u' })).toMatchObject({ variant: null, version: '2', reason: 'champion' })
    expect((await act('baked', 'rollback')).body).toMatchObject({ state: 'rolled_back' })
    expect(await app.must('GET', '/api/models/baked')).toMatchObject({ champion: '1' })
  })

  it('exposes units anew where they kept what they first got, so that the control keeps no more than its share', async () => {
    await start('sticky', { stickiness: 'first-touch' })
    await assignAll('sticky', 400)
    await act('sticky', 'promote')
    const kept = (await assignAll('sticky', 400)).filter(({ variant }) => variant === 'a').length
    expect(kept).toBeGreaterThan(15)
    expect(kept).toBeLessThan(75)
  })

  it.each([
    [{ units: 0 }, 'invalid_definition'], [{ keep: 0.05 }, 'invalid_body'], [{ units: 100, keep: 0.6 }, 'invalid_definition'], [{ units: 100, share: 1 }, 'unknown_field'],
  ])('refuses the bake %j: %s', async (bake, code) => {
    expectProblem(await app.call('POST', '/api/experiments', experimentOf('refused', { policy: { bake } })), code)
  })
})

describe('an emergency stop', () => {
  it('gives everyone the champion at once, and is refused once it was done', async () => {
    await start('alarm')
    expect((await act('alarm', 'emergency-stop')).body).toMatchObject({ state: 'killed', decision: expect.any(Number) })
    const answers = await assignAll('alarm', 50)
    expect(answers.every(({ version, reason }) => version === '1' && reason === 'champion')).toBe(true)
    expectProblem(await act('alarm', 'emergency-stop'), 'illegal_transition')
    const { items } = (await app.must('GET', '/api/experiments/alarm/decisions')) as { items: { action: string; actor: string; reason: string }[] }
    expect(items[0]).toMatchObject({ action: 'emergency-stop', actor: 'local', reason: 'test' })
  })

  it('undoes a promotion that is not final', async () => {
    await start('halted')
    await act('halted', 'promote')
    expect((await act('halted', 'emergency-stop')).body).toMatchObject({ state: 'killed' })
    expect(await app.must('POST', '/assign', { experiment: 'halted', unit: 'u' })).toMatchObject({ version: '1', reason: 'champion' })
  })
})
