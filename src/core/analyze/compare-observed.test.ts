import { describe, expect, it } from 'vitest'
import { bucketOf, covariateMomentsOf, momentsOf } from '../../../stats/index.ts'
import { seededRandom } from '../../../stats/random.ts'
import { experimentAfter } from '../../../test/support/analysis.ts'
import { analyze } from './analyze.ts'
import type { AnalysisInput, ArmData } from './analysis-input.ts'
import type { MetricDefinition } from '../define/definitions.ts'
import { digestOfInput } from './maturity.ts'

const random = seededRandom(5)
const tail: MetricDefinition = { key: 'tail', kind: 'quantile', measure: 'latency', direction: 'decrease', quantile: 0.9 }

/** Each unit's values, as ingestion keeps them. */
const sketched = (units: number[][], reference?: number): ArmData => {
  const counts = new Map<number, number>()
  for (const value of units.flat()) counts.set(bucketOf(value), (counts.get(bucketOf(value)) ?? 0) + 1)
  const rows = [...counts].toSorted(([a], [b]) => a - b)
  const below = (values: number[]): number => (reference === undefined ? 0 : values.filter((value) => value <= reference).length)
  return {
    units: units.length, reporting: units.length, outcomes: units.flat().length,
    metrics: [momentsOf(units.map((values) => [below(values), values.length] as const))],
    sketches: [{ buckets: rows.map(([bucket]) => bucket), counts: rows.map(([, count]) => count) }],
  }
}

const withArms = (metric: MetricDefinition, arms: ArmData[], draft: Parameters<typeof experimentAfter>[3] = {}): AnalysisInput => {
  const input = experimentAfter(48, [metric], [{ arms: arms.map(({ units }) => ({ units, metrics: [0] })) }], draft)
  return { ...input, epochs: input.epochs.map((epoch) => ({ ...epoch, arms })) }
}

const single = (n: number, scale: number): number[][] => Array.from({ length: n }, () => [scale * Math.exp(random.normal())])
/** Four values of a unit that are much alike. */
const alike = (n: number): number[][] =>
  Array.from({ length: n }, () => {
    const own = random.normal()
    return Array.from({ length: 4 }, () => 100 * Math.exp(0.9 * own + 0.4 * random.normal()))
  })
const width = ({ lower, upper }: { lower: number | null; upper: number | null }): number => (upper ?? Infinity) - (lower ?? -Infinity)

describe('quantiles of units with one value each', () => {
  it('are compared by ranks, and a large difference decides', () => {
    const { report } = analyze(withArms(tail, [sketched(single(2_000, 100)), sketched(single(2_000, 50))]))
    const [comparison] = report.comparisons
    expect(comparison?.verdict).toBe('PASS')
    expect(comparison?.difference.upper).toBeLessThan(0)
    expect(comparison?.difference.estimate).toBeGreaterThan(-280)
    expect(comparison?.difference.estimate).toBeLessThan(-100)
    expect(report.variants[0]?.probabilityBest).toBeNull()
  })

  it.each(['fixed', 'group-sequential', 'bayesian'] as const)('have a range by the method %s, too', (method) => {
    const { report } = analyze(withArms(tail, [sketched(single(3_000, 100)), sketched(single(3_000, 50))], { policy: { method } }))
    expect(report.comparisons[0]?.difference.upper).toBeLessThan(0)
  })

  it('of a diagnostic have a two-sided p-value, and no verdict before there are values', () => {
    const draft = { metrics: [{ metric: 'tail', role: 'diagnostic' as const }] }
    const { report } = analyze(withArms(tail, [sketched(single(1_000, 100)), sketched(single(1_000, 50))], draft))
    expect(report.comparisons[0]?.pValue).toBeLessThan(0.05)
    const empty = analyze(withArms(tail, [sketched([]), sketched([])], draft)).report
    expect(empty.comparisons[0]).toMatchObject({ verdict: 'NO_TRAFFIC', difference: { estimate: null, lower: null, upper: null } })
  })
})

describe('quantiles of units with several values', () => {
  const [a, b] = [alike(1_500), alike(1_500)]

  it('are as sure as their units are different: wider than of so many units, and widest where nothing tells how alike', () => {
    const wide = analyze(withArms(tail, [sketched(a), sketched(b)])).report
    const told = analyze(withArms({ ...tail, center: 340 }, [sketched(a, 340), sketched(b, 340)])).report
    const apart = analyze(withArms(tail, [sketched(a.flat().map((value) => [value])), sketched(b.flat().map((value) => [value]))],
      { policy: { method: 'bayesian' } })).report
    const [crude, measured] = [wide.comparisons[0]!, told.comparisons[0]!]
    expect(width(measured.difference)).toBeLessThan(width(crude.difference))
    expect(width(measured.difference)).toBeGreaterThan(width(apart.comparisons[0]!.difference))
    expect(wide.warnings.join()).toMatch(/center near the quantile/)
    expect(told.warnings).toEqual([])
  })

  it('hold a limit as a guardrail', () => {
    const draft = (limit: number) => ({ unguarded: true, metrics: [{ metric: 'tail', role: 'guardrail' as const, limit }] })
    const metric = { ...tail, center: 340 }
    expect(analyze(withArms(metric, [sketched(a, 340), sketched(b, 340)], draft(1_000))).report.guardrails[0]?.verdict).toBe('PASS')
    const arms = [sketched(a, 340), sketched(b.map((values) => values.map((value) => 3 * value)), 340)]
    expect(analyze(withArms(metric, arms, draft(500))).report.guardrails[0]?.verdict).toBe('FAIL')
  })
})

describe('a report', () => {
  it('is another one when a value moves to another bucket, or a covariate is known', () => {
    const [one, other] = [withArms(tail, [sketched([[1], [2]]), sketched([[3]])]), withArms(tail, [sketched([[1], [4]]), sketched([[3]])])]
    expect(digestOfInput(one)).not.toBe(digestOfInput(other))
  })

  it('adjusts what has a covariate, by those units that have one', () => {
    const spend: MetricDefinition = { key: 'spend', kind: 'total', measure: 'spend', direction: 'increase' }
    const arm = (mean: number, known: number): ArmData => {
      const units = Array.from({ length: 2_000 }, (_, index) => {
        const u = random.normal()
        return { x: mean + 0.8 * u + 0.6 * random.normal(), ...(index / 2_000 < known ? { u } : { u: 0, v: 0 }) }
      })
      return {
        units: 2_000, reporting: 2_000, outcomes: 2_000,
        metrics: [momentsOf(units.map(({ x }) => [x, 1] as const))], covariates: [covariateMomentsOf(units)],
      }
    }
    const compared = (known: number) => {
      const input = withArms(spend, [arm(10, known), arm(10.2, known)])
      const metrics = input.metrics.map((plan) => ({ ...plan, covariate: { attribute: 'before' } }))
      return analyze({ ...input, metrics }).report.comparisons[0]!
    }
    const [all, half, none] = [compared(1), compared(0.5), compared(0)]
    expect(all.adjusted?.reduction).toBeCloseTo(0.64, 1)
    expect(half.adjusted?.reduction).toBeCloseTo(0.32, 1)
    expect(none.adjusted).toMatchObject({ theta: 0 })
    for (const { difference } of [all, half, none]) {
      expect(difference.lower).toBeLessThan(0.2)
      expect(difference.upper).toBeGreaterThan(0.2)
    }
    expect(width(all.difference) / width(none.difference)).toBeCloseTo(0.6, 1)
  })
})
