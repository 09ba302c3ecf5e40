import { describe, expect, it } from 'vitest'
import { cholesky, inverseFromCholesky } from '../matrix/index.ts'
import { seededRandom } from '../random.ts'
import { chooseContextual, contextualChances } from './contextual.ts'
import {
  type LinearState, drawCoefficients, linearPosterior, mergeLinear, noContexts, observeContext, predictedReward,
  upperConfidence,
} from './linear.ts'

const truth = [[0.5, 1, 0], [0.5, -1, 0.5]]
const random = seededRandom(1)
const context = () => [1, random.normal(), random.normal()]
const reward = (arm: number, x: readonly number[]) =>
  (truth[arm] ?? []).reduce((sum, beta, k) => sum + beta * (x[k] ?? 0), 0.5 * random.normal())

const learnt = (arm: number, units: number): LinearState =>
  Array.from({ length: units }).reduce<LinearState>((state) => {
    const x = context()
    return observeContext(state, x, reward(arm, x))
  }, noContexts(3))

describe('linear posterior', () => {
  const state = learnt(0, 2_000)

  it('recovers coefficients and noise', () => {
    const { mean, scale } = linearPosterior(state)
    for (const [k, beta] of (truth[0] ?? []).entries()) expect(Math.abs((mean[k] ?? 0) - beta)).toBeLessThan(0.06)
    expect(scale).toBeCloseTo(0.5, 1)
  })

  it('draws coefficients with covariance scale²·A⁻¹', () => {
    const posterior = linearPosterior(learnt(1, 5), 2)
    const inverse = inverseFromCholesky(posterior.factor)
    const draws = Array.from({ length: 20_000 }, () => drawCoefficients(posterior, random))
    const off = (draw: number[], k: number) => (draw[k] ?? 0) - (posterior.mean[k] ?? 0)
    const covariance = (i: number, j: number) =>
      draws.reduce((sum, draw) => sum + off(draw, i) * off(draw, j), 0) / draws.length
    for (const i of [0, 1, 2]) {
      for (const j of [0, 1, 2]) expect(Math.abs(covariance(i, j) - 4 * (inverse[i]?.[j] ?? 0))).toBeLessThan(0.08)
    }
  })

  it('merges as if all units had come to one place, and discounts data but never the ridge', () => {
    const [one, two] = [learnt(0, 20), learnt(0, 30)]
    const both = mergeLinear(one, two)
    expect(both.n).toBe(50)
    expect(both.precision[0]?.[0]).toBeCloseTo(51, 10)
    expect(mergeLinear(one, two, 0, 0).precision).toEqual(noContexts(3).precision)
  })

  it('is unsure of an untrained arm by the ridge alone', () => {
    expect(upperConfidence(noContexts(2, 4), [1, 0], 1)).toBeCloseTo(0.5, 12)
    expect(predictedReward(linearPosterior(noContexts(2)), [3, 4])).toEqual({ mean: 0, sd: 5 })
    expect(() => observeContext(noContexts(2), [1], 0)).toThrow(/2 values/)
    expect(() => noContexts(0)).toThrow(/dimensions/)
  })
})

describe('contextual Thompson', () => {
  const posteriors = [linearPosterior(learnt(0, 300)), linearPosterior(learnt(1, 300))]

  it('prefers the arm that is better for the context', () => {
    expect(contextualChances(posteriors, [1, 2, 0], 1)[0]).toBeGreaterThan(0.99)
    expect(contextualChances(posteriors, [1, -2, 0], 1)[1]).toBeGreaterThan(0.99)
    expect(() => contextualChances(posteriors, [1, 0, 0], 1, 100)).toThrow(/draws/)
  })

  it('draws the arm with exactly the propensity it tells, and replays from its seed', () => {
    const x = [1, 0.02, 0.4]
    const first = chooseContextual(posteriors, x, { seed: 7, random: seededRandom(3), floor: 0.1 })
    expect(chooseContextual(posteriors, x, { seed: 7, random: seededRandom(3), floor: 0.1 })).toEqual(first)
    expect(first.propensity).toBe(first.probabilities[first.arm])
    expect(Math.min(...first.probabilities)).toBeGreaterThanOrEqual(0.1)
    const drawn = seededRandom(4)
    const times = 4_000
    const arms = Array.from(
      { length: times }, () => chooseContextual(posteriors, x, { seed: 7, random: drawn, floor: 0.1 }).arm,
    )
    const share = arms.filter((arm) => arm === 0).length / times
    expect(Math.abs(share - (first.probabilities[0] ?? 0))).toBeLessThan(0.03)
  })

  it('knows the exact chance of two normal arms within what 1,000 draws can tell', () => {
    const [a, b] = posteriors.map((posterior) => predictedReward(posterior, [1, 0, 0.3]))
    const z = ((a?.mean ?? 0) - (b?.mean ?? 0)) / Math.hypot(a?.sd ?? 0, b?.sd ?? 0)
    const told = contextualChances(posteriors, [1, 0, 0.3], 5, 20_000)[0] ?? 0
    expect(Math.sign(told - 0.5)).toBe(Math.sign(z))
  })
})

describe('cholesky', () => {
  it('inverts, and refuses what is not positive definite', () => {
    expect(inverseFromCholesky(cholesky([[4, 2], [2, 3]]))[0]?.[0]).toBeCloseTo(3 / 8, 12)
    expect(() => cholesky([[1, 2], [2, 1]])).toThrow(/positive definite/)
    expect(() => cholesky([[1, 2]])).toThrow(/square/)
  })
})
