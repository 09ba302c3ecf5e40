import { describe, expect, it } from 'vitest'
import { cholesky, inverseFromCholesky } from '../matrix/index.ts'
import { seededRandom } from '../random.ts'
import { contextualEffects, type ContextEpoch, type ContextSums } from './contextual-effects.ts'
import { linearPosterior, noContexts, observeContext, predictedReward } from './linear.ts'

type Unit = { arm: number; x: number[]; r: number }

const sumsOf = (units: readonly Unit[], dimensions: number): ContextSums => {
  const gram: number[] = []
  for (let i = 0; i < dimensions; i++) for (let j = 0; j <= i; j++) gram.push(units.reduce((sum, { x }) => sum + (x[i] ?? 0) * (x[j] ?? 0), 0))
  return {
    gram,
    response: Array.from({ length: dimensions }, (_, i) => units.reduce((sum, { x, r }) => sum + (x[i] ?? 0) * r, 0)),
    sumSquares: units.reduce((sum, { r }) => sum + r * r, 0),
  }
}
const epochOf = (units: readonly Unit[], arms: number, age = 0): ContextEpoch => ({
  age, arms: Array.from({ length: arms }, (_, arm) => sumsOf(units.filter((unit) => unit.arm === arm), units[0]?.x.length ?? 0)),
})

const truth = [[0, 0.5, -0.3], [0.2, -0.5, 0.3]]
const level = (epoch: number): number => 3 - epoch * 0.5
const random = seededRandom(11)
/** The second arm gets ever more while the level falls. */
const data = Array.from({ length: 6 }, (_, epoch) => Array.from({ length: 500 }, (): Unit => {
  const x = [1, random.normal(), Number(random.uniform() < 0.4)]
  const arm = Number(random.uniform() < 0.15 * (epoch + 1))
  return { arm, x, r: level(epoch) + (truth[arm] ?? []).reduce((sum, beta, k) => sum + beta * (x[k] ?? 0), 0) + 0.6 * random.normal() }
}))
const epochs = data.map((units) => epochOf(units, 2))
const difference = (arms: { mean: number[] }[], x: number[]): number => x.reduce((sum, value, k) => sum + value * ((arms[1]?.mean[k] ?? 0) - (arms[0]?.mean[k] ?? 0)), 0)

describe('linear rewards with epochs of their own level', () => {
  it('are those of least squares with a dummy variable for every epoch', () => {
    const told = contextualEffects(epochs, 3, {}, 0.01)
    const rows = data.flatMap((units, epoch) => units.map(({ arm, x, r }) => ({
      r, z: [...data.map((_, other) => Number(other === epoch)), ...[0, 1].flatMap((one) => x.map((value) => (one === arm ? value : 0)))],
    })))
    const size = 12
    const a = Array.from({ length: size }, (_, i) => Array.from({ length: size }, (__, j) =>
      rows.reduce((sum, { z }) => sum + (z[i] ?? 0) * (z[j] ?? 0), i === j && i >= 6 ? 0.01 : 0)))
    const inverse = inverseFromCholesky(cholesky(a))
    const beta = inverse.map((row) => row.reduce((sum, value, j) => sum + value * rows.reduce((all, { z, r }) => all + (z[j] ?? 0) * r, 0), 0))
    for (const x of [[1, 0, 0], [1, 1, 0], [1, -2, 1]]) {
      const direct = x.reduce((sum, value, k) => sum + value * ((beta[9 + k] ?? 0) - (beta[6 + k] ?? 0)), 0)
      expect(difference(told?.arms ?? [], x)).toBeCloseTo(direct, 5)
    }
    const residuals = rows.reduce((sum, { z, r }) => sum + (r - z.reduce((all, value, k) => all + value * (beta[k] ?? 0), 0)) ** 2, 0)
    expect(told?.variance).toBeCloseTo(residuals / (rows.length - 12), 3)
  })

  it('find the differences beside a level that falls as the weights move, where pooled units find others', () => {
    const arms = contextualEffects(epochs, 3)?.arms ?? []
    for (const x of [[1, 0, 0], [1, 1, 0], [1, 0, 1]]) {
      const right = x.reduce((sum, value, k) => sum + value * ((truth[1]?.[k] ?? 0) - (truth[0]?.[k] ?? 0)), 0)
      expect(Math.abs(difference(arms, x) - right)).toBeLessThan(0.15)
    }
    const pooled = [0, 1].map((arm) => linearPosterior(data.flat().filter((unit) => unit.arm === arm).reduce((state, { x, r }) => observeContext(state, x, r), noContexts(3))))
    expect(difference(pooled, [1, 0, 0])).toBeLessThan(-0.5)
  })

  it('are as sure of an arm as its own units make them', () => {
    const told = contextualEffects(epochs, 3)
    const state = data.flat().filter(({ arm }) => arm === 1).reduce((sum, { x, r }) => observeContext(sum, x, r), noContexts(3))
    const x = [1, 0.7, 1]
    const root = told?.arms[1]?.root ?? []
    const halves = [0, 1, 2].map((row) => x.slice(0, row + 1).reduce((sum, value, column) => sum + value * (root[(row * (row + 1)) / 2 + column] ?? 0), 0))
    expect(Math.hypot(...halves)).toBeCloseTo(predictedReward(linearPosterior(state, Math.sqrt(told?.variance ?? 0)), x).sd, 9)
  })

  it('forget what is old, and say nothing of too few units or of one value', () => {
    const turned = data.map((units) => units.map((unit) => ({ ...unit, r: -unit.r })))
    const both = [...turned.map((units) => epochOf(units, 2, 20)), ...epochs]
    const forgetful = contextualEffects(both, 3, { halfLife: 1 })?.arms ?? []
    expect(difference(forgetful, [1, 1, 0])).toBeCloseTo(difference(contextualEffects(epochs, 3)?.arms ?? [], [1, 1, 0]), 2)
    expect(contextualEffects([epochOf(data[0]!.slice(0, 5), 2)], 3)).toBeNull()
    expect(contextualEffects([epochOf(data[0]!.map((unit) => ({ ...unit, r: 0 })), 2)], 3)).toBeNull()
    expect(contextualEffects([], 3)).toBeNull()
    expect(() => contextualEffects(epochs, 2)).toThrow(/sums of 2 features/)
  })
})
