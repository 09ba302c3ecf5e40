import { describe, expect, it } from 'vitest'
import { probabilityBest } from '../bayes/index.ts'
import { momentsOf } from '../moments/moments.ts'
import { seededRandom } from '../random.ts'
import { binaryOutcomes, linearDrift, simulateBandit } from '../simulate/index.ts'
import { jointBest } from './chances.ts'
import { discountFactor, cappedCounts, priorCounts, rememberedCounts } from './discount.ts'
import { type EffectEpoch, effectPosterior, pooledVariance } from './effects.ts'
import { laiRobbinsConstant } from './lai-robbins.ts'
import { compositeMoments, countsOf, linearisedMoments } from './objective.ts'
import { pooledPosterior } from './pooled.ts'

const cell = (n: number, mean: number) => ({ n, sum: n * mean, sumSquares: n * (mean * mean + 0.2) })
const gap = ({ mean }: { mean: number[] }) => (mean[1] ?? 0) - (mean[0] ?? 0)

describe('effectPosterior', () => {
  it('is the difference within epochs, whatever their levels, where pooling would reverse it', () => {
    // arm 1 is better by .1 everywhere, but got its units while the level was low
    const epochs: EffectEpoch[] = [
      { age: 1, arms: [cell(900, 0.6), cell(100, 0.7)] }, { age: 0, arms: [cell(100, 0.2), cell(900, 0.3)] },
    ]
    expect(gap(effectPosterior(epochs, 0.2, {}, 1e-9))).toBeCloseTo(0.1, 9)
    expect(jointBest(effectPosterior(epochs, 0.2)).probability[1]).toBeGreaterThan(0.99)
    const pooled = [0, 1].map((arm) => epochs.reduce((s, { arms }) => s + (arms[arm]?.sum ?? 0), 0) / 1_000)
    expect((pooled[1] ?? 0) - (pooled[0] ?? 0)).toBeLessThan(-0.1)
  })

  it('has the variance of weighted least squares: σ²/Σ n_a n_b/(n_a + n_b)', () => {
    const { covariance: c } = effectPosterior([{ age: 0, arms: [cell(300, 0), cell(100, 0)] }], 0.2, {}, 1e-9)
    const variance = (c[0]?.[0] ?? 0) + (c[1]?.[1] ?? 0) - 2 * (c[0]?.[1] ?? 0)
    expect(variance).toBeCloseTo(0.2 / ((300 * 100) / 400), 6)
  })

  it('learns nothing from an epoch with a single arm, and believes in equality then', () => {
    const posterior = effectPosterior([{ age: 0, arms: [cell(500, 0.9), cell(0, 0)] }], 0.2)
    expect(gap(posterior)).toBeCloseTo(0, 12)
    expect(jointBest(posterior).probability[0]).toBeCloseTo(0.5, 12)
  })

  it('forgets by half-life, window and cap', () => {
    const epochs: EffectEpoch[] = [
      { age: 10, arms: [cell(1_000, 0.5), cell(1_000, 0.6)] }, { age: 0, arms: [cell(1_000, 0.5), cell(1_000, 0.4)] },
    ]
    expect(gap(effectPosterior(epochs, 0.2))).toBeCloseTo(0, 12)
    expect(gap(effectPosterior(epochs, 0.2, { halfLife: 2 }))).toBeLessThan(-0.09)
    expect(gap(effectPosterior(epochs, 0.2, { window: 5 }))).toBeCloseTo(-0.1, 3)
    const [wide, narrow] = [effectPosterior(epochs, 0.2, { cap: 100 }), effectPosterior(epochs, 0.2)]
    expect(wide.covariance[0]?.[0]).toBeGreaterThan(narrow.covariance[0]?.[0] ?? Infinity)
    expect(() => effectPosterior(epochs, 0)).toThrow(/variance/)
  })

  it('sends traffic to the better arm of a falling baseline more often than pooled posteriors do', () => {
    const lost = (posterior: 'epochs' | 'pooled') =>
      Array.from({ length: 60 }, (_, seed) =>
        simulateBandit({
          arms: [binaryOutcomes(0.5), binaryOutcomes(0.55)], batches: 15, batchSize: 200, seed, posterior,
          drift: linearDrift(-0.3), floor: 0.02,
        }),
      ).filter((epochs) => (epochs.at(-1)?.arms[1]?.propensity ?? 0) < 0.6).length
    expect(lost('epochs')).toBeLessThan(lost('pooled'))
  })
})

describe('one epoch', () => {
  it('gives the pooled posterior, which the effects agree with when there is much data', () => {
    const counts = [{ n: 4_000, sum: 1_200, sumSquares: 1_200 }, { n: 4_000, sum: 1_260, sumSquares: 1_260 }]
    const pooled = probabilityBest(counts.map((one) => pooledPosterior(one, 'share'))).probability
    const prior = { mean: 0.3, sd: 0.45 }
    const student = probabilityBest(counts.map((one) => pooledPosterior(one, 'mean', prior))).probability
    const epochs = [{ age: 0, arms: counts }]
    const joint = jointBest(effectPosterior(epochs, pooledVariance(epochs) ?? 1)).probability
    expect(joint[1]).toBeCloseTo(pooled[1] ?? 0, 2)
    expect(student[1]).toBeCloseTo(pooled[1] ?? 0, 2)
  })

  it('has no variance of its own without two units that differ', () => {
    expect(pooledVariance([])).toBeNull()
    expect(pooledVariance([{ age: 0, arms: [{ n: 5, sum: 5, sumSquares: 5 }] }])).toBeNull()
  })
})

describe('pseudo-counts', () => {
  it('halve with every half-life and end at the window', () => {
    expect(discountFactor(3, 3)).toBe(0.5)
    expect(discountFactor(100, null)).toBe(1)
    const counts = { n: 100, sum: 30, sumSquares: 30 }
    const history = [{ age: 0, counts }, { age: 2, counts }, { age: 9, counts }]
    expect(rememberedCounts(history).n).toBe(300)
    expect(rememberedCounts(history, { halfLife: 2, window: 9 }).n).toBe(150)
  })

  it('are capped without moving the mean', () => {
    const counts = { n: 5_000, sum: 500, sumSquares: 500 }
    expect(cappedCounts(counts, 1_000)).toEqual({ n: 1_000, sum: 100, sumSquares: 100 })
    expect(priorCounts(counts, 0.1).n).toBe(500)
    expect(priorCounts(counts, 0.1, 50).sum).toBe(5)
    expect(() => priorCounts({ n: 1, sum: 1, sumSquares: 1 }, 2)).toThrow(/discount/)
  })
})

describe('objectives', () => {
  it('price cost into quality exactly as doing it per unit would', () => {
    const random = seededRandom(3)
    const units = Array.from({ length: 40 }, () => [random.uniform(), 2 + random.uniform()] as const)
    const told = compositeMoments(momentsOf(units), 0.3)
    const direct = momentsOf(units.map(([quality, cost]) => [quality - 0.3 * cost, 1] as const))
    expect(told.sumX).toBeCloseTo(direct.sumX, 10)
    expect(told.sumXX).toBeCloseTo(direct.sumXX, 10)
    expect(told.sumYY).toBe(40)
  })

  it('turn a ratio into per-unit values with its variance, and a worse into a lower one', () => {
    const m = momentsOf([[2, 1], [3, 2], [4, 4]])
    const linear = linearisedMoments(m, 9 / 7, 7 / 3)
    expect(linear?.sumX).toBeCloseTo(0, 12)
    expect(linearisedMoments(m, 1, 0)).toBeNull()
    expect(countsOf(m, 'decrease').sum).toBe(-9)
  })
})

describe('laiRobbinsConstant', () => {
  it('counts no arm twice and ignores ties with the best', () => {
    expect(laiRobbinsConstant([0.5, 0.5])).toBe(0)
    expect(laiRobbinsConstant([0.5, 0.4, 0.4])).toBeCloseTo(2 * laiRobbinsConstant([0.5, 0.4]), 12)
    expect(() => laiRobbinsConstant([1, 0.5])).toThrow(/means\[0\]/)
  })
})
