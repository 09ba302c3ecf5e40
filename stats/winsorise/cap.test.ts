import { describe, expect, it } from 'vitest'
import { bucketsOf } from '../quantile/buckets.ts'
import { sketchBuckets, sketchOf } from '../quantile/sketch.ts'
import { seededRandom } from '../random.ts'
import { declaredCap, describeCap, quantileCap, winsorise } from './cap.ts'

const values = Array.from({ length: 5_000 }, (_, index) => index + 1)

describe('caps', () => {
  it('limit values from above, or from both sides', () => {
    expect(winsorise(12, declaredCap(10))).toBe(10)
    expect(winsorise(-12, declaredCap(10))).toBe(-12)
    expect(winsorise(-12, declaredCap(10, -5))).toBe(-5)
    expect(winsorise(3, declaredCap(10, -5))).toBe(3)
  })

  it('come from a high quantile of data that knows no arms, and say so', () => {
    const cap = quantileCap(bucketsOf(values), 'pre-period')
    expect(cap).toEqual({ lower: null, upper: 4_995, source: 'pre-period', level: 0.999, units: 5_000 })
    expect(cap && describeCap(cap)).toBe(
      'capped at 4995, the 99.9th percentile of 5,000 units from before the experiment, the same in every arm')
    expect(describeCap(declaredCap(10, -5))).toBe('capped to -5 … 10, the same in every arm')
    expect(quantileCap(bucketsOf(values.map((value) => value - 2_500)), 'pooled', 0.9995, 'both'))
      .toMatchObject({ lower: -2_497, upper: 2_498 })
  })

  it('from a sketch touch no more units than they say, and at most a bucket fewer', () => {
    const random = seededRandom(3)
    const heavy = Array.from({ length: 20_000 }, () => Math.exp(2 * random.normal()))
    const exact = quantileCap(bucketsOf(heavy), 'pooled')
    const rough = quantileCap(sketchBuckets(sketchOf(heavy)), 'pooled')
    expect(rough?.upper).toBeGreaterThanOrEqual(exact?.upper ?? Infinity)
    expect((rough?.upper ?? 0) / (exact?.upper ?? 1)).toBeLessThan(1.0102)
    expect(heavy.filter((value) => value > (rough?.upper ?? 0)).length).toBeLessThanOrEqual(20)
  })

  it('are not guessed from too little, nor set where they would change the question', () => {
    expect(quantileCap(bucketsOf(values.slice(0, 999)), 'pooled')).toBeNull()
    expect(quantileCap(bucketsOf(values.slice(0, 1_000)), 'pooled')).not.toBeNull()
    expect(quantileCap(bucketsOf([]), 'pooled')).toBeNull()
    expect(quantileCap(sketchBuckets(sketchOf(Array.from({ length: 2_000 }, () => 1e300))), 'pooled')).toBeNull()
    expect(() => quantileCap(bucketsOf(values), 'pooled', 0.95)).toThrow(/level/)
    expect(() => declaredCap(1, 2)).toThrow(/lower/)
    expect(() => winsorise(Number.NaN, declaredCap(1))).toThrow(/value/)
  })
})
