import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verify } from '../../src/store/verify.ts'
import { define, experimentOf, startApp, type TestApp } from './support.ts'

/** Clicks and views of a unit; what is undefined is not reported. */
type Sums = { clicks?: number; views?: number }

type Variant = { key: string; metrics: Record<string, { estimate: number | null; lower: number | null; n: number }> }

/** The ratio of unit sums, from the units themselves. */
const byHand = (units: readonly Sums[]) => {
  const pairs = units.map(({ clicks = 0, views = 0 }) => ({ x: clicks, y: views }))
  const sum = (of: (one: { x: number; y: number }) => number): number => pairs.reduce((total, one) => total + of(one), 0)
  return { estimate: sum(({ x }) => x) / sum(({ y }) => y), n: pairs.length }
}

describe('a ratio of which some units have a numerator and no denominator', () => {
  let app: TestApp
  const sent: Record<string, Map<string, Sums>> = { a: new Map(), b: new Map() }
  let tokens: { token: string; unit: string; variant: string }[] = []

  beforeAll(async () => {
    app = await startApp()
    await define(app)
    await app.must('POST', '/api/metrics', {
      key: 'rate', kind: 'ratio', measure: 'clicks', denominator: 'views', direction: 'increase', center: 0.5,
    })
    await app.must('POST', '/api/metrics', { key: 'latency', kind: 'mean', measure: 'latency', direction: 'decrease', center: 100 })
    await app.must('POST', '/api/models', { key: 'rated' })
    for (const version of ['1', '2']) await app.must('POST', '/api/models/rated/versions', { version })
    const metrics = ['rate', 'latency'].map((metric) => ({ metric, role: 'diagnostic' }))
    await app.must('POST', '/api/experiments', experimentOf('rated', { model: 'rated', metrics }))
    await app.must('POST', '/api/experiments/rated/actions', { action: 'start', reason: 'test' })
    tokens = await Promise.all(Array.from({ length: 80 }, async (_, index) => {
      const unit = `unit-${index}`
      const { token, variant } = await app.must('POST', '/assign', { experiment: 'rated', unit })
      return { token: token as string, unit, variant: variant as string }
    }))
  })
  afterAll(() => app.close())

  const report = (index: number, id: string, measures: Record<string, number>, revision = 0) =>
    app.must('POST', '/outcome', { token: tokens[index]!.token, id: `${id}-${index}`, measures, ...(revision > 0 ? { revision } : {}) })
  const note = (index: number, sums: Sums): void => {
    const { unit, variant } = tokens[index]!
    sent[variant]!.set(unit, sums)
  }

  /** Roll-ups agree with units and units with outcomes, and the report with what was sent. */
  const agree = async (): Promise<void> => {
    expect((await verify(app.service.database.api)).differences).toEqual([])
    const { variants } = await app.must('GET', '/api/experiments/rated/report')
    for (const { key, metrics } of variants as Variant[]) {
      const expected = byHand([...sent[key]!.values()])
      expect(metrics['rate']?.n, key).toBe(expected.n)
      expect(metrics['rate']?.estimate, key).toBeCloseTo(expected.estimate, 12)
    }
  }

  it('counts every unit that reported a part of it, and none that reported nothing', async () => {
    for (let index = 0; index < 60; index++) {
      const [clicks, views] = [(index % 4) + 1, (index % 7) + 3]
      const sums = index % 5 === 0 ? { clicks } : index % 5 === 1 ? { views } : { clicks, views }
      await report(index, 'first', sums)
      note(index, sums)
    }
    await report(70, 'other', { latency: 90 })
    await agree()
  })

  it('counts it once when the denominator comes later, and not any more when the numerator is taken back', async () => {
    for (let index = 0; index < 60; index += 10) {
      await report(index, 'second', { views: 5 })
      note(index, { clicks: (index % 4) + 1, views: 5 })
    }
    await agree()
    for (let index = 5; index < 60; index += 10) {
      await report(index, 'first', { latency: 120 }, 1)
      sent[tokens[index]!.variant]!.delete(tokens[index]!.unit)
    }
    await agree()
  })

  it('leaves means to units that have their measure, whatever rounding a correction left', async () => {
    for (const [id, latency] of [['one', 100.1], ['two', 100.2], ['three', 100.3]] as const) await report(75, id, { latency })
    const counted = async (): Promise<number> => {
      const { variants } = await app.must('GET', '/api/experiments/rated/report')
      return (variants as Variant[]).reduce((total, { metrics }) => total + (metrics['latency']?.n ?? 0), 0)
    }
    const before = await counted()
    for (const id of ['one', 'two', 'three']) await report(75, id, { clicks: 0 }, 1)
    expect(await counted()).toBe(before - 1)
    await agree()
  })
})
