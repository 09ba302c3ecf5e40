import { describe, expect, it } from 'vitest'
import { ratioEstimate } from '../delta/ratio.ts'
import { addMoments, noMoments } from '../moments/moments.ts'
import { exactRho } from '../sequential/asymptotic-cs.ts'
import { twoSided } from '../sequential/bounds.ts'
import { missingMinimums } from '../sequential/minimums.ts'
import {
  type Outcomes, type BanditRun, binaryOutcomes, linearDrift, ratioOutcomes, shiftedOutcomes, simulateBandit,
} from '../simulate/index.ts'
import { type AdaptiveEpoch, pairEpochs } from './epoch.ts'
import { pairContrast, pairEstimate } from './pair.ts'
import { planVariance } from './sequence.ts'

const runs = 120
const batches = 20
const batchSize = 100

type Scenario = {
  arms: readonly Outcomes[]; effect: number; variance: number; share: boolean; prior: NonNullable<BanditRun['prior']>
}

/** Whether the sequence covers the effect at every look from its minimums on; and the naive interval at the end. */
const outcome = (epochs: AdaptiveEpoch[], { effect, variance, share }: Scenario) => {
  const rho = exactRho(planVariance(batches * batchSize, variance, 0.2), 0.05)
  const pair = pairEpochs(epochs, 0, 1)
  let [always, looks] = [true, 0]
  const total = { a: noMoments, b: noMoments }
  for (const [index, epoch] of pair.entries()) {
    total.a = addMoments(total.a, epoch.a.moments)
    total.b = addMoments(total.b, epoch.b.moments)
    if (missingMinimums([total], { share }).length > 0) continue
    const estimate = pairEstimate(pair.slice(0, index + 1))
    const at = estimate && pairContrast(estimate)
    if (!at) continue
    looks++
    const { lower, upper } = twoSided(at, { alpha: 0.05, rho })
    if (lower > effect || upper < effect) always = false
  }
  const [a, b] = [ratioEstimate(total.a), ratioEstimate(total.b)]
  const naive = a && b ? Math.abs(b.estimate - a.estimate - effect) < 1.96 * Math.sqrt(a.variance + b.variance) : false
  return { always, looks, naive }
}

const measure = (scenario: Scenario, run: Partial<BanditRun>) => {
  const results = Array.from({ length: runs }, (_, seed) =>
    outcome(
      simulateBandit({ ...run, arms: scenario.arms, batches, batchSize, seed, floor: 0.02, prior: scenario.prior }),
      scenario,
    ),
  )
  const share = (holds: (one: (typeof results)[number]) => boolean) => results.filter(holds).length / runs
  return {
    always: share(({ always }) => always), naive: share(({ naive }) => naive), looked: share(({ looks }) => looks > 0),
  }
}

const binary = (a: number, b: number): Scenario => ({
  arms: [binaryOutcomes(a), binaryOutcomes(b)], effect: b - a, variance: 0.21, share: true, prior: { x: a },
})
const requests = ratioOutcomes(0.3, 3, 10, 0.02)
const ratios = (effect: number): Scenario => ({
  arms: [requests, shiftedOutcomes(requests, effect)], effect, variance: 0.15, share: false, prior: { x: 0.9, y: 3 },
})

describe('batched Thompson with a floor of .02 while the baseline of both arms rises by .2', () => {
  it.each([
    ['no effect, posteriors with epoch effects', binary(0.3, 0.3), 'epochs'],
    ['an effect of .06, pooled posteriors', binary(0.2, 0.26), 'pooled'],
    ['a ratio metric without an effect', ratios(0), 'epochs'],
    ['a ratio metric with an effect of .05', ratios(0.05), 'epochs'],
  ] as const)('%s: the sequence covers at all looks, the naive interval fails', (_, scenario, posterior) => {
    const { always, naive, looked } = measure(scenario, { drift: linearDrift(0.2), posterior })
    expect(always).toBeGreaterThanOrEqual(0.94)
    expect(naive).toBeLessThan(0.9)
    expect(looked).toBeGreaterThan(0.85)
  })
})
