import { describe, expect, it } from 'vitest'
import { perUnitMoments } from '../../../stats/index.ts'
import type { ArmData, EpochData } from './analysis-input.ts'
import { countedIn, digestOf } from './maturity.ts'
import { poolsOf } from './pools.ts'
import { armMoments, armTotal, pairMoments } from './regimes.ts'

const armOf = (units: number, wins: number): ArmData => ({
  units, reporting: units, outcomes: 2 * units, metrics: [perUnitMoments(units, wins, wins)],
})
const epochOf = (epoch: number, weights: number[], arms: [number, number][]): EpochData => ({
  epoch, coverage: 1, weights, startedAt: new Date(0), endedAt: new Date(1), sealed: true, late: 0, crossed: 0, rebuilt: 0,
  arms: arms.map(([units, wins]) => armOf(units, wins)),
})
const epochs = [
  epochOf(1, [0.5, 0.5], [[10, 1], [12, 2]]),
  epochOf(2, [0.8, 0.2], [[40, 4], [9, 1]]),
  epochOf(3, [0.5, 0.5], [[11, 3], [13, 5]]),
  epochOf(4, [1, 0], [[7, 7], [0, 0]]),
]

describe('pools', () => {
  it('hold what was counted under the same weights, whenever it was', () => {
    expect(poolsOf(epochs).map(({ weights, epochs: own }) => [weights, own.map(({ epoch }) => epoch)])).toEqual([
      [[0.5, 0.5], [1, 3]], [[0.8, 0.2], [2]], [[1, 0], [4]],
    ])
    expect(pairMoments(epochs, 0, 1, 0)).toEqual([
      { a: perUnitMoments(21, 4, 4), b: perUnitMoments(25, 7, 7) },
      { a: perUnitMoments(40, 4, 4), b: perUnitMoments(9, 1, 1) },
    ])
    expect(armMoments(epochs, 0, 0)).toEqual(perUnitMoments(68, 15, 15))
    expect(armTotal(epochs, 1, 'outcomes')).toBe(68)
  })

  it('leave the epochs as they are', () => {
    const before = structuredClone(epochs)
    poolsOf([...epochs])
    expect(epochs).toEqual(before)
  })
})

it('a digest is the same whether the numbers of an epoch were kept or are read anew', () => {
  const kept = epochs.map((epoch) => ({ ...epoch, counted: countedIn(epoch.arms) }))
  expect(digestOf(1, kept)).toBe(digestOf(1, epochs))
  expect(digestOf(1, epochs.with(1, epochOf(2, [0.8, 0.2], [[40, 4], [9, 2]])))).not.toBe(digestOf(1, epochs))
  expect(digestOf(1, epochs.with(1, { ...epochs[1]!, weights: [0.7, 0.3] }))).not.toBe(digestOf(1, epochs))
})
