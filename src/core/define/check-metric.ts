import type { Violation } from '../../errors.ts'
import type { MetricDefinition } from './definitions.ts'
import { completenessKey } from './reporting.ts'

/** What is wrong with a metric beyond its shape; empty when nothing is. Paths as the caller sent them. */
export const checkMetric = (metric: MetricDefinition): Violation[] => {
  const { key, kind, measure, terms, denominator, threshold, cap, center, quantile, min, max } = metric
  const violations: Violation[] = []
  const report = (path: string, message: string): void => void violations.push({ path, message })

  if (key === completenessKey) report('key', `"${completenessKey}" is the name of the guardrail that every experiment with reports from each unit gets`)
  if (measure === undefined && terms === undefined) report('measure', 'a metric reads a measure, or the weighted `terms` of several')
  if (measure !== undefined && terms !== undefined) report('terms', 'give `measure` or `terms`, not both')
  if (terms !== undefined && kind !== 'mean' && kind !== 'total') report('terms', `only a mean or a total can have several; this is a ${kind}`)
  terms?.forEach((term, index) => {
    if (terms.findIndex((one) => one.measure === term.measure) < index) report(`terms[${index}].measure`, `"${term.measure}" is there already`)
  })
  if (kind === 'ratio' && denominator === undefined) report('denominator', 'a ratio needs the measure to divide by')
  if (kind !== 'ratio' && denominator !== undefined) report('denominator', `only a ratio has one; this is a ${kind}`)
  if (denominator !== undefined && denominator === measure) report('denominator', 'must be another measure than `measure`')
  if (kind === 'quantile' && quantile === undefined) report('quantile', 'a quantile needs which one, 0.95 for p95')
  if (kind !== 'quantile' && quantile !== undefined) report('quantile', `only a quantile has one; this is a ${kind}`)
  if (kind === 'quantile' && cap !== undefined) report('cap', 'a quantile needs no cap: no value moves it far')
  if (kind === 'quantile' && threshold !== undefined) report('threshold', 'a quantile compares the values themselves; take a mean for a share')
  if (cap !== undefined && (kind === 'ratio' || kind === 'conversion')) {
    report('cap', `a ${kind} cannot be capped: cap a total per unit, or a mean per outcome`)
  }
  if (center !== undefined && (kind === 'conversion' || kind === 'total')) {
    report('center', `only a mean, a ratio or a quantile has a center; this is a ${kind}`)
  }
  if (min !== undefined && max !== undefined && min > max) report('min', `must not be above max, ${max}`)
  if (cap !== undefined && min !== undefined && threshold === undefined && cap < min) report('cap', `must not be below min, ${min}`)
  return violations
}
