import { describe, expect, it } from 'vitest'
import { chiSquareSurvival } from '../../stats/special/index.ts'
import { compiledWith, decide, units, variantsOf } from './fixtures.ts'

const many = units(100_000)

const countsOf = (weights: readonly number[], key = 'experiment', names = many): number[] => {
  const experiment = compiledWith({ key, variants: variantsOf(weights) })
  const counts = weights.map(() => 0)
  for (const unit of names) {
    const { variant } = decide(experiment, unit)
    counts[variant] = (counts[variant] ?? 0) + 1
  }
  return counts
}

/** The p-value of Pearson's χ² test of counts against expectations. */
const chiSquareP = (counts: readonly number[], expected: readonly number[], freedom: number): number => {
  const statistic = counts.reduce((sum, count, i) => sum + (count - expected[i]!) ** 2 / expected[i]!, 0)
  return chiSquareSurvival(statistic, freedom)
}

describe('shares', () => {
  it.each([2, 4, 20])('of %i equal arms are uniform in each of 20 experiments', (arms) => {
    const weights = Array.from({ length: arms }, () => 1 / arms)
    const pValues = Array.from({ length: 20 }, (_, i) =>
      chiSquareP(countsOf(weights, `experiment-${i}`, many.slice(0, 20_000)), weights.map(() => 20_000 / arms), arms - 1),
    )
    expect(Math.min(...pValues)).toBeGreaterThan(0.001)
    // p-values of a true null are uniform: were the draws *too* even, they would crowd near 1
    expect(pValues.filter((p) => p > 0.5).length).toBeGreaterThanOrEqual(4)
    expect(pValues.filter((p) => p > 0.5).length).toBeLessThanOrEqual(16)
  })

  it.each([0.001, 0.003, 0.02, 0.1, 0.3, 0.5, 0.9, 0.98, 0.999])('of an arm of weight %d are its weight', (weight) => {
    const deviation = Math.sqrt((weight * (1 - weight)) / many.length)
    const scores = Array.from({ length: 8 }, (_, i) => {
      const [count = 0] = countsOf([weight, 1 - weight], `experiment-${i}`)
      return (count / many.length - weight) / deviation
    })
    // over eight experiments together to 3 sigma, and each alone as far as eight normal deviates may stray
    const together = scores.reduce((sum, score) => sum + score, 0) / Math.sqrt(scores.length)
    expect(Math.abs(together)).toBeLessThan(3)
    expect(chiSquareSurvival(scores.reduce((sum, score) => sum + score ** 2, 0), scores.length)).toBeGreaterThan(0.001)
  })

  it('of many unequal arms are their weights, too', () => {
    const weights = [0.001, 0.004, 0.015, 0.03, 0.05, 0.1, 0.2, 0.25, 0.35]
    const expected = weights.map((weight) => weight * many.length)
    expect(chiSquareP(countsOf(weights), expected, weights.length - 1)).toBeGreaterThan(0.001)
  })

  it('of units whose names differ in length and alphabet are even', () => {
    const names = [...units(4_000, ''), ...units(4_000, 'é'), ...units(4_000, '😀'), ...units(4_000, 'x'.repeat(100))]
    expect(chiSquareP(countsOf([0.5, 0.5], 'experiment', names), [8_000, 8_000], 1)).toBeGreaterThan(0.001)
  })
})

describe('independence', () => {
  /** χ² of the 4×4 table of two experiments' variants over the same units. */
  const tableP = (first: { key: string; salt: string }, second: { key: string; salt: string }): number => {
    const variants = variantsOf([0.25, 0.25, 0.25, 0.25])
    const [one, two] = [compiledWith({ ...first, variants }), compiledWith({ ...second, variants })]
    const table = Array.from({ length: 16 }, () => 0)
    for (const unit of many.slice(0, 32_000)) table[decide(one, unit).variant * 4 + decide(two, unit).variant]!++
    return chiSquareP(table, table.map(() => 2_000), 15)
  }

  it.each(['b', 'experiment-2', 'experimens', 'a2'])('holds between experiments "a" and "%s"', (key) => {
    expect(tableP({ key: 'a', salt: 's' }, { key, salt: 's' })).toBeGreaterThan(0.001)
  })

  it('holds between two salts of one experiment', () => {
    expect(tableP({ key: 'a', salt: '1' }, { key: 'a', salt: '2' })).toBeGreaterThan(0.001)
  })

  it('holds between enrolment, layer and draw: the enrolled split as everybody does', () => {
    const layer = { key: 'ui', from: 0.2, to: 0.7 }
    const experiment = compiledWith({ coverage: 0.3, layer, variants: variantsOf([0.5, 0.3, 0.2]) })
    const counts = [0, 0, 0]
    for (const unit of many) {
      const { variant } = decide(experiment, unit)
      if (variant >= 0) counts[variant]!++
    }
    const enrolled = counts.reduce((sum, count) => sum + count)
    expect(chiSquareP([enrolled, many.length - enrolled], [15_000, 85_000], 1)).toBeGreaterThan(0.001)
    expect(chiSquareP(counts, [0.5, 0.3, 0.2].map((weight) => weight * enrolled), 2)).toBeGreaterThan(0.001)
  })
})
