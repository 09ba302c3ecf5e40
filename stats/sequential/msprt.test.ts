import { describe, expect, it } from 'vitest'
import { type Random, seededRandom } from '../random.ts'
import { asymptoticP } from './asymptotic-cs.ts'
import {
  anytimeCoefficient, anytimeLogF, anytimeLogT, anytimeRadius, optimalG, pFromLogE,
} from './linear-model.ts'
import { msprt, msprtShares, msprtTau2 } from './msprt.ts'

describe('the mixture ratio test', () => {
  it('is the asymptotic sequence with ρ² = τ²/V', () => {
    const test = msprt({ pairs: 400, difference: 0.2, variance: 2 }, 0.05)
    expect(test?.pValue).toBeCloseTo(asymptoticP(0.2 / Math.sqrt(2 / 400), (400 * 0.05) / 2), 12)
  })

  it('knows nothing without variance, claims nothing without pairs, and does not overflow', () => {
    expect(msprtShares(100, 0, 1, 0.01)).toBeNull()
    expect(msprt({ pairs: 0, difference: 0, variance: 1 }, 0.1)).toEqual({ logRatio: 0, pValue: 1 })
    expect(msprt({ pairs: 1e9, difference: 5, variance: 1 }, 0.1)?.pValue).toBe(0)
    expect(() => msprt({ pairs: 1, difference: 0, variance: -1 }, 0.1)).toThrow(/variance/)
    expect(() => msprt({ pairs: 1, difference: 0, variance: 1 }, 0)).toThrow(/tau2/)
    expect(() => msprtShares(10, 1.1, 0.5, 1)).toThrow(/shareA/)
  })

  it('tunes to any horizon and noise: continuous where the tail is expanded, above 0 for the smallest noise', () => {
    // b = 25 is where Mills' ratio is expanded
    const horizon = ((2 * Math.log(20)) / 25) ** 2
    expect(msprtTau2(0.05, 1, horizon * 1.0001) / msprtTau2(0.05, 1, horizon * 0.9999)).toBeCloseTo(1, 3)
    expect(msprtTau2(0.05, 1e-6, 10_000)).toBeGreaterThan(0)
    expect(() => msprtTau2(0.05, 0, 10)).toThrow(/deviation/)
  })
})

describe('the linear model', () => {
  it('has an interval that touches 0 exactly when the p-value is α', () => {
    for (const [degrees, n, g] of [[8, 10, 2], [98, 100, 12], [100_000, 100_002, 900]] as const) {
      const radius = anytimeRadius(degrees, n, g, 0.05)
      expect(pFromLogE(anytimeLogT(radius, degrees, n, g))).toBeCloseTo(0.05, 10)
    }
    expect(anytimeLogF(9, 1, 50, 60, 3)).toBe(anytimeLogT(3, 50, 60, 3))
  })

  it('excludes nothing while there are too few degrees of freedom', () => {
    const fitted = { estimate: 5, se: 0.1, n: 3, coefficients: 2 }
    expect(anytimeCoefficient(fitted, { g: 100, alpha: 0.05 })).toMatchObject({ lower: -Infinity, upper: Infinity })
    expect(anytimeCoefficient(fitted, { g: 100, alpha: 0.05 }).pValue).toBeGreaterThan(0.05)
  })

  it('is narrowest with the optimal g, also for few degrees of freedom', () => {
    for (const [n, k] of [[4, 2], [100, 8], [1_000_000, 3]] as const) {
      const best = optimalG(n, k, 0.05)
      const at = (g: number): number => anytimeRadius(n - k, n, g, 0.05)
      expect(at(best)).toBeLessThanOrEqual(at(best * 1.1))
      expect(at(best)).toBeLessThanOrEqual(at(best * 0.9))
    }
  })

  it('names what it refuses', () => {
    expect(() => optimalG(5, 5, 0.05)).toThrow(/n must/)
    expect(() => optimalG(5, 0, 0.05)).toThrow(/coefficients/)
    expect(() => anytimeLogF(-1, 1, 5, 5, 1)).toThrow(/f must/)
    expect(() => anytimeLogF(1, 0, 5, 5, 1)).toThrow(/effects/)
    expect(() => anytimeRadius(5, 7, 0, 0.05)).toThrow(/g must/)
    expect(() => anytimeCoefficient({ estimate: 1, se: 0, n: 9, coefficients: 1 }, { g: 1, alpha: 0.05 })).toThrow(/se/)
  })
})

describe('a coefficient looked at after every unit from the fourth on, normal errors, no effect', () => {
  /** Smallest anytime p-value, and largest |t|, of the mean of a stream. */
  const extremes = (random: Random) => {
    let [n, sum, squares, smallest, largest] = [0, 0, 0, 1, 0]
    while (n < 400) {
      const x = random.normal()
      n++
      sum += x
      squares += x * x
      if (n < 4) continue
      const se = Math.sqrt((squares - (sum * sum) / n) / (n - 1) / n)
      const t = sum / n / se
      smallest = Math.min(smallest, pFromLogE(anytimeLogT(t, n - 1, n, 10)))
      largest = Math.max(largest, Math.abs(t))
    }
    return { smallest, largest }
  }

  it('errs in fewer than alpha of the runs from the very first units on; |t| ≥ 1.96 does not', () => {
    const runs = Array.from({ length: 400 }, (_, seed) => extremes(seededRandom(seed)))
    const share = (holds: (run: { smallest: number; largest: number }) => boolean): number =>
      runs.filter(holds).length / runs.length
    expect(share((run) => run.smallest <= 0.05)).toBeLessThan(0.05)
    expect(share((run) => run.smallest <= 0.2)).toBeGreaterThan(0.02)
    expect(share((run) => run.largest >= 1.96)).toBeGreaterThan(0.3)
  })
})
