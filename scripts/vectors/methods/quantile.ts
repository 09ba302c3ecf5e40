import { z } from 'zod'
import {
  type Estimated, absoluteDifference, bucketsOf, clusterInflation, momentsOf, normalQuantile, quantileBoundary,
  quantileEstimate, quantileRanks, quantileTest, relativeLift, underNormalPrior,
} from '../../../stats/index.ts'
import type { Adapter, Inputs, Methods } from '../case.ts'

const OrderStatistics = z.object({
  n: z.number(), n_star: z.number().optional(), nu: z.number(), hat: z.number(), lower: z.number(), upper: z.number(),
})

/** Normal interval of the difference of two quantiles, drawn toward a prior where one is given. */
const effect = (inputs: Inputs, scale: 'absolute' | 'relative') => {
  const { control, treatment, alpha, prior_mean: mean, prior_variance: variance } = z
    .object({
      control: OrderStatistics, treatment: OrderStatistics, alpha: z.number().default(0.05),
      prior_mean: z.number().default(0), prior_variance: z.number().optional(),
    })
    .parse(inputs)
  // order statistics are published at the ranks of a 95 % interval, whatever the level of the effect
  const [a, b] = [control, treatment].map(({ n, n_star: rankedOf = n, hat: estimate, lower, upper }) =>
    quantileEstimate({ estimate, lower, upper, n, rankedOf }))
  const plain = a && b && (scale === 'absolute' ? absoluteDifference(a, b) : relativeLift(a, b))
  if (!plain) throw new RangeError('the effect cannot be estimated')
  const { estimate, variance: squared }: Estimated =
    variance === undefined ? plain : underNormalPrior(plain, { estimate: mean, variance })
  const reach = normalQuantile(1 - alpha / 2) * Math.sqrt(squared)
  return { effect: estimate, ci_lower: estimate - reach, ci_upper: estimate + reach, se: Math.sqrt(squared) }
}

const cluster: Adapter = (inputs) => {
  const { S_i: below, N_i: events, nu } = z
    .object({ S_i: z.array(z.number()), N_i: z.array(z.number()), nu: z.number() })
    .parse(inputs)
  const said = clusterInflation(momentsOf(below.map((s, i) => [s, events[i] ?? 0] as const)), nu)
  return said && { var_cluster: said.clustered, var_iid: said.independent, inflation: said.inflation }
}

const ranks: Adapter = (inputs) => {
  const { n, quantile, alpha } = z
    .object({ n: z.number(), quantile: z.number(), alpha: z.number() })
    .parse(inputs)
  const { lower, upper, coverage } = quantileRanks(n, quantile, alpha)
  return { rank_lower: lower, rank_upper: upper, exact_coverage: coverage }
}

const sequence: Adapter = (inputs) => {
  const { n, quantile, t_opt: units, alpha, alpha_opt: tuned = alpha } = z
    .object({
      n: z.number(), quantile: z.number(), t_opt: z.number(), alpha: z.number(), alpha_opt: z.number().optional(),
    })
    .parse(inputs)
  const { lower, upper } = quantileBoundary(n, quantile, alpha, { units, alpha: tuned })
  return {
    boundary_lower: lower, boundary_upper: upper, p_lower: quantile - lower / n, p_upper: quantile + upper / n,
  }
}

/** Arms of the published tests: 1 … n, and the same moved by an offset. */
const twoSample: Adapter = (inputs) => {
  const { quantile, offset, n_per_arm: n, t_opt: units, alpha_opt: alpha } = z
    .object({
      quantile: z.number(), offset: z.number(), n_per_arm: z.number(), t_opt: z.number(),
      alpha_opt: z.number().default(0.05),
    })
    .parse(inputs)
  const arm = (from: number) => bucketsOf(Array.from({ length: n }, (_, i) => from + i + 1))
  return quantileTest(arm(0), arm(offset), quantile, { units, alpha }).pValue
}

export const quantile: Methods = [
  [/^quantile treatment effect via order-statistic CI width.*relative/, (inputs) => effect(inputs, 'relative')],
  [/^quantile treatment effect via order-statistic CI width/, (inputs) => effect(inputs, 'absolute')],
  [/^same, relative effect with N\([^)]*\) prior/, (inputs) => effect(inputs, 'relative')],
  [/^cluster variance of the indicator mean/, cluster],
  [/^fixed-n distribution-free quantile CI ranks/, ranks],
  [/^anytime-valid quantile CS: ranks/, sequence],
  [/^anytime-valid two-sample quantile test p-value/, twoSample],
]
