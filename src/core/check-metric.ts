import type { Violation } from '../errors.ts'
import type { MetricDefinition } from './definitions.ts'

/** What is wrong with a metric beyond its shape; empty when nothing is. Paths as the caller sent them. */
export const checkMetric = (metric: MetricDefinition): Violation[] => {
  const { kind, measure, denominator, threshold, cap, center, min, max } = metric
  const violations: Violation[] = []
  const report = (path: string, message: string): void => void violations.push({ path, message })

  if (kind === 'ratio' && denominator === undefined) report('denominator', 'a ratio needs the measure to divide by')
  if (kind !== 'ratio' && denominator !== undefined) report('denominator', `only a ratio has one; this is a ${kind}`)
  if (denominator !== undefined && denominator === measure) report('denominator', 'must be another measure than `measure`')
  if (cap !== undefined && (kind === 'ratio' || kind === 'conversion')) {
    report('cap', `a ${kind} cannot be capped: cap a total per unit, or a mean per outcome`)
  }
  if (center !== undefined && kind !== 'mean' && kind !== 'ratio') report('center', `only a mean or a ratio is centred; this is a ${kind}`)
  if (min !== undefined && max !== undefined && min > max) report('min', `must not be above max, ${max}`)
  if (cap !== undefined && min !== undefined && threshold === undefined && cap < min) report('cap', `must not be below min, ${min}`)
  return violations
}
