import { describe, expect, it } from 'vitest'
import { allocate } from './allocate.ts'
import { additiveFloor, clippedFloor } from './floor.ts'
import { capWeights, stepToward } from './limits.ts'
import { constrainWeights } from './standing.ts'
import { topTwo } from './top-two.ts'

const near = (told: readonly number[], wanted: readonly number[]) => {
  expect(told).toHaveLength(wanted.length)
  for (const [arm, weight] of wanted.entries()) expect(told[arm]).toBeCloseTo(weight, 12)
}

const sum = (weights: readonly number[] | null) => (weights ?? []).reduce((total, weight) => total + weight, 0)

describe('floors', () => {
  it('keep every arm at the floor, the order, and the sum', () => {
    expect(additiveFloor([0.9, 0.1, 0], 0.05)).toEqual([0.05 + 0.85 * 0.9, 0.05 + 0.085, 0.05])
    near(clippedFloor([0.97, 0.03, 0], 0.05), [0.9, 0.05, 0.05])
    expect(clippedFloor([1 / 3, 1 / 3, 1 / 3], 1 / 3)).toEqual([1 / 3, 1 / 3, 1 / 3])
    expect(() => additiveFloor([0.5, 0.5], 0.6)).toThrow(/floor/)
    expect(() => additiveFloor([0.5, 0.6], 0.1)).toThrow(/weights must sum to 1/)
  })
})

describe('top-two', () => {
  it('gives a certain winner half and shares the rest', () => {
    expect(topTwo([1, 0, 0])).toEqual([0.5, 0.25, 0.25])
    expect(topTwo([0.5, 0.5])).toEqual([0.5, 0.5])
    expect(topTwo([1])).toEqual([1])
    // of two arms each always gets half: one leads, the other challenges
    expect(topTwo([0.9, 0.1])[1]).toBeCloseTo(0.5, 12)
  })

  it('keeps its digits when a chance is nearly 1', () => {
    const told = topTwo([1 - 1e-17, 9e-18, 1e-18])
    expect(told[0]).toBeCloseTo(0.5, 10)
    expect(told[1]).toBeCloseTo(0.45, 10)
  })
})

describe('limits', () => {
  it('cap an arm and hand the surplus to the others in proportion, as often as it takes', () => {
    near(capWeights([0.8, 0.15, 0.05], 0.5), [0.5, 0.375, 0.125])
    near(capWeights([0.8, 0.15, 0.05], 0.4), [0.4, 0.4, 0.2])
    near(capWeights([1, 0, 0], 0.5), [0.5, 0.25, 0.25])
    expect(() => capWeights([1, 0], 0.4)).toThrow(/cap/)
  })

  it('shorten the way so that no arm moves farther than a step', () => {
    const told = stepToward([0.5, 0.5, 0], [0.1, 0.6, 0.3], 0.1)
    expect(told[0]).toBeCloseTo(0.4, 12)
    expect(sum(told)).toBeCloseTo(1, 12)
    expect(stepToward([0.5, 0.5], [0.45, 0.55], 0.1)).toEqual([0.45, 0.55])
    expect(stepToward([0.5, 0.5], [1, 0], 0)).toEqual([0.5, 0.5])
  })
})

describe('standings', () => {
  it('give closed arms nothing, held ones at most the floor, and the open ones the rest in proportion', () => {
    expect(constrainWeights([0.4, 0.2, 0.3, 0.1], ['open', 'closed', 'held', 'open'], 0.05)).toEqual([
      0.76, 0, 0.05, 0.19,
    ])
    expect(constrainWeights([0.5, 0.5], ['held', 'held'], 0.05)).toEqual([0.5, 0.5])
    expect(constrainWeights([1, 0, 0], ['closed', 'open', 'open'], 0.05)).toEqual([0, 0.5, 0.5])
    expect(constrainWeights([0.5, 0.5], ['closed', 'closed'], 0.05)).toBeNull()
  })

  it('change nothing the second time', () => {
    const standings = ['open', 'closed', 'held', 'open'] as const
    const once = constrainWeights([0.4, 0.2, 0.3, 0.1], standings, 0.05) ?? []
    expect(constrainWeights(once, standings, 0.05)).toEqual(once)
  })
})

describe('allocate', () => {
  const best = [0.7, 0.25, 0.05]

  it('follows the chances, with a floor', () => {
    const told = allocate(best, null, { algorithm: 'thompson', floor: 0.02 })
    expect(told?.[0]).toBeCloseTo(0.02 + 0.94 * 0.7, 12)
    expect(sum(told)).toBeCloseTo(1, 12)
    expect(allocate(best, null, { algorithm: 'uniform' })).toEqual([1 / 3, 1 / 3, 1 / 3])
    expect(allocate(best, null, { algorithm: 'top-two' })?.[0]).toBeLessThan(0.7)
  })

  it('obeys guardrails at once, whatever the step, and everything else by steps', () => {
    const told = allocate([0.98, 0.01, 0.01], [0.2, 0.4, 0.4], {
      algorithm: 'thompson', floor: 0.02, maxStep: 0.1, standings: ['held', 'closed', 'open'],
    })
    expect(told?.[0]).toBeLessThanOrEqual(0.02 + 1e-12)
    expect(told?.[1]).toBe(0)
    expect(told?.[2]).toBeCloseTo(0.98, 10)
    const slow = allocate(best, [1 / 3, 1 / 3, 1 / 3], { algorithm: 'thompson', floor: 0, maxStep: 0.1 })
    expect(Math.max(...(slow ?? []).map((weight) => Math.abs(weight - 1 / 3)))).toBeCloseTo(0.1, 12)
  })

  it('never lifts a held arm when the cap takes from the leader', () => {
    const told = allocate([0.9, 0.05, 0.05], null, {
      algorithm: 'thompson', floor: 0.05, cap: 0.6, standings: ['open', 'open', 'held'],
    })
    expect(told?.[0]).toBeCloseTo(0.6, 12)
    expect(told?.[1]).toBeCloseTo(0.35, 12)
    expect(told?.[2]).toBeCloseTo(0.05, 12)
  })

  it('has nothing to say when every arm is closed, and gives a single arm everything', () => {
    expect(allocate([0.5, 0.5], null, { algorithm: 'thompson', standings: ['closed', 'closed'] })).toBeNull()
    const alone = { algorithm: 'thompson', cap: 0.4, standings: ['closed', 'open'] } as const
    expect(allocate([0.5, 0.5], [0.5, 0.5], alone)).toEqual([0, 1])
  })

  it('keeps the floor above every arm that is not closed even when it is too large for all of them', () => {
    const told = allocate([1, 0, 0], null, { algorithm: 'thompson', floor: 0.5 })
    expect(told?.every((weight) => Math.abs(weight - 1 / 3) < 1e-12)).toBe(true)
  })
})
