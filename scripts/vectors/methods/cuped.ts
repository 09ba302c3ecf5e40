import { z } from 'zod'
import {
  type Adjusted, type CovariateMoments, type FixedEstimate, type Sequential, adjustRegimes, approximateRho,
  covariateMomentsOf, fixedInterval, fixedP, perUnitMoments, pooledTheta, ratioEstimate, twoSided, twoSidedP, welch, welchAdjusted,
  withCovariate,
} from '../../../stats/index.ts'
import type { Adapter, Inputs, Methods, Told } from '../case.ts'

const Sums = z.record(z.string(), z.number())
const Numbers = z.array(z.number())

/** An arm as means (sy, syy, sx, sxx, sxy), as sums over four variables (s, ss), or as the units themselves. */
const MeanArm = z.object({
  n: z.number(), sy: z.number(), syy: z.number(), sx: z.number(), sxx: z.number(), sxy: z.number(),
})
const RatioArm = z.object({ n: z.number(), s: Sums, ss: Sums })
const Units = z.object({ mp: Numbers, dp: Numbers.optional(), mq: Numbers, dq: Numbers.optional() })
const Arm = z.union([MeanArm, RatioArm, Units])

const momentsFrom = (arm: z.infer<typeof Arm>): CovariateMoments => {
  if ('sy' in arm) {
    const { n, sy, syy, sx, sxx, sxy } = arm
    return withCovariate(perUnitMoments(n, sy, syy), { sumU: sx, sumUU: sxx, sumXU: sxy, sumYU: sx })
  }
  if ('mp' in arm) {
    const { mp, dp, mq, dq } = arm
    return covariateMomentsOf(mp.map((x, i) => ({ x, y: dp?.[i] ?? 1, u: mq[i] ?? 0, v: dq?.[i] ?? 1 })))
  }
  const of = (one: string, other = one): number => {
    const value = arm.ss[one + other] ?? arm.ss[other + one]
    if (value === undefined) throw new RangeError(`the product of ${one} and ${other} is missing`)
    return value
  }
  const { mp = Number.NaN, dp = Number.NaN, mq = Number.NaN, dq = Number.NaN } = arm.s
  return {
    n: arm.n, sumX: mp, sumY: dp, sumU: mq, sumV: dq,
    sumXX: of('mp'), sumXY: of('mp', 'dp'), sumYY: of('dp'), sumUU: of('mq'), sumUV: of('mq', 'dq'), sumVV: of('dq'),
    sumXU: of('mp', 'mq'), sumXV: of('mp', 'dq'), sumYU: of('dp', 'mq'), sumYV: of('dp', 'dq'),
  }
}

const Case = z.object({
  control: Arm, treatment: Arm, theta: z.number().optional(), alpha: z.number().default(0.05),
  N_star: z.number().optional(), difference: z.enum(['absolute', 'relative']).default('relative'),
})

/** Everything told about an adjusted pair: estimate and error, the Welch test, and the sequence where it is tuned. */
const adjusted: Adapter = (inputs) => {
  const { control, treatment, theta, alpha, N_star: tuned, difference: scale } = Case.parse(inputs)
  const pair = { a: momentsFrom(control), b: momentsFrom(treatment) }
  const said: Adjusted = adjustRegimes([pair], theta === undefined ? {} : { theta })
  const effect = scale === 'relative' ? said.relative : said.difference
  if (!effect || effect.variance === null) throw new RangeError('nothing can be estimated')
  const at = { estimate: effect.estimate, se: Math.sqrt(effect.variance), n: said.n }
  const sequence = tuned === undefined ? {} : sequenceOf(at, alpha, tuned)
  return {
    expected: at.estimate, lift: at.estimate, se: at.se, theta: said.theta,
    ...welchOf(welchAdjusted(said, scale), alpha), ...sequence,
  }
}

const sequenceOf = (at: Sequential, alpha: number, units: number): Record<string, Told> => {
  const rho = approximateRho(units, alpha)
  const { lower, upper } = twoSided(at, { alpha, rho })
  return { cs_lower: lower, cs_upper: upper, cs_p: twoSidedP(at, rho) }
}

const welchOf = (at: FixedEstimate | null, alpha: number): Record<string, Told> => {
  if (!at) return {}
  const { lower, upper } = fixedInterval(at, alpha)
  return { ci_lower: lower, ci_upper: upper, p: fixedP(at) }
}

/** Both arms hold the units given, unless each has its own. */
const theta: Adapter = (inputs) => {
  const raw = z.object({ arm_post: Numbers, arm_pre: Numbers }).safeParse(inputs)
  if (!raw.success) {
    const { control, treatment } = Case.parse(inputs)
    return { theta: pooledTheta([{ a: momentsFrom(control), b: momentsFrom(treatment) }]) }
  }
  const arm = momentsFrom({ mp: raw.data.arm_post, mq: raw.data.arm_pre })
  return { theta: pooledTheta([{ a: arm, b: arm }]) }
}

const plainRatio = (inputs: Inputs, scale: 'absolute' | 'relative'): Record<string, Told> => {
  const Ratio = z.object({
    n: z.number(), sm: z.number(), smm: z.number(), sd: z.number(), sdd: z.number(), smd: z.number(),
  })
  const { control, treatment, alpha } = z
    .object({ control: Ratio, treatment: Ratio, alpha: z.number().default(0.05) })
    .parse(inputs)
  const [a, b] = [control, treatment].map(({ n, sm, smm, sd, sdd, smd }) => {
    const estimated = ratioEstimate({ n, sumX: sm, sumY: sd, sumXX: smm, sumXY: smd, sumYY: sdd })
    if (!estimated) throw new RangeError('a ratio without denominator')
    return { ...estimated, n }
  })
  if (!a || !b) throw new RangeError('an arm is missing')
  const at = welch(a, b, scale)
  const told = { expected: at?.estimate ?? null, se: at?.se ?? null, ...welchOf(at, alpha) }
  return { ratio_a: a.estimate, ratio_b: b.estimate, ...told }
}

export const cuped: Methods = [
  [/^CUPED pooled theta/, theta],
  [/^CUPED \(pooled theta\) relative lift/, adjusted],
  [/^CUPED \(pooled theta\) absolute/, (inputs) => adjusted({ ...inputs, difference: 'absolute' })],
  [/^CUPED on a ratio metric/, adjusted],
  [/^CUPED ratio, theta=[\d.]+ fixed/, adjusted],
  ['same data, more digits', adjusted],
  [/^same data, asymptotic CS/, adjusted],
  [/^ratio metric sum\(m\)\/sum\(d\).*relative lift/, (inputs) => plainRatio(inputs, 'relative')],
  [/^ratio metric sum\(m\)\/sum\(d\).*absolute/, (inputs) => plainRatio(inputs, 'absolute')],
]
