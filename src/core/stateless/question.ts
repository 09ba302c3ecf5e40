import {
  addLook,
  compareAdjusted,
  type Compared,
  compareClusteredQuantiles,
  compareQuantiles,
  compareRegimes,
  type Epoch2x2,
  newSchedule,
} from '../../../stats/index.ts'
import { invalid } from '../../errors.ts'
import { type Arm, centerOf, defaultUnits } from './arms.ts'
import type { AnalysedMetric, AnalysisRequest } from './request.ts'
import type { PlannedLooks, Question } from '../methods/method.ts'
import type { Interval } from '../analyze/report.ts'
import { count } from '../describe/wording.ts'

type Options = Parameters<typeof compareRegimes>[1]

/** Both arms compared as a sequence would, whose estimates and standard errors serve every method. */
export const comparedOf = (
  request: AnalysisRequest,
  metric: AnalysedMetric,
  a: Arm,
  b: Arm,
  options: Options,
): Compared => {
  const { quantile = 0.5 } = metric
  if (a.buckets && b.buckets) {
    const arms = { a: a.buckets, b: b.buckets, quantile }
    if (request.method === 'sequential') return compareQuantiles(arms, options, tuningOf(request))
    return compareClusteredQuantiles({ ...arms, units: { a: a.n, b: b.n } }, options)
  }
  const center = centerOf(metric)
  const negative = [a, b].some(({ moments }) => moments.sumX + center * moments.sumY < 0)
  const full = { ...options, center, share: metric.kind === 'conversion', signed: metric.signed ?? negative }
  if (a.covariate && b.covariate) return compareAdjusted([{ a: a.covariate, b: b.covariate }], full)
  return compareRegimes([{ a: a.moments, b: b.moments }], full)
}

/** Tuning of a quantile's sequences: values of one arm. */
export const tuningOf = ({ plannedUnits = defaultUnits, alpha }: AnalysisRequest) => ({
  units: plannedUnits / 2,
  alpha,
})

/** Closed epochs, or all units as one. Without weights, units stand for the chances with which they were drawn. */
export const blocksOf = (a: Arm, b: Arm): Epoch2x2[] => {
  const weights = a.sample.weight !== undefined && b.sample.weight !== undefined
  const [shareA, shareB] = weights ? [a.sample.weight ?? 0, b.sample.weight ?? 0] : [a.n, b.n]
  const counts = ({ n, moments }: Arm) => ({ n, successes: moments.sumX })
  if (!a.sample.epochs) return [{ a: counts(a), b: counts(b), propensityA: shareA, propensityB: shareB }]
  return a.sample.epochs.map((epoch, index): Epoch2x2 => {
    const other = b.sample.epochs?.[index] ?? { n: 0, successes: 0 }
    const told = epoch.weight !== undefined && other.weight !== undefined
    return {
      a: { n: epoch.n, successes: epoch.successes },
      b: { n: other.n, successes: other.successes },
      propensityA: told ? (epoch.weight ?? 0) : shareA,
      propensityB: told ? (other.weight ?? 0) : shareB,
    }
  })
}

export const planOf = (
  { plannedUnits, looks = [], spending, method }: AnalysisRequest,
  n: number,
): Question['plan'] => {
  const units = plannedUnits ?? Math.max(1, n)
  const now = method === 'group-sequential' && n > 0 && n < units ? [n / units, 1] : [1]
  return {
    units,
    looks: [...looks.map((one) => one / units), ...now],
    spending: spending ?? { kind: 'obrien-fleming' },
    due: null,
  }
}

/** The boundaries of the looks before this one follow from when they were taken. */
export const looksBefore = (
  request: AnalysisRequest,
  { metric }: AnalysedMetric,
  n: number,
  alpha: number,
): PlannedLooks | null => {
  const { looks = [], plannedUnits, spending = { kind: 'obrien-fleming' }, method } = request
  const last = looks.at(-1)
  if (method !== 'group-sequential' || plannedUnits === undefined || last === undefined) return null
  if (n > 0 && n <= last)
    throw invalid(
      'invalid_definition',
      'looks',
      `must lie below the units of every pair: ${metric} has ${count(n)} now`,
    )
  const taken = looks
    .map((units) => units / plannedUnits)
    .reduce(addLook, newSchedule({ alpha, sides: 1, spending })).looks
  const open: Interval = { estimate: null, lower: null, upper: null }
  const said = {
    difference: open,
    relative: open,
    pValue: null,
    wins: false,
    loses: false,
    evidence: { value: null, needed: Number.MAX_VALUE },
  }
  return n === 0 ? null : { gain: taken, harm: taken, units: [...looks], said }
}
