import { armInterval, type Moments, ratioEstimate } from '../../stats/index.ts'
import { armAdaptive } from './adaptive/compare.ts'
import type { AnalysisInput, EpochData } from './analysis-input.ts'
import { banditOf } from './bandit-stage.ts'
import type { Contrast, Measured } from './compare.ts'
import { excess, harmOf, interval, unknown } from './intervals.ts'
import { levelsOf, limitLevel, plainLevel } from './levels.ts'
import type { MetricPlan } from './metric-plan.ts'
import { quantileArm, quantileStanding, tuningOf } from './quantile-arms.ts'
import { armMoments } from './regimes.ts'
import { shareBeyondLimit } from './share-limit.ts'
import type { GuardrailReport, Interval, Verdict } from './report.ts'

/** A guardrail's row and the kind of margin it is measured by. */
export type Guardrail = GuardrailReport & {
  ordinal: number
  by: 'margin' | 'relativeMargin' | 'limit'
  contrast: Contrast
  /** Beyond its absolute limit like the control, so that neither is blamed; absent otherwise. */
  shared?: true
}

/** FAIL when the range of harm lies above the margin, PASS when below; only enough data may say either. */
const judge = (harm: Interval, margin: number): Verdict => {
  if (harm.lower !== null && harm.lower > margin) return 'FAIL'
  return harm.upper !== null && harm.upper < margin ? 'PASS' : 'INCONCLUSIVE'
}

/**
 * One guardrail of one variant, from its comparison with the control. Harm is positive when the variant is worse:
 * in units of the metric (`margin`), as a fraction of the control (`relativeMargin`), or beyond an absolute `limit`.
 */
export const guardrailOf = (input: AnalysisInput, contrast: Contrast, epochs: readonly EpochData[]): Guardrail => {
  const { comparison, measured } = contrast
  const { metric, plan } = measured
  const base = { metric: metric.metric, variant: comparison.variant, ordinal: contrast.variant, contrast }
  const blocked =
    comparison.verdict === 'PASS' || comparison.verdict === 'FAIL' || comparison.verdict === 'INCONCLUSIVE'
      ? null
      : comparison.verdict
  if (metric.margin !== undefined || (metric.relativeMargin === undefined && metric.limit === undefined)) {
    return {
      ...base,
      by: 'margin',
      margin: metric.margin ?? 0,
      harm: harmOf(comparison.difference, plan.direction),
      verdict: comparison.verdict,
    }
  }
  if (metric.relativeMargin !== undefined) {
    const negative = (controlMean(contrast, epochs) ?? 0) < 0
    const harm = harmOf(comparison.relative, negative ? opposite(plan.direction) : plan.direction)
    const margin = metric.relativeMargin
    return { ...base, by: 'relativeMargin', margin, harm, verdict: blocked ?? judge(harm, margin) }
  }
  const exact = shareBeyondLimit(input, measured, metric.limit ?? 0, armMoments(epochs, contrast.variant, measured.ordinal))
  const harm = exact ?? beyondLimit(input, contrast, epochs, contrast.variant)
  const control = beyondLimit(input, contrast, epochs, contrast.against)
  // when the control breaks the limit as well, the cause lies elsewhere: nobody is blamed
  const shared = (control.estimate ?? 0) > 0 && judge(harm, 0) === 'FAIL'
  // what is exact needs no least number of events
  const early = blocked === 'INSUFFICIENT' && exact !== null && exact.estimate !== null ? null : blocked
  return { ...base, by: 'limit', margin: 0, harm, verdict: early ?? (shared ? 'INCONCLUSIVE' : judge(harm, 0)), ...(shared && { shared }) }
}

const opposite = (direction: 'increase' | 'decrease') => (direction === 'increase' ? 'decrease' : 'increase')

const controlMean = ({ against, measured: { plan, ordinal } }: Contrast, epochs: readonly EpochData[]): number | null =>
  (plan.kind === 'quantile' ? quantileStanding(epochs, plan, ordinal, against)
    : ratioEstimate(armMoments(epochs, against, ordinal), plan.center))?.estimate ?? null

const standing = (moments: Moments, { center }: MetricPlan) => {
  const arm = ratioEstimate(moments, center)
  return arm && { estimate: arm.estimate, se: Math.sqrt(arm.variance), n: moments.n }
}

const beyondLimit = (
  input: AnalysisInput,
  contrast: Contrast,
  epochs: readonly EpochData[],
  variant: number,
): Interval => {
  const { metric, plan, ordinal } = contrast.measured
  const arm = plan.kind === 'quantile' ? quantileStanding(epochs, plan, ordinal, variant) : standing(armMoments(epochs, variant, ordinal), plan)
  if (!arm || metric.limit === undefined) return unknown
  const sign = plan.direction === 'decrease' ? 1 : -1
  const estimate = sign * (arm.estimate - metric.limit)
  if (arm.se === null || !(arm.se > 0)) return { ...unknown, estimate }
  const at = { estimate, se: arm.se, n: arm.n }
  return excess(at, limitLevel(input), levelsOf(input, metric, ordinal).gain)
}

/** Each variant's own value of a metric with its two-sided interval, over everything counted. */
export const armOf = (input: AnalysisInput, measured: Measured, arm: number) => {
  const { ordinal, plan } = measured
  const level = plainLevel(input, ordinal)
  if (plan.kind === 'quantile') return quantileArm(input.epochs, plan, ordinal, arm, level, tuningOf(input, ordinal, level.alpha))
  if (banditOf(input.experiment)) {
    const control = Math.max(0, input.experiment.variants.findIndex((variant) => variant.control))
    const other = arm === control ? (control === 0 ? 1 : 0) : control
    const { n, ...bounds } = armAdaptive(input, arm, other, ordinal, plan.center, level)
    return { ...interval(bounds), n }
  }
  const moments = armMoments(input.epochs, arm, ordinal)
  const { n, ...bounds } = armInterval(moments, level, plan.center)
  return { ...interval(bounds), n }
}
