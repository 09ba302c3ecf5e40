import {
  addCovariateMoments, adjustNumerators, type AdaptiveEpoch, type CovariateMoments, type FrozenCovariate, freezeCovariate,
  noCovariateMoments,
} from '../../../stats/index.ts'
import type { EpochData } from '../analyze/analysis-input.ts'
import type { MetricPlan } from '../analyze/metric-plan.ts'
import { adaptiveEpochs } from './epochs.ts'

/**
 * Can the values of units be adjusted while weights move? Of a ratio only the numerator could be, and where arms report
 * differently often a covariate's mean that is not quite the frozen one would then look like a difference. Where each unit
 * has a propensity of its own, no sums of covariates are kept that are weighted by it.
 */
export const isAdjustable = ({ kind, covariate, weighed }: MetricPlan): boolean =>
  covariate !== undefined && !weighed && (kind === 'conversion' || kind === 'total')

/**
 * What the next epoch takes from the past to adjust by, per metric; null where nothing is. Undefined when no metric of
 * the scope can be adjusted.
 *
 * @param matured epochs whose sums grow no more
 */
export const frozenCovariatesOf = (
  matured: readonly EpochData[], plans: readonly MetricPlan[], arms: number,
): (FrozenCovariate | null)[] | undefined =>
  plans.some(isAdjustable)
    ? plans.map((plan, metric) => (isAdjustable(plan) ? freezeCovariate(Array.from({ length: arms }, (_, arm) => totalOf(matured, arm, metric))) : null))
    : undefined

const totalOf = (epochs: readonly EpochData[], arm: number, metric: number): CovariateMoments =>
  epochs.reduce((sum, { arms }) => addCovariateMoments(sum, arms[arm]?.covariates?.[metric] ?? noCovariateMoments), noCovariateMoments)

/**
 * The same epochs with each unit's value X as X − θ(U − x), both frozen with its epoch: as the estimators take them. An
 * epoch that froze nothing stays as it is, and so does a unit of which no covariate is known.
 *
 * @returns null where no epoch changes
 */
export const adjustedEpochs = (epochs: readonly EpochData[], metric: number): { epochs: AdaptiveEpoch[]; theta: number } | null => {
  const served = epochs.filter(({ arms }) => arms.some(({ units }) => units > 0))
  let theta = 0
  const adjusted = adaptiveEpochs(epochs, metric).map((epoch, index): AdaptiveEpoch => {
    const { frozen, arms = [] } = served[index] ?? {}
    const taken = frozen?.covariates?.[metric]
    if (!taken || taken.theta === 0 || arms.some(({ covariates }) => !covariates?.[metric])) return epoch
    theta = taken.theta
    return {
      ...epoch,
      arms: epoch.arms.map((arm, ordinal) => {
        const own = arms[ordinal]?.covariates?.[metric]
        return own ? { ...arm, moments: adjustNumerators({ ...own, ...arm.moments }, taken.theta, taken.reference) } : arm
      }),
    }
  })
  return theta === 0 ? null : { epochs: adjusted, theta }
}
