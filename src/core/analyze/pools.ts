import { type Moments, noMoments } from '../../../stats/index.ts'
import type { ArmData, EpochData } from './analysis-input.ts'

/** One arm over the epochs of a pool. */
export type PooledArm = Pick<ArmData, 'units' | 'reporting' | 'timely' | 'outcomes' | 'metrics'>

/** Epochs with the very same weights, counted as one. */
export type Pool = { weights: readonly number[]; epochs: EpochData[]; arms: PooledArm[] }

const pooled = new WeakMap<readonly EpochData[], Pool[]>()

/**
 * Epochs by their weights, in the order in which each came first. While traffic stands still that is one pool, however
 * many hours it took. Each list of epochs is summed once, for all metrics and all comparisons; it may not change afterwards.
 */
export const poolsOf = (epochs: readonly EpochData[]): Pool[] => {
  const known = pooled.get(epochs)
  if (known) return known
  const pools = new Map<string, Pool>()
  let last: Pool | undefined
  for (const epoch of epochs) {
    if (!last || !alike(last.weights, epoch.weights)) {
      const key = epoch.weights.join()
      last = pools.get(key) ?? { weights: epoch.weights, epochs: [], arms: [] }
      pools.set(key, last)
    }
    last.epochs.push(epoch)
    for (let arm = 0; arm < epoch.arms.length; arm++) addArm((last.arms[arm] ??= noArm()), epoch.arms[arm] as ArmData)
  }
  const list = [...pools.values()]
  pooled.set(epochs, list)
  return list
}

const alike = (one: readonly number[], other: readonly number[]): boolean => {
  if (one.length !== other.length) return false
  for (let arm = 0; arm < one.length; arm++) if (one[arm] !== other[arm]) return false
  return true
}

const noArm = (): PooledArm => ({ units: 0, reporting: 0, outcomes: 0, metrics: [] })

const addArm = (sum: PooledArm, { units, reporting, timely, outcomes, metrics }: ArmData): void => {
  sum.units += units
  sum.reporting += reporting
  if (timely !== undefined) sum.timely = (sum.timely ?? 0) + timely
  sum.outcomes += outcomes
  for (let metric = 0; metric < metrics.length; metric++) {
    addInto((sum.metrics[metric] ??= { ...noMoments }), metrics[metric] as Moments)
  }
}

/** In place, since hundreds of sums of six are garbage otherwise. */
export const addInto = (sum: Moments, own: Moments): void => {
  sum.n += own.n
  sum.sumX += own.sumX
  sum.sumY += own.sumY
  sum.sumXX += own.sumXX
  sum.sumXY += own.sumXY
  sum.sumYY += own.sumYY
}
