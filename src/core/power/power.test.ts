import { describe, expect, it } from 'vitest'
import { ServiceError } from '../../errors.ts'
import { type PowerPlan, planPower } from './plan.ts'
import { PowerRequest } from './request.ts'

type Body = Record<string, unknown>

const plan = (request: Body): PowerPlan => planPower(PowerRequest.parse(request))
const sampleOf = (request: Body): NonNullable<PowerPlan['sample']> => {
  const { sample } = plan(request)
  if (!sample) throw new Error('no sample size came back')
  return sample
}
/** `path: message` of everything that is wrong. */
const complaints = (request: Body): string[] => {
  const parsed = PowerRequest.safeParse(request)
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

const share = { kind: 'conversion', baseline: 0.34, effect: 0.003, method: 'fixed' }
const mean = { kind: 'mean', variance: 100, effect: 0.3, method: 'fixed' }

describe('sample sizes', () => {
  it('are those of the published calculators for one look at the end', () => {
    // G*Power: 897,348 for shares and 39,906 for means at power .85, which it rounds and pools differently
    expect(sampleOf({ ...share, power: 0.85 }).units / 897_348).toBeCloseTo(1, 2)
    expect(sampleOf({ ...mean, power: 0.85 }).units / 39_906).toBeCloseTo(1, 2)
    // (1.959964 + .841621)² (p₁q₁ + p₂q₂)/.003² an arm
    expect(sampleOf(share)).toMatchObject({ units: 784_454, perVariant: [392_227, 392_227], inflation: 1 })
  })

  it('grow with the freedom to look, and shrink on average', () => {
    const [fixed, scheduled, always] = ['fixed', 'group-sequential', 'sequential'].map((method) =>
      sampleOf({ ...share, method }))
    expect(scheduled!.inflation).toBeCloseTo(1.025, 3)
    expect(always!.inflation).toBeCloseTo(1.678, 2)
    expect(always!.units).toBeGreaterThan(scheduled!.units)
    expect(scheduled!.units).toBeGreaterThan(fixed!.units)
    expect(scheduled!.mean.withEffect).toBeLessThan(0.85 * fixed!.units)
    expect(always!.mean.withEffect).toBeLessThan(1.05 * fixed!.units)
    expect(scheduled!.looks).toHaveLength(5)
    expect(scheduled!.looks?.at(-1)).toEqual({
      share: 1, units: scheduled!.units, boundary: expect.closeTo(2.031, 3), stopped: expect.closeTo(0.8, 3),
    })
    // the engine tunes for what the fixed test needs at 80 %
    expect(sampleOf({ ...share, method: 'sequential', power: 0.95 }).plannedUnits).toBe(fixed!.units)
  })

  it('of several variants: the level is shared, the variant with the least traffic decides', () => {
    const three = sampleOf({ ...mean, alpha: 0.1, variants: 3 })
    const two = sampleOf({ ...mean, alpha: 0.05 })
    expect(three.perVariant).toEqual([two.units / 2, two.units / 2, two.units / 2])
    const uneven = sampleOf({ ...mean, alpha: 0.1, weights: [0.5, 0.3, 0.2] })
    // 1/w_control + 1/w_least instead of 3 + 3
    expect(uneven.units / three.units).toBeCloseTo((1 / 0.5 + 1 / 0.2) / 6, 4)
    const shares = uneven.perVariant.map((units) => units / uneven.units)
    expect(shares).toEqual([0.5, 0.3, 0.2].map((weight) => expect.closeTo(weight, 4)))
  })

  it('a covariate takes its part of the variance away, and relative effects are of the baseline', () => {
    expect(sampleOf({ ...mean, correlation: -0.6 }).units / sampleOf(mean).units).toBeCloseTo(0.64, 4)
    const { effect: _, ...other } = mean
    expect(sampleOf({ ...other, baseline: 6, relativeEffect: 0.05 }).units).toBe(sampleOf(mean).units)
    const fallen = plan({ ...other, baseline: -6, relativeEffect: 0.05 }).effect
    expect(fallen).toEqual({ absolute: expect.closeTo(-0.3, 12), relative: 0.05 })
  })

  it('non-inferiority: one-sided, the margin is the distance, a worse variant needs more', () => {
    const request = { kind: 'mean', variance: 100, goal: 'non-inferior', margin: 0.3, method: 'fixed' }
    expect(sampleOf(request).units).toBe(sampleOf({ ...mean, sides: 1 }).units)
    expect(sampleOf({ ...request, effect: -0.1 }).units / sampleOf(request).units).toBeCloseTo((0.3 / 0.2) ** 2, 3)
    // where less is better, +.1 is worse
    const worse = sampleOf({ ...request, effect: -0.1 }).units
    expect(sampleOf({ ...request, direction: 'decrease', effect: 0.1 }).units).toBe(worse)
    const relative = { ...request, margin: undefined, relativeMargin: 0.1, baseline: 3 }
    expect(sampleOf(relative).units / sampleOf(request).units).toBeCloseTo((1 + 0.81) / 2, 3)
  })

  it('exact evidence costs about as much again as one look at the end, half as much on average', () => {
    const exact = sampleOf({ ...share, method: 'exact' })
    expect(exact.inflation).toBeGreaterThan(2)
    expect(exact.inflation).toBeLessThan(2.3)
    expect(exact.mean.withEffect / exact.fixed).toBeLessThan(1.35)
    expect(sampleOf({ ...share, method: 'exact' })).toEqual(exact)
  })

  it('a sequence has its minimum', () => {
    const { units, perVariant, mean: average } = sampleOf({ kind: 'conversion', baseline: 0.02, effect: 0.4 })
    expect(perVariant).toEqual([1_000, 1_000])
    expect(average).toEqual({ withEffect: units, without: units })
    expect(plan({ kind: 'conversion', baseline: 0.02, effect: 0.4 }).assumptions.join(' ')).toContain('20 events')
  })
})

describe('durations', () => {
  it('are of the traffic that takes part, and wait for the last outcomes', () => {
    const { duration, units } = sampleOf({ ...share, unitsPerDay: 50_000, coverage: 0.5, window: 'P3D' })
    expect(duration?.days).toBeCloseTo(units / 25_000 + 3, 9)
    expect(duration?.iso).toBe('P34DT10H')
    expect(sampleOf({ ...mean, effect: 100, unitsPerDay: 1e6 }).duration?.iso).toBe('PT1H')
    expect(sampleOf(share).duration).toBeNull()
  })
})

describe('what units at hand would find', () => {
  it.each(['fixed', 'group-sequential', 'sequential', 'exact'])('%s: the size asked for finds its effect', (method) => {
    const asked = { ...share, method }
    const { units } = sampleOf(asked)
    const { detectable } = plan({ ...asked, units })
    expect(detectable?.effect?.absolute).toBeCloseTo(0.003, 6)
    expect(detectable?.effect?.relative).toBeCloseTo(0.003 / 0.34, 6)
    expect(Math.abs((detectable?.chance ?? 0) - 0.8)).toBeLessThan(0.01)
    const half = plan({ ...asked, units: Math.round(units / 2) })
    expect(half.detectable?.chance).toBeLessThan(0.6)
  })

  it('without an effect: only what could be found, in the direction of the better', () => {
    const { effect: _, ...open } = share
    const time = { duration: 'P10D', unitsPerDay: 80_000, window: 'P2D' }
    const { sample, effect, detectable } = plan({ ...open, ...time, direction: 'decrease' })
    expect({ sample, effect, chance: detectable?.chance }).toEqual({ sample: null, effect: null, chance: null })
    expect(detectable).toMatchObject({ units: 640_000, perVariant: [320_000, 320_000], duration: { iso: 'P10D' } })
    expect(detectable?.effect?.absolute).toBeLessThan(0)
    // nothing up to 100 % is far enough from 99 %
    expect(plan({ kind: 'conversion', baseline: 0.99, units: 20, method: 'fixed' }).detectable?.effect).toBeNull()
  })

  it('a margin allows a variant to be a little worse when there are units enough', () => {
    const request = { kind: 'mean', variance: 100, goal: 'non-inferior', margin: 0.3, method: 'fixed' }
    const { units } = sampleOf(request)
    expect(plan({ ...request, units }).detectable?.effect?.absolute).toBeCloseTo(0, 3)
    expect(plan({ ...request, units: 4 * units }).detectable?.effect?.absolute).toBeCloseTo(-0.15, 3)
  })

  it('a sequence tuned elsewhere finds a little less', () => {
    const { units } = sampleOf({ ...share, method: 'sequential' })
    const [own, early] = [undefined, units / 10].map((plannedUnits) =>
      plan({ ...share, method: 'sequential', units, plannedUnits }).detectable?.effect?.absolute)
    expect(early).toBeGreaterThan(own!)
    expect(early).toBeLessThan(1.3 * own!)
  })
})

describe('what is refused, by name', () => {
  it.each([
    ['effect', { ...share, effect: 0 }],
    ['relativeEffect', { ...share, effect: undefined, relativeEffect: 0 }],
    ['effect', { ...share, effect: undefined }],
    ['relativeEffect', { ...share, relativeEffect: 0.1 }],
    ['effect', { ...share, effect: 0.7 }],
    ['baseline', { ...share, baseline: 0 }],
    ['baseline', { ...share, baseline: undefined }],
    ['variance', { ...share, variance: 1 }],
    ['variance', { ...mean, variance: undefined }],
    ['variance', { ...mean, variance: 0 }],
    ['baseline', { ...mean, effect: undefined, relativeEffect: 0.1 }],
    ['margin', { ...mean, margin: 1 }],
    ['margin', { ...mean, goal: 'non-inferior' }],
    ['sides', { ...mean, goal: 'non-inferior', margin: 1, sides: 2 }],
    ['effect', { ...mean, goal: 'non-inferior', margin: 0.1, effect: -0.1 }],
    ['weights', { ...mean, weights: [0.5, 0.4] }],
    ['weights', { ...mean, variants: 3, weights: [0.5, 0.5] }],
    ['duration', { ...mean, units: 100, duration: 'P1D', unitsPerDay: 9 }],
    ['unitsPerDay', { ...mean, duration: 'P1D' }],
    ['looks', { ...mean, looks: 3 }],
    ['spending', { ...mean, spending: { kind: 'pocock' } }],
    ['plannedUnits', { ...mean, plannedUnits: 500 }],
    ['power', { ...mean, alpha: 0.3, power: 0.2 }],
    ['alpha', { ...mean, alpha: 0 }],
    ['coverage', { ...mean, coverage: 0 }],
    ['correlation', { ...mean, correlation: 1 }],
    ['looks', { ...mean, method: 'group-sequential', looks: 0 }],
    ['method', { ...mean, method: 'exact' }],
    ['method', { ...share, method: 'exact', goal: 'non-inferior', margin: 0.01 }],
    ['correlation', { ...share, method: 'exact', correlation: 0.5 }],
  ])('%s', (field, request) => {
    expect(complaints(request)).toContainEqual(expect.stringMatching(new RegExp(`^${field}: `)))
  })

  it('an effect beyond every sample, a tuning beyond every test, a duration that brings nobody', () => {
    const code = (request: Body): unknown => {
      try {
        return plan(request)
      } catch (error) {
        return error instanceof ServiceError && [error.code, error.violations[0]?.path]
      }
    }
    expect(code({ ...share, effect: 1e-200 })).toEqual(['invalid_definition', 'effect'])
    expect(code({ ...share, method: 'sequential', plannedUnits: 1e12 })).toEqual(['invalid_definition', 'plannedUnits'])
    const nobody = { duration: 'PT1H', unitsPerDay: 24, window: 'PT2H' }
    expect(code({ ...share, ...nobody })).toEqual(['invalid_definition', 'duration'])
  })
})
