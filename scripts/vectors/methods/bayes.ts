import { z } from 'zod'
import {
  type Estimated, type NormalPosterior, type Posterior, credibleInterval, effectBelief, expectedGain, meanEstimate,
  meanPosterior, noUnits, probabilityBest, probabilityExceeds, pushUnit, relativeLift, updateNormal,
} from '../../../stats/index.ts'
import type { Adapter, Methods, Told } from '../case.ts'

/** Sums of an arm; without squares it is a share, whose variance is p(1 − p) with no correction. */
const Arm = z.object({ n: z.number(), sum: z.number(), sum_squares: z.number().optional() })

const estimateOf = ({ n, sum, sum_squares: squares }: z.infer<typeof Arm>): Estimated => {
  const mean = sum / n
  return meanEstimate(n, mean, squares === undefined ? mean * (1 - mean) : (squares - mean * sum) / (n - 1))
}

const Lift = z.object({
  control: Arm, treatment: Arm, prior_mean: z.number().optional(), prior_variance: z.number().optional(),
  alpha: z.number().optional(),
})

const lift: Adapter = (inputs) => {
  const { control, treatment, prior_mean: mean = 0, prior_variance: variance, alpha = 0.05 } = Lift.parse(inputs)
  const effect = relativeLift(estimateOf(control), estimateOf(treatment))
  if (!effect) throw new RangeError('the control mean is 0')
  const prior = variance === undefined ? null : { estimate: mean, variance }
  const belief = effectBelief(effect, prior, 'highest', 1 - alpha)
  return {
    expected: belief.mean, ci_lower: belief.lower, ci_upper: belief.upper, sd: belief.sd,
    chance_to_win: belief.chanceToWin, risk_control: belief.risk.keepControl, risk_treatment: belief.risk.shipTreatment,
  }
}

const gain: Adapter = (inputs) => {
  const { mu, sigma } = z.object({ mu: z.number(), sigma: z.number() }).parse(inputs)
  return { risk_control: expectedGain(mu, sigma), risk_treatment: expectedGain(-mu, sigma) }
}

const Two = z.tuple([z.number(), z.number()])
const beta = ([a, b]: readonly number[]): Posterior => ({ family: 'beta', a: a ?? Number.NaN, b: b ?? Number.NaN })
const gamma = ([shape, rate]: readonly number[]): Posterior =>
  ({ family: 'gamma', shape: shape ?? Number.NaN, rate: rate ?? Number.NaN })

/** One pair A, B with its losses, or a list of pairs written in a row. */
const betaPairs: Adapter = (inputs) => {
  const { A, B, pairs = [] } = z
    .object({ A: Two.optional(), B: Two.optional(), pairs: z.array(z.array(z.number()).length(4)).optional() })
    .parse(inputs)
  const told: Record<string, number> = {}
  for (const [index, pair] of pairs.entries()) {
    told[`p${index + 1}`] = probabilityExceeds(beta(pair.slice(2)), beta(pair.slice(0, 2)))
  }
  if (!A || !B) return told
  const [lossA = Number.NaN, lossB = Number.NaN] = probabilityBest([beta(A), beta(B)]).expectedLoss
  return { ...told, p_B_beats_A: probabilityExceeds(beta(B), beta(A)), loss_choose_A: lossA, loss_choose_B: lossB }
}

const bestOf = (arms: readonly Posterior[]): Told => {
  const { probability, expectedLoss } = probabilityBest(arms)
  return Object.fromEntries([
    ...probability.map((chance, arm) => [`p_best_${arm}`, chance] as const),
    ...expectedLoss.map((loss, arm) => [`loss_${arm}`, loss] as const),
  ])
}

const Arms = z.object({
  arms: z.array(z.union([
    Two.transform(beta),
    z.object({ family: z.literal('beta'), a: z.number(), b: z.number() }),
    z.object({ family: z.literal('gamma'), shape: z.number(), rate: z.number() }),
    z.object({ family: z.literal('normal'), mean: z.number(), sd: z.number() }),
    z.object({ family: z.literal('student'), center: z.number(), scale: z.number(), degrees: z.number() }),
  ])),
})

/** Arms as pairs are Beta posteriors. */
const manyArms: Adapter = (inputs) => bestOf(Arms.parse(inputs).arms)

/** Normal posteriors: their means and deviations as two lists. */
const manyNormals: Adapter = (inputs) => {
  const { mean, sd } = z.object({ mean: z.array(z.number()), sd: z.array(z.number()) }).parse(inputs)
  const normal = (value: number, arm: number): NormalPosterior =>
    ({ family: 'normal', mean: value, sd: sd[arm] ?? Number.NaN })
  return bestOf(mean.map(normal))
}

const twoGammas: Adapter = (inputs) => {
  const { arm1, arm2 } = z.object({ arm1: Two, arm2: Two }).parse(inputs)
  return { p: probabilityExceeds(gamma(arm2), gamma(arm1)) }
}

const Normal = z.object({
  prior: z.object({ m: z.number(), k: z.number(), a: z.number(), b: z.number() }),
  x: z.array(z.number()),
  alpha: z.number().optional(),
})

const normalUpdate: Adapter = (inputs) => {
  const { prior: { m, k, a, b }, x, alpha = 0.05 } = Normal.parse(inputs)
  const units = x.reduce((state, value) => pushUnit(state, value), noUnits)
  const belief = updateNormal({ mean: m, weight: k, shape: a, scale: b }, units)
  const { lower, upper } = credibleInterval(meanPosterior(belief), 1 - alpha)
  const parameters = { m_n: belief.mean, k_n: belief.weight, a_n: belief.shape, b_n: belief.scale }
  return { ...parameters, ci_lower: lower, ci_upper: upper }
}

export const bayes: Methods = [
  [/^Gaussian-posterior A\/B/, lift],
  [/^same, (continuous|binary|binomial) metric/, lift],
  [/^same,? with N\([^)]*\) prior/, lift],
  [/^Gaussian expected loss/, gain],
  [/^P\(B>A\)/, betaPairs],
  [/^P\(arm is best\) and expected loss per arm/, manyArms],
  [/^P\(best\) for independent normal posteriors/, manyNormals],
  [/^Gamma-Poisson: P\(/, twoGammas],
  [/^Normal-inverse-gamma update/, normalUpdate],
]
