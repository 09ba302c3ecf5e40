import { requireOpenUnit } from '../check.ts'
import { crossing } from '../crossing.ts'
import type { Interval } from '../sequential/bounds.ts'
import {
  type Epoch2x2, SAFE_PRIOR, type Safe2x2, type Safe2x2Options, noBlocks, pairChance, plugIn,
} from './two-by-two.ts'

/** Differences looked at on a grid before the ends are refined. */
const GRID = 160

/**
 * log E of the safe test against H0: p_b − p_a = difference in every epoch. The null's denominator is the pair
 * (x, x + difference) nearest to the plug-in pair, for which the expected factor is exactly 1 under all such nulls.
 *
 * @param epochs     closed epochs, in the order in which they closed
 * @param difference in (−1, 1); 0 gives the two-sided `addBlock`
 * @throws {RangeError} when the difference is outside, or an epoch is not one
 */
export const differenceLogE = (
  epochs: readonly Epoch2x2[], difference: number, { prior = SAFE_PRIOR }: Pick<Safe2x2Options, 'prior'> = {},
): number => {
  if (!(difference > -1 && difference < 1)) throw new RangeError(`difference must lie in (-1, 1), got ${difference}`)
  let [a, b]: [Safe2x2['a'], Safe2x2['b']] = [noBlocks.a, noBlocks.b]
  let logE = 0
  for (const epoch of epochs) {
    const chance = pairChance(epoch)
    // before anything is learnt there is nothing to bet on; a guess of one half would lose all on a large first epoch
    if (chance !== null && a.n + b.n > 0) {
      const [expectedA, expectedB] = [plugIn(a, prior), plugIn(b, prior)]
      const x = nearestNull(expectedA, expectedB, chance, difference)
      logE += logRatio(epoch.a, expectedA, x) + logRatio(epoch.b, expectedB, x + difference)
    }
    a = { n: a.n + epoch.a.n, successes: a.successes + epoch.a.successes }
    b = { n: b.n + epoch.b.n, successes: b.successes + epoch.b.successes }
  }
  return logE
}

/**
 * Confidence sequence of the difference b − a, by inversion over `differenceLogE`. Costly (hundreds of passes over the
 * epochs): for a page that somebody opens, not for every tick.
 *
 * @param alpha in (0, 1)
 * @returns the hull of all differences not excluded; null in the rare case that all are, which is evidence that it was
 *          not the same in all epochs. [−1, 1] with estimate null while an arm has no unit
 * @throws {RangeError} as `differenceLogE`
 */
export const differenceInterval = (
  epochs: readonly Epoch2x2[], alpha: number, options: Pick<Safe2x2Options, 'prior'> = {},
): Interval | null => {
  requireOpenUnit('alpha', alpha)
  const rates = (['a', 'b'] as const).map((arm) => {
    const n = epochs.reduce((sum, epoch) => sum + epoch[arm].n, 0)
    return n === 0 ? null : epochs.reduce((sum, epoch) => sum + epoch[arm].successes, 0) / n
  })
  const [a = null, b = null] = rates
  if (a === null || b === null) return { estimate: null, lower: -1, upper: 1 }
  const estimate = b - a
  const excluded = (difference: number): boolean => differenceLogE(epochs, difference, options) >= -Math.log(alpha)

  const inside = Math.min(1 - 1e-9, Math.max(-1 + 1e-9, estimate))
  const steps = Array.from({ length: GRID - 1 }, (_, i) => (2 * (i + 1)) / GRID - 1)
  const grid = [...steps, inside].toSorted((x, y) => x - y)
  const first = grid.findIndex((difference) => !excluded(difference))
  if (first < 0) return null
  const last = grid.findLastIndex((difference) => !excluded(difference))
  const end = (spared: number, beyond: number | undefined, edge: -1 | 1): number => {
    const limit = beyond ?? edge * (1 - 1e-12)
    return beyond === undefined && !excluded(limit) ? edge : crossing(excluded, grid[spared] ?? estimate, limit)
  }
  return { estimate, lower: end(first, grid[first - 1], -1), upper: end(last, grid[last + 1], 1) }
}

/** The x of the null pair (x, x + difference) that is nearest in the pair's Kullback–Leibler divergence. */
const nearestNull = (expectedA: number, expectedB: number, chance: number, difference: number): number => {
  const slope = (x: number): number =>
    (1 - chance) * ((1 - expectedA) / (1 - x) - expectedA / x)
    + chance * ((1 - expectedB) / (1 - x - difference) - expectedB / (x + difference))
  const [least, most] = [Math.max(0, -difference), Math.min(1, 1 - difference)]
  // the slope rises from −∞ to ∞
  return crossing((x) => slope(x) > 0, least, most)
}

const logRatio = ({ n, successes }: { n: number; successes: number }, alternative: number, common: number): number =>
  (successes === 0 ? 0 : successes * Math.log(alternative / common))
  + (n === successes ? 0 : (n - successes) * Math.log((1 - alternative) / (1 - common)))
