import { requireFinite } from '../check.ts'
import type { Moments } from '../moments/moments.ts'
import type { EpochArm } from './epoch.ts'

/** Sums of a pre-assignment covariate C beside one arm's moments in one epoch. */
export type CovariateSums = { sumC: number; sumCC: number; sumCX: number; sumCY: number }

/**
 * The moments of X − θ(C − at) in place of X, for per-unit metrics: variance reduction by a covariate under adaptive
 * allocation. θ and the covariate's centre must have been frozen before the epoch; then any values are valid and good
 * ones are precise.
 *
 * @param m     moments of a per-unit metric (Y = 1)
 * @param theta slope of X on C, from earlier epochs
 * @param at    the covariate's centre, the same for both arms, from earlier epochs
 * @throws {RangeError} when theta or at is not finite
 */
export const adjustMoments = (m: Moments, c: CovariateSums, theta: number, at: number): Moments => {
  requireFinite('theta', theta)
  requireFinite('at', at)
  const shifted = { c: c.sumC - at * m.n, cc: c.sumCC - 2 * at * c.sumC + at ** 2 * m.n }
  return {
    ...m,
    sumX: m.sumX - theta * shifted.c,
    sumXX: Math.max(0, m.sumXX - 2 * theta * (c.sumCX - at * m.sumX) + theta ** 2 * shifted.cc),
    sumXY: m.sumXY - theta * (c.sumCY - at * m.sumY),
  }
}

/** An epoch's arm with its moments adjusted; the frozen mean stays, since the adjustment averages to about 0. */
export const adjustArm = (arm: EpochArm, c: CovariateSums, theta: number, at: number): EpochArm => ({
  ...arm, moments: adjustMoments(arm.moments, c, theta, at),
})
