import type { MetricPlan } from '../analyze/metric-plan.ts'
import { contributions } from '../analyze/contributions.ts'

/** An outcome as it was logged, the latest revision of it. `unit` tells outcomes of one unit by each other, and goes no further. */
export type LoggedOutcome = {
  id: string | null
  scope: number
  unit: string
  /** When it was received, microseconds since 1970 as text: the order of the log. */
  received: string
  at: Date
  measures: Record<string, number>
}

/** How uncertain or different it is: cases are listed by it, the greatest first, the latest first among equals. */
type Ranked = { rank: number; why: string }
export type UncertainCase = Ranked & { outcome: LoggedOutcome; value: number; threshold: number }
export type DisagreeingCase = Ranked & { control: LoggedOutcome; shadow: LoggedOutcome; metrics: { metric: string; control: number; shadow: number }[] }

const rounded = (value: number): string => String(Number(value.toPrecision(6)))

/** Thresholds that metrics cut a measure at; for a score in [0, 1] without one, the middle. Null where nothing says what is uncertain. */
export const thresholdsOf = (plans: readonly MetricPlan[], measure: string, values: readonly number[]): number[] | null => {
  const cuts = plans
    .filter((plan) => plan.measure === measure && plan.threshold !== null)
    .map(({ threshold }) => ('above' in threshold! ? threshold.above : threshold!.below))
  if (cuts.length > 0) return [...new Set(cuts)]
  return values.every((value) => value >= 0 && value <= 1) ? [0.5] : null
}

/** The measure that is looked at when none is named: of a decision metric, else of any, one with a threshold first. */
export const measureOf = (plans: readonly MetricPlan[], decisions: ReadonlySet<string>): string | null => {
  const read = plans.filter(({ measure }) => measure !== null)
  const best = (some: readonly MetricPlan[]): MetricPlan | undefined => some.find(({ threshold }) => threshold !== null) ?? some[0]
  return (best(read.filter(({ key }) => decisions.has(key))) ?? best(read))?.measure ?? null
}

/**
 * Outcomes by how near their measure lies to a threshold, the nearest first. Those that lack it are none.
 *
 * @param measure   name of the score
 * @param outcomes  the latest first
 * @returns null where nothing says what is uncertain of it
 */
export const uncertainCases = (plans: readonly MetricPlan[], measure: string, outcomes: readonly LoggedOutcome[]): UncertainCase[] | null => {
  const told = outcomes.flatMap((outcome) => {
    const value = outcome.measures[measure]
    return value === undefined ? [] : [{ outcome, value }]
  })
  const thresholds = thresholdsOf(plans, measure, told.map(({ value }) => value))
  if (thresholds === null) return null
  return told
    .map(({ outcome, value }): UncertainCase => {
      const threshold = thresholds.reduce((near, one) => (Math.abs(value - one) < Math.abs(value - near) ? one : near))
      const distance = Math.abs(value - threshold)
      return { outcome, value, threshold, rank: -distance, why: `${measure} is ${rounded(value)}, ${rounded(distance)} from ${rounded(threshold)}` }
    })
    .toSorted((one, other) => other.rank - one.rank)
}

/** An outcome's own value of a metric; null where it tells none. */
const valueIn = (plan: MetricPlan, measures: Record<string, number>): number | null => {
  const { x: [x = 0], y: [y = 0] } = contributions([plan], measures)
  if (y === 0) return null
  return plan.kind === 'mean' || plan.kind === 'ratio' ? x / y + plan.center : x
}

/**
 * Answers to the same request that differ: an outcome of the control and one of a shadow, of one unit, with the same id
 * or both without one. By how many metrics differ, then by how much of the greatest difference seen.
 *
 * @param plans    metrics that are compared
 * @param outcomes of the control and its shadows, the latest first
 * @param control  the scope of the control
 */
export const disagreeingCases = (plans: readonly MetricPlan[], outcomes: readonly LoggedOutcome[], control: number): DisagreeingCase[] => {
  const requestOf = ({ unit, id }: LoggedOutcome): string => `${unit}\0${id ?? ''}`
  const answered = new Map<string, LoggedOutcome>()
  for (const outcome of outcomes) {
    if (outcome.scope === control && !answered.has(requestOf(outcome))) answered.set(requestOf(outcome), outcome)
  }
  const pairs = outcomes.flatMap((shadow) => {
    const own = shadow.scope === control ? undefined : answered.get(requestOf(shadow))
    if (!own) return []
    const metrics = plans.flatMap((plan) => {
      const [one, other] = [valueIn(plan, own.measures), valueIn(plan, shadow.measures)]
      return one === null || other === null || one === other ? [] : [{ metric: plan.key, control: one, shadow: other }]
    })
    return metrics.length === 0 ? [] : [{ control: own, shadow, metrics }]
  })
  const widest = new Map<string, number>()
  for (const { metrics } of pairs) {
    for (const { metric, control: one, shadow: other } of metrics) widest.set(metric, Math.max(widest.get(metric) ?? 0, Math.abs(other - one)))
  }
  const share = ({ metric, control: one, shadow: other }: DisagreeingCase['metrics'][number]): number => Math.abs(other - one) / (widest.get(metric) ?? 1)
  return pairs
    .map((pair): DisagreeingCase => ({
      ...pair,
      rank: pair.metrics.length - 1 + Math.max(...pair.metrics.map(share)),
      why: pair.metrics.map(({ metric, control: one, shadow: other }) => `${metric} is ${rounded(one)} of the control, ${rounded(other)} of the shadow`).join('; '),
    }))
    .toSorted((one, other) => other.rank - one.rank)
}
