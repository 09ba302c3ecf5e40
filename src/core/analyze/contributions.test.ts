import { describe, expect, it } from 'vitest'
import { contributions, overflowing } from './contributions.ts'
import { planOf } from './metric-plan.ts'

const plan = (kind: 'conversion' | 'total' | 'mean' | 'ratio', more: object = {}) =>
  planOf({ key: 'm', kind, measure: 'value', direction: 'increase', ...more })

describe('contributions', () => {
  it.each([
    ['a conversion counts outcomes other than 0', plan('conversion'), { value: 7 }, 1, 1],
    ['a conversion of 0 is an outcome without an event', plan('conversion'), { value: 0 }, 0, 1],
    ['a conversion takes its threshold first', plan('conversion', { threshold: { above: 800 } }), { value: 800 }, 0, 1],
    ['a threshold below', plan('conversion', { threshold: { below: 800 } }), { value: 799 }, 1, 1],
    ['a total leaves its cap to the sum of the unit', plan('total', { cap: 5 }), { value: 9 }, 9, 1],
    ['a mean caps each outcome, then centres', plan('mean', { cap: 900, center: 400 }), { value: 1_000 }, 500, 1],
    ['a mean of a threshold', plan('mean', { threshold: { above: 800 } }), { value: 801 }, 1, 1],
    ['a ratio is centred by its denominator', plan('ratio', { denominator: 'views', center: 0.5 }), { value: 3, views: 4 }, 1, 4],
    ['a ratio without its measure', plan('ratio', { denominator: 'views', center: 0.5 }), { views: 4 }, -2, 4],
    ['a ratio without its denominator', plan('ratio', { denominator: 'views' }), { value: 3 }, 3, 0],
    ['a measure that is not there', plan('mean', { center: 400 }), { other: 1 }, 0, 0],
    ['a number whose square is no number', plan('total'), { value: 5e-324 }, 0, 1],
  ])('%s', (_, metric, measures, x, y) => {
    expect(contributions([metric], measures)).toEqual({ x: [x], y: [y] })
  })

  const terms = [{ measure: 'quality', weight: 1 }, { measure: 'cost', weight: -0.5 }]
  const composite = (kind: 'mean' | 'total', more: object = {}) => plan(kind, { measure: undefined, terms, ...more })
  it.each([
    ['a composite mean is the weighted sum, capped and centred', composite('mean', { cap: 2, center: 0.5 }), { quality: 4, cost: 1 }, 1.5, 1],
    ['a composite may be negative', composite('mean'), { quality: 0, cost: 3 }, -1.5, 1],
    ['a composite mean without all of its terms has no value', composite('mean'), { quality: 4 }, 0, 0],
    ['nor has a total with a threshold', composite('total', { threshold: { above: 1 } }), { quality: 4 }, 0, 0],
    ['a threshold is on the sum', composite('mean', { threshold: { above: 3 } }), { quality: 4, cost: 2 }, 0, 1],
    ['a total takes the terms as they come', composite('total'), { cost: 3 }, -1.5, 1],
    ['an outcome of other measures says nothing', composite('total'), { other: 3 }, 0, 0],
  ])('%s', (_, metric, measures, x, y) => {
    expect(contributions([metric], measures)).toEqual({ x: [x], y: [y] })
  })

  it('come in the order of the plans', () => {
    expect(contributions([plan('total'), plan('conversion')], { value: 3 })).toEqual({ x: [3, 1], y: [1, 1] })
  })
})

describe('overflowing', () => {
  it('names the metric whose sums would not stay finite', () => {
    const plans = [plan('conversion'), plan('total')]
    expect(overflowing(plans, contributions(plans, { value: 1e308 }))).toBe(plans[1])
    expect(overflowing(plans, contributions(plans, { value: 1e99 }))).toBeNull()
  })
})
