import type { ExperimentFacts, ShadowArm } from '../../core/analyze/analysis-input.ts'
import type { MetricPlan } from '../../core/analyze/metric-plan.ts'
import { inShadow } from '../../core/decide/position.ts'
import type { TransactionSql } from '../client.ts'
import { type KeptPairs, readPairs } from './pairs.ts'

/**
 * What shadows answered beside the control, unit by unit: each unit that both scopes know is a pair, in the control's
 * epoch. A unit's value of a metric per unit is its sum, of any other its mean; where one of both has none, they are no
 * pair of that metric. Null outside of a shadow stage.
 *
 * @param kept pairs that were read before; new ones are added
 */
export const readShadows = async (
  tx: TransactionSql, experiment: ExperimentFacts, plans: readonly MetricPlan[], kept: KeptPairs,
): Promise<ShadowArm[] | null> => {
  if (!inShadow(experiment) || experiment.scope === null) return null
  const own = await tx<{ id: number; variant: number }[]>`select id, variant from scopes where shadow_of = ${experiment.scope} order by variant`
  const { units, sums } = await readPairs(tx, experiment.scope, own.map(({ id }) => id), plans, kept)
  return own.map(({ id, variant }) => ({
    variant,
    epochs: units.filter(({ scope }) => scope === id).map(({ epoch, pairs, missing }) => ({
      epoch, pairs, missing,
      metrics: plans.map((_, at) => {
        const found = sums.find((row) => row.scope === id && row.epoch === epoch && row.ordinal === at + 1)
        if (!found) return null
        const { scope: _scope, epoch: _epoch, ordinal: _ordinal, ...pair } = found
        return pair
      }),
    })),
  }))
}
