import { describe, expect, it } from 'vitest'
import { apart } from './labels.ts'
import { clustersOf, labelsOf } from './markers.ts'
import { centreIn } from './places.ts'
import { changes, inForce, inTenths, stretches } from './shares.ts'

describe('centreIn', () => {
  it('finds the roomiest stretch, at a height that is inside all along', () => {
    const slabs = [{ from: 0, to: 50, lower: 0, upper: 4 }, { from: 50, to: 100, lower: 10, upper: 60 }, { from: 100, to: 180, lower: 20, upper: 80 }]
    expect(centreIn(slabs, 40, 16)).toEqual({ x: 115, y: 40 })
  })

  it('finds nothing in bands too thin, stretches too short, or across a gap', () => {
    expect(centreIn([{ from: 0, to: 500, lower: 0, upper: 10 }], 40, 16)).toBeNull()
    expect(centreIn([{ from: 0, to: 30, lower: 0, upper: 90 }], 40, 16)).toBeNull()
    expect(centreIn([{ from: 0, to: 30, lower: 0, upper: 90 }, { from: 35, to: 60, lower: 0, upper: 90 }], 40, 16)).toBeNull()
  })
})

describe('apart', () => {
  it('moves labels so that none covers another and all stay inside', () => {
    expect(apart([50, 52, 10], 0, 100)).toEqual([50, 66, 10])
    expect(apart([98, 99], 0, 100)).toEqual([84, 100])
  })
})

describe('markers', () => {
  const marker = (at: number, number: number, label = 'promoted qwen') => ({ at, number, decision: number, label })
  const same = (at: number): number => at

  it('share a number where they would cover each other', () => {
    expect(clustersOf([marker(100, 1), marker(105, 2), marker(110, 3), marker(300, 4)], same).map(({ numbers }) => numbers)).toEqual(['1–3', '4'])
  })

  it('show their words after the number, before it at the edge, and not at all without room', () => {
    const clusters = clustersOf([marker(100, 1), marker(130, 2), marker(560, 3)], same)
    expect(labelsOf(clusters, { left: 40, right: 600 }).map(({ text, anchor }) => [text, anchor])).toEqual([['promoted qwen', 'start'], ['promoted qwen', 'end']])
  })
})

describe('shares', () => {
  it('are rounded so that they still sum to 100 %', () => {
    expect(inTenths([1 / 3, 1 / 3, 1 / 3]).reduce((sum, one) => sum + one, 0)).toBe(1_000)
    expect(inTenths([0.0004, 0.0004, 0.9992]).reduce((sum, one) => sum + one, 0)).toBe(1_000)
    expect(inTenths([0.5, 0.5, 0])).toEqual([500, 500, 0])
  })

  const steps = [{ at: 0, shares: null }, { at: 10, shares: [1, 0] }, { at: 20, shares: [1, 0] }, { at: 30, shares: [0.5, 0.5] }, { at: 40, shares: null }]

  it('are in force until the next step', () => {
    expect(inForce(steps, [-5, 5, 10, 35, 45])).toEqual([null, null, [1, 0], [0.5, 0.5], null])
    expect(changes(steps).map(({ at }) => at)).toEqual([0, 10, 30, 40])
  })

  it('leave gaps where they are not known', () => {
    expect(stretches(steps, 50).map((stretch) => stretch.map(({ at, to }) => [at, to]))).toEqual([[[10, 20], [20, 30], [30, 40]]])
  })
})
