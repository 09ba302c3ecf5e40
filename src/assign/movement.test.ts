import { describe, expect, it } from 'vitest'
import { compiledWith, decide, units, variantsOf } from './fixtures.ts'

const many = units(20_000)

const variantsAt = (weights: readonly number[], killed: readonly number[] = []): number[] => {
  const experiment = compiledWith({ variants: variantsOf(weights, killed) })
  return many.map((unit) => decide(experiment, unit).variant)
}

/** The pairs [from, to] of the units that moved. */
const moves = (before: readonly number[], after: readonly number[]): [number, number][] =>
  before.flatMap((from, i): [number, number][] => (from === after[i] ? [] : [[from, after[i]!]]))

describe('when traffic changes', () => {
  it('a raised weight moves units into that arm only, as many as it gained', () => {
    const moved = moves(variantsAt([0.4, 0.3, 0.2, 0.1]), variantsAt([0.4 / 1.1, 0.3 / 1.1, 0.2 / 1.1, 0.2 / 1.1]))
    expect(new Set(moved.map(([, to]) => to))).toEqual(new Set([3]))
    expect(new Set(moved.map(([from]) => from))).toEqual(new Set([0, 1, 2]))
    expect(moved.length / many.length).toBeCloseTo(0.2 / 1.1 - 0.1, 1)
  })

  it('a killed arm moves its own units only, in proportion to the others', () => {
    const before = variantsAt([0.4, 0.3, 0.2, 0.1])
    const after = variantsAt([0.5, 0.375, 0, 0.125])
    const moved = moves(before, after)
    expect(new Set(moved.map(([from]) => from))).toEqual(new Set([2]))
    expect(moved.length).toBe(before.filter((variant) => variant === 2).length)
    expect(moved.filter(([, to]) => to === 0).length / moved.length).toBeCloseTo(0.5, 1)
  })

  it('a kill that has not been reweighted yet gives the same answers as one that has', () => {
    expect(variantsAt([0.4, 0.3, 0.2, 0.1], [2])).toEqual(variantsAt([0.5, 0.375, 0, 0.125]))
  })

  it('a raised coverage only adds units, and nobody changes variant', () => {
    const steps = [0.02, 0.1, 0.25, 0.5, 1].map((coverage) => {
      const experiment = compiledWith({ coverage })
      return many.map((unit) => decide(experiment, unit).variant)
    })
    for (const [i, next] of steps.slice(1).entries()) {
      const moved = moves(steps[i]!, next)
      expect(moved.length).toBeGreaterThan(0)
      expect(moved.every(([from]) => from === -1)).toBe(true)
    }
  })

  it('a grown layer only adds units', () => {
    const at = (to: number) => {
      const experiment = compiledWith({ layer: { key: 'ui', from: 0.1, to } })
      return many.map((unit) => decide(experiment, unit).variant)
    }
    expect(moves(at(0.3), at(0.6)).every(([from]) => from === -1)).toBe(true)
  })
})
