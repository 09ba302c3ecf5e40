import { describe, expect, it } from 'vitest'
import type { Moments } from '../../../stats/index.ts'
import { type EpochDraft, experimentAfter, hours, slow, win } from '../../../test/support/analysis.ts'
import { analyze } from './analyze.ts'
import { decideAll } from '../decide/decide-all.ts'
import type { MetricDefinition } from '../define/definitions.ts'
import { methods } from '../methods/index.ts'

type Case = { metric: MetricDefinition; epochs: EpochDraft[]; killed?: number; estimate: number | null; ends: boolean; words: RegExp | null }

const score: MetricDefinition = { key: 'score', kind: 'mean', measure: 'score', direction: 'increase', min: -1e10, max: 1e10 }
const clicks: MetricDefinition = { key: 'clicks', kind: 'ratio', measure: 'clicks', denominator: 'views', direction: 'increase' }
/** n units of one outcome each, with this mean and standard deviation. */
const outcomes = (n: number, mean: number, sd: number): Moments =>
  ({ n, sumX: n * mean, sumY: n, sumXX: n * (sd * sd + mean * mean), sumXY: n * mean, sumYY: n })
const silent = outcomes(0, 0, 0)
const even = (units: [number, number], metrics: [number | Moments, number | Moments]): EpochDraft[] =>
  [{ arms: [{ units: units[0], metrics: [metrics[0]] }, { units: units[1], metrics: [metrics[1]] }] }]
const wins = (a: [number, number], b: [number, number]): EpochDraft[] => even([a[0], b[0]], [a[1], b[1]])
const scores = (a: Moments, b: Moments): EpochDraft[] => even([a.n, b.n], [a, b])
const three = (...arms: [number, number][]): EpochDraft['arms'] => arms.map(([units, metric]) => ({ units, metrics: [metric] }))
const third = 1 / 3

/** What goes wrong with numbers, what still is known of it, and the words that say the rest. */
const cases: [string, Case][] = [
  ['zero units', { metric: win, epochs: wins([0, 0], [0, 0]), estimate: null, ends: false, words: null }],
  ['one unit', { metric: win, epochs: wins([1, 1], [0, 0]), estimate: null, ends: false, words: /nothing to compare/ }],
  ['one unit each', { metric: score, epochs: scores(outcomes(1, 3, 0), outcomes(1, 4, 0)), estimate: 1, ends: false, words: /one unit has no variance/ }],
  ['no events', { metric: win, epochs: wins([3_000, 0], [3_000, 0]), estimate: 0, ends: false, words: /all units have the same value/ }],
  ['all successes', { metric: win, epochs: wins([3_000, 3_000], [3_000, 3_000]), estimate: 0, ends: false, words: /all units have the same value/ }],
  ['no variance', { metric: score, epochs: scores(outcomes(3_000, 3, 0), outcomes(3_000, 4, 0)), estimate: 1, ends: false, words: /all units have the same value/ }],
  ['no variance of one arm', { metric: score, epochs: scores(outcomes(3_000, 3, 0), outcomes(3_000, 4, 1)), estimate: 1, ends: false, words: /gemma: all units have the same value/ }],
  ['an empty control', { metric: win, epochs: wins([0, 0], [3_000, 900]), estimate: null, ends: false, words: /nothing to compare/ }],
  ['a silent control', { metric: score, epochs: even([3_000, 3_000], [silent, outcomes(3_000, 3, 1)]), estimate: null, ends: false, words: /nothing to compare/ }],
  ['no denominators', { metric: clicks, epochs: even([3_000, 3_000], [{ n: 3_000, sumX: 900, sumY: 0, sumXX: 900, sumXY: 0, sumYY: 0 }, outcomes(3_000, 3, 1)]), estimate: null, ends: false, words: /nothing to compare/ }],
  ['negative values', { metric: score, epochs: scores(outcomes(3_000, -3, 1), outcomes(3_000, -2, 1)), estimate: 1, ends: true, words: /control is negative/ }],
  ['a control near zero', { metric: score, epochs: scores(outcomes(3_000, 0.001, 1), outcomes(3_000, 0.501, 1)), estimate: 0.5, ends: true, words: /too close to 0/ }],
  ['a control at zero', { metric: score, epochs: scores(outcomes(3_000, 0, 1), outcomes(3_000, 0.5, 1)), estimate: 0.5, ends: true, words: /too close to 0/ }],
  ['counts of 1e9', { metric: win, epochs: wins([1e9, 3e8], [1e9, 3.001e8]), estimate: 1e-4, ends: true, words: null }],
  ['a mean 1e8 times its spread', { metric: score, epochs: scores(outcomes(3_000, 1e8, 1), outcomes(3_000, 1e8 + 1, 1)), estimate: 1, ends: false, words: /declare a center/ }],
  ['the same, centred', { metric: { ...score, center: 1e8 }, epochs: scores(outcomes(3_000, 0, 1), outcomes(3_000, 1, 1)), estimate: 1, ends: true, words: null }],
  ['an arm killed early', {
    metric: win, killed: 1, estimate: -2 / 15, ends: true, words: null,
    epochs: [{ weights: [third, third, third], arms: three([3_000, 600], [3_000, 200], [3_000, 600]) }, { weights: [0.5, 0, 0.5], arms: three([3_000, 600], [0, 0], [3_000, 600]) }],
  }],
  ['an epoch in which one arm is absent', { metric: win, epochs: [...wins([300, 60], [0, 0]), ...wins([3_000, 600], [3_300, 990])], estimate: 0.1, ends: true, words: null }],
  ['a stretch in which one arm is absent', {
    metric: win, estimate: 0.1, ends: true, words: /left out/,
    epochs: [{ weights: [0.9, 0.1], ...wins([300, 60], [0, 0])[0]! }, ...wins([3_000, 600], [3_000, 900])],
  }],
]

const numbers = (value: unknown): number[] =>
  typeof value === 'number' ? [value] : typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbers) : []

const analysisOf = ({ metric, epochs, killed }: Case, method: keyof typeof methods) => {
  const closed = epochs.map((epoch, index) => ({ ...epoch, endedAt: hours(index + 1) }))
  const input = experimentAfter(48, [metric, slow], closed.map((epoch) => ({ ...epoch, arms: epoch.arms.map((arm) => ({ ...arm, metrics: [...arm.metrics, 0] })) })), {
    metrics: [{ metric: metric.key, role: 'decision' }], policy: { method }, window: 'PT1H',
  })
  const { variants } = input.experiment
  return analyze({ ...input, experiment: { ...input.experiment, variants: variants.map((one, arm) => (arm === killed ? { ...one, status: 'killed' as const } : one)) } })
}

describe.each(Object.keys(methods) as (keyof typeof methods)[])('%s, when numbers go wrong', (method) => {
  it.each(cases)('%s: what is known is told, the rest in words', (_, one) => {
    const analysis = analysisOf(one, method)
    const { report } = analysis
    const [first] = report.comparisons
    if (!first) throw new Error('nothing was compared')
    expect(numbers(report).every(Number.isFinite)).toBe(true)
    expect(JSON.stringify(report)).not.toMatch(/NaN|Infinity|undefined/)
    expect(JSON.stringify([report.summary, report.warnings])).not.toMatch(/null|too early so far/)
    expect(() => decideAll(analysis)).not.toThrow()

    if (one.estimate === null) expect(first.difference.estimate).toBeNull()
    else expect(first.difference.estimate).toBeCloseTo(one.estimate, 9)
    const told = report.warnings.join('\n')
    if (one.words) expect(told).toMatch(one.words)

    const { lower, upper } = first.difference
    const waits = first.verdict === 'INSUFFICIENT' || first.verdict === 'NO_TRAFFIC' || /waiting|next look|horizon/.test(told)
    if (!one.ends) {
      // nothing is known of the error: no p-value pretends, and nothing is decided
      expect([lower, upper]).toEqual([null, null])
      // exact evidence needs no error; without any it is 1, which says so
      if (method !== 'exact') expect(first.pValue).toBeNull()
      expect(first.significant).toBe(false)
      expect(['INSUFFICIENT', 'NO_TRAFFIC', 'INCONCLUSIVE']).toContain(first.verdict)
    } else if (!waits) {
      expect(lower).toBeLessThan(one.estimate ?? 0)
      expect(upper).toBeGreaterThan(one.estimate ?? 0)
    }
    // a p-value of 1 only where the evidence points the other way, or nowhere
    if (first.pValue === 1) expect(first.difference.estimate ?? 0).toBeLessThanOrEqual(0)
    if (first.verdict === 'INSUFFICIENT' && report.variants.length === 2) expect(report.summary.headline).not.toMatch(/better|worse|No clear/)
  })
})
