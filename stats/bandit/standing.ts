import { requireDistribution } from './floor.ts'

/**
 * How far an arm may be favoured: `open` freely; `held` no more than the floor (a guardrail says nothing yet); `closed`
 * nothing (a guardrail FAILs, or the arm is not live).
 */
export type Standing = 'open' | 'held' | 'closed'

/**
 * The nearest allocation in which every arm keeps its standing: closed arms get 0, held ones the floor (or less, if
 * they had less), and the open ones share what is left in proportion to what they had.
 *
 * With no open arm the held ones share everything in proportion to what they had, since traffic has to go somewhere.
 *
 * @param weights   sum to 1
 * @param standings one an arm
 * @param floor     what a held arm may have at most, in [0, 1]
 * @returns null when every arm is closed
 */
export const constrainWeights = (
  weights: readonly number[], standings: readonly Standing[], floor: number,
): number[] | null => {
  requireDistribution('weights', weights)
  if (standings.length !== weights.length) {
    throw new RangeError(`standings must have ${weights.length} entries, got ${standings.length}`)
  }
  const favoured = standings.includes('open') ? 'open' : 'held'
  if (!standings.includes(favoured)) return null
  const kept = weights.map((weight, arm) =>
    standings[arm] === 'held' && favoured === 'open' ? Math.min(weight, floor) : 0,
  )
  const rest = 1 - kept.reduce((sum, weight) => sum + weight, 0)
  const receives = (arm: number): boolean => standings[arm] === favoured
  const pool = weights.reduce((sum, weight, arm) => (receives(arm) ? sum + weight : sum), 0)
  const receivers = standings.filter((standing) => standing === favoured).length
  return weights.map((weight, arm) => {
    if (!receives(arm)) return kept[arm] ?? 0
    return pool > 0 ? (rest * weight) / pool : rest / receivers
  })
}
