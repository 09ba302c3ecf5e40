import { describe, expect, it } from 'vitest'
import { chiSquareSurvival, normalCdf, regularisedGammaLower } from './special/index.ts'
import { type Random, seededRandom, splitMix64, xoshiro128 } from './random.ts'

const draws = (count: number, draw: (random: Random) => number, seed = 1): number[] => {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => draw(random))
}

/** Chi-square p-value that values mapped by their own cdf are uniform over 50 bins. */
const uniformity = (values: readonly number[]): number => {
  const bins = Array.from({ length: 50 }, () => 0)
  for (const value of values) {
    const bin = Math.min(49, Math.floor(value * 50))
    bins[bin] = (bins[bin] ?? 0) + 1
  }
  const expected = values.length / 50
  return chiSquareSurvival(bins.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0), 49)
}

describe('generators', () => {
  it('SplitMix64 gives its published sequence', () => {
    const next = splitMix64(1234567n)
    expect([next(), next(), next()]).toEqual([6457827717110365317n, 3203168211198807973n, 9817491932198370423n])
  })

  it('xoshiro128** gives its published sequence', () => {
    const next = xoshiro128([1, 2, 3, 4])
    expect(Array.from({ length: 8 }, next)).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849,
    ])
  })

  it('repeats for the same seed and differs for another', () => {
    expect(draws(5, (r) => r.normal(), 7)).toEqual(draws(5, (r) => r.normal(), 7))
    expect(draws(5, (r) => r.normal(), 7)).not.toEqual(draws(5, (r) => r.normal(), 8))
    expect(() => seededRandom(0.5)).toThrow(/seed/)
  })
})

describe('draws follow their distributions', () => {
  const n = 50_000
  it.each<[string, number[]]>([
    ['uniform', draws(n, (r) => r.uniform())],
    ['normal', draws(n, (r) => normalCdf(r.normal()))],
    ['exponential', draws(n, (r) => 1 - Math.exp(-r.exponential()))],
    ['gamma 0.3', draws(n, (r) => regularisedGammaLower(0.3, r.gamma(0.3)))],
    ['gamma 4.5', draws(n, (r) => regularisedGammaLower(4.5, r.gamma(4.5)))],
    ['beta (1, 3)', draws(n, (r) => 1 - (1 - r.beta(1, 3)) ** 3)],
    ['beta (0.5, 0.5)', draws(n, (r) => (2 / Math.PI) * Math.asin(Math.sqrt(r.beta(0.5, 0.5))))],
  ])('%s', (_, values) => {
    expect(uniformity(values)).toBeGreaterThan(1e-4)
  })

  it('beta with tiny shapes stays in [0, 1]', () => {
    const values = draws(1_000, (r) => r.beta(1e-3, 1e-3))
    expect(values.every((value) => value >= 0 && value <= 1)).toBe(true)
  })
})
