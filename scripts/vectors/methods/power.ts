import { z } from 'zod'
import {
  type Estimated, type Judged, fixedCritical, meanEstimate, normalQuantile, relativeDetectableEffect, relativeLift,
  scalingFactor, sequentialCost, sequentialOperatingCharacteristics, tTestPower, unitsPerArm, unitsPerArmForShare,
  zTestPower,
} from '../../../stats/index.ts'
import type { Adapter, Methods } from '../case.ts'

const sided = { two: 'two-sided', 'two-sided': 'two-sided', larger: 'greater', smaller: 'less' } as const

const zPower: Adapter = (inputs) => {
  const { effect_size: effect, n_per_arm: n, alpha, alternative } = z
    .object({
      effect_size: z.number(), n_per_arm: z.number(), alpha: z.number(),
      alternative: z.enum(['two', 'two-sided', 'larger', 'smaller']),
    })
    .parse(inputs)
  return { power: zTestPower(effect * Math.sqrt(n / 2), alpha, sided[alternative]) }
}

const shares: Adapter = (inputs) => {
  const { p1, absolute_mde: effect, alpha, power } = z
    .object({ p1: z.number(), absolute_mde: z.number(), alpha: z.number(), power: z.number() })
    .parse(inputs)
  return { n_total: 2 * unitsPerArmForShare(p1, effect, alpha, power) }
}

const means: Adapter = (inputs) => {
  const { variance, absolute_mde: effect, alpha, power } = z
    .object({ variance: z.number(), absolute_mde: z.number(), alpha: z.number(), power: z.number() })
    .parse(inputs)
  return { n_total: 2 * unitsPerArm({ varianceA: variance, varianceB: variance, effect, alpha, power }) }
}

const relativeEffect: Adapter = (inputs) => {
  const { mean, variance, n_per_arm: n, alpha, power } = z
    .object({ mean: z.number(), variance: z.number(), n_per_arm: z.number(), alpha: z.number(), power: z.number() })
    .parse(inputs)
  return { mde_relative: relativeDetectableEffect(mean, variance, n, alpha, power) ?? Infinity }
}

const cost: Adapter = (inputs) => {
  const { alpha, power } = z.object({ alpha: z.number(), power: z.number() }).parse(inputs)
  return { ...sequentialCost(alpha, power) }
}

const tPower: Adapter = (inputs) => {
  const { effect_size: effectSize, two_sided: both, alternative, ...sizes } = z
    .object({
      effect_size: z.number(), n1: z.number(), n2: z.number(), alpha: z.number(), two_sided: z.boolean().optional(),
      alternative: z.enum(['two', 'two-sided', 'larger', 'smaller']).optional(),
    })
    .parse(inputs)
  const named = alternative ?? (both === false ? 'larger' : 'two-sided')
  return { power: tTestPower({ effectSize, ...sizes, alternative: sided[named] }) }
}

const Sums = z.object({ n: z.number(), sum: z.number(), sum_squares: z.number() })
const MidExperiment = z.object({
  control: Sums, treatment: Sums, mde: z.number(), alpha: z.number(), power: z.number().default(0.8),
  N_star: z.number().default(5_000), kind: z.enum(['freq', 'seq', 'bayes']).default('freq'),
  // the prior that the method's name tells where inputs do not
  prior_mean: z.number().default(0.05), prior_variance: z.number().default(0.001),
})

const estimateOf = ({ n, sum, sum_squares: squares }: z.infer<typeof Sums>): Estimated =>
  meanEstimate(n, sum / n, (squares - sum ** 2 / n) / (n - 1))

/** Units still needed for a relative effect; a bayesian one is judged by a posterior, whatever its inputs' kind. */
const midExperiment = (bayesian: boolean): Adapter => (inputs) => {
  const { control, treatment, mde: effect, alpha, power, ...given } = MidExperiment.parse(inputs)
  const kind = bayesian ? 'bayes' : given.kind
  const lift = relativeLift(estimateOf(control), estimateOf(treatment))
  if (!lift) throw new RangeError('the control mean is 0')
  const judged: Judged =
    kind === 'freq' ? { kind: 'fixed' }
    : kind === 'seq' ? { kind: 'sequential', units: given.N_star }
    : { kind: 'bayesian', priorMean: given.prior_mean, priorVariance: given.prior_variance }
  const units = control.n + treatment.n
  return { scaling_factor: scalingFactor({ variance: lift.variance, units, effect, alpha, power }, judged) }
}

/** Time in units of the fixed-horizon size of a test with 80 % power. */
const monitored: Adapter = (inputs) => {
  const { alpha, tuned_at: tunedAt, max_n: last, looks, effect_in_units_of_design_effect: effect, power } = z
    .object({
      alpha: z.number(), tuned_at: z.number(), max_n: z.number(), looks: z.number(),
      effect_in_units_of_design_effect: z.number(), power: z.number().default(0.8),
    })
    .parse(inputs)
  const times = Array.from({ length: looks }, (_, index) => (last * (index + 1)) / looks)
  const drift = effect * (fixedCritical(alpha) + normalQuantile(power))
  const { chance, meanTime } = sequentialOperatingCharacteristics({ alpha, tunedAt, times, drift })
  return { reject: chance, mean_n: meanTime }
}

export const power: Methods = [
  ['two-sample z power, n per arm', zPower],
  ['z power', zPower],
  [/^total n, two equal arms, two-sided z, unpooled/, shares],
  [/^total sample size for two proportions/, shares],
  [/^total sample size, mean difference/, means],
  [/^relative MDE with lift variance/, relativeEffect],
  [/^AsympCS tuned at the planned n/, cost],
  [/^AsympCS monitored at equally spaced looks/, monitored],
  [/^two-sample t-test power/, tPower],
  [/^mid-experiment scaling factor/, midExperiment(false)],
  [/^Bayesian mid-experiment scaling factor/, midExperiment(true)],
]
