import type { MetricPlan } from './metric-plan.ts'

/** Sums over units, one number per metric in plan order: X and Y of the moments. */
export type Contribution = { x: number[]; y: number[] }

/** Squares of smaller numbers leave the range of a double, and the database refuses to compute them. */
const smallest = 1e-100
/** Largest magnitude that may be summed: even 10¹⁰⁰ squares of it stay finite. */
export const largestMagnitude = 1e100

const representable = (value: number): number => (Math.abs(value) < smallest ? 0 : value)

const thresholded = ({ threshold }: Pick<MetricPlan, 'threshold'>, value: number): number => {
  if (threshold === null) return value
  const reached = 'above' in threshold ? value > threshold.above : value < threshold.below
  return reached ? 1 : 0
}

/** Must an outcome report all terms of this composite at once? Only a plain total adds up whenever its parts come. */
const takesWhole = ({ kind, threshold }: MetricPlan): boolean => kind !== 'total' || threshold !== null

/**
 * The term that keeps an outcome, which has others, from having a value of this metric; null where nothing is missing.
 */
export const missingTerm = (plan: MetricPlan, measures: Readonly<Record<string, number>>): string | null => {
  if (!plan.terms || !takesWhole(plan) || plan.terms.every(({ measure }) => measures[measure] === undefined)) return null
  return plan.terms.find(({ measure }) => measures[measure] === undefined)?.measure ?? null
}

/**
 * The value that an outcome has of a metric, before threshold and cap: its measure, or the weighted sum of its terms (of
 * a total: of those that are there). Undefined where the outcome says nothing of it.
 */
export const valueOf = (plan: MetricPlan, measures: Readonly<Record<string, number>>): number | undefined => {
  const { measure, terms } = plan
  if (!terms) return measure === null ? undefined : measures[measure]
  if (missingTerm(plan, measures) !== null) return undefined
  let sum: number | undefined
  for (const term of terms) {
    const value = measures[term.measure]
    if (value !== undefined) sum = (sum ?? 0) + term.weight * value
  }
  return sum
}

/**
 * What one outcome adds to its unit's X and Y of one metric. The threshold comes first.
 *
 * - `conversion`: X counts outcomes other than 0 (the moments then take at most 1 of it), Y counts outcomes
 * - `total`: X the value (the moments take at most the cap of the unit's sum), Y counts outcomes
 * - `mean`: X = min(value, cap) − c, Y = 1
 * - `ratio`: X = measure − c · denominator, Y the denominator; they may come in different outcomes
 * - `quantile`: X = 1 for a value at or below the reference, 0 without one; Y = 1 (the values go into a sketch)
 *
 * Measures that the outcome lacks add 0 to both. Magnitudes below 1e−100 count as 0.
 */
const contributionOf = (plan: MetricPlan, measures: Readonly<Record<string, number>>): [x: number, y: number] => {
  const given = valueOf(plan, measures)
  const value = given === undefined ? undefined : thresholded(plan, given)
  if (plan.kind === 'ratio') {
    const denominator = (plan.denominator === null ? undefined : measures[plan.denominator]) ?? 0
    return [representable((value ?? 0) - plan.center * denominator), representable(denominator)]
  }
  if (value === undefined) return [0, 0]
  if (plan.kind === 'conversion') return [value === 0 ? 0 : 1, 1]
  if (plan.kind === 'total') return [representable(value), 1]
  if (plan.kind === 'quantile') return [plan.reference !== undefined && value <= plan.reference ? 1 : 0, 1]
  return [representable(Math.min(value, plan.cap ?? Infinity) - plan.center), 1]
}

/** What one outcome adds to its unit, per metric of its scope. Pure: the same outcome always adds the same. */
export const contributions = (plans: readonly MetricPlan[], measures: Readonly<Record<string, number>>): Contribution => {
  const x: number[] = []
  const y: number[] = []
  for (const plan of plans) {
    const [dx, dy] = contributionOf(plan, measures)
    x.push(dx)
    y.push(dy)
  }
  return { x, y }
}

/**
 * Did the call that an outcome is about fail, by any of these rules? Null when it says nothing of that: an outcome that
 * lacks the measure is no call.
 */
export const failureOf = (
  rules: readonly { measure: string; threshold: MetricPlan['threshold'] }[], measures: Readonly<Record<string, number>>,
): boolean | null => {
  let failed: boolean | null = null
  for (const rule of rules) {
    const value = measures[rule.measure]
    if (value !== undefined) failed = failed === true || thresholded(rule, value) !== 0
  }
  return failed
}

/** The first metric whose sums this outcome would leave without meaning, being beyond 1e100; else null. */
export const overflowing = (plans: readonly MetricPlan[], { x, y }: Contribution): MetricPlan | null =>
  plans.find((_, index) => !(Math.abs(x[index] ?? 0) <= largestMagnitude && Math.abs(y[index] ?? 0) <= largestMagnitude)) ?? null
