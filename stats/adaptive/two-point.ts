import { requireCount, requirePositive, requireUnit } from '../check.ts'

/** Units allocated so far and the part of one arm's variance budget that is left; plain, to be kept with the arm. */
export type TwoPointState = { seen: number; left: number }

export const freshTwoPoint: TwoPointState = { seen: 0, left: 1 }

/** Weight √e of constant allocation: it makes the variance of an arm's weighted scores the same at every unit. */
export const constantAllocationWeight = (propensity: number): number => {
  requireUnit('propensity', propensity)
  return Math.sqrt(propensity)
}

/**
 * The next unit's two-point weight for one arm: √(l e) where l = λ·left and
 * λ = (1 − e)(1 − a)/((1 − a) + T(t/T)^a − t) + e/(1 + T − t), between what suits an arm about to be starved and one
 * about to be always drawn.
 *
 * @param state   of this arm; `freshTwoPoint` at the start
 * @param planned T, units of the whole run, known beforehand
 * @param decay   a in [0, 1): the propensity's floor falls like t^−a; .7 is usual
 * @throws {RangeError} outside these domains, and when more than T units are weighed
 *
 * Source: Hadad, Hirshberg, Zhan, Wager and Athey (2021), PNAS 118(15), eq. 17.
 */
export const twoPointWeight = (
  state: TwoPointState, propensity: number, planned: number, decay = 0.7,
): { weight: number; state: TwoPointState } => {
  requireUnit('propensity', propensity)
  requirePositive('planned', planned)
  if (!(decay >= 0 && decay < 1)) throw new RangeError(`decay must lie in [0, 1), got ${decay}`)
  const t = state.seen + 1
  requireCount('planned', planned, t)
  const starved = (1 - decay) / (1 - decay + planned * (t / planned) ** decay - t)
  const share = ((1 - propensity) * starved + propensity / (1 + planned - t)) * state.left
  return {
    weight: Math.sqrt(share * propensity),
    state: { seen: t, left: Math.max(0, state.left - share) },
  }
}
