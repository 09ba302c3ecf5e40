import { expect, it } from 'vitest'
import { chiSquareSurvival } from '../../stats/special/index.ts'
import { compiledWith, decide, requestFor, variantsOf } from './fixtures.ts'
import { assign } from './assign.ts'

const units = 1_000_000

it.each([
  ['skewed', [0.02, 0.083333333333, 0.896666666667]],
  ['in between', [0.4833, 0.1517, 0.02, 0.345]],
])('the propensity that is told is the frequency that is served, of %s bandit weights over a million units', (key, weights) => {
  const experiment = compiledWith({ key, stickiness: 'first-touch', variants: variantsOf(weights) })
  const seen = weights.map(() => ({ count: 0, told: 0 }))
  for (let unit = 0; unit < units; unit++) {
    const { variant, propensity, reason } = decide(experiment, `user-${unit}`)
    if (reason !== 'split') throw new Error(`a new unit is drawn, not ${reason}`)
    const arm = seen[variant]!
    arm.count += 1
    arm.told += propensity ?? 0
  }
  for (const [arm, { count, told }] of seen.entries()) expect(told / count).toBeCloseTo(weights[arm]!, 9)
  const statistic = seen.reduce((sum, { count }, arm) => sum + (count - units * weights[arm]!) ** 2 / (units * weights[arm]!), 0)
  expect(chiSquareSurvival(statistic, weights.length - 1)).toBeGreaterThan(0.001)
})

it('a unit keeps its first variant when the weights have moved, and new units follow the new ones', () => {
  const before = compiledWith({ key: 'moves', stickiness: 'first-touch', variants: variantsOf([0.5, 0.5]) })
  const after = compiledWith({ key: 'moves', stickiness: 'first-touch', epoch: 2, variants: variantsOf([0.9, 0.1]) })
  let moved = 0
  for (let unit = 0; unit < 10_000; unit++) {
    const request = requestFor(`user-${unit}`)
    const first = assign(before, request)
    const again = assign(after, { ...request, sticky: first.variant, stickyPropensity: first.propensity })
    expect(again).toMatchObject({ variant: first.variant, propensity: 0.5 })
    if (assign(after, request).variant !== first.variant) moved += 1
  }
  expect(moved).toBeGreaterThan(3_500)
})
