import type { EpochData, ExperimentFacts, GenerationDay } from '../../core/analyze/analysis-input.ts'
import type { RollupSum } from '../../core/analyze/complete.ts'
import { armOfDay, dayAt, dayMs, generationEpoch, type Generation } from '../../core/analyze/generations.ts'
import type { MetricPlan } from '../../core/analyze/metric-plan.ts'
import type { TransactionSql } from '../client.ts'
import { isWeighed } from '../../core/contextual/stage.ts'
import { readContextual } from './contextual.ts'

type Row = RollupSum & { day: number; stratum: number }
type Epoch = Pick<EpochData, 'epoch' | 'weights' | 'frozen'>

/**
 * Every day of a scope's generation, in order: of today and yesterday by the epochs whose weights count, of earlier days
 * everything in one. Empty where the scope has none.
 *
 * @param epochs of the scope, in order
 */
export const readGenerations = async (
  tx: TransactionSql, { scope, variants }: Pick<ExperimentFacts, 'scope' | 'variants'>, plans: readonly MetricPlan[],
  epochs: readonly Epoch[], now: Date,
): Promise<GenerationDay[]> => {
  const [generation] = await tx<Generation[]>`select id as scope, metrics, strata from scopes where parent = ${scope}`
  if (!generation) return []
  const yesterday = dayAt(now.getTime()) - 1
  const rows = await tx<Row[]>`
    select epoch / 65536 as day, case when epoch >= ${generationEpoch(yesterday, 0)} then epoch % 65536 else 0 end as stratum,
      0 as epoch, variant, metric, sum(n)::float8 as n, sum(sx order by epoch, shard) as sx, sum(sy order by epoch, shard) as sy,
      sum(sxx order by epoch, shard) as sxx, sum(sxy order by epoch, shard) as sxy, sum(syy order by epoch, shard) as syy
    from rollups where scope = ${generation.scope} group by 1, 2, variant, metric order by 1, 2`
  const recent = new Set(rows.flatMap(({ day, stratum }) => (day >= yesterday ? [generationEpoch(day, stratum)] : [])))
  const weighed = isWeighed(generation.metrics) ? await readContextual(tx, generation.scope, [...recent]) : null
  const arms = Math.max(variants.length, ...rows.map(({ variant }) => variant + 1))
  // an arm that is out for a while keeps the units that it had before
  const drawnIn = ({ weights }: Epoch): number => weights.filter((weight) => weight > 0).length
  const whole = epochs.reduce<Epoch | undefined>((most, epoch) => (most && drawnIn(most) > drawnIn(epoch) ? most : epoch), undefined)
  return [...Map.groupBy(rows, ({ day }) => day)].map(([day, ofDay]) => ({
    day,
    recent: day >= yesterday,
    epochs: [...Map.groupBy(ofDay, ({ stratum }) => stratum)].map(([stratum, own]): EpochData => {
      const drawn = generation.strata === null ? whole : epochs.find(({ epoch }) => epoch % 65_536 === stratum)
      return {
        epoch: stratum, coverage: 1, weights: drawn?.weights ?? [], ...(drawn?.frozen && { frozen: drawn.frozen }),
        startedAt: new Date(day * dayMs), endedAt: null, sealed: false, late: 0, crossed: 0, rebuilt: 0,
        arms: Array.from({ length: arms }, (_, arm) => armOfDay(
          plans, generation.metrics, own.filter(({ variant }) => variant === arm),
          weighed && weighed(generationEpoch(day, stratum), arm).weighted,
        )),
      }
    }),
  }))
}
