import { describe, expect, it } from 'vitest'
import { seededRandom } from '../random.ts'
import { centred, mergeCentred, noUnits, pushUnit, sampleCovariance, sampleVariance } from './centred.ts'
import { addMoments, momentsOf, noMoments, perUnitMoments, requireMoments, shiftMoments } from './moments.ts'
import { lostPrecision } from './precision.ts'

const random = seededRandom(3)
const units = Array.from({ length: 400 }, (): [number, number] => {
  const y = 1 + Math.floor(4 * random.uniform())
  return [2 * y + random.normal(), y]
})
/** Values as latency in nanoseconds would be: mean/sd = 1e8. */
const far = units.map(([x]): [number, number] => [1e8 + x, 1])

describe('raw moments', () => {
  it('add up over a partition of the units, in any order', () => {
    const [left, right] = [momentsOf(units.slice(0, 150)), momentsOf(units.slice(150))]
    for (const key of ['n', 'sumX', 'sumY', 'sumXX', 'sumXY', 'sumYY'] as const) {
      expect(addMoments(right, left)[key]).toBeCloseTo(momentsOf(units)[key], 8)
    }
    expect(addMoments(noMoments, left)).toEqual(left)
  })

  it('shifting undoes the centre', () => {
    const back = shiftMoments(momentsOf(units, 2), -2)
    expect(back.sumXX).toBeCloseTo(momentsOf(units).sumXX, 7)
    expect(back.sumXY).toBeCloseTo(momentsOf(units).sumXY, 7)
  })

  it('names the sum that cannot be', () => {
    expect(() => requireMoments('control', { ...noMoments, n: -1 })).toThrow(/control\.n/)
    expect(() => requireMoments('control', { ...noMoments, sumXY: Number.NaN })).toThrow(/control\.sumXY/)
    expect(() => requireMoments('control', { ...noMoments, sumXX: -1 })).toThrow(/control\.sumXX/)
  })
})

describe('centred moments', () => {
  it('agree with raw sums, by merging and one unit at a time alike', () => {
    const merged = mergeCentred(centred(momentsOf(units.slice(0, 9))), centred(momentsOf(units.slice(9))))
    const pushed = units.reduce((state, [x, y]) => pushUnit(state, x, y), noUnits)
    const direct = centred(momentsOf(units))
    for (const key of ['n', 'meanX', 'meanY', 'devXX', 'devXY', 'devYY'] as const) {
      expect(merged[key]).toBeCloseTo(direct[key], 9)
      expect(pushed[key]).toBeCloseTo(direct[key], 9)
    }
    expect(mergeCentred(noUnits, direct)).toEqual(direct)
  })

  it('keep the variance of values with mean/sd = 1e8, which raw sums lose', () => {
    const truth = sampleVariance(centred(momentsOf(units))) ?? 0
    const pushed = sampleVariance(far.reduce((state, [x, y]) => pushUnit(state, x, y), noUnits)) ?? 0
    const raw = sampleVariance(centred(momentsOf(far))) ?? 0
    expect(Math.abs(pushed / truth - 1)).toBeLessThan(1e-6)
    expect(Math.abs(raw / truth - 1)).toBeGreaterThan(1e-2)
  })

  it('have no variance below two units', () => {
    expect(sampleVariance(pushUnit(noUnits, 5))).toBeNull()
    expect(sampleCovariance(noUnits)).toBeNull()
    expect(centred(noMoments)).toEqual(noUnits)
  })
})

describe('lostPrecision', () => {
  it('tells raw sums far from zero, and a centre cures them', () => {
    expect(lostPrecision(momentsOf(far))).toBe(true)
    expect(lostPrecision(momentsOf(far, 1e8))).toBe(false)
    expect(lostPrecision(momentsOf(units))).toBe(false)
  })

  it('accepts shares, all successes included', () => {
    expect(lostPrecision(perUnitMoments(1_000_000, 3, 3))).toBe(false)
    expect(lostPrecision(perUnitMoments(50, 50, 50))).toBe(false)
    expect(lostPrecision(perUnitMoments(50, 0, 0))).toBe(false)
    expect(lostPrecision(momentsOf([[3, 3], [1, 1], [4, 4]]))).toBe(false)
  })

  it('asks about the ratio, not about its numerator alone', () => {
    const steady = units.map(([, y], i): [number, number] => [1e9 * y + (i % 2 ? 1e-3 : -1e-3), y])
    expect(lostPrecision(momentsOf(steady))).toBe(true)
    expect(lostPrecision(momentsOf(steady, 1e9))).toBe(false)
  })

  it('cannot vouch for constant fractions', () => {
    expect(lostPrecision(momentsOf(Array.from({ length: 10 }, () => [0.1, 1] as const)))).toBe(true)
  })
})
