import { describe, expect, it } from 'vitest'
import { seededRandom } from '../random.ts'
import {
  averageEvidence, benjaminiHochberg, benjaminiYekutieli, calibrate, calibrateMixture, eBenjaminiHochberg, holm, logPOf,
} from './index.ts'

const pValues = [0.04, 0.001, 0.3, 0.012, 1]

describe('adjusted p-values', () => {
  it('come in the order given and reject what the step procedures reject', () => {
    const adjusted = holm(pValues)
    expect(adjusted).toEqual([0.12, 0.005, 0.6, 0.048, 1].map((p) => expect.closeTo(p, 12)))
    expect(benjaminiHochberg(pValues)).toEqual([0.2 / 3, 0.005, 0.375, 0.03, 1].map((p) => expect.closeTo(p, 12)))
    const factor = 1 + 1 / 2 + 1 / 3 + 1 / 4 + 1 / 5
    expect(benjaminiYekutieli(pValues)[1]).toBeCloseTo(0.005 * factor, 12)
  })

  it('are never below the raw ones, nor above 1, and are themselves for one test', () => {
    for (const adjust of [holm, benjaminiHochberg, benjaminiYekutieli]) {
      for (const [index, p] of adjust(pValues).entries()) {
        expect(p).toBeGreaterThanOrEqual(pValues[index]!)
        expect(p).toBeLessThanOrEqual(1)
      }
      expect(adjust([0.03])).toEqual([0.03])
      expect(adjust([])).toEqual([])
      expect(adjust([0, 0, 1])).toEqual([0, 0, 1])
    }
    expect(() => holm([0.1, 1.2])).toThrow('pValues[1]')
    expect(() => benjaminiHochberg([Number.NaN])).toThrow('pValues[0]')
  })

  it('Holm keeps the chance of any false rejection under strong dependence', () => {
    const { uniform } = seededRandom(7)
    let wrong = 0
    for (let run = 0; run < 4_000; run++) {
      const shared = uniform()
      // four copies of one test and two of its own: all null
      if (holm([shared, shared, shared, shared, uniform(), uniform()]).some((p) => p <= 0.05)) wrong++
    }
    expect(wrong / 4_000).toBeLessThan(0.05)
    expect(wrong).toBeGreaterThan(0)
  })
})

describe('e-values', () => {
  it('e-BH rejects at equality, in the order given, and nothing when nothing suffices', () => {
    const { rejected, count, threshold } = eBenjaminiHochberg([1, 30, 5, 100, 50].map(Math.log), 0.1)
    expect({ rejected, count }).toEqual({ rejected: [false, true, false, true, true], count: 3 })
    expect(threshold).toBeCloseTo(5 / 0.3, 12)
    expect(eBenjaminiHochberg([Math.log(20), -Infinity], 0.1)).toMatchObject({ count: 1, rejected: [true, false] })
    expect(eBenjaminiHochberg([Math.log(19)], 0.05)).toEqual({ rejected: [false], count: 0, threshold: null })
    expect(eBenjaminiHochberg([], 0.05).count).toBe(0)
    // far beyond what a double can hold
    expect(eBenjaminiHochberg([2_000, 2.9], 0.05)).toMatchObject({ count: 1, rejected: [true, false] })
    expect(() => eBenjaminiHochberg([Number.NaN], 0.05)).toThrow('logEvidence[0]')
    expect(() => eBenjaminiHochberg([1], 0)).toThrow('alpha')
  })

  it('average in logarithms, by weight', () => {
    expect(averageEvidence([Math.log(4), Math.log(2)])).toBeCloseTo(Math.log(3), 14)
    expect(averageEvidence([Math.log(4), Math.log(2)], [1, 3])).toBeCloseTo(Math.log(2.5), 14)
    expect(averageEvidence([1_000, 0])).toBeCloseTo(1_000 - Math.LN2, 10)
    expect(averageEvidence([-Infinity, -Infinity])).toBe(-Infinity)
    expect(averageEvidence([5_000, 1], [0, 2])).toBe(1)
    expect(() => averageEvidence([])).toThrow('logEvidence')
    expect(() => averageEvidence([1], [-1])).toThrow('weights[0]')
    expect(() => averageEvidence([1, 2], [0, 0])).toThrow('weights')
  })

  it('calibrators are e-values: their mean over a uniform p is 1', () => {
    const powers = [0.5, 0.8].map((kappa) => (logP: number) => calibrate(logP, kappa))
    for (const evidence of [...powers, calibrateMixture]) {
      // over t = −log p, p being uniform: the integral of e(p)·e^(−t)
      let mean = 0
      for (let at = -45; at < 15; at += 0.01) mean += 0.01 * Math.exp(evidence(-Math.exp(at)) - Math.exp(at) + at)
      // the mixture keeps 1/t of its mass beyond t: 3e-7 beyond e^15
      expect(mean).toBeCloseTo(1, 6)
    }
  })

  it('calibrators hold their digits at both ends', () => {
    expect(calibrate(Math.log(0.01))).toBeCloseTo(Math.log(5), 14)
    const log = Math.log(0.01)
    expect(calibrateMixture(log)).toBeCloseTo(Math.log((0.99 + 0.01 * log) / (0.01 * log ** 2)), 12)
    expect(calibrateMixture(0)).toBeCloseTo(-Math.LN2, 14)
    expect(calibrateMixture(-1e-9)).toBeCloseTo(-Math.LN2, 8)
    expect(calibrateMixture(-0.02 - 1e-12)).toBeCloseTo(calibrateMixture(-0.02 + 1e-12), 10)
    expect(calibrateMixture(-5_000)).toBeCloseTo(5_000 - 2 * Math.log(5_000), 8)
    expect(calibrate(-Infinity)).toBe(Infinity)
    expect(logPOf(Math.log(20))).toBeCloseTo(Math.log(0.05), 14)
    expect(logPOf(-3)).toBe(0)
    expect(() => calibrate(0.1)).toThrow('logP')
  })
})
