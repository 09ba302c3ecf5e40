import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verify } from '../../src/store/verify.ts'
import { seededRandom } from '../../stats/random.ts'
import { define, experimentOf, expectProblem, startApp, type TestApp } from './support.ts'

type Bounds = { estimate: number; lower: number; upper: number }
type Report = {
  units: number
  variants: { key: string; units: number; outcomes: number; metrics: Record<string, Bounds & { n: number }> }[]
  comparisons: { metric: string; difference: Bounds; adjusted?: { theta: number; reduction: number; covariate: string }; verdict: string }[]
  segments: {
    segment: string; value: string
    variants: { key: string; units: number; outcomes: number; metrics: Record<string, Bounds & { n: number }> }[]
    comparisons: { metric: string; difference: Bounds }[]
  }[]
  warnings: string[]
}

const units = 1_200
const countries = ['DE', 'FR', 'US', null]
const width = ({ lower, upper }: Bounds): number => upper - lower

describe('an experiment that knows more of its units', () => {
  let app: TestApp
  let sent: { unit: string; variant: string; token: string; before: number | null; country: string | null; spend: number; latencies: number[] }[]
  const reportOf = async (key: string): Promise<Report> => (await app.must('GET', `/api/experiments/${key}/report`)) as unknown as Report

  beforeAll(async () => {
    app = await startApp()
    await define(app)
    const metrics = [
      { key: 'spend', kind: 'total', measure: 'spend', direction: 'increase' }, { key: 'raw', kind: 'total', measure: 'spend', direction: 'increase' },
      { key: 'each', kind: 'mean', measure: 'spend', direction: 'increase', center: 20 },
      { key: 'p95', kind: 'quantile', measure: 'latency', direction: 'decrease', quantile: 0.95, center: 800 },
      { key: 'p50', kind: 'quantile', measure: 'first', direction: 'decrease', quantile: 0.5 },
    ]
    for (const metric of metrics) await app.must('POST', '/api/metrics', metric)
    await app.must('POST', '/api/models', { key: 'known' })
    for (const version of ['1', '2']) await app.must('POST', '/api/models/known/versions', { version })
    await app.must('POST', '/api/experiments', experimentOf('known', {
      model: 'known', segments: ['country', 'plan'],
      metrics: [
        { metric: 'spend', role: 'decision', covariate: { attribute: 'before' } }, { metric: 'raw', role: 'diagnostic' },
        { metric: 'each', role: 'diagnostic', covariate: { attribute: 'before' } },
        { metric: 'p95', role: 'guardrail', margin: 50 }, { metric: 'p50', role: 'diagnostic' },
      ],
    }))
    await app.must('POST', '/api/experiments/known/actions', { action: 'start', reason: 'test' })

    const random = seededRandom(7)
    const people = Array.from({ length: units }, (_, index) => ({
      unit: `unit-${index}`, country: countries[index % 7 < 4 ? index % 4 : 0] ?? null, before: random.normal(),
    }))
    const { results } = (await app.must('POST', '/assign/batch', {
      requests: people.slice(0, 1_000).map(({ unit, country, before }) => ({ experiment: 'known', unit, attributes: { country, before } })),
    })) as { results: { variant: string; token: string }[] }
    // the others are told of by a client that assigns for itself, the last hundred without the covariate
    const rest: typeof results = []
    for (const { unit, country, before } of people.slice(1_000)) {
      const attributes = rest.length < 100 ? { country, before } : { country, before: 'unknown' }
      rest.push((await app.must('POST', '/assign', { experiment: 'known', unit, attributes })) as (typeof results)[number])
    }
    sent = [...results, ...rest].map(({ variant, token }, index) => {
      const { unit, country, before } = people[index]!
      const effect = variant === 'b' ? 0.5 : 0
      return {
        unit, variant, token, country, before: index < 1_100 ? before : null,
        spend: 20 + effect + 0.8 * before + 0.6 * random.normal(),
        latencies: Array.from({ length: 1 + (index % 3) }, () => 100 * Math.exp(random.normal())),
      }
    })
    const outcomes = sent.flatMap(({ unit, token, spend, latencies }) =>
      latencies.map((latency, at) => ({ token, id: `${unit}/${at}`, measures: at === 0 ? { spend, latency, first: latency } : { latency } })))
    expect(await app.must('POST', '/outcome/batch', { outcomes })).toMatchObject({ accepted: outcomes.length, rejected: [] })
  })
  afterAll(() => app.close())

  it('tells the difference more sharply by a covariate, and no other one', async () => {
    const { comparisons, variants } = await reportOf('known')
    const of = (metric: string) => comparisons.find((one) => one.metric === metric)!
    const [spend, raw, each] = [of('spend'), of('raw'), of('each')]
    expect(spend.adjusted).toMatchObject({ covariate: 'before' })
    expect(raw.adjusted).toBeUndefined()
    // ρ = .8, known of 11 units in 12
    expect(spend.adjusted?.reduction).toBeGreaterThan(0.5)
    expect(each.adjusted?.reduction).toBeGreaterThan(0.5)
    expect(width(each.difference) / width(raw.difference)).toBeCloseTo(Math.sqrt(1 - 0.64 * (11 / 12)), 1)
    expect(Math.abs(spend.difference.estimate - 0.5)).toBeLessThan(0.15)
    expect(spend.difference.lower).toBeLessThan(0.5)
    expect(spend.difference.upper).toBeGreaterThan(0.5)
    expect(each.difference.estimate).toBeCloseTo(spend.difference.estimate, 1)
    for (const { key, metrics } of variants) {
      const own = sent.filter(({ variant }) => variant === key)
      expect(metrics['spend']?.estimate).toBeCloseTo(own.reduce((sum, { spend }) => sum + spend, 0) / own.length, 9)
    }
  })

  it('knows quantiles within half a percent, and their difference', async () => {
    const { comparisons, variants, warnings } = await reportOf('known')
    const exact = (values: number[], quantile: number): number => values.toSorted((a, b) => a - b)[Math.ceil(values.length * quantile) - 1]!
    const latencies = (key: string): number[] => sent.filter(({ variant }) => variant === key).flatMap((one) => one.latencies)
    const firsts = (key: string): number[] => sent.filter(({ variant }) => variant === key).map((one) => one.latencies[0]!)
    for (const { key, metrics } of variants) {
      const [tail, half] = [exact(latencies(key), 0.95), exact(firsts(key), 0.5)]
      expect(Math.abs(metrics['p95']!.estimate / tail - 1)).toBeLessThanOrEqual(0.005)
      expect(Math.abs(metrics['p50']!.estimate / half - 1)).toBeLessThanOrEqual(0.005)
      expect(metrics['p95']!.lower).toBeLessThan(tail)
      expect(metrics['p50']!.upper).toBeGreaterThan(half)
      expect(metrics['p50']!.n).toBe(firsts(key).length)
    }
    for (const metric of ['p95', 'p50']) {
      const { difference } = comparisons.find((one) => one.metric === metric)!
      expect(difference.lower).toBeLessThan(0)
      expect(difference.upper).toBeGreaterThan(0)
      const [control, variant] = variants.map(({ metrics }) => metrics[metric]!.estimate)
      expect(difference.estimate).toBeCloseTo(variant! - control!, 9)
    }
    expect(warnings.filter((warning) => warning.includes('center'))).toEqual([])
  })

  it('breaks down by segments that sum to the whole, with ranges and without a verdict', async () => {
    const { segments, variants } = await reportOf('known')
    expect(segments.map(({ segment, value }) => `${segment}=${value}`)).toEqual(['country=DE', 'country=FR', 'country=US', 'country=(none)', 'plan=(none)'])
    for (const { key, units, outcomes, metrics } of variants) {
      for (const name of ['country', 'plan']) {
        const parts = segments.filter(({ segment }) => segment === name).map((one) => one.variants.find((variant) => variant.key === key)!)
        expect(parts.reduce((sum, part) => sum + part.units, 0)).toBe(units)
        expect(parts.reduce((sum, part) => sum + part.outcomes, 0)).toBe(outcomes)
        const weighted = parts.reduce((sum, part) => sum + part.units * part.metrics['raw']!.estimate, 0)
        expect(weighted / units).toBeCloseTo(metrics['raw']!.estimate, 9)
      }
      const german = sent.filter((one) => one.variant === key && one.country === 'DE')
      const told = segments[0]!.variants.find((variant) => variant.key === key)!
      expect(told.units).toBe(german.length)
      expect(told.metrics['raw']!.estimate).toBeCloseTo(german.reduce((sum, { spend }) => sum + spend, 0) / german.length, 9)
    }
    expect(segments[0]!.comparisons.map(({ metric }) => metric)).toEqual(['spend', 'raw', 'each'])
    for (const comparison of segments[0]!.comparisons) {
      expect(comparison).not.toHaveProperty('verdict')
      expect(comparison.difference.lower).toBeLessThan(comparison.difference.upper)
    }
  })

  it('counts a correction of a value once, in its new bucket', async () => {
    const { unit, token, variant } = sent[0]!
    const before = await reportOf('known')
    await app.must('POST', '/outcome', { token, id: `${unit}/0`, revision: 1, measures: { spend: 0, latency: 1e6, first: 1e6 } })
    const after = await reportOf('known')
    const nOf = (report: Report): number => report.variants.find(({ key }) => key === variant)!.metrics['p50']!.n
    expect(nOf(after)).toBe(nOf(before))
    expect(after.units).toBe(before.units)
    expect((await verify(app.service.database.api)).differences).toEqual([])
  })

  it('adjusts by what units did in an earlier experiment of the model', async () => {
    await app.must('POST', '/api/experiments/known/actions', { action: 'stop', reason: 'done' })
    await app.must('POST', '/api/experiments', experimentOf('again', {
      model: 'known', metrics: [{ metric: 'spend', role: 'decision', covariate: { history: true } }, { metric: 'raw', role: 'diagnostic' }],
    }))
    await app.must('POST', '/api/experiments/again/actions', { action: 'start', reason: 'test' })
    const { results } = (await app.must('POST', '/assign/batch', {
      requests: sent.slice(0, 600).map(({ unit }) => ({ experiment: 'again', unit })),
    })) as { results: { token: string }[] }
    const outcomes = results.map(({ token }, index) => ({ token, id: `again-${index}`, measures: { spend: sent[index]!.spend + (index % 5) / 10 } }))
    await app.must('POST', '/outcome/batch', { outcomes })
    const { comparisons } = await reportOf('again')
    const [spend, raw] = comparisons
    expect(spend?.adjusted).toMatchObject({ covariate: 'history' })
    expect(spend?.adjusted?.reduction).toBeGreaterThan(0.3)
    expect(raw?.adjusted).toBeUndefined()
    expect((await verify(app.service.database.api)).differences).toEqual([])
  })

  it('refuses what could not be kept or compared', async () => {
    const metric = { key: 'bad', kind: 'quantile', measure: 'latency', direction: 'decrease' }
    expectProblem(await app.call('POST', '/api/metrics', metric), 'invalid_definition')
    expectProblem(await app.call('POST', '/api/metrics', { ...metric, quantile: 0.9, cap: 5 }), 'invalid_definition')
    expectProblem(await app.call('POST', '/api/metrics', { ...metric, kind: 'mean', quantile: 0.9 }), 'invalid_definition')
    const refused = async (more: Record<string, unknown>): Promise<unknown> => {
      const answer = await app.call('POST', '/api/experiments', experimentOf('refused', { model: 'known', ...more }))
      expect(answer.status, answer.text).toBeGreaterThanOrEqual(400)
      return (answer.body['errors'] as { path: string }[]).map(({ path }) => path)
    }
    expect(await refused({ metrics: [{ metric: 'p95', role: 'diagnostic', covariate: { history: true } }] })).toEqual(['metrics[0].covariate'])
    expect(await refused({ stickiness: 'none', metrics: [{ metric: 'raw', role: 'diagnostic', covariate: { history: true } }] })).toEqual(['metrics[0].covariate'])
    expect(await refused({ segments: ['country', 'country'] })).toEqual(['segments[1]'])
    expect(await refused({ segments: ['a', 'b', 'c', 'd', 'e', 'f'] })).toEqual(['segments'])
  })
})
