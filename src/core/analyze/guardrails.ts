import { armInterval, ratioEstimate } from '../../../stats/index.ts'
import { armAdaptive } from '../adaptive/compare.ts'
import type { AnalysisInput, EpochData } from './analysis-input.ts'
import { banditOf } from '../define/bandit-stage.ts'
import type { Contrast, Measured } from './compare.ts'
import { harmOf, interval } from './intervals.ts'
import { limitLevel, plainLevel } from './levels.ts'
import { beyondLimit } from './limits.ts'
import { quantileArm, quantileStanding, tuningOf } from './quantile-arms.ts'
import { armMoments } from './regimes.ts'
import type { GuardrailReport, Interval, Verdict } from './report.ts'

/** A guardrail's row and the kind of margin it is measured by. */
export type Guardrail = Omit<GuardrailReport, 'generation' | 'windows'> & {
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
 * A metric with a margin and a limit is two guardrails: see `limitOf`.
 */
export const guardrailOf = (input: AnalysisInput, contrast: Contrast, epochs: readonly EpochData[]): Guardrail => {
  const { comparison, measured } = contrast
  const { metric, plan } = measured
  const base = { metric: metric.metric, variant: comparison.variant, ordinal: contrast.variant, contrast }
  if (metric.margin !== undefined || (metric.relativeMargin === undefined && metric.limit === undefined)) {
    return {
      ...base,
      by: 'margin',
      margin: metric.margin ?? 0,
      harm: harmOf(comparison.difference, plan.direction),
      verdict: comparison.verdict,
    }
  }
  if (metric.relativeMargin === undefined) return limitOf(input, contrast, epochs)
  const negative = (controlMean(contrast, epochs) ?? 0) < 0
  const harm = harmOf(comparison.relative, negative ? opposite(plan.direction) : plan.direction)
  const margin = metric.relativeMargin
  return { ...base, by: 'relativeMargin', margin, harm, verdict: blockedOf(contrast) ?? judge(harm, margin) }
}

/** What keeps a comparison from saying anything. */
const blockedOf = ({ comparison: { verdict } }: Contrast): Verdict | null =>
  verdict === 'PASS' || verdict === 'FAIL' || verdict === 'INCONCLUSIVE' ? null : verdict

/** A variant against its absolute limit, over all of these epochs. */
export const limitOf = (input: AnalysisInput, contrast: Contrast, epochs: readonly EpochData[]): Guardrail => {
  const { comparison, measured, variant, against } = contrast
  const level = limitLevel(input, measured.day)
  const blocked = blockedOf(contrast)
  const { harm, exact } = beyondLimit(input, measured, epochs, variant, level)
  const control = beyondLimit(input, measured, epochs, against, level).harm
  // when the control breaks the limit as well, the cause lies elsewhere: nobody is blamed
  const shared = (control.estimate ?? 0) > 0 && judge(harm, 0) === 'FAIL'
  // what is exact needs no least number of events
  const early = blocked === 'INSUFFICIENT' && exact && harm.estimate !== null ? null : blocked
  return {
    metric: measured.metric.metric, variant: comparison.variant, ordinal: variant, contrast, by: 'limit', margin: 0, harm,
    verdict: early ?? (shared ? 'INCONCLUSIVE' : judge(harm, 0)), ...(shared && { shared }),
  }
}

const opposite = (direction: 'increase' | 'decrease') => (direction === 'increase' ? 'decrease' : 'increase')

const controlMean = ({ against, measured: { plan, ordinal } }: Contrast, epochs: readonly EpochData[]): number | null =>
  (plan.kind === 'quantile' ? quantileStanding(epochs, plan, ordinal, against)
    : ratioEstimate(armMoments(epochs, against, ordinal), plan.center))?.estimate ?? null

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
