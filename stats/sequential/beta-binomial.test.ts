import { describe, expect, it } from 'vitest'
import { crossing } from '../crossing.ts'
import { seededRandom } from '../random.ts'
import { betaBinomial, betaBinomialBoundary, betaBinomialFor, betaBinomialLogMixture } from './beta-binomial.ts'
import { logIncompleteBeta } from './log-incomplete-beta.ts'
import { normalBoundary, normalLogMixture, normalMixture } from './normal-mixture.ts'

/** log(Σ P(k) e^{log M(k)}) over all outcomes of n draws: 0 for a martingale that starts at 1. */
const logMean = (share: number, n: number, sides: 1 | 2): number => {
  const mixture = betaBinomialFor(share, 50, 0.05, sides)
  let [sum, chance] = [0, (1 - share) ** n]
  for (let k = 0; k <= n; k++) {
    sum += chance * Math.exp(betaBinomialLogMixture(mixture, k - n * share, n * share * (1 - share)))
    chance *= ((n - k) / (k + 1)) * (share / (1 - share))
  }
  return Math.log(sum)
}

describe('the beta-binomial mixture', () => {
  it.each([0.02, 0.5, 0.9])('has mean exactly 1 over all outcomes of 40 draws at p = %d', (share) => {
    expect(logMean(share, 40, 2)).toBeCloseTo(0, 10)
    expect(logMean(share, 40, 1)).toBeCloseTo(0, 10)
  })

  it('reaches log(1/α) at its boundary, or says that no sum does', () => {
    const mixture = betaBinomialFor(0.95, 1_000)
    for (const n of [500, 3_000, 1e7]) {
      const v = 0.95 * 0.05 * n
      const bound = betaBinomialBoundary(mixture, v, 0.01)
      expect(betaBinomialLogMixture(mixture, bound, v)).toBeCloseTo(Math.log(100), 6)
    }
    expect(betaBinomialBoundary(mixture, 0.95 * 0.05 * 3, 0.01)).toBeCloseTo(3 * 0.05, 12)
    expect(betaBinomialBoundary(mixture, 0, 0.01)).toBe(0)
  })

  it('names what it refuses', () => {
    expect(() => betaBinomial({ g: 0, h: 1, vOpt: 1 })).toThrow(/g must/)
    expect(() => betaBinomial({ g: 1, h: 1, vOpt: 0 })).toThrow(/vOpt/)
    expect(() => betaBinomialFor(1, 10)).toThrow(/share/)
    expect(() => betaBinomialFor(0.5, 10, 0.6, 1)).toThrow(/alphaOpt/)
    expect(() => betaBinomialLogMixture(betaBinomialFor(0.5, 10), 3, 1)).toThrow(/s must/)
    expect(() => betaBinomialBoundary(betaBinomialFor(0.5, 10), 1, 0)).toThrow(/alpha/)
  })
})

describe('the ranks of a quantile, watched at every draw', () => {
  it('leave the boundary in fewer than alpha of the runs; a normal band at each look does not', () => {
    const [share, alpha, runs] = [0.9, 0.1, 300]
    const mixture = betaBinomialFor(share, 200, alpha)
    const mirrored = betaBinomialFor(1 - share, 200, alpha)
    const bounds = Array.from({ length: 1_001 }, (_, n) => {
      const v = n * share * (1 - share)
      return [-betaBinomialBoundary(mirrored, v, alpha), betaBinomialBoundary(mixture, v, alpha)] as const
    })
    let [left, naive] = [0, 0]
    for (let seed = 0; seed < runs; seed++) {
      const random = seededRandom(seed)
      let [sum, out, peeked] = [0, false, false]
      for (let n = 1; n <= 1_000; n++) {
        sum += (random.uniform() < share ? 1 : 0) - share
        const [lower, upper] = bounds[n] ?? [0, 0]
        out ||= sum > upper + 1e-9 || sum < lower - 1e-9
        peeked ||= n >= 50 && Math.abs(sum) > 1.645 * Math.sqrt(n * share * (1 - share))
      }
      if (out) left++
      if (peeked) naive++
    }
    expect(left / runs).toBeLessThan(alpha)
    expect(left).toBeGreaterThan(0)
    expect(naive / runs).toBeGreaterThan(0.3)
  })
})

describe('the normal mixture', () => {
  it('one-sided is tighter than two-sided at the same level, and both invert their martingale', () => {
    const [one, two] = [normalMixture(100, 0.05, 1), normalMixture(100, 0.05, 2)]
    expect(normalBoundary(one, 80, 0.05)).toBeLessThan(normalBoundary(two, 80, 0.05))
    for (const mixture of [one, two]) {
      const bound = normalBoundary(mixture, 80, 1e-12)
      expect(normalLogMixture(mixture, bound, 80)).toBeCloseTo(12 * Math.log(10), 9)
    }
    expect(normalLogMixture(one, -1_000, 80)).toBeLessThan(-5)
    expect(() => normalLogMixture(one, Number.NaN, 80)).toThrow(/s must/)
    expect(() => normalBoundary(two, -1, 0.05)).toThrow(/v must/)
  })
})

describe('logIncompleteBeta', () => {
  it('is the elementary integral where there is one, also where it underflows', () => {
    expect(logIncompleteBeta(3, 1, 0.2)).toBeCloseTo(3 * Math.log(0.2) - Math.log(3), 13)
    expect(logIncompleteBeta(2_000, 1, 0.2)).toBeCloseTo(2_000 * Math.log(0.2) - Math.log(2_000), 9)
    // ∫₀ˣ t^(a−1)(1 − t) dt
    expect(logIncompleteBeta(900, 2, 0.3)).toBeCloseTo(900 * Math.log(0.3) + Math.log(1 / 900 - 0.3 / 901), 9)
    expect(() => logIncompleteBeta(0, 1, 0.5)).toThrow(/a must/)
  })
})

describe('crossing', () => {
  it('finds the point down to neighbouring doubles, in either direction, also near 0', () => {
    expect(crossing((x) => x * x > 2, 0, 2)).toBeCloseTo(Math.SQRT2, 15)
    expect(crossing((x) => x < 1e-200, 1, 0)).toBeCloseTo(1e-200, 210)
    expect(crossing(() => false, 0, 1)).toBeCloseTo(1, 15)
  })
})
