import { describe, expect, it } from 'vitest'
import { axisOf, drawInterval } from './interval.ts'

const axis = { from: -1, to: 1 }

describe('an interval drawn in text', () => {
  it('has its ends, its estimate, zero and a margin where they belong', () => {
    expect(drawInterval({ lower: -0.5, estimate: 0.5, upper: 1 }, axis, 21)).toBe('     ├────┊────●────┤')
    expect(drawInterval({ lower: 0.2, estimate: 0.4, upper: 0.6 }, axis, 21, { margin: -0.8 })).toBe('  ╎       ┊ ├─●─┤    ')
  })

  it('has arrows at ends that are unbounded or off the axis', () => {
    expect(drawInterval({ lower: null, estimate: 0.5, upper: 0.7 }, axis, 21)).toBe('◄─────────┊────●─┤   ')
    expect(drawInterval({ lower: 0.5, estimate: 0.7, upper: 3 }, axis, 21)).toBe('          ┊    ├─●──►')
  })

  it('is blank but for zero when nothing is known', () => {
    expect(drawInterval({ lower: null, estimate: null, upper: null }, axis, 5)).toBe('  ┊  ')
  })

  it('lies wholly on its axis', () => {
    const interval = { lower: -3, estimate: 1, upper: 9 }
    expect(drawInterval(interval, axisOf([interval], [0]), 30)).toMatch(/├.*┤/)
    expect(axisOf([], [0])).toEqual({ from: -1, to: 1 })
  })
})
