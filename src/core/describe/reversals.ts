import type { Analysis } from '../analyze/analysis.ts'
import { leaderOf, scaleOf } from '../decide/conditions.ts'
import type { Guardrail } from '../analyze/guardrails.ts'
import { gainOf } from '../analyze/intervals.ts'
import { nameOf } from '../analyze/metric-plan.ts'
import { completenessKey } from '../define/reporting.ts'
import { decimal, digitsOf, endPoints, plural, relativeScale } from './wording.ts'

/** What would take the verdict back, beside the conditions that are still open; nothing where nobody can win any more. */
export const reversalsOf = (analysis: Analysis): string[] => {
  const leader = leaderOf(analysis)
  if (leader === null || analysis.holds.length > 0) return []
  const { policy, unit } = analysis.input.experiment.definition
  const stops = policy.mode === 'auto' && policy.autoKill ? 'is stopped' : 'is proposed to be stopped'
  const own = analysis.guardrails.filter(({ ordinal, verdict }) => ordinal === leader && verdict !== 'FAIL' && verdict !== 'NO_OUTCOME')
  return [...lost(analysis, leader), ...own.flatMap((guardrail) => stopped(guardrail, stops, unit))]
}

/** Somebody who is better now is so no longer when the end of the range comes back to zero. */
const lost = ({ contrasts }: Analysis, leader: number): string[] =>
  contrasts.flatMap((contrast) => {
    const { comparison, measured: { metric, plan } } = contrast
    if (contrast.variant !== leader || metric.role !== 'decision' || comparison.verdict !== 'PASS') return []
    const { lower } = gainOf(comparison.difference, plan.direction)
    if (lower === null || lower <= 0) return []
    const scale = scaleOf(contrast)
    const end = plan.direction === 'increase' ? lower : -lower
    const side = plan.direction === 'increase' ? 'lower end falls to 0 or below' : 'upper end rises to 0 or above'
    return [`${comparison.variant} is no longer better on ${nameOf(plan)} if the ${side} (now ${endPoints(end, scale, digitsOf(comparison.difference, scale))}).`]
  })

const stopped = ({ metric, variant, harm, margin, by, contrast }: Guardrail, stops: string, unit: string): string[] => {
  if (harm.upper === null) return []
  const scale = by === 'relativeMargin' ? relativeScale : scaleOf(contrast)
  const digits = digitsOf(harm, scale)
  const { plan } = contrast.measured
  const allowed = `${decimal(margin * scale.factor, digits)}${scale.words}`
  const what = metric === completenessKey ? `more than ${decimal(margin * 100, digits)} more of 100 ${plural(unit, 2)} without a report are`
    : by === 'limit' ? `${nameOf(plan)} beyond its limit is` : `harm of more than ${allowed} in ${nameOf(plan)} is`
  return [`${variant} ${stops} once ${what} shown; at worst it is ${endPoints(harm.upper, scale, digits)} now.`]
}
