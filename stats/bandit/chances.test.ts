import { describe, expect, it } from 'vitest'
import { probabilityBest } from '../bayes/index.ts'
import { cholesky } from '../matrix/index.ts'
import { seededRandom } from '../random.ts'
import { normalQuantile, normalSurvival } from '../special/index.ts'
import { jointBest } from './chances.ts'
import { type EffectEpoch, effectPosterior } from './effects.ts'
import { quickSurvival, quickUpperQuantile } from './quick-normal.ts'

const diagonal = (sds: readonly number[]) => sds.map((sd, i) => sds.map((_, j) => (i === j ? sd * sd : 0)))

describe('jointBest', () => {
  it.each([2, 3, 5, 10])('is the exact quadrature when %d arms are independent', (arms) => {
    const random = seededRandom(arms)
    const mean = Array.from({ length: arms }, () => random.normal())
    const sds = mean.map(() => 0.3 + 2 * random.uniform())
    const told = jointBest({ mean, covariance: diagonal(sds) })
    const exact = probabilityBest(mean.map((value, arm) => ({ family: 'normal', mean: value, sd: sds[arm] ?? 1 })))
    for (const arm of mean.keys()) {
      expect(told.probability[arm]).toBeCloseTo(exact.probability[arm] ?? 0, 8)
      expect(told.expectedLoss[arm]).toBeCloseTo(exact.expectedLoss[arm] ?? 0, 8)
    }
    expect(told.error).toBe(0)
  })

  it('ignores what all arms share, which no comparison sees', () => {
    const covariance = diagonal([1, 0.5, 0.8]).map((row) => row.map((value) => value + 7))
    const [alone, shared] = [diagonal([1, 0.5, 0.8]), covariance].map((c) =>
      jointBest({ mean: [0.1, 0.3, 0], covariance: c }),
    )
    for (const arm of [0, 1, 2]) expect(shared?.probability[arm]).toBeCloseTo(alone?.probability[arm] ?? 0, 7)
  })

  it('agrees with posterior draws when arms are correlated, within three of its standard errors and theirs', () => {
    const mean = [0, 0.2, 0.1, -0.3, 0.05]
    const random = seededRandom(8)
    const loadings = mean.map(() => [random.normal(), random.normal(), random.normal()])
    const covariance = mean.map((_, i) =>
      mean.map((__, j) =>
        (loadings[i] ?? []).reduce((s, v, k) => s + 0.3 * v * (loadings[j]?.[k] ?? 0), i === j ? 0.2 : 0),
      ),
    )
    const told = jointBest({ mean, covariance })
    const factor = cholesky(covariance)
    const draws = 60_000
    const wins = mean.map(() => 0)
    let highest = 0
    for (let draw = 0; draw < draws; draw++) {
      const z = mean.map(() => random.normal())
      const values = mean.map((m, i) => (factor[i] ?? []).reduce((s, v, k) => s + v * (z[k] ?? 0), m))
      const best = Math.max(...values)
      highest += best / draws
      const winner = values.indexOf(best)
      wins[winner] = (wins[winner] ?? 0) + 1 / draws
    }
    for (const arm of mean.keys()) {
      expect(Math.abs((told.probability[arm] ?? 0) - (wins[arm] ?? 0))).toBeLessThan(3 * told.error + 0.008)
      expect(Math.abs((told.expectedLoss[arm] ?? 0) - (highest - (mean[arm] ?? 0)))).toBeLessThan(0.02)
    }
    expect(told.error).toBeLessThan(0.002)
    expect(jointBest({ mean, covariance })).toEqual(told)
  })

  it('tells an error that further points confirm', () => {
    const random = seededRandom(6)
    const epochs: EffectEpoch[] = Array.from({ length: 6 }, () => ({
      age: 0,
      arms: Array.from({ length: 8 }, (_, arm) => {
        const n = 20 + Math.floor(400 * random.uniform() ** 3)
        return { n, sum: n * (0.3 + 0.01 * arm) + Math.sqrt(0.2 * n) * random.normal(), sumSquares: 0 }
      }),
    }))
    const posterior = effectPosterior(epochs, 0.2)
    const [quick, slow] = [jointBest(posterior, 1), jointBest(posterior, 1e-5)]
    for (const arm of posterior.mean.keys()) {
      const off = Math.abs((quick.probability[arm] ?? 0) - (slow.probability[arm] ?? 0))
      expect(off).toBeLessThan(4 * quick.error + 1e-6)
    }
    expect(slow.error).toBeLessThan(quick.error)
    expect(quick.probability.reduce((all, chance) => all + chance, 0)).toBeCloseTo(1, 10)
  })

  it('knows one arm, certainty and ties', () => {
    expect(jointBest({ mean: [3], covariance: [[1]] })).toEqual({ probability: [1], expectedLoss: [0], error: 0 })
    expect(jointBest({ mean: [1, 1], covariance: [[0, 0], [0, 0]] }).probability).toEqual([0.5, 0.5])
    const certain = jointBest({ mean: [9, 0, 0], covariance: diagonal([0.1, 0.1, 0.1]) })
    expect(certain.probability[0]).toBeCloseTo(1, 12)
    expect(certain.expectedLoss[0]).toBeCloseTo(0, 8)
    expect(certain.expectedLoss[1]).toBeCloseTo(9, 8)
    expect(() => jointBest({ mean: [], covariance: [] })).toThrow(/mean/)
    expect(() => jointBest({ mean: [0, Number.NaN], covariance: diagonal([1, 1]) })).toThrow(/mean\[1\]/)
  })
})

describe('the quick normal distribution', () => {
  it('agrees with the exact one', () => {
    for (let z = -8; z < 30; z += 0.37) expect(quickSurvival(z) / normalSurvival(z)).toBeCloseTo(1, 7)
    for (const p of [1e-200, 1e-20, 1e-6, 0.02, 0.3, 0.5, 0.9, 1 - 1e-9]) {
      expect(quickUpperQuantile(p)).toBeCloseTo(-normalQuantile(p), 9)
    }
    expect(quickSurvival(50)).toBe(0)
    expect(quickSurvival(-50)).toBe(1)
  })
})
