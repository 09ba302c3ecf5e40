import { describe, expect, it } from 'vitest'
import { centred, noUnits, pushUnit, sampleVariance } from '../moments/centred.ts'
import { perUnitMoments } from '../moments/moments.ts'
import { type Random, seededRandom } from '../random.ts'
import {
  equivalence, fixedBound, fixedInterval, fixedP, welch, welchArm, welchDegrees, welchShare,
} from './welch.ts'

const at = (a: ReturnType<typeof welchArm>, b: ReturnType<typeof welchArm>) => {
  const estimate = welch(a, b)
  if (!estimate) throw new Error('no test')
  return estimate
}

describe('the test', () => {
  const [a, b] = [welchArm(12, 5, 4), welchArm(30, 7, 9)]

  it('rejects exactly when its interval excludes the boundary', () => {
    const effect = at(a, b)
    for (const boundary of [0, 1.5]) {
      const p = fixedP(effect, 'two-sided', boundary)
      expect(fixedInterval(effect, p).lower).toBeCloseTo(boundary, 8)
      const greater = fixedP(effect, 'greater', boundary)
      expect(fixedBound(effect, greater, 'lower')).toBeCloseTo(boundary, 8)
      expect(greater + fixedP(effect, 'less', boundary)).toBeCloseTo(1, 12)
    }
    expect(fixedBound(effect, 0.05, 'upper')).toBeLessThan(fixedInterval(effect, 0.05).upper)
  })

  it('has degrees between the smaller arm’s and both together', () => {
    expect(welchDegrees(a, b)).toBeGreaterThan(11)
    expect(welchDegrees(a, b)).toBeLessThan(40)
    expect(welchDegrees(welchArm(20, 1, 2), welchArm(20, 1, 2))).toBeCloseTo(38, 10)
    expect(welchDegrees(welchArm(20, 1, 0), welchArm(9, 1, 2))).toBeCloseTo(8, 10)
  })

  it('keeps the digits of a far tail', () => {
    const p = fixedP({ estimate: 30, se: 1, degrees: 1e6 })
    expect(p).toBeGreaterThan(0)
    expect(p).toBeLessThan(1e-190)
  })

  it('does not exist where nothing varies, or the control is 0', () => {
    expect(welch(welchArm(5, 1, 0), welchArm(5, 2, 0))).toBeNull()
    expect(welch(welchShare(50, 0), welchShare(50, 0))).toBeNull()
    expect(welch(welchArm(5, 0, 1), welchArm(5, 2, 1), 'relative')).toBeNull()
    expect(welch(welchShare(50, 0), welchShare(50, 9))).not.toBeNull()
  })

  it('names what it refuses', () => {
    expect(() => welchArm(1, 0, 1)).toThrow(/n must/)
    expect(() => welchArm(5, 0, -1)).toThrow(/unitVariance/)
    expect(() => fixedInterval(at(a, b), 0)).toThrow(/alpha/)
    expect(() => fixedP({ estimate: 1, se: 0, degrees: 5 })).toThrow(/se/)
    expect(() => equivalence(at(a, b), 0)).toThrow(/margin/)
    expect(() => equivalence(at(a, b), 1, 0.5)).toThrow(/alpha/)
  })
})

describe('equivalence', () => {
  it('is shown exactly when the interval at 1 − 2α lies within the margin', () => {
    const effect = { estimate: 0.1, se: 0.2, degrees: 25 }
    for (const margin of [0.2, 0.44, 0.45, 1]) {
      const { pValue, lower, upper } = equivalence(effect, margin, 0.05)
      expect(pValue <= 0.05).toBe(lower > -margin && upper < margin)
    }
  })
})

describe('few units with unequal noise and no difference', () => {
  const run = (random: Random) => {
    let [a, b] = [noUnits, noUnits]
    let peeked = false
    let last = 1
    for (let unit = 1; unit <= 40; unit++) {
      a = pushUnit(a, 3 * random.normal())
      if (unit % 4 === 0) b = pushUnit(b, 6 * random.normal())
      if (b.n < 3) continue
      const effect = at(welchArm(a.n, a.meanX, sampleVariance(a) ?? 0), welchArm(b.n, b.meanX, sampleVariance(b) ?? 0))
      last = fixedP(effect)
      peeked ||= last <= 0.05
    }
    const pooled = ((a.devXX + b.devXX) / (a.n + b.n - 2)) * (1 / a.n + 1 / b.n)
    return { end: last <= 0.05, peeked, equal: Math.abs(b.meanX - a.meanX) > 2.01 * Math.sqrt(pooled) }
  }

  it('errs in about 5 % of the runs at the end; peeking, or assuming equal noise, errs far more often', () => {
    const runs = Array.from({ length: 2_000 }, (_, seed) => run(seededRandom(seed)))
    const rate = (key: 'end' | 'peeked' | 'equal'): number => runs.filter((one) => one[key]).length / runs.length
    expect(rate('end')).toBeGreaterThan(0.03)
    expect(rate('end')).toBeLessThan(0.07)
    expect(rate('peeked')).toBeGreaterThan(0.12)
    expect(rate('equal')).toBeGreaterThan(0.12)
  })

  it('takes its inputs from the sums that are stored', () => {
    const state = centred(perUnitMoments(3, 6, 14))
    expect(welchArm(state.n, state.meanX, sampleVariance(state) ?? 0)).toMatchObject({ n: 3, estimate: 2 })
  })
})
