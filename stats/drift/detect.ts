import { requireOpenUnit, requirePositive } from '../check.ts'
import { chiSquareQuantile } from '../special/gamma-distribution.ts'
import { type Bins, binsOf, type Counted, countInBins } from './bins.ts'
import { jensenShannon, populationStability, smoothedShares } from './divergence.ts'

/** Values that a reference and each window need: fewer are never judged. */
export const DRIFT_VALUES = 500

/** Below it a shift is no news, however certain it is. */
const LEAST_INDEX = 0.2
const [RISK, SAFETY] = [1e-4, 1.2]

/** A frozen distribution: its bins, what it counted in each, and how many independent values that is worth. Plain JSON. */
export type DriftReference = { bins: Bins; counts: number[]; n: number }

/** A window against its reference; `limit`: what the index would have to exceed. */
export type DriftReading = { index: number; distance: number; limit: number; n: number; alarm: boolean }

/**
 * What the stability index of a window exceeds only when its law has moved: max(.2, 1.2·(1/n + 1/m)·χ²_{B−1, 1−10⁻⁴}).
 * Of the same law (n·m/(n + m))·PSI is about χ² with B − 1 degrees of freedom; 1.2 pays for small bins.
 *
 * @param n,m  independent values of reference and window, above 0, not necessarily whole
 * @param bins at least 1; of a single one the index is always 0
 * @param risk chance of a window of the same law to exceed it
 * @throws {RangeError} outside these domains
 *
 * Source: Yurdakul and Naranjo (2020), "Statistical properties of the population stability index", Journal of Risk Model
 * Validation 14(4), for the law.
 */
export const driftLimit = (n: number, m: number, bins: number, risk = RISK): number => {
  requirePositive('n', n)
  requirePositive('m', m)
  requireOpenUnit('risk', risk)
  if (!(Number.isInteger(bins) && bins >= 1)) throw new RangeError(`bins must be an integer of at least 1, got ${bins}`)
  return bins === 1 ? LEAST_INDEX : Math.max(LEAST_INDEX, SAFETY * (1 / n + 1 / m) * chiSquareQuantile(1 - risk, bins - 1))
}

const sum = (counts: readonly number[]): number => counts.reduce((whole, count) => whole + count, 0)

/**
 * What several values of one unit are worth, where they may be all alike: (Σc)²/Σc² over the units' numbers of values c.
 * As many as there are where each unit has one.
 *
 * Source: Kish (1965), "Survey sampling", section 11.7.
 */
export const independentValues = (total: number, sumOfSquares: number): number =>
  total > 0 && sumOfSquares > 0 ? Math.min(total, total ** 2 / sumOfSquares) : 0

/**
 * Freeze a reference.
 *
 * @param values raw ones or a sketch's
 * @param worth  how many independent values they are worth; default their number
 * @returns null while they are worth fewer than 500: wait for more
 * @throws {RangeError} for values and counts that are none
 */
export const driftReference = (
  values: readonly Counted[], kind: Bins['kind'], worth?: number,
): DriftReference | null => {
  const bins = binsOf(values, kind)
  const counts = countInBins(bins, values)
  const n = worth ?? sum(counts)
  return n >= DRIFT_VALUES ? { bins, counts, n } : null
}

/**
 * Has the distribution of values moved away from the reference's?
 *
 * @param worth how many independent values they are worth; default their number
 * @returns null while they are worth fewer than 500: nothing can be said yet
 * @throws {RangeError} for values and counts that are none
 */
export const driftOf = (reference: DriftReference, values: readonly Counted[], worth?: number): DriftReading | null => {
  const counts = countInBins(reference.bins, values)
  const n = worth ?? sum(counts)
  if (!(n >= DRIFT_VALUES)) return null
  const [before, now] = [smoothedShares(reference.counts), smoothedShares(counts)]
  const index = populationStability(before, now)
  const limit = driftLimit(reference.n, n, counts.length)
  return { index, distance: jensenShannon(before, now), limit, n, alarm: index > limit }
}
