import { describe, expect, it } from 'vitest'
import { seededRandom } from '../random.ts'
import { bucketsOf, countAtMost, distribution, quantileOf } from './buckets.ts'
import {
  bucketEdges, bucketOf, bucketValue, lastBucket, mergeSketches, sketchBuckets, sketchFromRows, sketchOf, sketchScale,
} from './sketch.ts'

const random = seededRandom(40)
/** Values of every size and both signs. */
const values = Array.from({ length: 3_000 }, () => {
  const size = 10 ** (12 * random.uniform() - 6)
  return random.uniform() < 0.4 ? -size : random.uniform() < 0.1 ? 0 : size
})

describe('buckets of a sketch', () => {
  it('hold their values between their edges, and stand for them within the relative error', () => {
    for (const value of values) {
      const bucket = bucketOf(value)
      const { from, to } = bucketEdges(bucket)
      expect(value).toBeGreaterThanOrEqual(from)
      expect(value).toBeLessThanOrEqual(to)
      const allowed = sketchScale.accuracy * Math.abs(value) * (1 + 1e-9)
      expect(Math.abs(bucketValue(bucket) - value)).toBeLessThanOrEqual(allowed)
    }
  })

  it('are ordered as the values, and each edge belongs to the bucket below it', () => {
    const sorted = values.toSorted((one, other) => one - other)
    const buckets = sorted.map((value) => bucketOf(value))
    expect(buckets).toEqual(buckets.toSorted((one, other) => one - other))
    for (const bucket of [1, 2, 500, 2_073, 5_000]) expect(bucketOf(bucketEdges(bucket).to)).toBe(bucket)
    expect(bucketOf(-3)).toBe(-bucketOf(3))
  })

  it('are bounded in number, and say where they know no bound of values', () => {
    const last = lastBucket(sketchScale)
    expect(2 * last + 1).toBe(11_055)
    expect([bucketOf(1e300), bucketOf(-1e300), bucketOf(1e-12), bucketOf(0)]).toEqual([last, -last, 0, 0])
    expect(bucketEdges(last).to).toBe(Infinity)
    expect(bucketValue(last)).toBeGreaterThan(9e14)
    expect(bucketEdges(0)).toEqual({ from: -1e-9, to: 1e-9 })
    expect(() => bucketEdges(last + 1)).toThrow(/bucket/)
    expect(() => bucketOf(Number.NaN)).toThrow(/value/)
  })
})

describe('a sketch', () => {
  it('knows every quantile within its relative error', () => {
    const [exact, rough] = [bucketsOf(values), sketchBuckets(sketchOf(values))]
    for (const quantile of [0.001, 0.1, 0.4, 0.5, 0.9, 0.999]) {
      const [want, got] = [quantileOf(exact, quantile) ?? 0, quantileOf(rough, quantile) ?? 0]
      expect(Math.abs(got - want), String(quantile)).toBeLessThanOrEqual(0.005 * Math.abs(want) * (1 + 1e-9))
    }
  })

  it('counts exactly at its edges', () => {
    const buckets = sketchBuckets(sketchOf(values))
    for (const { at, share } of distribution(buckets).filter((_, index) => index % 50 === 0)) {
      const below = values.filter((value) => value <= at).length
      expect(share * values.length).toBeCloseTo(below, 8)
      expect(countAtMost(buckets, at).least).toBe(below)
    }
    const inside = (buckets[40]?.from ?? 0) / 2 + (buckets[40]?.to ?? 0) / 2
    const { least, most } = countAtMost(buckets, inside)
    expect(most - least).toBe(buckets[40]?.count)
  })

  it('is its rows, in any order and split in any way, and plain JSON', () => {
    const whole = sketchOf(values)
    const rows = values.map((value) => ({ bucket: bucketOf(value), count: 1 })).toReversed()
    expect(sketchFromRows(rows)).toEqual(whole)
    expect(JSON.parse(JSON.stringify(whole))).toEqual(whole)
    expect(sketchFromRows([...rows, { bucket: 7, count: 1 }, { bucket: 7, count: -1 }])).toEqual(whole)
    expect(() => sketchFromRows([{ bucket: 7, count: -1 }])).toThrow(/bucket 7/)
    expect(sketchFromRows([{ bucket: 12, count: 1e9 }, { bucket: 12, count: 1e9 }]).counts).toEqual({ 12: 2e9 })
  })

  it('does not merge with one of another scale', () => {
    const other = { ...sketchScale, accuracy: 0.01 }
    expect(() => mergeSketches(sketchOf([1]), sketchOf([1], other))).toThrow(/accuracy/)
    expect(() => lastBucket({ ...sketchScale, accuracy: 1 })).toThrow(/accuracy/)
  })

  it('without values has no quantile', () => {
    expect(quantileOf(sketchBuckets(sketchOf([])), 0.5)).toBeNull()
    expect(sketchBuckets(sketchOf([]))).toEqual([])
  })
})
