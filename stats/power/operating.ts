import { requirePositive } from '../check.ts'
import { type Look, exitProbabilities, meanInformation } from '../group-sequential/index.ts'
import { criticalValue, criticalValueOneSided, tuning } from '../sequential/asymptotic-cs.ts'

/** A sequence that is looked at again and again until it excludes 0, or its units end. */
export type Monitored = {
  /** Level of the sequence, in (0, 1); one-sided below 1/2. */
  alpha: number
  sides?: 1 | 2
  /** Time at which the sequence is tightest, above 0, in the unit of `times`. */
  tunedAt: number
  /** When it is looked at, ascending from above 0, in any unit of information (units, days, multiples of a plan). */
  times: readonly number[]
  /** Mean of the z statistic at time 1: true effect / standard error of its estimate there. 0: nothing to find. */
  drift: number
}

/** What came of it. */
export type OperatingCharacteristics = {
  /** Chance to have excluded 0, in either direction, by each look. */
  rejected: number[]
  /** The same by the last look. */
  chance: number
  /** Mean time of the stop; those that never reject end at the last look. */
  meanTime: number
}

/**
 * What an asymptotic confidence sequence does when it is monitored: how likely it excludes 0 by when, and how long that
 * takes on average. Computed, not simulated: the z statistic as a Brownian motion with known variance, by the same
 * recursive integration as group-sequential tests.
 *
 * @param monitored see its fields
 * @param until     stop once this chance is reached; the last entries of `rejected` then repeat it
 * @throws {RangeError} naming the argument outside its domain
 *
 * Source: boundaries of Waudby-Smith et al. (2024), theorems 2.2 and 2.3; recursion of Armitage, McPherson and Rowe
 * (1969), JRSS A 132.
 */
export const sequentialOperatingCharacteristics = (
  { alpha, sides = 2, tunedAt, times, drift }: Monitored, until = Infinity,
): OperatingCharacteristics => {
  requirePositive('tunedAt', tunedAt)
  const rate = tuning(sides === 2 ? alpha : 2 * alpha) / tunedAt
  const looks = times.map((information): Look => {
    const upper = (sides === 2 ? criticalValue : criticalValueOneSided)(rate * information, alpha)
    return { information, upper, lower: sides === 2 ? -upper : null }
  })
  const exits = exitProbabilities(looks, drift, until)
  let chance = 0
  const rejected = exits.above.map((above, index) => (chance += above + exits.below[index]!))
  return { rejected, chance, meanTime: meanInformation(looks, exits) }
}
