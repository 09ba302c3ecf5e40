import { requireCount, requireFinite, requireOpenUnit } from '../check.ts'

/**
 * `count` values between `from` and `to`, of which `value` stands for all. A list of them is in ascending order and
 * does not overlap. Values that are known exactly have from = to = value.
 */
export type Bucket = { from: number; to: number; value: number; count: number }

/** Values as they are: one bucket per distinct value. Throws RangeError for one that is not finite. */
export const bucketsOf = (values: Iterable<number>): Bucket[] => {
  const buckets: Bucket[] = []
  for (const value of Float64Array.from(values).sort()) {
    requireFinite('value', value)
    const last = buckets.at(-1)
    if (last?.value === value) last.count++
    else buckets.push({ from: value, to: value, value, count: 1 })
  }
  return buckets
}

/** How many values there are. */
export const countOf = (buckets: readonly Bucket[]): number => {
  let n = 0
  for (const { count } of buckets) n += count
  requireCount('number of values', n)
  return n
}

/**
 * The value of this rank (1 is the smallest), as the bucket it lies in. Below rank 1 everything is possible down to
 * −Infinity, above rank n up to Infinity.
 */
export const orderStatistic = (
  buckets: readonly Bucket[], rank: number,
): { from: number; to: number; value: number } => {
  if (rank < 1) return { from: -Infinity, to: -Infinity, value: -Infinity }
  let below = 0
  for (const bucket of buckets) {
    below += bucket.count
    if (below >= rank) return bucket
  }
  return { from: Infinity, to: Infinity, value: Infinity }
}

/**
 * The sample quantile: the smallest value with at least the share `quantile` of values at or below it.
 *
 * @param quantile in (0, 1)
 * @returns null without values
 */
export const quantileOf = (buckets: readonly Bucket[], quantile: number): number | null => {
  requireOpenUnit('quantile', quantile)
  const n = countOf(buckets)
  // n·quantile may be a rounding error above the integer that is meant
  return n === 0 ? null : orderStatistic(buckets, Math.max(1, Math.ceil(n * quantile * (1 - 1e-15)))).value
}

/**
 * How many values are at most x: exactly where x is a bucket's upper edge or outside of all, else between `least` and
 * `most`.
 */
export const countAtMost = (buckets: readonly Bucket[], x: number): { least: number; most: number } => {
  let [least, most] = [0, 0]
  for (const { from, to, count } of buckets) {
    if (to <= x) least += count
    if (from < x || (from === to && from <= x)) most += count
  }
  return { least, most }
}

/** Distribution function at the upper edges, P(X ≤ edge): exact (at negative edges of a sketch, P(X < edge)). */
export const distribution = (buckets: readonly Bucket[]): { at: number; share: number }[] => {
  const n = countOf(buckets)
  let below = 0
  return buckets.map(({ to, count }) => {
    below += count
    return { at: to, share: below / n }
  })
}
