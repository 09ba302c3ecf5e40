import { requireNonNegative } from '../check.ts'

/**
 * f + (1 − K f) w: every arm keeps at least f and their order stays. The floor bounds 1/e, and with it how
 * wide later intervals are.
 *
 * @param weights sum to 1
 * @param floor   f in [0, 1/K]
 * @throws {RangeError} when the weights are no distribution, or the floor lies outside
 *
 * Source: GrowthBook, gbstats/bayesian/bandits.py.
 */
export const additiveFloor = (weights: readonly number[], floor: number): number[] => {
  requireDistribution('weights', weights)
  requireFloor(floor, weights.length)
  return weights.map((weight) => floor + (1 - weights.length * floor) * weight)
}

/**
 * Raise every weight to the floor, then shrink what lies above it in proportion until the sum is 1 again.
 * Same domains. Source: Hadad et al. (2021), their code's `apply_floor`.
 */
export const clippedFloor = (weights: readonly number[], floor: number): number[] => {
  requireDistribution('weights', weights)
  requireFloor(floor, weights.length)
  const raised = weights.map((weight) => Math.max(weight, floor))
  const above = raised.reduce((sum, weight) => sum + weight - floor, 0)
  if (above === 0) return raised
  const surplus = raised.reduce((sum, weight) => sum + weight, 0) - 1
  return raised.map((weight) => weight - (surplus * (weight - floor)) / above)
}

/** @throws {RangeError} unless the weights are not negative and sum to 1 within 1e-6. */
export const requireDistribution = (name: string, weights: readonly number[]): void => {
  for (const [index, weight] of weights.entries()) requireNonNegative(`${name}[${index}]`, weight)
  const sum = weights.reduce((total, weight) => total + weight, 0)
  if (!(Math.abs(sum - 1) <= 1e-6)) throw new RangeError(`${name} must sum to 1, got ${sum}`)
}

const requireFloor = (floor: number, arms: number): void => {
  if (!(floor >= 0 && floor * arms <= 1 + 1e-12)) throw new RangeError(`floor must lie in [0, 1/${arms}], got ${floor}`)
}
