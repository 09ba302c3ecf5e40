import { requireCount, requireOpenUnit } from '../check.ts'
import { STAKES } from '../exact/margin-bet.ts'
import { logMeanExp } from '../monitor/allocation.ts'
import { normalCdf } from '../special/index.ts'

export type MarginBetPlan = {
  /** True shares of both arms, in [0, 1]. */
  shareA: number
  shareB: number
  /** Tolerated p_b − p_a, in [−1, 1]. */
  margin: number
  /** Units of the pair at the last look, an integer of at least 1. */
  units: number
  /** Chance that a unit of the pair is drawn into b, in (0, 1). */
  chanceB: number
  /** Level at which the margin bet fails, in (0, 1). */
  alpha: number
}

/** What one stake makes of a success in a, one in b, and a unit without. */
type Factor = { a: number; b: number; none: number }

/**
 * Chance that a margin bet shows p_b − p_a > margin at the last look. Counts are taken as normal, and as known from the
 * payment of the best stake alone: then the mean of all stakes rises with it, and one crossing is to be found. Looks on
 * the way only add to it.
 *
 * @returns in [0, 1]
 * @throws {RangeError} naming the argument outside its domain
 *
 * Source: the bets of stats/exact/margin-bet.ts; the central limit theorem.
 */
export const marginBetPower = ({ shareA, shareB, margin, units, chanceB, alpha }: MarginBetPlan): number => {
  for (const [name, share] of Object.entries({ shareA, shareB })) {
    if (!(share >= 0 && share <= 1)) throw new RangeError(`${name} must lie in [0, 1], got ${share}`)
  }
  if (!(margin >= -1 && margin <= 1)) throw new RangeError(`margin must lie in [-1, 1], got ${margin}`)
  requireCount('units', units, 1)
  requireOpenUnit('chanceB', chanceB)
  requireOpenUnit('alpha', alpha)
  const [payA, payB] = [1 / (1 - chanceB) + margin, 1 / chanceB - margin]
  const [hitsA, hitsB] = [(1 - chanceB) * shareA, chanceB * shareB]
  const factors = STAKES.map((stake): Factor => {
    const bet = stake / payA
    return { a: Math.log1p(-bet * payA), b: Math.log1p(bet * payB), none: Math.log1p(-bet * margin) }
  })
  const meanOf = ({ a, b, none }: Factor): number => hitsA * a + hitsB * b + (1 - hitsA - hitsB) * none
  const best = factors.reduce((one, other) => (meanOf(other) > meanOf(one) ? other : one))
  const mean = meanOf(best)
  const square = hitsA * best.a ** 2 + hitsB * best.b ** 2 + (1 - hitsA - hitsB) * best.none ** 2
  const deviation = Math.sqrt(Math.max(0, square - mean * mean))
  const logE = (z: number): number => {
    const [a, b] = deviation > 0 ? [(best.a - mean) / deviation, (best.b - mean) / deviation] : [0, 0]
    const [countA, countB] = [hitsA * (units + z * Math.sqrt(units) * a), hitsB * (units + z * Math.sqrt(units) * b)]
    return logMeanExp(factors.map((one) => countA * one.a + countB * one.b + (units - countA - countB) * one.none))
  }
  const needed = -Math.log(alpha)
  let [low, high] = [-9, 9]
  if (logE(high) < needed) return 0
  if (logE(low) >= needed) return 1
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2
    if (logE(middle) < needed) low = middle
    else high = middle
  }
  return normalCdf(-high)
}
