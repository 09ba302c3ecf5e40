import { z } from 'zod'
import {
  addArrivals, chiSquareSampleRatio, logDirichletMultinomial, logMultinomial, noArrivals, sampleRatio,
} from '../../../stats/index.ts'
import type { Adapter, Methods } from '../case.ts'

const Rows = z.array(z.array(z.number()))

/** Cumulative log marginal likelihoods after each row, the Dirichlet learning from the rows before. */
const marginals: Adapter = (inputs) => {
  const { rows, p0, dirichlet } = z
    .object({ rows: Rows, p0: z.array(z.number()), dirichlet: z.array(z.number()) })
    .parse(inputs)
  const told: Record<string, number> = {}
  let [alternative, null0, prior] = [0, 0, dirichlet]
  for (const [index, row] of rows.entries()) {
    alternative += logDirichletMultinomial(row, prior)
    null0 += logMultinomial(row, p0)
    prior = prior.map((value, i) => value + (row[i] ?? 0))
    told[`logM1_${index + 1}`] = alternative
    told[`logM0_${index + 1}`] = null0
  }
  return told
}

/** The public test with a single concentration, looked at after every row. */
const bayesFactors: Adapter = (inputs) => {
  const { rows, p0, concentration } = z
    .object({ rows: Rows, p0: z.array(z.number()), concentration: z.number() })
    .parse(inputs)
  const told: Record<string, number> = {}
  let [state, peak] = [noArrivals, 0]
  for (const [index, counts] of rows.entries()) {
    state = addArrivals(state, { weights: p0, counts })
    const now = sampleRatio(state.regimes, peak, [concentration])
    peak = now.peak
    const factor = Math.exp(now.logBayesFactor)
    told[`logBF_${index + 1}`] = now.logBayesFactor
    Object.assign(told, {
      p: now.pValue, p_final: now.pValue, bayes_factor: factor, posterior: 1 / (1 + 1 / factor),
    })
  }
  return told
}

const chiSquare: Adapter = (inputs) => {
  const { observed, weights } = z.object({ observed: z.array(z.number()), weights: z.array(z.number()) }).parse(inputs)
  const { statistic, pValue } = chiSquareSampleRatio({ weights, counts: observed })
  return { chi2: statistic, p: pValue }
}

export const sampleRatioMethods: Methods = [
  [/^sequential log marginal likelihoods M1/, marginals],
  ['same, aggregated time buckets', marginals],
  [/^SSRM /, bayesFactors],
  ['fixed-horizon chi-square SRM', chiSquare],
]
