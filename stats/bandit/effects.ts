import { requireNonNegative, requirePositive } from '../check.ts'
import { cholesky, inverseFromCholesky, solveCholesky } from '../matrix/cholesky.ts'
import { type BanditMemory, type PseudoCounts, memoryFactor } from './discount.ts'

/** One epoch: how long ago it was (in the half-life's unit) and each arm's counts, better being larger. */
export type EffectEpoch = { age: number; arms: readonly PseudoCounts[] }

/** Joint normal posterior of the arms' effects; only differences between arms mean anything. */
export type JointPosterior = { mean: number[]; covariance: number[][] }

/**
 * Posterior of the arms' effects when each epoch has a level of its own, which a flat prior integrates out: a
 * baseline that moves while the allocation moves cannot make an arm look better than it is, as it does when units
 * of different epochs are pooled.
 *
 * A = Σγ(diag n − n nᵀ/N) + κI, b = Σγ(S − n ΣS/N), mean A⁻¹b, covariance σ²A⁻¹. An epoch in which only one arm got
 * units says nothing. Incremental use: A and b are sums over epochs.
 *
 * @param epochs   with the same number of arms each
 * @param variance σ² of one unit, pooled within arms and epochs (`pooledVariance`), above 0
 * @param memory   half-life and window by age; `cap` bounds the units an arm may count as in all
 * @param ridge    κ, in units: how many units' worth of belief that all arms are equal; 1 unless told, above 0
 * @throws {RangeError} naming the argument outside its domain
 *
 * Source: F6 of the design; a two-way layout with fixed epoch effects, Lindley and Smith (1972).
 */
export const effectPosterior = (
  epochs: readonly EffectEpoch[], variance: number, memory: BanditMemory = {}, ridge = 1,
): JointPosterior => {
  requirePositive('variance', variance)
  requirePositive('ridge', ridge)
  const arms = epochs[0]?.arms.length ?? 0
  const a = Array.from({ length: arms }, () => Array.from({ length: arms }, () => 0))
  const b = Array.from({ length: arms }, () => 0)
  const shrink = capFactor(epochs, memory)
  for (const [index, epoch] of epochs.entries()) {
    if (epoch.arms.length !== arms) {
      throw new RangeError(`epochs[${index}].arms must have ${arms} arms, got ${epoch.arms.length}`)
    }
    for (const [arm, { n }] of epoch.arms.entries()) requireNonNegative(`epochs[${index}].arms[${arm}].n`, n)
    const factor = shrink * memoryFactor(epoch.age, memory)
    const units = epoch.arms.reduce((sum, { n }) => sum + n, 0)
    if (units === 0 || factor === 0) continue
    const level = epoch.arms.reduce((sum, arm) => sum + arm.sum, 0) / units
    for (const [i, { n, sum }] of epoch.arms.entries()) {
      b[i] = (b[i] ?? 0) + factor * (sum - n * level)
      const row = a[i] ?? []
      for (const [j, other] of epoch.arms.entries()) {
        row[j] = (row[j] ?? 0) + factor * ((i === j ? n : 0) - (n * other.n) / units)
      }
    }
  }
  for (const [i, row] of a.entries()) row[i] = (row[i] ?? 0) + ridge
  const factorised = cholesky(a)
  return {
    mean: solveCholesky(factorised, b),
    covariance: inverseFromCholesky(factorised).map((row) => row.map((value) => variance * value)),
  }
}

/** One factor for all, so that the busiest arm counts as at most `cap` units. */
const capFactor = (epochs: readonly EffectEpoch[], memory: BanditMemory): number => {
  const { cap = null } = memory
  if (cap === null) return 1
  requirePositive('cap', cap)
  const totals = (epochs[0]?.arms ?? []).map((_, arm) =>
    epochs.reduce((sum, epoch) => sum + memoryFactor(epoch.age, memory) * (epoch.arms[arm]?.n ?? 0), 0),
  )
  return Math.min(1, cap / Math.max(cap, ...totals))
}

/**
 * Variance of one unit, pooled within every arm of every epoch: Σ(Y − Ȳ)²/Σ(n − 1).
 *
 * @returns null without two units in any cell, or without variance
 */
export const pooledVariance = (epochs: readonly EffectEpoch[]): number | null => {
  let [deviation, degrees] = [0, 0]
  for (const { arms } of epochs) {
    for (const { n, sum, sumSquares } of arms) {
      if (n < 2) continue
      deviation += Math.max(0, sumSquares - (sum * sum) / n)
      degrees += n - 1
    }
  }
  return deviation > 0 ? deviation / degrees : null
}
