import { effectPosterior, noCounts, pooledVariance, priorCounts, type PseudoCounts } from '../../../stats/index.ts'
import type { AnalysisInput } from '../analyze/analysis-input.ts'
import type { CreateExperiment } from '../define/definitions.ts'
import { requireDurationMs } from '../define/duration.ts'
import { isMatured } from '../analyze/maturity.ts'
import { armUnits } from '../analyze/regimes.ts'
import { effectEpochs } from './epochs.ts'

/**
 * What a bandit starts from: what an earlier experiment on the model said of the same versions by the same metric, as so
 * many units beside a level of their own. Effects, not means, so that nothing is taken over of when they were measured.
 *
 * @param discount what part of the earlier units counts; at most 1,000 an arm do
 * @returns by variant ordinal, more being better; in words why there is nothing
 */
export const priorsFrom = (
  earlier: AnalysisInput, { variants, metrics, model }: CreateExperiment, discount: number,
): PseudoCounts[] | string => {
  const { experiment, epochs, now } = earlier
  const key = metrics.find(({ role }) => role === 'decision')?.metric
  const metric = earlier.metrics.findIndex((plan) => plan.key === key)
  const plan = earlier.metrics[metric]
  if (experiment.model !== model) return `"${experiment.key}" is of the model "${experiment.model}"`
  if (!plan) return `"${experiment.key}" did not measure "${key}"`
  const windowMs = requireDurationMs(experiment.definition.window)
  const matured = epochs.filter((epoch) => isMatured(epoch, windowMs, now) && epoch.arms.some(({ units }) => units > 0))
  const arms = variants.map(({ version }) => experiment.variants.findIndex((one) => one.version === version))
  if (arms.every((arm) => arm < 0 || armUnits(matured, arm) === 0)) return `"${experiment.key}" served none of these versions`
  const counted = effectEpochs(matured, metric, [], plan.direction)
  const variance = pooledVariance(counted)
  if (variance === null) return `all units of "${experiment.key}" have the same value`
  const { mean } = effectPosterior(counted, variance)
  return arms.map((arm) => {
    if (arm < 0) return noCounts
    const [n, effect] = [counted.reduce((sum, epoch) => sum + (epoch.arms[arm]?.n ?? 0), 0), mean[arm] ?? 0]
    return priorCounts({ n, sum: n * effect, sumSquares: n * (variance + effect ** 2) }, discount)
  })
}
