import { describe, expect, it } from 'vitest'
import { asymptoticRadius, exactRho } from '../sequential/asymptotic-cs.ts'
import { DEFAULT_UNITS, optimalUnits, sequentialCost } from './sequential.ts'
import { relativeDetectableEffect, unitsPerArm, unitsPerArmForShare, zTestPower } from './sample-size.ts'

const design = { varianceA: 4, varianceB: 6, effect: 0.5, alpha: 0.05 }

describe('fixed-horizon sample size', () => {
  it('delivers exactly the power it was asked for', () => {
    for (const sides of [1, 2] as const) {
      const n = unitsPerArm({ ...design, sides, power: 0.9 })
      const score = 0.5 / Math.sqrt(10 / n)
      // two-sided power counts the wrong tail too, which is next to nothing here
      expect(zTestPower(score, 0.05, sides === 1 ? 'greater' : 'two-sided')).toBeCloseTo(0.9, 6)
    }
  })

  it('does not care about the sign, and shares use both arms', () => {
    expect(unitsPerArm({ ...design, effect: -0.5 })).toBe(unitsPerArm(design))
    expect(unitsPerArmForShare(0.3, 0.02, 0.05)).toBe(
      unitsPerArm({ varianceA: 0.21, varianceB: 0.32 * 0.68, effect: 0.02, alpha: 0.05 }),
    )
    expect(unitsPerArmForShare(0.999, 0.01, 0.05)).toBeGreaterThan(0)
  })

  it('a detectable effect is the one its size finds', () => {
    const effect = relativeDetectableEffect(1, 2, 1_000, 0.05) ?? 0
    const error = Math.sqrt((2 + 2 * (1 + effect) ** 2) / 1_000)
    expect(zTestPower(effect / error, 0.05, 'two-sided')).toBeCloseTo(0.8, 4)
    expect(relativeDetectableEffect(1, 200, 100, 0.05)).toBeNull()
  })

  it('names the argument it refuses', () => {
    expect(() => unitsPerArm({ ...design, effect: 0 })).toThrow(/effect/)
    expect(() => unitsPerArm({ ...design, varianceB: -1 })).toThrow(/varianceB/)
    expect(() => unitsPerArm({ ...design, power: 1 })).toThrow(/power/)
    expect(() => unitsPerArmForShare(2, 0.1, 0.05)).toThrow(/share/)
    expect(() => relativeDetectableEffect(0, 1, 10, 0.05)).toThrow(/mean/)
  })
})

describe('sequential planning', () => {
  it('its critical value is the half-width at the planned size', () => {
    const n = 3_000
    const errors = asymptoticRadius(n, 1, 0.05, exactRho(n, 0.05)) * Math.sqrt(n)
    expect(errors).toBeCloseTo(sequentialCost(0.05).critical, 10)
  })

  it('tunes for the plan, else for the smallest effect, else for 5,000', () => {
    expect(optimalUnits({ plannedUnits: 800, design })).toBe(800)
    expect(optimalUnits({ plannedUnits: null, design })).toBe(2 * Math.ceil(unitsPerArm(design)))
    expect(optimalUnits({})).toBe(DEFAULT_UNITS)
    expect(optimalUnits({ design: { ...design, varianceA: 0, varianceB: 0 } })).toBe(DEFAULT_UNITS)
    expect(() => optimalUnits({ plannedUnits: 0 })).toThrow(/plannedUnits/)
  })
})
