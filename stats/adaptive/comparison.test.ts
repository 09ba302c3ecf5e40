import { describe, expect, it } from 'vitest'
import { momentsOf, noMoments, perUnitMoments } from '../moments/moments.ts'
import { exactRho } from '../sequential/asymptotic-cs.ts'
import { oneSidedP } from '../sequential/bounds.ts'
import { linearDrift, simulateBandit, binaryOutcomes, normalOutcomes, ratioOutcomes } from '../simulate/index.ts'
import { compareEpochs } from './comparison.ts'
import { type PairEpoch, pairEpochs } from './epoch.ts'
import { pairContrast, pairEstimate } from './pair.ts'
import { relativeInterval } from './relative.ts'
import { planVariance } from './sequence.ts'

const levels = (variance: number, alpha = 0.025, harm = 0.01) => {
  const plan = planVariance(4_000, variance, 0.2)
  return {
    promote: { alpha, rho: exactRho(plan, alpha, 1) }, harm: { alpha: harm, rho: exactRho(plan, harm, 1) },
  }
}

const won = pairEpochs(
  simulateBandit({
    arms: [binaryOutcomes(0.2), binaryOutcomes(0.3)], batches: 40, batchSize: 200, seed: 1, floor: 0.1,
    drift: linearDrift(0.1), prior: { x: 0.2 },
  }),
  0, 1,
)
const options = { share: true, direction: 'increase', ...levels(0.2) } as const

describe('compareEpochs', () => {
  it('draws what decides: the lower end is above 0 exactly when p ≤ α, and at its own p it touches 0', () => {
    const told = compareEpochs(won, options)
    expect(told.pValue).toBeLessThan(0.025)
    expect(told.difference.lower).toBeGreaterThan(0)
    expect(told.missing).toEqual([])
    const level = { alpha: told.pValue, rho: options.promote.rho }
    expect(compareEpochs(won, { ...options, promote: level }).difference.lower).toBeCloseTo(0, 9)
    expect(told.a?.estimate).toBeGreaterThan(0.2)
    expect(told.n).toBeGreaterThan(0)
  })

  it('mirrors when the other direction is better', () => {
    const told = compareEpochs(won, { ...options, direction: 'decrease' })
    expect(told.pValue).toBe(1)
    expect(told.difference.lower).toBeGreaterThan(0)
  })

  it('is not decided by a margin, hypotheses or centre that only restate it', () => {
    const plain = compareEpochs(won, options)
    expect(compareEpochs(won, { ...options, hypotheses: 3 }).pValue).toBeCloseTo(Math.min(1, 3 * plain.pValue), 12)
    expect(compareEpochs(won, { ...options, margin: 0.05 }).pValue).toBeLessThan(plain.pValue)
  })

  it('ends the relative interval where the test of b − (1 + r)a turns', () => {
    const pair = pairEstimate(won)
    if (!pair) throw new Error('no pair')
    const { lower, upper } = relativeInterval(pair, options.promote, options.harm)
    const p = (factor: number, side: 'greater' | 'less', rho: number) => {
      const at = pairContrast(pair, factor)
      return at ? oneSidedP(at, rho, side) : 1
    }
    expect(p(1 + lower, 'greater', options.promote.rho)).toBeCloseTo(options.promote.alpha, 8)
    expect(p(1 + upper, 'less', options.harm.rho)).toBeCloseTo(options.harm.alpha, 8)
    expect(lower).toBeLessThan(pair.b / pair.a - 1)
    expect(compareEpochs(won, options).relative.lower).toBe(lower)
  })

  it('does not divide by a control that cannot be told from 0', () => {
    const epochs = pairEpochs(
      simulateBandit({ arms: [normalOutcomes(0, 1), normalOutcomes(0.1, 1)], batches: 5, batchSize: 200, seed: 2 }),
      0, 1,
    )
    const told = compareEpochs(epochs, { signed: true, direction: 'increase', ...levels(1) })
    expect(told.relative.lower).toBe(-Infinity)
    expect(told.relative.upper).toBe(Infinity)
    expect(told.warnings).toContainEqual({ code: 'control_near_zero' })
    expect(Number.isFinite(told.difference.lower)).toBe(true)
  })

  it('turns the relative ends around for a negative control', () => {
    const epochs = pairEpochs(
      simulateBandit({
        arms: [normalOutcomes(-5, 1), normalOutcomes(-4, 1)], batches: 5, batchSize: 200, seed: 3, prior: { x: -4.5 },
      }),
      0, 1,
    )
    const told = compareEpochs(epochs, { signed: true, direction: 'increase', ...levels(1) })
    expect(told.relative.estimate).toBeCloseTo(-0.2, 1)
    expect(told.relative.lower).toBeLessThan(-0.2)
    expect(told.relative.upper).toBeLessThan(0)
    expect(told.pValue).toBeLessThan(0.01)
  })

  it('says what is missing and gives no interval without a standard error', () => {
    const arm = (n: number, sum: number) => ({
      propensity: 0.5, frozenMean: { x: 0.1 }, moments: n > 0 ? perUnitMoments(n, sum, sum) : noMoments,
    })
    const one = (a: number, b: number, sum = 0): PairEpoch => ({ units: a + b, a: arm(a, sum), b: arm(b, sum) })
    const nothing = compareEpochs([], options)
    expect(nothing).toMatchObject({ a: null, b: null, n: 0, pValue: 1 })
    expect(nothing.difference).toMatchObject({ estimate: null, lower: -Infinity })
    const few = compareEpochs([one(50, 0, 0)], options)
    expect(few.warnings).toContainEqual({ code: 'few_units', arm: 'b' })
    expect(few.difference).toMatchObject({ lower: -Infinity, upper: Infinity, se: null })
    const silent = compareEpochs([one(200, 200)], options)
    expect(silent.warnings).toEqual([{ code: 'zero_variance', arm: 'a' }, { code: 'zero_variance', arm: 'b' }])
    expect(silent.pValue).toBe(1)
    expect(silent.missing.map(({ what }) => what)).toContain('events')
    expect(() => compareEpochs([], { ...options, margin: -1 })).toThrow(/margin/)
  })

  it('warns when values lie too far from 0 for their spread, and a centre cures it', () => {
    const epochs = pairEpochs(
      simulateBandit({
        arms: [normalOutcomes(1e9, 1), normalOutcomes(1e9, 1)], batches: 3, batchSize: 100, seed: 4, prior: { x: 1e9 },
      }),
      0, 1,
    )
    const told = compareEpochs(epochs, { signed: true, direction: 'increase', ...levels(1) })
    expect(told.warnings).toContainEqual({ code: 'precision_lost', arm: 'a' })
    const near = momentsOf(Array.from({ length: 200 }, (_, i) => [Math.sin(i), 1] as const))
    const arm = { propensity: 0.5, frozenMean: { x: 0 }, moments: near }
    const centred = compareEpochs([{ units: 400, a: arm, b: arm }], {
      signed: true, direction: 'increase', center: 1e9, ...levels(1),
    })
    expect(centred.warnings).toEqual([])
    expect(centred.a?.estimate).toBeCloseTo(1e9, 0)
    expect(centred.difference.estimate).toBe(0)
  })

  it('takes ratios of sums', () => {
    const epochs = pairEpochs(
      simulateBandit({
        arms: [ratioOutcomes(0.3, 3), ratioOutcomes(0.45, 3)], batches: 20, batchSize: 200, seed: 5, floor: 0.1,
        prior: { x: 1, y: 3 },
      }),
      0, 1,
    )
    const told = compareEpochs(epochs, { direction: 'increase', ...levels(0.15) })
    expect(told.difference.lower).toBeGreaterThan(0)
    expect(told.difference.lower).toBeLessThan(0.15)
    expect(told.difference.upper).toBeGreaterThan(0.15)
  })
})
