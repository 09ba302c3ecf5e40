import { requireFinite } from '../check.ts'
import { advance, chanceAbove, chanceBelow, origin } from './walk.ts'

/** Deviations from the mean beyond which there is next to nothing: Φ(−7.5) = 3e-14. */
const REACH = 7.5

/**
 * When a test looks and where it stops: z statistics at or beyond a boundary end it. `null` is no boundary there.
 * Information is a fraction of the plan (or any other unit, the same for all), above 0 and ascending.
 */
export type Look = { information: number; upper: number | null; lower: number | null }

/** Chances to stop at each look, above and below. */
export type Exits = { above: number[]; below: number[] }

/**
 * Chances that the z statistic first leaves its boundaries at each look.
 *
 * @param looks in order of information; at least one
 * @param drift true effect, as the mean of the z statistic at information 1; 0 under the null hypothesis. The mean at
 *              information t is drift·√t
 * @param until stop computing once this much has left on either side; later entries are then 0
 * @returns absolute error near 1e-12 for up to a few hundred looks
 * @throws {RangeError} when information does not ascend, a boundary is NaN, a lower one is above its upper one
 *
 * Source: Jennison and Turnbull (2000), "Group Sequential Methods with Applications to Clinical Trials", chapter 19.
 */
export const exitProbabilities = (looks: readonly Look[], drift = 0, until = Infinity): Exits => {
  requireFinite('drift', drift)
  requireLooks(looks)
  const exits: Exits = { above: looks.map(() => 0), below: looks.map(() => 0) }
  let [cloud, before, left] = [origin, 0, 0]
  for (const [index, { information, upper, lower }] of looks.entries()) {
    const gap = information - before
    const root = Math.sqrt(information)
    const [top, bottom] = [(upper ?? Infinity) * root, (lower ?? -Infinity) * root]
    const above = upper === null ? 0 : chanceAbove(cloud, gap, drift, top).chance
    const below = lower === null ? 0 : chanceBelow(cloud, gap, drift, bottom)
    exits.above[index] = above
    exits.below[index] = below
    left += above + below
    const next = looks[index + 1]
    if (!next || left >= until) break
    cloud = advance(cloud, {
      gap, drift, reach: REACH, nextGap: next.information - information,
      lower: Math.max(bottom, drift * information - REACH * root),
      upper: Math.min(top, drift * information + REACH * root),
    })
    before = information
  }
  return exits
}

/** @throws {RangeError} for looks that no test could have */
const requireLooks = (looks: readonly Look[]): void => {
  if (looks.length === 0) throw new RangeError('looks must name at least one look')
  for (const [index, { information, upper, lower }] of looks.entries()) {
    const before = looks[index - 1]?.information ?? 0
    if (!(information > before && information < Infinity)) {
      throw new RangeError(`information must ascend from above 0, got ${information} after ${before}`)
    }
    const [top, bottom] = [upper ?? Infinity, lower ?? -Infinity]
    if (!(top >= bottom)) throw new RangeError(`lower must not be above upper, got ${lower} and ${upper}`)
  }
}

/** The same boundary at every look, on both sides: what reading a fixed-horizon test again and again does. */
export const constantLooks = (times: readonly number[], boundary: number): Look[] =>
  times.map((information) => ({ information, upper: boundary, lower: -boundary }))

/** K looks at 1/K, 2/K, …, 1. */
export const equalTimes = (count: number): number[] => Array.from({ length: count }, (_, index) => (index + 1) / count)

/**
 * Mean information at which the test ends; those that never leave end at the last look.
 *
 * @param exits chances to stop at each of these looks
 */
export const meanInformation = (looks: readonly Look[], { above, below }: Exits): number => {
  let [mean, left] = [0, 1]
  for (const [index, { information }] of looks.entries()) {
    const stopped = (above[index] ?? 0) + (below[index] ?? 0)
    const share = index === looks.length - 1 ? left : stopped
    mean += share * information
    left -= stopped
  }
  return mean
}
