import {
  armInterval,
  betaQuantile,
  bucketsOf,
  type Bucket,
  type CovariateMoments,
  exactRho,
  fixedInterval,
  lostPrecision,
  type Moments,
  orderStatistics,
  perUnitMoments,
  type Posterior,
  proportionInterval,
  quantileEstimate,
  quantileInterval,
  quantileSequence,
  ratioEstimate,
  sketchBuckets,
  sketchFromRows,
  sketchScale,
  studentQuantile,
  normalQuantile,
  withCovariate,
} from '../../../stats/index.ts'
import type { AnalysedMetric, AnalysisRequest, Sample } from './request.ts'
import { interval, unknown, withinShare } from '../analyze/intervals.ts'
import type { Interval } from '../analyze/report.ts'

/** One variant's numbers, in the form that the estimators take. */
export type Arm = {
  sample: Sample
  n: number
  moments: Moments
  covariate: CovariateMoments | null
  buckets: Bucket[] | null
}

/**
 * Sums are taken as they are, around the centre that they were told with; means are put around the control's mean, so
 * that their variances keep every digit.
 */
export const centerOf = ({ variants, center, kind }: AnalysedMetric): number => {
  if (kind !== 'total' && kind !== 'mean') return center ?? 0
  const means = variants.every(({ mean }) => mean !== undefined)
  return means ? (controlOf(variants).mean ?? 0) : (center ?? 0)
}

export const controlOf = (variants: readonly Sample[]): Sample =>
  variants.find(({ control }) => control === true) ?? (variants[0] as Sample)

export const armOf = (metric: AnalysedMetric, sample: Sample): Arm => {
  if (metric.kind === 'quantile') {
    const scale = { ...sketchScale, ...(metric.accuracy !== undefined && { accuracy: metric.accuracy }) }
    const buckets = sample.values
      ? bucketsOf(sample.values)
      : sketchBuckets(sketchFromRows(sample.buckets ?? [], scale))
    const n = buckets.reduce((sum, { count }) => sum + count, 0)
    return { sample, n, moments: perUnitMoments(n, 0, 0), covariate: null, buckets }
  }
  const moments = momentsOf(metric, sample)
  const { covariate: u } = sample
  const sums = u && { sumU: u.sum, sumUU: u.sumSquares, sumXU: u.cross, sumYU: u.crossY ?? u.sum }
  return { sample, n: moments.n, moments, covariate: sums ? withCovariate(moments, sums) : null, buckets: null }
}

const momentsOf = (metric: AnalysedMetric, sample: Sample): Moments => {
  const { n = 0, sumX = 0, sumXX = 0, sumY, sumXY, sumYY, mean, variance = 0, epochs } = sample
  if (metric.kind === 'conversion') {
    const total = epochs?.reduce((sum, one) => ({ n: sum.n + one.n, successes: sum.successes + one.successes }), {
      n: 0,
      successes: 0,
    })
    const events = total?.successes ?? sample.successes ?? sumX
    return perUnitMoments(total?.n ?? n, events, events)
  }
  if (mean !== undefined) {
    if (n === 0) return perUnitMoments(0, 0, 0)
    const around = mean - centerOf(metric)
    return perUnitMoments(n, n * around, (n - 1) * variance + n * around * around)
  }
  // a centred mean without a denominator has Y = 1 for every unit
  if (sumY === undefined) return perUnitMoments(n, sumX, sumXX)
  return { n, sumX, sumY, sumXX, sumXY: sumXY ?? sumX, sumYY: sumYY ?? sumY }
}

/** What is believed of an arm's value under a flat prior; null where its variance is not known. */
export const posteriorOf = (metric: AnalysedMetric, { n, moments, buckets }: Arm): Posterior | null => {
  if (metric.kind === 'conversion') return { family: 'beta', a: 1 + moments.sumX, b: 1 + moments.n - moments.sumX }
  const at = buckets ? quantileOfArm(metric, buckets) : ratioEstimate(moments, centerOf(metric))
  if (!at || !(at.variance > 0)) return null
  if (!buckets && lostPrecision(moments)) return null
  const perUnit = moments.sumY === n && moments.sumYY === n && !buckets
  return perUnit && n >= 2
    ? { family: 'student', center: at.estimate, scale: Math.sqrt(at.variance), degrees: n - 1 }
    : { family: 'normal', mean: at.estimate, sd: Math.sqrt(at.variance) }
}

const quantileOfArm = ({ quantile = 0.5 }: AnalysedMetric, buckets: readonly Bucket[]) => {
  const order = orderStatistics(buckets, quantile)
  return order && quantileEstimate(order)
}

/** The arm's own value with a two-sided interval at alpha, of the kind that the method has. */
export const ownInterval = (request: AnalysisRequest, metric: AnalysedMetric, arm: Arm): Interval => {
  const { method, alpha, plannedUnits = defaultUnits } = request
  const { n, moments, buckets } = arm
  const anytime = method === 'sequential' || method === 'group-sequential'
  if (buckets) {
    const { quantile = 0.5 } = metric
    if (n === 0) return unknown
    return interval(
      anytime
        ? quantileSequence(buckets, quantile, alpha, { units: plannedUnits / 2, alpha })
        : quantileInterval(buckets, quantile, alpha),
    )
  }
  if (n === 0) return unknown
  if (method === 'exact') return interval(proportionInterval(moments.sumX, n, alpha))
  if (anytime) {
    const own = interval(armInterval(moments, { alpha, rho: exactRho(plannedUnits / 2, alpha) }, centerOf(metric)))
    return metric.kind === 'conversion' ? withinShare(own) : own
  }
  const posterior = posteriorOf(metric, arm)
  const at = ratioEstimate(moments, centerOf(metric))
  if (!at) return unknown
  if (method === 'bayesian' && posterior) return credible(posterior, at.estimate, alpha)
  if (!(at.variance > 0) || lostPrecision(moments)) return { ...unknown, estimate: at.estimate }
  const own = interval(fixedInterval({ estimate: at.estimate, se: Math.sqrt(at.variance), degrees: n - 1 }, alpha))
  return metric.kind === 'conversion' ? withinShare(own) : own
}

export const defaultUnits = 5_000

const credible = (posterior: Posterior, estimate: number, alpha: number): Interval => {
  const ends = [alpha / 2, 1 - alpha / 2].map((p) => quantileOfPosterior(posterior, p)) as [number, number]
  return interval({ estimate, lower: ends[0], upper: ends[1] })
}

const quantileOfPosterior = (posterior: Posterior, p: number): number => {
  switch (posterior.family) {
    case 'beta':
      return betaQuantile(p, posterior.a, posterior.b)
    case 'student':
      return posterior.center + posterior.scale * studentQuantile(p, posterior.degrees)
    case 'normal':
      return posterior.mean + posterior.sd * normalQuantile(p)
    case 'gamma':
      throw new RangeError('no arm has a gamma posterior')
  }
}
