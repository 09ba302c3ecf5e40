import { z } from 'zod'
import {
  type Estimated, absoluteDifference, approximateRho, asymptoticRadius, exactRho, fixedCritical,
  iteratedLogarithmRadius, lyapunovRadius, meanEstimate, oneSidedBound, oneSidedP, relativeLift, twoSided, twoSidedP,
} from '../../../stats/index.ts'
import type { Adapter, Methods } from '../case.ts'

/** Sums of an arm; without squares it is a share, whose variance is p(1 − p) with no correction. */
const Arm = z.object({ n: z.number(), sum: z.number(), sum_squares: z.number().optional() })
const Pair = z.object({ control: Arm, treatment: Arm, alpha: z.number(), N_star: z.number() })

const estimateOf = ({ n, sum, sum_squares: squares }: z.infer<typeof Arm>): Estimated => {
  const mean = sum / n
  return meanEstimate(n, mean, squares === undefined ? mean * (1 - mean) : (squares - mean * sum) / (n - 1))
}

/** Everything the sequence says about a pair, absolutely or relatively, one- or two-sided. */
const pair = (scale: 'absolute' | 'relative', sides: 1 | 2): Adapter => (inputs) => {
  const { control, treatment, alpha, N_star: units } = Pair.parse(inputs)
  const [a, b] = [estimateOf(control), estimateOf(treatment)]
  const effect = scale === 'absolute' ? absoluteDifference(a, b) : relativeLift(a, b)
  if (!effect) throw new RangeError('the control mean is 0')
  const at = { estimate: effect.estimate, se: Math.sqrt(effect.variance), n: control.n + treatment.n }
  const level = { alpha, rho: approximateRho(units, alpha, sides) }
  const told = { expected: at.estimate, se: at.se }
  if (sides === 1) {
    const [lower, upper] = [oneSidedBound(at, level, 'lower'), oneSidedBound(at, level, 'upper')]
    return { ...told, cs_lower: lower, cs_upper: upper, p: oneSidedP(at, level.rho) }
  }
  const { lower, upper } = twoSided(at, level)
  return { ...told, cs_lower: lower, cs_upper: upper, p: twoSidedP(at, level.rho) }
}

const tuned: Adapter = (inputs) => {
  const { t_opt: units, alpha } = z.object({ t_opt: z.number(), alpha: z.number() }).parse(inputs)
  const rho = exactRho(units, alpha)
  const margin = asymptoticRadius(units, 1, alpha, rho)
  return {
    rho2_exact: rho ** 2,
    rho2_approx: approximateRho(units, alpha) ** 2,
    margin_at_t_opt: margin,
    margin_at_10t_opt: asymptoticRadius(10 * units, 1, alpha, rho),
    ratio_to_z_at_t_opt: (margin * Math.sqrt(units)) / fixedCritical(alpha),
  }
}

const lyapunov: Adapter = (inputs) => {
  const { n, var: variance, rho, alpha } = z
    .object({ n: z.number(), var: z.number(), rho: z.number(), alpha: z.number() })
    .parse(inputs)
  return { margin: lyapunovRadius(n, variance, alpha, rho) }
}

const iterated: Adapter = (inputs) => {
  const { t, alpha } = z.object({ t: z.number(), alpha: z.number() }).parse(inputs)
  return { margin: iteratedLogarithmRadius(t, alpha) }
}

export const asymptoticCs: Methods = [
  [/^two-sided asymptotic CS on relative lift/, pair('relative', 2)],
  [/^two-sided asymptotic CS, absolute/, pair('absolute', 2)],
  [/^one-sided asymptotic CS \((lower|upper) bound\), N\*=\d+, relative$/, pair('relative', 1)],
  [/^one-sided asymptotic CS \((lower|upper) bound\), absolute$/, pair('absolute', 1)],
  ['one-sided asymptotic CS (lower bound) + p-value by inversion in alpha with rho frozen', pair('absolute', 1)],
  [/^one-sided asymptotic-CS p-value by bisection in alpha/, pair('absolute', 1)],
  [/^AsympCS tuning: exact rho\^2/, tuned],
  [/^Lyapunov-type AsympCS margin/, lyapunov],
  [/^AsympCS LIL margin/, iterated],
]
