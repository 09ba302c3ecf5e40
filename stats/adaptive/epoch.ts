import { requireFinite } from '../check.ts'
import { type Moments, requireMoments } from '../moments/moments.ts'
import { type WeightedMoments, requireWeighted, weightedBy } from './weighted-moments.ts'

/**
 * What an epoch took from the past for one arm: the mean of X per exposed unit, in stored units (X − center·Y where a
 * centre is used), and of Y (1 for per-unit metrics, the default). Any value known before the epoch's first unit keeps
 * the analysis valid; a good one makes it precise.
 */
export type FrozenMean = { x: number; y?: number }

/**
 * One arm in one epoch. `moments.n` counts every exposed unit, those that stayed silent (X = Y = 0) too, for ratios as
 * well: the propensity speaks of units, not of reports; `withSilent` completes them.
 *
 * `weighted` replaces the propensity where every unit has its own (contextual allocation); `propensity` is then the
 * epoch's frozen guess of it and sets the contrast weight only.
 */
export type EpochArm = {
  propensity: number
  frozenMean: FrozenMean
  moments: Moments
  weighted?: WeightedMoments
}

/**
 * One epoch of a pair's comparison under adaptive allocation.
 *
 * `units` counts the units of all arms in the epoch, also of arms outside the pair. `weight` is the contrast weight
 * h, frozen with the epoch; e_a e_b/(e_a + e_b) unless told.
 */
export type PairEpoch = { units: number; a: EpochArm; b: EpochArm; weight?: number }

/** An epoch with all its arms, by ordinal: what a store keeps, and what every pair is taken from. */
export type AdaptiveEpoch = { arms: readonly EpochArm[]; weight?: number }

/**
 * The epochs of one pair.
 *
 * @param a ordinal of the arm compared with (the control)
 * @param b ordinal of the other
 * @throws {RangeError} when an epoch has no such arm
 */
export const pairEpochs = (epochs: readonly AdaptiveEpoch[], a: number, b: number): PairEpoch[] =>
  epochs.map(({ arms, weight }, index) => {
    const [one, two] = [arms[a], arms[b]]
    if (!one || !two) throw new RangeError(`epochs[${index}].arms must hold arms ${a} and ${b}, got ${arms.length}`)
    const pair = { units: arms.reduce((sum, arm) => sum + arm.moments.n, 0), a: one, b: two }
    return weight === undefined ? pair : { ...pair, weight }
  })

/** The frozen weight of an epoch in a pair's contrast: e_a e_b/(e_a + e_b); 0 where an arm gets nothing. */
export const commonWeight = (a: number, b: number): number => (a > 0 && b > 0 ? (a * b) / (a + b) : 0)

/** The same units with those that reported nothing counted: they have X = Y = 0. */
export const withSilent = (m: Moments, exposed: number): Moments => ({ ...m, n: Math.max(m.n, exposed) })

/**
 * A frozen mean from earlier data: the running mean, shrunk toward a prior worth `weight` units.
 *
 * @param earlier moments of epochs that ended before; fractional n is fine (discounted)
 * @param prior   a guess from before; X = 0 in stored units (the centre itself) and Y = 1 unless told
 * @param weight  units the guess is worth, above 0
 */
export const frozenMeanOf = (
  earlier: Pick<Moments, 'n' | 'sumX' | 'sumY'>, prior: FrozenMean = { x: 0 }, weight = 1,
): Required<FrozenMean> => ({
  x: (weight * prior.x + earlier.sumX) / (weight + earlier.n),
  y: (weight * (prior.y ?? 1) + earlier.sumY) / (weight + earlier.n),
})

/** One arm as estimators use it: inverse-probability sums around frozen means. */
export type ScoredArm = { sums: WeightedMoments; x: number; y: number }

/** An epoch as estimators use it; `weight` is h, and `n` counts all arms' units. */
export type ScoredEpoch = { weight: number; n: number; a: ScoredArm; b: ScoredArm }

/**
 * Epochs ready for the estimators. One that gave either arm no probability says nothing about their contrast and is
 * left out; an arm that got none of the units despite a probability stays, its score being its frozen mean.
 *
 * @throws {RangeError} naming the first value outside its domain: a propensity outside [0, 1], n above all units
 */
export const scoredEpochs = (epochs: readonly PairEpoch[]): ScoredEpoch[] =>
  epochs.flatMap((epoch, index) => {
    const name = `epochs[${index}]`
    const { a, b, units } = epoch
    requireArm(`${name}.a`, a)
    requireArm(`${name}.b`, b)
    if (!(units >= a.moments.n + b.moments.n && units < Infinity)) {
      throw new RangeError(`${name}.units must count at least the units of both arms, got ${units}`)
    }
    const weight = epoch.weight ?? commonWeight(a.propensity, b.propensity)
    if (!(weight >= 0 && weight < Infinity)) throw new RangeError(`${name}.weight must be at least 0, got ${weight}`)
    if (!(a.propensity > 0 && b.propensity > 0) || weight === 0 || units === 0) return []
    return [{ weight, n: units, a: scored(a), b: scored(b) }]
  })

const scored = ({ propensity, frozenMean, moments, weighted }: EpochArm): ScoredArm => ({
  sums: weighted ?? weightedBy(moments, propensity), x: frozenMean.x, y: frozenMean.y ?? 1,
})

const requireArm = (name: string, arm: EpochArm): void => {
  if (!(arm.propensity >= 0 && arm.propensity <= 1)) {
    throw new RangeError(`${name}.propensity must lie in [0, 1], got ${arm.propensity}`)
  }
  requireMoments(`${name}.moments`, arm.moments)
  if (arm.weighted) requireWeighted(`${name}.weighted`, arm.weighted)
  requireFinite(`${name}.frozenMean.x`, arm.frozenMean.x)
  requireFinite(`${name}.frozenMean.y`, arm.frozenMean.y ?? 1)
}
