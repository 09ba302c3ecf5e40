import { z } from 'zod'
import { Duration, MetricKind } from '../define/definitions.ts'

const Spending = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('obrien-fleming') }),
  z.strictObject({ kind: z.literal('pocock') }),
  z.strictObject({ kind: z.literal('hwang-shih-decani'), gamma: z.number().min(-50).max(50) }),
  z.strictObject({ kind: z.literal('power'), exponent: z.number().min(0.1).max(20) }),
])

const fields = z.strictObject({
  kind: MetricKind.exclude(['quantile']),
  baseline: z.number().optional()
    .describe('of the control: a share between 0 and 1 for a conversion, else its mean or ratio, for what is relative'),
  variance: z.number().positive().optional()
    .describe('of one unit; for a ratio that of (X − R·Y)/mean Y; not for a conversion, where it is p(1 − p)'),
  correlation: z.number().gt(-1).lt(1).default(0)
    .describe('with a covariate from before the exposure; its square is the part of the variance that goes away'),
  effect: z.number().optional()
    .describe('difference to find, variant − control, in units of the metric; for a conversion .01 is one point'),
  relativeEffect: z.number().optional().describe('the same relative to the baseline; .05 is 5 %'),
  units: z.int().min(4).max(1e12).optional().describe('units of all variants together: what would they find?'),
  duration: Duration.optional().describe('the same, told as a time; needs unitsPerDay'),
  goal: z.enum(['superior', 'non-inferior']).default('superior'),
  direction: z.enum(['increase', 'decrease']).default('increase').describe('where better lies'),
  margin: z.number().positive().optional()
    .describe('non-inferior only: how much worse is tolerated, in units of the metric'),
  relativeMargin: z.number().gt(0).lt(1).optional().describe('the same relative to the baseline'),
  method: z.enum(['sequential', 'exact', 'group-sequential', 'fixed']).default('sequential'),
  alpha: z.number().min(1e-9).lt(0.5).default(0.05).describe('over all comparisons with the control'),
  power: z.number().gt(0).max(0.9999).default(0.8),
  sides: z.union([z.literal(1), z.literal(2)]).optional().describe('default 2; non-inferiority has 1'),
  variants: z.int().min(2).max(64).optional().describe('the control counts; default 2'),
  weights: z.array(z.number().gt(0).lt(1)).min(2).max(64).optional()
    .describe('shares of the variants, the control first; default equal'),
  coverage: z.number().gt(0).max(1).default(1).describe('share of the traffic that takes part'),
  unitsPerDay: z.number().positive().max(1e12).optional().describe('new units a day, before coverage'),
  window: Duration.default('PT0S').describe('how long outcomes of the last unit are waited for'),
  looks: z.int().min(1).max(50).optional().describe('group-sequential only: equally spaced; default 5'),
  spending: Spending.optional().describe('group-sequential only; default obrien-fleming'),
  plannedUnits: z.number().min(4).max(1e12).optional()
    .describe('sequential only: units of a pair at which the interval is tightest; default those of `fixed` at 80 %'),
})
type Fields = z.infer<typeof fields>
type Report = (path: keyof Fields, message: string) => void

const only = (other: string): string => `says the same as ${other}: give one of the two`

const checkEffect = (request: Fields, report: Report): void => {
  const { effect, relativeEffect, units, duration, goal, kind, baseline } = request
  if (effect !== undefined && relativeEffect !== undefined) report('relativeEffect', only('effect'))
  if (goal === 'superior') {
    const zero = 'must not be 0: no number of units tells nothing from nothing'
    if (effect === 0) report('effect', zero)
    if (relativeEffect === 0) report('relativeEffect', zero)
    const none = effect === undefined && relativeEffect === undefined
    if (none && units === undefined && duration === undefined) {
      report('effect', 'is required (or relativeEffect), unless units or duration tell a size')
    }
  }
  const reached = (baseline ?? 0) + (differenceOf(request) ?? 0)
  if (kind === 'conversion' && !(reached >= 0 && reached <= 1)) {
    const told = effect === undefined ? 'relativeEffect' : 'effect'
    report(told, `would bring the conversion to ${reached}; it lies between 0 and 1`)
  }
}

const checkMetric = ({ kind, baseline, variance, relativeEffect, relativeMargin }: Fields, report: Report): void => {
  if (kind === 'conversion') {
    if (baseline === undefined) report('baseline', 'is required: the share of units that convert in the control')
    else if (!(baseline > 0 && baseline < 1)) report('baseline', 'must lie between 0 and 1, both excluded; .1 is 10 %')
    if (variance !== undefined) report('variance', 'follows from the baseline of a conversion: leave it out')
    return
  }
  if (variance === undefined) report('variance', `is required: the variance of one unit of a ${kind}`)
  if ((relativeEffect !== undefined || relativeMargin !== undefined) && (baseline === undefined || baseline === 0)) {
    report('baseline', 'is required, and not 0, for what is relative to it')
  }
}

const checkGoal = (request: Fields, report: Report): void => {
  const { goal, margin, relativeMargin, sides } = request
  if (margin !== undefined && relativeMargin !== undefined) report('relativeMargin', only('margin'))
  const given = margin ?? relativeMargin
  if (goal === 'superior') {
    const told = margin === undefined ? 'relativeMargin' : 'margin'
    if (given !== undefined) report(told, 'is for the goal non-inferior')
    return
  }
  if (given === undefined) report('margin', 'is required (or relativeMargin): how much worse is tolerated')
  else if (!(distanceOf(request, differenceOf(request) ?? 0) > 0)) {
    const told = request.relativeEffect === undefined ? 'effect' : 'relativeEffect'
    report(told, 'lies beyond the margin: such a variant is inferior')
  }
  if (sides === 2) report('sides', 'must be 1 for the goal non-inferior')
}

const checkTraffic = ({ weights, variants, units, duration, unitsPerDay }: Fields, report: Report): void => {
  if (weights && variants !== undefined && weights.length !== variants) {
    report('weights', `must be ${variants}, one a variant, got ${weights.length}`)
  }
  const sum = weights?.reduce((total, weight) => total + weight, 0) ?? 1
  if (Math.abs(sum - 1) > 1e-9) report('weights', `must sum to 1, got ${sum}`)
  if (units !== undefined && duration !== undefined) report('duration', only('units'))
  if (duration !== undefined && unitsPerDay === undefined) {
    report('unitsPerDay', 'is required to know what a duration brings')
  }
}

const checkMethod = (request: Fields, report: Report): void => {
  const { method, looks, spending, plannedUnits, alpha, power } = request
  if (method !== 'group-sequential') {
    if (looks !== undefined) report('looks', `are for the method group-sequential; this is ${method}`)
    if (spending !== undefined) report('spending', `is for the method group-sequential; this is ${method}`)
  }
  if (method !== 'sequential' && plannedUnits !== undefined) {
    report('plannedUnits', `are for the method sequential; this is ${method}`)
  }
  if (method === 'exact') {
    if (request.kind !== 'conversion') report('method', `exact compares conversions; this is a ${request.kind}`)
    if (request.goal !== 'superior') report('method', 'exact decides superiority only')
    if (request.correlation !== 0) report('correlation', 'is of no use to the method exact')
  }
  if (!(power > alpha)) report('power', `must be above alpha, ${alpha}`)
}

/** What an experiment is to find, or the units it has; strict, each complaint naming its field. */
export const PowerRequest = fields.superRefine((request, context) => {
  const report: Report = (path, message) => void context.addIssue({ code: 'custom', path: [path], message })
  for (const check of [checkMetric, checkEffect, checkGoal, checkTraffic, checkMethod]) check(request, report)
})
export type PowerRequest = z.infer<typeof PowerRequest>

/** Difference that is told, in units of the metric; null when none is. */
export const differenceOf = ({ effect, relativeEffect, baseline = 0 }: Fields): number | null => {
  if (effect !== undefined) return effect
  return relativeEffect === undefined ? null : relativeEffect * baseline
}

/** Tolerated worsening in units of the metric; 0 for the goal superior. */
export const marginOf = ({ margin, relativeMargin = 0, baseline = 0 }: Fields): number =>
  margin ?? relativeMargin * Math.abs(baseline)

/** How far a difference lies from the hypothesis to be refuted; at most 0 for what can not be shown. */
export const distanceOf = (request: Fields, difference: number): number => {
  if (request.goal === 'superior') return Math.abs(difference)
  return (request.direction === 'increase' ? difference : -difference) + marginOf(request)
}
