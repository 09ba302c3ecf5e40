import { requireNonNegative, requirePositive } from '../check.ts'
import type { Sequential } from '../sequential/bounds.ts'
import type { ScoreMoments } from './contrast-moments.ts'

/**
 * Weighted contrast scores so far, mergeable: Σh, Σhz, Σh², Σh²z, Σh²z² over units. Kept epoch by epoch, the weight h
 * frozen before the epoch's first unit.
 */
export type ScoreSums = { n: number; h: number; hz: number; hh: number; hhz: number; hhzz: number }

export const noScoreSums: ScoreSums = { n: 0, h: 0, hz: 0, hh: 0, hhz: 0, hhzz: 0 }

/** One more epoch. Throws RangeError for a negative weight or count. */
export const addScoreMoments = (s: ScoreSums, { n, z, zz }: ScoreMoments, weight = 1): ScoreSums => {
  requireNonNegative('weight', weight)
  requireNonNegative('n', n)
  const square = weight * weight
  return {
    n: s.n + n, h: s.h + weight * n, hz: s.hz + weight * z,
    hh: s.hh + square * n, hhz: s.hhz + square * z, hhzz: s.hhzz + square * zz,
  }
}

/** Sums of two disjoint sets of epochs. */
export const mergeScoreSums = (a: ScoreSums, b: ScoreSums): ScoreSums => ({
  n: a.n + b.n, h: a.h + b.h, hz: a.hz + b.hz, hh: a.hh + b.hh, hhz: a.hhz + b.hhz, hhzz: a.hhzz + b.hhzz,
})

/**
 * The contrast on its sequence's clock: estimate Σhz/Σh, standard error √V/Σh, and the accumulated variance
 * V = Σh²(z − estimate)² as the clock `n`. With `oneSidedBound`, `drawn`, `oneSidedP` and ρ = `exactRho(V_plan, …)`
 * it is the Lyapunov confidence sequence, valid at every look under adaptive allocation. It covers the h-weighted
 * mean of the epochs' differences.
 *
 * @returns null while there is no unit, no weight or no variance
 *
 * Source: Waudby-Smith et al. (2024), Proposition 2.5; F3 of the design.
 */
export const scoreSequence = (s: ScoreSums): Sequential | null => {
  if (!(s.n >= 2 && s.h > 0)) return null
  const estimate = s.hz / s.h
  const variance = s.hhzz - 2 * estimate * s.hhz + estimate ** 2 * s.hh
  return variance > 0 ? { estimate, se: Math.sqrt(variance) / s.h, n: variance } : null
}

/**
 * V_plan = t_opt·v̄·h̄: the accumulated variance at which the sequence shall be tightest. Frozen at the start;
 * `exactRho(planVariance(…), alpha, sides)` is then the ρ of the sequence.
 *
 * @param units    t_opt: units of all arms at which the look matters most
 * @param variance v̄ of one unit: from the declared baseline, or pooled over the first 100 units an arm. Ratios: the
 *                 variance of (X − R·Y)/Ȳ
 * @param weight   h̄, the contrast weight expected: e_a e_b/(e_a + e_b); 1/4 for two equal arms
 * @throws {RangeError} unless all three are above 0
 */
export const planVariance = (units: number, variance: number, weight: number): number => {
  requirePositive('units', units)
  requirePositive('variance', variance)
  requirePositive('weight', weight)
  return units * variance * weight
}
