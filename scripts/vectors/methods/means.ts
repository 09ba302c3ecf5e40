import { z } from 'zod'
import {
  type FixedEstimate, type WelchArm, anytimeCoefficient, anytimeLogT, anytimeRadius, equivalence, fixedBound,
  fixedInterval, fixedP, fixedT, msprt, msprtTau2, pFromLogE, welch, welchArm, welchShare,
} from '../../../stats/index.ts'
import type { Adapter, Methods } from '../case.ts'

const Level = z.number().default(0.05)

/** Sums of an arm; without squares it is a share. */
const Arm = z.object({ n: z.number(), sum: z.number(), sum_squares: z.number().optional() })

const armOf = ({ n, sum, sum_squares: squares }: z.infer<typeof Arm>): WelchArm =>
  squares === undefined ? welchShare(n, sum) : welchArm(n, sum / n, (squares - (sum / n) * sum) / (n - 1))

const fixedOf = (inputs: Record<string, unknown>, scale: 'absolute' | 'relative'): FixedEstimate => {
  const { control, treatment } = z.object({ control: Arm, treatment: Arm }).parse(inputs)
  const at = welch(armOf(control), armOf(treatment), scale)
  if (!at) throw new RangeError('no t test exists')
  return at
}

const twoSidedWelch = (scale: 'absolute' | 'relative'): Adapter => (inputs) => {
  const { alpha } = z.object({ alpha: Level }).parse(inputs)
  const at = fixedOf(inputs, scale)
  const { lower, upper } = fixedInterval(at, alpha)
  return { expected: at.estimate, ci_lower: lower, ci_upper: upper, se: at.se, p: fixedP(at) }
}

const oneSidedWelch = (scale: 'absolute' | 'relative', alternative: 'greater' | 'less'): Adapter => (inputs) => {
  const { alpha } = z.object({ alpha: Level }).parse(inputs)
  const at = fixedOf(inputs, scale)
  return {
    expected: at.estimate, se: at.se, p: fixedP(at, alternative),
    ci_lower: fixedBound(at, alpha, 'lower'), ci_upper: fixedBound(at, alpha, 'upper'),
  }
}

const tost: Adapter = (inputs) => {
  const { mean_diff: estimate, se, df: degrees, epsilon, alpha } = z
    .object({ mean_diff: z.number(), se: z.number(), df: z.number(), epsilon: z.number(), alpha: Level })
    .parse(inputs)
  const { pValue, lower, upper } = equivalence({ estimate, se, degrees }, epsilon, alpha)
  return { p: pValue, ci_lower: lower, ci_upper: upper }
}

const shifted: Adapter = (inputs) => {
  const { mean_a: a, mean_b: b, se, df: degrees, mu } = z
    .object({ mean_a: z.number(), mean_b: z.number(), se: z.number(), df: z.number(), mu: z.number() })
    .parse(inputs)
  const at = { estimate: a - b, se, degrees }
  return {
    t: fixedT(at, mu), p_less: fixedP(at, 'less', mu), p_greater: fixedP(at, 'greater', mu),
    p_two_sided: fixedP(at, 'two-sided', mu),
  }
}

const pairedNormal: Adapter = (inputs) => {
  const { n_per_arm: pairs, mean_diff: difference, sigma2, tau2 } = z
    .object({ n_per_arm: z.number(), mean_diff: z.number(), sigma2: z.number(), tau2: z.number() })
    .parse(inputs)
  const test = msprt({ pairs, difference, variance: 2 * sigma2 }, tau2)
  return test && { Lambda: Math.exp(test.logRatio), p: test.pValue }
}

const mixingVariance: Adapter = (inputs) => {
  const { alpha, sigma, truncation } = z
    .object({ alpha: z.number(), sigma: z.number(), truncation: z.number() })
    .parse(inputs)
  return { tau2: msprtTau2(alpha, sigma, truncation) }
}

const coefficient: Adapter = (inputs) => {
  const { estimate, std_error: se, n, n_coefficients: coefficients, alpha, g } = z
    .object({
      estimate: z.number(), std_error: z.number(), n: z.number(), n_coefficients: z.number(), alpha: Level,
      g: z.number(),
    })
    .parse(inputs)
  const { pValue, lower, upper } = anytimeCoefficient({ estimate, se, n, coefficients }, { g, alpha })
  return { p: pValue, cs_lower: lower, cs_upper: upper }
}

const anytimeT: Adapter = (inputs) => {
  const { t, nu, n, g, alpha } = z
    .object({ t: z.number(), nu: z.number(), n: z.number(), g: z.number(), alpha: Level })
    .parse(inputs)
  return { p: pFromLogE(anytimeLogT(t, nu, n, g)), t_radius: anytimeRadius(nu, n, g, alpha) }
}

export const means: Methods = [
  [/^Welch t-test on (relative lift|proportions, relative lift)/, twoSidedWelch('relative')],
  [/^Welch t-test, absolute difference/, twoSidedWelch('absolute')],
  [/^Welch t relative/, twoSidedWelch('relative')],
  [/^one-sided Welch t \(greater\), relative/, oneSidedWelch('relative', 'greater')],
  [/^one-sided Welch t \(greater\), absolute/, oneSidedWelch('absolute', 'greater')],
  [/^one-sided Welch t \(less(er)?\), relative/, oneSidedWelch('relative', 'less')],
  [/^one-sided Welch t \(less(er)?\), absolute/, oneSidedWelch('absolute', 'less')],
  [/^Welch TOST equivalence test/, tost],
  [/^Welch t-test against a non-zero margin/, shifted],
  [/^mSPRT \(Johari\) paired-stream normal/, pairedNormal],
  [/^mSPRT calcTau/, mixingVariance],
  [/^anytime-valid linear model: coefficient/, coefficient],
  ['anytime-valid t-test p-value', anytimeT],
]
