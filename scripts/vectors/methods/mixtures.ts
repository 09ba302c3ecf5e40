import { z } from 'zod'
import {
  betaBinomial, betaBinomialBoundary, betaBinomialLogMixture, doubleStitchedBoundary, empiricalProcessRadius,
  gammaBoundary, gammaLogMixture, gammaMixture, mixtureRho, normalBoundary, normalLogMixture, normalMixture,
  stitchedBoundary,
} from '../../../stats/index.ts'
import type { Adapter, Methods } from '../case.ts'

const At = z.object({ s: z.number().default(0), v: z.number(), alpha: z.number().default(0.05) })
const Tuning = z.object({ v_opt: z.number(), alpha_opt: z.number().default(0.05) })

const rho = (sides: 1 | 2): Adapter => (inputs) => {
  const { v_opt: vOpt, alpha_opt: alphaOpt } = Tuning.parse(inputs)
  return mixtureRho(vOpt, alphaOpt, sides)
}

const normal = (sides: 1 | 2, told: 'log' | 'boundary'): Adapter => (inputs) => {
  const { v_opt: vOpt, alpha_opt: alphaOpt } = Tuning.parse(inputs)
  const { s, v, alpha } = At.parse(inputs)
  const mixture = normalMixture(vOpt, alphaOpt, sides)
  return told === 'log' ? normalLogMixture(mixture, s, v) : normalBoundary(mixture, v, alpha)
}

const binomial = (sides: 1 | 2, told: 'log' | 'boundary'): Adapter => (inputs) => {
  const { v_opt: vOpt, alpha_opt: alphaOpt } = Tuning.parse(inputs)
  const { g, h } = z.object({ g: z.number(), h: z.number() }).parse(inputs)
  const { s, v, alpha } = At.parse(inputs)
  const mixture = betaBinomial({ g, h, vOpt, alphaOpt, sides })
  return told === 'log' ? betaBinomialLogMixture(mixture, s, v) : betaBinomialBoundary(mixture, v, alpha)
}

const gamma = (kind: 'exponential' | 'poisson', told: 'log' | 'boundary'): Adapter => (inputs) => {
  const { v_opt: vOpt, alpha_opt: alphaOpt } = Tuning.parse(inputs)
  const { c } = z.object({ c: z.number() }).parse(inputs)
  const { s, v, alpha } = At.parse(inputs)
  const mixture = gammaMixture(kind, vOpt, c, alphaOpt)
  return told === 'log' ? gammaLogMixture(mixture, s, v) : gammaBoundary(mixture, v, alpha)
}

const Shape = z.object({ s: z.number().default(1.4), eta: z.number().default(2) })

const stitched: Adapter = (inputs) => {
  const { v, alpha, v_min: vMin, c } = z
    .object({ v: z.number(), alpha: z.number(), v_min: z.number(), c: z.number().default(0) })
    .parse(inputs)
  return stitchedBoundary(v, alpha, vMin, c, Shape.parse(inputs))
}

const doubleStitched: Adapter = (inputs) => {
  const { quantile_p: share, t, alpha, t_opt: tOpt, delta } = z
    .object({
      quantile_p: z.number(), t: z.number(), alpha: z.number(), t_opt: z.number(), delta: z.number().default(0.5),
    })
    .parse(inputs)
  return doubleStitchedBoundary(share, t, alpha, tOpt, delta, Shape.parse(inputs))
}

const band: Adapter = (inputs) => {
  const { t, alpha, t_min: tMin, A: a } = z
    .object({ t: z.number(), alpha: z.number(), t_min: z.number(), A: z.number().default(0.85) })
    .parse(inputs)
  return empiricalProcessRadius(t, alpha, tMin, a)
}

export const mixtures: Methods = [
  ['normal mixture: best rho (two-sided)', rho(2)],
  ['normal mixture: best rho (one-sided)', rho(1)],
  [/^two-sided normal mixture: log supermartingale/, normal(2, 'log')],
  [/^two-sided normal mixture: boundary/, normal(2, 'boundary')],
  [/^one-sided normal mixture: log supermartingale/, normal(1, 'log')],
  [/^one-sided normal mixture: boundary/, normal(1, 'boundary')],
  [/^gamma-exponential mixture: log supermartingale/, gamma('exponential', 'log')],
  [/^gamma-exponential mixture: boundary/, gamma('exponential', 'boundary')],
  [/^gamma-Poisson mixture: log supermartingale/, gamma('poisson', 'log')],
  [/^gamma-Poisson mixture: boundary/, gamma('poisson', 'boundary')],
  [/^two-sided beta-binomial mixture: log supermartingale/, binomial(2, 'log')],
  [/^two-sided beta-binomial mixture: boundary/, binomial(2, 'boundary')],
  [/^one-sided beta-binomial mixture: log supermartingale/, binomial(1, 'log')],
  [/^one-sided beta-binomial mixture: boundary/, binomial(1, 'boundary')],
  [/^polynomial stitching bound/, stitched],
  [/^double stitching bound/, doubleStitched],
  [/^empirical-process LIL band/, band],
]
