import { describe, expect, it } from 'vitest'
import { normalCdf } from '../../stats/special/index.ts'
import { assign } from './assign.ts'
import { chancesAt, dimensionsOf, featuresOf } from './context.ts'
import { compiledWith, requestFor, variantsOf } from './fixtures.ts'
import type { Attributes, Context, ContextArm, ContextRule } from './snapshot.ts'

const context: Context = {
  numeric: [{ attribute: 'age', center: 40, scale: 10, min: 18, max: 90 }],
  categorical: [{ attribute: 'plan', values: ['pro', 'team'] }],
}
/** Lower triangle by rows of a diagonal. */
const diagonal = (...values: number[]): number[] => values.flatMap((value, row) => [...values.slice(0, row).map(() => 0), value])
const armOf = (variant: number, mean: number[], sd = 0.1, held = false): ContextArm => ({ variant, held, mean, root: diagonal(...mean.map(() => sd)) })
/** Arm 0 is good for pro, 1 for team, 2 for the old. */
const arms = [armOf(0, [0, 0, 0.3, -0.1]), armOf(1, [0.05, 0, -0.1, 0.3]), armOf(2, [0, 0.1, 0, 0], 0.15)]
const ruleOf = (more: Partial<ContextRule> = {}): ContextRule => ({ floor: 0.02, cap: 1, trust: 1, moves: 3, arms, ...more })
const experimentBy = (rule: Partial<ContextRule> = {}, weights = [0.3, 0.4, 0.3]) =>
  compiledWith({ key: 'by-context', stickiness: 'first-touch', variants: variantsOf(weights), contextual: { context, rule: ruleOf(rule) } })

describe('features', () => {
  it.each<[string, Attributes, number[]]>([
    ['numbers around their center, values one by one', { age: 60, plan: 'team' }, [1, 2, 0, 1]],
    ['limits', { age: 12, plan: 'pro' }, [1, -2.2, 1, 0]],
    ['what is not told, or no number, is the center', { age: 'old', plan: null }, [1, 0, 0, 0]],
    ['an unknown value is none of them', { age: true, plan: 'free' }, [1, -2.2, 0, 0]],
    ['what every object inherits is not told', { plan: ['pro'] }, [1, 0, 0, 0]],
  ])('%s', (_, attributes, features) => {
    expect(featuresOf(context, attributes)).toEqual(features)
    expect(dimensionsOf(context)).toBe(features.length)
  })

  it('are at most ten scales from the center', () => {
    expect(featuresOf({ numeric: [{ attribute: 'spend', center: 0, scale: 1 }], categorical: [] }, { spend: -1e300 })).toEqual([1, -10])
  })
})

describe('chances to be best', () => {
  it.each([[0.1, 0.1], [0.1, 0.01], [0.5, 0.02], [0.003, 0.3]])('of two arms are those of two normals, standard deviations %d and %d', (one, other) => {
    for (const mean of [-0.3, -0.05, 0, 0.02, 0.2]) {
      const [chance] = chancesAt([armOf(0, [mean], one), armOf(1, [0], other)], [1])
      expect(Math.abs((chance ?? 0) - normalCdf(mean / Math.hypot(one, other)))).toBeLessThan(0.01)
    }
  })

  it('are equal among equal arms, and sum to 1', () => {
    for (const count of [1, 3, 16]) {
      const chances = chancesAt(Array.from({ length: count }, (_, arm) => armOf(arm, [0.4])), [1])
      for (const chance of chances) expect(chance).toBeCloseTo(1 / count, 10)
    }
  })
})

describe('a draw by attributes', () => {
  const cells: Attributes[] = [{ plan: 'pro' }, { plan: 'team', age: 50 }, { age: 75 }, {}, { plan: 'pro', age: 'x' }]
  const units = 100_000

  it.each<[string, Partial<ContextRule>]>([
    ['freely', {}], ['with a cap', { cap: 0.7 }], ['with little trust', { trust: 0.3 }],
    ['with an arm that is held', { arms: [arms[0]!, arms[1]!, { ...arms[2]!, held: true }] }],
  ])('%s happens as often as the propensity says, in every context', (_, rule) => {
    const experiment = experimentBy(rule)
    const seen = cells.map(() => [0, 1, 2].map(() => ({ count: 0, told: new Set<number>() })))
    for (let unit = 0; unit < units; unit++) {
      const cell = unit % cells.length
      const { variant, propensity, reason } = assign(experiment, requestFor(`user-${unit}`, { attributes: cells[cell]! }))
      if (reason !== 'split' || propensity === null) throw new Error('a new unit is drawn')
      const arm = seen[cell]![variant]!
      arm.count += 1
      arm.told.add(propensity)
    }
    for (const [cell, own] of seen.entries()) {
      const told = own.map((arm) => [...arm.told])
      expect(told.flat(), JSON.stringify(cells[cell])).toHaveLength(3)
      expect(told.flat().reduce((sum, one) => sum + one)).toBeCloseTo(1, 12)
      const n = units / cells.length
      for (const [arm, { count }] of own.entries()) {
        const propensity = told[arm]![0]!
        expect(propensity).toBeGreaterThanOrEqual(0.02 - 1e-12)
        expect(Math.abs(count / n - propensity)).toBeLessThan(4 * Math.sqrt((propensity * (1 - propensity)) / n))
      }
    }
    const share = (cell: number, arm: number): number => [...seen[cell]![arm]!.told][0]!
    expect(share(0, 0)).toBeGreaterThan(share(1, 0))
    expect(share(1, 1)).toBeGreaterThan(share(0, 1))
    if (rule.cap) expect(Math.max(...seen.flatMap((own) => own.flatMap((arm) => [...arm.told])))).toBeLessThanOrEqual(0.7 + 1e-12)
    if (rule.arms) expect(share(2, 2)).toBe(0.02)
  })

  it('gives nothing to arms without a weight, and the floor to those it does not know', () => {
    const told = (experiment: ReturnType<typeof experimentBy>): Map<number, number> => {
      const answers = Array.from({ length: 5_000 }, (_, unit) => assign(experiment, requestFor(`user-${unit}`)))
      return new Map(answers.map(({ variant, propensity }) => [variant, propensity ?? 0]))
    }
    expect([...told(experimentBy({}, [0.5, 0.5, 0])).keys()].sort()).toEqual([0, 1])
    expect(told(experimentBy({ arms: arms.slice(0, 2) })).get(2)).toBe(0.02)
    const alone = experimentBy({}, [1, 0, 0])
    expect([...told(alone)]).toEqual([[0, 1]])
    expect(told(experimentBy({ arms: [] })).get(1)).toBeCloseTo(1 / 3, 12)
  })

  it('keeps the first variant, with the propensity that is remembered, else that of its attributes now', () => {
    const experiment = experimentBy()
    const attributes = { plan: 'pro' }
    const request = requestFor('user-1', { attributes, sticky: 1 })
    expect(assign(experiment, { ...request, stickyPropensity: 0.25 })).toEqual({ reason: 'sticky', variant: 1, propensity: 0.25 })
    const now = assign(experiment, request)
    expect(now).toMatchObject({ reason: 'sticky', variant: 1 })
    expect(now.propensity).toBeLessThan(0.1)
    const killed = compiledWith({ key: 'by-context', stickiness: 'first-touch', variants: variantsOf([0.5, 0, 0.5], [1]), contextual: { context, rule: ruleOf() } })
    expect(assign(killed, request)).toMatchObject({ reason: 'killed_reassigned' })
  })

  it('counts only the units that a quarantined arm tries, and tells the chances among those that are analysed', () => {
    const variants = variantsOf([0.3, 0.4, 0.3]).map((variant, arm) => (arm === 1 ? { ...variant, status: 'quarantined' as const, probes: 0.2 } : variant))
    const experiment = compiledWith({ key: 'by-context', stickiness: 'none', variants, contextual: { context, rule: ruleOf({ trust: 0.2 }) } })
    const seen = [0, 1, 2].map(() => ({ count: 0, told: 0 }))
    let analysed = 0
    for (let unit = 0; unit < 40_000; unit++) {
      const { variant, propensity, reason } = assign(experiment, requestFor(`user-${unit}`))
      if (reason !== 'split') {
        expect(reason).toBe('quarantined')
        continue
      }
      analysed += 1
      seen[variant]!.count += 1
      seen[variant]!.told = propensity ?? 0
    }
    expect(seen.reduce((sum, { told }) => sum + told, 0)).toBeCloseTo(1, 12)
    for (const { count, told } of seen) expect(Math.abs(count / analysed - told)).toBeLessThan(4 * Math.sqrt((told * (1 - told)) / analysed))
    expect(seen[1]!.told).toBeLessThan(0.15)
  })
})
