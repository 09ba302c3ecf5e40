import { describe, expect, it } from 'vitest'
import { seededRandom } from '../random.ts'
import { normalCdf, normalDensity } from '../special/index.ts'
import { type Posterior, probabilityBest } from './index.ts'

const beta = (a: number, b: number): Posterior => ({ family: 'beta', a, b })
const normal = (mean: number, sd: number): Posterior => ({ family: 'normal', mean, sd })
const student = (center: number, scale: number, degrees: number): Posterior =>
  ({ family: 'student', center, scale, degrees })
const gamma = (shape: number, rate: number): Posterior => ({ family: 'gamma', shape, rate })
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

describe('probabilityBest', () => {
  it('agrees with closed forms', () => {
    expect(probabilityBest([beta(1, 1), beta(2, 1)]).probability[1]).toBeCloseTo(2 / 3, 13)
    expect(probabilityBest([beta(2, 2), beta(3, 1)]).probability[1]).toBeCloseTo(0.8, 13)
    const [first, second] = [normal(1, 0.3), normal(1.2, 0.4)]
    const { probability, expectedLoss } = probabilityBest([first, second])
    expect(probability[1]).toBeCloseTo(normalCdf(0.2 / 0.5), 12)
    expect(expectedLoss[0]).toBeCloseTo(0.2 * normalCdf(0.4) + 0.5 * normalDensity(0.4), 12)
    // two exponential waiting times: the chance is the share of the rates
    expect(probabilityBest([gamma(1, 3), gamma(1, 1)]).probability[0]).toBeCloseTo(0.25, 13)
  })

  it('knows that E[max] − mean differs between arms by their means alone', () => {
    for (const arms of [
      [beta(0.3, 2), beta(40, 900), beta(5e8, 5e8)],
      [student(0, 1, 3), student(0.5, 2, 2.5), normal(0, 1)],
      [gamma(0.2, 1), gamma(9, 4), gamma(1e9, 1e9)],
    ]) {
      const { expectedLoss } = probabilityBest(arms)
      const means = arms.map((arm) =>
        arm.family === 'beta' ? arm.a / (arm.a + arm.b) : arm.family === 'gamma' ? arm.shape / arm.rate
          : arm.family === 'normal' ? arm.mean : arm.center)
      const best = expectedLoss.map((loss, arm) => loss + (means[arm] ?? 0))
      expect(best[1]).toBeCloseTo(best[0] ?? Number.NaN, 9)
      expect(best[2]).toBeCloseTo(best[0] ?? Number.NaN, 9)
    }
  })

  it('mirrors: the lowest of shares is the highest of their complements', () => {
    const low = probabilityBest([beta(3, 9), beta(4, 9), beta(0.5, 0.7)], 'lowest')
    const high = probabilityBest([beta(9, 3), beta(9, 4), beta(0.7, 0.5)])
    low.probability.forEach((chance, arm) => expect(chance).toBeCloseTo(high.probability[arm] ?? Number.NaN, 12))
    low.expectedLoss.forEach((loss, arm) => expect(loss).toBeCloseTo(high.expectedLoss[arm] ?? Number.NaN, 11))
  })

  it('gives equals an equal share, however many, wide or certain', () => {
    for (const arm of [
      beta(1e-9, 1e-9), beta(1e9, 1e9), beta(1, 1), normal(0, 0), student(2, 0, 3), student(0, 1, 1),
    ]) {
      for (const count of [2, 3, 10]) {
        const { probability } = probabilityBest(Array.from({ length: count }, () => arm))
        probability.forEach((chance) => expect(chance).toBeCloseTo(1 / count, 10))
      }
    }
  })

  it('takes certain arms at their word', () => {
    const { probability, expectedLoss } = probabilityBest([normal(1, 0), normal(1, 0), normal(0, 0)])
    expect(probability.map((chance) => Number(chance.toFixed(12)))).toEqual([0.5, 0.5, 0])
    expect(expectedLoss.map((loss) => Number(loss.toFixed(12)))).toEqual([0, 0, 1])
    expect(probabilityBest([normal(1, 0), normal(1, 1)]).probability[0]).toBeCloseTo(0.5, 12)
  })

  it('says of normal arms alone what the mesh says', () => {
    const { uniform, normal: draw } = seededRandom(2)
    for (let round = 0; round < 40; round++) {
      const arms = Array.from({ length: 2 + (round % 6) }, () => normal(draw(), Math.exp(draw())))
      const best = round % 2 === 0 ? 'highest' as const : 'lowest' as const
      // an arm that is certain and never the best asks for the mesh
      const hopeless = normal(best === 'highest' ? -1e3 - uniform() : 1e3, 0)
      const [alone, meshed] = [probabilityBest(arms, best), probabilityBest([...arms, hopeless], best)]
      alone.probability.forEach((chance, arm) => expect(chance).toBeCloseTo(meshed.probability[arm] ?? Number.NaN, 11))
      alone.expectedLoss.forEach((loss, arm) => expect(loss).toBeCloseTo(meshed.expectedLoss[arm] ?? Number.NaN, 10))
    }
  })

  it('mixes families on one scale', () => {
    // with these counts all four are nearly the same normal
    const arms = [normal(0.3, 1e-4 * Math.sqrt(0.21)), beta(3e7, 7e7), gamma(3e7 / 0.7, 1e8 / 0.7),
      student(0.3, 1e-4 * Math.sqrt(0.21), 1e9)]
    const { probability, expectedLoss } = probabilityBest(arms)
    probability.forEach((chance) => expect(chance).toBeCloseTo(0.25, 4))
    // E[max of four standard normals] = 1.0294
    expectedLoss.forEach((loss) => expect(loss / (1e-4 * Math.sqrt(0.21))).toBeCloseTo(1.0294, 3))
  })

  it('never answers with anything but chances and losses, whatever the counts', () => {
    const { uniform } = seededRandom(1)
    const scale = (): number => 10 ** (18 * uniform() - 9)
    for (let round = 0; round < 60; round++) {
      const arms = Array.from({ length: 1 + Math.floor(uniform() * 6) }, () => {
        const kinds = [
          beta(scale(), scale()), gamma(scale(), scale()), normal(uniform(), uniform() < 0.2 ? 0 : scale()),
          student(uniform(), scale(), 1.01 + scale()),
        ]
        return kinds[round % 5 === 4 ? Math.floor(uniform() * 4) : round % 5] as Posterior
      })
      const { probability, expectedLoss } = probabilityBest(arms)
      expect(sum(probability)).toBeCloseTo(1, 12)
      for (const value of [...probability, ...expectedLoss]) expect(value).toBeGreaterThanOrEqual(0)
      for (const value of expectedLoss) expect(value).toBeLessThan(Infinity)
    }
  })

  it('has nothing to lose with one arm, and an infinite loss where no mean exists', () => {
    expect(probabilityBest([beta(1, 1)])).toEqual({ probability: [1], expectedLoss: [0] })
    expect(probabilityBest([student(0, 1, 1), normal(0, 1)]).expectedLoss).toEqual([Infinity, Infinity])
  })

  it('names the parameter it refuses', () => {
    expect(() => probabilityBest([])).toThrow(RangeError)
    expect(() => probabilityBest([beta(0, 1)])).toThrow(/a must/)
    expect(() => probabilityBest([normal(0, -1)])).toThrow(/sd must/)
    expect(() => probabilityBest([student(0, 1, 0)])).toThrow(/degrees must/)
  })
})
