import { describe, expect, it } from 'vitest'
import { momentsOf, noMoments } from '../moments/moments.ts'
import { type Random, seededRandom } from '../random.ts'
import { exactRho } from '../sequential/asymptotic-cs.ts'
import { bucketsOf, countOf, quantileOf } from './buckets.ts'
import { compareClusteredQuantiles, compareQuantiles } from './compare.ts'
import { quantileDifference } from './difference.ts'
import { clusterInflation, orderStatistics, quantileEstimate } from './effect.ts'
import { quantileInterval, quantileRanks } from './ranks.ts'
import { quantileBoundary, quantileSequence } from './sequence.ts'
import { mergeSketches, sketchBuckets, sketchOf } from './sketch.ts'
import { quantileTest } from './two-sample.ts'

const times = <T>(n: number, of: (index: number) => T): T[] => Array.from({ length: n }, (_, index) => of(index))
const tuning = { units: 300, alpha: 0.05 }
const open = { lower: -Infinity, upper: Infinity }

type Ends = { lower: number; upper: number }

/** Latencies: log-normal with median 100, 90th percentile 360. */
const latency = (random: Random): number => 100 * Math.exp(random.normal())
const p90 = 100 * Math.exp(1.2815515655446004)

describe('one look', () => {
  it('covers as often as its exact coverage says', () => {
    const random = seededRandom(1)
    let covered = 0
    for (let run = 0; run < 1_000; run++) {
      const { lower, upper } = quantileInterval(bucketsOf(times(200, () => latency(random))), 0.9, 0.05)
      if (lower <= p90 && p90 <= upper) covered++
    }
    const said = quantileRanks(200, 0.9, 0.05).coverage
    expect(said).toBeGreaterThan(0.95)
    expect(Math.abs(covered / 1_000 - said)).toBeLessThan(3 * Math.sqrt((said * (1 - said)) / 1_000))
  })

  it('a billion values', () => {
    const { lower, upper, coverage } = quantileRanks(1e9, 0.5, 0.05)
    expect(upper - lower).toBeCloseTo(2 * 1.959964 * Math.sqrt(1e9 / 4), -1)
    expect(coverage).toBeCloseTo(0.95, 4)
  })

  it('ends are open where the sample has no such rank', () => {
    expect(quantileInterval(bucketsOf([1, 2, 3]), 0.99, 0.05)).toMatchObject({ estimate: 3, upper: Infinity, n: 3 })
    expect(quantileInterval([], 0.5, 0.05)).toEqual({ estimate: null, ...open, n: 0, coverage: 1 })
  })
})

describe('every look at once', () => {
  const miss = (seed: number, interval: (values: number[]) => Ends): boolean => {
    const random = seededRandom(seed)
    const values: number[] = []
    for (let look = 0; look < 20; look++) {
      values.push(...times(40, () => latency(random)))
      const { lower, upper } = interval(values)
      if (p90 < lower || p90 > upper) return true
    }
    return false
  }
  const missed = (interval: (values: number[]) => Ends): number =>
    times(200, (seed) => miss(seed, interval)).filter(Boolean).length / 200

  it('the sequence misses less often than alpha, from values and from a sketch; one look’s interval does not', () => {
    expect(missed((values) => quantileSequence(bucketsOf(values), 0.9, 0.05, tuning))).toBeLessThanOrEqual(0.05)
    const sketched = missed((values) => quantileSequence(sketchBuckets(sketchOf(values)), 0.9, 0.05, tuning))
    expect(sketched).toBeLessThanOrEqual(0.05)
    expect(missed((values) => quantileInterval(bucketsOf(values), 0.9, 0.05))).toBeGreaterThan(0.15)
  })

  it('a sketch widens by its buckets and no more', () => {
    const random = seededRandom(4)
    const values = times(2_000, () => latency(random))
    const exact = quantileSequence(bucketsOf(values), 0.9, 0.05, tuning)
    const rough = quantileSequence(sketchBuckets(sketchOf(values)), 0.9, 0.05, tuning)
    expect(rough.lower).toBeLessThanOrEqual(exact.lower)
    expect(rough.lower / exact.lower).toBeGreaterThan(0.99)
    expect(rough.upper).toBeGreaterThanOrEqual(exact.upper)
    expect(rough.upper / exact.upper).toBeLessThan(1.0101)
  })

  it('is unbounded before it can know, and holds for values that are all equal', () => {
    expect(quantileSequence(bucketsOf([5]), 0.5, 0.05, tuning)).toEqual({ estimate: 5, ...open, n: 1 })
    expect(quantileSequence([], 0.5, 0.05, tuning)).toMatchObject({ estimate: null, n: 0 })
    // one value lies on either side of these quantiles with a chance above alpha, so nothing is excluded
    for (const quantile of times(89, (index) => (index + 6) / 100)) {
      expect(quantileSequence(bucketsOf([5]), quantile, 0.05, tuning), String(quantile)).toMatchObject(open)
    }
    const equal = bucketsOf(times(500, () => 7))
    expect(quantileSequence(equal, 0.5, 0.05, tuning)).toEqual({ estimate: 7, lower: 7, upper: 7, n: 500 })
    expect(() => quantileBoundary(0, 0.5, 0.05, tuning)).toThrow(/n must/)
    expect(() => quantileSequence([], 0.5, 0.05, { units: 0, alpha: 0.05 })).toThrow(/tuning\.units/)
  })

  it('stays exact for a billion values', () => {
    const { lower, upper } = quantileBoundary(1e9, 0.9, 0.05, tuning)
    expect(upper / lower).toBeCloseTo(1, 3)
    expect(upper / Math.sqrt(9e7)).toBeGreaterThan(4)
    expect(upper / Math.sqrt(9e7)).toBeLessThan(5)
  })
})

describe('two arms', () => {
  const arms = (seed: number, n: number, factor: number, round = (value: number): number => value) => {
    const random = seededRandom(seed)
    return {
      a: bucketsOf(times(n, () => round(latency(random)))),
      b: bucketsOf(times(n, () => round(factor * latency(random)))),
    }
  }

  it('the interval excludes a difference exactly when its test rejects it, with ties and without', () => {
    const seen = { rejected: 0, kept: 0 }
    for (const seed of times(40, (index) => index)) {
      const { a, b } = arms(seed, 150, 1.5, seed % 2 ? Math.round : (value) => value)
      const { difference } = quantileDifference(a, b, 0.5, { lower: 0.05, upper: 0.05 }, tuning)
      const { pValue } = quantileTest(a, b, 0.5, tuning)
      const excludes = difference.lower > 0 || difference.upper < 0
      seen[excludes ? 'rejected' : 'kept']++
      expect(pValue <= 0.05, `seed ${seed}`).toBe(excludes)
      const { upper } = difference
      expect(quantileTest(a, b, 0.5, tuning, { boundary: upper + 1e-6 }).pValue).toBeLessThanOrEqual(0.05)
      expect(quantileTest(a, b, 0.5, tuning, { boundary: upper - 1e-6 }).pValue).toBeGreaterThan(0.05)
    }
    expect(Math.min(seen.rejected, seen.kept)).toBeGreaterThan(5)
  })

  it('rejects equal quantiles in less than alpha of runs that are looked at all the time', () => {
    let alarms = 0
    for (let run = 0; run < 200; run++) {
      const random = seededRandom(500 + run)
      const [a, b]: [number[], number[]] = [[], []]
      for (let look = 0; look < 15; look++) {
        a.push(...times(40, () => latency(random)))
        b.push(...times(40, () => 200 - 100 * random.exponential() / Math.LN2)) // another shape, the same median
        if (quantileTest(bucketsOf(a), bucketsOf(b), 0.5, tuning).pValue <= 0.05) {
          alarms++
          break
        }
      }
    }
    expect(alarms / 200).toBeLessThanOrEqual(0.05)
    expect(quantileTest(...pairOf(arms(1, 400, 1.5)), 0.5, tuning).pValue).toBeLessThan(0.001)
  })

  const pairOf = <T>({ a, b }: { a: T; b: T }): [T, T] => [a, b]

  it('is narrower than two sequences at half the level, and holds the truth of difference and lift', () => {
    const { a, b } = arms(3, 800, 1.3)
    const both = quantileDifference(a, b, 0.9, { lower: 0.05, upper: 0.05 }, tuning)
    const [one, other] = [quantileSequence(a, 0.9, 0.025, tuning), quantileSequence(b, 0.9, 0.025, tuning)]
    const apart = other.upper - one.lower - (other.lower - one.upper)
    expect(both.difference.upper - both.difference.lower).toBeLessThan(0.9 * apart)
    expect(both.difference.lower).toBeLessThan(0.3 * p90)
    expect(both.difference.upper).toBeGreaterThan(0.3 * p90)
    expect(both.relative.lower).toBeLessThan(0.3)
    expect(both.relative.upper).toBeGreaterThan(0.3)
    expect(both.warning).toBeNull()
  })

  it('from sketches it contains what it says from values', () => {
    const { a, b } = arms(5, 800, 1.3)
    const rough = (buckets: typeof a) =>
      sketchBuckets(sketchOf(buckets.flatMap(({ value, count }) => times(count, () => value))))
    const level = { lower: 0.02, upper: 0.05 }
    const exact = quantileDifference(a, b, 0.5, level, tuning)
    const sketched = quantileDifference(rough(a), rough(b), 0.5, level, tuning)
    expect(sketched.difference.lower).toBeLessThanOrEqual(exact.difference.lower)
    expect(sketched.difference.upper).toBeGreaterThanOrEqual(exact.difference.upper)
    expect(sketched.difference.upper - exact.difference.upper).toBeLessThan(0.02 * 150)
    const { pValue } = quantileTest(a, b, 0.5, tuning)
    expect(quantileTest(rough(a), rough(b), 0.5, tuning).pValue).toBeGreaterThanOrEqual(pValue)
  })

  it('swapping the arms mirrors the difference; negative quantiles keep their lift right', () => {
    const { a, b } = arms(6, 300, 1.2)
    const level = { lower: 0.05, upper: 0.05 }
    const here = quantileDifference(a, b, 0.5, level, tuning)
    const there = quantileDifference(b, a, 0.5, level, tuning)
    expect(there.difference.lower).toBe(-here.difference.upper)
    const mirrored = (buckets: typeof a) => bucketsOf(buckets.map(({ value }) => -value))
    const negative = quantileDifference(mirrored(a), mirrored(b), 0.5, level, tuning)
    expect(negative.relative.lower).toBeCloseTo(here.relative.lower, 1)
    expect(negative.relative.upper).toBeCloseTo(here.relative.upper, 1)
  })

  it('nothing known is said as such', () => {
    const some = bucketsOf(times(200, (index) => index - 100))
    const level = { lower: 0.05, upper: 0.05 }
    expect(quantileDifference([], some, 0.5, level, tuning)).toMatchObject({
      a: null, difference: { estimate: null, ...open }, warning: 'There are no values of the control yet.',
    })
    expect(quantileTest([], some, 0.5, tuning)).toEqual({ logEvidence: 0, pValue: 1 })
    const zero = quantileDifference(some, some, 0.5, level, tuning)
    expect(Number.isFinite(zero.difference.lower)).toBe(true)
    expect(zero.relative).toMatchObject(open)
    expect(zero.warning).toMatch(/cannot be told from 0/)
    expect(quantileDifference(bucketsOf([1]), bucketsOf([2]), 0.5, level, tuning).warning).toMatch(/not bounded yet/)
    const equal = bucketsOf(times(300, () => 4))
    expect(quantileDifference(equal, equal, 0.5, level, tuning).difference).toEqual({ estimate: 0, lower: 0, upper: 0 })
  })
})

describe('compared as means are', () => {
  const level = { alpha: 0.025, rho: exactRho(2_000, 0.025, 1) }
  const options = { direction: 'decrease', promote: level, harm: { ...level, alpha: 0.01 } } as const
  const random = seededRandom(17)
  const arms = {
    a: bucketsOf(times(3_000, () => latency(random))), b: bucketsOf(times(3_000, () => 0.7 * latency(random))),
    quantile: 0.9,
  }

  it('the promotion end decides as the p-value does, by ranks and by density', () => {
    for (const said of [
      compareQuantiles(arms, options, { units: 2_000, alpha: 0.05 }),
      compareClusteredQuantiles({ ...arms, units: { a: 3_000, b: 3_000 } }, options),
    ]) {
      expect(said.difference.upper).toBeLessThan(0)
      expect(said.pValue).toBeLessThanOrEqual(0.025)
      expect(said.relative.lower).toBeLessThan(-0.3)
      expect(said.relative.upper).toBeGreaterThan(-0.3)
      expect(said.missing).toEqual([])
    }
    const wrong = compareQuantiles(arms, { ...options, direction: 'increase' }, tuning)
    expect(wrong.pValue).toBe(1)
  })

  it('a margin makes what is equal not inferior', () => {
    const same = { a: arms.a, b: bucketsOf(times(3_000, () => latency(random))), quantile: 0.5 }
    expect(compareQuantiles(same, options, tuning).pValue).toBeGreaterThan(0.05)
    expect(compareQuantiles(same, { ...options, margin: 30 }, tuning).pValue).toBeLessThan(0.01)
  })

  it('too few events are missing, never judged', () => {
    const few = { a: bucketsOf([1, 2]), b: bucketsOf([2, 3]), quantile: 0.9 }
    const said = compareClusteredQuantiles({ ...few, units: { a: 2, b: 2 } }, options)
    expect(said).toMatchObject({ pValue: 1, difference: { estimate: 1, ...open } })
    expect(said.missing.length).toBe(6)
    const none = { a: [], b: [], quantile: 0.5, units: { a: 0, b: 0 } }
    expect(compareClusteredQuantiles(none, options)).toMatchObject({ a: null, pValue: 1 })
  })
})

describe('variance of a sample quantile', () => {
  it('of clustered events is what repeated samples show, and larger than of independent ones', () => {
    const random = seededRandom(9)
    const runs = times(400, () => {
      const units = times(150, () => {
        const trait = random.normal()
        return times(1 + Math.floor(6 * random.uniform()), () => Math.exp(0.8 * trait + 0.6 * random.normal()))
      })
      const buckets = bucketsOf(units.flat())
      const estimate = quantileOf(buckets, 0.8) ?? 0
      const below = (events: number[]): number => events.filter((event) => event <= estimate).length
      const moments = momentsOf(units.map((events) => [below(events), events.length] as const))
      const inflation = clusterInflation(moments, 0.8)?.inflation ?? 0
      const order = orderStatistics(buckets, 0.8)
      return { estimate, inflation, variance: (order && quantileEstimate(order, 0.05, inflation)?.variance) ?? 0 }
    })
    const mean = runs.reduce((sum, { estimate }) => sum + estimate, 0) / runs.length
    const seen = runs.reduce((sum, { estimate }) => sum + (estimate - mean) ** 2, 0) / runs.length
    const claimed = runs.reduce((sum, { variance }) => sum + variance, 0) / runs.length
    const inflation = runs.reduce((sum, run) => sum + run.inflation, 0) / runs.length
    expect(Math.abs(claimed / seen - 1)).toBeLessThan(0.25)
    expect(inflation).toBeGreaterThan(1.5) // without it the variance claimed were so much too small
  })

  it('is not known where the sample cannot tell', () => {
    expect(orderStatistics(bucketsOf(times(30, (index) => index)), 0.9)).toBeNull() // needs more than 4·.9/.1
    expect(orderStatistics(bucketsOf(times(40, (index) => index)), 0.9)).not.toBeNull()
    expect(orderStatistics([], 0.5)).toBeNull()
    expect(quantileEstimate({ estimate: 4, lower: 4, upper: 4, n: 500 })).toBeNull()
    expect(clusterInflation(noMoments, 0.5)).toBeNull()
    expect(() => quantileEstimate({ estimate: 4, lower: 5, upper: 4, n: 500 })).toThrow(/lower/)
  })
})

describe('sketches of two halves', () => {
  it('merged are the sketch of the whole', () => {
    const random = seededRandom(2)
    const values = times(1_000, () => 50 * random.normal())
    const merged = mergeSketches(sketchOf(values.slice(0, 300)), sketchOf(values.slice(300)))
    expect(merged).toEqual(sketchOf(values))
    expect(countOf(sketchBuckets(merged))).toBe(1_000)
  })
})
