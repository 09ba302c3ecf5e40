import type { AnalysisInput, ExperimentFacts } from '../../core/analyze/analysis-input.ts'
import type { CovariateSum, ObservedRows, SegmentSum, SketchSum } from '../../core/analyze/observed-arms.ts'
import type { TransactionSql } from '../client.ts'

/** Covariates, sketches and segments of these epochs summed over their shards; answered per epoch and variant ordinal. */
export const readObserved = async (
  tx: TransactionSql, scope: number, epochs: readonly number[],
): Promise<(epoch: number, variant: number) => ObservedRows> => {
  const fresh = `{${epochs.join()}}`
  const [covariates, sketches, segments] = await Promise.all([
    tx<CovariateSum[]>`
      select epoch, variant, metric, sum(n)::float8 n, sum(su order by shard) su, sum(suu order by shard) suu,
        sum(sxu order by shard) sxu, sum(syu order by shard) syu, sum(sxv order by shard) sxv, sum(syv order by shard) syv
      from covariate_rollups where scope = ${scope} and epoch = any(${fresh}::int[]) group by epoch, variant, metric`,
    tx<SketchSum[]>`
      select epoch, variant, metric, array_agg(bucket order by bucket) buckets, array_agg(count order by bucket) counts
      from (select epoch, variant, metric, bucket, sum(count)::float8 count from sketches
        where scope = ${scope} and epoch = any(${fresh}::int[]) group by epoch, variant, metric, bucket having sum(count) <> 0) s
      group by epoch, variant, metric`,
    tx<SegmentSum[]>`
      select epoch, variant, metric, segment, value, sum(n)::float8 n, sum(sx order by shard) sx, sum(sy order by shard) sy,
        sum(sxx order by shard) sxx, sum(sxy order by shard) sxy, sum(syy order by shard) syy
      from segment_rollups where scope = ${scope} and epoch = any(${fresh}::int[])
      group by epoch, variant, metric, segment, value order by segment, value`,
  ])
  const ofArm = <Row extends { epoch: number; variant: number }>(rows: readonly Row[]) => {
    const byArm = Map.groupBy(rows, ({ epoch, variant }) => `${epoch}:${variant}`)
    return (epoch: number, variant: number): Row[] => byArm.get(`${epoch}:${variant}`) ?? []
  }
  const [covariatesOf, sketchesOf, segmentsOf] = [ofArm(covariates), ofArm(sketches), ofArm(segments)]
  return (epoch, variant) => ({
    covariates: covariatesOf(epoch, variant), sketches: sketchesOf(epoch, variant), segments: segmentsOf(epoch, variant),
  })
}

/** What the values of the scope's segments are called; undefined where none is declared. */
export const readSegmentValues = async (
  tx: TransactionSql, { scope, definition }: Pick<ExperimentFacts, 'scope' | 'definition'>,
): Promise<AnalysisInput['segmentValues']> => {
  if (scope === null || !definition.segments?.length) return undefined
  return tx<NonNullable<AnalysisInput['segmentValues']>[number][]>`
    select segment, id as value, value as name from segment_values where scope = ${scope} order by segment, id`
}
