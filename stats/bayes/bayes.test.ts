import { describe, expect, it } from 'vitest'
import { mergeCentred, noUnits, pushUnit } from '../moments/centred.ts'
import { drawsFrom, seededRandom } from '../random.ts'
import {
  type BetaPosterior, type NormalInverseGamma, type Posterior, credibleInterval, effectBelief, expectedGain,
  meanPosterior, posteriorMean, probabilityBest, probabilityExceeds, uniformShare, updateBeta, updateGamma,
  updateNormal,
} from './index.ts'

const beta = (a: number, b: number): BetaPosterior => ({ family: 'beta', a, b })
const flat: NormalInverseGamma = { mean: 0, weight: 0.01, shape: 1, scale: 1 }

describe('updates', () => {
  it('count', () => {
    expect(updateBeta(uniformShare, 10, 3)).toEqual(beta(4, 8))
    expect(updateGamma({ family: 'gamma', shape: 2, rate: 1 }, 7, 20)).toEqual({ family: 'gamma', shape: 9, rate: 21 })
    expect(updateNormal(flat)).toEqual(flat)
  })

  it('give the same in one portion, in many, or merged before', () => {
    const { normal } = drawsFrom(seededRandom(3).uniform)
    const values = Array.from({ length: 60 }, () => 1_000 + normal())
    const all = values.reduce((state, value) => pushUnit(state, value), noUnits)
    const parts = [values.slice(0, 1), values.slice(1, 40), values.slice(40)]
      .map((part) => part.reduce((state, value) => pushUnit(state, value), noUnits))
    const whole = updateNormal(flat, all)
    const stepwise = parts.reduce((belief, part) => updateNormal(belief, part), flat)
    const merged = updateNormal(flat, parts.reduce(mergeCentred, noUnits))
    for (const other of [stepwise, merged]) {
      expect(other.mean).toBeCloseTo(whole.mean, 9)
      expect(other.scale).toBeCloseTo(whole.scale, 6)
      expect([other.weight, other.shape]).toEqual([whole.weight, whole.shape])
    }
  })

  it('find the truth, with an interval that says how well', () => {
    const { normal } = drawsFrom(seededRandom(11).uniform)
    let missed = 0
    for (let run = 0; run < 400; run++) {
      const units = Array.from({ length: 30 }, () => 5 + 2 * normal()).reduce((s, x) => pushUnit(s, x), noUnits)
      const { lower, upper } = credibleInterval(meanPosterior(updateNormal({ ...flat, weight: 1e-6 }, units)), 0.9)
      if (lower > 5 || upper < 5) missed++
    }
    expect(missed / 400).toBeGreaterThan(0.05)
    expect(missed / 400).toBeLessThan(0.15)
  })

  it('name the argument they refuse', () => {
    expect(() => updateBeta(uniformShare, 3, 4)).toThrow(/successes must/)
    expect(() => updateGamma({ family: 'gamma', shape: 1, rate: 1 }, -1, 1)).toThrow(/events must/)
    expect(() => updateNormal({ ...flat, weight: 0 })).toThrow(/weight must/)
    expect(() => updateNormal(flat, { n: 1.5, meanX: 0, devXX: 0 })).toThrow(/n must/)
  })
})

describe('probabilityExceeds', () => {
  it('sums, quadrature and symmetry agree', () => {
    for (const [a, b] of [
      [beta(3, 9), beta(4, 7)], [beta(50, 51), beta(60, 41)], [beta(0.5, 12), beta(2, 0.7)],
      [beta(300, 4), beta(290.5, 7)], [beta(1, 5_000), beta(9, 20_000)],
    ] as const) {
      const chance = probabilityExceeds(a, b)
      expect(chance).toBeCloseTo(probabilityBest([a, b]).probability[0] ?? Number.NaN, 11)
      expect(chance + probabilityExceeds(b, a)).toBeCloseTo(1, 11)
    }
    const slow: Posterior = { family: 'gamma', shape: 11, rate: 10 }
    const fast: Posterior = { family: 'gamma', shape: 150, rate: 99 }
    const quadrature = probabilityBest([slow, fast]).probability[0] ?? Number.NaN
    expect(probabilityExceeds(slow, fast)).toBeCloseTo(quadrature, 11)
  })

  it('keeps equals at one half, at any count, and certainties apart', () => {
    for (const count of [1e-9, 0.5, 1, 7, 900, 1e5, 1e9]) {
      expect(probabilityExceeds(beta(count, count), beta(count, count))).toBeCloseTo(0.5, 10)
    }
    const sure = (mean: number): Posterior => ({ family: 'normal', mean, sd: 0 })
    expect([1, 2, 0].map((mean) => probabilityExceeds(sure(mean), sure(1)))).toEqual([0.5, 1, 0])
  })
})

describe('credibleInterval', () => {
  it('is the quantiles', () => {
    expect(credibleInterval(beta(1, 1), 0.9).lower).toBeCloseTo(0.05, 14)
    expect(credibleInterval(beta(1, 1), 0.9).upper).toBeCloseTo(0.95, 14)
    expect(credibleInterval({ family: 'gamma', shape: 1, rate: 2 }, 0.5).lower).toBeCloseTo(-Math.log(0.75) / 2, 14)
    expect(credibleInterval({ family: 'normal', mean: 3, sd: 2 }).upper).toBeCloseTo(3 + 2 * 1.959963984540054, 13)
  })

  it('is a point for a certainty, and says no mean where there is none', () => {
    expect(credibleInterval({ family: 'student', center: 4, scale: 0, degrees: 1e-9 })).toEqual({ lower: 4, upper: 4 })
    expect(credibleInterval({ family: 'normal', mean: 4, sd: 0 })).toEqual({ lower: 4, upper: 4 })
    expect(posteriorMean({ family: 'student', center: 4, scale: 1, degrees: 1 })).toBeNull()
    expect([posteriorMean(beta(1, 3)), posteriorMean({ family: 'gamma', shape: 6, rate: 2 })]).toEqual([0.25, 3])
    expect(() => credibleInterval(beta(1, 1), 1)).toThrow(/level must/)
  })
})

describe('effects', () => {
  it('losses of both choices differ by the effect, and stay positive far out', () => {
    for (const z of [-60, -31, -29, -5, -0.1, 0, 2, 29, 31]) {
      expect(expectedGain(z, 1) - expectedGain(-z, 1)).toBeCloseTo(z, 12)
      expect(expectedGain(z, 1)).toBeGreaterThanOrEqual(0)
    }
    // both sides of the switch to the series, relative to the integral ∫ P(Z > t) dt
    expect(expectedGain(-30 + 1e-9, 1) / expectedGain(-30 - 1e-9, 1) - 1).toBeLessThan(1e-6)
    expect(expectedGain(-38, 1)).toBeGreaterThan(0)
    expect([expectedGain(2, 0), expectedGain(-2, 0)]).toEqual([2, 0])
  })

  it('turn round when less is better, and lean on a prior', () => {
    const effect = { estimate: -0.02, variance: 1e-4 }
    const less = effectBelief(effect, null, 'lowest')
    expect(less.chanceToWin).toBeCloseTo(0.977249868, 9)
    expect(less.risk.keepControl).toBeCloseTo(expectedGain(0.02, 0.01), 15)
    const shrunk = effectBelief(effect, { estimate: 0, variance: 1e-4 })
    expect(shrunk.mean).toBeCloseTo(-0.01, 15)
    expect(shrunk.sd).toBeCloseTo(Math.sqrt(0.5e-4), 15)
  })

  it('are what they are when nothing varies', () => {
    expect(effectBelief({ estimate: 0, variance: 0 })).toEqual({
      mean: 0, sd: 0, lower: 0, upper: 0, chanceToWin: 0.5, risk: { keepControl: 0, shipTreatment: 0 },
    })
    expect(effectBelief({ estimate: 0.1, variance: 0 })).toMatchObject({ chanceToWin: 1, lower: 0.1, upper: 0.1 })
  })
})
