import { describe, expect, it } from 'vitest'
import { type Moments, momentsOf, noMoments, shiftMoments } from '../moments/moments.ts'
import { seededRandom } from '../random.ts'
import { contrastMoments } from './contrast-moments.ts'
import { adjustMoments } from './covariate.ts'
import { type PairEpoch, commonWeight, frozenMeanOf, pairEpochs, withSilent } from './epoch.ts'
import { pairContrast, pairEstimate } from './pair.ts'
import { aipwScore } from './scores.ts'
import { addScoreMoments, mergeScoreSums, noScoreSums, scoreSequence } from './sequence.ts'
import { noWeighted, pushWeighted } from './weighted-moments.ts'

type Row = { arm: number; x: number; y: number }

const propensities = [[0.5, 0.3, 0.2], [0.2, 0.7, 0.1], [0.05, 0.8, 0.15], [0.3, 0.3, 0.4]]
const frozen = [{ x: 1.2, y: 1 }, { x: 2.1, y: 1 }, { x: 0.4, y: 1 }]

/** Three arms over four epochs, with denominators of 1, or random ones. */
const rows = (seed: number, ratio = false): Row[][] => {
  const random = seededRandom(seed)
  return propensities.map((weights) =>
    Array.from({ length: 60 }, () => {
      const u = random.uniform()
      const arm = u < (weights[0] ?? 0) ? 0 : u < (weights[0] ?? 0) + (weights[1] ?? 0) ? 1 : 2
      const y = ratio ? 1 + Math.floor(3 * random.uniform()) : 1
      return { arm, x: y * (1 + arm) + random.normal(), y }
    }),
  )
}

const records = (data: Row[][], means = frozen) =>
  data.map((epoch, index) => ({
    arms: [0, 1, 2].map((arm) => ({
      propensity: propensities[index]?.[arm] ?? 0,
      frozenMean: means[arm] ?? { x: 0 },
      moments: momentsOf(epoch.filter((row) => row.arm === arm).map(({ x, y }) => [x, y] as const)),
    })),
  }))

/** The contrast's score of every unit, written out. */
const unitScores = (data: Row[][], factor: number) =>
  data.flatMap((epoch, index) => {
    const [a = 0, b = 0] = propensities[index] ?? []
    return epoch.map(({ arm, x }) => ({
      h: commonWeight(a, b),
      z:
        aipwScore(arm === 1 ? x : null, b, frozen[1]?.x ?? 0) -
        factor * aipwScore(arm === 0 ? x : null, a, frozen[0]?.x ?? 0),
    }))
  })

const sequenceOf = (epochs: PairEpoch[], factor = 1) =>
  scoreSequence(
    contrastMoments(epochs, factor).reduce(
      (sums, { moments, weight }) => addScoreMoments(sums, moments, weight), noScoreSums,
    ),
  )

describe('contrast moments', () => {
  const data = rows(1)
  const epochs = pairEpochs(records(data), 0, 1)

  it.each([1, 1.3])('are the sums of the scores of all units, factor %d', (factor) => {
    const scores = unitScores(data, factor)
    const told = contrastMoments(epochs, factor)
    const sum = (of: (moments: { z: number; zz: number }) => number) =>
      told.reduce((all, { moments }) => all + of(moments), 0)
    expect(sum((m) => m.z)).toBeCloseTo(scores.reduce((all, { z }) => all + z, 0), 8)
    expect(sum((m) => m.zz)).toBeCloseTo(scores.reduce((all, { z }) => all + z * z, 0), 7)
    const h = scores.reduce((all, one) => all + one.h, 0)
    const estimate = scores.reduce((all, one) => all + one.h * one.z, 0) / h
    const variance = scores.reduce((all, one) => all + one.h ** 2 * (one.z - estimate) ** 2, 0)
    expect(sequenceOf(epochs, factor)?.estimate).toBeCloseTo(estimate, 10)
    expect(sequenceOf(epochs, factor)?.n).toBeCloseTo(variance, 8)
    expect(sequenceOf(epochs, factor)?.se).toBeCloseTo(Math.sqrt(variance) / h, 10)
  })

  it('agree with the ratio form when every denominator is 1', () => {
    const pair = pairEstimate(epochs)
    if (!pair) throw new Error('no pair')
    for (const factor of [1, 1.3]) {
      const [one, two] = [sequenceOf(epochs, factor), pairContrast(pair, factor)]
      expect(two?.estimate).toBeCloseTo(one?.estimate ?? 0, 10)
      expect(two?.n).toBeCloseTo(one?.n ?? 0, 8)
      expect(two?.se).toBeCloseTo(one?.se ?? 0, 10)
    }
  })

  it('leave out epochs where an arm had no chance, and keep those where it had one but no unit', () => {
    const arm = (propensity: number, moments: Moments) => ({ propensity, frozenMean: { x: 1 }, moments })
    const ten = momentsOf(Array.from({ length: 10 }, (_, i) => [i, 1] as const))
    const closed: PairEpoch = { units: 10, a: arm(0, noMoments), b: arm(1, ten) }
    const unlucky: PairEpoch = { units: 10, a: arm(0.05, noMoments), b: arm(0.95, ten) }
    expect(contrastMoments([closed])).toEqual([])
    expect(contrastMoments([unlucky])[0]?.moments.n).toBe(10)
    expect(pairEstimate([closed])).toBeNull()
    expect(sequenceOf([])).toBeNull()
  })

  it('add up in any order', () => {
    const [first, ...others] = contrastMoments(epochs).map(({ moments, weight }) =>
      addScoreMoments(noScoreSums, moments, weight),
    )
    const merged = others.reduce(mergeScoreSums, first ?? noScoreSums)
    expect(scoreSequence(merged)?.estimate).toBeCloseTo(sequenceOf(epochs)?.estimate ?? 0, 12)
  })

  it('name the value that cannot be', () => {
    const [one] = epochs
    if (!one) throw new Error('no epoch')
    expect(() => contrastMoments([{ ...one, a: { ...one.a, propensity: 1.5 } }])).toThrow(/epochs\[0\]\.a\.propensity/)
    expect(() => contrastMoments([{ ...one, units: 3 }])).toThrow(/epochs\[0\]\.units/)
    expect(() => contrastMoments([{ ...one, b: { ...one.b, frozenMean: { x: Number.NaN } } }])).toThrow(/frozenMean/)
    expect(() => pairEpochs(records(data), 0, 7)).toThrow(/arms 0 and 7/)
  })
})

describe('ratios', () => {
  const data = rows(2, true)
  const means = frozen.map(({ x }) => ({ x: 2 * x, y: 2 }))
  const epochs = pairEpochs(records(data, means), 0, 1)

  it('do not depend on the centre of the stored sums', () => {
    const centred = epochs.map(({ units, a, b }) => ({
      units,
      a: { ...a, moments: shiftMoments(a.moments, 1.5), frozenMean: { x: a.frozenMean.x - 3, y: 2 } },
      b: { ...b, moments: shiftMoments(b.moments, 1.5), frozenMean: { x: b.frozenMean.x - 3, y: 2 } },
    }))
    const [raw, told] = [pairEstimate(epochs), pairEstimate(centred, 1.5)]
    expect(told?.a).toBeCloseTo(raw?.a ?? 0, 10)
    expect(told?.b).toBeCloseTo(raw?.b ?? 0, 10)
    expect(told?.varianceA).toBeCloseTo(raw?.varianceA ?? 0, 8)
    expect(told?.cross).toBeCloseTo(raw?.cross ?? 0, 8)
  })

  it('come near the arms they were drawn from', () => {
    const pair = pairEstimate(epochs)
    expect(Math.abs((pair?.a ?? 0) - 1)).toBeLessThan(0.5)
    expect(Math.abs((pair?.b ?? 0) - 2)).toBeLessThan(0.5)
  })

  it('count silent units where the propensity does', () => {
    expect(withSilent(momentsOf([[3, 2]]), 5)).toEqual({ ...momentsOf([[3, 2]]), n: 5 })
  })
})

describe('units with propensities of their own', () => {
  it('give what one propensity an epoch gives, when they are all the same', () => {
    const data = rows(3)
    const epochs = pairEpochs(records(data), 0, 1)
    const own = epochs.map((epoch, index) => {
      const weighted = (arm: number, e: number) =>
        (data[index] ?? [])
          .filter((row) => row.arm === arm)
          .reduce((sums, { x, y }) => pushWeighted(sums, e, x, y), noWeighted)
      return {
        ...epoch,
        a: { ...epoch.a, weighted: weighted(0, epoch.a.propensity) },
        b: { ...epoch.b, weighted: weighted(1, epoch.b.propensity) },
      }
    })
    const [plain, contextual] = [pairEstimate(epochs), pairEstimate(own)]
    expect(contextual?.b).toBeCloseTo(plain?.b ?? 0, 10)
    expect(contextual?.varianceB).toBeCloseTo(plain?.varianceB ?? 0, 7)
    expect(() => pushWeighted(noWeighted, 0, 1)).toThrow(/propensity/)
  })

  it('recover the arms when the context decides both propensity and outcome', () => {
    const random = seededRandom(4)
    const sums = { a: noWeighted, b: noWeighted }
    const counts = { a: noMoments, b: noMoments }
    const units = 20_000
    for (let unit = 0; unit < units; unit++) {
      const context = random.uniform() < 0.5 ? 0 : 1
      const e = context === 1 ? 0.9 : 0.2
      const arm = random.uniform() < e ? 'b' : 'a'
      const x = 3 * context + (arm === 'b' ? 0.5 : 0) + random.normal()
      sums[arm] = pushWeighted(sums[arm], arm === 'b' ? e : 1 - e, x)
      counts[arm] = { ...counts[arm], n: counts[arm].n + 1, sumX: counts[arm].sumX + x, sumY: counts[arm].sumY + 1 }
    }
    const arm = (key: 'a' | 'b') => ({
      propensity: 0.5, frozenMean: { x: 1.5 }, moments: { ...counts[key], sumXX: 1, sumYY: counts[key].n },
      weighted: sums[key],
    })
    const pair = pairEstimate([{ units, a: arm('a'), b: arm('b'), weight: 0.25 }])
    const at = pair && pairContrast(pair)
    expect(Math.abs((at?.estimate ?? 0) - 0.5)).toBeLessThan(4 * (at?.se ?? 0))
    expect(at?.se).toBeLessThan(0.06)
    // what units weighted alike would say is far off
    expect(counts.b.sumX / counts.b.n - counts.a.sumX / counts.a.n).toBeGreaterThan(1.5)
  })
})

describe('frozen means and covariates', () => {
  it('start at the prior and move to the data', () => {
    expect(frozenMeanOf(noMoments, { x: 0.3 })).toEqual({ x: 0.3, y: 1 })
    expect(frozenMeanOf({ n: 99, sumX: 50, sumY: 99 }, { x: 0 })).toEqual({ x: 0.5, y: 1 })
  })

  it('adjust moments exactly as adjusting every unit would', () => {
    const random = seededRandom(9)
    const units = Array.from({ length: 50 }, () => {
      const c = 5 + random.normal()
      return { c, x: 2 * c + random.normal() }
    })
    const sums = {
      sumC: units.reduce((s, { c }) => s + c, 0), sumCC: units.reduce((s, { c }) => s + c * c, 0),
      sumCX: units.reduce((s, { c, x }) => s + c * x, 0), sumCY: units.reduce((s, { c }) => s + c, 0),
    }
    const adjusted = adjustMoments(momentsOf(units.map(({ x }) => [x, 1] as const)), sums, 1.9, 5)
    const direct = momentsOf(units.map(({ c, x }) => [x - 1.9 * (c - 5), 1] as const))
    expect(adjusted.sumX).toBeCloseTo(direct.sumX, 8)
    expect(adjusted.sumXX).toBeCloseTo(direct.sumXX, 6)
    expect(adjusted.sumXY).toBeCloseTo(direct.sumXY, 8)
  })
})
