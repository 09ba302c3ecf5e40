import { requireUnit } from '../check.ts'
import { requireDistribution } from './floor.ts'

/**
 * No arm above `cap`: what lies above goes to the others in proportion to what they have (equally, when they have
 * nothing), again until nobody is above.
 *
 * @param cap    in (0, 1]; with cap·K < 1 nothing can satisfy it
 * @param closed arms that may receive nothing
 * @throws {RangeError} when the arms that may receive cannot hold the whole
 */
export const capWeights = (weights: readonly number[], cap: number, closed: readonly boolean[] = []): number[] => {
  requireDistribution('weights', weights)
  const open = weights.filter((_, arm) => !closed[arm]).length
  if (!(cap > 0 && cap <= 1)) throw new RangeError(`cap must lie in (0, 1], got ${cap}`)
  if (cap * open < 1 - 1e-12) throw new RangeError(`cap must be at least 1/${open}, got ${cap}`)
  const full = new Set<number>()
  let current = [...weights]
  for (;;) {
    const over = current.flatMap((weight, arm) => (!full.has(arm) && weight > cap ? [arm] : []))
    if (over.length === 0) return current
    for (const arm of over) full.add(arm)
    const rest = 1 - full.size * cap
    const free = current.map((weight, arm) => (full.has(arm) || closed[arm] ? 0 : weight))
    const sum = free.reduce((total, weight) => total + weight, 0)
    const receivers = current.filter((_, arm) => !full.has(arm) && !closed[arm]).length
    current = current.map((_, arm) => {
      if (full.has(arm)) return cap
      if (closed[arm]) return 0
      return sum > 0 ? ((free[arm] ?? 0) * rest) / sum : rest / receivers
    })
  }
}

/**
 * Go from the weights in force toward a target, no arm moving by more than `maxStep`: the whole way is shortened, so
 * the direction stays and the sum stays 1.
 *
 * @param maxStep in (0, 1]; 1 goes there at once
 */
export const stepToward = (from: readonly number[], target: readonly number[], maxStep: number): number[] => {
  requireDistribution('from', from)
  requireDistribution('target', target)
  requireUnit('maxStep', maxStep)
  if (from.length !== target.length) throw new RangeError(`from must have ${target.length} weights, got ${from.length}`)
  const longest = Math.max(...target.map((weight, arm) => Math.abs(weight - (from[arm] ?? 0))))
  if (longest <= maxStep) return [...target]
  const part = maxStep / longest
  return target.map((weight, arm) => (from[arm] ?? 0) + part * (weight - (from[arm] ?? 0)))
}
