import { requireUnit } from '../check.ts'
import { type Bernstein, addBernstein, bernsteinLower } from './empirical-bernstein.ts'

/**
 * One epoch of adaptively allocated traffic, seen for one arm: all its units, the arm's chance, and the sums over the
 * units that were drawn into the arm (rewards in [0, 1]).
 */
export type PolicyEpoch = { units: number; propensity: number; sum: number; sumSquares: number }

/**
 * Add an epoch to the lower sequence of an arm's mean reward: every unit counts w·r, with w = 1/propensity where it was
 * drawn into the arm and 0 elsewhere, which is unbiased and never negative. Exact at any time, for any allocation that
 * uses only the past, however small the propensities; wide, so a certificate rather than an estimate.
 *
 * @param options.alpha chance that the bound ever fails, in (0, 1)
 * @returns the same state for an epoch without units, or in which the arm could not be drawn
 * @throws {RangeError} naming an argument outside its domain
 *
 * Source: Waudby-Smith, Wu, Ramdas, Karampatziakis and Mineiro (2024), "Anytime-valid off-policy inference for
 * contextual bandits", Theorem 1.
 */
export const addPolicyEpoch = (state: Bernstein, epoch: PolicyEpoch, options: { alpha: number }): Bernstein => {
  const { units, propensity, sum, sumSquares } = epoch
  requireUnit('propensity', propensity)
  if (units === 0 || propensity === 0) return state
  const batch = { n: units, sum: sum / propensity, sumSquares: sumSquares / propensity ** 2 }
  return addBernstein(state, batch, { ...options, truncateMean: true })
}

/**
 * Lower bound of the arm's mean reward over the units seen; below 0 where it says nothing yet. An upper bound is 1
 * minus the lower bound of 1 − r.
 */
export const policyLower = bernsteinLower
