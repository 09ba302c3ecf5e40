import { describe, expect, it } from 'vitest'
import { ceilingOf, planOf } from './metric-plan.ts'
import { isObserved, nothingObserved, observe, observesOf } from './observed.ts'
import { sketchCodes } from './quantiles.ts'
import { contributions } from './contributions.ts'

const spend = planOf({ key: 'spend', kind: 'total', measure: 'spend', direction: 'increase' })
const tail = planOf({ key: 'tail', kind: 'quantile', measure: 'latency', direction: 'decrease', quantile: 0.95, center: 800 })

describe('what an experiment wants to know of a unit', () => {
  it('is nothing unless something is declared', () => {
    expect(observesOf({ metrics: [{ metric: 'spend', role: 'decision' }] })).toBeUndefined()
    expect(observesOf({ metrics: [], segments: [] })).toBeUndefined()
    expect(observesOf({ metrics: [{ metric: 'a', role: 'decision' }], segments: ['country'] })).toEqual({ covariates: [], segments: ['country'] })
    const metrics = [
      { metric: 'a', role: 'decision' as const }, { metric: 'b', role: 'diagnostic' as const, covariate: { attribute: 'before' } },
      { metric: 'c', role: 'diagnostic' as const, covariate: { history: true as const } },
    ]
    expect(observesOf({ metrics })).toEqual({ covariates: [null, 'before', null], segments: [] })
  })

  it.each([
    [3.5, 3.5], [true, 1], [false, 0], [1e-200, 0], [1e200, null], ['7', null], [null, null], [[1], null], [undefined, null],
  ])('an attribute of %j is the covariate %j', (value, covariate) => {
    const attributes = value === undefined ? {} : { before: value }
    expect(observe({ covariates: [null, 'before'], segments: [] }, attributes).covariates).toEqual([null, covariate])
  })

  it.each([['DE', 'DE'], [7, '7'], [true, 'true'], [null, null], [{ a: 1 }, null]])('an attribute of %j is the value %j of a segment', (value, segment) => {
    expect(observe({ covariates: [], segments: ['country', 'constructor'] }, { country: value }).segments).toEqual([segment, null])
  })
})

describe('the plans of a scope', () => {
  it('say whether its batches need the statements for it', () => {
    expect(isObserved([spend])).toBe(false)
    expect(isObserved([spend, tail])).toBe(true)
    expect(isObserved([{ ...spend, segmented: true }])).toBe(true)
    expect(isObserved([{ ...spend, covariate: { attribute: 'before' } }])).toBe(true)
    expect(nothingObserved([spend, tail])).toBeUndefined()
    expect(nothingObserved([spend, { ...spend, covariate: { history: true } }])).toEqual({ covariates: [null, null], segments: [] })
  })

  it('take a quantile apart into its bucket, and into one of so many values at or below the reference', () => {
    const codes = (latency: number): number[] => sketchCodes([spend, tail], { latency, spend: 1 })
    expect(sketchCodes([spend, tail], { spend: 1 })).toEqual([])
    expect(codes(0)).toEqual([2 * 2 ** 15 + 2 ** 14])
    expect(codes(400)[0]! >> 15).toBe(2)
    expect(((codes(-400)[0]! & 32_767) - 16_384) + ((codes(400)[0]! & 32_767) - 16_384)).toBe(0)
    expect(contributions([tail], { latency: 800 })).toEqual({ x: [1], y: [1] })
    expect(contributions([tail], { latency: 801 })).toEqual({ x: [0], y: [1] })
    expect(contributions([tail], { spend: 1 })).toEqual({ x: [0], y: [0] })
    expect(ceilingOf(tail)).toBe(Infinity)
  })
})
