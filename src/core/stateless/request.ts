import { z } from 'zod'
import { checkSample } from './sample.ts'
import { Key, Method, Spending } from '../define/definitions.ts'

/** So many are answered while others wait for nothing. */
const mostComparisons = 200
/** Values and buckets of a whole request; a sketch says as much in a hundredth of the numbers. */
const mostValues = 100_000
/** Boundaries, each of which costs as much as all before it. */
const mostBoundaries = 500
/** Sums beyond it would not stay finite when they are squared. */
const largest = 1e100
const Sum = z.number().min(-largest).max(largest)
const Square = z.number().min(0).max(largest)
const Count = z.int().min(0)

const Covariate = z.strictObject({
  sum: Sum.describe('ΣU over the units of the arm; U was known before assignment'),
  sumSquares: Square.describe('ΣU²'),
  cross: Sum.describe('ΣXU'),
  crossY: Sum.optional().describe('ΣYU, of metrics with a denominator'),
})

const Sample = z.strictObject({
  key: Key,
  control: z.boolean().optional().describe('exactly one variant is; the first unless told'),
  weight: z
    .number()
    .gt(0)
    .max(1e6)
    .optional()
    .describe('share of the traffic it was given, on any scale; for the sample ratio and for exact tests'),
  n: Count.optional().describe('units, silent ones included where the metric is per exposed unit'),
  successes: Count.optional().describe('of a conversion: units that did it'),
  mean: Sum.optional(),
  variance: Square.optional().describe('of one unit, divisor n − 1'),
  sumX: Sum.optional(),
  sumXX: Square.optional(),
  sumY: Sum.optional(),
  sumXY: Sum.optional(),
  sumYY: Square.optional(),
  values: z.array(Sum).max(20_000).optional().describe('of a quantile: one value a unit'),
  buckets: z
    .array(z.strictObject({ bucket: z.int(), count: Count }))
    .max(20_000)
    .optional()
    .describe(
      'of a quantile: a DDSketch of one value a unit; 0 holds |x| ≤ 1e-9, i > 0 the values up to 1e-9·γ^i, ' +
        'γ = (1 + accuracy)/(1 − accuracy)',
    ),
  epochs: z
    .array(z.strictObject({ n: Count, successes: Count, weight: z.number().min(0).max(1e6).optional() }))
    .min(1)
    .max(2_000)
    .optional()
    .describe('of a conversion under exact: each closed period by itself, in order, the same number for every variant'),
  covariate: Covariate.optional().describe('sums of one number a unit; every variant has them, or nothing is adjusted'),
})
export type Sample = z.infer<typeof Sample>

const Kind = z.enum(['conversion', 'total', 'mean', 'ratio', 'quantile'])
const metricFields = {
  kind: Kind,
  direction: z.enum(['increase', 'decrease']).optional().describe('where better lies; default increase'),
  margin: z
    .number()
    .min(0)
    .max(largest)
    .optional()
    .describe('non-inferiority: how much worse is tolerated, in units of the metric; then the tests are against it'),
  quantile: z.number().gt(0).lt(1).optional().describe('of a quantile: which one, .95 for p95'),
  accuracy: z.number().gt(0.0001).lt(0.5).optional().describe('relative error of the buckets; default .005'),
  center: Sum.optional().describe('c, where sumX is of X − c·Y: keeps the digits of values far from 0'),
  signed: z
    .boolean()
    .optional()
    .describe('values may be negative, so that they are not counted as events; default: when a mean is'),
  variants: z.array(Sample).min(2).max(64),
}
export const AnalysedMetric = z.strictObject({ metric: Key, ...metricFields })
export type AnalysedMetric = z.infer<typeof AnalysedMetric>

const fields = z.strictObject({
  method: Method.default('sequential'),
  alpha: z.number().min(1e-9).lt(0.5).default(0.05),
  sides: z
    .union([z.literal(1), z.literal(2)])
    .default(1)
    .describe(
      '1: the p-value is one-sided towards the better, each end of an interval at alpha; 2: two-sided at alpha',
    ),
  adjust: z
    .enum(['none', 'holm', 'e-bh'])
    .default('none')
    .describe('none: alpha is shared by the comparisons of one metric; else over all comparisons of all metrics'),
  plannedUnits: z
    .number()
    .min(4)
    .max(1e12)
    .optional()
    .describe(
      'units of a pair: the whole information of planned looks, the horizon of fixed, where a sequence is tightest ' +
        '(default 5,000)',
    ),
  looks: z
    .array(z.number().gt(0).max(1e12))
    .max(21)
    .optional()
    .describe('group-sequential: units of the pair at each look before this one, ascending'),
  spending: Spending.optional().describe('group-sequential only; default obrien-fleming'),
  metric: Key.optional().describe('a name for the answer; default metric'),
  kind: metricFields.kind.optional(),
  direction: metricFields.direction,
  margin: metricFields.margin,
  quantile: metricFields.quantile,
  accuracy: metricFields.accuracy,
  center: metricFields.center,
  signed: metricFields.signed,
  variants: metricFields.variants.optional(),
  metrics: z.array(AnalysedMetric).min(1).max(50).optional().describe('several, in place of kind and variants'),
})
type Fields = z.infer<typeof fields>
export type Report = (path: (string | number)[], message: string) => void

const single = [
  'kind',
  'direction',
  'margin',
  'quantile',
  'accuracy',
  'center',
  'signed',
  'variants',
  'metric',
] as const

const checkShape = (request: Fields, report: Report): void => {
  if (request.metrics) {
    for (const name of single) if (request[name] !== undefined) report([name], 'belongs to each of `metrics`')
    request.metrics.forEach(({ metric }, index) => {
      if (request.metrics?.findIndex((one) => one.metric === metric) !== index)
        report(['metrics', index, 'metric'], `"${metric}" is there already`)
    })
  } else {
    for (const name of ['kind', 'variants'] as const)
      if (request[name] === undefined) report([name], 'is required, or `metrics`')
  }
}

const checkMethod = ({ method, looks, spending, plannedUnits, adjust, sides }: Fields, report: Report): void => {
  if (method === 'group-sequential') {
    if (plannedUnits === undefined) report(['plannedUnits'], 'is required: looks are fractions of it')
    else if ((looks?.at(-1) ?? 0) >= plannedUnits)
      report(['looks'], 'must lie below plannedUnits: at the last look everything is spent')
    if (looks?.some((units, index) => index > 0 && units <= (looks[index - 1] ?? 0))) report(['looks'], 'must ascend')
  } else {
    if (looks !== undefined) report(['looks'], `are for the method group-sequential; this is ${method}`)
    if (spending !== undefined) report(['spending'], `is for the method group-sequential; this is ${method}`)
  }
  if (method === 'bayesian' && adjust !== 'none')
    report(['adjust'], 'adjusts evidence, and the method bayesian has none')
  if (method === 'bayesian' && sides === 2) report(['sides'], 'are of tests; the method bayesian has none')
  if (adjust === 'e-bh' && (method === 'fixed' || method === 'group-sequential')) {
    report(['adjust'], `e-bh is for evidence that holds at any look; with ${method} take holm`)
  }
}

/** Summary numbers of a data scientist's own; strict, each complaint naming its field. */
export const AnalysisRequest = fields.superRefine((request, context) => {
  const report: Report = (path, message) => void context.addIssue({ code: 'custom', path, message })
  checkShape(request, report)
  checkMethod(request, report)
  const comparisons = placed(request).reduce((sum, { metric }) => sum + metric.variants.length - 1, 0)
  if (comparisons > mostComparisons)
    report(['metrics'], `make ${comparisons} comparisons; at most ${mostComparisons} at once`)
  const values = placed(request)
    .flatMap(({ metric }) => metric.variants)
    .reduce((sum, sample) => sum + (sample.values?.length ?? 0) + (sample.buckets?.length ?? 0), 0)
  if (values > mostValues)
    report(['variants'], `hold ${values} values; at most ${mostValues} at once: send buckets instead`)
  if (request.method === 'group-sequential' && comparisons * ((request.looks?.length ?? 0) + 1) ** 2 > mostBoundaries) {
    report(['looks'], `are too many for ${comparisons} comparisons: ask in parts`)
  }
  for (const { at, metric } of placed(request)) {
    const control = metric.variants.filter((variant) => variant.control === true).length
    if (control > 1) report([...at, 'variants'], `exactly one is the control; found ${control}`)
    metric.variants.forEach((variant, index) => {
      if (metric.variants.findIndex(({ key }) => key === variant.key) < index) {
        report([...at, 'variants', index, 'key'], `"${variant.key}" is there already`)
      }
      checkSample(metric, variant, request.method, (path, message) =>
        report([...at, 'variants', index, ...path], message),
      )
    })
    if ((metric.margin ?? 0) > 0 && request.sides === 2)
      report([...at, 'margin'], 'is tested one-sided: leave sides at 1')
    const lengths = new Set(metric.variants.map(({ epochs }) => epochs?.length ?? 0))
    if (lengths.size > 1) report([...at, 'variants'], 'must all have epochs, and the same number of them')
    if (metric.kind === 'quantile' && metric.quantile === undefined)
      report([...at, 'quantile'], 'is required: which one, .95 for p95')
    if (metric.kind !== 'quantile') {
      for (const name of ['quantile', 'accuracy'] as const) {
        if (metric[name] !== undefined) report([...at, name], `only a quantile has one; this is a ${metric.kind}`)
      }
    }
    if (metric.kind === 'quantile' && request.method === 'exact')
      report([...at, 'kind'], 'the method exact is for conversions; sequential is exact for quantiles')
    else if (metric.kind !== 'conversion' && request.method === 'exact')
      report([...at, 'kind'], 'the method exact is for conversions')
    if (metric.kind === 'conversion' && (metric.margin ?? 0) > 1)
      report([...at, 'margin'], 'must be at most 1: a difference of shares')
    if (metric.center !== undefined && (metric.kind === 'conversion' || metric.kind === 'quantile')) {
      report([...at, 'center'], `keeps the digits of sums; this is a ${metric.kind}`)
    }
  }
})
export type AnalysisRequest = z.infer<typeof AnalysisRequest>

/** The metrics of a request, each with where it stands; nothing while its shape is wrong. */
const placed = (request: Fields): { at: (string | number)[]; metric: AnalysedMetric }[] => {
  if (request.metrics) return request.metrics.map((metric, index) => ({ at: ['metrics', index], metric }))
  const { kind, variants } = request
  if (!kind || !variants) return []
  return [{ at: [], metric: metricOf(request, kind, variants) }]
}

const metricOf = (request: Fields, kind: AnalysedMetric['kind'], variants: Sample[]): AnalysedMetric => {
  const { metric = 'metric', direction, margin, quantile, accuracy, center, signed } = request
  return { metric, kind, variants, direction, margin, quantile, accuracy, center, signed }
}

/** Every metric of a request that was checked. */
export const metricsOf = (request: AnalysisRequest): AnalysedMetric[] => placed(request).map(({ metric }) => metric)
