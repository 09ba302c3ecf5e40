import { allocate, type Standing } from '../../../stats/index.ts'
import { type Belief, type Chances, chancesOf } from './belief.ts'

/** Everything that the next weights follow from, as plain JSON: kept with the decision, so that it can be replayed. */
export type AllocationInputs = {
  belief: Belief
  algorithm: 'thompson' | 'top-two' | 'uniform'
  floor: number
  cap: number
  maxStep: number
  /** By variant ordinal; closed for arms that are not live. */
  standings: Standing[]
  /** Weights in force, by variant ordinal. */
  current: number[]
}

/** Weights by variant ordinal, which are the propensities of the next epoch's units; chances by place in `belief.arms`. */
export type Allocated = Chances & { weights: number[] }

/**
 * The next weights of a bandit. Nothing is drawn: the same inputs give the same digits.
 *
 * @returns null when no arm may receive anything
 */
export const allocateWeights = (inputs: AllocationInputs): Allocated | null => {
  const { belief, current, standings, ...options } = inputs
  const chances = chancesOf(belief)
  const best = current.map(() => 0)
  belief.arms.forEach((arm, place) => {
    best[arm] = chances.probability[place] ?? 0
  })
  const sum = best.reduce((total, chance) => total + chance, 0)
  const weights = allocate(best.map((chance) => chance / sum), current, { ...options, standings })
  return weights && { ...chances, weights }
}

/** The longest way that any arm's weight goes. */
export const longestStep = (from: readonly number[], to: readonly number[]): number =>
  Math.max(0, ...to.map((weight, arm) => Math.abs(weight - (from[arm] ?? 0))))
