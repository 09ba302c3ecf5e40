import { describe, expect, it } from 'vitest'
import { type Random, seededRandom } from '../random.ts'
import { bucketOf, bucketValue } from '../quantile/index.ts'
import { type Counted, binsOf, countInBins } from './bins.ts'
import { driftLimit, driftOf, driftReference, independentValues } from './detect.ts'
import { jensenShannon, populationStability, smoothedShares } from './divergence.ts'

const draws = (n: number, draw: () => number): Counted[] => Array.from({ length: n }, () => ({ value: draw(), count: 1 }))
const of = (entries: Record<string, number>): Counted[] => Object.entries(entries).map(([value, count]) => ({ value: Number(value), count }))

describe('bins', () => {
  it('cut numbers into ten parts of equal probability, the outer ones open', () => {
    const values = Array.from({ length: 1_000 }, (_, value) => ({ value, count: 1 }))
    const bins = binsOf(values, 'numeric')
    expect(countInBins(bins, values)).toEqual(Array.from({ length: 10 }, () => 100))
    expect(countInBins(bins, [{ value: -1e9, count: 2 }, { value: 1e9, count: 3 }])).toEqual([2, 0, 0, 0, 0, 0, 0, 0, 0, 3])
  })

  it('give heavy values a bin of their own, wherever they lie, and never make too many', () => {
    const heavy = [...of({ 0: 600 }), ...draws(400, seededRandom(1).exponential)]
    const bins = binsOf(heavy, 'numeric')
    // nothing lies below the 0, and something that does later is seen
    expect(countInBins(bins, heavy).slice(0, 2)).toEqual([0, 600])
    for (const most of [3, 5, 10, 20]) {
      for (const distinct of [1, 2, 9, 10, 19, 20, 21, 300]) {
        const ties = Array.from({ length: distinct }, (_, value) => ({ value: value * 2, count: 7 }))
        const between = ties.flatMap((one) => [one, { value: one.value + 1, count: 1 }])
        for (const values of [ties, between]) {
          const counts = countInBins(binsOf(values, 'numeric', most), values)
          expect(counts.length).toBeLessThanOrEqual(most)
          expect(counts.reduce((sum, count) => sum + count, 0)).toBe(values.reduce((sum, { count }) => sum + count, 0))
        }
      }
    }
  })

  it('see whatever is not the constant that all of a reference was', () => {
    for (const constant of [0, 5, -3, 1e-300]) {
      const bins = binsOf([{ value: constant, count: 500 }], 'numeric')
      expect(countInBins(bins, of({ [constant]: 1 }))).toEqual([0, 1, 0])
      expect(countInBins(bins, [{ value: constant - 1e-9, count: 1 }, { value: constant + 1e-9, count: 1 }])).toEqual([1, 0, 1])
    }
  })

  it('take categories by frequency, and rare and new ones together', () => {
    const bins = binsOf(of({ 1: 50, 2: 400, 3: 4, 7: 0 }), 'categorical')
    expect(bins).toEqual({ kind: 'categorical', values: [2, 1] })
    expect(countInBins(bins, of({ 1: 1, 2: 2, 3: 3, 9: 4 }))).toEqual([2, 1, 7])
    const many = Array.from({ length: 60 }, (_, value) => ({ value, count: 100 - value }))
    expect(binsOf(many, 'categorical')).toEqual({ kind: 'categorical', values: Array.from({ length: 19 }, (_, value) => value) })
  })

  it('are a single one without values, and refuse what is no value', () => {
    expect(countInBins(binsOf([], 'numeric'), [])).toEqual([0])
    expect(() => binsOf([{ value: Number.NaN, count: 1 }], 'numeric')).toThrow('value')
    expect(() => countInBins(binsOf([], 'numeric'), [{ value: 1, count: -1 }])).toThrow('count')
    expect(() => binsOf([], 'numeric', 21)).toThrow('most')
  })
})

describe('divergences', () => {
  it('are symmetric, 0 where nothing differs, and whole where nothing is shared', () => {
    const [p, q] = [smoothedShares([10, 20, 30]), smoothedShares([30, 20, 0])]
    expect(populationStability(p, q)).toBeCloseTo(populationStability(q, p), 14)
    expect(jensenShannon(p, q)).toBeCloseTo(jensenShannon(q, p), 14)
    expect([populationStability(p, p), jensenShannon(p, p)]).toEqual([0, 0])
    expect([populationStability([1, 0], [0, 1]), jensenShannon([1, 0], [0, 1])]).toEqual([Infinity, 1])
  })

  it('refuse shares that are none', () => {
    expect(() => populationStability([0.5, 0.5], [1])).toThrow('as many bins')
    expect(() => jensenShannon([0.5, 0.4], [0.5, 0.5])).toThrow('sum to 1')
    expect(() => jensenShannon([1.5, -0.5], [0.5, 0.5])).toThrow('p[1]')
    expect(() => smoothedShares([])).toThrow('counts')
  })
})

describe('drift', () => {
  it('waits for 500 values on either side, and judges no empty window', () => {
    expect(driftReference(of({ 1: 499 }), 'numeric')).toBeNull()
    const reference = driftReference(of({ 1: 500 }), 'numeric')!
    expect(driftOf(reference, [])).toBeNull()
    expect(driftOf(reference, of({ 1: 499 }))).toBeNull()
    expect(driftOf(reference, of({ 1: 500 }))).toMatchObject({ index: 0, alarm: false, n: 500 })
    expect(driftOf(reference, of({ 1.01: 500 }))).toMatchObject({ alarm: true })
  })

  it('counts several values of one unit for what they are worth', () => {
    expect(independentValues(1_000, 1_000)).toBe(1_000)
    expect(independentValues(1_000, 4_000)).toBe(250)
    expect(independentValues(0, 0)).toBe(0)
    // one unit reported a hundred times beside nine hundred that reported once
    expect(independentValues(1_000, 10_900)).toBeCloseTo(91.74, 2)
    const reference = driftReference(of({ 0: 500, 1: 500 }), 'categorical')!
    expect(driftOf(reference, of({ 0: 750, 1: 250 }))?.alarm).toBe(true)
    expect(driftOf(reference, of({ 0: 750, 1: 250 }), 250)).toBeNull()
    expect(driftOf(reference, of({ 0: 3_000, 1: 1_000 }), 500)?.limit).toBe(driftLimit(1_000, 500, 3))
  })

  it('sees a category that was not there before', () => {
    const reference = driftReference(of({ 1: 300, 2: 300 }), 'categorical')!
    expect(driftOf(reference, of({ 1: 250, 2: 250, 3: 100 }))?.alarm).toBe(true)
  })

  it('is the same in raw values as in the buckets of a sketch', () => {
    const random = seededRandom(3)
    const asBuckets = (values: readonly Counted[]) => values.map(({ value, count }) => ({ value: bucketValue(bucketOf(value)), count }))
    const [before, now] = [draws(2_000, random.exponential), draws(2_000, () => random.exponential() * 1.6)]
    const raw = driftOf(driftReference(before, 'numeric')!, now)!
    const sketched = driftOf(driftReference(asBuckets(before), 'numeric')!, asBuckets(now))!
    expect(raw.alarm && sketched.alarm).toBe(false)
    expect(Math.abs(raw.index - sketched.index)).toBeLessThan(0.02)
  })

  it('never alarms on 1,400 windows whose law stays, and finds half a standard deviation', () => {
    const laws: [kind: 'numeric' | 'categorical', draw: (random: Random) => number][] = [
      ['numeric', (random) => random.normal()], ['numeric', (random) => Math.exp(random.normal())],
      ['numeric', (random) => (random.uniform() < 0.6 ? 0 : random.exponential())],
      ['numeric', (random) => Math.floor(3 * random.exponential())],
      ['categorical', (random) => (random.uniform() < 0.03 ? 1 : 0)], ['categorical', (random) => Math.floor(40 ** random.uniform())],
      ['numeric', () => 4],
    ]
    const random = seededRandom(11)
    let [alarms, judged] = [0, 0]
    for (const [kind, draw] of laws) {
      for (let run = 0; run < 10; run++) {
        const reference = driftReference(draws(500, () => draw(random)), kind)!
        for (let window = 0; window < 20; window++) {
          judged++
          if (driftOf(reference, draws(500, () => draw(random)))!.alarm) alarms++
        }
      }
    }
    expect([judged, alarms]).toEqual([1_400, 0])
    let found = 0
    for (let run = 0; run < 100; run++) {
      const reference = driftReference(draws(500, random.normal), 'numeric')!
      if (driftOf(reference, draws(500, () => random.normal() + 0.5))!.alarm) found++
    }
    expect(found).toBeGreaterThan(80)
  })
})
