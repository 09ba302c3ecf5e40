import { requireFinite, requirePositive } from '../check.ts'
import type { Moments } from '../moments/moments.ts'

/**
 * Inverse-probability sums of one arm in one epoch, with w = 1/e of each unit: Σw, ΣwX, ΣwY and Σw², Σw²X, … For a
 * per-unit metric Y is 1, so that Σw, Σw², ΣwX, Σw²X and Σw²X² are all there is to keep.
 */
export type WeightedMoments = {
  w: number; wX: number; wY: number
  ww: number; wwX: number; wwY: number; wwXX: number; wwXY: number; wwYY: number
}

export const noWeighted: WeightedMoments = {
  w: 0, wX: 0, wY: 0, ww: 0, wwX: 0, wwY: 0, wwXX: 0, wwXY: 0, wwYY: 0,
}

/**
 * One more unit, drawn with its own propensity.
 *
 * @param propensity in (0, 1]
 * @param x          numerator of the unit, around the stored centre where one is used
 * @param y          denominator; 1 for per-unit metrics
 * @throws {RangeError} when the propensity lies outside
 */
export const pushWeighted = (s: WeightedMoments, propensity: number, x: number, y = 1): WeightedMoments => {
  if (!(propensity > 0 && propensity <= 1)) throw new RangeError(`propensity must lie in (0, 1], got ${propensity}`)
  const w = 1 / propensity
  const ww = w * w
  return addWeighted(s, {
    w, wX: w * x, wY: w * y, ww, wwX: ww * x, wwY: ww * y, wwXX: ww * x * x, wwXY: ww * x * y, wwYY: ww * y * y,
  })
}

/** Sums of two disjoint sets of units. */
export const addWeighted = (a: WeightedMoments, b: WeightedMoments): WeightedMoments => ({
  w: a.w + b.w, wX: a.wX + b.wX, wY: a.wY + b.wY,
  ww: a.ww + b.ww, wwX: a.wwX + b.wwX, wwY: a.wwY + b.wwY,
  wwXX: a.wwXX + b.wwXX, wwXY: a.wwXY + b.wwXY, wwYY: a.wwYY + b.wwYY,
})

/** The sums of a per-unit metric from the five that are kept: Σw, ΣwX, Σw², Σw²X, Σw²X². */
export const perUnitWeighted = (
  { w, wX, ww, wwX, wwXX }: Pick<WeightedMoments, 'w' | 'wX' | 'ww' | 'wwX' | 'wwXX'>,
): WeightedMoments => ({ w, wX, wY: w, ww, wwX, wwY: ww, wwXX, wwXY: wwX, wwYY: ww })

/** Plain sums of units that were all drawn with the same propensity, which must be above 0. */
export const weightedBy = (m: Moments, propensity: number): WeightedMoments => {
  if (m.n === 0 || propensity === 0) return noWeighted
  requirePositive('propensity', propensity)
  const w = 1 / propensity
  const ww = w * w
  return {
    w: m.n * w, wX: m.sumX * w, wY: m.sumY * w,
    ww: m.n * ww, wwX: m.sumX * ww, wwY: m.sumY * ww,
    wwXX: m.sumXX * ww, wwXY: m.sumXY * ww, wwYY: m.sumYY * ww,
  }
}

/** @throws {RangeError} naming the first sum that is not finite. */
export const requireWeighted = (name: string, sums: WeightedMoments): void => {
  for (const [key, value] of Object.entries(sums)) requireFinite(`${name}.${key}`, value)
}
