import { describe, expect, it } from 'vitest'
import { underNormalPrior } from './normal-prior.ts'

describe('underNormalPrior', () => {
  it('weighs estimate and prior by their precisions', () => {
    const at = { estimate: 4, variance: 1 }
    expect(underNormalPrior(at, { estimate: 0, variance: 3 })).toEqual({ estimate: 3, variance: 0.75 })
    const flat = underNormalPrior(at, { estimate: 0, variance: 1e12 })
    expect(flat.estimate).toBeCloseTo(4, 10)
    expect(flat.variance).toBeCloseTo(1, 10)
    expect(underNormalPrior({ ...at, variance: 0 }, { estimate: 0, variance: 1 })).toEqual({ estimate: 4, variance: 0 })
    expect(() => underNormalPrior(at, { estimate: 0, variance: 0 })).toThrow(/prior\.variance/)
  })
})
