import {
  exactRho, fixedInterval, type LoggedGroup, loggedMean, loggedWeights, policyBounds, type PolicyEstimator,
  type PolicyMean, policyValue, twoSided,
} from '../../../stats/index.ts'
import { evaluationWarnings } from './warnings.ts'
import type { EvaluationRequest } from './request.ts'
import { interval } from '../analyze/intervals.ts'
import type { Interval } from '../analyze/report.ts'

/** A value with its range; `se` is null where nothing varies or a single row was told. */
export type Valued = Interval & { se: number | null }
/** What the target policy is worth, and how much more than the log's own policy. */
export type ValuedPolicy = Valued & { gain: Valued }

export type EvaluationAnswer = {
  outcomes: string
  method: string
  alpha: number
  rows: number
  weights: { mean: number; max: number; effectiveRows: number }
  logged: Valued
  estimates: { ipw: ValuedPolicy; selfNormalised: ValuedPolicy | null; doublyRobust: ValuedPolicy | null }
  certain: { lower: number; upper: number } | null
  warnings: string[]
}

const groupsOf = ({ rows, groups = [] }: EvaluationRequest): LoggedGroup[] => {
  const predicted = ({ model, modelValue }: { model?: number | undefined; modelValue?: number | undefined }) =>
    model === undefined || modelValue === undefined ? {} : { model, modelValue }
  if (rows) {
    return rows.map((row) => ({
      n: 1, sum: row.reward, sumSquares: row.reward ** 2, propensity: row.propensity, target: row.target, ...predicted(row),
    }))
  }
  return groups.map((group) => {
    const { n, successes = 0, sum = successes, sumSquares = successes, propensity, target } = group
    // what rounding may have taken is given back
    return { n, sum, sumSquares: Math.max(sumSquares, (sum * sum) / n), propensity, target, ...predicted(group) }
  })
}

const unit = (end: number | null): number | null => (end === null ? null : Math.min(1, Math.max(0, end)))

/** The value of a policy that never served, from the log of another, with what a reader must know. Pure. */
export const evaluatePolicy = (request: EvaluationRequest): EvaluationAnswer => {
  const { outcomes, method, alpha, plannedRows = 5_000, rows } = request
  const groups = groupsOf(request)
  const weights = loggedWeights(groups)

  const rangeOf = ({ estimate, se }: PolicyMean): Valued => {
    if (se === null || se === 0) return { estimate, se, lower: null, upper: null }
    const range =
      method === 'fixed'
        ? fixedInterval({ estimate, se, degrees: weights.n - 1 }, alpha)
        : twoSided({ estimate, se, n: weights.n }, { alpha, rho: exactRho(plannedRows, alpha) })
    return { ...interval(range), se }
  }
  const shown = (mean: PolicyMean): Valued => {
    const range = rangeOf(mean)
    return outcomes === 'real' ? range : { ...range, lower: unit(range.lower), upper: unit(range.upper) }
  }
  const valued = (estimator: PolicyEstimator): ValuedPolicy | null => {
    const value = policyValue(groups, estimator)
    return value && { ...shown(value), gain: rangeOf(value.gain) }
  }

  const estimates = {
    // there is a row at least, so that there is a mean
    ipw: valued('ipw') as ValuedPolicy,
    selfNormalised: valued('self-normalised'),
    doublyRobust: valued('doubly-robust'),
  }
  return {
    outcomes, method, alpha, rows: weights.n,
    weights: { mean: weights.mean, max: weights.max, effectiveRows: weights.effective },
    logged: shown(loggedMean(groups) as PolicyMean),
    estimates,
    certain: rows && outcomes !== 'real' ? policyBounds(rows, alpha) : null,
    warnings: evaluationWarnings({ outcomes, groups, weights, estimates }),
  }
}
