import { describe, expect, it } from 'vitest'
import {
  chiSquareSurvival, erfc, lambertMinusOne, lambertMinusOneLog, logErfc, logGamma, normalCdf, normalLogCdf,
  normalQuantile, normalQuantileLog, normalSurvival, regularisedGammaLower, regularisedGammaUpper,
} from './index.ts'

const relative = (got: number, want: number): number => Math.abs(got / want - 1)

describe('erfc', () => {
  it('joins its two halves without a step', () => {
    expect(relative(erfc(1.5 - 1e-12), erfc(1.5 + 1e-12))).toBeLessThan(1e-11)
    expect(erfc(-Infinity)).toBe(2)
    expect(erfc(Infinity)).toBe(0)
    expect(() => erfc(Number.NaN)).toThrow(RangeError)
  })

  it('keeps its logarithm where the value itself underflows', () => {
    // asymptotic series: erfc(x) ~ exp(-x²)/(x√π) (1 - 1/(2x²) + 3/(4x⁴))
    const x = 100
    const series = -x * x - Math.log(x * Math.sqrt(Math.PI)) + Math.log1p(-1 / (2 * x * x) + 3 / (4 * x ** 4))
    expect(erfc(x)).toBe(0)
    expect(relative(logErfc(x), series)).toBeLessThan(1e-13)
  })
})

describe('normal distribution', () => {
  it.each([1e-300, 1e-100, 1e-16, 1e-9, 0.003, 0.2, 0.4999, 0.5001, 0.9])('quantile inverts the cdf at %d', (p) => {
    expect(relative(normalCdf(normalQuantile(p)), p)).toBeLessThan(1e-12)
  })

  it('is symmetric, and its upper tail does not vanish', () => {
    expect(normalSurvival(9)).toBe(normalCdf(-9))
    expect(normalSurvival(9)).toBeGreaterThan(0)
    expect(normalQuantile(0.975)).toBeCloseTo(-normalQuantile(0.025), 13)
    expect(normalQuantile(0.5)).toBe(0)
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity])
  })

  it('solves tails that no double can hold', () => {
    expect(normalLogCdf(normalQuantileLog(-1e6))).toBeCloseTo(-1e6, 6)
  })

  it('names the argument it refuses', () => {
    expect(() => normalQuantile(1.5)).toThrow(/probability/)
    expect(() => normalQuantileLog(0)).toThrow(/logProbability/)
  })
})

describe('gamma functions', () => {
  it('log-gamma follows its recurrence over nine decades', () => {
    for (const x of [0.01, 0.5, 1, 2.5, 6.9, 7.1, 1e3, 1e6]) {
      expect(Math.abs(logGamma(x + 1) - logGamma(x) - Math.log(x))).toBeLessThan(1e-14 * (1 + Math.abs(logGamma(x))))
    }
  })

  it('the two incomplete parts sum to one on both sides of the switch', () => {
    for (const x of [3, 5.9, 6.1, 20]) {
      expect(regularisedGammaLower(5, x) + regularisedGammaUpper(5, x)).toBeCloseTo(1, 14)
    }
    expect(regularisedGammaLower(5, 0)).toBe(0)
    expect(regularisedGammaUpper(5, 0)).toBe(1)
  })

  it('chi-square with two degrees is exponential, far into the tail', () => {
    expect(relative(chiSquareSurvival(1_000, 2), Math.exp(-500))).toBeLessThan(1e-12)
    expect(() => chiSquareSurvival(-1, 2)).toThrow(/statistic/)
  })
})

describe('Lambert W, branch -1', () => {
  it.each([-0.3678, -0.2, -1e-5, -1e-300])('w e^w gives %d back', (x) => {
    const w = lambertMinusOne(x)
    expect(w).toBeLessThanOrEqual(-1)
    expect(relative(w * Math.exp(w), x)).toBeLessThan(1e-12)
  })

  it('starts at the branch point and refuses what lies outside', () => {
    expect(lambertMinusOne(-1 / Math.E)).toBe(-1)
    expect(lambertMinusOneLog(-1)).toBe(-1)
    expect(() => lambertMinusOne(0)).toThrow(RangeError)
    expect(() => lambertMinusOneLog(-0.5)).toThrow(/logMinusX/)
  })
})
