import { describe, expect, it } from 'vitest'
import { momentsOf } from '../moments/moments.ts'
import { seededRandom } from '../random.ts'
import { simulateBandit } from './bandit.ts'
import { cyclicDrift, linearDrift, stepDrift } from './drift.ts'
import {
  type Outcomes, binaryOutcomes, latencyOutcomes, lognormalOutcomes, normalOutcomes, ratioOutcomes, shiftedOutcomes,
} from './outcomes.ts'

const ratioOf = (outcomes: Outcomes, shift = 0, units = 40_000): number => {
  const random = seededRandom(11)
  const m = momentsOf(Array.from({ length: units }, () => outcomes(random, shift)))
  return m.sumX / m.sumY
}

describe('outcomes', () => {
  it('have the means they are declared with, and move by their shift', () => {
    expect(ratioOf(binaryOutcomes(0.3), 0.1)).toBeCloseTo(0.4, 1)
    expect(Math.abs(ratioOf(lognormalOutcomes(20, 1)) - 20)).toBeLessThan(0.6)
    expect(Math.abs(ratioOf(lognormalOutcomes(20, 0.5), 5) - 25)).toBeLessThan(0.4)
    expect(Math.abs(ratioOf(normalOutcomes(-3, 1), 1) + 2)).toBeLessThan(0.03)
    const requests = ratioOutcomes(0.3, 3, 10, 0.02)
    expect(Math.abs(ratioOf(shiftedOutcomes(requests, 0.05)) - ratioOf(requests) - 0.05)).toBeLessThan(0.01)
    expect(Math.abs(ratioOf(latencyOutcomes(100), 30) - ratioOf(latencyOutcomes(100)) - 30)).toBeLessThan(1e-6)
  })

  it('make as many requests a unit as declared, at least one', () => {
    const random = seededRandom(2)
    const counts = Array.from({ length: 20_000 }, () => ratioOutcomes(0.5, 4)(random)[1])
    expect(Math.abs(counts.reduce((sum, n) => sum + n, 0) / counts.length - 4)).toBeLessThan(0.1)
    expect(Math.min(...counts)).toBe(1)
    expect(() => ratioOutcomes(0.5, 0.5)).toThrow(/perUnit/)
  })
})

describe('drift', () => {
  it('is told as a part of the run', () => {
    expect(linearDrift(0.2)(0.5)).toBe(0.1)
    expect(stepDrift(0.2, 0.7)(0.6)).toBe(0)
    expect(stepDrift(0.2, 0.7)(0.7)).toBe(0.2)
    expect(cyclicDrift(1, 2)(0.125)).toBeCloseTo(1, 12)
  })
})

describe('simulateBandit', () => {
  const run = {
    arms: [binaryOutcomes(0.2), binaryOutcomes(0.5), binaryOutcomes(0.3)],
    batches: 12, batchSize: 200, seed: 1, floor: 0.05,
  }

  it('replays from its seed, starts equal, keeps the floor and finds a clear winner', () => {
    const epochs = simulateBandit(run)
    expect(simulateBandit(run)).toEqual(epochs)
    expect(epochs[0]?.arms.map(({ propensity }) => propensity)).toEqual([1 / 3, 1 / 3, 1 / 3])
    for (const { arms } of epochs) {
      expect(arms.reduce((sum, { moments }) => sum + moments.n, 0)).toBe(200)
      expect(arms.reduce((sum, { propensity }) => sum + propensity, 0)).toBeCloseTo(1, 12)
      for (const { propensity } of arms) expect(propensity).toBeGreaterThanOrEqual(0.05 - 1e-12)
    }
    expect(epochs.at(-1)?.arms[1]?.propensity).toBeGreaterThan(0.8)
    expect(simulateBandit({ ...run, direction: 'decrease' }).at(-1)?.arms[0]?.propensity).toBeGreaterThan(0.5)
  })

  it('freezes means before the units they serve', () => {
    const [first, second] = simulateBandit({ ...run, prior: { x: 0.4 } })
    expect(first?.arms.map(({ frozenMean }) => frozenMean.x)).toEqual([0.4, 0.4, 0.4])
    const { n, sumX } = first?.arms[1]?.moments ?? { n: 0, sumX: 0 }
    expect(second?.arms[1]?.frozenMean.x).toBeCloseTo((0.4 + sumX) / (1 + n), 12)
  })

  it('splits evenly under uniform, whatever happens', () => {
    const last = simulateBandit({ ...run, algorithm: 'uniform' }).at(-1)
    for (const { propensity } of last?.arms ?? []) expect(propensity).toBeCloseTo(1 / 3, 12)
  })
})
