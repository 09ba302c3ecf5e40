import { describe, expect, it } from 'vitest'
import { planOf } from '../analyze/metric-plan.ts'
import { disagreeingCases, type LoggedOutcome, measureOf, uncertainCases } from './cases.ts'

const win = planOf({ key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' })
const score = planOf({ key: 'score', kind: 'mean', measure: 'score', direction: 'increase', center: 0.4 })
const slow = planOf({ key: 'slow', kind: 'conversion', measure: 'ms', direction: 'decrease', threshold: { above: 800 } })

const outcome = (id: string | null, measures: Record<string, number>, scope = 1, unit = 'u'): LoggedOutcome =>
  ({ id, scope, unit, received: '0', at: new Date(0), measures })
const ids = (cases: { outcome: LoggedOutcome }[] | null) => cases?.map(({ outcome: { id } }) => id)

describe('uncertain', () => {
  it('is nearest to a declared threshold first, else to the middle of a score; what lacks it is none', () => {
    const outcomes = [['far', 100], ['near', 790], ['at', 800], ['over', 830]].map(([id, ms]) => outcome(id as string, { ms: ms as number }))
    const cases = uncertainCases([slow], 'ms', [...outcomes, outcome('other', { win: 1 })])
    expect(ids(cases)).toEqual(['at', 'near', 'over', 'far'])
    expect(cases?.[1]).toMatchObject({ value: 790, threshold: 800, why: 'ms is 790, 10 from 800' })
    expect(ids(uncertainCases([score], 'score', [outcome('a', { score: 0.9 }), outcome('b', { score: 0.45 }), outcome('c', { score: 1 })]))).toEqual(['b', 'a', 'c'])
  })

  it('means nothing of a number without bounds', () => {
    expect(uncertainCases([score], 'score', [outcome('a', { score: 7 })])).toBeNull()
  })

  it('is asked of what decides, where it has a threshold', () => {
    expect(measureOf([win, slow, score], new Set(['score']))).toBe('score')
    expect(measureOf([win, slow], new Set(['win', 'slow']))).toBe('ms')
    expect(measureOf([win], new Set())).toBe('win')
    expect(measureOf([], new Set())).toBeNull()
  })
})

describe('disagreeing', () => {
  const pairOf = (id: string | null, control: Record<string, number>, shadow: Record<string, number>, unit = 'u') =>
    [outcome(id, control, 1, unit), outcome(id, shadow, 2, unit)]

  it('compares answers to one request alone, and what both tell', () => {
    const cases = disagreeingCases([win, score], [
      ...pairOf('same', { win: 1 }, { win: 1 }), ...pairOf('other', { win: 1 }, { win: 0 }), ...pairOf('half', { score: 0.5 }, { win: 1 }),
      outcome('alone', { win: 0 }, 2), outcome('other', { win: 1 }, 2, 'somebody else'),
    ], 1)
    expect(cases).toMatchObject([{ control: { id: 'other' }, metrics: [{ metric: 'win', control: 1, shadow: 0 }], why: 'win is 1 of the control, 0 of the shadow' }])
  })

  it('lists first where most differs, and takes a unit’s own where no request is named', () => {
    const cases = disagreeingCases([win, score], [
      ...pairOf('little', { score: 0.5 }, { score: 0.6 }), ...pairOf('much', { score: 0.1 }, { score: 0.9 }),
      ...pairOf('both', { win: 1, score: 0.2 }, { win: 0, score: 0.3 }), ...pairOf(null, { win: 0 }, { win: 1 }, 'v'),
    ], 1)
    expect(cases.map(({ control }) => control.id)).toEqual(['both', 'much', null, 'little'])
    expect(cases[1]?.metrics).toEqual([{ metric: 'score', control: expect.closeTo(0.1), shadow: expect.closeTo(0.9) }])
  })
})
