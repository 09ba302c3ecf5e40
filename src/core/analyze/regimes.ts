import { type Moments, noMoments, type Regime } from '../../../stats/index.ts'
import type { EpochData } from './analysis-input.ts'
import { addInto, type Pool, poolsOf } from './pools.ts'

const tolerance = 1e-12

/** Epochs in which a pair of arms had the same share of their joint traffic: a stratum of their comparison. */
export type PairRegime = { share: number; pools: Pool[] }

/**
 * Group epochs by e_a/(e_a + e_b), within 1e-12: coverage ramps with equal weights stay one regime. Epochs that gave
 * one of the arms no traffic compare nothing and are left out.
 *
 * @param a ordinal of the arm compared with (the control)
 * @param b ordinal of the other
 */
export const regimesOf = (epochs: readonly EpochData[], a: number, b: number): PairRegime[] => {
  const regimes: PairRegime[] = []
  for (const pool of poolsOf(epochs)) {
    const [weightA, weightB] = [pool.weights[a] ?? 0, pool.weights[b] ?? 0]
    if (!(weightA > 0 && weightB > 0)) continue
    const share = weightA / (weightA + weightB)
    const same = regimes.find((regime) => Math.abs(regime.share - share) <= tolerance)
    if (same) same.pools.push(pool)
    else regimes.push({ share, pools: [pool] })
  }
  return regimes
}

/** All epochs of a regime. */
export const epochsOf = ({ pools }: PairRegime): EpochData[] => pools.flatMap(({ epochs }) => epochs)

/** The moments of one metric in each regime of a pair, arms `a` and `b`, summed over its epochs. */
export const pairMoments = (epochs: readonly EpochData[], a: number, b: number, metric: number): Regime[] =>
  regimesOf(epochs, a, b).map(({ pools }) => ({ a: sumOf(pools, a, metric), b: sumOf(pools, b, metric) }))

/** One arm's moments of one metric, summed over epochs. */
export const armMoments = (epochs: readonly EpochData[], arm: number, metric: number): Moments =>
  sumOf(poolsOf(epochs), arm, metric)

const sumOf = (pools: readonly Pool[], arm: number, metric: number): Moments => {
  const [only] = pools
  if (only && pools.length === 1) return only.arms[arm]?.metrics[metric] ?? noMoments
  const sum = { ...noMoments }
  for (const { arms } of pools) addInto(sum, arms[arm]?.metrics[metric] ?? noMoments)
  return sum
}

/** One arm's exposed units over epochs. */
export const armUnits = (epochs: readonly EpochData[], arm: number): number => armTotal(epochs, arm, 'units')

/** One arm's exposed units, units that reported, or outcomes over epochs. */
export const armTotal = (epochs: readonly EpochData[], arm: number, of: 'units' | 'reporting' | 'outcomes'): number =>
  poolsOf(epochs).reduce((sum, { arms }) => sum + (arms[arm]?.[of] ?? 0), 0)
