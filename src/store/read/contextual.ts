import type { Carried } from '../../core/continuity/document.ts'
import type { FeatureSum, WeightedSum } from '../../core/contextual/arms.ts'
import type { TransactionSql } from '../client.ts'

/** Weighted sums and features of these epochs summed over their shards; answered per epoch and variant ordinal. */
export const readContextual = async (tx: TransactionSql, scope: number, epochs: readonly number[]) => {
  const fresh = `{${epochs.join()}}`
  const sums = ['w', 'ww', 'wx', 'wy', 'wwx', 'wwy', 'wwxx', 'wwxy', 'wwyy'].map((sum) => `sum(${sum} order by shard) ${sum}`).join(', ')
  const [weighted, features] = await Promise.all([
    tx<WeightedSum[]>`
      select epoch, variant, metric, ${tx.unsafe(sums)} from weighted_rollups
      where scope = ${scope} and epoch = any(${fresh}::int[]) group by epoch, variant, metric`,
    tx<FeatureSum[]>`
      select epoch, variant, gram, x, y from feature_rollups where scope = ${scope} and epoch = any(${fresh}::int[]) order by shard`,
  ])
  const ofArm = <Row extends { epoch: number; variant: number }>(rows: readonly Row[]) => {
    const byArm = Map.groupBy(rows, ({ epoch, variant }) => `${epoch}:${variant}`)
    return (epoch: number, variant: number): Row[] => byArm.get(`${epoch}:${variant}`) ?? []
  }
  const [weightedOf, featuresOf] = [ofArm(weighted), ofArm(features)]
  return (epoch: number, variant: number) => ({ weighted: weightedOf(epoch, variant), features: featuresOf(epoch, variant) })
}

/** Units whose features stand for all: the first by their hash, which is to say any. */
const sampled = 100

/** Features of some of the scope's units, the same ones while no new unit comes before them; those that came with an import first. */
export const readContexts = async (tx: TransactionSql, scope: number): Promise<number[][]> => {
  const [imported] = await tx<{ carried: Carried | null }[]>`select carried from scopes where id = ${scope}`
  const carried = (imported?.carried?.contexts ?? []).map((features) => features.map(Number))
  const rows = await tx<{ features: number[] }[]>`
    select features from units where scope = ${scope} and features is not null order by scope, unit limit ${Math.max(0, sampled - carried.length)}`
  return [...carried, ...rows.map(({ features }) => features)]
}
