import { describe, expect, it } from 'vitest'
import { momentsOf, noMoments, perUnitMoments } from '../moments/moments.ts'
import { type Random, seededRandom } from '../random.ts'
import { absoluteDifference, meanEstimate, nearZero, ratioEstimate, relativeLift } from './ratio.ts'

/** Units with 1–5 outcomes each, correlated inside the unit: mean 10 per outcome. */
const sample = (random: Random, n: number): [number, number][] =>
  Array.from({ length: n }, () => {
    const outcomes = 1 + Math.floor(5 * random.uniform())
    return [outcomes * (10 + 2 * random.normal()), outcomes]
  })

describe('ratioEstimate', () => {
  it('is the plain mean and s²/n when every denominator is 1', () => {
    const estimated = ratioEstimate(momentsOf([1, 2, 3, 6].map((x) => [x, 1] as const)))
    expect(estimated?.estimate).toBe(3)
    expect(estimated?.variance).toBeCloseTo(14 / 3 / 4, 14)
  })

  it('does not depend on the centre', () => {
    const units = sample(seededRandom(1), 50)
    const [raw, centred] = [ratioEstimate(momentsOf(units)), ratioEstimate(momentsOf(units, 9.5), 9.5)]
    expect(centred?.estimate).toBeCloseTo(raw?.estimate ?? 0, 12)
    expect(centred?.variance).toBeCloseTo(raw?.variance ?? 0, 12)
  })

  it('claims the variance that repeated samples show', () => {
    const random = seededRandom(2)
    const runs = Array.from({ length: 2_000 }, () => ratioEstimate(momentsOf(sample(random, 200))))
    const estimates = runs.map((run) => run?.estimate ?? 0)
    const claimed = runs.reduce((sum, run) => sum + (run?.variance ?? 0), 0) / runs.length
    const seen = estimates.reduce((sum, estimate) => sum + (estimate - 10) ** 2, 0) / runs.length
    expect(Math.abs(claimed / seen - 1)).toBeLessThan(0.12) // the naive per-outcome variance is half of it
  })

  it('has nothing to say without units or denominators', () => {
    expect(ratioEstimate(noMoments)).toBeNull()
    expect(ratioEstimate(momentsOf([[0, 0], [0, 0]]))).toBeNull()
    expect(ratioEstimate(perUnitMoments(5, 5, 5))).toEqual({ estimate: 1, variance: 0 })
    expect(() => ratioEstimate({ ...noMoments, sumX: Infinity })).toThrow(/moments\.sumX/)
  })
})

describe('differences', () => {
  const [a, b] = [meanEstimate(100, 2, 4), meanEstimate(50, 3, 9)]

  it('adds variances of independent arms', () => {
    expect(absoluteDifference(a, b)).toEqual({ estimate: 1, variance: 0.04 + 0.18 })
  })

  it('relative lift follows the delta method, and gives up where it would divide by nothing', () => {
    expect(relativeLift(a, b)?.estimate).toBeCloseTo(0.5, 15)
    expect(relativeLift(a, b)?.variance).toBeCloseTo(0.18 / 4 + (0.04 * 9) / 16, 15)
    expect(relativeLift({ estimate: 0, variance: 1 }, b)).toBeNull()
    expect(relativeLift({ estimate: 1e-300, variance: 1 }, b)).toBeNull()
    expect(nearZero({ estimate: 0.1, variance: 1 }, 3)).toBe(true)
    expect(nearZero(a, 3)).toBe(false)
  })
})
