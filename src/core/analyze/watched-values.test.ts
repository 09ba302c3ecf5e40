import { describe, expect, it } from 'vitest'
import { momentsOf, seededRandom } from '../../../stats/index.ts'
import { MetricDefinition } from '../define/definitions.ts'
import { planOf } from './metric-plan.ts'
import { harmMean, harmOf, unwatchedWhy, worseWords } from './watched-values.ts'

const plan = (more: object) => planOf(MetricDefinition.parse({ key: 'm', kind: 'mean', measure: 'm', direction: 'decrease', ...more }))
const random = seededRandom(2)
const values = Array.from({ length: 400 }, () => 1 + 4 * random.uniform())
const mean = values.reduce((sum, value) => sum + value, 0) / values.length

describe('what can be watched for change', () => {
  it('has bounds: shares, bounded means, capped totals of what is never below 0', () => {
    for (const more of [
      { kind: 'conversion' }, { threshold: { above: 2 } }, { min: 1, max: 5 }, { min: 0, cap: 5 }, { kind: 'total', min: 0, cap: 9 }, { kind: 'total', threshold: { above: 1 }, cap: 3 },
    ]) expect(unwatchedWhy(plan(more))).toBeNull()
    expect(unwatchedWhy(plan({}))).toBe('no bounds declared: it needs min, and max or a cap')
    expect(unwatchedWhy(plan({ cap: 5 }))).toMatch(/no bounds/)
    expect(unwatchedWhy(plan({ kind: 'total', cap: 9 }))).toBe('no bounds declared: it needs a min of 0 or more and a cap')
    expect(unwatchedWhy(plan({ kind: 'total', min: -1, cap: 9 }))).toMatch(/no bounds/)
    expect(unwatchedWhy(plan({ kind: 'ratio', denominator: 'd', min: 0, max: 1 }))).toBe('a ratio has no bounds')
    expect(unwatchedWhy(plan({ kind: 'quantile', quantile: 0.9, min: 0, max: 1 }))).toMatch(/quantiles/)
  })

  it('is put on a scale from the best value to the worst, whatever its centre and direction', () => {
    for (const center of [0, 3]) {
      const moments = momentsOf(values.map((value) => [value, 1] as const), center)
      const [down, up] = [plan({ min: 1, max: 5, center }), plan({ min: 1, max: 5, center, direction: 'increase' })]
      expect(harmMean(harmOf(down, moments)!)).toBeCloseTo((mean - 1) / 4, 9)
      expect(harmMean(harmOf(up, moments)!)).toBeCloseTo((5 - mean) / 4, 9)
      const squares = values.reduce((sum, value) => sum + ((5 - value) / 4) ** 2, 0)
      expect(harmOf(up, moments)!.sumXX).toBeCloseTo(squares, 6)
    }
    expect(harmOf(plan({ min: 3, max: 5 }), momentsOf([[1, 1]]))).toBeNull()
    expect(harmOf(plan({}), momentsOf([[1, 1]]))).toBeNull()
  })

  it('is told of in its own unit', () => {
    const day = { who: 'qwen', day: 6, units: 1_000 }
    expect(worseWords(plan({ min: 1, max: 5, direction: 'increase' }), { ...day, latest: 0.5, healthy: 0.25 }))
      .toBe('qwen has become worse on m: 3.00 on average of 1,000 on 1970-01-07, at least 4.00 was expected from its first days')
    expect(worseWords(plan({ min: 0, cap: 2_000 }), { ...day, latest: 0.4, healthy: 0.2 })).toContain('800 on average of 1,000 on 1970-01-07, at most 400 was')
  })
})
