import { requireUnit } from '../check.ts'
import { requireDistribution } from './floor.ts'
import { capWeights, stepToward } from './limits.ts'
import { type Standing, constrainWeights } from './standing.ts'
import { topTwo } from './top-two.ts'

export type AllocateOptions = {
  algorithm: 'thompson' | 'top-two' | 'uniform'
  /** Least share of every arm that is not closed; .02 unless told. */
  floor?: number
  /** Largest share of any arm; 1 unless told. Ignored as far as the arms that may receive cannot hold the whole. */
  cap?: number
  /** How far an arm may move from `current` at once; 1 unless told. Standings are obeyed at once all the same. */
  maxStep?: number
  /** One an arm; all open unless told. */
  standings?: readonly Standing[]
  /** β of top-two. */
  beta?: number
}

/**
 * Weights for the next epoch from the chances to be best: the algorithm's share, then standings, the additive floor
 * f + (1 − K f)w over the arms that are not closed, the cap, and the step from the weights in force.
 *
 * @param best    P(best) of each arm, summing to 1 (all equal while nothing is known)
 * @param current weights in force; null when there are none
 * @returns weights summing to 1, ≥ floor for every arm that is not closed once a step permits; null when every arm is
 *          closed
 * @throws {RangeError} naming the argument outside its domain
 */
export const allocate = (
  best: readonly number[], current: readonly number[] | null, options: AllocateOptions,
): number[] | null => {
  const { algorithm, floor = 0.02, cap = 1, maxStep = 1, beta = 0.5 } = options
  requireDistribution('best', best)
  requireUnit('floor', floor)
  const standings = options.standings ?? best.map(() => 'open' as const)
  const shares = share(algorithm, best, beta)
  // held arms get exactly the floor, which is added below: their own share is 0 until then
  const target = constrainWeights(shares, standings, 0)
  if (!target) return null
  const alive = standings.filter((standing) => standing !== 'closed').length
  const least = Math.min(floor, 1 / alive)
  const floored = target.map((weight, arm) => (standings[arm] === 'closed' ? 0 : least + (1 - alive * least) * weight))
  const closed = standings.map((standing) => standing !== 'open')
  const receivers = standings.includes('open') ? standings.filter((standing) => standing === 'open').length : alive
  const limited = bounded(floored, Math.max(cap, 1 / receivers), standings.includes('open') ? closed : [])
  const from = current && constrainWeights(current, standings, least)
  return settle(from ? stepToward(from, limited, maxStep) : limited)
}

const share = (algorithm: AllocateOptions['algorithm'], best: readonly number[], beta: number): readonly number[] => {
  if (algorithm === 'uniform') return best.map(() => 1 / best.length)
  return algorithm === 'top-two' ? topTwo(best, beta) : best
}

/** The cap over the open arms alone: held ones keep what they have, so that the surplus never reaches them. */
const bounded = (weights: readonly number[], cap: number, held: readonly boolean[]): number[] => {
  const fixed = weights.reduce((sum, weight, arm) => (held[arm] ? sum + weight : sum), 0)
  const pool = 1 - fixed
  if (pool <= 0) return [...weights]
  const inside = weights.map((weight, arm) => (held[arm] ? 0 : weight / pool))
  return capWeights(inside, Math.min(1, cap / pool), held).map((weight, arm) =>
    held[arm] ? (weights[arm] ?? 0) : weight * pool,
  )
}

/** Rounding leaves the sum a few units in the last place off 1. */
const settle = (weights: readonly number[]): number[] => {
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / sum)
}
