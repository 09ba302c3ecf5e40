import { describe, expect, it } from 'vitest'
import { assign } from './assign.ts'
import { compiledWith, decide, requestFor, units, variantsOf } from './fixtures.ts'
import type { SnapshotExperiment } from './snapshot.ts'

const weights = [0.4, 0.4, 0.2]
const everybody = units(4_000)
const fallback = { version: '0', payload: null, watch: 9, champion: true }

/** Arms `quarantined` of which this part tries them; the weights stay as they are. */
const quarantining = (quarantined: readonly number[], probes = 0, more: Partial<SnapshotExperiment> = {}) =>
  compiledWith({
    ...more,
    variants: variantsOf(weights).map((variant, arm) => (quarantined.includes(arm) ? { ...variant, status: 'quarantined', probes } : variant)),
  })

const before = compiledWith({ variants: variantsOf(weights) })

describe('a quarantined variant', () => {
  it('has its own units served by the control, and moves nobody else', () => {
    const open = quarantining([1])
    for (const unit of everybody) {
      const usual = decide(before, unit)
      const now = decide(open, unit)
      if (usual.variant === 1) expect(now).toEqual({ reason: 'quarantined', variant: 0, propensity: null, instead: 1 })
      else expect(now).toEqual(usual)
    }
  })

  it('is tried by the given part of its units, with the chance of that, and by others in the next epoch', () => {
    const probesOf = (epoch: number) => {
      const halfOpen = quarantining([1], 0.1, { epoch })
      return everybody.filter((unit) => {
        const { reason, variant, propensity } = decide(halfOpen, unit)
        if (reason !== 'split' || variant !== 1) return false
        expect(propensity).toBeCloseTo(0.04, 12)
        return true
      })
    }
    const [first, second] = [probesOf(7), probesOf(8)]
    expect(first.length / everybody.length).toBeGreaterThan(0.03)
    expect(first.length / everybody.length).toBeLessThan(0.05)
    expect(first.every((unit) => decide(before, unit).variant === 1)).toBe(true)
    expect(first.filter((unit) => second.includes(unit)).length).toBeLessThan(first.length / 2)
  })

  it('keeps the units that first touched it, who are served by the control meanwhile', () => {
    const open = quarantining([1], 0, { stickiness: 'first-touch' })
    expect(assign(open, requestFor('u', { sticky: 1 }))).toMatchObject({ reason: 'quarantined', variant: 0, instead: 1 })
    expect(assign(open, requestFor('u', { sticky: 2 }))).toMatchObject({ reason: 'sticky', variant: 2 })
  })

  it('is not given to those who were pinned to it', () => {
    const pinned = 'a'.repeat(32)
    const unit = everybody.find((one) => decide(before, one).variant === 0)!
    expect(assign(quarantining([1], 0, { overrides: { [pinned]: 1 } }), requestFor(unit, { unitHash: () => pinned }))).toMatchObject({ variant: 0 })
  })
})

describe('a fallback', () => {
  it('serves the units of the control, and those of other failing variants, while healthy ones go on', () => {
    const inForce = quarantining([0, 1], 0, { fallback })
    for (const unit of everybody.slice(0, 500)) {
      const usual = decide(before, unit)
      if (usual.variant === 2) expect(decide(inForce, unit)).toEqual(usual)
      else expect(decide(inForce, unit)).toMatchObject({ reason: 'fallback', variant: -1, propensity: null })
    }
  })

  it('serves those who would get the champion, where that is what fails', () => {
    const outside = { coverage: 0 }
    expect(decide(quarantining([0], 0, { ...outside, fallback }), 'u').reason).toBe('fallback')
    expect(decide(quarantining([0], 0, { ...outside, fallback: { ...fallback, champion: false } }), 'u').reason).toBe('not_enrolled')
  })
})
