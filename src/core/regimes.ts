import type { EpochData } from './analysis-input.ts'
import { type Moments, noMoments, type Regime } from '../../stats/index.ts'

const tolerance = 1e-12

/** Epochs in which a pair of arms had the same share of their joint traffic: a stratum of their comparison. */
export type PairRegime = { share: number; epochs: EpochData[] }

/**
 * Group epochs by e_a/(e_a + e_b), within 1e-12: coverage ramps with equal weights stay one regime. Epochs that gave
 * one of the arms no traffic compare nothing and are left out.
 *
 * @param a ordinal of the arm compared with (the control)
 * @param b ordinal of the other
 */
export const regimesOf = (epochs: readonly EpochData[], a: number, b: number): PairRegime[] => {
  const regimes: PairRegime[] = []
  for (const epoch of epochs) {
    const [weightA, weightB] = [epoch.weights[a] ?? 0, epoch.weights[b] ?? 0]
    if (!(weightA > 0 && weightB > 0)) continue
    const share = weightA / (weightA + weightB)
    const same = regimes.find((regime) => Math.abs(regime.share - share) <= tolerance)
    if (same) same.epochs.push(epoch)
    else regimes.push({ share, epochs: [epoch] })
  }
  return regimes
}

/** The moments of one metric in each regime of a pair, arms `a` and `b`, summed over its epochs. */
export const pairMoments = (epochs: readonly EpochData[], a: number, b: number, metric: number): Regime[] =>
  regimesOf(epochs, a, b).map((regime) => ({
    a: armMoments(regime.epochs, a, metric),
    b: armMoments(regime.epochs, b, metric),
  }))

/** One arm's moments of one metric, summed over epochs: in place, since hundreds of sums of six are garbage otherwise. */
export const armMoments = (epochs: readonly EpochData[], arm: number, metric: number): Moments => {
  const sum = { ...noMoments }
  for (const { arms } of epochs) {
    const own = arms[arm]?.metrics[metric]
    if (!own) continue
    sum.n += own.n
    sum.sumX += own.sumX
    sum.sumY += own.sumY
    sum.sumXX += own.sumXX
    sum.sumXY += own.sumXY
    sum.sumYY += own.sumYY
  }
  return sum
}

/** One arm's exposed units over epochs. */
export const armUnits = (epochs: readonly EpochData[], arm: number): number =>
  epochs.reduce((sum, epoch) => sum + (epoch.arms[arm]?.units ?? 0), 0)
