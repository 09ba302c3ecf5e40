import { z } from 'zod'
import {
  addBernstein, addBlock, addPolicyEpoch, bernsteinLower, hedgedLogCapital, hoeffdingInterval, initialWealth,
  msprtShares, noBernstein, noBlocks, placeBets, policyLower, proportionInterval, safe2x2LogFactor,
  tunedProportionInterval,
} from '../../../stats/index.ts'
import type { Adapter, Methods } from '../case.ts'

const Level = z.number().default(0.05)

/** One size for all blocks, or one a block. */
const Sizes = z.union([z.number(), z.array(z.number())])
const sizeOf = (sizes: z.infer<typeof Sizes>, block: number): number =>
  typeof sizes === 'number' ? sizes : (sizes[block] ?? Number.NaN)

const safe: Adapter = (inputs) => {
  const { ya, yb, na, nb, beta_prior: [a, b] } = z
    .object({
      ya: z.array(z.number()), yb: z.array(z.number()), na: Sizes, nb: Sizes,
      beta_prior: z.tuple([z.number(), z.number()]).default([0.18, 0.18]),
    })
    .parse(inputs)
  let state = noBlocks
  let first: number | null = null
  for (const [index, successes] of ya.entries()) {
    const [sizeA, sizeB] = [sizeOf(na, index), sizeOf(nb, index)]
    const epoch = {
      a: { n: sizeA, successes },
      b: { n: sizeB, successes: yb[index] ?? Number.NaN },
      propensityA: sizeA,
      propensityB: sizeB,
    }
    first ??= safe2x2LogFactor(state, epoch, { prior: { a, b } })
    state = addBlock(state, epoch, { prior: { a, b } })
  }
  return { log_e: state.logE, e: Math.exp(state.logE), log_e_first: first }
}

const twoShares: Adapter = (inputs) => {
  const { n_per_arm: n, pa, pb, tau2 } = z
    .object({ n_per_arm: z.number(), pa: z.number(), pb: z.number(), tau2: z.number() })
    .parse(inputs)
  const test = msprtShares(n, pa, pb, tau2)
  return test && { Lambda: Math.exp(test.logRatio), p: test.pValue }
}

const Shares = z.object({ successes: z.number(), trials: z.number(), alpha: Level })

const tuned: Adapter = (inputs) => {
  const { successes, trials, alpha } = Shares.parse(inputs)
  const { t_opt: tOpt, alpha_opt: alphaOpt } = z.object({ t_opt: z.number(), alpha_opt: Level }).parse(inputs)
  return tunedProportionInterval(successes, trials, { alpha, tOpt, alphaOpt })
}

const fixedPrior: Adapter = (inputs) => {
  const { successes, trials, alpha } = Shares.parse(inputs)
  const prior = z.object({ a: z.number(), b: z.number() }).parse(inputs)
  return proportionInterval(successes, trials, alpha, prior)
}

const hoeffding: Adapter = (inputs) => {
  const { mean, n, alpha, t_opt: tOpt } = z
    .object({ mean: z.number(), n: z.number(), alpha: Level, t_opt: z.number() })
    .parse(inputs)
  return hoeffdingInterval(mean, n, alpha, tOpt)
}

/** Cases that tell their values in words alone mean these, over and over. */
const PATTERN = [0.9, 0.2, 0.7, 0.8, 0.4, 0.95, 0.6, 0.85, 0.3, 0.75]
const valuesOf = (inputs: Record<string, unknown>): number[] => {
  const { x, n } = z.object({ x: z.array(z.number()).optional(), n: z.number().default(50) }).parse(inputs)
  return x ?? Array.from({ length: n }, (_, index) => PATTERN[index % PATTERN.length] ?? 0)
}

const betting: Adapter = (inputs) => {
  const given = z
    .object({
      m: z.number(), alpha: Level, theta: z.number().default(0.5), trunc_scale: z.number().default(0.5),
      prior_mean: z.number().default(0.5), prior_variance: z.number().default(0.25), fake_obs: z.number().default(1),
    })
    .parse(inputs)
  const imagined = { mean: given.prior_mean, variance: given.prior_variance, weight: given.fake_obs }
  const { m: mean, alpha, theta, trunc_scale: truncation } = given
  const wealth = valuesOf(inputs).reduce(
    (before, value) => placeBets(before, [{ value, count: 1 }], { mean, alpha, theta, truncation, imagined }),
    initialWealth,
  )
  return {
    K_plus: Math.exp(wealth.logPlus),
    K_minus: Math.exp(wealth.logMinus),
    E: Math.exp(hedgedLogCapital(wealth, theta)),
  }
}

const bernstein: Adapter = (inputs) => {
  const options = z.object({ alpha: z.number(), truncation: z.number().default(0.5) }).parse(inputs)
  const state = valuesOf(inputs).reduce(
    (before, x) => addBernstein(before, { n: 1, sum: x, sumSquares: x * x }, options), noBernstein,
  )
  return Math.max(0, bernsteinLower(state, options.alpha))
}

const offPolicy: Adapter = (inputs) => {
  const { arms, y, propensity_arm1: chances, alpha } = z
    .object({
      arms: z.array(z.number()), y: z.array(z.number()), propensity_arm1: z.array(z.number()), alpha: Level,
    })
    .parse(inputs)
  const state = arms.reduce((before, arm, index) => {
    const reward = arm === 1 ? (y[index] ?? Number.NaN) : 0
    const propensity = chances[index] ?? Number.NaN
    return addPolicyEpoch(before, { units: 1, propensity, sum: reward, sumSquares: reward ** 2 }, { alpha })
  }, noBernstein)
  return { lower: policyLower(state, alpha) }
}

export const exact: Methods = [
  [/^sequential two-proportion e-value: product over blocks/, safe],
  [/^two-sample binomial mSPRT/, twoShares],
  [/^beta-binomial mixture CS for one proportion \(prior tuned/, tuned],
  [/^fixed-prior Beta\(a,b\)-binomial mixture CS/, fixedPrior],
  [/^conjugate-mixture Hoeffding two-sided CS/, hoeffding],
  [/^hedged betting capital/, betting],
  [/^predictable-mixture empirical-Bernstein lower CS/, bernstein],
  [/^nonasymptotic off-policy lower CS/, offPolicy],
]
